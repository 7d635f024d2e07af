#!/usr/bin/env bash
# Writes manual pages: one of a program, and one of each of its commands ("sandglass-replay.1"), from their help.
#
# Usage: manual.sh PROGRAM DESCRIPTION FOLDER
set -euo pipefail
export SOURCE_DATE_EPOCH=1704067200 LC_ALL=C.UTF-8
program=$(readlink -f "$1") description=$2 folder=$3
name=$(basename "$program")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# help2man asks a program by its name; a command is one of these.
page() {
  local page=$1 says=$2 see=$3
  shift 3
  # Its name is what the version begins with.
  printf '#!/bin/sh\nif [ "$1" = --version ]; then "%s" --version | sed "s/^[^ ]*/%s/"; exit; fi\nexec "%s" %s "$@"\n' \
    "$program" "$page" "$program" "$*" >"$work/$page"
  chmod +x "$work/$page"
  printf '[SEE ALSO]\n%s\n' "$see" >"$work/$page.include"
  help2man --no-info --no-discard-stderr --name="$says" --include="$work/$page.include" "$work/$page" |
    gzip -9n >"$folder/$page.1.gz"
}

# Lines of the help's list of commands: two blanks, the name, blanks, what it does.
commands=$("$program" --help | sed -n '/^Subcommands:/,$s/^  \([a-z][a-z-]*\)  *\(.*\)$/\1\t\2/p')
pages=$(cut -f1 <<<"$commands" | sed "s/.*/.BR $name-& (1)/")
page "$name" "$description" "$pages"
while IFS=$'\t' read -r command says; do
  # The first sentence.
  page "$name-$command" "${says%%. *}" ".BR $name (1)" "$command"
done <<<"$commands"
