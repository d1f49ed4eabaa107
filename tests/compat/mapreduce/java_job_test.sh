#!/usr/bin/env bash
# Java's WordCount (client, app master, tasks, shuffle fetchers) on a tusk cluster: each of its parts is byte for byte
# the one of our WordCount, so partitions, order and text agree, and Java reducers take map outputs from our shuffle
# service. Java's `mapred job` asks about finished jobs, watches and kills a job of ours. $1 tusk.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../tusk_cluster.sh"
cluster_init mr "$1"
"$tusk" up --dir "$scratch/cluster" --hadoop-jars "$lib"
"$tusk" dfs -mkdir -p "/user/$(id -un)" /in
"$tusk" dfs -put /usr/share/common-licenses/GPL-2 /usr/share/common-licenses/Apache-2.0 /in/

"$peer" hadoop examples wordcount -Dmapreduce.job.reduces=2 /in /java >"$scratch/java.log" 2>&1
grep -q 'completed successfully' "$scratch/java.log"
echo "ok: Java's job on tusk"
"$tusk" examples wordcount -Dmapreduce.job.reduces=2 /in /ours >"$scratch/ours.log" 2>&1
for part in part-r-00000 part-r-00001; do
  cmp <("$tusk" dfs -cat "/java/$part") <("$tusk" dfs -cat "/ours/$part")
  echo "ok: $part is the same"
done

# Java asks our history server (MRClientProtocol) about jobs that are over: of ours, and of its own.
site() { sed -n "s|.*<name>$1</name> *<value>\([^<]*\).*|\1|p" "$scratch/cluster/conf/mapred-site.xml"; }
finished=$(grep -o 'job_[0-9]*_[0-9]*' "$scratch/ours.log" | head -1)
javas=$(grep -o 'job_[0-9]*_[0-9]*' "$scratch/java.log" | head -1)
for id in "$finished" "$javas"; do
  await "$id in the history" curl -sf -o /dev/null "http://$(site mapreduce.jobhistory.webapp.address)/ws/v1/history/mapreduce/jobs/$id"
done
"$peer" mapred job -status "$finished" >"$scratch/status.log" 2>&1
grep -q 'Job state: SUCCEEDED' "$scratch/status.log"
grep -q 'Reduce input groups=' "$scratch/status.log"
"$peer" mapred job -events "$finished" 0 100 >"$scratch/events.log" 2>&1
(($(grep -c "SUCCEEDED.*attempt_${finished#job_}" "$scratch/events.log") == 4))
"$peer" mapred job -history "$javas" >"$scratch/history.log" 2>&1
grep -q 'Status: SUCCEEDED' "$scratch/history.log"
echo "ok: Java asks our history server"

"$tusk" examples pi 2 2000000000000 >"$scratch/pi.log" 2>&1 & job=$!
until grep -q 'Running job:' "$scratch/pi.log" && grep -q 'map 0%' "$scratch/pi.log"; do pause 0.1; kill -0 $job; done
id=$(grep -o 'Running job: job_[0-9_]*' "$scratch/pi.log" | grep -o 'job_.*')
"$peer" mapred job -list >"$scratch/list.log" 2>&1
grep -q "$id" "$scratch/list.log"
echo "ok: Java lists our job"
timeout 60 "$peer" mapred job -kill "$id" >"$scratch/kill.log" 2>&1 & killer=$!
code=0; wait $job || code=$?
kill $killer 2>/dev/null || true
[[ $code != 0 ]]
grep -q "$id failed with state KILLED" "$scratch/pi.log"
echo "ok: Java kills our job"
source "$(dirname "${BASH_SOURCE[0]}")/../results.sh"
passed "Java MapReduce" 3.4.2 "WordCount byte for byte ours" "\`mapred job\` lists and kills ours"
