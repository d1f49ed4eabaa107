#!/usr/bin/env bash
# Tusk datanodes under a real namenode, with a real datanode beside them and the real shell: pipelines that mix both,
# appends, truncates, checksums, copies by the namenode's order both ways, a datanode killed amid a write and found again
# after its restart, and a swap in place: a Java datanode started on a tusk datanode's folder and back.
#   tusk_datanode_test.sh DATANODE_BINARY
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peer=$here/../peers/hadoop-peer
binary=$1
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
if ! command -v java >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-compat-XXXXXX")
mkdir "$scratch/peer"; ln -s "$lib" "$scratch/peer/lib"
base=${TUSK_TEST_PORT_BASE:-$((20000 + $$ % 10 * 1000))}
export PEER_HOME=$scratch/peer PEER_PORT_BASE=$base PEER_NN_HEAP=300m
declare -A pids=()
failures=0
end() {
  local status=$? name
  for name in "${!pids[@]}"; do kill -9 "${pids[$name]}" 2>/dev/null || true; done
  "$peer" stop >/dev/null 2>&1
  if ((status != 0 && status != 77)); then tail -n 15 "$scratch"/*.log; fi
  [[ -n ${KEEP:-} ]] || rm -rf "$scratch"
}
trap end EXIT
pause() { read -rt "$1" <> <(:) || true; }
start_datanode() {  # N
  "$binary" "$scratch/peer/conf" -Ddfs.datanode.data.dir="$scratch/dn$1" -Ddfs.datanode.address="127.0.0.1:$((base + 100 + 10 * $1))" \
    -Ddfs.datanode.ipc.address="127.0.0.1:$((base + 101 + 10 * $1))" -Ddfs.datanode.http.address="127.0.0.1:$((base + 102 + 10 * $1))" \
    -Ddfs.heartbeat.interval=1 >>"$scratch/dn$1.log" 2>&1 &
  pids[dn$1]=$!
}
start_java_datanode() {  # N, on the same folder and ports
  PEER_OPTS=-Xmx200m "$peer" class org.apache.hadoop.hdfs.server.datanode.DataNode -Ddfs.datanode.data.dir="file://$scratch/dn$1" \
    -Ddfs.datanode.address="127.0.0.1:$((base + 100 + 10 * $1))" -Ddfs.datanode.ipc.address="127.0.0.1:$((base + 101 + 10 * $1))" \
    -Ddfs.datanode.http.address="127.0.0.1:$((base + 102 + 10 * $1))" >>"$scratch/java$1.log" 2>&1 &
  pids[dn$1]=$!
}
stop_datanode() { kill "${2:--9}" "${pids[dn$1]}"; wait "${pids[dn$1]}" 2>/dev/null; unset "pids[dn$1]"; }
wait_live() {
  local live
  for _ in $(seq 300); do
    live=$(curl -s "http://127.0.0.1:$((base + 870))/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState" | sed -n 's/.*"NumLiveDataNodes" : \([0-9]*\).*/\1/p')
    [[ $live == "$1" ]] && return
    pause 0.1
  done
  echo "FAILED: $live live datanodes, not $1"; exit 1
}
jhdfs() { timeout 120 "$peer" hdfs "$@" 2>"$scratch/err"; }
expect() {
  if [[ $2 == "$3" ]]; then echo "ok: $1"; else printf 'FAILED: %s\n expected: %s\n actual:   %s\n' "$1" "$2" "$3"; cat "$scratch/err"; failures=$((failures + 1)); fi
}
sum() { sha256sum | cut -c1-64; }

"$peer" start-hdfs 1 || exit 1
start_datanode 0; start_datanode 1
wait_live 3
head -c 20000000 /dev/urandom >"$scratch/big"; head -c 1537 /dev/urandom >"$scratch/small"; : >"$scratch/empty"

