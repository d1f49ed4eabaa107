#!/usr/bin/env bash
# mixes_golden_test.sh TUSK QUANT_SMALL_MODEL GOLDEN [--record]: every mix of the three small models has the recorded SHA-256. The files that
# were recorded are byte for byte llama-quantize's: mixes_peer.sh compared them. Any number of threads writes the same.
set -euo pipefail
tusk=$1 small_model=$2 golden=$(realpath -m "$3") record=${4:-}
work=$(mktemp -d /tmp/tusk-mixes-XXXXXX)
trap 'rm -rf "$work"' EXIT
cd "$work"
for kind in dense moe odd; do
  "$small_model" "$kind" "$kind"
  for mix in Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K_S Q3_K_M Q3_K_L Q4_K_S Q4_K_M Q5_K_S Q5_K_M Q6_K IQ4_NL IQ4_XS MXFP4_MOE TQ1_0 TQ2_0 F16 BF16 F32; do
    "$tusk" quant "$kind" "$kind-$mix.gguf" --type "$mix" --threads $((RANDOM % 4 + 1)) --quiet
    sha256sum "$kind-$mix.gguf"; rm "$kind-$mix.gguf"
  done
  for mix in Q2_K_S Q4_0 Q4_K_M IQ4_XS; do
    "$tusk" quant "$kind" "$kind-$mix-imatrix.gguf" --type "$mix" --imatrix "$kind/imatrix.gguf" --quiet
    sha256sum "$kind-$mix-imatrix.gguf"; rm "$kind-$mix-imatrix.gguf"
  done
done >sums
[[ $record != --record ]] || cp sums "$golden"
diff "$golden" sums && echo "$(wc -l <sums) files as recorded"
