#!/usr/bin/env bash
# fsck with a block that rots on a datanode's disk and two that are gone: what it says, what -move saves, what -delete
# deletes, against what a real Hadoop 3.4.2 said and did for the same files (tests/golden/fsck/fsck.txt; fsck_record.sh).
#   fsck_test.sh TUSK
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/fsck_scene.sh"
source "$here/../../minicluster/cluster.sh"
tusk=$1
# Its namenode has the repairs plugged in; the one that runs alone has not.
program() { printf '#!/bin/sh\n%s\n' "$2" >"$1"; chmod +x "$1"; }
programs=$(mktemp -d "${TMPDIR:-/tmp}/tusk-programs-XXXXXX")
program "$programs/namenode" 'if [ "$1" = -format ]; then HADOOP_CONF_DIR=$2 exec '"$tusk"' namenode -format -force; fi
HADOOP_CONF_DIR=$1 exec '"$tusk"' namenode'
program "$programs/datanode" 'HADOOP_CONF_DIR=$1; export HADOOP_CONF_DIR; shift; exec '"$tusk"' datanode "$@"'
program "$programs/hdfs" "exec $tusk \"\$@\""
cluster_init "$programs/hdfs" "$programs/namenode" "$programs/datanode"
mv "$programs" "$scratch/programs"
hdfs_program=$scratch/programs/hdfs namenode_program=$scratch/programs/namenode datanode_program=$scratch/programs/datanode
sed -i 's#<name>dfs.replication</name><value>3<#<name>dfs.replication</name><value>1<#;
  s#</configuration>#<property><name>dfs.namenode.fs-limits.min-block-size</name><value>16</value></property>\
<property><name>dfs.permissions.superusergroup</name><value>root</value></property>&#' "$scratch/conf/hdfs-site.xml"
start_namenode
start_datanode 0
wait_bean FSNamesystemState NumLiveDataNodes 1
run_lines() {
  local line words
  while read -r line; do
    read -ra words <<<"$line"
    echo "\$ $line"
    timeout 60 "$hdfs_program" "${words[@]}" 2>&1 </dev/null && echo "= 0" || echo "= $?"
  done
}
stop_datanode() { kill_datanode 0; }
restart_datanode() { start_datanode 0; wait_bean FSNamesystem MissingBlocks 2; }
datanode_folder() { echo "$scratch/dn0"; }
fsck_scene >"$scratch/said.txt"  # in this shell: it starts a datanode
plain_fsck <"$scratch/said.txt" | sed "s/^FSCK started by $(id -un) /FSCK started by root /; s/ $(id -un) root / root root /" >"$scratch/ours.txt"
if ! diff -u "$here/../../golden/fsck/fsck.txt" "$scratch/ours.txt"; then echo "FAILED: -: Hadoop's, +: ours"; exit 1; fi
echo "ok: $(grep -c '^\$' "$scratch/ours.txt") commands, same output and exit codes"
