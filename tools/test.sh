#!/usr/bin/env bash
# Installs what is needed, builds, runs all tests with ctest. Words are passed to ctest: tools/test.sh -L unit
#   TUSK_PRESET   the preset to build and test (default release). Sanitizer presets run unit, sim and fuzz tests only.
# Under CI=true a skipped compat test is a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${TUSK_PRESET:-release}
jobs=$(nproc)
bash tools/setup.sh --tests

cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" -j "$jobs"
export CTEST_OUTPUT_ON_FAILURE=1
if (($#)); then exec ctest --test-dir "build/$preset" "$@"; fi
ctest --test-dir "build/$preset" -j "$jobs" -L 'unit|sim|fuzz'
if [[ $preset != release && $preset != dev ]]; then exit 0; fi

# Real Hadoop jars for the tests with Java at the other end. Those tests run two at a time: each has a whole cluster of its
# own folder and ports, and waits more than it works.
tests/compat/peers/hadoop-peer install || echo "test.sh: Hadoop's jars cannot be had; tests that need them are skipped" >&2
export TUSK_COMPAT_RESULTS=$PWD/build/$preset/compat-results
rm -rf "$TUSK_COMPAT_RESULTS"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
ctest --test-dir "build/$preset" -j 2 -L 'itest|compat' | tee "$log"
if [[ ${CI:-} == true ]]; then
  skipped=$(ctest --test-dir "build/$preset" -N -L compat | sed -n 's/.*Test *#[0-9]*: //p' |
            while read -r name; do grep -E " $name \.+\*+Skipped" "$log" || true; done)
  if [[ -n $skipped ]]; then
    printf 'test.sh: under CI a skipped compat test is a failure:\n%s\n' "$skipped" >&2
    exit 1
  fi
  tools/compat_table.py "$TUSK_COMPAT_RESULTS" --check
fi
