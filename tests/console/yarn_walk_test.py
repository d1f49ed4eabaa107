#!/usr/bin/env python3
"""Walks the resource manager's half of docs/console.md's table: each REST call has the effect that the CLI verb shows, and the
other way round.    yarn_walk_test.py TUSK"""
import array
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

TUSK = sys.argv[1]
ROOT = Path(tempfile.mkdtemp(prefix="tusk-yarn-walk-"))
CLUSTER = ROOT / "cluster"
ENV = dict(os.environ, HADOOP_CONF_DIR=str(CLUSTER / "conf"))
failures = []
walked = []


def cli(*args, check=True):
    done = subprocess.run([TUSK, *map(str, args)], capture_output=True, text=True, env=ENV, timeout=120)
    if check and done.returncode != 0:
        raise SystemExit(f"tusk {' '.join(map(str, args))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def setting(key):
    text = (CLUSTER / "conf" / "yarn-site.xml").read_text()
    return re.search(rf"<name>{re.escape(key)}</name>\s*<value>([^<]*)</value>", text).group(1)


class Api:
    def __init__(self, address):
        self.base = f"http://{address}/api/v1"
        self.cookie = ""
        status, text, headers = self.call("GET", "/session")
        assert status == 200, f"GET /session: {status} {text}"
        self.csrf = json.loads(text)["csrf"]
        self.cookie = headers.get("Set-Cookie", "").split(";")[0]

    def call(self, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        all_headers = {"Content-Type": "application/json"} if data is not None else {}
        if self.cookie:
            all_headers["Cookie"] = self.cookie
        if method == "POST":
            all_headers["X-Tusk-CSRF"] = self.csrf
        all_headers.update(headers or {})
        request = urllib.request.Request(self.base + path, data=data, method=method, headers=all_headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode(errors="replace"), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace"), error.headers

    def get(self, path):
        status, text, _ = self.call("GET", path)
        assert status == 200, f"GET {path}: {status} {text}"
        return json.loads(text)

    def post(self, path, body):
        status, text, _ = self.call("POST", path, body)
        assert status == 200, f"POST {path}: {status} {text}"
        return json.loads(text)


def wait(what, ready, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = ready()
        if value:
            return value
        time.sleep(0.2)
    raise AssertionError(f"{what}: not after {seconds} s")


def walk(name):
    def run(function):
        try:
            function()
            print(f"ok    {name}", flush=True)
        except Exception as error:  # each row is judged by itself
            failures.append(name)
            print(f"FAIL  {name}: {type(error).__name__}: {error}", flush=True)
        walked.append(name)
        return function
    return run


def sleeper(api, output, seconds=120, **fields):
    """A streaming job whose only map sleeps; the running submission."""
    submission = api.post("/yarn/submit", {"kind": "streaming", "fields": {
        "input": ["/walk/in"], "output": output, "mapper": f"sleep {seconds}", "reducer": "NONE", "name": "sleeper", **fields}})
    return wait("the submission tells its application", lambda: api.get(f"/yarn/submissions/{submission['id']}")["applicationId"])


def model_file(path, rows, columns, count):
    """Matrices of bf16 in one safetensors file."""
    random.seed(6)
    pool = array.array("H", (struct.unpack("<I", struct.pack("<f", random.gauss(0, 0.02)))[0] >> 16 for _ in range(100003)))
    matrix = array.array("H")
    while len(matrix) < rows * columns:
        matrix.extend(pool[:rows * columns - len(matrix)])
    data = matrix.tobytes()
    header = {f"blk.{i}.weight": {"dtype": "BF16", "shape": [rows, columns], "data_offsets": [i * len(data), (i + 1) * len(data)]} for i in range(count)}
    header["norm.weight"] = {"dtype": "BF16", "shape": [columns], "data_offsets": [count * len(data), count * len(data) + 2 * columns]}
    text = json.dumps(header).encode()
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for _ in range(count):
            out.write(data)
        out.write(data[:2 * columns])


def follow(api, submission, part, enough):
    """Live status of a job while it runs, until `enough` of it was seen; then how it ended, and what was kept."""
    app = wait("the application", lambda: api.get(f"/yarn/submissions/{submission['id']}")["applicationId"])
    seen = wait("live status", lambda: (x := api.get(f"/yarn/apps/{app}/live"))["source"] == "master" and enough(x[part]) and x, 90)
    wait("the job ends", lambda: api.get(f"/yarn/apps/{app}")["state"] in ("FINISHED", "FAILED", "KILLED"), 120)
    done = wait("the command ends", lambda: (s := api.get(f"/yarn/submissions/{submission['id']}"))["state"] != "running" and s)
    assert done["state"] == "succeeded", done["output"]["text"][-2000:]
    kept = api.get(f"/yarn/apps/{app}/live")
    assert kept["source"] == "kept" and kept["message"] is None, kept["message"]
    return seen[part], kept[part]


def main():
    cli("up", "--dir", CLUSTER, "--ports", "auto")
    cli("dfs", "-mkdir", "-p", "/walk/in")
    words = ROOT / "words.txt"
    words.write_text("one two two\n")
    cli("dfs", "-put", words, "/walk/in/words.txt")
    api = Api(setting("yarn.resourcemanager.webapp.address"))
    node = wait("a node", lambda: [n for n in api.get("/yarn/nodes")["nodes"] if n["state"] == "RUNNING"])[0]

    @walk("overview, queues, config, audit, history, forms")
    def _():
        overview = api.get("/yarn/overview")
        assert overview["nodes"]["running"] >= 1 and overview["health"]["state"] == "healthy", overview["health"]
        assert api.get("/yarn/queues")["queues"][1]["path"] == "root.default"
        assert any(e["key"] == "yarn.resourcemanager.webapp.address" for e in api.get("/yarn/config?q=webapp.address")["entries"])
        assert "times" in api.get("/yarn/history?seconds=60")
        assert {k["kind"] for k in api.get("/yarn/submit/forms")["kinds"]} == {"program", "streaming", "ml", "quant"}
        api.get("/yarn/audit")

    @walk("submit: the previewed command is what runs; its output is the CLI's")
    def _():
        request = {"kind": "program", "fields": {"program": "wordcount", "input": ["/walk/in"], "output": "/walk/counts"}}
        preview = api.post("/yarn/submit/preview", request)
        submission = api.post("/yarn/submit", request)
        assert submission["argv"] == preview["argv"] and preview["command"].startswith("tusk examples wordcount hdfs://"), preview
        done = wait("the submission ends", lambda: (s := api.get(f"/yarn/submissions/{submission['id']}"))["state"] != "running" and s)
        assert done["state"] == "succeeded" and done["exitCode"] == 0, done["output"]["text"][-2000:]
        assert "two\t2" in cli("dfs", "-cat", "/walk/counts/part-r-00000")
        assert done["applicationId"] in cli("application", "-list", "-appStates", "FINISHED")
        app = api.get(f"/yarn/apps/{done['applicationId']}")
        assert app["state"] == "FINISHED" and app["kind"] == "mapreduce" and app["finalStatus"] == "SUCCEEDED", app
        live = api.get(f"/yarn/apps/{done['applicationId']}/live")
        assert live["source"] == "history" and live["mapreduce"]["state"] == "SUCCEEDED", live
        assert api.get(f"/yarn/apps/{done['applicationId']}/counters")["groups"]
        assert api.get(f"/yarn/apps/{done['applicationId']}/tasks?type=REDUCE")["tasks"][0]["state"] == "SUCCEEDED"
        assert api.get("/yarn/audit?q=submit")["entries"][0]["allowed"] is True

    @walk("a running job: live, tasks, timeline, counters, logs that follow")
    def _():
        app = sleeper(api, "/walk/live")
        live = wait("live status", lambda: (x := api.get(f"/yarn/apps/{app}/live"))["mapreduce"] and x)
        assert live["source"] == "master" and live["mapreduce"]["phases"][0]["total"] >= 1, live
        running = wait("a running task", lambda: api.get(f"/yarn/apps/{app}/tasks?state=RUNNING")["tasks"])
        attempt = running[0]["attempts"][-1]
        assert attempt["container"] in cli("container", "-list", f"appattempt_{app[12:]}_000001")
        assert api.get(f"/yarn/apps/{app}/timeline")["spans"]
        assert "groups" in api.get(f"/yarn/apps/{app}/counters")
        files = wait("log files", lambda: api.get(f"/yarn/containers/{attempt['container']}/logs")["files"])
        status, _, headers = api.call("GET", f"/yarn/containers/{attempt['container']}/logs/{files[0]['name']}")
        assert status == 200 and headers["X-Tusk-Log-Complete"] == "false", (status, dict(headers))

        api.post(f"/yarn/apps/{app}/tasks/{attempt['id']}/kill", {})
        wait("the attempt ends", lambda: [x for x in api.get(f"/yarn/apps/{app}/tasks")["tasks"][0]["attempts"]
                                          if x["id"] == attempt["id"] and x["state"] in ("FAILED", "KILLED")])
        killed = api.post(f"/yarn/apps/{app}/kill", {"reason": "walked"})
        assert killed["state"] == "KILLED", killed
        assert "State : KILLED" in cli("application", "-status", app)
        status, text, _ = api.call("POST", f"/yarn/apps/{app}/kill", {})
        assert status == 409, (status, text)
        logs = wait("its logs are on the DFS", lambda: (x := api.get(f"/yarn/containers/{attempt['container']}/logs"))["source"] == "aggregated" and x)
        log = next(f for f in logs["files"] if f["name"] == "launch_container.sh")
        status, text, headers = api.call("GET", f"/yarn/containers/{attempt['container']}/logs/{log['name']}?start=0&end=11")
        assert status == 200 and text == "#!/bin/bash" and headers["X-Tusk-Log-Complete"] == "true", (status, text, dict(headers))

    @walk("a quantization: tensors with size and error, speed, workers, while it runs and afterwards")
    def _():
        model_file(ROOT / "model.safetensors", 4096, 2048, 4)
        cli("dfs", "-put", ROOT / "model.safetensors", "/walk/model.safetensors")
        submission = api.post("/yarn/submit", {"kind": "quant", "fields": {
            "input": "/walk/model.safetensors", "output": "/walk/model.gguf", "type": "Q2_K", "workers": 2}})
        live, kept = follow(api, submission, "quant", lambda q: q["state"] == "RUNNING" and q["piecesDone"] > 1)
        assert live["bytesDone"] < live["bytesTotal"] and live["bytesPerSecond"] > 0 and live["secondsLeft"] > 0, live
        assert live["type"] == "Q2_K" and live["input"].endswith("/walk/model.safetensors"), live
        working = [w for w in live["workers"] if w["state"] == "WORKING"]
        assert working and working[0]["node"] and working[0]["container"].startswith("container_"), live["workers"]
        assert {t["state"] for t in live["tensors"]} > {"done"}, live["tensors"]
        assert kept["state"] == "SUCCEEDED" and kept["bytesDone"] == kept["bytesTotal"] and kept["secondsLeft"] == 0, kept
        assert 0 < kept["atWork"] <= 1 and kept["startedAt"] <= kept["firstBegunAt"] <= kept["firstMadeAt"], kept
        assert sum(w["pieces"] for w in kept["workers"]) == kept["piecesTotal"] and kept["workers"][0]["state"] == "ENDED", kept["workers"]
        assert any("parts joined on the DFS" in e["message"] for e in kept["events"]["events"]), kept["events"]
        cli("dfs", "-get", "/walk/model.gguf", ROOT / "model.gguf")
        inspected = {t["name"]: t for t in json.loads(cli("quant", "inspect", ROOT / "model.gguf", "--json"))["tensors"]}
        compared = {t["name"]: t for t in json.loads(cli("quant", "compare", ROOT / "model.safetensors", ROOT / "model.gguf", "--json"))["tensors"]}
        assert {t["name"] for t in kept["tensors"]} == set(inspected), kept["tensors"]
        for tensor in kept["tensors"]:
            assert tensor["state"] == "done" and tensor["type"] == inspected[tensor["name"]]["type"], tensor
            assert abs(tensor["error"] - compared[tensor["name"]]["nmse"]) <= 0.05 * tensor["error"], (tensor, compared[tensor["name"]])

    @walk("a training: steps and workers while it runs and afterwards")
    def _():
        cli("ml", "gen", "blobs", "--rows", "20000", "--shards", "2", "-o", "hdfs:///walk/rows", "--seed", "3")
        submission = api.post("/yarn/submit", {"kind": "ml", "fields": {
            "algorithm": "softmax", "input": ["/walk/rows"], "output": "/walk/trained", "workers": 2, "settings": {"epochs": "60"}}})
        live, kept = follow(api, submission, "ml", lambda m: m["job"]["state"] == "RUNNING" and m["steps"]["steps"] and m["job"]["progress"] < 1)
        assert live["job"]["algorithm"] == "softmax" and len(live["job"]["workers"]) == 2, live["job"]
        assert {w["state"] for w in live["job"]["workers"]} == {"JOINED"} and "loss" in live["steps"]["steps"][-1]["figures"], live
        assert kept["job"]["state"] == "SUCCEEDED" and kept["job"]["progress"] == 1 and kept["job"]["steps"] >= live["job"]["steps"], kept["job"]
        assert kept["steps"]["steps"][-1]["step"] == kept["job"]["steps"] and kept["events"]["events"], kept["steps"]

    @walk("why a request waits: the CLI says the same sentence; killed by the CLI, the page knows")
    def _():
        total_mb = node["total"]["memory"] >> 20
        map_mb = min(8192, total_mb // 2)  # the largest that a container may be; the master takes some, too
        (ROOT / "many").mkdir()
        for i in range(total_mb // map_mb + 1):
            (ROOT / "many" / f"{i}.txt").write_text("a line\n")
        cli("dfs", "-put", ROOT / "many", "/walk/many")
        app = sleeper(api, "/walk/large", input=["/walk/many"], properties={"mapreduce.map.memory.mb": str(map_mb)})
        detail = wait("why", lambda: (d := api.get(f"/yarn/apps/{app}"))["state"] == "RUNNING" and d["whyPending"] and d)
        assert detail["whyPending"][0]["cause"] in ("full", "reserved", "gang"), detail["whyPending"]
        assert "container(s)" in cli("why", app)
        cli("application", "-kill", app)
        wait("killed", lambda: api.get(f"/yarn/apps/{app}")["state"] == "KILLED")

    @walk("refusals: unknown, malformed, without the token, from elsewhere")
    def _():
        for path, wanted in [("/yarn/apps/application_1_0001", 404), ("/yarn/apps/nonsense", 400), ("/yarn/apps?sort=shoe", 400),
                             ("/yarn/nodes/nobody:1", 404), ("/yarn/submissions/submission_1_1", 404), ("/yarn/nothing", 404),
                             ("/yarn/containers/container_1_0001_01_000001/logs", 404)]:
            status, text, _ = api.call("GET", path)
            assert status == wanted and "error" in json.loads(text), (path, status, text)
        body = {"kind": "program", "fields": {"program": "wordcount", "input": ["file:///etc/passwd"], "output": "/x"}}
        assert api.call("POST", "/yarn/submit", body)[0] == 400
        body["fields"]["input"] = ["/walk/in"]
        assert api.call("POST", "/yarn/submit", body, {"X-Tusk-CSRF": "forged"})[0] == 403
        assert api.call("POST", "/yarn/submit", body, {"Origin": "http://elsewhere.example"})[0] == 403

    @walk("decommission and recommission: the exclude file, and yarn node -list")
    def _():
        api.post(f"/yarn/nodes/{node['id']}/decommission", {"graceful": False})
        assert node["host"] in (CLUSTER / "conf" / "yarn.exclude").read_text()
        wait("decommissioned", lambda: re.search(rf"{re.escape(node['id'])}\s+DECOMMISSIONED", cli("node", "-list", "-all")))
        api.post(f"/yarn/nodes/{node['id']}/recommission", {})
        assert node["host"] not in (CLUSTER / "conf" / "yarn.exclude").read_text()
        wait("it registers again", lambda: [n for n in api.get("/yarn/nodes?state=RUNNING")["nodes"] if n["id"] == node["id"]], 60)


try:
    main()
finally:
    subprocess.run([TUSK, "down", "--dir", str(CLUSTER)], capture_output=True, timeout=120)
    if failures and os.environ.get("KEEP"):
        print(f"kept: {ROOT}")
    else:
        shutil.rmtree(ROOT, ignore_errors=True)
print(f"{len(walked)} rows walked, {len(failures)} failed")
sys.exit(1 if failures else 0)
