#!/usr/bin/env bash
# Our jobs on a real Hadoop, where nothing of tusk runs: C++ programs and streaming, submitted to Java's resource
# manager, run in Java's node manager with every library that they need, over Java's HDFS and shuffle; a task and an app
# master killed on the way. $1 tusk, $2 another MapReduce program. Exit 77 where there is no Java or no Hadoop jars.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../results.sh"
peer=$here/../peers/hadoop-peer tusk=$1 program=$2
lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
if ! command -v java >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-compat-XXXXXX")
mkdir "$scratch/peer"; ln -s "$lib" "$scratch/peer/lib"
export PEER_HOME=$scratch/peer PEER_PORT_BASE=${TUSK_TEST_PORT_BASE:-$((32000 + $$ % 4 * 1000))} PEER_NN_HEAP=512m PEER_OPTS=-Xmx512m
finish() {
  local status=$?
  if ((status != 0)); then tail -n 40 "$scratch"/*.log; fi
  "$peer" stop >/dev/null 2>&1 || true
  [[ -n ${KEEP:-} ]] || rm -rf "$scratch"
}
trap finish EXIT
pause() { read -rt "$1" <> <(:) || true; }
"$peer" start 1 >"$scratch/start.log" 2>&1
export HADOOP_CONF_DIR=$scratch/peer/conf
dfs() { "$tusk" dfs "$@"; }
run() {  # LOG COMMAND...: a job that succeeds
  local log=$scratch/$1.log; shift
  timeout 240 "$@" >"$log" 2>&1 || { cat "$log"; exit 1; }
  grep -q 'completed successfully' "$log"
}
dfs -mkdir -p "/user/$(id -un)" /in
text=(/usr/share/common-licenses/GPL-2 /usr/share/common-licenses/Apache-2.0)
dfs -put "${text[@]}" /in/

# --- C++ programs -------------------------------------------------------------------------------------------------
run words "$tusk" examples wordcount -Dmapreduce.job.reduces=2 /in /words
dfs -cat '/words/part-r-*' | LC_ALL=C sort >"$scratch/got"
cat "${text[@]}" | LC_ALL=C tr -s ' \t\n\r\f' '\n' | grep -v '^$' | LC_ALL=C sort | uniq -c | awk '{print $2"\t"$1}' | LC_ALL=C sort >"$scratch/expected"
cmp "$scratch/got" "$scratch/expected"
echo "ok: words are counted"
uploaded() { dfs -ls "/tmp/hadoop-yarn/staging/$(id -un)/.executables" | grep -c "$1"; }
[[ $(uploaded libraries-) == 1 && $(uploaded /tusk-) == 1 ]]
[[ -z $(dfs -ls "/tmp/hadoop-yarn/staging/$(id -un)/.staging") ]]
echo "ok: the job's files are gone, the program's are kept"
run teragen "$tusk" examples teragen -Dmapreduce.job.maps=2 100000 /tera
run terasort "$tusk" examples terasort -Dmapreduce.job.reduces=2 /tera /tera-sorted
run teravalidate "$tusk" examples teravalidate /tera-sorted /tera-report
[[ $(dfs -cat '/tera-report/part*') == $'checksum\t'* && $(dfs -cat '/tera-report/part*' | wc -l) == 1 ]]  # else it lists errors
[[ $(uploaded libraries-) == 1 && $(uploaded /tusk-) == 1 ]]
echo "ok: a terabyte's little sister is sorted; nothing was uploaded again"
run other "$program" wordcount /in /other
cmp <(dfs -cat /other/part-r-00000 | LC_ALL=C sort) "$scratch/expected"
echo "ok: another program"

# --- streaming: the same scripts by Java's streaming and by ours ----------------------------------------------------
cat >"$scratch/map.py" <<'P'
#!/usr/bin/env python3
import os, sys
assert os.environ["mapreduce_task_ismap"] == "true" and os.environ["GIVEN"] == "yes"
sys.stderr.write("reporter:status:reading " + os.environ["mapreduce_map_input_file"] + "\n")
for line in sys.stdin:
    for word in line.split():
        sys.stderr.write("reporter:counter:Words,seen,1\n")
        print(word[0].lower(), len(word), word, sep=".")
P
cat >"$scratch/reduce.py" <<'P'
#!/usr/bin/env python3
import sys
last = None
for line in sys.stdin:
    key = line.rstrip("\n").split("\t")[0]
    if key == last:
        count += 1
        continue
    if last is not None: print(last, count, sep="\t")
    last, count = key, 1
if last is not None: print(last, count, sep="\t")
P
streaming=(-files "$scratch/map.py,$scratch/reduce.py" -Dstream.map.output.field.separator=. -Dstream.num.map.output.key.fields=3
  -Dmapreduce.map.output.key.field.separator=. -Dmapreduce.partition.keypartitioner.options=-k1,1
  -Dmapreduce.job.output.key.comparator.class=org.apache.hadoop.mapreduce.lib.partition.KeyFieldBasedComparator
  "-Dmapreduce.partition.keycomparator.options=-k1,1 -k2,2nr -k3,3"
  -mapper map.py -reducer 'python3 reduce.py' -cmdenv GIVEN=yes -numReduceTasks 2
  -partitioner org.apache.hadoop.mapred.lib.KeyFieldBasedPartitioner)
(cd "$scratch" && timeout 240 "$peer" mapred streaming -Dmapreduce.framework.name=local "${streaming[@]}" -input /in -output /java >"$scratch/java.log" 2>&1)
run stream "$tusk" streaming "${streaming[@]}" -input /in -output /ours
for part in part-00000 part-00001; do
  cmp <(dfs -cat "/java/$part") <(dfs -cat "/ours/$part")
  [[ -n $(dfs -cat "/ours/$part") ]]
done
grep -q "seen=$(cat "${text[@]}" | wc -w)" "$scratch/stream.log"
echo "ok: streaming writes what Java's streaming writes"

# --- killed -------------------------------------------------------------------------------------------------------
# The first two attempts of each map wait for their end.
cat >"$scratch/slow.sh" <<'S'
#!/bin/sh
case $mapreduce_task_attempt_id in
  *_0 | *_1) while kill -0 $PPID; do sleep 0.2; done ;;
esac
cat
S
"$tusk" streaming -files "$scratch/slow.sh" -input /in/GPL-2 -output /killed -mapper slow.sh -reducer cat >"$scratch/killed.log" 2>&1 & job=$!
process_of() {  # ROLE: of the program itself, not of the shells around it
  local role=$1 pid
  for pid in $(pgrep -f "$scratch/peer/data/nm-local/.*tusk-mr-role=$role" || true); do
    if [[ $(readlink "/proc/$pid/exe") == */ld-* ]]; then echo "$pid"; return; fi
  done
}
wait_for_other() {  # ROLE PID
  local found i
  for ((i = 0; i < 600; ++i)); do
    found=$(process_of "$1"); if [[ -n $found && $found != "$2" ]]; then echo "$found"; return; fi
    kill -0 $job || return 1
    pause 0.1
  done
  return 1
}
task=$(wait_for_other task 0)
pause 1
# All that it has mapped was localized: nothing of this machine but its kernel.
if grep -F '.so' "/proc/$task/maps" | grep -vF "$scratch/peer/data/nm-local"; then echo "libraries of the machine"; exit 1; fi
echo "ok: a task runs with no library of its node's"
kill -9 "$task"
task=$(wait_for_other task "$task")
kill -9 "$(process_of app-master)"
wait $job || { cat "$scratch/killed.log"; exit 1; }
grep -q 'completed successfully' "$scratch/killed.log"
grep -q '_m_000000_0, Status : FAILED' "$scratch/killed.log"
cmp <(dfs -cat /killed/part-00000) <(sed 's/\t.*//; s/$/\t/' /usr/share/common-licenses/GPL-2 | LC_ALL=C sort)
echo "ok: a killed task and a killed app master do not stop a job"

