#!/usr/bin/env bash
# bench.sh dfs|mlkit|quant [NAME]: benchmarks beside their peers; without NAME all. Each is a script tests/bench/ROOM_NAME.sh, which builds what
# it needs in the release preset. Figures belong into docs/performance.md with the command and the machine's load.
set -euo pipefail
cd "$(dirname "$0")/.."
room=${1:-mlkit}; name=${2:-}
scripts=(tests/bench/"${room}"_${name:-*}.sh)
if [[ ! -e ${scripts[0]} ]]; then
  echo "no benchmark ${room} ${name}; known are:" tests/bench/*_*.sh >&2
  exit 2
fi
[[ -e build/release/build.ninja ]] || cmake --preset release >/dev/null
for script in "${scripts[@]}"; do
  echo "== $script ($(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg))"
  bash "$script"
done
