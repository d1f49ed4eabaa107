#!/usr/bin/env bash
# Real Java datanodes and the real shell on tusk's namenode: write, read, append, replicate, lose a datanode, lose the
# namenode. $1: the namenode's binary.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1"
start_namenode
for n in 0 1 2 3; do start_java_datanode $n; done
wait_live 4

head -c 3000001 /dev/urandom >"$scratch/data"
: >"$scratch/empty"
jhdfs dfs -mkdir -p /d/e
jhdfs dfs -put "$scratch/data" "$scratch/empty" /d/
jhdfs dfs -Ddfs.blocksize=1048576 -put "$scratch/data" /d/blocks
expect "listing" "3" "$(jhdfs dfs -ls /d | grep -c '^-')"
for file in data blocks; do
  jhdfs dfs -get "/d/$file" "$scratch/back"
  expect "bytes of $file" "$(md5sum <"$scratch/data")" "$(md5sum <"$scratch/back")"
  rm "$scratch/back"
done
jhdfs dfs -appendToFile "$scratch/data" /d/data
jhdfs dfs -appendToFile "$scratch/data" /d/blocks
expect "appended" "$(cat "$scratch/data" "$scratch/data" | md5sum)" "$(jhdfs dfs -cat /d/data | md5sum)"
expect "appended, several blocks" "$(cat "$scratch/data" "$scratch/data" | md5sum)" "$(jhdfs dfs -cat /d/blocks | md5sum)"
expect "stat" "6000002 3" "$(jhdfs dfs -stat '%b %r' /d/data)"

jhdfs dfs -setrep -w 4 /d/data >/dev/null
expect "four copies" "1" "$(jhdfs fsck /d/data -files -blocks | grep -c 'Live_repl=4')"
jhdfs dfs -setrep 2 /d/data >/dev/null
wait_bean FSNamesystem ExcessBlocks 0
expect "two copies" "1" "$(jhdfs fsck /d/data -files -blocks | grep -c 'Live_repl=2')"

kill_datanode 0
wait_live 3
wait_bean FSNamesystemState UnderReplicatedBlocks 0
expect "healthy after a datanode's death" "The filesystem under path '/' is HEALTHY" "$(jhdfs fsck / | tail -1)"
expect "bytes after a datanode's death" "$(cat "$scratch/data" "$scratch/data" | md5sum)" "$(jhdfs dfs -cat /d/blocks | md5sum)"

kill_namenode
start_namenode
wait_bean FSNamesystemState FSState '"Operational"'
expect "bytes after the namenode's death" "$(cat "$scratch/data" "$scratch/data" | md5sum)" "$(jhdfs dfs -cat /d/blocks | md5sum)"
start_java_datanode 0
wait_live 4
wait_bean FSNamesystem ExcessBlocks 0
jhdfs dfs -rm -r -skipTrash /d >/dev/null
wait_bean FSNamesystemState PendingDeletionBlocks 0
for _ in $(seq 300); do find "$scratch"/dn* -path '*finalized*' -name 'blk_*' | grep -q . || break; pause 0.1; done
expect "no replica is left on disk" "" "$(find "$scratch"/dn* -path '*finalized*' -name 'blk_*')"
finish
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java \`hdfs dfs\`" 3.4.2 "put" "get" "cat" "ls" "stat" "appendToFile" "setrep" "rm" "fsck"
