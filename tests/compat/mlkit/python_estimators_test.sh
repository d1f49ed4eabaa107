#!/usr/bin/env bash
# The Python package with scikit-learn: python_estimators_test.sh LIBTUSK_ML
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../results.sh"
peer=$here/../peers/mlkit-peer
python=$("$peer" --path) || exit 77
TUSK_ML_LIBRARY=$1 PYTHONWARNINGS=ignore "$python" "$here/../../../mlkit/python/estimators_test.py"
passed "scikit-learn" "$("$python" -c 'import sklearn; print(sklearn.__version__)')" \
  "check_estimator of tusk_ml's estimators" "fit, predict, pickle and save from NumPy and SciPy CSR" "minimize a Python function"
