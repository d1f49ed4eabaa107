#!/usr/bin/env bash
# Records tests/golden/fsck/fsck.txt from a real Hadoop; not part of ctest. PEER_PORT_BASE and PEER_LIB as hadoop-peer's.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/fsck_scene.sh"
peer=$here/../peers/hadoop-peer
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-compat-XXXXXX")
export PEER_HOME=$scratch/peer PEER_PORT_BASE=${PEER_PORT_BASE:-22000} PEER_OPTS=-Xmx300m
mkdir -p "$PEER_HOME" "$scratch/classes"
ln -s "$lib" "$PEER_HOME/lib"
end() { local status=$?; "$peer" stop >/dev/null 2>&1 || true; [[ -n ${KEEP:-} ]] || rm -rf "$scratch"; exit $status; }
trap end EXIT
javac -proc:none -nowarn -cp "$lib/*" -d "$scratch/classes" "$here/ShellLines.java"
PEER_NN_HEAP=512m "$peer" start-hdfs 1
run_lines() { java -Xmx300m -cp "$PEER_HOME/conf:$scratch/classes:$lib/*" ShellLines 2>"$scratch/java.err"; }
stop_datanode() { local pid; pid=$(<"$PEER_HOME/run/datanode0.pid"); kill "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done; }
restart_datanode() {
  "$peer" start-hdfs 1 >/dev/null
  for _ in $(seq 300); do
    curl -s "http://127.0.0.1:$((PEER_PORT_BASE + 870))/jmx?qry=Hadoop:service=NameNode,name=FSNamesystem" | grep -q '"MissingBlocks" : 2' && return
    sleep 0.2
  done
  echo "no missing blocks"; exit 1
}
datanode_folder() { echo "$PEER_HOME/data/dn0"; }
fsck_scene | plain_fsck >"${1:-$here/../../golden/fsck/fsck.txt}"
