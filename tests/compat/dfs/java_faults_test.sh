#!/usr/bin/env bash
# What goes wrong between tusk's namenode and real Java datanodes and clients: a writer dies, a replica rots, a datanode
# is taken out of service, the namenode dies while a file is open. $1: the namenode's binary.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1"
start_namenode
for n in 0 1 2 3; do start_java_datanode $n; done
wait_live 4
head -c 2000000 /dev/urandom >"$scratch/data"

# A writer that dies: its bytes that reached the datanodes are there after lease recovery.
mkfifo "$scratch/pipe"
PEER_OPTS=-Xmx200m "$peer" hdfs dfs -put - /open <"$scratch/pipe" >"$scratch/writer.log" 2>&1 &
pids[writer]=$!
exec 7>"$scratch/pipe"
cat "$scratch/data" >&7
for _ in $(seq 100); do find "$scratch"/dn*/current -path '*rbw*' -name 'blk_*' -size +900k | grep -q . && break; pause 0.1; done
pause 1
# The namenode dies and comes back while the file is open: its writer goes on.
kill_namenode
start_namenode
wait_bean FSNamesystem NumFilesUnderConstruction 1
wait_live 4
kill -9 "${pids[writer]}"; wait "${pids[writer]}" 2>/dev/null || true; unset 'pids[writer]'
exec 7>&-
recovered() { "$peer" class org.apache.hadoop.hdfs.tools.DebugAdmin recoverLease -path /open._COPYING_ -retries 10 2>&1; }
expect "lease recovery" "1" "$(recovered | grep -c SUCCEEDED)"
jhdfs dfs -cat /open._COPYING_ >"$scratch/back"
size=$(stat -c %s "$scratch/back")
expect "most of the bytes ($size)" "yes" "$( ((size > 1800000)) && echo yes)"
expect "a prefix of what was written" "" "$(cmp -n "$size" "$scratch/data" "$scratch/back" 2>&1)"
wait_bean FSNamesystem NumFilesUnderConstruction 0

# A replica whose bytes rot: a reader reports it, another copy is made, the bad one goes.
jhdfs dfs -put "$scratch/data" /rot
block=$(jhdfs fsck /rot -files -blocks | grep -o 'blk_[0-9]*' | head -1)
replica=$(find "$scratch"/dn* -path '*finalized*' -name "$block" | head -1)
inode=$(stat -c %i "$replica")
printf 'rotten' | dd of="$replica" bs=1 seek=1000 conv=notrunc status=none
for _ in $(seq 20); do
  expect_bytes=$(jhdfs dfs -cat /rot | md5sum)
  [[ $expect_bytes == "$(md5sum <"$scratch/data")" ]] || { expect "bytes beside a rotten replica" same different; break; }
  [[ ! -e $replica || $(stat -c %i "$replica") != "$inode" ]] && break
done
wait_bean FSNamesystem CorruptBlocks 0
wait_bean FSNamesystemState UnderReplicatedBlocks 0
expect "the rotten replica is replaced" "yes" "$([[ ! -e $replica || $(stat -c %i "$replica") != "$inode" ]] && echo yes)"
expect "three good copies" "1" "$(jhdfs fsck /rot -files -blocks | grep -c 'Live_repl=3')"

# A datanode leaves service: its blocks are copied first, then it is decommissioned.
echo "127.0.0.1:$((base + 5))" >"$scratch/exclude"
jhdfs dfsadmin -refreshNodes >/dev/null
wait_bean FSNamesystemState NumDecomLiveDataNodes 1
expect "healthy after decommissioning" "The filesystem under path '/' is HEALTHY" "$(jhdfs fsck / | tail -1)"
kill_datanode 0
expect "bytes without it" "$(md5sum <"$scratch/data")" "$(jhdfs dfs -cat /rot | md5sum)"
expect "nothing is missing" "0" "$(bean FSNamesystem MissingBlocks)"
finish
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java datanode under our namenode" 3.4.2 "lease recovery" "a rotten replica replaced" "decommission"
