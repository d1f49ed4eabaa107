#!/usr/bin/env bash
# Trainings as jobs of containers give the local run's bytes, also where workers and the master are killed on the way.
# $1 tusk, $2 where: "tusk" (tusk up) or "hadoop" (Java's YARN and HDFS; exit 77 where there is no Java or no Hadoop jars).
# KILLS=N: so many kills in a row of trainings, by chance (default: one of a worker, one of the master).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../results.sh"
tusk=$1 where=$2 peer=$here/../peers/hadoop-peer
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
  "$tusk" up --dir "$scratch/cluster" -D yarn.resourcemanager.am.max-attempts=50 >"$scratch/start.log" 2>&1
  export HADOOP_CONF_DIR=$scratch/cluster/conf
fi
sum() { "$tusk" dfs -cat "$1" | sha256sum; }
same() { [[ $(sum "$1") == $(sum "$2") ]] || { echo "FAILED: $1 and $2 differ"; exit 1; }; }
# Containers of this user's trainings: the program, not the shells around it.
containers() {
  local process
  for process in $(pgrep -f -- "^[^ ]*(ld-linux|job[.]exe)[^ ]* .*--tusk-mr-role=ml-$1" || true); do
    if grep -qs "$scratch" "/proc/$process/environ"; then echo "$process"; fi
  done
}
train() { local log=$scratch/$1.log; shift; timeout 300 "$tusk" ml train --cluster --workers 3 --threads 1 --memory 512 "$@" >"$log" 2>&1; }

"$tusk" ml gen blobs --rows 20000 --shards 3 noise=3 -o hdfs:///rows --seed 3
work=(-a mlp -i hdfs:///rows --epochs="${EPOCHS:-40}")
"$tusk" ml train "${work[@]}" --threads 1 -o hdfs:///local >"$scratch/local.log" 2>&1
train whole "${work[@]}" -o hdfs:///whole
same /local /whole
echo "ok: three workers give the local run's bytes"

roles=(worker master)
if [[ -n ${KILLS:-} ]]; then
  roles=()
  for ((i = 0; i < KILLS; ++i)); do roles+=($((RANDOM % 4)) ); done
  roles=("${roles[@]/0/master}"); roles=("${roles[@]/#[123]/worker}")
fi
job='' made=0 killed=0
start() { made=$((made + 1)); train "killed$made" "${work[@]}" -o "hdfs:///killed$made" & job=$!; }
check() { wait "$job" || { echo "FAILED: training $made"; exit 1; }; same /local "/killed$made"; job=''; }
for role in "${roles[@]}"; do
  for ((tries = 0; ; ++tries)); do
    [[ -n $job ]] || start
    # Steps have been made: the console shows 1, 2, 4, 8, …
    if ! kill -0 "$job" 2>/dev/null; then check; continue; fi
    grep -qs '^step 4 ' "$scratch/killed$made.log" && pid=$(containers "$role" | shuf -n 1) && [[ -n $pid ]] && break
    pause 0.1
    ((tries < 3000)) || { echo "FAILED: no $role to kill"; exit 1; }
  done
  if kill -9 "$pid" 2>/dev/null; then killed=$((killed + 1)); fi
  pause "0.$((RANDOM % 9 + 1))"
done
check
echo "ok: $killed killed in $made trainings, the bytes are the same"
if [[ -z ${KILLS:-} ]]; then
  grep -q 'lost: ' "$scratch/killed$made.log"
  grep -q 'master 2 takes over' "$scratch/killed$made.log"
fi
[[ -z $("$tusk" dfs -ls "/tmp/hadoop-yarn/staging/$(id -un)/.staging") ]]
echo "ok: nothing is left in the staging folder"
if [[ $where == hadoop ]]; then passed "tusk ml on Hadoop's YARN" 3.4.2 "model byte for byte the local one" "workers and master killed"; fi
