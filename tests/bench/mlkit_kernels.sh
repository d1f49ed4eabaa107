#!/usr/bin/env bash
# Matrix products: GFLOP/s of our kernels and of Eigen.
set -euo pipefail
ninja -C build/release mlkit_kernels_bench >/dev/null
build/release/bench/mlkit_kernels_bench
