#!/usr/bin/env bash
# The Python package with scikit-learn: python_estimators_test.sh LIBTUSK_ML TUSK
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../results.sh"
peer=$here/../peers/mlkit-peer
python=$("$peer" --path) || exit 77
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-compat-python-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
# Two models in int8, and what the command line predicts with them.
"$python" - >"$scratch/rows.csv" <<'P'
import random
random.seed(3)
for row in range(600):
    print(row % 3, *(f"{random.gauss(2 * (row % 3) if column % 3 == row % 3 else 0, 1):.4f}" for column in range(6)), sep=",")
P
for algorithm in softmax mlp; do
  "$2" ml train -a $algorithm -i "$scratch/rows.csv" --format csv --quantize int8 -o "$scratch/$algorithm" --epochs=5 --quiet
  "$2" ml predict -m "$scratch/$algorithm" -i "$scratch/rows.csv" --format csv -o "$scratch/$algorithm.txt" --quiet
done
INT8_MODELS=$scratch TUSK_ML_LIBRARY=$1 PYTHONWARNINGS=ignore "$python" "$here/../../../mlkit/python/estimators_test.py"
passed "scikit-learn" "$("$python" -c 'import sklearn; print(sklearn.__version__)')" \
  "check_estimator of tusk_ml's estimators" "fit, predict, pickle and save from NumPy and SciPy CSR" "load int8 models" "minimize a Python function"
