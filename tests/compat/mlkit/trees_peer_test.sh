#!/usr/bin/env bash
# Our trees beside LightGBM's, scikit-learn's and XGBoost's: trees_peer_test.sh LIBTUSK_ML
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../results.sh"
python=$("$here/../peers/mlkit-peer" --path) || exit 77
TUSK_ML_LIBRARY=$1 PYTHONWARNINGS=ignore "$python" "$here/trees_peer_test.py"
passed LightGBM "$("$python" -c 'import lightgbm; print(lightgbm.__version__)')" "boosting at equal settings: equal accuracy"
passed scikit-learn "$("$python" -c 'import sklearn; print(sklearn.__version__)')" "forests at equal settings: equal accuracy"
passed XGBoost "$("$python" -c 'import xgboost; print(xgboost.__version__)')" "loads our JSON models" "its JSON models loaded here"
