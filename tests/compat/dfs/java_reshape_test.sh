#!/usr/bin/env bash
# Java's truncate and concat on our namenode with a Java datanode: block recovery cuts the last block, concat moves
# blocks between files, and both are there after the namenode was killed. $1: tusk-namenode.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1"
start_namenode
start_java_datanode 1
wait_live 1
head -c 3000000 /dev/urandom >"$scratch/data"
put() { jhdfs dfs -Ddfs.replication=1 -Ddfs.blocksize=1048576 -put "$scratch/data" "$1"; }
put /f
jhdfs dfs -truncate -w 1500000 /f >/dev/null
expect "truncated inside a block" "$(head -c 1500000 "$scratch/data" | md5sum)" "$(jhdfs dfs -cat /f | md5sum)"
expect "length" "1500000" "$(jhdfs dfs -stat %b /f)"
jhdfs dfs -truncate -w 1048576 /f >/dev/null
expect "truncated at a block's end" "$(head -c 1048576 "$scratch/data" | md5sum)" "$(jhdfs dfs -cat /f | md5sum)"
jhdfs dfs -appendToFile "$scratch/data" /f
expect "appended after truncation" "$({ head -c 1048576 "$scratch/data"; cat "$scratch/data"; } | md5sum)" "$(jhdfs dfs -cat /f | md5sum)"
put /g
put /h
jhdfs dfs -concat /f /g /h
joined=$({ head -c 1048576 "$scratch/data"; cat "$scratch/data" "$scratch/data" "$scratch/data"; } | md5sum)
expect "concatenated" "$joined" "$(jhdfs dfs -cat /f | md5sum)"
expect "the sources are gone" "1" "$(jhdfs dfs -ls / | grep -c '^-')"
kill_namenode
start_namenode
wait_live 1
wait_bean FSNamesystemState FSState '"Operational"'
expect "all there after a kill" "$joined" "$(jhdfs dfs -cat /f | md5sum)"
finish
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java \`hdfs dfs\`" 3.4.2 "truncate" "concat"
