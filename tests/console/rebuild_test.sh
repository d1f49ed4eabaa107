#!/usr/bin/env bash
# The committed bundle is what the sources give, it fits the OpenAPI files, and it is small: rebuild_test.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tests/console/node_setup.sh
npm_folder tools/console
cd tools/console
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Types change no byte of the bundle: the page must fit the OpenAPI files of today, whoever changed them.
mkdir "$scratch/check"
cp -r src tsconfig.json "$scratch/check"
ln -s "$PWD/node_modules" "$scratch/check/node_modules"
node types.mjs "$scratch/check/src/core/api_types.ts"
if ! (cd "$scratch/check" && node_modules/.bin/tsc --noEmit); then echo "rebuild: the page does not fit base/web/openapi any more" >&2; exit 1; fi
TUSK_CONSOLE_OUT=$scratch/dist node_modules/.bin/vite build >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
if ! diff -rq dist "$scratch/dist"; then
  echo "rebuild: tools/console/dist is not what the sources give: cd tools/console && npm ci && npm run build, and commit dist" >&2
  exit 1
fi
if grep -l ' style="\| on[a-z]*="\|<style\|<script>' dist/index.html; then echo "rebuild: something is inline in index.html" >&2; exit 1; fi
bytes=$(for file in dist/*; do gzip -9c "$file" | wc -c; done | awk '{ sum += $1 } END { print sum }')
echo "rebuild: the same bytes; $bytes bytes gzipped in all"
((bytes <= 120 * 1024)) || { echo "rebuild: more than 120 KB" >&2; exit 1; }
