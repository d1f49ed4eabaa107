#!/usr/bin/env python3
"""A Java MapReduce job (client, application master, tasks) on a tusk cluster while, one after the other, its application
master, its node manager and the resource manager are killed with SIGKILL: it succeeds, maps that were finished are not run
again, and neither restart of a daemon costs a task attempt.

  java_kill_test.py TUSK      exit code 77 where there is no Java or no Hadoop jars"""
import json
import os
import re
import signal
import sys
import threading
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../../minicluster")

import cases  # noqa: E402
import java_clients  # noqa: E402
import run_cases  # noqa: E402
from cluster import Cluster, Failed, check, processes_under, until  # noqa: E402

MAPS = 14


def masters(cluster):
    """Pids of Java application masters."""
    found = []
    for pid in processes_under(cluster.folder + "/data"):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                arguments = file.read().split(b"\0")
        except OSError:
            continue
        if arguments[0].endswith(b"/java") and b"org.apache.hadoop.mapreduce.v2.app.MRAppMaster" in arguments:
            found.append(pid)
    return found


class Job:
    """A sleeping job that the Java client has submitted, seen through the resource manager's proxy."""

    def __init__(self, cluster, clients):
        self.clients, self.ended, self.failure = clients, None, None
        conf = run_cases.settings_of(cluster.folder + "/conf")
        self.proxy = f"http://{conf['yarn.resourcemanager.webapp.address']}/proxy/"
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            self.ended = self.clients.run("killed", cases.TESTS, "sleep", "-Dmapreduce.job.reduce.slowstart.completedmaps=1.0",
                                          "-m", str(MAPS), "-r", "1", "-mt", "4000", "-rt", "1000", seconds=600)
        except Exception as error:  # told by check_running
            self.failure = error

    def log(self):
        try:
            with open(self.clients.folder + "/killed.err", encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def check_running(self):
        if self.ended is not None or self.failure is not None:
            raise Failed(f"the job ended too early: {self.failure}\n{self.log()[-3000:]}")

    def view(self):
        """The job as its master shows it; nothing while there is none to ask."""
        found = re.search(r"Running job: job_(\d+_\d+)", self.log())
        if not found:
            self.check_running()
            return {}
        url = f"{self.proxy}application_{found.group(1)}/ws/v1/mapreduce/jobs/job_{found.group(1)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["job"]
        except (OSError, ValueError, KeyError):
            self.check_running()
            return {}

    def wait_maps(self, count):
        """Until so many maps are done; the job as it then was."""
        def done():
            view = self.view()
            return view if view.get("mapsCompleted", -1) >= count else None
        return until(f"{count} maps are done", done, 200)

    def finish(self):
        self.thread.join(400)
        if self.ended is None:
            raise Failed(f"the job did not end: {self.failure}\n{self.log()[-3000:]}")
        return self.ended


def run(cluster, results):
    cluster.run("up", "--dir", cluster.folder, "--hadoop-jars", java_clients.LIB, *java_clients.quick_settings(),
                "-Dyarn.nodemanager.resource.cpu-vcores=3")
    cluster.dfs("-mkdir", "-p", f"/user/{os.environ.get('USER', 'root')}")
    clients = java_clients.JavaClients(cluster.folder + "/conf", cluster.scratch + "/clients")
    try:
        job = Job(cluster, clients)
        before = job.wait_maps(3)
        first = until("one master", lambda: masters(cluster) if len(masters(cluster)) == 1 else None)[0]
        os.kill(first, signal.SIGKILL)
        print(f"killed the application master (pid {first}) after {before['mapsCompleted']} maps", flush=True)
        until("another master", lambda: [pid for pid in masters(cluster) if pid != first], 120)
        after = job.wait_maps(before["mapsCompleted"] + 1)

        restarts = cluster.kill("nodemanager0")
        cluster.wait_restarted("nodemanager0", restarts + 1)
        job.wait_maps(after["mapsCompleted"] + 2)

        restarts = cluster.kill("resourcemanager")
        cluster.wait_restarted("resourcemanager", restarts + 1)
        ended = job.finish()
    finally:
        clients.close()
    check("the job succeeds", ended.code == 0 and "completed successfully" in ended.err, ended.err[-3000:])
    counters = dict(re.findall(r"^\s+([A-Z][A-Za-z -]*)=(\d+)$", ended.err, re.M))
    check("all maps are counted once", counters.get("Map output records") is not None, ended.err[-3000:])
    launched = int(counters["Launched map tasks"])
    # At most what ran when the master died was started again.
    check("finished maps did not run again", launched <= MAPS + 3, counters)
    check("no attempt was lost with a daemon", counters.get("Failed map tasks", "0") == "0"
          and counters.get("Killed map tasks", "0") == "0", counters)
    for what in ("application master", "node manager", "resource manager"):
        results.add("Java MapReduce", java_clients.VERSION, f"a job survives kill -9 of the {what}", "pass")


def main():
    if not java_clients.available():
        print(f"no Java or no Hadoop jars in {java_clients.LIB}")
        sys.exit(77)
    results = run_cases.Results("java_kill_test")
    with Cluster(sys.argv[1], "java-kill") as cluster:
        run(cluster, results)


if __name__ == "__main__":
    main()
