# Sourced by the compat tests of the DFS: a tusk namenode with real Java datanodes and clients, in one scratch folder, on
# ports of its own. Everything that was started ends with the script.
#
#   cluster_init NAMENODE_BINARY      scratch folder, conf, format; exit 77 where there is no Java or no Hadoop jars.
#                                     "java": the namenode is Java's
#                                     (removes the folder $disk, too, if a test has one)
#   set_hdfs KEY VALUE                into hdfs-site.xml, in the place of what it had, for what starts after
#   start_namenode; kill_namenode
#   start_java_datanode N; kill_datanode N
#   start_datanode N                  one of ours, where datanode_binary is set; with a storage dnN-archive if archives=1
#   wait_registered N                 that it has registered since it was started
#   wait_live COUNT; wait_bean BEAN ATTRIBUTE VALUE
#   jhdfs ARGS...                     the real hdfs command on this cluster
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peer=$here/../peers/hadoop-peer
declare -A pids=()
failures=0

cluster_init() {
  namenode_binary=$1
  local lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
  if ! command -v java >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-compat-XXXXXX")
  trap cluster_end EXIT
  base=${TUSK_TEST_PORT_BASE:-$((21000 + $$ % 500 * 20))}
  mkdir -p "$scratch/conf" "$scratch/peer"
  ln -s "$lib" "$scratch/peer/lib"
  export PEER_HOME=$scratch/peer PEER_CONF=$scratch/conf PEER_PORT_BASE=$base
  property() { printf '<property><name>%s</name><value>%s</value></property>\n' "$1" "$2"; }
  { echo '<configuration>'; property fs.defaultFS "hdfs://127.0.0.1:$base"; property hadoop.tmp.dir "$scratch/tmp"
    echo '</configuration>'; } >"$scratch/conf/core-site.xml"
  { echo '<configuration>'; property dfs.namenode.name.dir "file://$scratch/name"
    property dfs.namenode.http-address "127.0.0.1:$((base + 1))"; property dfs.replication 3
    property dfs.namenode.safemode.extension 0; property dfs.heartbeat.interval 1
    property dfs.namenode.heartbeat.recheck-interval 1000; property dfs.namenode.redundancy.interval.seconds 1
    property dfs.namenode.reconstruction.pending.timeout-sec 10; property dfs.namenode.decommission.interval 1; property dfs.namenode.fs-limits.min-block-size 16
    property dfs.permissions.superusergroup "$(id -gn)"; property dfs.hosts.exclude "$scratch/exclude"
    property dfs.client.block.write.replace-datanode-on-failure.enable true
    echo '</configuration>'; } >"$scratch/conf/hdfs-site.xml"
  : >"$scratch/exclude"
  format_namenode >"$scratch/format.log" 2>&1 || { cat "$scratch/format.log"; exit 1; }
}
set_hdfs() {
  sed -i -e "s#<property><name>$1</name>.*</property>##" -e "s#</configuration>#$(property "$1" "$2")\n</configuration>#" "$scratch/conf/hdfs-site.xml"
}

cluster_end() {
  local status=$? name
  for name in "${!pids[@]}"; do kill -9 "${pids[$name]}" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if ((status != 0 && status != 77)); then tail -n 20 "$scratch"/*.log; fi
  [[ -n ${KEEP:-} ]] || rm -rf "$scratch" ${disk:+"$disk"}
}

pause() { read -rt "$1" <> <(:) || true; }

java_namenode=org.apache.hadoop.hdfs.server.namenode.NameNode
format_namenode() {
  if [[ $namenode_binary == java ]]; then "$peer" class $java_namenode -format -nonInteractive; else "$namenode_binary" -format "$scratch/conf"; fi
}
start_namenode() {
  if [[ $namenode_binary == java ]]; then PEER_OPTS=-Xmx300m "$peer" class $java_namenode >>"$scratch/namenode.log" 2>&1 &
  else "$namenode_binary" "$scratch/conf" >>"$scratch/namenode.log" 2>&1 & fi
  pids[namenode]=$!
  for _ in $(seq 600); do curl -sf "http://127.0.0.1:$((base + 1))/isActive" >/dev/null && return; pause 0.05; done
  echo "the namenode does not answer"; exit 1
}
kill_namenode() { kill -9 "${pids[namenode]}"; wait "${pids[namenode]}" 2>/dev/null || true; unset 'pids[namenode]'; }

start_java_datanode() {
  local n=$1
  PEER_OPTS=-Xmx200m "$peer" class org.apache.hadoop.hdfs.server.datanode.DataNode \
    -Ddfs.datanode.data.dir="[DISK]file://$scratch/dn$n${archives:+,[ARCHIVE]file://$scratch/dn$n-archive}" -Ddfs.datanode.address="127.0.0.1:$((base + 5 + 3 * n))" \
    -Ddfs.datanode.http.address="127.0.0.1:$((base + 6 + 3 * n))" \
    -Ddfs.datanode.ipc.address="127.0.0.1:$((base + 7 + 3 * n))" >>"$scratch/dn$n.log" 2>&1 &
  pids[dn$n]=$!
}
start_datanode() {
  local n=$1
  "$datanode_binary" "$scratch/conf" -Ddfs.datanode.data.dir="[DISK]$scratch/dn$n${archives:+,[ARCHIVE]$scratch/dn$n-archive}" \
    -Ddfs.datanode.address="127.0.0.1:$((base + 5 + 3 * n))" -Ddfs.datanode.http.address="127.0.0.1:$((base + 6 + 3 * n))" \
    -Ddfs.datanode.ipc.address="127.0.0.1:$((base + 7 + 3 * n))" >>"$scratch/dn$n.log" 2>&1 &
  pids[dn$n]=$!
}
wait_registered() {  # N
  for _ in $(seq 600); do
    curl -sf "http://127.0.0.1:$((base + 6 + 3 * $1))/jmx?qry=Hadoop:service=DataNode,name=DataNodeInfo" | grep -q RUNNING && return
    pause 0.1
  done
  echo "FAILED: datanode $1 does not register"; exit 1
}
kill_datanode() { kill -9 "${pids[dn$1]}"; wait "${pids[dn$1]}" 2>/dev/null || true; unset "pids[dn$1]"; }

bean() {  # BEAN ATTRIBUTE
  curl -sf "http://127.0.0.1:$((base + 1))/jmx?qry=Hadoop:service=NameNode,name=$1" | sed -n "s/^ *\"$2\" : \(.*[^,]\),\{0,1\}$/\1/p"
}
wait_bean() {  # BEAN ATTRIBUTE VALUE
  for _ in $(seq 600); do [[ $(bean "$1" "$2") == "$3" ]] && return; pause 0.1; done
  echo "FAILED: $2 is $(bean "$1" "$2"), not $3"; exit 1
}
wait_live() { wait_bean FSNamesystemState NumLiveDataNodes "$1"; }
jhdfs() { timeout 120 "$peer" hdfs "$@" 2>"$scratch/err"; }

expect() {  # NAME EXPECTED ACTUAL
  if [[ $2 == "$3" ]]; then echo "ok: $1"; else printf 'FAILED: %s\n expected: %s\n actual:   %s\n' "$1" "$2" "$3"; cat "$scratch/err"; failures=$((failures + 1)); fi
}
finish() { if ((failures > 0)); then echo "$failures failures"; exit 1; fi; }
