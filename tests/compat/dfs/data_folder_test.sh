#!/usr/bin/env bash
# One data folder handed from our datanode to Java's and back, each time after a kill, with closed files, an appended one
# and one that was being written: the other kind reads all of it, and the open one's block is recovered from what is on
# disk.
#   data_folder_test.sh NAMENODE DATANODE HDFS
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1"
datanode_binary=$2 hdfs_binary=$3
debug() { HADOOP_CONF_DIR=$scratch/conf timeout 120 "$hdfs_binary" debug "$@" 2>&1; }
start_namenode
head -c 2500000 /dev/urandom >"$scratch/data"
sum() { md5sum | cut -d' ' -f1; }

leave_open() {  # PATH: its writer dies when a good part has arrived
  mkfifo "$scratch/pipe$1"
  PEER_OPTS=-Xmx200m "$peer" hdfs dfs -Ddfs.replication=1 -put - "/$1" <"$scratch/pipe$1" >"$scratch/writer.log" 2>&1 &
  pids[writer]=$!
  exec 7>"$scratch/pipe$1"
  cat "$scratch/data" >&7
  for _ in $(seq 300); do find "$scratch/dn0/current" -path '*rbw*' -name 'blk_*' -size +2000k | grep -q . && break; pause 0.1; done
  kill -9 "${pids[writer]}"; wait "${pids[writer]}" 2>/dev/null || true; unset 'pids[writer]'
  exec 7>&-
}
expect_recovered() {  # NAME PATH
  local recovered size
  recovered=$("$peer" class org.apache.hadoop.hdfs.tools.DebugAdmin recoverLease -path "/$2._COPYING_" -retries 10 2>&1 | grep -c SUCCEEDED || true)
  expect "$1: lease recovered" "1" "$recovered"
  jhdfs dfs -cat "/$2._COPYING_" >"$scratch/back"
  size=$(stat -c %s "$scratch/back")
  expect "$1: most of the bytes ($size)" "yes" "$( ((size > 2000000)) && echo yes)"
  expect "$1: a prefix of what was written" "" "$(cmp -n "$size" "$scratch/data" "$scratch/back" 2>&1)"
}
write_files() {  # PREFIX
  jhdfs dfs -Ddfs.replication=1 -Ddfs.blocksize=1048576 -put "$scratch/data" "/$1-blocks"
  jhdfs dfs -Ddfs.replication=1 -put "$scratch/data" "/$1-appended"
  jhdfs dfs -appendToFile "$scratch/data" "/$1-appended"
  leave_open "$1-open"
}
expect_files() {  # NAME PREFIX
  expect "$1: blocks" "$(sum <"$scratch/data")" "$(jhdfs dfs -cat "/$2-blocks" | sum)"
  expect "$1: an appended file" "$(cat "$scratch/data" "$scratch/data" | sum)" "$(jhdfs dfs -cat "/$2-appended" | sum)"
}

start_datanode 0; wait_live 1
write_files ours
version() { grep -hv '^#' "$scratch/dn0/current/VERSION" "$scratch"/dn0/current/BP-*/current/VERSION | sort; }
version >"$scratch/version"
kill_datanode 0; start_java_datanode 0; wait_registered 0
expect_recovered "ours to Java" ours-open
expect_files "ours to Java" ours
jhdfs dfs -appendToFile "$scratch/data" /ours-appended
write_files java
kill_datanode 0; start_datanode 0; wait_registered 0
debug recoverLease -path /java-open._COPYING_ -retries 10 | grep -v SUCCEEDED || true  # Java's finds it closed
expect_recovered "Java to ours" java-open
expect_files "Java to ours" java
expect "what was ours, Java's, and is ours" "$(cat "$scratch/data" "$scratch/data" "$scratch/data" | sum)" "$(jhdfs dfs -cat /ours-appended | sum)"
expect "checksums of all block files" "" "$(find "$scratch/dn0/" -path '*finalized*' -name 'blk_*' ! -name '*.meta' | while read -r block; do
  debug verifyMeta -meta "$block"_*.meta -block "$block" | grep -v '^Checksum type: DataChecksum(type=CRC32C, chunkSize=512)$\|^Checksum verification succeeded'; done)"
expect "one identity all the time" "$(cat "$scratch/version")" "$(version)"
jhdfs dfs -rm -r -skipTrash '/*' >/dev/null
for _ in $(seq 200); do left=$(find "$scratch/dn0" -name 'blk_*' | wc -l); ((left == 0)) && break; pause 0.1; done
expect "deleted files leave the folder" 0 "$left"
finish
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java datanode under our namenode" 3.4.2 "our data folder handed over and back, with open files"
