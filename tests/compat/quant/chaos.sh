#!/usr/bin/env bash
# chaos.sh TUSK [tusk|hadoop]: quant_on_cluster_test with RUNS (20) jobs more, of a larger model, by 1, 2, 4 or 7 workers, each with up to three kills -9
# of workers and of the master by chance: one SHA-256, and no more pieces made again than workers were killed. By hand (label long).
set -euo pipefail
RUNS=${RUNS:-20} ROWS=${ROWS:-40000} GROUP=${GROUP:-1024} LARGE_ROWS=${LARGE_ROWS:-256512} exec "$(dirname "${BASH_SOURCE[0]}")/quant_on_cluster_test.sh" "$1" "${2:-tusk}"
