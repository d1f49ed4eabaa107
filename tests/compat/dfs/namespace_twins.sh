#!/usr/bin/env bash
# namespace_twins.sh NAMENODE TWINS [COUNT [SEED]]: our namenode and Java's answer COUNT random operations alike, in result
# and exception class. By hand (label long): it starts a Java namenode. PEER_PORT_BASE as for hadoop-peer.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
namenode=$1 twins=$2 count=${3:-10000} seed=${4:-1}
export PEER_HOME_LIB=${PEER_HOME_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
[[ -d $PEER_HOME_LIB ]] || { echo "no jars: $here/../peers/hadoop-peer install"; exit 77; }
work=$(mktemp -d /tmp/namespace-twins.XXXXXX)
base=${PEER_PORT_BASE:-25200}
export PEER_HOME=$work/peer PEER_PORT_BASE=$base
mkdir -p "$PEER_HOME" "$work/conf"
ln -s "$PEER_HOME_LIB" "$PEER_HOME/lib"
peer=$here/../peers/hadoop-peer
ours=
cleanup() { [[ -n $ours ]] && kill "$ours" 2>/dev/null || true; "$peer" stop >/dev/null 2>&1 || true; rm -rf "$work"; }
trap cleanup EXIT
cat >"$work/conf/hdfs-site.xml" <<XML
<configuration>
<property><name>dfs.namenode.rpc-address</name><value>127.0.0.1:$((base + 120))</value></property>
<property><name>dfs.namenode.http-address</name><value>127.0.0.1:$((base + 121))</value></property>
<property><name>dfs.namenode.name.dir</name><value>$work/name</value></property>
<property><name>dfs.namenode.fs-limits.min-block-size</name><value>16</value></property>
<property><name>dfs.permissions.superusergroup</name><value>root</value></property>
<property><name>dfs.replication</name><value>1</value></property>
</configuration>
XML
cat >"$work/conf/core-site.xml" <<XML
<configuration><property><name>fs.defaultFS</name><value>hdfs://127.0.0.1:$((base + 120))</value></property></configuration>
XML
"$namenode" -format "$work/conf" >"$work/format.log" 2>&1
"$namenode" "$work/conf" >"$work/ours.log" 2>&1 &
ours=$!
"$peer" start-hdfs 0 >"$work/peer.log" 2>&1 || { cat "$work/peer.log"; exit 1; }
for _ in $(seq 100); do grep -q serves "$work/ours.log" && break; sleep 0.2; done
time "$twins" "127.0.0.1:$((base + 120))" "127.0.0.1:$((base + 20))" "$seed" "$count"
