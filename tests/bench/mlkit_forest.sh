#!/usr/bin/env bash
# Random forest of 500 trees on Fashion-MNIST beside scikit-learn's. TREES, TRAIN_ROWS, THREADS, REPEATS make it smaller.
set -euo pipefail
cd "$(dirname "$0")/../.."
ninja -C build/release ensemble_bench >/dev/null
tests/compat/peers/mlkit-peer "$PWD/tests/bench/mlkit_trees_peers.py" forest "$PWD/build/release/bench/ensemble_bench" "${REPEATS:-5}"
