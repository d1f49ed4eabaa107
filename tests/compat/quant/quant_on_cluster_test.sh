#!/usr/bin/env bash
# Quantizations as jobs of containers give the local run's bytes: with 1, 2, 4 and 7 workers, where workers and the master are
# killed with -9 on the way, where the file system does not join files, and with types chosen by a budget.
# $1 tusk, $2 where: "tusk" (tusk up) or "hadoop" (Java's YARN and HDFS; exit 77 where there is no Java or no Hadoop jars).
# WORKERS="1 2 4 7" (default on Hadoop: 1 4); ROWS=N: rows of the model's large matrix; KILLS=N: more kills, by chance, over as many jobs as it takes.
# RUNS=N (tests/compat/quant/chaos.sh): N jobs more with 1, 2, 4 or 7 workers, each with up to three kills by chance.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../results.sh"
tusk=$1 where=$2 KILLS=${KILLS:-0} RUNS=${RUNS:-0} peer=$here/../peers/hadoop-peer
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tusk-compat-quant-XXXXXX")
finish() {
  local status=$?
  if ((status != 0)); then tail -n 40 "$scratch"/*.log || true; fi
  if [[ $where == hadoop ]]; then "$peer" stop >/dev/null 2>&1 || true; else "$tusk" down --dir "$scratch/cluster" >/dev/null 2>&1 || true; fi
  umount "$scratch/disk" 2>/dev/null || true
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
  "$tusk" up --dir "$scratch/cluster" -D yarn.resourcemanager.am.max-attempts=50 -D yarn.nodemanager.resource.cpu-vcores=16 \
    -D yarn.resource-types=yarn.io/gpu -D yarn.nodemanager.resource-plugins=yarn.io/gpu -D tusk.nodemanager.gpu.fake-devices=0:250,1:251 >"$scratch/start.log" 2>&1
  export HADOOP_CONF_DIR=$scratch/cluster/conf
fi
failed() { echo "FAILED: $*"; exit 1; }
sum() { "$tusk" dfs -cat "$1" | sha256sum | cut -d' ' -f1; }
# Containers of this user's quantizations: the program, not the shells around it.
containers() {
  local process
  for process in $(pgrep -f -- "^[^ ]*(ld-linux|job[.]exe)[^ ]* .*--tusk-mr-role=quant-$1" || true); do
    if grep -qs "$scratch" "/proc/$process/environ"; then echo "$process"; fi
  done
}

# A model of two shards, its weights from a generator, in bf16; one matrix is large, one has rows that no K-quant can hold.
mkdir "$scratch/model"
python3 - "$scratch/model" "${ROWS:-6000}" <<'P'
import array, json, random, struct, sys
folder, rows = sys.argv[1], int(sys.argv[2])
random.seed(5)
pool = array.array("H", (struct.unpack("<I", struct.pack("<f", random.gauss(0, 0.02) * (5 if random.random() < 0.01 else 1)))[0] >> 16 for _ in range(300007)))
def weights(count, skip):
    out = array.array("H")
    while len(out) < count:
        out.extend(pool[skip % 1000:][:count - len(out)])
    return out
def shard(name, tensors):
    header, data = {}, b""
    for number, (tensor, shape) in enumerate(tensors.items()):
        count = 1
        for size in shape: count *= size
        piece = weights(count, 37 * number + len(name)).tobytes()
        header[tensor] = {"dtype": "BF16", "shape": shape, "data_offsets": [len(data), len(data) + len(piece)]}
        data += piece
    text = json.dumps(header).encode()
    open(f"{folder}/{name}", "wb").write(struct.pack("<Q", len(text)) + text + data)
    return {tensor: name for tensor in tensors}
where = shard("model-00001-of-00002.safetensors", {"big.weight": [rows, 2048], "odd.weight": [300, 96]})
where |= shard("model-00002-of-00002.safetensors", {"norm.weight": [2048], "second.weight": [1500, 2048], "third.weight": [40, 512]})
json.dump({"metadata": {}, "weight_map": where}, open(f"{folder}/model.safetensors.index.json", "w"))
P
"$tusk" dfs -mkdir -p /models && "$tusk" dfs -put "$scratch/model" /models/m >"$scratch/put.log" 2>&1
type=(--type Q4_K_M)
"$tusk" quant "$scratch/model" "$scratch/local.gguf" "${type[@]}" --quiet
# Seconds of work in four pieces: what can be interrupted.
slow=(--type int8 --granularity "group:${GROUP:-512}" --range kl --affine)
"$tusk" quant "$scratch/model" "$scratch/local.safetensors" "${slow[@]}" --quiet
wanted=$(sha256sum <"$scratch/local.gguf" | cut -d' ' -f1) wanted_slow=$(sha256sum <"$scratch/local.safetensors" | cut -d' ' -f1)

made=0 job=''
start() {  # WORKERS [OUTPUT]: a long job
  made=$((made + 1)) output=${2:-/models/out$made.safetensors}
  timeout 300 "$tusk" quant /models/m "$output" "${slow[@]}" --cluster --workers "$1" --memory 256 >"$scratch/job$made.log" 2>&1 &
  job=$!
}
check() {
  wait "$job" || failed "job $made"
  job=''
  [[ $(sum "$output") == "$wanted_slow" ]] || failed "$output differs from the local run's"
}
# What the job says of itself at its end.
peak_of() { sed -n 's/.*, at most \([0-9]*\) MiB large;.*/\1/p' "$1" | sort -n | tail -n 1; }
small() { local peak; peak=$(peak_of "$1"); [[ -n $peak ]] && ((peak <= 256)) || failed "a worker of ${peak:-unknown} MiB"; }

if [[ $where == hadoop ]]; then WORKERS=${WORKERS:-1 4}; else WORKERS=${WORKERS:-1 2 4 7}; fi
for workers in $WORKERS; do
  log=$scratch/workers$workers.log
  "$tusk" quant /models/m "/models/by$workers.gguf" "${type[@]}" --cluster --workers "$workers" --memory 256 >"$log" 2>&1 || failed "$(cat "$log")"
  [[ $(sum "/models/by$workers.gguf") == "$wanted" ]] || failed "$workers workers: other bytes than the local run's"
  grep -q 'parts joined on the DFS' "$log" || failed "no concat with $workers workers"
  grep -h 'the first piece was begun\|workers were at work' "$log" || failed "no figures in $log"
  small "$log"
done
echo "ok: $WORKERS workers give the local run's bytes, joined by concat"

if [[ $where == tusk ]]; then  # where a job takes a second
budget=$(((${ROWS:-6000} + 1600) * 1200))
# Types by a budget are chosen once, and travel; two threads share a worker's piece.
"$tusk" quant "$scratch/model" "$scratch/budget.gguf" --budget "$budget" --quiet
"$tusk" quant /models/m /models/budget.gguf --budget "$budget" --cluster --workers 2 --vcores 2 >"$scratch/budget.log" 2>&1 || failed budget
[[ $(sum /models/budget.gguf) == $(sha256sum <"$scratch/budget.gguf" | cut -d' ' -f1) ]] || failed "--budget: other bytes than the local run's"
echo "ok: --budget"

# Containers with GPUs: a worker says what it computes on; without a device (these are none) on the CPU, to the same bytes.
"$tusk" quant /models/m /models/gpu.gguf "${type[@]}" --cluster --workers 2 --gpus 1 --memory 512 >"$scratch/gpu.log" 2>&1 || failed "$(cat "$scratch/gpu.log")"
[[ $(sum /models/gpu.gguf) == "$wanted" ]] || failed "--gpus: other bytes than the local run's"
grep -Eq 'container_.* has GPU [01](: |; it computes on the CPU: (no CUDA device|built without CUDA))' "$scratch/gpu.log" || failed "--gpus: $(cat "$scratch/gpu.log")"
echo "ok: $(grep -Eom 1 'has GPU .*' "$scratch/gpu.log")"
code=0; "$tusk" quant /models/m /models/cuda.gguf "${type[@]}" --cluster --workers 1 --gpus 1 --device cuda --memory 512 >"$scratch/cuda.log" 2>&1 || code=$?
if ((code == 0)); then [[ $(sum /models/cuda.gguf) == "$wanted" ]] || failed "--device cuda: other bytes"
else grep -Eq 'container_.*: (no CUDA device|built without CUDA)' "$scratch/cuda.log" || failed "--device cuda: $(cat "$scratch/cuda.log")"; fi
"$tusk" dfs -rm -r -f -skipTrash "/models/_cuda.gguf.parts" >/dev/null 2>&1 || true

# A tensor of 512 MiB (a hole; chaos.sh: of 2 GiB, a 70B model's head), far larger than a worker may become; onto a file system that cannot join files.
python3 - "$scratch/large.safetensors" "${LARGE_ROWS:-65536}" <<'P'
import json, struct, sys
rows, columns = int(sys.argv[2]), 4096
head = json.dumps({"w.weight": {"dtype": "BF16", "shape": [rows, columns], "data_offsets": [0, rows * columns * 2]}}).encode()
with open(sys.argv[1], "wb") as f:
    f.write(struct.pack("<Q", len(head)) + head)
    f.truncate(8 + len(head) + rows * columns * 2)
P
"$tusk" quant "$scratch/large.safetensors" "$scratch/large.gguf" --type Q2_K --quiet
"$tusk" quant "file:$scratch/large.safetensors" "file:$scratch/large2.gguf" --type Q2_K --cluster --workers 2 --memory 256 >"$scratch/large.log" 2>&1 ||
  failed "$(cat "$scratch/large.log")"
cmp "$scratch/large.gguf" "$scratch/large2.gguf" || failed "copied together: other bytes than the local run's"
grep -q 'parts copied together: concat was refused' "$scratch/large.log" || failed "it was not copied together: $(cat "$scratch/large.log")"
small "$scratch/large.log"
[[ ! -e $scratch/_large2.gguf.parts ]] || failed "parts are left"
echo "ok: a tensor of $((${LARGE_ROWS:-65536} / 128)) MiB by workers of at most $(peak_of "$scratch/large.log") MiB, copied together where concat is refused"
rm "$scratch"/large*

# mlkit's trainings by containers, saved in int8: as a local training saves them.
"$tusk" ml gen blobs --rows 5000 --shards 3 -o hdfs:///rows --seed 3 >"$scratch/gen.log" 2>&1
for words in '' '--cluster --workers 2 --threads 1 --memory 512'; do
  # shellcheck disable=SC2086
  "$tusk" ml train -a softmax -i hdfs:///rows -o "hdfs:///int8${words:+-cluster}" --quantize int8 --epochs=3 --json $words >"$scratch/int8${words:+-cluster}.log" 2>&1 ||
    failed "$(cat "$scratch/int8${words:+-cluster}.log")"
done
[[ $(sum /int8) == $(sum /int8-cluster) ]] || failed "ml train --quantize --cluster: other bytes than the local training's"
grep -q '"event":"quantized"' "$scratch/int8-cluster.log" || failed "the cost of int8 is not told"
"$tusk" ml inspect hdfs:///int8-cluster | grep -q int8 || failed "not in int8"
echo "ok: ml train --cluster --quantize int8: $(sed -n 's/.*\("accuracy_after":[0-9.]*\),\("accuracy_before":[0-9.]*\).*/\1 \2/p' "$scratch/int8-cluster.log")"

# A disk that fills up amid the job; with room again the same command goes on.
mkdir "$scratch/disk"
if mount -t tmpfs -o size=6m tmpfs "$scratch/disk" 2>/dev/null; then
  words=(quant "file:$scratch/model" "file:$scratch/disk/out.gguf" "${type[@]}" --cluster --workers 1 --memory 256)
  code=0; "$tusk" "${words[@]}" >"$scratch/full.log" 2>&1 || code=$?
  mount -o remount,size=512m "$scratch/disk"
  again=0; "$tusk" "${words[@]}" >"$scratch/again.log" 2>&1 || again=$?
  cmp "$scratch/local.gguf" "$scratch/disk/out.gguf" || again=9
  umount "$scratch/disk"
  ((code == 1)) && grep -qi 'no space left' "$scratch/full.log" || failed "a full disk: exit code $code, $(cat "$scratch/full.log")"
  ((again == 0)) && grep -q 'pieces are made already' "$scratch/again.log" || failed "not gone on with: $again, $(cat "$scratch/again.log")"
  echo "ok: a disk that was full: $(grep -i -m 1 -o '[^:]*no space left.*' "$scratch/full.log")"
fi
fi

# Kills while a job is at work; the output must not show it, and little may be made twice.
roles=(worker master)
if ((KILLS > 0)); then
  roles=(); for ((i = 0; i < KILLS; ++i)); do if ((RANDOM % 4 == 0)); then roles+=(master); else roles+=(worker); fi; done
fi
killed=0
for role in "${roles[@]}"; do
  for ((tries = 0; ; ++tries)); do
    if [[ -z $job ]]; then start "$((RANDOM % 3 + 2))"; fi
    if ! kill -0 "$job" 2>/dev/null; then check; continue; fi
    grep -qs ' of .* pieces, ' "$scratch/job$made.log" && pid=$(containers "$role" | shuf -n 1) && [[ -n $pid ]] && break
    pause 0.05
    ((tries < 3000)) || failed "no $role to kill"
  done
  if kill -9 "$pid" 2>/dev/null; then killed=$((killed + 1)); fi
  pause "0.$((RANDOM % 9 + 1))"
done
[[ -z $job ]] || check
echo "ok: $killed killed, the bytes are the same"
again=$(sed -n 's/.*; \([0-9]*\) of its pieces will be made again.*/\1/p' "$scratch"/job*.log | sort -n | tail -n 1)
((${again:-0} <= 1)) || failed "a lost worker cost $again pieces"

# Long: jobs with any number of workers, and kills by chance.
for ((run = 1; run <= RUNS; ++run)); do
  workers=(1 2 4 7); workers=${workers[RANDOM % 4]}
  start "$workers" "/models/run$run.safetensors"
  victims=''
  until ! kill -0 "$job" 2>/dev/null || grep -qs ' of .* pieces, ' "$scratch/job$made.log"; do pause 0.05; done
  for ((kills = RANDOM % 3 + 1; kills > 0; --kills)); do
    pause "$((RANDOM % 2)).$((RANDOM % 10))"
    role=worker; ((RANDOM % 4)) || role=master
    pid=$(containers "$role" | shuf -n 1)
    if kill -0 "$job" 2>/dev/null && [[ -n $pid ]] && kill -9 "$pid" 2>/dev/null; then victims+=" $role"; fi
  done
  check
  again=$(sed -n 's/.*; \([0-9]*\) of its pieces will be made again.*/\1/p' "$scratch/job$made.log" | awk '{ sum += $1 } END { print sum + 0 }')
  dead=$({ grep -o worker <<<"$victims" || true; } | wc -l)
  most=$(grep -o '[0-9]* workers' "$scratch/job$made.log" | sort -n | tail -n 1)
  echo "run $run: $workers wanted, at most $most, killed:${victims:- none}; made again: $again; ${wanted_slow:0:16}"
  ((again <= dead)) || failed "$dead workers killed, $again pieces made again"
done

# A job that is interrupted goes on where it stopped.
start 1 /models/resumed.safetensors
until grep -qs ' of .* pieces, ' "$scratch/job$made.log"; do kill -0 "$job" || failed "it ended without a piece"; pause 0.02; done
kill -INT "$job" || failed "the job ended before it could be interrupted: GROUP=$((${GROUP:-512} / 2)) makes it longer"
code=0; wait "$job" || code=$?
((code != 0)) || failed "the job ended before it could be interrupted"
start 2 /models/resumed.safetensors; check
grep -q 'pieces are made already' "$scratch/job$made.log" || failed "nothing was gone on with"
echo "ok: interrupted and gone on with"

# What is wrong is told before anything is submitted, or by the job with its reason.
refused() { local code=0; "$tusk" quant "${@:2}" --cluster >"$scratch/refused" 2>&1 || code=$?; [[ $code -ne 0 ]] && grep -q "$1" "$scratch/refused" || failed "refusal: $(cat "$scratch/refused")"; }
refused 'is there already' /models/m /models/resumed.safetensors "${slow[@]}"
refused "no type 'Q9'" /models/m /models/none.gguf --type Q9
[[ -z $("$tusk" dfs -ls /models | grep -F .parts) ]] || failed "folders of parts are left"
[[ -z $("$tusk" dfs -ls "/tmp/hadoop-yarn/staging/$(id -un)/.staging") ]] || failed "the staging folder is not empty"
echo "ok: nothing is left behind"
if [[ $where == hadoop ]]; then passed "tusk quant on Hadoop's YARN" 3.4.2 "GGUF byte for byte the local one" "parts joined by HDFS concat" "workers and master killed"; fi
