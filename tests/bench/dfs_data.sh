#!/usr/bin/env bash
# The data table of tests/bench/dfs_bench.py. RUNS (3), SIZE in MiB (1024), FILES (4000), OPS (10000), PORT_BASE, OUT.
set -euo pipefail
cd "$(dirname "$0")/../.."
ninja -C build/release tusk dfs_load dfs_control namenode_rpc_bench >/dev/null
exec python3 tests/bench/dfs_bench.py build/release --runs "${RUNS:-3}" --size "${SIZE:-1024}" --files "${FILES:-4000}" \
  --ops "${OPS:-10000}" --port-base "${PORT_BASE:-26000}" ${OUT:+--out "$OUT.data"} data
