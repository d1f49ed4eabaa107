#!/usr/bin/env bash
# Java's distributed shell (client and application master) and Java's yarn commands on tusk's resource manager: with
# tusk's node manager, then with Java's. $1 resource manager, $2 node manager, $3 yarn command of tusk.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peer=$here/../peers/hadoop-peer
rm_binary=$1 nm_binary=$2 yarn_binary=$3
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
if ! command -v java >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-compat-yarn-XXXXXX")
base=${TUSK_TEST_PORT_BASE:-$((22000 + $$ % 400 * 20))}
declare -A pids=()
failures=0
finish() {
  local status=$? name
  for name in "${!pids[@]}"; do kill -9 "${pids[$name]}" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if ((status != 0)); then tail -n 30 "$scratch"/*.log; fi
  [[ -n ${KEEP:-} ]] || rm -rf "$scratch"
}
trap finish EXIT
pause() { read -rt "$1" <> <(:) || true; }
expect() { if [[ $2 == "$3" ]]; then echo "ok: $1"; else echo "FAILED: $1: expected '$2', got '$3'"; failures=$((failures + 1)); fi; }

mkdir -p "$scratch/conf" "$scratch/peer"
ln -s "$lib" "$scratch/peer/lib"
export PEER_HOME=$scratch/peer PEER_CONF=$scratch/conf PEER_PORT_BASE=$base HADOOP_CONF_DIR=$scratch/conf
java_home=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
export JAVA_HOME=$java_home
property() { printf '<property><name>%s</name><value>%s</value></property>\n' "$1" "$2"; }
{ echo '<configuration>'; property fs.defaultFS file:///; property hadoop.tmp.dir "$scratch/tmp"; echo '</configuration>'; } >"$scratch/conf/core-site.xml"
{ echo '<configuration>'
  property yarn.resourcemanager.hostname 127.0.0.1
  property yarn.resourcemanager.address "127.0.0.1:$base"
  property yarn.resourcemanager.scheduler.address "127.0.0.1:$((base + 1))"
  property yarn.resourcemanager.resource-tracker.address "127.0.0.1:$((base + 2))"
  property yarn.resourcemanager.admin.address "127.0.0.1:$((base + 3))"
  property yarn.resourcemanager.webapp.address "127.0.0.1:$((base + 4))"
  property yarn.resourcemanager.nodemanagers.heartbeat-interval-ms 200
  property yarn.nm.liveness-monitor.expiry-interval-ms 3000
  property yarn.nodemanager.address "127.0.0.1:$((base + 5))"
  property yarn.nodemanager.localizer.address "127.0.0.1:$((base + 6))"
  property yarn.nodemanager.webapp.address "127.0.0.1:$((base + 7))"
  property yarn.nodemanager.resource.memory-mb 2048
  property yarn.nodemanager.resource.cpu-vcores 4
  property yarn.scheduler.minimum-allocation-mb 128
  property yarn.scheduler.capacity.maximum-am-resource-percent 0.5
  property yarn.nodemanager.vmem-check-enabled false
  property yarn.nodemanager.local-dirs "$scratch/local"
  property yarn.nodemanager.log-dirs "$scratch/logs"
  property yarn.nodemanager.env-whitelist JAVA_HOME,HADOOP_CONF_DIR
  property yarn.application.classpath "$scratch/conf,$lib/*"
  property yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage 99
  echo '</configuration>'; } >"$scratch/conf/yarn-site.xml"

start() { local name=$1; shift; "$@" >"$scratch/$name.log" 2>&1 & pids[$name]=$!; }
stop() { kill -9 "${pids[$1]}"; wait "${pids[$1]}" 2>/dev/null || true; unset "pids[$1]"; }
rest() { curl -sf "http://127.0.0.1:$((base + 4))/ws/v1/cluster/$1"; }
wait_nodes() {
  for _ in $(seq 600); do [[ $(rest metrics | sed -n 's/.*"activeNodes":\([0-9]*\).*/\1/p') == "$1" ]] && return; pause 0.1; done
  echo "never $1 active nodes"; exit 1
}
shell_jar=$(ls "$lib"/hadoop-yarn-applications-distributedshell-*.jar | grep -v tests | head -1)
distributed_shell() {  # command, containers
  PEER_OPTS=-Xmx200m "$peer" class org.apache.hadoop.yarn.applications.distributedshell.Client -jar "$shell_jar" \
    -shell_command "$1" -num_containers "$2" -master_memory 512 -master_resources memory-mb=512 \
    -container_memory 256 -container_resources memory-mb=256 >"$scratch/client.log" 2>&1
}
same_output() {  # the command of Java and of tusk print the same
  local java_out tusk_out
  java_out=$(PEER_OPTS=-Xmx200m "$peer" yarn "$@" 2>/dev/null) || true
  tusk_out=$("$yarn_binary" "$scratch/conf" "$@" 2>/dev/null) || true
  expect "yarn $* as Java's" "$java_out" "$tusk_out"
}

start rm "$rm_binary" "$scratch/conf"
start nm "$nm_binary" "$scratch/conf"
wait_nodes 1
distributed_shell "touch $scratch/made-\$CONTAINER_ID" 3 && code=0 || code=$?
expect "distributed shell on tusk" 0 "$code"
expect "containers that ran" 3 "$(find "$scratch" -maxdepth 1 -name 'made-*' | wc -l)"
app=$(sed -n 's/.*Submitted application \(application_[0-9_]*\).*/\1/p' "$scratch/client.log")
same_output application -list -appStates ALL
same_output application -status "$app"
same_output applicationattempt -list "$app"
same_output application -status application_1_0001
same_output queue -status default
for _ in $(seq 100); do rest "apps/$app" | grep -q '"state":"FINISHED"' && break; pause 0.1; done
expect "nothing is held any more" 0 "$(rest metrics | sed -n 's/.*"containersAllocated":\([0-9]*\).*/\1/p')"

distributed_shell "exit 3" 1 && code=0 || code=$?
expect "a failing command fails the client" 2 "$code"

# A kill from Java's command reaches a running application.
distributed_shell "exec sleep 1000" 1 &
client=$!
for _ in $(seq 300); do
  running=$(rest 'apps?states=RUNNING' | sed -n 's/.*"id":"\(application_[0-9_]*\)".*/\1/p')
  [[ -n $running ]] && break
  pause 0.1
done
PEER_OPTS=-Xmx200m "$peer" yarn application -kill "$running" >/dev/null 2>&1
wait "$client" && code=0 || code=$?
expect "the client sees the kill" 2 "$code"
expect "state after the kill" KILLED "$(rest "apps/$running/state" | sed 's/.*:"\(.*\)".*/\1/')"

# The same resource manager, a Java node manager.
stop nm
wait_nodes 0
PEER_OPTS=-Xmx256m start javanm "$peer" class org.apache.hadoop.yarn.server.nodemanager.NodeManager
wait_nodes 1
distributed_shell "touch $scratch/java-\$CONTAINER_ID" 2 && code=0 || code=$?
expect "distributed shell with a Java node manager" 0 "$code"
expect "containers that ran there" 2 "$(find "$scratch" -maxdepth 1 -name 'java-*' | wc -l)"
same_output node -list -all
((failures == 0))
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java YARN" 3.4.2 "distributed shell" "kill" "Java node manager under our resource manager"
