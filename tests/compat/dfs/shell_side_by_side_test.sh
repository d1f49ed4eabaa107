#!/usr/bin/env bash
# The same command lines with the real shell and with ours, on one tusk cluster: output and exit codes must agree, but for
# times, sizes that move, and the help's words. (On a real Hadoop: shell_on_java_test.sh.)
#   shell_side_by_side_test.sh HDFS NAMENODE DATANODE; exit 77 where there is no Java or no Hadoop jars
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
if ! command -v javac >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
source "$here/../../minicluster/cluster.sh"
source "$here/side_by_side.sh"
cluster_init "$1" "$2" "$3"
sed -i 's#<name>dfs.replication</name><value>3<#<name>dfs.replication</name><value>1<#;
  s#</configuration>#<property><name>dfs.namenode.fs-limits.min-block-size</name><value>16</value></property>&#' "$scratch/conf/hdfs-site.xml"
start_namenode
start_datanode 0
wait_bean FSNamesystemState NumLiveDataNodes 1
ipc=$("$1" dfsadmin -report -live | sed -n 's/^Name: 127.0.0.1:\([0-9]*\) .*/\1/p')
side_by_side "$scratch/conf" "$1" DNIPC=127.0.0.1:$((ipc + 1))
source "$here/../results.sh"
passed "Java hdfs dfs, dfsadmin, storagepolicies" "3.4.2" "same words as ours"
