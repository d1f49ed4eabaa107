#!/usr/bin/env bash
# Our optimizers beside pagmo's: optimizers_peer_test.sh LIBTUSK_ML
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../results.sh"
python=$("$here/../peers/mlkit-peer" --path) || exit 77
TUSK_ML_LIBRARY=$1 PYTHONWARNINGS=ignore "$python" "$here/optimizers_peer_test.py"
passed pagmo "$("$python" -c 'import pygmo; print(pygmo.__version__)')" "hypervolume of NSGA-II on ZDT1-4 and 6" \
  "optima of ten functions"
