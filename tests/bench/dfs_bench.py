#!/usr/bin/env python3
"""Data path and namespace operations of tusk and of the real Hadoop in one run, alternating, beside a control program that
only moves and checksums the same bytes over the same hops.

  dfs_bench.py BUILD [--size MiB] [--files N] [--ops N] [--runs N] [--port-base N] [--out FILE] [data|small|namespace ...]

Both clusters have three datanodes in one folder of /dev/shm (SCRATCH=... elsewhere). Each side's own client makes the load
(dfs_load, DfsLoad.java: one process, warmed up), so that neither pays for the other's. CPU seconds are user + system of
client and daemons; peaks are of the daemons. Medians of --runs. Needs javac, Hadoop's jars (tests/compat/peers/hadoop-peer
install) and about eight times --size of memory."""
import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PEER = os.path.normpath(HERE + "/../compat/peers/hadoop-peer")
LIB = os.environ.get("PEER_LIB", os.path.expanduser("~/.cache/tusk-peers/hadoop/lib"))
TICK = os.sysconf("SC_CLK_TCK")
DATANODES = 3


def cpu_of(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def peak_mb(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            total += int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1))
    return total / 1024


def numbers(line):
    """"wall 1.2 cpu 0.3" as a dict."""
    words = line.split()
    return {words[i]: float(words[i + 1]) for i in range(0, len(words) - 1, 2)}


class Side:
    """A running cluster and how its own client is called."""

    def __init__(self, name, conf, address, namenode, datanodes, load):
        self.name, self.conf, self.address, self.load = name, conf, address, load
        self.namenode, self.datanodes = namenode, datanodes

    def run(self, *arguments):
        """One load; its figures with the daemons' CPU and peak."""
        pids = [self.namenode, *self.datanodes]
        for pid in pids:
            with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
                file.write("5")
        found = self.load(*[str(word) for word in arguments])
        found["peak"] = peak_mb(pids)
        return found


def output_of(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command[:6])} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def start_tusk(build, folder):
    tusk = build + "/bin/tusk"
    output_of([tusk, "up", "--dir", folder, "--datanodes", str(DATANODES), "--nodemanagers", "1"])
    with open(folder + "/run/status.json", encoding="utf-8") as file:
        pids = {entry["name"]: entry["pid"] for entry in json.load(file)["daemons"]}
    conf = folder + "/conf"
    with open(conf + "/core-site.xml", encoding="utf-8") as file:
        address = re.search(r"<name>fs.defaultFS</name>\s*<value>hdfs://([^<]*)", file.read()).group(1)
    datanodes = [pid for name, pid in pids.items() if name.startswith("datanode")]

    def load(*arguments):
        return numbers(output_of([build + "/bench/dfs_load", conf, *arguments]))
    return Side("tusk", conf, address, pids.get("namenode", pids.get("namenode0")), datanodes, load)


def start_hadoop(home, base):
    os.makedirs(home + "/classes")
    os.symlink(LIB, home + "/lib")
    env = dict(os.environ, PEER_HOME=home, PEER_PORT_BASE=str(base), PEER_NN_HEAP="1g")
    env.pop("PEER_CONF", None)
    output_of(["javac", "-proc:none", "-nowarn", "-cp", LIB + "/*", "-d", home + "/classes", HERE + "/DfsLoad.java"])
    output_of([PEER, "start-hdfs", str(DATANODES)], env=env)
    pids = {}
    for name in ["namenode"] + [f"datanode{i}" for i in range(DATANODES)]:
        with open(f"{home}/run/{name}.pid", encoding="ascii") as file:
            pids[name] = int(file.read())

    def load(*arguments):
        return numbers(output_of(["java", "-Xmx1g", "--add-opens=java.base/java.lang=ALL-UNNAMED", "-cp",
                                  f"{home}/classes:{home}/conf/client:{home}/conf:{LIB}/*", "DfsLoad", *arguments]))
    return Side("Hadoop", home + "/conf", f"127.0.0.1:{base + 20}", pids["namenode"],
                [pid for name, pid in pids.items() if name != "namenode"], load), env


def measure(side, *arguments):
    """With the daemons' CPU during the whole load; the client counts its measured round itself, so that is scaled."""
    pids = [side.namenode, *side.datanodes]
    before = cpu_of(pids)
    found = side.run(*arguments)
    # The warming round is an eighth of the load more.
    found["daemons"] = (cpu_of(pids) - before) * 8 / 9
    return found


def median(results):
    return {key: statistics.median(result[key] for result in results) for key in results[0]}


