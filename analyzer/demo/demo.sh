#!/usr/bin/env bash
# The main job, end to end: real model runs are traced and streamed to a server, sealed, replayed on every silicon
# class, and priced. Usage: demo.sh [--keep DIR]. With --keep the store stays in DIR for a look afterwards.
set -euo pipefail

readonly PRECISION=bf16

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf 'demo: error: %s\n' "$*" >&2
  exit 1
}

# The binaries lie in the runfiles: of this script, of a test that runs it, or in the folder `bazel run` starts in.
find_binary() {
  local root
  for root in "$0.runfiles/sandglass" "${RUNFILES_DIR:-/nonexistent}/sandglass" "$PWD"; do
    if [[ -x "$root/$1" ]]; then
      printf '%s/%s\n' "$root" "$1"
      return
    fi
  done
  fail "$1 is not there: start the demo with \`bazel run //:demo\`"
}

user_path() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s/%s\n' "${BUILD_WORKING_DIRECTORY:-$PWD}" "$1" ;;
  esac
}

work=
server=
cleanup() {
  local code=$?
  trap - EXIT
  if [[ -n $server ]]; then
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  if [[ -n $work ]]; then rm -rf "$work"; fi
  exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start_server() {
  "$sandglass" serve --store "$store" --listen 127.0.0.1:0 >"$work/server.out" 2>"$work/server.err" &
  server=$!
  local _
  for _ in $(seq 300); do
    address=$(sed -n 's/^listening on //p' "$work/server.out")
    if [[ -n $address ]]; then return; fi
    if ! kill -0 "$server" 2>/dev/null; then
      server=
      fail "the server did not start: $(cat "$work/server.err")"
    fi
    sleep 0.1
  done
  fail "the server did not say where it listens within 30 s"
}

# record NAME WORKLOAD [FLAG...]: runs the workload, which streams its trace under that name.
record() {
  local name=$1 begin=$SECONDS
  shift
  say "record $name: sandglass-collect run $*"
  "$collect" run "$@" --name "$name" --to "$address" || fail "$name could not be recorded; see the line above"
  echo "took $((SECONDS - begin)) s"
  traces+=("$name")
}

keep=
while (($#)); do
  case $1 in
    --keep)
      [[ $# -ge 2 ]] || fail "--keep needs a folder"
      keep=$(user_path "$2")
      shift 2
      ;;
    -h | --help)
      printf 'Usage: bazel run //:demo [-- --keep DIR]\n\nTraces, streams, seals and replays real model runs.\n'
      exit 0
      ;;
    *) fail "unknown argument $1; usage: bazel run //:demo [-- --keep DIR]" ;;
  esac
done

sandglass=$(find_binary analyzer/serve/sandglass)
collect=$(find_binary collectors/main/sandglass-collect)
# Where users keep their own traces has nothing to do with the demo.
unset SANDGLASS_STORE SANDGLASS_SERVER
work=$(mktemp -d "${TMPDIR:-/tmp}/sandglass-demo.XXXXXX")
store=${keep:-$work/store}
traces=()
SECONDS=0

say "start a server on a free port, with its store in $store"
start_server
echo "listening on $address"

say "small models, run for real on this machine"
record demo/transformer transformer --phase train
record demo/mamba mamba --phase train
# The same model without a kernel for its scan: one operator becomes a loop of small ones.
record demo/mamba-steps mamba --phase train --scan steps --tokens 32 --steps 1
record demo/liquid liquid --phase train --cell ltc --steps 1
record demo/md md --box-nm 3 --steps 200
# Another molecular dynamics: a larger box.
record demo/md-large md --box-nm 5 --steps 60
small=("${traces[@]}")

say "sizes that people care about, as shape runs: every operator with its shapes, without data and without times"
traces=()
for phase in train prefill decode; do
  record "demo/transformer-7b-$phase" transformer --size 7b --device meta --dtype bfloat16 --phase "$phase"
done
for phase in train prefill decode; do
  record "demo/mamba-7b-$phase" mamba --size 7b --device meta --dtype bfloat16 --phase "$phase"
done
record demo/liquid-wide liquid --device meta --dtype bfloat16 --phase train --cell ltc --width 512 --batch 512
large=("${traces[@]}")

say "what the store holds now"
"$sandglass" traces ls demo/ --server "$address"

say "replay each trace on every silicon class, all in $PRECISION"
for trace in "${small[@]}" "${large[@]}"; do
  echo
  "$sandglass" replay "$trace" --on all --precision "$PRECISION" --brief --server "$address" ||
    fail "$trace could not be replayed; see the line above"
done

say "the answer, with the 7-billion-parameter Transformer in training as the incumbent"
"$sandglass" replay "${large[@]}" "${small[@]}" --on all --precision "$PRECISION" --summary --server "$address" ||
  fail "the summary could not be made; see the line above"

say "what it risks: that Transformer on Trainium2 against H100, should models move on (sandglass lockin)"
"$sandglass" lockin --scenario sovereign_50b --brief --server "$address" || fail "lockin gave no answer; see the line above"

say "done in $SECONDS s"
if [[ -n $keep ]]; then
  echo "The store stays in $keep: look at it with \`sandglass traces ls --store $keep\`."
fi
