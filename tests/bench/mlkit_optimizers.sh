#!/usr/bin/env bash
# Genetic algorithms on Rastrigin-30 beside pagmo and DEAP: evaluations a CPU second, best value found. REPEATS (5).
set -euo pipefail
cd "$(dirname "$0")/../.."
ninja -C build/release tusk >/dev/null
TUSK_ML_PEER_PACKAGES=deap tests/compat/peers/mlkit-peer -W ignore "$PWD/tests/bench/mlkit_optimizers.py" "$PWD/build/release/bin/tusk" "${REPEATS:-5}"
