#!/usr/bin/env bash
# The PyPI package hdfs-native (a native client of its own) on tusk's namenode and datanodes.
#   hdfs_native_test.sh HDFS NAMENODE DATANODE; exit 77 where the package cannot be had
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=${TUSK_PEERS:-$HOME/.cache/tusk-peers}/hdfs-native
if ! "$venv/bin/python" -c 'import hdfs_native' 2>/dev/null; then
  python3 -m venv "$venv" && "$venv/bin/pip" install -q hdfs-native || { echo "hdfs-native cannot be installed"; exit 77; }
fi
source "$here/../../minicluster/cluster.sh"
cluster_init "$1" "$2" "$3"
start_namenode
for n in 0 1 2; do start_datanode $n; done
wait_bean FSNamesystemState NumLiveDataNodes 3
"$venv/bin/python" "$here/hdfs_native_test.py" "hdfs://127.0.0.1:$base"
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "PyPI hdfs-native" "$("$venv/bin/pip" list 2>/dev/null | sed -n 's/^hdfs.native *//p')" "read" "write" "append" "list" "rename" "delete" "ACL"