# --- history ------------------------------------------------------------------------------------------------------
# Java's history server knows our jobs, and Java's client asks it.
server=http://127.0.0.1:$((PEER_PORT_BASE + 888))/ws/v1/history/mapreduce/jobs
history() { curl -sf "$server/$1"; }
id() { grep -o 'Running job: job_[0-9_]*' "$scratch/$1.log" | grep -o 'job_.*'; }
for job in words killed; do
  for _ in $(seq 100); do history "$(id $job)" >"$scratch/$job.json" && break; pause 0.3; done
  grep -q '"state":"SUCCEEDED"' "$scratch/$job.json"
done
grep -q '"mapsCompleted":1,.*"reducesCompleted":1\b' "$scratch/killed.json" || grep -q '"mapsCompleted":1' "$scratch/killed.json"
history "$(id words)/counters" | grep -q '"name":"MAP_INPUT_RECORDS",[^}]*"totalCounterValue":541'
history "$(id words)/tasks" | grep -q '"type":"REDUCE"'
timeout 120 "$peer" mapred job -status "$(id words)" >"$scratch/status.log" 2>&1
grep -q 'Number of maps: 2' "$scratch/status.log" && grep -q 'Job state: SUCCEEDED' "$scratch/status.log" && grep -q 'Map input records=541' "$scratch/status.log"
echo "ok: Java's history server shows our jobs"
passed "Hadoop cluster (Java RM, NM, HDFS, ShuffleHandler)" 3.4.2 "our WordCount" "our TeraSort and TeraValidate" "our streaming (same output as Java's)" \
  "a job of ours with a task and the app master killed" \
  "our jobs in Java's history server and mapred job -status"
