#!/usr/bin/env bash
# Installs what is needed, builds, runs all tests with ctest. Quick subset: tools/test.sh -L unit
#   TUSK_PRESETS  presets to run (default: release for all tests, asan-ubsan for unit, simulation and fuzz)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash tools/setup.sh --tests

export CTEST_OUTPUT_ON_FAILURE=1
jobs=$(nproc)
run() {  # preset ctest-args...
  local preset=$1; shift
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" -j "$jobs"
  ctest --test-dir "build/$preset" -j "$jobs" "$@"
}

for preset in ${TUSK_PRESETS:-release}; do
  case $preset in
    release | dev) run "$preset" "$@" ;;
    *) run "$preset" -L 'unit|sim|fuzz' "$@" ;;
  esac
done
