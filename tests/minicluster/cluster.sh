# Sourced by the tests of a small cluster of real tusk processes: one namenode and N datanodes in one scratch folder, on
# ports of their own. Everything that was started ends with the script.
#
#   cluster_init HDFS NAMENODE DATANODE    the three programs; scratch folder, conf, format
#   start_namenode; kill_namenode; start_datanode N; kill_datanode N
#   wait_bean BEAN ATTRIBUTE VALUE; seconds_since START
#   hdfs ARGS...                           our shell on this cluster
declare -A pids=()
failures=0

property() { printf '<property><name>%s</name><value>%s</value></property>\n' "$1" "$2"; }
pause() { read -rt "$1" <> <(:) || true; }
now() { date +%s.%N; }
seconds_since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }

cluster_init() {
  hdfs_program=$1 namenode_program=$2 datanode_program=$3
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-mini-XXXXXX")
  trap cluster_end EXIT
  base=${TUSK_TEST_PORT_BASE:-$((21000 + $$ % 500 * 20))}
  mkdir -p "$scratch/conf"
  { echo '<configuration>'; property fs.defaultFS "hdfs://127.0.0.1:$base"; echo '</configuration>'; } >"$scratch/conf/core-site.xml"
  { echo '<configuration>'; property dfs.namenode.name.dir "file://$scratch/name"
    property dfs.namenode.http-address "127.0.0.1:$((base + 1))"; property dfs.replication 3
    property dfs.blocksize 8388608; property dfs.namenode.safemode.extension 0; property dfs.heartbeat.interval 1
    property dfs.namenode.heartbeat.recheck-interval 1000; property dfs.namenode.redundancy.interval.seconds 1
    property dfs.namenode.reconstruction.pending.timeout-sec 10
    echo '</configuration>'; } >"$scratch/conf/hdfs-site.xml"
  export HADOOP_CONF_DIR=$scratch/conf
  "$namenode_program" -format "$scratch/conf" >"$scratch/format.log" 2>&1 || { cat "$scratch/format.log"; exit 1; }
}

cluster_end() {
  local status=$? name
  for name in "${!pids[@]}"; do kill -9 "${pids[$name]}" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if ((status != 0)); then tail -n 8 "$scratch"/*.log; fi
  [[ -n ${KEEP:-} ]] || rm -rf "$scratch"
}

start_namenode() {
  "$namenode_program" "$scratch/conf" >>"$scratch/namenode.log" 2>&1 &
  pids[namenode]=$!
  for _ in $(seq 400); do curl -sf "http://127.0.0.1:$((base + 1))/isActive" >/dev/null && return; pause 0.02; done
  echo "the namenode does not answer"; exit 1
}
start_datanode() {
  local n=$1
  "$datanode_program" "$scratch/conf" -Ddfs.datanode.data.dir="$scratch/dn$n" \
    -Ddfs.datanode.address="127.0.0.1:$((base + 3 + 3 * n))" -Ddfs.datanode.ipc.address="127.0.0.1:$((base + 4 + 3 * n))" \
    -Ddfs.datanode.http.address="127.0.0.1:$((base + 5 + 3 * n))" >>"$scratch/dn$n.log" 2>&1 &
  pids[dn$n]=$!
}
kill_daemon() { kill -9 "${pids[$1]}"; wait "${pids[$1]}" 2>/dev/null || true; unset "pids[$1]"; }
kill_namenode() { kill_daemon namenode; }
kill_datanode() { kill_daemon "dn$1"; }

bean() {  # BEAN ATTRIBUTE
  curl -sf "http://127.0.0.1:$((base + 1))/jmx?qry=Hadoop:service=NameNode,name=$1" | sed -n "s/^ *\"$2\" : \(.*[^,]\),\{0,1\}$/\1/p"
}
wait_bean() {  # BEAN ATTRIBUTE VALUE
  for _ in $(seq 600); do [[ $(bean "$1" "$2") == "$3" ]] && return; pause 0.1; done
  echo "FAILED: $2 is $(bean "$1" "$2"), not $3"; exit 1
}
hdfs() { timeout 120 "$hdfs_program" "$@" 2>>"$scratch/client.log"; }

expect() {  # NAME EXPECTED ACTUAL
  if [[ $2 == "$3" ]]; then echo "ok: $1"; else printf 'FAILED: %s\n expected: %s\n actual:   %s\n' "$1" "$2" "$3"; failures=$((failures + 1)); fi
}
finish() { if ((failures > 0)); then echo "$failures failures"; exit 1; fi; }
