#!/usr/bin/env bash
# mixes_peer.sh TUSK QUANT_SMALL_MODEL: whole files of every mix, quantized by us straight from safetensors, are byte for byte those that
# llama.cpp's llama-quantize (peers/ggml-peer, exact/) writes from our conversion of the same model; with an importance matrix of
# either kind too. llama-perplexity runs on them, with the same figure. Not in ctest by default: llama.cpp takes some ten minutes to build.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tusk=$1 small_model=$2
cache=${TUSK_PEER_CACHE:-$HOME/.cache/tusk-peers}
export PEER_GGML=${PEER_GGML:-$cache/ggml}
mkdir -p "$cache"
if [[ ! -x $PEER_GGML/exact/bin/llama-quantize || ! -x $PEER_GGML/native/bin/llama-perplexity ]]; then
  flock "$cache/ggml.lock" "$here/../peers/ggml-peer" build llama >"$cache/llama.log" 2>&1 ||
    { tail -5 "$cache/llama.log" >&2; echo "mixes_peer: llama.cpp cannot be built" >&2; exit 77; }
fi
quantize=${QUANTIZE:-$PEER_GGML/exact/bin/llama-quantize}
work=$(mktemp -d /tmp/tusk-mixes-XXXXXX)
trap 'rm -rf "$work"' EXIT
cd "$work"
mixes=${MIXES:-"Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q2_K_S Q3_K_S Q3_K_M Q3_K_L Q4_K_S Q4_K_M Q5_K_S Q5_K_M Q6_K IQ4_NL IQ4_XS MXFP4_MOE TQ1_0 TQ2_0 F16 BF16 F32"}
compared=0 failed=0
compare() {  # name, ours' options..., -- , theirs' options...
  local name=$1; shift
  local ours=() theirs=()
  while [[ $1 != -- ]]; do ours+=("$1"); shift; done
  shift; theirs=("$@")
  "$quantize" "${theirs[@]}" "$kind-plain.gguf" theirs.gguf "$mix" 2 >theirs.log 2>&1 || { echo "$name: llama-quantize: $(tail -1 theirs.log)"; failed=$((failed + 1)); return; }
  "$tusk" quant "$kind" ours.gguf --type "$mix" --quiet "${ours[@]}" || { failed=$((failed + 1)); return; }
  compared=$((compared + 1))
  cmp ours.gguf theirs.gguf || { echo "$name differs"; failed=$((failed + 1)); "$tusk" quant compare theirs.gguf ours.gguf | awk '$2 != $3 || $4 != "0.000e+00"' | head -8; }
}
for kind in dense moe odd; do
  "$small_model" "$kind" "$kind"
  "$tusk" quant "$kind" "$kind-plain.gguf" --type $([[ $kind == odd ]] && echo F32 || echo BF16) --quiet
  for mix in $mixes; do
    [[ $mix == Q2_K_S ]] || compare "$kind $mix" -- 
    for form in gguf dat; do
      [[ $mix == F16 || $mix == BF16 || $mix == F32 ]] && continue
      [[ $form == dat && $mix != Q4_K_M ]] && continue
      compare "$kind $mix with imatrix.$form" --imatrix "$kind/imatrix.$form" -- --imatrix "$kind/imatrix.$form"
    done
  done
  mix=Q4_K_M
  compare "$kind overrides" --tensor-type 'attn_q=q6_K' --tensor-type 'ffn_(up|gate)=iq4_nl' --output-tensor-type q8_0 --token-embedding-type q5_0 -- \
    --tensor-type 'attn_q=q6_K' --tensor-type 'ffn_(up|gate)=iq4_nl' --output-tensor-type q8_0 --token-embedding-type q5_0
  compare "$kind pure" --pure -- --pure
  compare "$kind output left" --leave-output-tensor -- --leave-output-tensor
done
# The conversion itself, by llama.cpp's own reader and names (where its Python packages can be had).
if python3 -m venv --system-site-packages venv >/dev/null 2>&1 && venv/bin/pip install -q numpy pyyaml tqdm >/dev/null 2>&1; then
  for kind in dense moe odd; do
    venv/bin/python "$here/conversion_peer.py" "$PEER_GGML/source/gguf-py" "$kind" "$kind-plain.gguf" || failed=$((failed + 1))
  done
else
  echo "conversion not compared: no numpy, pyyaml, tqdm"
fi
echo "$compared files of ours beside llama-quantize's: $failed differ"
# llama.cpp runs on what we wrote, and says the same of both.
perplexity() {  # the figure after each of six chunks of text; the last lines of its log get lost now and then
  "$PEER_GGML/native/bin/llama-perplexity" -m "$1" -f text -c 128 -b 128 --chunks 8 -t 2 2>/dev/null | grep -o '\[[0-9]*\][0-9.]*' | awk 'NR <= 6' | tr '\n' ' '
}
for i in $(seq 40); do echo "Line $i: the quick brown fox jumps over the lazy dog, and $((i * i)) more."; done >text
for kind in dense moe; do
  "$quantize" "$kind-plain.gguf" theirs.gguf Q4_K_M 2 >theirs.log 2>&1
  "$tusk" quant "$kind" ours.gguf --type Q4_K_M --quiet
  ours=$(perplexity ours.gguf) theirs=$(perplexity theirs.gguf)
  echo "$kind: perplexity ours $ours, theirs $theirs, unquantized $(perplexity "$kind-plain.gguf")"
  [[ -n $ours && $ours == "$theirs" ]] || failed=$((failed + 1))
done
[[ $failed == 0 ]]
