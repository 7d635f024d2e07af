#!/usr/bin/env bash
# Runs a test of Node's own runner. Usage: run_node_test.sh FILE.mjs
set -euo pipefail
[ -d third_party/npm/node_modules/playwright-core ] ||
  { echo "run_node_test: npm packages are not installed: run third_party/setup" >&2; exit 1; }
exec node --test "$@"
