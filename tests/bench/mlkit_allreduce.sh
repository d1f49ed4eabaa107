#!/usr/bin/env bash
# mlkit_allreduce.sh: all-reduce between processes beside Gloo (mlkit_allreduce_bench.py). Usage: tools/bench.sh mlkit allreduce
set -euo pipefail
cd "$(dirname "$0")/../.."
nice ninja -C build/release -j"${JOBS:-2}" mlkit_allreduce_bench >/dev/null
python3 tests/bench/mlkit_allreduce_bench.py build/release
