#!/usr/bin/env bash
# The node manager is killed with -9 while Java's tasks run, and again after the maps have ended: containers, map outputs
# and the application go on, nothing runs twice, and the job succeeds. Then: no secret of a job in a log, in a command
# line or in a file that others may read, and logs of the containers are aggregated. $1 tusk.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../tusk_cluster.sh"
cluster_init nm "$1"
export PEER_OPTS=-Xmx256m
# Only this cluster's tasks: their log folder stands in the command line.
tasks() { pgrep -f -- "^[^ ]*/java .*$scratch/.*org.apache.hadoop.mapred.YarnChild .*attempt_[0-9_]*_m_" | sort; }

"$tusk" up --dir "$scratch/cluster" --nodemanagers 1 --hadoop-jars "$lib"
log=$scratch/cluster/logs/nodemanager0.log
logs+=("$log")
python3 "$here/secrets.py" watch "$scratch/cluster" "$scratch/secrets.json" "$scratch/stop" & watch=$!

"$peer" class org.apache.hadoop.mapreduce.SleepJob -Dmapreduce.job.reduce.slowstart.completedmaps=1.0 \
  -Dmapreduce.map.memory.mb=512 -Dmapreduce.reduce.memory.mb=512 -Dyarn.app.mapreduce.am.resource.mb=1024 \
  -m 2 -r 1 -mt 30000 -rt 6000 >"$scratch/sleep.log" 2>&1 & job=$!
two_maps() { kill -0 $job && (($(tasks | wc -w) >= 2)); }
await "two map tasks" two_maps
before=$(tasks)
kill_daemon nodemanager0
after=$(tasks)
[[ $before == "$after" ]] || { echo "FAILED: map tasks were '$before', now '$after'"; exit 1; }
echo "ok: the map tasks outlive the node manager"
app=application_$(grep -o 'Running job: job_[0-9_]*' "$scratch/sleep.log" | grep -o '[0-9].*')
"$peer" yarn logs -applicationId "$app" -log_files syslog >"$scratch/running.log" 2>&1 || true
grep -q "^LogAggregationType: LOCAL" "$scratch/running.log"
grep -q "This log file belongs to a running container" "$scratch/running.log"
echo "ok: Java's yarn logs reads a running container's"
maps_done() { kill -0 $job && grep -q 'map 100% reduce 0%' "$scratch/sleep.log"; }
await "the maps' end" maps_done
kill_daemon nodemanager0
code=0; wait $job || code=$?
[[ $code == 0 ]] || { echo "FAILED: the job ended with $code"; exit 1; }
grep -q 'completed successfully' "$scratch/sleep.log"
grep -q 'Launched map tasks=2$' "$scratch/sleep.log"
grep -q 'Launched reduce tasks=1$' "$scratch/sleep.log"
echo "ok: the job succeeds, no task ran twice"
grep -q 'found again as process' "$log"

await "aggregated logs" bash -c "'$tusk' logs -applicationId '$app' 2>/dev/null | grep -q 'LogAggregationType: AGGREGATED'"
"$peer" yarn logs -applicationId "$app" >"$scratch/aggregated.log" 2>&1
(($(grep -c '^Container: container_' "$scratch/aggregated.log") >= 4))
echo "ok: Java's yarn logs reads what was aggregated after two restarts"
touch "$scratch/stop"; wait $watch
python3 "$here/secrets.py" check "$scratch/cluster" "$scratch/secrets.json"
echo "ok: no secret in a log, a command line or a file that others may read"
source "$here/../results.sh"
passed "Java YARN" 3.4.2 "MapReduce with the node manager killed with -9" "\`yarn logs\` of running containers" \
  "no secret in logs, command lines or readable files"
