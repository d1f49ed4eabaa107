#!/usr/bin/env bash
# Block tokens (dfs.block.access.token.enable) across both kinds of datanodes: two of ours and one of Java's under our
# namenode. Java's and our shell write, read, append, checksum and copy with them; forged, stretched, foreign and missing
# ones are refused by every datanode alike; keys roll, and a restarted namenode's new keys reach the datanodes.
#   java_block_token_test.sh NAMENODE DATANODE HDFS
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1"
datanode_binary=$2 hdfs_binary=$3
sed -i "s#</configuration>#$(property dfs.block.access.token.enable true)$(property dfs.block.access.token.protobuf.enable "${PROTOBUF:-false}")</configuration>#" "$scratch/conf/hdfs-site.xml"
hdfs() { HADOOP_CONF_DIR=$scratch/conf timeout 60 "$hdfs_binary" "$@" 2>"$scratch/err"; }
start_namenode
start_datanode 0; start_datanode 1
if [[ -z ${OURS_ONLY:-} ]]; then start_java_datanode 2; else start_datanode 2; fi
wait_live 3
head -c 3000000 /dev/urandom >"$scratch/data"
sum() { md5sum | cut -d' ' -f1; }

hdfs dfs -Ddfs.blocksize=1048576 -put "$scratch/data" /ours
expect "Java's shell reads what ours wrote" "$(sum <"$scratch/data")" "$(jhdfs dfs -cat /ours | sum)"
jhdfs dfs -Ddfs.blocksize=1048576 -put "$scratch/data" /theirs
expect "our shell reads what Java's wrote" "$(sum <"$scratch/data")" "$(hdfs dfs -cat /theirs | sum)"
jhdfs dfs -appendToFile "$scratch/data" /ours
hdfs dfs -appendToFile "$scratch/data" /theirs
expect "appended" "$(cat "$scratch/data" "$scratch/data" | sum)" "$(hdfs dfs -cat /ours | sum)"
expect "one checksum" "$(hdfs dfs -checksum /ours | cut -f2-)" "$(hdfs dfs -checksum /theirs | cut -f2-)"
hdfs dfs -Ddfs.replication=1 -put "$scratch/data" /copied
expect "copies between datanodes" "done" "$(hdfs dfs -setrep -w 3 /copied | grep -o 'done$')"

lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
javac -proc:none -nowarn -cp "$lib/*" -d "$scratch" "$here/TokenProbe.java" 2>"$scratch/err"
java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --add-opens=java.base/java.lang=ALL-UNNAMED \
  -cp "$scratch:$PEER_CONF:$lib/*" TokenProbe "hdfs://127.0.0.1:$base" 2>"$scratch/err" >"$scratch/probe" || { cat "$scratch/probe" "$scratch/err"; exit 1; }
expect "the token" "kind HDFS_BLOCK_TOKEN user $(id -un) modes [READ] lifetime 600 min" "$(grep '^kind' "$scratch/probe")"
for try in none forged stretched 'other block' garbage 'write token for reading'; do
  expect "$try: refused by all" "3 $try ERROR_ACCESS_TOKEN" "$(grep "^$try " "$scratch/probe" | sort | uniq -c | sed 's/^ *//')"
done
expect "good: taken by all" "3 good SUCCESS" "$(grep '^good ' "$scratch/probe" | sort | uniq -c | sed 's/^ *//')"
expect "visible length with a token" "open file read" "$(tail -1 "$scratch/probe")"

kill_namenode; start_namenode
wait_live 3
wait_bean FSNamesystemState FSState '"Operational"'
expect "after the namenode's restart" "$(cat "$scratch/data" "$scratch/data" | sum)" "$(hdfs dfs -cat /theirs | sum)"
hdfs dfs -put "$scratch/data" /after
expect "and for writing" "$(sum <"$scratch/data")" "$(hdfs dfs -cat /after | sum)"
expect "no key in a log" "" "$(grep -il 'keybytes\|password: *[0-9a-f]' "$scratch"/*.log || true)"
finish
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java client and datanode with ours" 3.4.2 "block tokens" "forged, stretched, foreign and missing block tokens refused"
