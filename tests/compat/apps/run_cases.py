#!/usr/bin/env python3
"""Runs cases of cases.py on a running cluster, several at a time.

  run_cases.py TUSK CONF SCRATCH [--record] [--jobs N] [--other hdfs://HOST:PORT] [CASE...]

CONF is the configuration folder of the cluster, ours or a real Hadoop's; --record writes golden.tsv from what it gives.
--other is a real HDFS for the DistCp cases."""
import argparse
import concurrent.futures
import os
import re
import sys
import time
import traceback

import cases
import inputs
from java_clients import VERSION, JavaClients

GOLDEN = os.path.dirname(os.path.abspath(__file__)) + "/golden.tsv"


def settings_of(conf):
    """All keys of the site files of a configuration folder."""
    found = {}
    for name in os.listdir(conf):
        if name.endswith("-site.xml"):
            with open(f"{conf}/{name}", encoding="utf-8") as file:
                found.update(re.findall(r"<name>([^<]*)</name><value>([^<]*)</value>", file.read()))
    return found


def read_golden():
    with open(GOLDEN, encoding="ascii") as file:
        return dict(line.rstrip("\n").split("\t") for line in file if not line.startswith("#"))


def write_golden(recorded):
    known = read_golden() if os.path.exists(GOLDEN) else {}
    known.update(recorded)
    with open(GOLDEN, "w", encoding="ascii") as file:
        file.write("# MD5 of the outputs on a real Hadoop 3.4.2; run_cases.py --record\n")
        for name in sorted(known):
            file.write(f"{name}\t{known[name]}\n")


class Results:
    """RESULT lines, and the same in $TUSK_COMPAT_RESULTS/<test>.tsv for the README's table."""

    def __init__(self, test):
        folder = os.environ.get("TUSK_COMPAT_RESULTS")
        self.path = f"{folder}/{test}.tsv" if folder else None
        self.failed = []
        if self.path:
            os.makedirs(folder, exist_ok=True)
            open(self.path, "w", encoding="utf-8").close()

    def add(self, client, version, case, outcome):
        print(f"RESULT {client} {version} {case} {outcome}", flush=True)
        if self.path:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(f"{client}\t{version}\t{case}\t{outcome}\n")
        if outcome == "fail":
            self.failed.append(case)


def client_of(case):
    kinds = (("streaming", "Hadoop streaming"), ("distcp", "Hadoop DistCp"), ("TestDFSIO", "Hadoop jobclient tests jar"),
             ("mrbench", "Hadoop jobclient tests jar"), ("sleep", "Hadoop jobclient tests jar"),
             ("distributed shell", "Java YARN"))
    return next((client for start, client in kinds if case.startswith(start)), "Hadoop examples jar")


def run_all(bench, names, results, jobs):
    """Every case once; exceptions become failures."""
    def one(name):
        began = time.monotonic()
        try:
            cases.CASES[name](bench)
            return name, "pass", f"{time.monotonic() - began:.1f} s"
        except Exception as error:  # one case's failure must not hide the others'
            text = str(error) if isinstance(error, cases.Wrong) else traceback.format_exc()
            return name, "fail", text
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(one, name) for name in names]):
            name, outcome, detail = done.result()
            print(f"{'ok' if outcome == 'pass' else 'FAILED'}: {name}: {detail}", flush=True)
            results.add(client_of(name), VERSION, name, outcome)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tusk")
    parser.add_argument("conf")
    parser.add_argument("scratch")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--other")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_intermixed_args()
    names = options.cases or [name for name in cases.CASES if options.other or "real HDFS" not in name]
    local = options.scratch + "/local"
    inputs.write(local)
    clients = JavaClients(options.conf, options.scratch + "/clients")
    bench = cases.Bench(clients, options.tusk, options.conf, local, None if options.record else read_golden(),
                        options.other)
    bench.prepare()
    results = Results("java_apps_long")
    began = time.monotonic()
    try:
        run_all(bench, names, results, options.jobs)
    finally:
        clients.close()
    if options.record:
        write_golden(bench.recorded)
    print(f"{len(names) - len(results.failed)} of {len(names)} in {time.monotonic() - began:.0f} s", flush=True)
    sys.exit(1 if results.failed else 0)


if __name__ == "__main__":
    main()
