#!/usr/bin/env bash
# What a worker costs that is slowed to a quarter of the CPU time that it had undisturbed (by a cpu cgroup's
# quota; without one, stopped for 7.5 of every 10 ms): jobs of 4 workers on `tusk up`, in turns undisturbed and
# with one worker slowed from its first step on, with sync=bsp (the master moves shards) and sync=ssp:4 (rows and keys follow the pace); and
# with bsp and one lane a worker, where nothing can move. $1 build folder (build/release). RUNS=N (default 5): medians of so many.
# EPOCHS=N (default 600, some 20 s): a slow worker is found and relieved in the first one or two. Also when shards moved. ONLY=ssp: that. MOST=1.5: fails if bsp or ssp costs more.
set -euo pipefail
build=$(cd "${1:-build/release}" && pwd)
[[ -x $build/bin/tusk ]] || cmake --build "$build" --target tusk >/dev/null
scratch=$(mktemp -d)
trap '"$build/bin/tusk" down --dir "$scratch/cluster" >/dev/null 2>&1 || true; rm -rf "$scratch"' EXIT
"$build/bin/tusk" up --dir "$scratch/cluster" -D yarn.nodemanager.resource.cpu-vcores=8 >"$scratch/up.log" 2>&1
export HADOOP_CONF_DIR=$scratch/cluster/conf
"$build/bin/tusk" ml gen blobs --rows 100000 --shards 4 columns=100 noise=8 -o hdfs:///rows --seed 3
python3 - "$build/bin/tusk" "$scratch" "${RUNS:-5}" "${MOST:-0}" "${EPOCHS:-600}" <<'P'
import json, os, signal, statistics, subprocess, sys, threading, time

tusk, scratch, runs, most, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]

def workers():
    """Worker processes of this cluster's trainings: the program, not the shells around it."""
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open(f"/proc/{process}/cmdline").read().split("\0")
            if ("ld-linux" in words[0] or "job.exe" in words[0]) and "--tusk-mr-role=ml-worker" in words and scratch in open(f"/proc/{process}/environ").read():
                found.append(int(process))
        except OSError:
            pass
    return found

GROUP = "/sys/fs/cgroup/cpu/tusk-straggler-%d" % os.getpid()

def make_group():
    try:
        os.mkdir(GROUP)
        return True
    except OSError:
        return False

def set_in_group(name, value):
    with open(f"{GROUP}/{name}", "w") as file:
        file.write(str(value))

def slow(process, ended, share):
    if grouped:
        set_in_group("cpu.cfs_period_us", 40000)
        set_in_group("cpu.cfs_quota_us", max(1000, int(40000 * share / 4)))
        set_in_group("cgroup.procs", process)
        return
    try:
        while not ended.is_set():
            os.kill(process, signal.SIGSTOP)
            ended.wait(0.0075)
            os.kill(process, signal.SIGCONT)
            time.sleep(0.0025)
    except ProcessLookupError:
        pass

grouped = make_group()
print("one worker is slowed by", "a cpu cgroup" if grouped else "signals", flush=True)

def cpu_seconds(process):
    try:
        words = open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return None

def train(settings, share):
    """Seconds from the first step to the last, final loss, and the cores that one worker used. `share`: what to slow it from; 0: not at all."""
    command = [tusk, "ml", "train", "--json", "-a", "softmax", "-i", "hdfs:///rows", "-o", "hdfs:///model", "--cluster", "--workers", "4", "--threads", "1",
               "--memory", "512", "--optimizer=sgd", "--learning_rate=0.01", "--batch=50000", f"--epochs={epochs}"] + settings
    ended, first, last, loss, slower, moves = threading.Event(), None, None, None, None, []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as job:
        for line in job.stdout:
            event = json.loads(line)
            if "shards move" in event.get("message", ""):
                moves.append(f"{event['message'].split()[0]} after {event['seconds'] - (first or 0):.1f} s")
            if event["event"] != "step":
                continue
            if first is None:
                first = event["seconds"]
                watched = workers()[1]
                used = begin = cpu_seconds(watched)
                if share:
                    slower = threading.Thread(target=slow, args=(watched, ended, share))
                    slower.start()
            last = event["seconds"]
            used = cpu_seconds(watched) or used
            loss = event["figures"].get("loss", loss)
        ended.set()
    if slower:
        slower.join()
    assert job.returncode == 0, command
    print(f"  {'slowed' if share else 'undisturbed'}: {last - first:.2f} s; shards moved: {', '.join(moves) or 'none'}", flush=True)
    return last - first, loss, (used - begin) / (last - first)

failed = False
only = os.environ.get("ONLY", "")
for name, settings, promised in (("bsp, 32 lanes", ["--lanes=32"], True), ("ssp:4, 32 lanes", ["--lanes=32", "--sync=ssp:4"], True),
                                 ("bsp, 4 lanes: nothing can move", ["--lanes=4"], False)):
    if not name.startswith(only):
        continue
    times = {False: [], True: []}
    losses = {False: [], True: []}
    share = 0
    for run in range(runs):
        for slowed in (False, True):
            seconds, loss, used = train(settings, share if slowed else 0)
            share = share if slowed else used
            times[slowed].append(seconds)
            losses[slowed].append(loss)
    usual, with_slow = statistics.median(times[False]), statistics.median(times[True])
    print(f"{name}: {usual:.2f} s, one worker at a quarter of {share:.2f} cores {with_slow:.2f} s: {with_slow / usual:.2f}x; loss {statistics.median(losses[False]):.4f} "
          f"and {statistics.median(losses[True]):.4f}", flush=True)
    failed |= promised and 0 < most < with_slow / usual
if grouped:
    while True:  # until the last one's process is gone
        try:
            os.rmdir(GROUP)
            break
        except OSError:
            time.sleep(0.1)
sys.exit(failed)
P
