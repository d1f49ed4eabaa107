#!/usr/bin/env bash
# Real YARN and MapReduce (staging, splits, shuffle, committer) on tusk's namenode and datanodes: WordCount's answer
# equals that of coreutils.
#   java_mapreduce_test.sh HDFS NAMENODE DATANODE; exit 77 where there is no Java or no Hadoop jars
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peer=$here/../peers/hadoop-peer
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
if ! command -v java >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
source "$here/../../minicluster/cluster.sh"
cluster_init "$1" "$2" "$3"
start_namenode
for n in 0 1 2; do start_datanode $n; done
wait_bean FSNamesystemState NumLiveDataNodes 3

mkdir "$scratch/peer"; ln -s "$lib" "$scratch/peer/lib"
export PEER_HOME=$scratch/peer PEER_PORT_BASE=$((26000 + $$ % 6 * 1000))
"$peer" hdfs dfs -ls / >/dev/null 2>&1 || true  # writes its conf
sed -i "s#<name>fs.defaultFS</name><value>[^<]*#<name>fs.defaultFS</name><value>hdfs://127.0.0.1:$base#" "$scratch/peer/conf/core-site.xml"
trap '"$peer" stop >/dev/null 2>&1 || true; cluster_end' EXIT
"$peer" start-yarn >"$scratch/yarn.log" 2>&1

hdfs dfs -mkdir -p /in
for i in 1 2 3; do cat "$here"/*.sh "$here"/*.md >"$scratch/text$i"; done
hdfs dfs -put "$scratch"/text? /in
"$peer" hadoop examples wordcount /in /out >"$scratch/job.log" 2>&1 || { tail -n 30 "$scratch/job.log"; exit 1; }
hdfs dfs -cat '/out/part-r-*' | LC_ALL=C sort >"$scratch/got"
cat "$scratch"/text? | tr -s '[:space:]' '\n' | grep . | LC_ALL=C sort | uniq -c | awk '{ print $2 "\t" $1 }' | LC_ALL=C sort >"$scratch/wanted"
expect "WordCount of real MapReduce on tusk's DFS" "" "$(diff "$scratch/wanted" "$scratch/got" | head -5)"
expect "committed" "1" "$(hdfs dfs -ls /out/_SUCCESS | grep -c _SUCCESS)"
finish
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java YARN and MapReduce on our DFS" 3.4.2 "WordCount"
