#!/usr/bin/env bash
# The resource manager is killed with -9 under two Java applications that run at once (MapReduce and the distributed
# shell), and once more when they are over: their processes live on, nothing runs twice, both succeed, and both stay
# listed. Its supervisor starts it again. $1 tusk.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../tusk_cluster.sh"
cluster_init rm "$1"
export PEER_OPTS=-Xmx256m
log=$scratch/cluster/logs/resourcemanager.log
logs+=("$log")
processes() { pgrep -f -- "$scratch/cluster/logs.*(YarnChild|ApplicationMaster|MRAppMaster)|until \[ -e $scratch/go" | sort | tr '\n' ' '; }

"$tusk" up --dir "$scratch/cluster" --nodemanagers 1 --hadoop-jars "$lib" -D yarn.nodemanager.resource.cpu-vcores=8
shell_jar=$(ls "$lib"/hadoop-yarn-applications-distributedshell-*.jar | grep -v tests | head -1)
"$peer" class org.apache.hadoop.mapreduce.SleepJob -Dmapreduce.job.reduce.slowstart.completedmaps=1.0 \
  -Dmapreduce.map.memory.mb=512 -Dmapreduce.reduce.memory.mb=512 -Dyarn.app.mapreduce.am.resource.mb=1024 \
  -m 2 -r 1 -mt 8000 -rt 1000 >"$scratch/sleep.log" 2>&1 & job=$!
"$peer" class org.apache.hadoop.yarn.applications.distributedshell.Client -jar "$shell_jar" \
  -timeout 3000000 -shell_command "echo ran >>$scratch/ran; until [ -e $scratch/go ]; do sleep 0.2; done" -num_containers 2 \
  -master_memory 512 -master_resources memory-mb=512 -container_memory 256 -container_resources memory-mb=256 \
  >"$scratch/shell.log" 2>&1 & shell=$!
both_run() {
  kill -0 $job $shell && [[ -e $scratch/ran && $(wc -l <"$scratch/ran") == 2 ]] &&
    (($(pgrep -fc -- "$scratch/cluster/logs.*YarnChild .*attempt_.*_m_") >= 2))
}
await "tasks of both applications" both_run
before=$(processes)
kill_daemon resourcemanager
[[ $before == "$(processes)" ]] || { echo "FAILED: containers were '$before', now '$(processes)'"; exit 1; }
echo "ok: tasks of two applications outlive the resource manager"
code=0; wait $job || code=$?
[[ $code == 0 ]] || { echo "FAILED: the job ended with $code"; exit 1; }
grep -q 'completed successfully' "$scratch/sleep.log"
grep -q 'Launched map tasks=2$' "$scratch/sleep.log"
grep -q 'Launched reduce tasks=1$' "$scratch/sleep.log"
echo "ok: the job succeeds, no task ran twice"
touch "$scratch/go"
code=0; wait $shell || code=$?
[[ $code == 0 ]] || { echo "FAILED: the distributed shell ended with $code"; exit 1; }
[[ $(wc -l <"$scratch/ran") == 2 ]]
echo "ok: the distributed shell succeeds, no container ran twice"
grep -q 'AM registration appattempt_.*_000001' "$log"
if grep -q 'appattempt_[0-9_]*_000002' "$log"; then echo "FAILED: a second attempt"; exit 1; fi

states() { "$tusk" application -list -appStates ALL | awk '/^application_/ { print $1, $(NF-3), $(NF-2) }'; }
finished() { [[ $(states | grep -c 'FINISHED SUCCEEDED') == 2 ]]; }
await "both to be finished" finished
listed=$(states)
kill_daemon resourcemanager
[[ $listed == "$(states)" ]] || { echo "FAILED: was '$listed', is '$(states)'"; exit 1; }
echo "ok: what is over stays listed"
find "$scratch/cluster/data/resourcemanager" -type f -name 'journal*' -perm /077 | grep . && { echo "FAILED: others may read keys"; exit 1; }
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java YARN" 3.4.2 "MapReduce and distributed shell at once, resource manager killed with -9"
