#!/usr/bin/env bash
# Five datanodes, three copies: a datanode is killed while files are written and while they are read, an open file's
# flushed bytes outlive the namenode and a datanode, and every block comes back to its replication.
#   datanode_faults_test.sh HDFS NAMENODE DATANODE HFLUSH_WRITER
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1" "$2" "$3"
hflush_writer=$4
start_namenode
for n in 0 1 2 3 4; do start_datanode $n; done
wait_bean FSNamesystemState NumLiveDataNodes 5

# 300 MB: empty, one byte, one block exactly, one byte more, many blocks, many small ones.
mkdir "$scratch/src"
make() { head -c "$2" /dev/urandom >"$scratch/src/$1"; }
make empty 0; make byte 1; make block 8388608; make block1 8388609; make big 150000000; make mid 60000001
for i in $(seq 24); do make "small$i" $((i * 250000 + i)); done

start=$(now)
hdfs dfs -put "$scratch/src" /put & put=$!
pause 0.8
kill_datanode 2
rc=0; wait $put || rc=$?
expect "put with a datanode killed amid it ($(du -sm "$scratch/src" | cut -f1) MB in $(seconds_since "$start") s)" 0 "$rc"
hdfs dfs -get /put "$scratch/back"
expect "its bytes" "" "$(diff -r "$scratch/src" "$scratch/back" 2>&1)"
start=$(now)
wait_bean FSNamesystemState NumLiveDataNodes 4
wait_bean FSNamesystemState UnderReplicatedBlocks 0
wait_bean FSNamesystemState PendingReplicationBlocks 0
expect "three copies each, $(seconds_since "$start") s after" "1" "$(hdfs fsck / | grep -c 'Average block replication:.3.0$')"

rm -rf "$scratch/back"
hdfs dfs -get /put "$scratch/back" & get=$!
pause 0.3
kill_datanode 0
rc=0; wait $get || rc=$?
expect "get with a datanode killed amid it" 0 "$rc"
expect "its bytes" "" "$(diff -r "$scratch/src" "$scratch/back" 2>&1)"
wait_bean FSNamesystemState NumLiveDataNodes 3
wait_bean FSNamesystemState UnderReplicatedBlocks 0
wait_bean FSNamesystemState PendingReplicationBlocks 0
start_datanode 0
start_datanode 2
wait_bean FSNamesystemState NumLiveDataNodes 5

# An open file: what was flushed is there after the namenode and a datanode were killed.
mkfifo "$scratch/hold"
"$hflush_writer" /open "$scratch/src/block1" <"$scratch/hold" >"$scratch/flushed" 2>>"$scratch/client.log" &
pids[writer]=$!
exec 7>"$scratch/hold"
for _ in $(seq 300); do [[ $(tail -n 1 "$scratch/flushed") == 8388609 ]] && break; pause 0.1; done
kill_namenode
start_namenode
wait_bean FSNamesystemState NumLiveDataNodes 5
kill_datanode 4
flushed=$(tail -n 1 "$scratch/flushed")
expect "all was flushed" 8388609 "$flushed"
hdfs dfs -cat /open >"$scratch/open"
expect "flushed bytes of the open file" "" "$(cmp -n "$flushed" "$scratch/open" "$scratch/src/block1" 2>&1)"
kill_daemon writer
exec 7>&-
start_datanode 4
wait_bean FSNamesystemState NumLiveDataNodes 5

# All datanodes are back: surplus copies go, nothing is left behind, the bytes are the same.
wait_bean FSNamesystem ExcessBlocks 0
wait_bean FSNamesystemState PendingDeletionBlocks 0
copies() { find "$scratch"/dn* -path '*finalized*' -name 'blk_*' -not -name '*.meta' -printf '%f\n' | sort | uniq -c | awk '$1 != 3' | wc -l; }
for _ in $(seq 200); do (($(copies) == 0)) && break; pause 0.1; done
expect "three files on disk for each block" 0 "$(copies)"
rm -rf "$scratch/back"
hdfs dfs -get /put "$scratch/back"
expect "the bytes at the end" "" "$(diff -r "$scratch/src" "$scratch/back" 2>&1)"
finish