def alternate(sides, runs, work):
    """{side name: medians} of work(side, run), the sides in turn, each run the other way round."""
    found = {side.name: [] for side in sides}
    for run in range(runs):
        for side in sides if run % 2 == 0 else sides[::-1]:
            result = work(side, run)
            found[side.name].append(result)
            print(f"    {side.name}: " + " ".join(f"{key} {value:.6g}" for key, value in result.items()), file=sys.stderr, flush=True)
    return {name: median(results) for name, results in found.items()}


class Table:
    def __init__(self):
        self.lines = []

    def say(self, line):
        print(line, flush=True)
        self.lines.append(line)


def data_table(sides, options, scratch, table):
    mib = options.size
    table.say("")
    table.say(f"{mib} MiB altogether; MB/s of wall, CPU seconds of client + daemons, the control's the same")
    table.say("")
    table.say("| | tusk MB/s | Hadoop MB/s | ratio | control MB/s | tusk / control | tusk CPU | Hadoop CPU | ratio | control CPU | peak MB: tusk | Hadoop |")
    table.say("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for clients in (1, 8):
        for verb, replication in (("write", 1), ("read", 1), ("write", 3)):
            print(f"  {verb}, replication {replication}, {clients} clients", file=sys.stderr, flush=True)

            def work(side, run, verb=verb, replication=replication, clients=clients):
                folder = f"/bench/data-{clients}-{replication}"
                found = measure(side, verb, folder, clients, mib, replication)
                return {key: found[key] for key in ("wall", "cpu", "daemons", "peak")}
            found = alternate(sides, options.runs, work)
            control = median([numbers(output_of([options.build + "/bench/dfs_control", verb, str(replication), str(clients),
                                                 str(mib), scratch + "/control"])) for _ in range(options.runs)])
            ours, theirs = found["tusk"], found["Hadoop"]
            speed = lambda result: mib * 1.048576 / result["wall"]
            spent = lambda result: result["cpu"] + result["daemons"]
            table.say(f"| {verb}{'' if verb == 'read' else f', replication {replication}'}, {clients} client{'s' * (clients > 1)} | "
                      f"{speed(ours):.0f} | {speed(theirs):.0f} | {speed(ours) / speed(theirs):.2f} | {speed(control):.0f} | "
                      f"{speed(ours) / speed(control):.2f} | {ours['cpu']:.2f} + {ours['daemons']:.2f} | "
                      f"{theirs['cpu']:.2f} + {theirs['daemons']:.2f} | {spent(ours) / spent(theirs):.2f} | "
                      f"{control['cpu']:.2f} + {control['daemons']:.2f} | {ours['peak']:.0f} | {theirs['peak']:.0f} |")
        for side in sides:
            remove(side, options, f"/bench/data-{clients}-1", f"/bench/data-{clients}-3")
        shutil.rmtree(scratch + "/control", ignore_errors=True)
        os.mkdir(scratch + "/control")


def remove(side, options, *folders):
    output_of([options.build + "/bin/hdfs", "--config", side.conf, "dfs", "-rm", "-r", "-f", "-skipTrash", *folders])
    time.sleep(4)  # the datanodes remove the replicas with their next heartbeats


def small_table(sides, options, table):
    clients = 32
    print(f"  {options.files} files of 4 KiB, {clients} clients", file=sys.stderr, flush=True)
    found = alternate(sides, options.runs, lambda side, run: measure(side, "small", f"/bench/small{run}", clients, options.files, 1))
    ours, theirs = found["tusk"], found["Hadoop"]
    rate = lambda result: options.files / result["wall"]
    table.say("")
    table.say(f"{options.files} files of 4 KiB by {clients} clients (create, write, close)")
    table.say("")
    table.say("| tusk files/s | Hadoop files/s | ratio | CPU us a file, client + daemons: tusk | Hadoop | ratio |")
    table.say("|---|---|---|---|---|---|")
    micros = lambda result: (result["cpu"] * 1e6 / options.files, result["daemons"] * 1e6 / options.files)
    table.say(f"| {rate(ours):.0f} | {rate(theirs):.0f} | {rate(ours) / rate(theirs):.2f} | {micros(ours)[0]:.0f} + {micros(ours)[1]:.0f} | "
              f"{micros(theirs)[0]:.0f} + {micros(theirs)[1]:.0f} | {sum(micros(ours)) / sum(micros(theirs)):.2f} |")


NN_OPS = ("create", "mkdirs", "open", "fileStatus", "rename", "delete")


def java_operations(side, options, env):
    """{operation: (ops/s, server's CPU us an operation)} by Hadoop's NNThroughputBenchmark."""
    found = {}
    for name in NN_OPS:
        before = cpu_of([side.namenode])
        unit = "-dirs" if name == "mkdirs" else "-files"
        text = merged([PEER, "class", "org.apache.hadoop.hdfs.server.namenode.NNThroughputBenchmark", "-fs", f"hdfs://{side.address}",
                       "-op", name, "-threads", "16", unit, str(options.ops)], dict(env, PEER_CONF=side.conf, PEER_OPTS="-Xmx512m"))
        spent = cpu_of([side.namenode]) - before
        rate = re.search(r"Ops per sec: ([\d.]+)", text)
        if rate is None:
            sys.exit(f"NNThroughputBenchmark {name} on {side.name}:\n{text[-3000:]}")
        found[name + " rate"], found[name + " cpu"] = float(rate.group(1)), spent * 1e6 / options.ops
    return found


def merged(command, env):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=env)
    return done.stdout


