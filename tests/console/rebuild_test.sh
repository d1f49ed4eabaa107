#!/usr/bin/env bash
# The committed bundle is what the sources give, its types are those of the OpenAPI files, and it is small: rebuild_test.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/console/node_setup.sh
npm_folder tools/console
cd tools/console
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cp src/core/api_types.ts "$scratch/before.ts"
node types.mjs
if ! diff -q "$scratch/before.ts" src/core/api_types.ts >/dev/null; then
  echo "rebuild: src/core/api_types.ts is not what base/web/openapi says: node types.mjs" >&2
  cp "$scratch/before.ts" src/core/api_types.ts
  exit 1
fi
TUSK_CONSOLE_OUT=$scratch/dist npm run --silent build >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
if ! diff -rq dist "$scratch/dist"; then
  echo "rebuild: tools/console/dist is not what the sources give: cd tools/console && npm ci && npm run build, and commit dist" >&2
  exit 1
fi
if grep -l ' style="\| on[a-z]*="\|<style\|<script>' dist/index.html; then echo "rebuild: something is inline in index.html" >&2; exit 1; fi
bytes=$(for file in dist/*; do gzip -9c "$file" | wc -c; done | awk '{ sum += $1 } END { print sum }')
echo "rebuild: the same bytes; $bytes bytes gzipped in all"
((bytes <= 120 * 1024)) || { echo "rebuild: more than 120 KB" >&2; exit 1; }
