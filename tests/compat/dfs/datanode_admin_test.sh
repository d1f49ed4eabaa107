#!/usr/bin/env bash
# Datanodes as Java's dfsadmin sees and orders them, on four of ours: racks and where blocks go, a datanode taken out of
# service and back, one that dfs.hosts does not list, and dfsadmin's questions to a datanode.
#   datanode_admin_test.sh NAMENODE DATANODE
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1"
datanode_binary=$2
node() { echo "127.0.0.1:$((base + 5 + 3 * $1))"; }
ipc() { echo "127.0.0.1:$((base + 7 + 3 * $1))"; }
table=org.apache.hadoop.net.TableMapping
sed -i "s#</configuration>#$(property net.topology.node.switch.mapping.impl $table)$(property net.topology.table.file.name "$scratch/racks")</configuration>#" "$scratch/conf/core-site.xml"
sed -i "s#</configuration>#$(property dfs.hosts "$scratch/include")</configuration>#" "$scratch/conf/hdfs-site.xml"
printf '%s /a\n%s /a\n%s /b\n%s /b\n' "$(node 0)" "$(node 1)" "$(node 2)" "$(node 3)" >"$scratch/racks"
for n in 0 1 2 3; do node $n; done >"$scratch/include"
start_namenode
for n in 0 1 2 3; do start_datanode $n; done
wait_live 4
head -c 100000 /dev/urandom >"$scratch/data"

expect "the topology" "/a $(node 0);/a $(node 1);/b $(node 2);/b $(node 3);" \
  "$(jhdfs dfsadmin -printTopology | awk '/^Rack:/ { rack = $2 } /In Service/ { print rack, $1 }' | sort | tr '\n' ';')"
mkdir "$scratch/many"
for i in $(seq 12); do cp "$scratch/data" "$scratch/many/$i"; done
jhdfs dfs -put "$scratch/many" /many
jhdfs fsck /many -files -blocks -racks >"$scratch/fsck"
expect "no block is on one rack only" "12 12" "$(grep -c 'Live_repl=3.*/a/.*/b/\|Live_repl=3.*/b/.*/a/' "$scratch/fsck") $(grep -c Live_repl=3 "$scratch/fsck")"

# Out of service and back.
node 1 >"$scratch/exclude"
jhdfs dfsadmin -refreshNodes >/dev/null
wait_bean FSNamesystemState NumDecomLiveDataNodes 1
jhdfs dfsadmin -report >"$scratch/report"
expect "the report" "Decommission Status : Decommissioned" "$(grep -A4 "^Name: $(node 1) " "$scratch/report" | grep '^Decommission Status')"
jhdfs fsck /many -files -blocks >"$scratch/fsck"
expect "all copied first" "12" "$(grep -c 'Live_repl=3' "$scratch/fsck")"
expect "nothing new goes there" "0" "$(jhdfs dfs -put "$scratch/data" /new; jhdfs fsck /new -files -blocks -locations | grep -c "$(node 1)" || true)"
: >"$scratch/exclude"
jhdfs dfsadmin -refreshNodes >/dev/null
wait_bean FSNamesystemState NumDecomLiveDataNodes 0
wait_bean FSNamesystem ExcessBlocks 0
expect "back in service" "Decommission Status : Normal" "$(jhdfs dfsadmin -report | grep -A4 "^Name: $(node 1) " | grep '^Decommission Status')"

# Not in dfs.hosts: refused, and its process ends.
for n in 0 1 2; do node $n; done >"$scratch/include"
jhdfs dfsadmin -refreshNodes >/dev/null
wait_bean FSNamesystemState NumLiveDataNodes 3
for _ in $(seq 100); do kill -0 "${pids[dn3]}" 2>/dev/null || break; pause 0.1; done
expect "its process has ended" "gone" "$(kill -0 "${pids[dn3]}" 2>/dev/null && echo alive || echo gone)"
expect "why" "1" "$(grep -c 'DisallowedDatanode.*Datanode denied communication' "$scratch/dn3.log")"
wait_bean FSNamesystemState UnderReplicatedBlocks 0

# What dfsadmin asks a datanode itself.
expect "-getDatanodeInfo" "1" "$(jhdfs dfsadmin -getDatanodeInfo "$(ipc 0)" | grep -c 'Uptime: [0-9]*, Software version: 3.4.2, Config version: core-3.0.0,hdfs-1')"
reports=$(grep -c 'full report of' "$scratch/namenode.log")
jhdfs dfsadmin -triggerBlockReport "$(ipc 0)" >/dev/null
for _ in $(seq 100); do (($(grep -c 'full report of' "$scratch/namenode.log") > reports)) && break; pause 0.1; done
expect "-triggerBlockReport" "yes" "$( (($(grep -c 'full report of' "$scratch/namenode.log") > reports)) && echo yes)"
expect "-getVolumeReport" "1" "$(jhdfs dfsadmin -getVolumeReport "$(ipc 0)" | grep -c 'Directory *: *.*dn0')"
expect "-evictWriters" "0" "$(jhdfs dfsadmin -evictWriters "$(ipc 0)" >/dev/null; echo $?)"
expect "-setBalancerBandwidth" "0" "$(jhdfs dfsadmin -setBalancerBandwidth 1234567 >/dev/null; echo $?)"
pause 2
expect "-getBalancerBandwidth" "1" "$(jhdfs dfsadmin -getBalancerBandwidth "$(ipc 0)" | grep -c 1234567)"
expect "-shutdownDatanode" "0" "$(jhdfs dfsadmin -shutdownDatanode "$(ipc 0)" >/dev/null; echo $?)"
for _ in $(seq 100); do kill -0 "${pids[dn0]}" 2>/dev/null || break; pause 0.1; done
expect "it has ended" "gone" "$(kill -0 "${pids[dn0]}" 2>/dev/null && echo alive || echo gone)"
finish
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java \`hdfs dfsadmin\`" 3.4.2 "-printTopology" "-refreshNodes" "-report" "-getDatanodeInfo" "-triggerBlockReport" "-getVolumeReport" "-evictWriters" "-setBalancerBandwidth" "-getBalancerBandwidth" "-shutdownDatanode"
