#!/usr/bin/env bash
# The demo, as the README starts it: it must end well, leave nothing behind, and give the answer that it promises.
set -euo pipefail

fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

command -v gmx >/dev/null || {
  echo "SKIPPED: gmx is not installed, and the demo simulates with it: third_party/setup installs it"
  exit 0
}

readonly demo=$PWD/analyzer/demo/demo
readonly sandglass=$PWD/analyzer/serve/sandglass
export TMPDIR=$TEST_TMPDIR
readonly out=$TEST_TMPDIR/out.txt

# As it goes, so that the log says where a demo was that took too long.
"$demo" --keep "$TEST_TMPDIR/kept" 2>&1 | tee "$out" || fail "the demo ended with an error"

for part in \
  "Which silicon is cheapest for this work" \
  "In joules: " "In dollars: " \
  "demo/liquid (train, measured)" \
  "launch-bound: ranks nothing" \
  "deshaw-anton3 runs molecular dynamics only" \
  "probability that aws-trainium2 costs less" \
  "== done in "; do
  grep -qF "$part" "$out" || fail "the demo did not print: $part"
done
# On MD, the machine that is made for it ranks.
grep -E '^demo/md .* deshaw-anton3 ' "$out" >/dev/null || fail "Anton is not the cheapest for MD"
compgen -G "$TEST_TMPDIR/sandglass-demo.*" >/dev/null && fail "the demo left its temporary folder behind"

count=$("$sandglass" traces ls demo/ --store "$TEST_TMPDIR/kept" | grep -c 'demo/')
[[ $count == 13 ]] || fail "the store that was kept holds $count traces, not 13"
# The questions of money that the demo is there for, on what it recorded: all three end well, and the store is whole.
export SANDGLASS_STORE=$TEST_TMPDIR/kept
for scenario in sovereign_50b neocloud_10k_gpus lab_one_rack md_group_anton; do
  for question in cost migrate lockin; do
    "$sandglass" "$question" --scenario "$scenario" >"$out" 2>"$TEST_TMPDIR/err.txt" || {
      cat "$TEST_TMPDIR/err.txt"
      fail "$question --scenario $scenario ended with an error"
    }
    [[ -s $out ]] || fail "$question --scenario $scenario printed nothing"
  done
done
"$sandglass" lockin --scenario sovereign_50b --specialised trainium2 --general h100-sxm --incumbent transformer \
  --successor mamba --successor liquid >"$out" || fail "the names of traces without their folder were not found"
for part in "breakeven hazard" "What flexibility is worth" "Stranded capital" "Architectural default by quarter" \
  "What would change the answer" "A mix of both" "Secondary market"; do
  grep -qF "$part" "$out" || fail "lockin did not print: $part"
done
"$sandglass" store scrub >"$out" || fail "the kept store is damaged: $(cat "$out")"

"$demo" --frobnicate >"$out" 2>"$TEST_TMPDIR/err.txt" && fail "an unknown argument was taken"
[[ $(wc -l <"$TEST_TMPDIR/err.txt") == 1 ]] || fail "an unknown argument is not one line"
echo PASSED
