#!/usr/bin/env bash
# WebHDFS of our namenode and datanode against what a real Hadoop answered to the same requests: statuses, headers that
# clients read, JSON byte for byte but for times and numbers of a cluster's own (tests/golden/webhdfs).
#   webhdfs_golden_test.sh HDFS NAMENODE DATANODE
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../minicluster/cluster.sh"
source "$here/../results.sh"
cluster_init "$1" "$2" "$3"
me=$(id -un)
sed -i '/<\/configuration>/d' "$scratch/conf/core-site.xml" "$scratch/conf/hdfs-site.xml"
{ property hadoop.proxyuser."$me".hosts '*'; property hadoop.proxyuser."$me".groups '*'
  property io.file.buffer.size 131072; echo '</configuration>'; } >>"$scratch/conf/core-site.xml"
sed -i '/dfs.replication\|dfs.blocksize/d' "$scratch/conf/hdfs-site.xml"
{ property dfs.replication 1; property dfs.permissions.superusergroup root
  property dfs.namenode.fs-limits.min-block-size 16; echo '</configuration>'; } >>"$scratch/conf/hdfs-site.xml"
rm -rf "$scratch/name"
"$namenode_program" -format "$scratch/conf" >"$scratch/format.log" 2>&1
start_namenode
start_datanode 0
wait_bean FSNamesystemState NumLiveDataNodes 1
python3 "$here/webhdfs_transcript.py" "127.0.0.1:$((base + 1))" "$me" >"$scratch/ours.txt"
golden=$here/../../golden/webhdfs/hadoop-3.4.2.txt
if ! diff "$golden" "$scratch/ours.txt" >"$scratch/difference"; then
  echo "FAILED: what Hadoop said (<) and what we say (>)"; cat "$scratch/difference"; exit 1
fi
echo "ok: $(grep -c '^> ' "$golden") requests answered as Hadoop answers them"
passed "WebHDFS over HTTP" 3.4.2 "answers equal to a real namenode's, byte for byte"
