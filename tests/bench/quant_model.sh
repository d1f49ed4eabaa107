#!/usr/bin/env bash
# quant_model.sh [MIX...]: a Hugging Face model in bf16 to a quantized GGUF, in one pass, beside llama.cpp's two steps (convert, then
# llama-quantize from peers/ggml-peer, native/). The convert step is counted as our own --type BF16, which is faster than the Python
# script that users run, so the ratio is a lower bound; with CONVERTER=1 that script (peers/convert-peer: 5 GB on the first use) is timed too, and the
# last columns are the ratio with it. Wall and processor seconds, medians of RUNS (by wall); needs the release preset, or TUSK_RELEASE,
# a folder where it is built already.
set -euo pipefail
cd "$(dirname "$0")/../.."
convert_peer=$PWD/tests/compat/peers/convert-peer
cache=${TUSK_PEER_CACHE:-$HOME/.cache/tusk-peers}
export PEER_GGML=${PEER_GGML:-$cache/ggml}
quantize=$PEER_GGML/native/bin/llama-quantize
[[ -x $quantize ]] || flock "$cache/ggml.lock" tests/compat/peers/ggml-peer build llama >/dev/null
release=${TUSK_RELEASE:-$PWD/build/release}
if [[ $release == "$PWD/build/release" ]]; then nice ninja -C build/release tusk quant-small-model >/dev/null; fi
tusk=$release/bin/tusk
work=${WORK:-/dev/shm}/tusk-quant-model-$$
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
"$release/bin/quant-small-model" wide "$work/wide"
cd "$work"
seconds() {  # command...: "wall processor", the median of RUNS
  for _ in $(seq "${RUNS:-3}"); do
    { TIMEFORMAT='%R %U %S'; time "$@" >/dev/null 2>run.log; } 2>&1 | awk '{ printf "%.2f %.2f\n", $1, $2 + $3 }'
  done | sort -n | awk '{ line[NR] = $0 } END { print line[int((NR + 1) / 2)] }'
}
converted=$(seconds "$tusk" quant wide plain.gguf --type BF16 --quiet --threads 2)
python=""
if [[ -n ${CONVERTER:-} ]]; then
  # The same model with the flags of byte tokenizers that the Python library insists on (a trainer of type BPE, byte_fallback).
  mkdir wide-python && ln wide/* wide-python/ && rm wide-python/tokenizer.model
  { cat wide/tokenizer.model; printf '\x12\x05\x18\x02\x98\x02\x01'; } >wide-python/tokenizer.model
  "$convert_peer" wide-python --outtype bf16 --outfile python.gguf >run.log 2>&1 || { tail -3 run.log >&2; exit 1; }
  "$tusk" quant compare plain.gguf python.gguf | grep -q '^all .* 0.000e+00 ' || { echo "the converter's tensors differ from ours" >&2; exit 1; }
  python=$(seconds "$convert_peer" wide-python --outtype bf16 --outfile python.gguf)
fi
printf '%-8s %7s  %-17s %-17s %-17s %-15s' mix threads "tusk wall/cpu s" "convert wall/cpu" "quantize wall/cpu" "ratio wall/cpu"
printf '%s\n' "${python:+ Python wall/cpu   ratio wall/cpu}"
for mix in "${@:-Q4_K_M}"; do
  for threads in 1 2; do
    ours=$(seconds "$tusk" quant wide "ours.gguf" --type "$mix" --quiet --threads $threads)
    theirs=$(seconds "$quantize" plain.gguf theirs.gguf "$mix" $threads)
    echo "$mix $threads $ours $converted $theirs $python" |
      awk '{ printf "%-8s %7s  %7.2f %8.2f  %7.2f %8.2f  %7.2f %8.2f  %5.1f %5.1f", $1, $2, $3, $4, $5, $6, $7, $8, ($5 + $7) / $3, ($6 + $8) / $4
             if (NF > 8) printf "     %7.2f %8.2f  %5.1f %5.1f", $9, $10, ($9 + $7) / $3, ($10 + $8) / $4
             printf "\n" }'
  done
done
