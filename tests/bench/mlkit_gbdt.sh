#!/usr/bin/env bash
# Boosting, HIGGS-like 1 M x 28, 255 leaves, 100 trees, beside LightGBM. TREES, TRAIN_ROWS, THREADS, REPEATS make it smaller.
set -euo pipefail
cd "$(dirname "$0")/../.."
ninja -C build/release ensemble_bench >/dev/null
tests/compat/peers/mlkit-peer "$PWD/tests/bench/mlkit_trees_peers.py" gbdt "$PWD/build/release/bench/ensemble_bench" "${REPEATS:-5}"
