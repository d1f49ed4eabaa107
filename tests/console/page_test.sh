#!/usr/bin/env bash
# The page in a browser: page_test.sh                the simulated cluster
#                        page_test.sh TUSK-BINARY    a real one
set -euo pipefail
if [[ $# -gt 0 ]]; then TUSK_BINARY=$(realpath "$1"); export TUSK_BINARY; fi
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./node_setup.sh
npm_folder "$PWD"
command -v chromium >/dev/null || [[ -n ${TUSK_CHROMIUM:-} ]] || { echo "no chromium: tools/setup.sh --tests" >&2; exit 77; }
if [[ $# -gt 0 ]]; then exec node --test --test-reporter=spec cluster_test.mjs; fi
exec node --test --test-reporter=spec page_test.mjs
