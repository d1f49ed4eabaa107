#!/usr/bin/env bash
# Block tokens (dfs.block.access.token.enable) across both kinds of datanodes: two of ours and one of Java's, under our
# namenode or Java's. Java's and our shell write, read, append, checksum and copy with them; forged, stretched, expired,
# foreign and missing ones are refused by every datanode alike; a restarted namenode's new keys, and its tokens in the
# other form, reach the datanodes.
#   java_block_token_test.sh NAMENODE|java DATANODE HDFS [FORM=writable [FORM AFTER THE RESTART]]
# ROLL=1: waits for new keys at heartbeats as well (minutes).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1"
datanode_binary=$2 hdfs_binary=$3 form=${4:-writable} form_after=${5:-${4:-writable}}
set_form() { set_hdfs dfs.block.access.token.protobuf.enable "$([[ $1 == protobuf ]] && echo true || echo false)"; }
set_hdfs dfs.block.access.token.enable true
set_form "$form"
if [[ -n ${ROLL:-} ]]; then set_hdfs dfs.block.access.key.update.interval 1; set_hdfs dfs.block.access.token.lifetime 1; fi
hdfs() { HADOOP_CONF_DIR=$scratch/conf timeout 60 "$hdfs_binary" "$@" 2>"$scratch/err"; }
start_namenode
start_datanode 0; start_datanode 1; start_java_datanode 2
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
probe() {  # FORM
  java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --add-opens=java.base/java.lang=ALL-UNNAMED -cp "$scratch:$PEER_CONF:$lib/*" \
    TokenProbe "hdfs://127.0.0.1:$base" ${1/writable/} 2>"$scratch/err" >"$scratch/probe" || { cat "$scratch/probe" "$scratch/err"; exit 1; }
  answers() { grep "^$1 " "$scratch/probe" | sort | uniq -c | sed 's/^ *//'; }
  expect "the token" "kind HDFS_BLOCK_TOKEN user $(id -un) modes [READ] lifetime ${ROLL:-600} min" "$(grep '^kind' "$scratch/probe")"
  expect "its form" "form $1" "$(grep '^form' "$scratch/probe")"
  for try in none forged stretched expired 'foreign key' 'other block' garbage 'write token for reading'; do
    expect "$try: refused by all" "3 $try ERROR_ACCESS_TOKEN" "$(answers "$try")"
  done
  expect "good: taken by all" "3 good SUCCESS" "$(answers good)"
  expect "signed with the namenode's key: taken by all" "3 own SUCCESS" "$(answers own)"
  expect "visible length with a token" "open file read" "$(tail -1 "$scratch/probe")"
}
probe "$form"

kill_namenode
set_form "$form_after"
start_namenode
wait_live 3
wait_bean FSNamesystemState FSState '"Operational"'
expect "after the namenode's restart" "$(cat "$scratch/data" "$scratch/data" | sum)" "$(hdfs dfs -cat /theirs | sum)"
hdfs dfs -put "$scratch/data" /after
expect "and for writing" "$(sum <"$scratch/data")" "$(hdfs dfs -cat /after | sum)"
if [[ $form_after != "$form" ]]; then probe "$form_after"; fi
if [[ -n ${ROLL:-} ]]; then
  for turn in 1 2 3; do
    pause 60
    hdfs dfs -put "$scratch/data" "/rolled$turn"
    expect "minute $turn: new keys by heartbeat" "$(sum <"$scratch/data")" "$(jhdfs dfs -cat "/rolled$turn" | sum)"
  done
fi
expect "no key in a log" "" "$(grep -il 'keybytes\|password: *[0-9a-f]' "$scratch"/*.log || true)"
finish
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
if [[ $namenode_binary == java ]]; then
  passed "our datanode under Java's namenode" 3.4.2 "block tokens in both forms" "forged block tokens refused"
  passed 'our `hdfs dfs` on a Java cluster' 3.4.2 "block tokens"
elif [[ $form == protobuf ]]; then
  passed "Java client and datanode with ours" 3.4.2 "block tokens as protobuf"
else
  passed "Java client and datanode with ours" 3.4.2 "block tokens" "forged, stretched, expired, foreign and missing block tokens refused"
fi
