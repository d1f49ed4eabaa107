#!/usr/bin/env python3
"""Plays the scene on a tusk cluster and compares what its REST interfaces answer with what a Hadoop 3.4.2 answered
(tests/golden/rest/answers.json): status, content type, names and types of fields, states. What differs on purpose stands in
DIFFERENT with its reason.

    rest_test.py TUSK [ANSWERS_OUT]
"""
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from scene import Scene
from shapes import differences, normal

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parents[1] / "golden" / "rest" / "answers.json"

# (answers, what) as regular expressions, and why.
DIFFERENT = [
    (r".*", r".*\.waitingFor: not Hadoop's", "a sentence on why it waits"),
    (r"nm\.info", r".*\.containerLimits: not Hadoop's", "how containers are limited"),
    (r"rm\.nothing", r"type: .*|: dict instead of str", "JSON, not a page"),
    (r"rm\.sleeper\.move|rm\.sleeper\.lifetime\.bad", r"status.*|.*exception.*|.*javaClassName.*|.*message.*", "400 with words, not 503"),
    (r"rm\.sleeper\.kill", r"status.*|.*state.*", "it is over at once"),
    (r"rm\.job(\.ended)?\.app", r".*appNodeLabelExpression: not Hadoop's", "empty instead of absent"),
    (r"rm\.job\.ended.*", r".*", "Hadoop's application may still be ending"),
    (r"(am|history)\.conf", r".*source.*", "the sources of settings are not kept"),
    (r"am\.blacklisted", r".*", "Hadoop 3.4.2 answers with a ClassCastException"),
    (r"am\.(job|jobs)", r".*newReduceAttempts.*", "an attempt begins with its container"),
    (r"am\.attempts?\.reduce", r".*", "likewise"),
]


def compare(golden, found):
    for name, want in golden.items():
        have = found.get(name)
        if have is None:
            yield name, "was not asked"
            continue
        if want["status"] != have["status"]:
            yield name, f"status: {have['status']} instead of {want['status']}"
        if want["type"] != have["type"]:
            yield name, f"type: {have['type']} instead of {want['type']}"
        for line in differences(want["shape"], have["shape"]):
            yield name, line


def log_problems(history):
    """The links to the logs of the last job's application master lead to what it wrote, and to nothing else."""
    def page(link):
        try:
            with urllib.request.urlopen(link, timeout=60) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def value(path):
        return json.loads(page(f"http://{history}/ws/v1/history/mapreduce/jobs{path}")[1])

    job = max(value("")["jobs"]["job"], key=lambda one: one["startTime"])["id"]
    link = value(f"/{job}/jobattempts")["jobAttempts"]["jobAttempt"][0]["logsLink"]
    deadline = time.monotonic() + 60  # aggregation follows the end
    status, text = page(link)
    while "Log Type: " not in text and time.monotonic() < deadline:
        time.sleep(0.3)
        status, text = page(link)
    names = re.findall(r"Log Type: ([^<]+)<", text)
    if status != 200 or not names:
        yield f"{link}: {status} {text[:300]}"
        return
    length = {name: int(size) for name, size in re.findall(r"Log Type: ([^<]+)<.*?Log Length: (\d+)<", text)}
    longest = max(length, key=length.get)
    whole, tail = (re.search("<pre>(.*)</pre>", page(f"{link}/{longest}/?start={start}")[1], re.S) for start in (0, -10))
    if not whole or not tail or len(html.unescape(whole.group(1)).encode()) != length[longest] or not whole.group(1).endswith(tail.group(1)):
        yield f"{link}/{longest}: {length[longest]} bytes, not {whole and whole.group(1)[:300]}"
    node, container, entity, user = link.split("/")[-4:]
    base = f"http://{history}/jobhistory/logs"
    for path, want in ((f"{node}/{container[:-1]}9/{entity}/{user}", 200), (f"{node}/nothing/{entity}/{user}", 400),
                       (f"{node}/{container}/{entity}/..%2f{user}", 400), (f"{node}/{container}", 400)):
        status, text = page(f"{base}/{path}")
        if status != want or "Log Type: " in text:
            yield f"{path}: {status} {text[:200]}"


def main(tusk, out=None):
    scratch = Path(tempfile.mkdtemp(prefix="tusk-rest-"))
    cluster = scratch / "cluster"
    try:
        subprocess.run([tusk, "up", "--dir", cluster, "--ports", "auto"], check=True, timeout=120,
                       stdout=subprocess.DEVNULL)
        site = "".join((cluster / "conf" / name).read_text() for name in ("yarn-site.xml", "mapred-site.xml"))
        environment = dict(os.environ, HADOOP_CONF_DIR=str(cluster / "conf"))
        for name in ("a", "b"):
            (scratch / name).write_text(f"one two {name}\n" * 3)
        slow = scratch / "slow.sh"
        slow.write_text("#!/bin/bash\nread -rt 5 < <(sleep 6)\ncat\n")
        slow.chmod(0o755)
        dfs = [tusk, "dfs"]
        subprocess.run([*dfs, "-mkdir", "-p", "/scene/in"], check=True, env=environment)
        subprocess.run([*dfs, "-put", scratch / "a", scratch / "b", "/scene/in/"], check=True, env=environment)
        manager, history = (re.search(f"<name>{re.escape(key)}</name>\\s*<value>([^<]*)", site).group(1)
                            for key in ("yarn.resourcemanager.webapp.address", "mapreduce.jobhistory.webapp.address"))
        with urllib.request.urlopen(f"http://{manager}/ws/v1/cluster/nodes") as reply:
            node = json.load(reply)["nodes"]["node"][0]["nodeHTTPAddress"]
        os.environ.update(environment)
        streaming = [tusk, "streaming", "-files", f"file://{slow}", "-D", "mapreduce.job.reduces=1", "-D",
                     "mapreduce.job.reduce.slowstart.completedmaps=1", "-D", "mapreduce.job.name=scene job", "-input", "/scene/in",
                     "-output", "/scene/out", "-mapper", "slow.sh", "-reducer", "cat"]
        scene = Scene(manager, node, None if os.environ.get("NO_HISTORY") else history, [str(word) for word in streaming], log=lambda text: print(text, flush=True) if os.environ.get("VERBOSE") else None)
        try:
            answers = scene.play()
            bad_logs = list(log_problems(history))
        finally:
            if out:
                Path(out).write_text(json.dumps(scene.answers, indent=1))
    finally:
        subprocess.run([tusk, "down", "--dir", cluster], check=False, stdout=subprocess.DEVNULL, timeout=60)
        shutil.rmtree(scratch, ignore_errors=True)
    bad = len(bad_logs)
    seen = {"history"} if bad_logs else set()
    for line in bad_logs:
        print(f"LOGS {line}")
    for name, line in compare(json.loads(GOLDEN.read_text()), normal(answers)):
        if any(re.fullmatch(names, name) and re.fullmatch(what, line) for names, what, _ in DIFFERENT):
            continue
        bad += 1
        seen.add(name.split(".")[0])
        print(f"DIFFERS {name}: {line}")
    print(f"{len(answers)} answers, {bad} differences")
    if folder := os.environ.get("TUSK_COMPAT_RESULTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        with open(f"{folder}/rest_test.tsv", "w", encoding="utf-8") as file:
            for prefix, room in (("rm", "/ws/v1/cluster"), ("nm", "/ws/v1/node"), ("am", "/ws/v1/mapreduce"), ("history", "/ws/v1/history")):
                file.write(f"Hadoop's REST\t3.4.2\t{room} as a real Hadoop's\t{'fail' if prefix in seen else 'pass'}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
