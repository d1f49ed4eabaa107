#!/usr/bin/env bash
# Java's distributed shell and a Java MapReduce job on a whole tusk cluster, `yarn logs` of both sides, and a node
# manager that is killed and comes back. $1..$5: our namenode, datanode, resource manager, node manager, yarn command.
# Exit 77 where there is no Java or no Hadoop jars (PEER_LIB, default those of ../shared/peers).
set -euo pipefail
namenode=$1 datanode=$2 resourcemanager=$3 nodemanager=$4 yarn_command=$5
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peer=$here/../peers/hadoop-peer
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
if ! command -v java >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-yarn-XXXXXX")
base=${TUSK_TEST_PORT_BASE:-$((21000 + $$ % 500 * 20))}
declare -A pids=()
failures=0
finish() {
  local status=$? name
  for name in "${!pids[@]}"; do kill "${pids[$name]}" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if ((status != 0)); then tail -n 30 "$scratch"/*.log; fi
  [[ -n ${KEEP:-} ]] || rm -rf "$scratch"
}
trap finish EXIT
pause() { read -rt "$1" <> <(:) || true; }
expect() {  # expect NAME WANTED FOUND
  if [[ $2 == "$3" ]]; then echo "ok: $1"; else echo "FAILED: $1: wanted '$2', found '$3'"; failures=$((failures + 1)); fi
}

mkdir -p "$scratch/conf" "$scratch/peer" "$scratch/logs"
ln -s "$lib" "$scratch/peer/lib"
export PEER_HOME=$scratch/peer PEER_CONF=$scratch/conf PEER_PORT_BASE=$base PEER_OPTS=-Xmx256m
java_home=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
for candidate in /usr/lib/jvm/java-17-openjdk-*; do [[ -x $candidate/bin/java ]] && java_home=$candidate; done
opens="--add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED --add-opens=java.base/java.net=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.io=ALL-UNNAMED"
site() {  # site FILE KEY VALUE...
  local file=$1; shift
  { echo '<configuration>'
    while (($#)); do printf '<property><name>%s</name><value>%s</value></property>\n' "$1" "$2"; shift 2; done
    echo '</configuration>'; } >"$scratch/conf/$file"
}
local_host=127.0.0.1
site core-site.xml fs.defaultFS "hdfs://$local_host:$base" hadoop.tmp.dir "$scratch/tmp"
site hdfs-site.xml dfs.namenode.name.dir "file://$scratch/name" dfs.namenode.http-address "$local_host:$((base + 1))" \
  dfs.replication 1 dfs.namenode.safemode.extension 0 dfs.datanode.data.dir "file://$scratch/dn" \
  dfs.datanode.address "$local_host:$((base + 2))" dfs.datanode.http.address "$local_host:$((base + 3))" \
  dfs.datanode.ipc.address "$local_host:$((base + 4))" dfs.permissions.superusergroup "$(id -gn)" \
  dfs.namenode.fs-limits.min-block-size 16
site yarn-site.xml yarn.resourcemanager.hostname "$local_host" yarn.resourcemanager.address "$local_host:$((base + 5))" \
  yarn.resourcemanager.scheduler.address "$local_host:$((base + 6))" \
  yarn.resourcemanager.resource-tracker.address "$local_host:$((base + 7))" \
  yarn.resourcemanager.admin.address "$local_host:$((base + 8))" yarn.resourcemanager.webapp.address "$local_host:$((base + 9))" \
  yarn.nodemanager.address "$local_host:$((base + 10))" yarn.nodemanager.webapp.address "$local_host:$((base + 11))" \
  yarn.nodemanager.local-dirs "$scratch/local" yarn.nodemanager.log-dirs "$scratch/containers" \
  yarn.nodemanager.aux-services mapreduce_shuffle yarn.nodemanager.resource.memory-mb 6144 \
  yarn.scheduler.minimum-allocation-mb 256 yarn.log-aggregation-enable true \
  yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage 99 \
  yarn.application.classpath "$scratch/conf,$lib/*"
site mapred-site.xml mapreduce.framework.name yarn mapreduce.application.classpath "$scratch/conf,$lib/*" \
  mapreduce.shuffle.port "$((base + 12))" yarn.app.mapreduce.am.resource.mb 1024 mapreduce.map.memory.mb 768 \
  mapreduce.reduce.memory.mb 768 yarn.app.mapreduce.am.command-opts "-Xmx500m $opens" \
  mapreduce.map.java.opts "-Xmx400m $opens" mapreduce.reduce.java.opts "-Xmx400m $opens" \
  mapreduce.jobhistory.address "$local_host:$((base + 13))" yarn.app.mapreduce.client.job.max-retries 1 \
  mapreduce.map.speculative false mapreduce.reduce.speculative false

start() {  # start NAME COMMAND...
  local name=$1; shift
  env -i PATH="$PATH" HOME="$HOME" LANG=C.UTF-8 JAVA_HOME="$java_home" HADOOP_CONF_DIR="$scratch/conf" "$@" >>"$scratch/$name.log" 2>&1 &
  pids[$name]=$!
}
wait_for() {  # wait_for SECONDS COMMAND...: until it succeeds
  local seconds=$1 i; shift
  for ((i = 0; i < seconds * 10; ++i)); do "$@" >/dev/null 2>&1 && return; pause 0.1; done
  echo "gave up waiting for: $*"; exit 1
}
nodes_registered() { curl -sf "http://$local_host:$((base + 9))/ws/v1/cluster/metrics" | grep -q '"activeNodes":1'; }
start_nodemanager() { start nodemanager "$nodemanager" "$scratch/conf"; wait_for 30 nodes_registered; }

"$namenode" -format "$scratch/conf" >"$scratch/format.log" 2>&1
start namenode "$namenode" "$scratch/conf"
wait_for 30 curl -sf "http://$local_host:$((base + 1))/isActive"
start datanode "$datanode" "$scratch/conf"
start resourcemanager "$resourcemanager" "$scratch/conf"
start_nodemanager

shell_jar=$(echo "$lib"/hadoop-yarn-applications-distributedshell-*.jar)
distributed_shell() {
  "$peer" yarn jar "$shell_jar" org.apache.hadoop.yarn.applications.distributedshell.Client -jar "$shell_jar" \
    -master_memory 512 -container_memory 256 "$@"
}
last_application() { grep -o 'application_[0-9]*_[0-9]*' "$1" | tail -1; }

# The distributed shell: its client and its application master are Java's, the rest is ours.
distributed_shell -shell_command "echo hello from a container" -num_containers 2 >"$scratch/shell.log" 2>&1 || true
expect "Java's distributed shell" "1" "$(grep -c 'Application completed successfully' "$scratch/shell.log")"
application=$(last_application "$scratch/shell.log")
aggregated() { ! "$yarn_command" "$scratch/conf" logs -applicationId "$application" -log_files stdout 2>/dev/null | diff -q /dev/null - >/dev/null && [[ ! -e $scratch/containers/$application ]]; }
wait_for 60 aggregated
"$yarn_command" "$scratch/conf" logs -applicationId "$application" >"$scratch/ours.txt" 2>/dev/null
"$peer" yarn logs -applicationId "$application" >"$scratch/theirs.txt" 2>/dev/null
expect "two containers spoke" "2" "$(grep -c '^hello from a container$' "$scratch/ours.txt")"
expect "yarn logs prints what Java's prints" "" "$(diff "$scratch/theirs.txt" "$scratch/ours.txt" | head -5)"

# A node manager that dies: its containers end when it comes back, and the application goes on in a new attempt.
marker=$((100000 + $$))
distributed_shell -shell_command "sleep $marker" -num_containers 1 >"$scratch/killed.log" 2>&1 &
pids[client]=$!
sleeps() { pgrep -f "^sleep $marker" >/dev/null; }
wait_for 120 sleeps
first=$(pgrep -f "^sleep $marker" | head -1)
kill -9 "${pids[nodemanager]}"; wait "${pids[nodemanager]}" 2>/dev/null || true
expect "the container outlives the node manager" "yes" "$(kill -0 "$first" 2>/dev/null && echo yes)"
start_nodemanager
ended() { ! kill -0 "$first" 2>/dev/null; }
wait_for 30 ended
echo "ok: the new node manager ends it"
wait_for 120 sleeps
expect "a new attempt has started its own" "yes" "$([[ $(pgrep -f "^sleep $marker" | head -1) != "$first" ]] && echo yes)"
application=$(last_application "$scratch/killed.log")
"$peer" yarn application -kill "$application" >"$scratch/kill.log" 2>&1 || true
gone() { ! sleeps; }
wait_for 60 gone
wait "${pids[client]}" 2>/dev/null || true; unset 'pids[client]'

# MapReduce: Java's client, application master, maps and reduces, over our shuffle.
"$peer" yarn jar "$(echo "$lib"/hadoop-mapreduce-examples-*.jar)" pi 2 100 >"$scratch/pi.log" 2>&1 || true
expect "Java's pi" "1" "$(grep -c 'Estimated value of Pi is 3.1' "$scratch/pi.log")"
((failures == 0)) || exit 1
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java YARN" 3.4.2 "\`yarn logs\` both ways" "a node manager killed"
