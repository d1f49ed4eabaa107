#!/usr/bin/env python3
"""Java MapReduce jobs (Hadoop's client, application master and tasks) on tusk's daemons and on Hadoop's own, alternating, in
one run: wall time, CPU seconds of the four daemons alone (not of containers), and their peak memory, as ratios.

  java_jobs_bench.py TUSK [--text-mb 1024] [--tera-rows 10000000] [--rounds 3] [--out FILE] [pi|sleep|wordcount|terasort...]

pi and sleep run --rounds times (the median counts), the others once. Both clusters have one datanode, one node manager of
8 GiB and 4 cores, the same JVM options and replication 1; timers of the daemons are those of `tusk up` and Hadoop's
defaults. Needs a quiet machine, 8 GiB of memory, three times the data on the disk, and Hadoop's jars
(tests/compat/peers/hadoop-peer install)."""
import argparse
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
PEER = os.path.normpath(HERE + "/../compat/peers/hadoop-peer")
LIB = os.environ.get("PEER_LIB", os.path.expanduser("~/.cache/tusk-peers/hadoop/lib"))
TICK = os.sysconf("SC_CLK_TCK")
DAEMONS = ("namenode", "datanode", "resourcemanager", "nodemanager")
SAME = {  # the same for both sides
    "yarn.nodemanager.resource.memory-mb": "8192",
    "yarn.nodemanager.resource.cpu-vcores": "4",
    "yarn.scheduler.minimum-allocation-mb": "256",
    "yarn.app.mapreduce.am.resource.mb": "1024",
    "mapreduce.map.memory.mb": "1024",
    "mapreduce.reduce.memory.mb": "1024",
    "dfs.replication": "1",
}


class Side:
    """One of the two clusters: its configuration and the processes of its daemons."""

    def __init__(self, name, conf, pids, rm_web, peer_home):
        self.name, self.conf, self.pids, self.rm_web, self.peer_home = name, conf, pids, rm_web, peer_home

    def cpu(self):
        """CPU seconds per daemon, without their children."""
        found = {}
        for name, pid in self.pids.items():
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            found[name] = (int(fields[11]) + int(fields[12])) / TICK
        return found

    def forget_peak(self):
        for pid in self.pids.values():
            try:
                with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
                    file.write("5")
            except OSError:
                pass  # then it is the peak since the start

    def peak_mb(self):
        total = 0
        for pid in self.pids.values():
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
                total += int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1))
        return total / 1024

    def java(self, *arguments, log):
        """One of the client's commands; its wall seconds."""
        began = time.monotonic()
        with open(log, "ab") as file:
            done = subprocess.run([PEER, *arguments], stdout=file, stderr=subprocess.STDOUT, check=False, env=dict(
                os.environ, PEER_CONF=self.conf, PEER_HOME=self.peer_home, PEER_OPTS="-Xmx512m"))
        took = time.monotonic() - began
        if done.returncode != 0:
            with open(log, encoding="utf-8", errors="replace") as file:
                sys.exit(f"{self.name}: {' '.join(arguments)} failed:\n" + "".join(file.readlines()[-30:]))
        return took

    def settle(self):
        """Until no container is left and the logs of the last ones are on their way."""
        for _ in range(600):
            with urllib.request.urlopen(f"http://{self.rm_web}/ws/v1/cluster/metrics", timeout=30) as answer:
                if json.load(answer)["clusterMetrics"]["containersAllocated"] == 0:
                    break
            time.sleep(0.1)
        time.sleep(2)


