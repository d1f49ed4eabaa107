#!/usr/bin/env bash
# MiniLM in int8 beside onnxruntime's dynamic quantizer: minilm_test.sh TUSK. Exit 77 where the packages cannot be had.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/../results.sh"
python=$("$here/../peers/quant-peer" --path) || exit 77
"$python" "$here/minilm_test.py" "$1"
passed onnxruntime "$("$python" -c 'import onnxruntime; print(onnxruntime.__version__)')" "MiniLM in int8: embeddings nearer than its dynamic quantizer's"
