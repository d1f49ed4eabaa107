#!/usr/bin/env bash
# What an empty superstep costs: a job of 4 workers in containers of a small YARN makes 5000 steps of one barrier each. Medians of
# five jobs. $1 build folder (build/release); it must hold mini-yarn and mlkit-train-program.
set -euo pipefail
build=${1:-build/release}
[[ -x $build/bin/mini-yarn && -x $build/bin/mlkit-train-program ]] || cmake --build "$build" --target mini-yarn mlkit-train-program >/dev/null
scratch=$(mktemp -d)
mkfifo "$scratch/alive"
"$build/bin/mini-yarn" "$scratch/yarn" 2 <"$scratch/alive" >"$scratch/conf" 2>/dev/null &
exec 3>"$scratch/alive"   # the cluster ends with this
trap 'exec 3>&-; wait; rm -rf "$scratch"' EXIT
until [[ -s $scratch/conf ]]; do read -rt 0.1 <> <(:) || true; done
export HADOOP_CONF_DIR=$scratch/yarn/conf
for run in 1 2 3 4 5; do
  "$build/bin/mlkit-train-program" cluster algorithm=empty steps=5000 workers=4 output="$scratch/model" >"$scratch/log.$run"
done
python3 - "$scratch"/log.* <<'P'
import re, statistics, sys
rows = []
for path in sys.argv[1:]:
    times = sorted(float(t) * 1e3 for t in re.findall(r"workers, ([0-9.]+) s", open(path).read()))
    rows.append((statistics.median(times), times[len(times) * 9 // 10], statistics.mean(times)))
print("empty superstep of 4 workers: median %.3f ms, nine of ten within %.3f ms, mean %.3f ms" % tuple(statistics.median(c) for c in zip(*rows)))
P
