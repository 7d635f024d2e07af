#!/usr/bin/env bash
# Words completed by bash, zsh and fish themselves, with the scripts that the programs print.
set -euo pipefail

bin=$TEST_TMPDIR/bin
mkdir -p "$bin" "$TEST_TMPDIR/here/folder"
ln -s "$PWD/analyzer/serve/sandglass" "$PWD/collectors/main/sandglass-collect" "$bin"
# As a user has it: the program on the path.
export PATH=$bin:$PATH HOME=$TEST_TMPDIR TERM=dumb
unset SANDGLASS_STORE SANDGLASS_SERVER
cd "$TEST_TMPDIR/here"
touch 'ci policy.textproto' other.txt

failed=0
# expect WHAT WANTED GOT: all lines of WANTED are among those of GOT, in any order; and nothing else is.
expect() {
  if [[ $(sort <<<"$2") != $(sort <<<"$3") ]]; then
    printf '%s: wanted\n%s\ngot\n%s\n' "$1" "$2" "$3"
    failed=1
  fi
}

in_bash() {
  local program=$1 script='source <('$1' completion bash)'
  shift
  script+='; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _'${program//-/_}'; printf "%s\n" "${COMPREPLY[@]}"'
  bash --norc -c "$script" bash "$program" "$@"
}

# What zsh's own functions are handed; they themselves draw menus.
in_zsh() {
  local program=$1 script='compdef() {}; _files() { print -l -- "${@:-files}"; }
    _describe() { print -l -- "${(@)${(P)2}%%:*}"; }; source <('$1' completion zsh)'
  shift
  script+='; words=("$@"); CURRENT=$#; _'${program//-/_}
  zsh -f -c "$script" zsh "$program" "$@"
}

# fish --no-config completes a line by itself, and prints help behind tabs.
in_fish() {
  local program=$1
  shift
  fish --no-config -c "$program completion fish | source; complete -C '$program $*'" | cut -f1
}

for shell in bash zsh fish; do
  complete=in_$shell
  expect "$shell: a command" $'profile' "$("$complete" sandglass prof)"
  expect "$shell: a command below" $'show' "$("$complete" sandglass traces sh)"
  expect "$shell: an option" $'--precision' "$("$complete" sandglass replay --prec)"
  expect "$shell: a value" $'json\njunit' "$("$complete" sandglass check --format j)"
  expect "$shell: a class" $'nvidia-h100-pcie\nnvidia-h100-sxm' "$("$complete" sandglass replay a --on nvidia-h100)"
  expect "$shell: the other program" $'resume' "$("$complete" sandglass-collect res)"
done
expect "bash: a file with a blank" 'ci policy.textproto' "$(in_bash sandglass check --policy c)"
expect "bash: a folder" 'folder' "$(in_bash sandglass --store f)"
expect "zsh: files" 'files' "$(in_zsh sandglass check --policy c)"
expect "zsh: folders" '-/' "$(in_zsh sandglass --store f)"
expect "fish: a file" 'other.txt' "$(in_fish sandglass check --policy oth)"
expect "fish: a folder" 'folder/' "$(in_fish sandglass --store f)"
exit "$failed"