def native_operations(side, options):
    text = output_of([options.build + "/bench/namenode_rpc_bench", side.address, str(side.namenode), "64", str(options.ops)])
    found = {}
    for name, rate, micros in re.findall(r"^(\w+) +\d+ ops +([\d.]+) ops/s +([\d.]+) us", text.split("round 2")[1], re.M):
        found[name + " rate"], found[name + " cpu"] = float(rate), float(micros)
    return found


def namespace_table(sides, options, env, table):
    for title, work in (("Hadoop's NNThroughputBenchmark -fs, 16 threads (CPU with what it prepares and removes)",
                         lambda side, run: java_operations(side, options, env)),
                        ("namenode_rpc_bench, 64 callers on one connection", lambda side, run: native_operations(side, options))):
        print(f"  {title}", file=sys.stderr, flush=True)
        found = alternate(sides, options.runs, work)
        ours, theirs = found["tusk"], found["Hadoop"]
        table.say("")
        table.say(f"{options.ops} operations each by {title}")
        table.say("")
        table.say("| operation | tusk ops/s | Hadoop ops/s | ratio | namenode's CPU us: tusk | Hadoop | times as many a CPU second |")
        table.say("|---|---|---|---|---|---|---|")
        for key in ours:
            if not key.endswith(" rate"):
                continue
            name = key[:-5]
            table.say(f"| {name} | {ours[key]:.0f} | {theirs[key]:.0f} | {ours[key] / theirs[key]:.2f} | {ours[name + ' cpu']:.1f} | "
                      f"{theirs[name + ' cpu']:.1f} | {theirs[name + ' cpu'] / max(ours[name + ' cpu'], 0.1):.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=os.path.abspath)
    parser.add_argument("--size", type=int, default=1024, help="MiB of the data path's files")
    parser.add_argument("--files", type=int, default=4000)
    parser.add_argument("--ops", type=int, default=10000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--port-base", type=int, default=26000, help="of Hadoop's daemons")
    parser.add_argument("--out")
    parser.add_argument("tables", nargs="*", default=[])
    options = parser.parse_intermixed_args()
    wanted = options.tables or ["data", "small", "namespace"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))  # so that both clusters are stopped
    scratch = tempfile.mkdtemp(prefix="tusk-dfs-bench-", dir=os.environ.get("SCRATCH", "/dev/shm"))
    os.mkdir(scratch + "/control")
    env, table = None, Table()
    table.say(f"{os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}, medians of {options.runs}, {scratch}")
    try:
        hadoop, env = start_hadoop(scratch + "/peer", options.port_base)
        ours = start_tusk(options.build, scratch + "/tusk")
        sides = [ours, hadoop]
        if "data" in wanted:
            data_table(sides, options, scratch, table)
        if "small" in wanted:
            small_table(sides, options, table)
        if "namespace" in wanted:
            namespace_table(sides, options, env, table)
        table.say(f"\nload after {os.getloadavg()[0]:.1f}")
    finally:
        subprocess.run([options.build + "/bin/tusk", "down", "--dir", scratch + "/tusk"], stdout=subprocess.DEVNULL, check=False)
        if env:
            subprocess.run([PEER, "stop"], env=env, check=False)
        if "KEEP" not in os.environ:
            shutil.rmtree(scratch, ignore_errors=True)
    if options.out:
        with open(options.out, "w", encoding="utf-8") as file:
            file.write("\n".join(table.lines) + "\n")


if __name__ == "__main__":
    main()
