#!/usr/bin/env bash
# The data path on four datanodes of ours (with --mixed every other one is Java's) under our namenode. A Java client
# flushes, appends, truncates, concatenates, takes leases over and writes while datanodes die at each place of the
# pipeline (DataPathProbe.java).
#   data_path_test.sh NAMENODE DATANODE [--mixed] [CHECK|-CHECK...]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1"
datanode_binary=$2
shift 2
mixed=
if [[ ${1:-} == --mixed ]]; then mixed=1; shift; set -- "-odd chunks" "$@"; fi
start_namenode
start_any() { if [[ -z $mixed ]] || (($1 % 2 == 0)); then start_datanode "$1"; else start_java_datanode "$1"; fi; }
for n in 0 1 2 3; do start_any $n; done
wait_live 4
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
javac -proc:none -nowarn -cp "$lib/*" -d "$scratch" "$here/DataPathProbe.java"
coproc probe { exec java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --add-opens=java.base/java.lang=ALL-UNNAMED \
  -cp "$scratch:$PEER_CONF:$lib/*" DataPathProbe "hdfs://127.0.0.1:$base" "$((base + 5))" "$@" 2>"$scratch/probe.log"; }
pids[probe]=$probe_PID
status=1
while read -r -u "${probe[0]}" line; do
  case $line in
    "ctl kill "*) kill_datanode "${line##* }"; echo done >&"${probe[1]}" ;;
    "ctl start "*) start_any "${line##* }"; wait_registered "${line##* }"; echo done >&"${probe[1]}" ;;
    "failures 0") status=0; break ;;
    "failures "*) break ;;
    *) printf '%s\n' "$line" ;;
  esac
done
((status == 0)) || exit 1
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
if [[ -n $mixed ]]; then
  passed "Java client and datanode with ours" 3.4.2 "mixed pipelines with nodes that die" "append, truncate, lease recovery across both"
else
  passed "Java DFSClient" 3.4.2 "hflush and hsync" "append" "truncate" "concat" "lease recovery" "pipeline recovery under each policy"
fi
