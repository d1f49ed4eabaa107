#!/usr/bin/env bash
# quant_codec.sh [TYPE...]: encoders and decoders beside ggml's built for this machine (peers/ggml-peer, native/). Needs the release preset.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=${TUSK_PEER_CACHE:-$HOME/.cache/tusk-peers}
export PEER_GGML=${PEER_GGML:-$cache/ggml}
library=$PEER_GGML/native/bin/libggml-base.so
[[ -e $library ]] || flock "$cache/ggml.lock" tests/compat/peers/ggml-peer build ggml >/dev/null
nice ninja -C build/release quant_codec_bench >/dev/null
taskset -c "${CORE:-0}" build/release/bench/quant_codec_bench "$library" "$@"