def set_keys(path, settings):
    """Sets keys in a site file, which exists."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for key, value in settings.items():
        text = re.sub(rf"\s*<property><name>{re.escape(key)}</name>.*?</property>", "", text)
        text = text.replace("</configuration>", f"<property><name>{key}</name><value>{value}</value></property>\n</configuration>")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def file_of(key):
    if key.startswith("dfs."):
        return "hdfs-site.xml"
    return "yarn-site.xml" if key.startswith("yarn.") and "mapreduce" not in key else "mapred-site.xml"


def value_of(conf, key):
    with open(f"{conf}/{file_of(key)}", encoding="utf-8") as file:
        return re.search(rf"<name>{re.escape(key)}</name><value>([^<]*)", file.read()).group(1)


def start_tusk(tusk, folder, peer_home, java_options):
    settings = dict(SAME, **java_options)
    subprocess.run([tusk, "up", "--dir", folder, "--hadoop-jars", LIB, *[f"-D{k}={v}" for k, v in settings.items()]],
                   check=True, stdout=subprocess.DEVNULL)
    with open(folder + "/run/status.json", encoding="utf-8") as file:
        pids = {entry["name"].rstrip("0"): entry["pid"] for entry in json.load(file)["daemons"]}
    conf = folder + "/conf"
    return Side("tusk", conf, {name: pids[name] for name in DAEMONS},
                value_of(conf, "yarn.resourcemanager.webapp.address"), peer_home)


def start_hadoop(peer_home, base, java_options):
    env = dict(os.environ, PEER_HOME=peer_home, PEER_PORT_BASE=str(base), PEER_NN_HEAP="1g")
    env.pop("PEER_CONF", None)
    conf = peer_home + "/conf"
    subprocess.run([PEER, "hdfs", "dfs", "-help"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    for key, value in dict(SAME, **java_options).items():
        set_keys(f"{conf}/{file_of(key)}", {key: value})
    set_keys(conf + "/yarn-site.xml", {"yarn.log-aggregation-enable": "true"})
    subprocess.run([PEER, "start", "1"], env=env, check=True, stdout=subprocess.DEVNULL)
    pids = {}
    for name in DAEMONS:
        path = f"{peer_home}/run/{name}0.pid" if name == "datanode" else f"{peer_home}/run/{name}.pid"
        with open(path, encoding="ascii") as file:
            pids[name] = int(file.read())
    return Side("Hadoop", conf, pids, f"127.0.0.1:{base + 88}", peer_home), env


def write_text(path, mib):
    """Words of Zipf's law, 8 to 14 a line; a block of 64 MiB again and again."""
    rng = random.Random(1)
    vocabulary = list({"".join(rng.choices("etaoinshrdlucmfwypvbgkjqxz", k=rng.randint(2, 12))) for _ in range(100_000)})
    vocabulary.sort()
    rng.shuffle(vocabulary)
    total, weights = 0.0, []
    for rank in range(1, len(vocabulary) + 1):
        total += 1 / rank ** 1.07
        weights.append(total)
    block, size, want = [], 0, min(mib, 64) << 20
    while size < want:
        words = rng.choices(vocabulary, cum_weights=weights, k=10_000)
        at = 0
        while at < len(words):
            count = rng.randint(8, 14)
            line = " ".join(words[at:at + count]) + "\n"
            at += count
            block.append(line)
            size += len(line)
    data = "".join(block).encode()[:want]
    with open(path, "wb") as file:
        left = mib << 20
        while left > 0:
            file.write(data[:left])
            left -= len(data)


def measure(side, log, *arguments):
    side.settle()
    side.forget_peak()
    before = side.cpu()
    wall = side.java(*arguments, log=log)
    side.settle()
    after = side.cpu()
    used = {name: after[name] - before[name] for name in before}
    return {"wall": wall, "cpu": sum(used.values()), "daemons": used, "peak": side.peak_mb()}


TESTS = ("class", "org.apache.hadoop.test.MapredTestDriver")


def arguments_of(job, round_, rows):
    """The measured command of a job."""
    return {
        "pi": ("hadoop", "examples", "pi", "2", "10"),
        "sleep": (*TESTS, "sleep", "-m", "2", "-r", "1", "-mt", "1000", "-rt", "1000"),
        "wordcount": ("hadoop", "examples", "wordcount", "-Dmapreduce.job.reduces=2", "/bench/text", f"/bench/words{round_}"),
        "teragen": ("hadoop", "examples", "teragen", "-Dmapreduce.job.maps=4", str(rows), "/bench/tera"),
        "terasort": ("hadoop", "examples", "terasort", "-Dmapreduce.job.reduces=2", "/bench/tera", f"/bench/sorted{round_}"),
    }[job]


