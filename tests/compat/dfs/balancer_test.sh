#!/usr/bin/env bash
# Hadoop's own balancer on our namenode, with block tokens: a datanode of ours and one of Java's hold everything, an empty
# one of either kind comes and gets its share; files stay what they are, nothing is left of the balancer, and it refuses to
# run beside another. Its mover puts what is COLD into the archives of the same datanodes, and finds nothing to do where
# policies are kept.
#   balancer_test.sh NAMENODE DATANODE HDFS
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"
cluster_init "$1"
datanode_binary=$2 hdfs_binary=$3
set_hdfs dfs.block.access.token.enable true
# Small datanodes, so that little data fills them: all of the disk but so much is reserved. In memory, where df's figures
# add up for Java's datanode too.
capacity=300000000
disk=$(mktemp -d /dev/shm/tusk-compat-XXXXXX)
if (($(df -B1 --output=avail "$disk" | tail -1) < 1000000000)); then echo "not enough room in /dev/shm"; exit 77; fi
archives=1
for name in dn{0..3}{,-archive}; do ln -s "$disk/$name" "$scratch/$name"; mkdir "$disk/$name"; done
set_hdfs dfs.datanode.du.reserved $(($(df -B1 --output=size "$disk" | tail -1) - capacity))
set_hdfs dfs.datanode.round-robin-volume-choosing-policy.additional-available-space 0
set_hdfs dfs.blocksize 1048576
set_hdfs dfs.balancer.getBlocks.min-block-size 1
hdfs() { HADOOP_CONF_DIR=$scratch/conf timeout 60 "$hdfs_binary" "$@" 2>"$scratch/err"; }
start_namenode
start_datanode 0; start_java_datanode 1
wait_live 2
head -c 40000000 /dev/urandom >"$scratch/data"
sum() { md5sum | cut -d' ' -f1; }
hdfs dfs -mkdir /d
hdfs dfs -Ddfs.replication=2 -put "$scratch/data" /d/file
hdfs dfs -Ddfs.replication=1 -put "$scratch/data" /d/single
replicas() { find "$scratch/dn$1/" -path '*finalized*' -name 'blk_*' ! -name '*.meta' | wc -l; }
stored() { for n in 0 1 2 3; do replicas $n; done | paste -sd+ | bc; }
before=$(hdfs dfs -checksum /d/file /d/single)

start_datanode 2; start_java_datanode 3
wait_live 4
status=0
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
javac -proc:none -nowarn -cp "$lib/*" -d "$scratch/conf" "$here/BalancerRun.java"
PEER_OPTS=-Xmx300m "$peer" class BalancerRun -threshold 1 >"$scratch/out" 2>"$scratch/balancer.log" || status=$?
expect "the balancer exits" 0 "$status"
expect "balanced" "The cluster is balanced. Exiting..." "$(grep -o 'The cluster is balanced. Exiting...' "$scratch/out")"
for n in 0 1 2 3; do
  # 117 replicas: a quarter each, give or take a hundredth of the capacity.
  expect "datanode $n has its share" yes "$(count=$(replicas $n); ((count >= 26 && count <= 33)) && echo yes || echo "$count")"
done
for _ in $(seq 100); do [[ $(stored) == 117 ]] && break; pause 0.1; done
expect "moved, not copied" 117 "$(stored)"
expect "the same files" "$before" "$(hdfs dfs -checksum /d/file /d/single)"
expect "read" "$(sum <"$scratch/data")" "$(hdfs dfs -cat /d/single | sum)"
expect "healthy" "HEALTHY" "$(hdfs fsck / | grep -o 'HEALTHY$' | head -1)"
expect "nothing is left of it" "" "$(hdfs dfs -ls -R /system | grep balancer.id)"

mkfifo "$scratch/pipe"
hdfs dfs -appendToFile - /system/balancer.id <"$scratch/pipe" &
pids[other]=$!
exec 7>"$scratch/pipe"
for _ in $(seq 100); do hdfs dfs -test -e /system/balancer.id && break; pause 0.1; done
status=0
PEER_OPTS=-Xmx300m jhdfs balancer >"$scratch/out" || status=$?
exec 7>&-
expect "not beside another" "252 java.io.IOException: Another Balancer is running..  Exiting ..." "$status $(grep -o 'java.io.*' "$scratch/out")"
mover() {
  local status=0
  PEER_OPTS=-Xmx300m "$peer" class org.apache.hadoop.hdfs.server.mover.Mover -p "$1" >"$scratch/out" 2>"$scratch/mover.log" || status=$?
  expect "the mover, $2" "0 Mover Successful: all blocks satisfy the specified storage policy. Exiting..." "$status $(grep -o 'Mover Succ.*' "$scratch/out")"
}
archived() { find "$scratch"/dn?-archive/ -path '*finalized*' -name 'blk_*' ! -name '*.meta' | wc -l; }
mover /d/file "nothing to do"
expect "nothing is archived" 0 "$(archived)"
hdfs storagepolicies -setStoragePolicy -path /d/single -policy COLD >/dev/null
mover /d/single "to archives"
expect "archived" 39 "$(archived)"
for _ in $(seq 100); do [[ $(stored) == 78 ]] && break; pause 0.1; done
expect "moved to archives, not copied" 78 "$(stored)"
expect "still the same files" "$before" "$(hdfs dfs -checksum /d/file /d/single)"
expect "read from archives" "$(sum <"$scratch/data")" "$(jhdfs dfs -cat /d/single | sum)"
finish
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed 'Java `hdfs balancer`, `hdfs mover`' 3.4.2 "balances our datanodes and Java's under our namenode, with block tokens" "refuses to run twice" "mover -p, to another storage of the same datanode too"
