#!/usr/bin/env bash
# The daemons of a `tusk up` cluster after a job: /metrics passes promtool, /jmx has Hadoop's beans, the small pages answer, and
# `hadoop daemonlog` reads and sets their levels.
#   daemons_test.sh TUSK
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tusk=$1
if ! command -v promtool >/dev/null; then echo "no promtool: tools/setup.sh --tests"; exit 77; fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-observe-XXXXXX")
cluster_end() {
  local status=$?
  if ((status != 0)); then tail -n 8 "$scratch"/cluster/logs/*.log "$scratch"/*.log || true; fi
  "$tusk" down --dir "$scratch/cluster" >/dev/null 2>&1 || true
  [[ -n ${KEEP:-} ]] || rm -rf "$scratch"
}
trap cluster_end EXIT
"$tusk" up --dir "$scratch/cluster" --ports "${TUSK_TEST_PORT_BASE:-auto}" >"$scratch/up.log"
export HADOOP_CONF_DIR=$scratch/cluster/conf
"$tusk" dfs -mkdir -p /in
"$tusk" dfs -put "${BASH_SOURCE[0]}" /in/text
"$tusk" dfs -cat /in/text >/dev/null
"$tusk" examples wordcount /in /out >"$scratch/job.log" 2>&1

failed=0
fail() { echo "FAILED: $*"; failed=1; }
site() { python3 -c 'import re, sys; print(re.search(f"<name>{re.escape(sys.argv[2])}</name>\\s*<value>([^<]*)", open(sys.argv[1]).read()).group(1))' "$scratch/cluster/conf/$1" "$2"; }
nn=$(site hdfs-site.xml dfs.namenode.http-address) rm=$(site yarn-site.xml yarn.resourcemanager.webapp.address)
history=$(site mapred-site.xml mapreduce.jobhistory.webapp.address)
dn=$(curl -sf "http://$nn/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo" | python3 -c '
import json, sys
print(next(iter(json.loads(json.load(sys.stdin)["beans"][0]["LiveNodes"]).values()))["infoAddr"])')
nm=$(curl -sf "http://$rm/ws/v1/cluster/nodes" | python3 -c 'import json, sys; print(json.load(sys.stdin)["nodes"]["node"][0]["nodeHTTPAddress"])')

declare -A names=(
  [nn]="tusk_namenode_edit_sync_seconds_bucket"
  [dn]="tusk_datanode_block_receive_seconds_bucket tusk_datanode_heartbeat_seconds_bucket tusk_datanode_volume_written_bytes_total"
  [rm]="tusk_resourcemanager_scheduling_seconds_bucket tusk_rpc_processing_seconds_bucket"
  [nm]="tusk_nodemanager_containers_launched_total tusk_nodemanager_container_launch_seconds_bucket"
  [history]="")
for daemon in nn dn rm nm history; do
  at=${!daemon}
  curl -sf "http://$at/metrics" >"$scratch/metrics.$daemon" || fail "$daemon: no /metrics at $at"
  promtool check metrics <"$scratch/metrics.$daemon" >"$scratch/promtool" 2>&1 || fail "$daemon: promtool"
  if [[ -s $scratch/promtool ]]; then cat "$scratch/promtool"; fail "$daemon: promtool warns"; fi
  for name in ${names[$daemon]}; do
    grep -q "^$name" "$scratch/metrics.$daemon" || fail "$daemon: no $name"
  done
  if [[ $daemon != history && $daemon != nn ]]; then python3 "$here/check.py" beans "$daemon" "$at" || fail "$daemon: beans"; fi
  python3 "$here/check.py" everywhere "$at" || fail "$daemon: pages"
  "$tusk" daemonlog -setlevel "$at" rpc DEBUG >"$scratch/set" || fail "$daemon: daemonlog -setlevel"
  "$tusk" daemonlog -getlevel "$at" rpc >"$scratch/get" || fail "$daemon: daemonlog -getlevel"
  grep -qx 'Effective Level: DEBUG' "$scratch/get" || { cat "$scratch/set" "$scratch/get"; fail "$daemon: daemonlog"; }
done
# What was written is counted: the file, by volume too.
bytes=$(stat -c %s "${BASH_SOURCE[0]}")
awk -v want="$bytes" '/^tusk_datanode_volume_written_bytes_total/ { sum += $2 } END { exit sum >= want ? 0 : 1 }' "$scratch/metrics.dn" || fail "bytes of volumes"
((failed == 0)) && echo "ok"
exit $failed
