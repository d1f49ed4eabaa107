#!/usr/bin/env bash
# Trainings as jobs of containers give the local run's bytes (ssp, topk: a loss as good as bsp's), also where workers, which are parameter
# servers too, and the master are killed on the way.
# $1 tusk, $2 where: "tusk" (tusk up) or "hadoop" (Java's YARN and HDFS; exit 77 where there is no Java or no Hadoop jars),
# $3 the folder with the built fitness program and libraries.
# ALGORITHMS="mlp gbdt island-ga async-island-ga ssp topk": these (default: all). KILLS=N: so many kills in a row of trainings of each, by chance (default:
# one of a worker, one of the master). RESUME_MAX: the most seconds that a loss may cost (default 3 with KILLS, else 10: the
# machine may be busy with other tests).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../results.sh"
tusk=$1 where=$2 fitness=${3:-$(dirname "$1")/../tests/fitness} KILLS=${KILLS:-0} peer=$here/../peers/hadoop-peer
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-compat-train-XXXXXX")
finish() {
  local status=$?
  if ((status != 0)); then tail -n 40 "$scratch"/*.log || true; fi
  if [[ $where == hadoop ]]; then "$peer" stop >/dev/null 2>&1 || true; else "$tusk" down --dir "$scratch/cluster" >/dev/null 2>&1 || true; fi
  [[ -n ${KEEP:-} ]] || rm -rf "$scratch"
}
pause() { read -rt "$1" <> <(:) || true; }
trap finish EXIT
if [[ $where == hadoop ]]; then
  lib=${PEER_LIB:-$HOME/.cache/tusk-peers/hadoop/lib}
  if ! command -v java >/dev/null || [[ ! -e $lib/.complete ]]; then echo "no Java or no Hadoop jars in $lib"; exit 77; fi
  mkdir "$scratch/peer"; ln -s "$lib" "$scratch/peer/lib"
  export PEER_HOME=$scratch/peer PEER_PORT_BASE=${TUSK_TEST_PORT_BASE:-$((28000 + $$ % 4 * 1000))} PEER_NN_HEAP=512m PEER_OPTS=-Xmx512m
  "$peer" start 1 >"$scratch/start.log" 2>&1
  export HADOOP_CONF_DIR=$scratch/peer/conf
else
  "$tusk" up --dir "$scratch/cluster" -D yarn.resourcemanager.am.max-attempts=50 -D dfs.namenode.delegation.token.always-use=true >"$scratch/start.log" 2>&1
  export HADOOP_CONF_DIR=$scratch/cluster/conf
fi
sum() { "$tusk" dfs -cat "$1" | sha256sum; }
inspect() { "$tusk" ml inspect "hdfs://$1"; }
log_loss() { "$tusk" ml eval -m "hdfs://$1" -i hdfs:///rows --json | sed -n 's/.*"log_loss": *\([0-9.e-]*\).*/\1/p'; }
same() {
  if [[ $1 == /ssp-* || $1 == /topk-* ]]; then  # $1 is of bsp without codec
    local wanted loss; wanted=$(log_loss "$1"); loss=$(log_loss "$2")
    awk -v wanted="$wanted" -v loss="$loss" 'BEGIN { exit !(loss > 0 && loss < 1.03 * wanted) }' || { echo "FAILED: $2 has a loss of $loss, $1 $wanted"; exit 1; }
    return
  fi
  if [[ $1 == /async-* ]]; then  # other bits, but as many evaluations, and as good
    [[ $(inspect "$1" | head -1) == $(inspect "$2" | head -1) ]] || { echo "FAILED: $1 and $2 have other counts"; exit 1; }
    inspect "$2" | sed -n 's/^f = \([^ ]*\) .*/\1/p' | awk '{ exit !($1 < 0.01) }' || { echo "FAILED: $2 is no optimum"; exit 1; }
    return
  fi
  [[ $(sum "$1") == $(sum "$2") ]] || { echo "FAILED: $1 and $2 differ"; exit 1; }
}
# Containers of this user's trainings: the program, not the shells around it.
containers() {
  local process
  for process in $(pgrep -f -- "^[^ ]*(ld-linux|job[.]exe)[^ ]* .*--tusk-mr-role=ml-$1" || true); do
    if grep -qs "$scratch" "/proc/$process/environ"; then echo "$process"; fi
  done
}
# Lines with the time of their arrival before them.
stamped() { while IFS= read -r line; do printf '%s %s\n' "$EPOCHREALTIME" "$line"; done; }
run_job() {  # LOG WORDS…
  local log=$scratch/$1.log; shift
  timeout 300 "$tusk" ml "$@" --cluster --workers 3 --threads 1 --memory 512 2>&1 | stamped >"$log"
}

"$tusk" ml gen blobs --rows 20000 --shards 3 noise=3 -o hdfs:///rows --seed 3
# A function whose cost is time, not work: so the trainings are as long on any machine and with any build.
# Here, in a folder that no container knows.
mkdir "$scratch/client"; cp "$fitness"/* "$scratch/client"; cd "$scratch/client"
cat >slow_sphere <<'P'
#!/usr/bin/env python3
import sys, time
for line in sys.stdin:
    time.sleep(0.0005)
    print(sum((float(v) - 0.25) ** 2 for v in line.split()), flush=True)
P
chmod +x slow_sphere
job_of() {  # the words of a training that takes some seconds in a hundred steps or more
  case $1 in
    mlp) job_words=(train -a mlp -i hdfs:///rows --epochs="${EPOCHS:-40}") ;;
    gbdt) job_words=(train -a gbdt -i hdfs:///rows --num_trees="${TREES:-$((KILLS > 0 ? 200 : 60))}" --num_leaves=31) ;;
    ssp | topk)
      job_words=(train -a softmax -i hdfs:///rows --optimizer=sgd --lanes=12 --epochs="${EPOCHS:-$((KILLS > 0 ? 400 : 150))}")
      if [[ $1 == ssp ]]; then job_words+=(--sync=ssp:4 --round_steps=64); else job_words+=(--codec=topk:0.1); fi ;;
    island-*) job_words=(optimize -a "$1" -f ./slow_sphere --dimensions=8 --population=20 --islands=6
                         --generations="${GENERATIONS:-$((KILLS > 0 ? 300 : 120))}" --migration_interval=3) ;;
    async-island-*) job_of "${1#async-}"; job_words+=(--migration=async) ;;
    *) echo "what is $1?" >&2; exit 1 ;;
  esac
}

# The kills of $1's trainings; their times and roles go to kills.txt.
job='' made=0 killed=0 algorithm=''
start() { made=$((made + 1)); run_job "$algorithm-killed$made" "${job_words[@]}" -o "hdfs:///$algorithm-killed$made" & job=$!; }
check() { wait "$job" || { echo "FAILED: $algorithm, training $made"; exit 1; }; same "/$algorithm-local" "/$algorithm-killed$made"; job=''; }
kill_one() {
  local role=$1 pid tries
  for ((tries = 0; ; ++tries)); do
    [[ -n $job ]] || start
    # Steps have been made: the console shows 1, 2, 4, 8, …
    if ! kill -0 "$job" 2>/dev/null; then check; continue; fi
    grep -qs ' step 4 ' "$scratch/$algorithm-killed$made.log" && pid=$(containers "$role" | shuf -n 1) && [[ -n $pid ]] && break
    pause 0.1
    ((tries < 3000)) || { echo "FAILED: no $role to kill"; exit 1; }
  done
  if kill -9 "$pid" 2>/dev/null; then
    killed=$((killed + 1))
    echo "$EPOCHREALTIME $role $algorithm-killed$made" >>"$scratch/kills.txt"
  fi
}
# What each lost worker cost by the master's clock, and each lost master until its successor spoke, by ours.
show_costs() {
  python3 - "$scratch" "$algorithm" "${RESUME_MAX:-$((KILLS > 0 ? 3 : 10))}" <<'P'
import pathlib, re, statistics, sys
folder, algorithm, most = pathlib.Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
workers, masters = [], []
for log in folder.glob(f"{algorithm}-killed*.log"):
    workers += [float(s) for s in re.findall(r" goes on ([0-9.]+) s after the loss of ", log.read_text())]
for line in (folder / "kills.txt").read_text().splitlines():
    time, role, log = line.split()
    if role == "master" and log.startswith(algorithm):
        after = [float(said.split()[0]) - float(time) for said in (folder / f"{log}.log").read_text().splitlines() if " takes over, " in said]
        masters += [min((s for s in after if s > 0), default=None)]
masters = [s for s in masters if s is not None]
for role, seconds in (("worker", workers), ("master", masters)):
    if seconds:
        print(f"{algorithm}, {len(seconds)} times a lost {role}: goes on after", " ".join(f"{s:.2f}" for s in sorted(seconds)), "s; median",
              f"{statistics.median(seconds):.2f} s")
assert workers, "no loss of a worker was told"
assert max(workers) <= most, f"a loss cost {max(workers)} s"
P
}

for algorithm in ${ALGORITHMS:-mlp gbdt island-ga async-island-ga ssp topk}; do
  job_of "$algorithm"
  plain=()
  if [[ $algorithm == ssp || $algorithm == topk ]]; then plain=(--sync=bsp --codec=none); fi
  "$tusk" ml "${job_words[@]}" "${plain[@]}" --threads 4 -o "hdfs:///$algorithm-local" >"$scratch/$algorithm-local.log" 2>&1
  run_job "$algorithm-whole" "${job_words[@]}" -o "hdfs:///$algorithm-whole"
  same "/$algorithm-local" "/$algorithm-whole"
  echo "ok: $algorithm: three workers give the local run's result"
  roles=(worker master)
  if ((KILLS > 0)); then
    roles=()
    for ((i = 0; i < KILLS; ++i)); do roles+=($((RANDOM % 4)) ); done
    roles=("${roles[@]/0/master}"); roles=("${roles[@]/#[123]/worker}")
  fi
  made=0 killed=0
  for role in "${roles[@]}"; do
    kill_one "$role"
    pause "0.$((RANDOM % 9 + 1))"
    # Short form: the cost of the worker's loss is to be told before the master goes.
    for ((tries = 0; tries < 100 && KILLS == 0; ++tries)); do
      if grep -qs ' goes on ' "$scratch/$algorithm-killed$made.log"; then break; fi
      pause 0.1
    done
  done
  check
  echo "ok: $algorithm: $killed killed in $made trainings, the result is the same"
  show_costs
  if ((KILLS == 0)); then  # in one training or, where that was over soon, in two
    for said in 'lost: ' 'master 2 takes over'; do
      grep -q "$said" "$scratch/$algorithm-killed"*.log || { echo "FAILED: no training of $algorithm said '$said'"; exit 1; }
    done
  fi
done
# A training that is watched through its tracking URL, stopped by Ctrl-C, and gone on with.
job_of mlp
words=("${job_words[@]}" --cluster --workers 3 --threads 1 --memory 512 -o hdfs:///stopped)
"$tusk" ml "${job_words[@]}" --threads 4 -o hdfs:///undisturbed >"$scratch/undisturbed.log" 2>&1
"$tusk" ml "${words[@]}" >"$scratch/stopped.log" 2>&1 & job=$!
until grep -qs '^step 64 ' "$scratch/stopped.log"; do pause 0.05; kill -0 "$job"; done
if [[ $where == tusk ]]; then
  url=$(sed -n 's/^is watched at //p' "$scratch/stopped.log")
  for name in job 'steps?after=4' events; do curl -sf "${url}ws/v1/ml/$name" >"$scratch/${name%%\?*}.json"; done
fi
kill -INT "$job"
code=0; wait "$job" || code=$?
[[ $code == 130 ]]
grep -q 'checkpoint: hdfs:.*/stopped.checkpoints/step-[0-9]*; the same command with --resume goes on' "$scratch/stopped.log"
"$tusk" ml "${words[@]}" --resume >"$scratch/resumed.log" 2>&1
grep -q 'goes on from checkpoint' "$scratch/resumed.log"
same /undisturbed /stopped
if "$tusk" dfs -test -e /stopped.checkpoints; then echo "FAILED: the checkpoints are left"; exit 1; fi
echo "ok: Ctrl-C leaves a checkpoint, and --resume goes on to the same bytes"
if [[ $where == tusk ]]; then
  python3 - "$scratch" <<'P'
import json, sys
get = lambda name: json.load(open(f"{sys.argv[1]}/{name}.json"))
job, steps = get("job")["job"], get("steps")["steps"]
assert job["state"] == "RUNNING" and len(job["workers"]) == 3 and all(w["recent_step_seconds"] for w in job["workers"]), job
assert steps[0]["step"] > 4 and steps[-1]["step"] >= 64, steps
assert any("3 workers" in event["message"] for event in get("events")["events"])
P
  echo "ok: the tracking URL tells workers, steps and events"
  python3 - "$HADOOP_CONF_DIR/hdfs-site.xml" <<'P'
import re, sys, urllib.request
from xml.etree import ElementTree
address = next(p.findtext("value") for p in ElementTree.parse(sys.argv[1]).iter("property") if p.findtext("name") == "dfs.namenode.http-address")
metrics = urllib.request.urlopen(f"http://{address}/jmx").read().decode()
assert max(int(n) for n in re.findall(r'"RpcAuthenticationSuccesses"\s*:\s*(\d+)', metrics)) >= 4, "containers came without a token"
P
  echo "ok: master and workers reach the namenode with a delegation token"
fi
for function in ./fitness_program ./fitness_library.so; do
  words=(optimize -a de -f "$function" --dimensions=4 --generations=40 --population=20)
  "$tusk" ml "${words[@]}" -o "hdfs:///${function#./}-local" >"$scratch/fitness.log" 2>&1
  run_job fitness "${words[@]}" --checkpoint-every 10 -o "hdfs:///${function#./}-there"
  grep -q "checkpoint .*${function#./}-there.checkpoints/step-" "$scratch/fitness.log"
  if "$tusk" dfs -ls "hdfs:///${function#./}-there.checkpoints" >/dev/null 2>&1; then echo "FAILED: checkpoints are left over"; exit 1; fi
  same "/${function#./}-local" "/${function#./}-there"
done
echo "ok: a fitness program and a fitness library go with the job, and the library that they need"
# More workers than rows, and a model for XGBoost.
printf 'label,a\n0,1\n1,2\n' >few.csv
"$tusk" dfs -put few.csv /few.csv
words=(train -a gbdt -i hdfs:///few.csv --num_trees=3 --min_data_in_leaf=1)
"$tusk" ml "${words[@]}" -o hdfs:///few-local.json >"$scratch/few.log" 2>&1
run_job few "${words[@]}" -o hdfs:///few.json
same /few-local.json /few.json
"$tusk" dfs -cat /few.json | grep -q '"learner"'
echo "ok: two rows on three workers; the model as XGBoost's JSON is the local one"
[[ -z $("$tusk" dfs -ls "/tmp/hadoop-yarn/staging/$(id -un)/.staging") ]]
echo "ok: nothing is left in the staging folder"
if [[ $where == hadoop ]]; then passed "tusk ml on Hadoop's YARN" 3.4.2 "model byte for byte the local one" "workers and master killed" \
    "fitness program with its library"; fi
