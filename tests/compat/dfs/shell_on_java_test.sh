#!/usr/bin/env bash
# Our shell on a real Hadoop namenode with real datanodes: the lines of shell_side_by_side.txt as the real shell says them,
# bytes and checksums both ways, append, a datanode killed under a write and under a read. $1: hdfs_alone. Exit 77 where
# there is no Java or no Hadoop jars.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peer=$here/../peers/hadoop-peer
ours=$1
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
if ! command -v java >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-compat-XXXXXX")
export PEER_HOME=$scratch/peer PEER_PORT_BASE=${TUSK_TEST_PORT_BASE:-$((30000 + $$ % 2 * 1000))}
mkdir -p "$PEER_HOME"
ln -s "$lib" "$PEER_HOME/lib"
end() {
  local status=$?
  "$peer" stop >/dev/null 2>&1 || true
  [[ -n ${KEEP:-} ]] || rm -rf "$scratch"
  exit $status
}
trap end EXIT
source "$here/side_by_side.sh"
start() { "$peer" start-hdfs "$1" >"$scratch/start.log" 2>&1 || { cat "$scratch/start.log"; exit 1; }; }
start 1  # with one datanode, both shells' blocks go to the same place
export HADOOP_CONF_DIR=$PEER_HOME/conf
dfs() { timeout 120 "$ours" dfs -Ddfs.replication=3 "$@"; }
jdfs() { timeout 120 "$peer" hdfs dfs "$@" 2>"$scratch/err"; }
pause() { read -rt "$1" <> <(:) || true; }
failures=0
expect() {  # NAME EXPECTED ACTUAL
  if [[ $2 == "$3" ]]; then echo "ok: $1"; return; fi
  printf 'FAILED: %s\n expected: %s\n actual:   %s\n' "$1" "$2" "$3"
  failures=$((failures + 1))
}

ipc=$("$ours" dfsadmin -report -live | sed -n 's/^Name: 127.0.0.1:\([0-9]*\) .*/\1/p' | head -1)
side_by_side "$PEER_HOME/conf" "$ours" DNIPC=127.0.0.1:$((ipc + 1)) || failures=$((failures + 1))
start 3
for _ in $(seq 100); do "$ours" dfsadmin -report 2>/dev/null | grep -q '^Live datanodes (3)' && break; pause 0.2; done

head -c 30000001 /dev/urandom >"$scratch/data"
sum=$(md5sum <"$scratch/data")
: >"$scratch/empty"
dfs -mkdir -p /d
dfs -put "$scratch/data" "$scratch/empty" /d
dfs -Ddfs.blocksize=1048576 -put "$scratch/data" /d/blocks
jdfs -put "$scratch/data" /d/java
expect "Java reads what we wrote" "$sum" "$(jdfs -cat /d/data | md5sum)"
expect "Java reads many blocks" "$sum" "$(jdfs -cat /d/blocks | md5sum)"
expect "we read what Java wrote" "$sum" "$(dfs -cat /d/java | md5sum)"
dfs -get /d/blocks "$scratch/back"
expect "we read what we wrote" "$sum" "$(md5sum <"$scratch/back")"
expect "checksums" "$(jdfs -checksum /d/data /d/blocks /d/java)" "$(dfs -checksum /d/data /d/blocks /d/java)"
expect "composed checksum" "$(jdfs -Ddfs.checksum.combine.mode=COMPOSITE_CRC -checksum /d/blocks)" \
  "$(dfs -Ddfs.checksum.combine.mode=COMPOSITE_CRC -checksum /d/blocks)"
for verb in "-ls /d" "-ls -h -S /d" "-du /d" "-count /d" "-stat %n:%b:%r:%o:%F /d/data" "-df" "-find / -name data"; do
  # -df changes with every heartbeat: its columns' heads do.
  if [[ $verb == -df ]]; then
    expect "text of -df" "$(jdfs -df | head -1 | tr -s ' ')" "$(dfs -df | head -1 | tr -s ' ')"
  else
    expect "text of $verb" "$(jdfs $verb)" "$(dfs $verb)"
  fi
done
printf abc | dfs -appendToFile - /d/data
dfs -appendToFile "$scratch/data" /d/data
expect "append" "$({ cat "$scratch/data"; printf abc; cat "$scratch/data"; } | md5sum)" "$(jdfs -cat /d/data | md5sum)"

{ head -c 20000000 "$scratch/data"; pause 2; tail -c +20000001 "$scratch/data"; } | dfs -put - /d/killed 2>"$scratch/killed.err" &
writer=$!
pause 1
kill -9 "$(cat "$PEER_HOME/run/datanode1.pid")"
wait $writer || { cat "$scratch/killed.err"; failures=$((failures + 1)); }
expect "written while a datanode died" "$sum" "$(dfs -cat /d/killed 2>/dev/null | md5sum)"
dfs -cat /d/blocks 2>/dev/null | { head -c 1000; pause 1; kill -9 "$(cat "$PEER_HOME/run/datanode0.pid")"; cat; } >"$scratch/read"
expect "read while a datanode died" "$sum" "$(md5sum <"$scratch/read")"
dfs -rm -r -skipTrash /d >/dev/null
expect "deleted" "" "$(jdfs -ls /d)"
((failures == 0)) || { echo "$failures failures"; exit 1; }
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "our \`hdfs dfs\` on a Java cluster" 3.4.2 "read" "write" "append" "checksum" "a datanode killed under both" "same words as the Java shell"