jhdfs dfs -mkdir /d
jhdfs dfs -Ddfs.replication=3 -Ddfs.blocksize=8388608 -put "$scratch/big" "$scratch/small" "$scratch/empty" /d
expect "put and cat through a mixed pipeline" "$(sum <"$scratch/big")" "$(jhdfs dfs -cat /d/big | sum)"
expect "replicas and checksums are equal in all datanodes' folders" "" "$(
  cd "$scratch"; find dn0 -path '*finalized*' -name 'blk_*' | while read -r file; do
    for other in $(find dn1 peer/data/dn0 -path '*finalized*' -name "${file##*/}"); do cmp "$file" "$other" 2>&1; done; done)"
jhdfs dfs -appendToFile "$scratch/small" /d/small
expect "append" "$(cat "$scratch/small" "$scratch/small" | sum)" "$(jhdfs dfs -cat /d/small | sum)"
jhdfs dfs -truncate -w 1000 /d/small >/dev/null
expect "truncate" "$(head -c 1000 "$scratch/small" | sum)" "$(jhdfs dfs -cat /d/small | sum)"
expect "tail" "$(tail -c 1024 "$scratch/big" | sum)" "$(jhdfs dfs -tail /d/big | sum)"
expect "composite checksum is the CRC of the bytes" "$(python3 - "$scratch/big" <<'P'
import sys
table = []
for i in range(256):
    c = i
    for _ in range(8): c = (c >> 1) ^ (0x82F63B78 if c & 1 else 0)
    table.append(c)
crc = 0xFFFFFFFF
for byte in open(sys.argv[1], 'rb').read(): crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
print('%08x' % (crc ^ 0xFFFFFFFF))
P
)" "$(jhdfs dfs -Ddfs.checksum.combine.mode=COMPOSITE_CRC -checksum /d/big | cut -f3)"

for i in 1 2 3; do jhdfs dfs -Ddfs.replication=1 -put "$scratch/small" "/d/one$i"; done
expect "copies by the namenode's order" 3 "$(jhdfs dfs -setrep -w 3 /d/one1 /d/one2 /d/one3 | grep -c 'done$')"
expect "fsck" "0" "$(jhdfs fsck / | sed -n 's/.*Under-replicated blocks:[^0-9]*\([0-9]*\) .*/\1/p')"

{ head -c 5000000 "$scratch/big"; pause 3; tail -c +5000001 "$scratch/big"; } | jhdfs dfs -Ddfs.replication=3 -put - /d/killed &
put=$!
pause 2.5; stop_datanode 1; wait $put
expect "a datanode killed amid a write" "$(sum <"$scratch/big")" "$(jhdfs dfs -cat /d/killed | sum)"
start_datanode 1; wait_live 3

stop_datanode 0 -TERM; start_java_datanode 0
for _ in $(seq 200); do grep -q 'Successfully sent block report' "$scratch"/java0.log "$scratch"/peer/logs/* 2>/dev/null && break; pause 0.2; done
wait_live 3
stop_datanode 1 -TERM
expect "a Java datanode in a tusk datanode's place" "$(sum <"$scratch/big")" "$(jhdfs dfs -cat /d/big | sum)"
jhdfs dfs -Ddfs.replication=1 -put "$scratch/big" /d/by-java
stop_datanode 0 -TERM; start_datanode 0; start_datanode 1; pause 3
expect "and back" "$(sum <"$scratch/big")" "$(jhdfs dfs -cat /d/by-java | sum)"
jhdfs dfs -rm -r -skipTrash /d >/dev/null
for _ in $(seq 200); do left=$(find "$scratch"/dn? -name 'blk_*' | wc -l); ((left == 0)) && break; pause 0.1; done
expect "deleted files leave the datanodes" 0 "$left"
((failures == 0)) || { echo "$failures failures"; exit 1; }
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "our datanode under Java's namenode" 3.4.2 "mixed pipelines" "append" "truncate" "replication both ways" "one data folder handed over and back"
