#!/usr/bin/env bash
# The same command lines with the real shell and with ours, on one tusk cluster: output and exit codes must agree, but for
# times, sizes that move, and the help's words.
#   shell_side_by_side_test.sh HDFS NAMENODE DATANODE; exit 77 where there is no Java or no Hadoop jars
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
if ! command -v javac >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
source "$here/../../minicluster/cluster.sh"
cluster_init "$1" "$2" "$3"
start_namenode
start_datanode 0
wait_bean FSNamesystemState NumLiveDataNodes 1
hdfs=$1
ipc=$("$hdfs" dfsadmin -report -live | sed -n 's/^Name: 127.0.0.1:\([0-9]*\) .*/\1/p')
ipc=127.0.0.1:$((ipc + 1))
echo "twenty bytes of data" >"$scratch/data"
lines() { sed "s#@#$1#g; s#DATA#$scratch/data#g; s#DNIPC#$ipc#g" "$here/shell_side_by_side.txt"; }
# What differs from run to run: times, capacities, log lines, usage texts (ours are our own where they explain).
plain() {
  sed -E "s#/(ours|java)([/ ':]|\$)#/X\2#g; s#[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}#TIME#g;
    s#^Balancer bandwidth is .*#Balancer bandwidth is N#;
    s#(Remaining|Used|Used%|Remaining%|Present Capacity|Configured Capacity|contact|Report|Xceivers|Blocks|Left|Reserved): .*#\1: N#" |
    sed -E 's#\((localhost|'"$(hostname)"')\)#(HOST)#' |
    grep -vE '^TIME:[0-9,]+ +(INFO|WARN|ERROR)|^org.apache.hadoop.ipc.RemoteException|^\s+at |^log4j|^SLF4J|^(Generic options|-conf|-D|-fs|-jt|-files|-libjars|-archives|The general|command \[gen)|^$|^\s+\[-|^Usage: h|^Note: '
}
mkdir -p "$scratch/classes"
javac -proc:none -nowarn -cp "$lib/*" -d "$scratch/classes" "$here/ShellLines.java"
lines /java | java -Xmx300m -cp "$scratch/conf:$scratch/classes:$lib/*" ShellLines 2>"$scratch/java.err" | plain >"$scratch/java.txt"
lines /ours | while read -r tool args; do
  echo "\$ $tool $args"
  if [[ $tool == storagepolicies ]]; then "$hdfs" $tool $args 2>&1 && code=0 || code=$?; else "$hdfs" "$tool" $args 2>&1 </dev/null && code=0 || code=$?; fi
  echo "= $code"
done | plain >"$scratch/ours.txt"
if ! diff -u "$scratch/java.txt" "$scratch/ours.txt"; then echo "FAILED: the shells differ (-: Java, +: ours)"; exit 1; fi
echo "ok: $(wc -l <"$here/shell_side_by_side.txt") lines, same output and exit codes"
source "$here/../results.sh"
passed "Java hdfs dfs, dfsadmin, storagepolicies" "3.4.2" "same words as ours"
