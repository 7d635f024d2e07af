#!/usr/bin/env bash
# Checks the types of TypeScript. Usage: check_types.sh TSCONFIG
set -euo pipefail
compiler=third_party/npm/node_modules/typescript/bin/tsc
[ -e "$compiler" ] || { echo "check_types: TypeScript is not installed: run third_party/setup" >&2; exit 1; }
exec node "$compiler" --project "$1" --preserveSymlinks --pretty false
