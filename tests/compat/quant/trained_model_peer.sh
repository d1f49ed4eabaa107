#!/usr/bin/env bash
# trained_model_peer.sh TUSK: a small model that has learned something (train_small_model.py: bytes of the King James Bible, which is in the public
# domain, from Debian's bible-kjv packages; WORK=folder keeps text and model), converted and quantized by us: tensors are byte for byte
# those of llama-quantize (exact/) from the same conversion, llama-perplexity on the tenth that was kept out of the training gives the
# same figure for both, far below that of guessing (260), and little above that of the model as it was. By hand: minutes of training,
# ten more where llama.cpp is not built. Exit 77: text, NumPy or llama.cpp cannot be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tusk=$1
cache=${TUSK_PEER_CACHE:-$HOME/.cache/tusk-peers}
export PEER_GGML=${PEER_GGML:-$cache/ggml}
mkdir -p "$cache"
if [[ ! -x $PEER_GGML/exact/bin/llama-quantize || ! -x $PEER_GGML/native/bin/llama-perplexity ]]; then
  flock "$cache/ggml.lock" "$here/../peers/ggml-peer" build llama >"$cache/llama.log" 2>&1 || { echo "llama.cpp cannot be built" >&2; exit 77; }
fi
python3 -c 'import numpy' 2>/dev/null || { echo "no NumPy" >&2; exit 77; }
if [[ -n ${WORK:-} ]]; then mkdir -p "$WORK"; work=$WORK; else work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; fi
cd "$work"
if [[ ! -s kjv.txt ]]; then
  apt-get download bible-kjv bible-kjv-text >apt.log 2>&1 || { echo "Debian's bible-kjv cannot be had" >&2; exit 77; }
  for package in bible-kjv*.deb; do dpkg-deb -x "$package" packages; done
  packages/usr/bin/bible -p packages/usr/lib -f 'ge1:1-rev22:21' | sed 's/^[^ ]* //' >text && mv text kjv.txt
fi
if [[ ! -s model/model.safetensors ]]; then
  mkdir -p model
  OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1} python3 "$here/train_small_model.py" kjv.txt model "${STEPS:-200}"
fi
head -c 40000 model/held_out.txt >held_out.txt
perplexity() {
  "$PEER_GGML/native/bin/llama-perplexity" -m "$1" -f held_out.txt -c 64 -b 64 --chunks 100 -t 1 2>/dev/null | grep -o '\[[0-9]*\][0-9.]*' | awk 'NR == 90' | sed 's/.*\]//'
}
"$tusk" quant model plain.gguf --type BF16 --quiet
plain=$(perplexity plain.gguf)
echo "bf16: perplexity $plain a byte (guessing: 260)"
failed=0
for mix in ${MIXES:-Q8_0 Q6_K Q4_K_M IQ4_XS Q3_K_M Q2_K}; do
  "$PEER_GGML/exact/bin/llama-quantize" plain.gguf theirs.gguf "$mix" 2 >theirs.log 2>&1
  "$tusk" quant model ours.gguf --type "$mix" --quiet
  cmp ours.gguf theirs.gguf || failed=1
  ours=$(perplexity ours.gguf) theirs=$(perplexity theirs.gguf)
  echo "$mix: perplexity $ours, of llama-quantize's file $theirs"
  [[ -n $ours && $ours == "$theirs" ]] || failed=1
  awk -v ours="$ours" -v plain="$plain" -v mix="$mix" 'BEGIN { exit !(ours < 30 && ours < plain * (mix ~ /Q8|Q6/ ? 1.01 : mix ~ /4/ ? 1.1 : 2)) }' ||
    { echo "FAILED: $mix loses too much"; failed=1; }
done
exit $failed
