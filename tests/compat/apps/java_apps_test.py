#!/usr/bin/env python3
"""Hadoop's own applications on a tusk cluster with nothing but its configuration folder: examples, tests jar, streaming,
DistCp, distributed shell; seen afterwards in Java's history server, which reads our DFS. Outputs equal those of the real
cluster (golden.tsv).

  java_apps_test.py TUSK [--long [--other hdfs://HOST:PORT]]

--long runs every case, --other (a real HDFS) also DistCp with it. Exit code 77 where there is no Java or no Hadoop jars."""
import json
import os
import re
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../../minicluster")

import cases  # noqa: E402
import inputs  # noqa: E402
import java_clients  # noqa: E402
import run_cases  # noqa: E402
from cluster import Cluster, Failed, until  # noqa: E402

# One of each kind; the rest of cases.CASES runs with --long.
SHORT = ["distributed shell", "wordcount", "wordmean", "aggregatewordcount", "grep", "secondarysort", "join", "sort", "sudoku",
         "pi", "teragen, terasort, teravalidate", "sleep", "TestDFSIO -write -append -read -truncate -clean", "mrbench",
         "streaming -files", "streaming aggregate", "streaming, a failing mapper", "distcp, -update -p, -delete"]


def fetch(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read().decode(errors="replace")


class HistoryServer:
    """Java's, on the cluster's configuration."""

    def __init__(self, conf, folder):
        self.log = open(folder + "/history.log", "wb")
        self.process = subprocess.Popen(
            ["java", "-Xmx300m", *java_clients.QUICK, *java_clients.OPENS, "-cp",
             f"{folder}/clients/log4j:{conf}:{java_clients.LIB}/*",
             "org.apache.hadoop.mapreduce.v2.hs.JobHistoryServer", "-Dmapreduce.jobhistory.move.interval-ms=1000"],
            stdout=self.log, stderr=subprocess.STDOUT, env=dict(os.environ, HADOOP_CONF_DIR=conf))
        self.web = "http://" + run_cases.settings_of(conf)["mapreduce.jobhistory.webapp.address"]

    def ready(self):
        try:
            return "historyInfo" in fetch(self.web + "/ws/v1/history/info")
        except OSError:
            if self.process.poll() is not None:
                raise Failed("the history server ended at once; see history.log") from None
            return False

    def jobs(self):
        found = json.loads(fetch(self.web + "/ws/v1/history/mapreduce/jobs"))["jobs"]
        return {job["id"]: job for job in (found or {}).get("job", [])}

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


def check_history(bench, server, conf):
    """What users ask of finished jobs: lists, status, counters, history, logs, the tracking link."""
    with open(bench.clients.folder + "/wordcount.err", encoding="utf-8") as file:
        text = file.read()
    job = re.search(r"Running job: (job_\d+_\d+)", text).group(1)
    cases.expect("the client sees the end and the counters", "completed successfully" in text
                 and "Reduce output records=" in text, text[-2000:])
    client = "org.apache.hadoop.mapred.JobClient"
    ended = bench.java("job-list", client, "-list", "all")
    cases.expect("mapred job -list all", re.search(job + r"\s+word count\s+SUCCEEDED", ended.out), ended.out)
    ended = bench.java("job-status", client, "-status", job)
    cases.expect("mapred job -status of a finished job", "Job state: SUCCEEDED" in ended.out
                 and "Reduce output records=" in ended.out, ended.out)
    ended = bench.java("job-history", client, "-history", job)
    cases.expect("mapred job -history", "Hadoop job: " + job in ended.out and "Status: SUCCEEDED" in ended.out, ended.out)
    ended = bench.java("job-counter", client, "-counter", job, "org.apache.hadoop.mapreduce.TaskCounter",
                       "MAP_INPUT_RECORDS")
    cases.expect("mapred job -counter", ended.out.strip() == "2301", ended.out)
    ended = bench.java("job-logs", client, "-logs", job)
    cases.expect("mapred job -logs", "LogType:syslog" in ended.out, ended.out[:500])
    until("the history server lists the job", lambda: server.jobs().get(job, {}).get("state") == "SUCCEEDED")
    detail = json.loads(fetch(f"{server.web}/ws/v1/history/mapreduce/jobs/{job}/jobattempts"))
    link = detail["jobAttempts"]["jobAttempt"][0]["logsLink"]
    cases.expect("the history server shows aggregated logs", "MRAppMaster" in fetch(link + "/syslog/?start=0"), link)
    rm = "http://" + run_cases.settings_of(conf)["yarn.resourcemanager.webapp.address"]
    page = fetch(f"{rm}/proxy/{job.replace('job', 'application')}/")
    cases.expect("the application's link leads to its history", job in page and "SUCCEEDED" in page, page[:500])
    done = bench.dfs("-ls", "-R", "/tmp/hadoop-yarn/staging/history/done").decode()
    cases.expect("the server moves histories to its folders", f"/{job}-" in done, done)


def run(cluster, names, results, jobs, other=None):
    conf, scratch = cluster.folder + "/conf", cluster.scratch
    cluster.run("up", "--dir", cluster.folder, "--hadoop-jars", java_clients.LIB, *java_clients.quick_settings(),
                "-D", "tusk.cluster.historyserver=false")
    local = scratch + "/local"
    inputs.write(local)
    clients = java_clients.JavaClients(conf, scratch + "/clients")
    server = HistoryServer(conf, scratch)
    try:
        bench = cases.Bench(clients, cluster.tusk, conf, local, run_cases.read_golden(), other)
        bench.prepare()
        until("the history server answers", server.ready)
        run_cases.run_all(bench, names, results, jobs)
        outcome = "pass"
        try:
            check_history(bench, server, conf)
        except (cases.Wrong, Failed, OSError, KeyError, TypeError, AttributeError, ValueError) as error:
            print(f"FAILED: history: {error!r}", flush=True)
            outcome = "fail"
        results.add("Java JobHistoryServer", java_clients.VERSION,
                    "reads our DFS: jobs, counters, histories, logs, links", outcome)
    finally:
        clients.close()
        server.close()
    if results.failed:
        raise Failed("; ".join(results.failed))


def main():
    if not java_clients.available():
        print(f"no Java or no Hadoop jars in {java_clients.LIB}")
        sys.exit(77)
    began = time.monotonic()
    full, arguments = "--long" in sys.argv[2:], sys.argv[2:]
    other = arguments[arguments.index("--other") + 1] if "--other" in arguments else None
    names = [name for name in (cases.CASES if full else SHORT) if other or "real HDFS" not in name]
    results = run_cases.Results("java_apps_long" if full else "java_apps_test")
    with Cluster(sys.argv[1], "java-apps") as cluster:
        run(cluster, names, results, int(os.environ.get("TUSK_APPS_AT_ONCE", "3")), other)
    print(f"passed {len(names)} cases in {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
