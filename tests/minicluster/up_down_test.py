#!/usr/bin/env python3
"""`tusk up`, `status` and `down`: what they say and answer when all is well and when it is not, that nothing is left
running, and that daemons come back. up_down_test.py TUSK"""
import json
import os
import signal
import socket

from cluster import alive, check, main, processes_under, until


def check_refused(cluster, what, words, *args):
    """`tusk up` ends with 1, says so on standard error, and leaves nothing running."""
    code, out, err = cluster.outcome("up", *args)
    check(f"{what}: exit code 1 and a message", code == 1 and words in err and not out, f"{code}: {out}{err}")
    left = processes_under(cluster.scratch)
    check(f"{what}: nothing is left running", not left, left)


def refused_starts(cluster):
    file = cluster.scratch + "/file"
    with open(file, "w", encoding="utf-8"):
        pass
    check_refused(cluster, "a folder that cannot be made", file, "--dir", file + "/below")
    half = cluster.scratch + "/half"
    os.makedirs(half + "/conf")
    with open(half + "/conf/core-site.xml", "w", encoding="utf-8") as site:
        site.write("<configuration></configuration>\n")
    check_refused(cluster, "a half-written conf", "half written", "--dir", half)
    for words in (["--datanodes", "0"], ["--datanodes", "many"], ["--bricks", "1"], ["--dir"]):
        code, _, err = cluster.outcome("up", *words)
        check(f"wrong words {words}: exit code 2 and a message", code == 2 and err, f"{code}: {err}")


def answers(cluster):
    """status, a second up, a second down."""
    code, out, _ = cluster.outcome("status", "--dir", cluster.folder)
    check("status of a cluster that runs", code == 0 and out.count(" running ") == 7, f"{code}: {out}")
    pids = sorted(entry["pid"] for entry in cluster.status()["daemons"])
    code, out, err = cluster.outcome("up", "--dir", cluster.folder)
    check("a second up says that it runs", code == 0 and "runs already" in out, f"{code}: {out}{err}")
    check("and changes nothing", pids == sorted(entry["pid"] for entry in cluster.status()["daemons"]))


def port_in_use(cluster):
    with open(cluster.folder + "/conf/cluster.json", encoding="utf-8") as file:
        ports = json.load(file)["ports"]
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", cluster.random.choice(ports)))
        holder.listen()
        check_refused(cluster, "a port in use", f"port {holder.getsockname()[1]} ", "--dir", cluster.folder)


def broken_namenode(cluster):
    version = cluster.folder + "/data/namenode/current/VERSION"
    with open(version, encoding="utf-8") as file:
        kept = file.read()
    with open(version, "w", encoding="utf-8") as file:
        file.write("layoutVersion=no\n")
    check_refused(cluster, "a daemon that does not start", "namenode did not start", "--dir", cluster.folder)
    with open(version, "w", encoding="utf-8") as file:
        file.write(kept)


def kills(cluster):
    for name in ("namenode", "datanode1", "resourcemanager", "nodemanager0"):
        cluster.kill(name)
        cluster.wait_restarted(name, 1)
    code, out, _ = cluster.outcome("status", "--dir", cluster.folder)
    restarts = {line.split()[0]: line.split()[5] for line in out.splitlines() if " running " in line}
    check("status says who was restarted", code == 0 and restarts == {
        "namenode": "1", "resourcemanager": "1", "datanode0": "0", "datanode1": "1", "nodemanager0": "1",
        "nodemanager1": "0", "historyserver": "0"}, out)


def supervisor_killed(cluster):
    status = cluster.status()
    pids = [entry["pid"] for entry in status["daemons"]]
    os.kill(status["supervisor_pid"], signal.SIGKILL)
    until("the daemons end with their supervisor", lambda: not any(alive(pid) for pid in pids), 30)
    check("its daemons end with the supervisor", not processes_under(cluster.scratch))
    code, out, _ = cluster.outcome("status", "--dir", cluster.folder)
    check("status then: nothing runs", code == 3 and "no cluster runs" in out, f"{code}: {out}")


def two_at_once(cluster):
    """Two `tusk up` of one new folder: one cluster comes of it, and its configuration is the one that runs."""
    folder = cluster.scratch + "/twice"
    both = [cluster.start("up", "--dir", folder) for _ in range(2)]
    codes = sorted(process.wait(60) for process in both)
    try:
        check("of two at once one waits for the other", codes == [0, 0], codes)
        out = cluster.run("--config", folder + "/conf", "dfs", "-mkdir", "/there")
        check("the cluster of two ups answers", out == "", out)
    finally:
        cluster.run("down", "--dir", folder)
    left = processes_under(folder)
    check("one down ends it all", not left, left)


def test(cluster):
    refused_starts(cluster)
    cluster.up(datanodes=2, nodemanagers=2)
    answers(cluster)
    cluster.dfs("-put", "-", "/kept", stdin="what was put\n")
    kills(cluster)
    check("the bytes after restarts", cluster.dfs("-cat", "/kept") == "what was put\n")
    cluster.down()
    check("down ends all of it", not processes_under(cluster.scratch), processes_under(cluster.scratch))
    check("a second down finds nothing", "no cluster runs" in cluster.run("down", "--dir", cluster.folder))
    cluster.run("status", "--dir", cluster.folder, code=3)
    port_in_use(cluster)
    broken_namenode(cluster)
    cluster.run("up", "--dir", cluster.folder)
    check("counts and bytes outlive down and up", len(cluster.status()["daemons"]) == 7
          and cluster.dfs("-cat", "/kept") == "what was put\n")
    supervisor_killed(cluster)
    cluster.run("up", "--dir", cluster.folder)
    check("the bytes after the supervisor was killed", cluster.dfs("-cat", "/kept") == "what was put\n")
    cluster.down()
    two_at_once(cluster)


main("up", test)
