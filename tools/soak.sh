#!/usr/bin/env bash
# Simulated clusters with faults, one seed after the other, for as long as asked; prints the simulated hours, and the
# seeds that lost something (exit code 1).   tools/soak.sh [MINUTES, default 60] [FIRST SEED, default of the clock]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
minutes=${1:-60} seed=${2:-$(date +%s)}
simulate=$here/build/release/bin/dfs-simulate
[[ -x $simulate ]] || { echo "no $simulate: build first (tools/test.sh, or ninja -C build/release dfs-simulate)" >&2; exit 2; }
pids=()
for ((core = 0; core < $(nproc); ++core)); do
  "$simulate" --seed $((seed + core * 1000000)) --seconds $((minutes * 60)) --minutes 10 & pids+=($!)
done
code=0
for pid in "${pids[@]}"; do wait "$pid" || code=1; done
exit $code
