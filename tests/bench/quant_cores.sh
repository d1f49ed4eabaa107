#!/usr/bin/env bash
# quant_cores.sh: the figures of issue 6 in one go, on a quiet machine, in less than ten minutes: codecs beside ggml (native/) with one
# core and with two at a time (a process on each core; the slower one counts), then a whole model (quant_model.sh) with one thread and two,
# medians of RUNS (3), and a job's busy time and first piece. Ends with the goals that are missed, exit 1 if any.
# TYPES="q4_K …": these codecs. TUSK_RELEASE: a release build folder other than build/release.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache=${TUSK_PEER_CACHE:-$HOME/.cache/tusk-peers}
export PEER_GGML=${PEER_GGML:-$cache/ggml} RUNS=${RUNS:-3} TUSK_RELEASE=${TUSK_RELEASE:-$PWD/build/release}
library=$PEER_GGML/native/bin/libggml-base.so
[[ -e $library && -x $PEER_GGML/native/bin/llama-quantize ]] || flock "$cache/ggml.lock" tests/compat/peers/ggml-peer build llama >/dev/null
if [[ $TUSK_RELEASE == "$PWD/build/release" ]]; then nice ninja -C build/release quant_codec_bench tusk quant-small-model >/dev/null; fi
read -ra types <<<"${TYPES:-q2_K q3_K q4_K q5_K q6_K iq4_nl iq4_xs q4_0 q5_0 q8_0 mxfp4 bf16}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
load=$(cut -d' ' -f1 /proc/loadavg)
cores=$(nproc)
codecs() {  # a bench on each of the first $1 cores
  local core processes=()
  for ((core = 0; core < $1; ++core)); do
    taskset -c "$core" "$TUSK_RELEASE/bench/quant_codec_bench" "$library" "${types[@]}" >"$work/codec$1.$core" & processes+=($!)
  done
  for core in "${processes[@]}"; do wait "$core"; done
}
codecs 1
if ((cores > 1)); then codecs 2; fi
bash tests/bench/quant_model.sh | tee "$work/model"
python3 - "$work" "$cores" "$load" <<'P'
import pathlib, sys
folder, cores, load = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
goals = {("q4_K", "encode"): 5, ("q5_K", "encode"): 4, ("q6_K", "encode"): 4, ("q2_K", "encode"): 4, ("iq4_nl", "encode"): 4, ("iq4_xs", "encode"): 4,
         ("q8_0", "encode"): 4, ("mxfp4", "encode"): 4}
def rows(path):
    for line in path.read_text().splitlines()[1:]:
        words = line.split()
        yield (words[0], words[1]), float(words[2]), float(words[3]), float(words[4].rstrip("x")), float(words[6].rstrip("%"))
missed = []
print(f"\ncodecs, million weights a second; with two cores both at a time, sums; load {load} at the beginning")
print(f"{'type':<8} {'what':<9} {'ggml':>8} {'tusk':>8} {'ratio':>7} {'of copy':>8}   {'two: ggml':>9} {'tusk':>8} {'ratio':>7}")
one = {key: rest for key, *rest in rows(folder / "codec1.0")}
both = [{key: rest for key, *rest in rows(folder / f"codec2.{core}")} for core in range(2)] if cores > 1 else []
for key, (ggml, tusk, ratio, copy) in one.items():
    line = f"{key[0]:<8} {key[1]:<9} {ggml:8.1f} {tusk:8.1f} {ratio:6.1f}x {copy:7.0f}%"
    ratios = [ratio]
    if both:
        theirs, ours = sum(b[key][0] for b in both), sum(b[key][1] for b in both)
        ratios.append(ours / theirs)
        line += f"   {theirs:9.1f} {ours:8.1f} {ours / theirs:6.1f}x"
    goal = goals.get(key, 1 if key[1] == "decode" else None)
    # BF16's decoder is a shift: both run at memory speed.
    if goal and min(ratios) < goal and copy < 75 and not (goal == 1 and min(ratios) > 0.95):
        missed.append(f"{key[0]} {key[1]}: {min(ratios):.1f} times, goal {goal}")
        line += "   MISSED"
    print(line)
for line in (folder / "model").read_text().splitlines()[1:]:
    words = line.split()
    if float(words[-2]) < 3:
        missed.append(f"{words[0]} with {words[1]} threads: {words[-2]} times convert + quantize (wall), goal 3")
print("\n".join(["missed:"] + missed) if missed else "no goal missed")
sys.exit(bool(missed))
P