def compare(sides, options, scratch):
    """{job: {side name: [measures]}}"""
    jobs = list(options.jobs)
    if "terasort" in jobs:
        jobs.insert(jobs.index("terasort"), "teragen")
    found = {}
    for side in sides:
        side.java(*arguments_of("pi", 0, 0), log=f"{scratch}/{side.name}.log")  # a first job, for caches and compilers
        side.java("hdfs", "dfs", "-mkdir", "-p", "/bench", log=f"{scratch}/{side.name}.log")
    if "wordcount" in jobs:
        write_text(scratch + "/text", options.text_mb)
        for side in sides:
            side.java("hdfs", "dfs", "-put", scratch + "/text", "/bench/text", log=f"{scratch}/{side.name}.log")
    for job in jobs:
        found[job] = {side.name: [] for side in sides}
        for round_ in range(options.rounds if job in ("pi", "sleep") else 1):
            for side in sides if round_ % 2 == 0 else sides[::-1]:
                result = measure(side, f"{scratch}/{side.name}.log", *arguments_of(job, round_, options.tera_rows))
                found[job][side.name].append(result)
                parts = ", ".join(f"{name} {value:.2f}" for name, value in result["daemons"].items())
                print(f"  {job} on {side.name}: wall {result['wall']:.1f} s, daemons' CPU {result['cpu']:.2f} s ({parts}), "
                      f"peak {result['peak']:.0f} MB", flush=True)
    return found


def report(found, options):
    lines = [f"WordCount of {options.text_mb} MiB, TeraSort of {options.tera_rows} rows of 100 bytes; "
             f"{os.cpu_count()} cores, load before {options.load:.1f}", "",
             "| job | wall: tusk | Hadoop | ratio | daemons' CPU: tusk | Hadoop | ratio | daemons' peak RSS: tusk | Hadoop | ratio |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    for job, sides in found.items():
        cells = [job]
        for key, form in (("wall", "{:.1f} s"), ("cpu", "{:.2f} s"), ("peak", "{:.0f} MB")):
            ours, theirs = (statistics.median(entry[key] for entry in sides[name]) for name in ("tusk", "Hadoop"))
            cells += [form.format(ours), form.format(theirs), f"{ours / theirs:.2f}"]
        lines.append("| " + " | ".join(cells) + " |")
    text = "\n".join(lines)
    print(text)
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            file.write(text + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tusk")
    parser.add_argument("--text-mb", type=int, default=1024)
    parser.add_argument("--tera-rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port-base", type=int, default=46000, help="of Hadoop's daemons")
    parser.add_argument("--out")
    parser.add_argument("jobs", nargs="*", default=[])
    options = parser.parse_intermixed_args()
    options.jobs = options.jobs or ["pi", "sleep", "wordcount", "terasort"]
    options.load = os.getloadavg()[0]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))  # so that both clusters are stopped
    scratch = tempfile.mkdtemp(prefix="tusk-java-bench-")
    peer_home = scratch + "/peer"
    os.mkdir(peer_home)
    os.symlink(LIB, peer_home + "/lib")
    opens = " ".join(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in (
        "java.lang", "java.util", "java.net", "java.nio", "sun.nio.ch", "java.io", "java.util.concurrent", "sun.security.action"))
    java_options = {key: "-Xmx700m " + opens for key in (
        "yarn.app.mapreduce.am.command-opts", "mapreduce.map.java.opts", "mapreduce.reduce.java.opts")}
    tusk, env = os.path.abspath(options.tusk), None
    try:
        hadoop, env = start_hadoop(peer_home, options.port_base, java_options)
        ours = start_tusk(tusk, scratch + "/tusk", peer_home, java_options)
        report(compare([ours, hadoop], options, scratch), options)
    finally:
        subprocess.run([tusk, "down", "--dir", scratch + "/tusk"], stdout=subprocess.DEVNULL, check=False)
        if env:
            subprocess.run([PEER, "stop"], env=env, check=False)
        if "KEEP" not in os.environ:
            shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
