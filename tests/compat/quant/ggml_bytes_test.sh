#!/usr/bin/env bash
# ggml_bytes_test.sh GGML_COMPARE: our codecs and ggml's on the same weights give the same bytes (peers/ggml-peer, exact/). The first run builds
# ggml (about a minute). Exit 77: it cannot be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${TUSK_PEER_CACHE:-$HOME/.cache/tusk-peers}
mkdir -p "$cache"
export PEER_GGML=${PEER_GGML:-$cache/ggml}
library=$PEER_GGML/exact/bin/libggml-base.so
if [[ ! -e $library ]] && ! flock "$cache/ggml.lock" "$here/../peers/ggml-peer" build ggml >"$cache/ggml.log" 2>&1; then
  tail -5 "$cache/ggml.log" >&2
  echo "ggml_bytes_test: ggml cannot be built" >&2
  exit 77
fi
"$1" "$library" --seeds "${SEEDS:-10}"
