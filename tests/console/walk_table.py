#!/usr/bin/env python3
"""Walks the table of actions in docs/console.md: each REST call is made and its effect asked of the CLI; then the CLI's verb
is run and its effect asked of the API. An action of the table without a walk here, or the other way round, fails.

    walk_table.py TUSK
"""
import re
import sys
import urllib.request
from pathlib import Path

from console_client import Cluster, Console, wait_for

TABLE = Path(__file__).parents[2] / "docs/console.md"
WALKS = {}


def walk(action):
    def keep(function):
        WALKS[action] = function
        return function
    return keep


class Walker:
    def __init__(self, cluster):
        self.cluster, self.console = cluster, Console(cluster.namenode())

    def cli(self, *words, **options):
        return self.cluster.run(*words, **options).stdout

    def get(self, path, expect=200):
        status, value = self.console.get(path)
        assert status == expect, f"GET {path}: {status} {value}"
        return value

    def post(self, path, body=None, expect=200):
        status, value = self.console.post(path, body)
        assert status == expect, f"POST {path} {body}: {status} {value}"
        return value

    def names(self, folder):
        return [entry["name"] for entry in self.get(f"/dfs/files?path={folder}")["entries"]]


@walk("make a folder")
def make_folder(w):
    w.post("/dfs/files/mkdir", {"path": "/rest/a"})
    assert "/rest/a" in w.cli("dfs", "-ls", "/rest")
    w.post("/dfs/files/mkdir", {"path": "/rest/a"}, expect=409)
    w.cli("dfs", "-mkdir", "/rest/b")
    assert w.names("/rest") == ["a", "b"]


@walk("upload")
def upload(w):
    target = w.post("/dfs/files/upload", {"path": "/rest/up.txt"})
    request = urllib.request.Request(target["url"], b"up and away", method=target["method"],
                                     headers={"Content-Type": "application/octet-stream", "Origin": "http://127.0.0.1:1"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 201 and answer.headers["Access-Control-Allow-Origin"] == "*"
    assert w.cli("dfs", "-cat", "/rest/up.txt") == "up and away"
    w.post("/dfs/files/upload", {"path": "/rest/up.txt"}, expect=409)
    w.cli("dfs", "-put", "-", "/rest/cli.txt", stdin="from the shell")
    assert "cli.txt" in w.names("/rest")


@walk("download")
def download(w):
    target = w.get("/dfs/files/download?path=/rest/cli.txt&offset=5&length=3")
    with urllib.request.urlopen(target["url"], timeout=60) as answer:
        assert answer.read() == b"the", "a range of the file"
    assert w.cli("dfs", "-cat", "/rest/cli.txt") == "from the shell"


@walk("rename")
def rename(w):
    w.post("/dfs/files/rename", {"from": "/rest/up.txt", "to": "/rest/a"})
    assert "/rest/a/up.txt" in w.cli("dfs", "-ls", "/rest/a")
    w.cli("dfs", "-mv", "/rest/a/up.txt", "/rest/up.txt")
    assert "up.txt" in w.names("/rest") and w.names("/rest/a") == []


@walk("permissions")
def permissions(w):
    w.post("/dfs/files/permission", {"path": "/rest/up.txt", "permission": "640"})
    assert "-rw-r-----" in w.cli("dfs", "-ls", "/rest/up.txt")
    w.cli("dfs", "-chmod", "600", "/rest/up.txt")
    assert w.get("/dfs/files/status?path=/rest/up.txt")["permission"] == "600"


@walk("owner")
def owner(w):
    w.post("/dfs/files/owner", {"path": "/rest/up.txt", "owner": "ann", "group": "staff"})
    assert " ann staff " in w.cli("dfs", "-ls", "/rest/up.txt")
    w.cli("dfs", "-chown", "bob:crew", "/rest/up.txt")
    status = w.get("/dfs/files/status?path=/rest/up.txt")
    assert (status["owner"], status["group"]) == ("bob", "crew")


@walk("access control list")
def acl(w):
    w.post("/dfs/files/acl", {"path": "/rest/a", "action": "modify", "spec": "user:ann:rwx,default:user:ann:r-x"})
    assert "user:ann:rwx" in w.cli("dfs", "-getfacl", "/rest/a")
    w.cli("dfs", "-setfacl", "-b", "/rest/a")
    assert not any("ann" in entry for entry in w.get("/dfs/files/status?path=/rest/a")["acl"])


@walk("replication")
def replication(w):
    w.post("/dfs/files/replication", {"path": "/rest/up.txt", "replication": 2})
    assert w.cli("dfs", "-stat", "%r", "/rest/up.txt").strip() == "2"
    w.cli("dfs", "-setrep", "1", "/rest/up.txt")
    assert w.get("/dfs/files/status?path=/rest/up.txt")["replication"] == 1


@walk("quota")
def quota(w):
    w.post("/dfs/files/quota", {"path": "/rest/b", "names": 7, "space": 1 << 30})
    assert w.cli("dfs", "-count", "-q", "/rest/b").split()[0] == "7"
    w.cli("dfsadmin", "-clrQuota", "/rest/b")
    assert w.get("/dfs/files/status?path=/rest/b")["quota"]["names"] is None


@walk("blocks")
def blocks(w):
    value = w.get("/dfs/files/blocks?path=/rest/cli.txt")
    assert value["total"] == 1 and value["blocks"][0]["length"] == len("from the shell")
    assert value["blocks"][0]["id"] in w.cli("fsck", "/rest/cli.txt", "-files", "-blocks")


@walk("move to the trash")
def trash(w):
    w.trash_path = w.post("/dfs/files/trash", {"path": "/rest/up.txt"})["trashPath"]
    assert w.cluster.run("dfs", "-test", "-e", "/rest/up.txt", check=False).returncode == 1
    w.cli("dfs", "-test", "-e", w.trash_path)
    w.cli("console", "trash", "/rest/cli.txt")
    entries = {entry["originalPath"] for entry in w.get("/dfs/files/trash")["entries"]}
    assert {"/rest/up.txt", "/rest/cli.txt"} <= entries, entries


@walk("restore from the trash")
def restore(w):
    w.post("/dfs/files/restore", {"trashPath": w.trash_path})
    w.cli("dfs", "-test", "-e", "/rest/up.txt")
    w.post("/dfs/files/restore", {"trashPath": "/rest/up.txt"}, expect=400)
    w.cli("console", "restore", w.trash_path.replace("up.txt", "cli.txt"))
    assert "cli.txt" in w.names("/rest")


@walk("delete")
def delete(w):
    w.post("/dfs/files/delete", {"path": "/rest"}, expect=409)
    w.post("/dfs/files/delete", {"path": "/rest/a", "recursive": True})
    assert w.cluster.run("dfs", "-test", "-e", "/rest/a", check=False).returncode == 1
    w.cli("dfs", "-rm", "-r", "-skipTrash", "/rest/b")
    assert "b" not in w.names("/rest")


@walk("safe mode")
def safemode(w):
    assert w.post("/dfs/namenode/safemode", {"action": "enter"})["on"]
    assert "ON" in w.cli("dfsadmin", "-safemode", "get")
    w.post("/dfs/files/mkdir", {"path": "/no"}, expect=409)
    w.cli("dfsadmin", "-safemode", "leave")
    assert not w.get("/dfs/namenode")["safemode"]["on"]


@walk("checkpoint")
def checkpoint(w):
    w.post("/dfs/namenode/checkpoint", {}, expect=409)
    txid = w.post("/dfs/namenode/checkpoint", {"force": True})["txid"]
    assert w.get("/dfs/namenode")["journal"]["checkpointTxid"] == txid
    w.cli("dfsadmin", "-safemode", "enter")
    assert "Save namespace successful" in w.cli("dfsadmin", "-saveNamespace")
    w.cli("dfsadmin", "-safemode", "leave")


@walk("roll the edit log")
def roll_edits(w):
    first = w.post("/dfs/namenode/rollEdits")["firstTxid"]
    assert first > 0
    w.post("/dfs/files/mkdir", {"path": "/rolled"})
    assert f"New segment starts at txid" in w.cli("dfsadmin", "-rollEdits")


@walk("decommission a datanode")
def decommission(w):
    node = w.get("/dfs/datanodes")["datanodes"][0]["id"]
    w.post(f"/dfs/datanodes/{node}/decommission")
    wait_for("decommissioned", lambda: w.get(f"/dfs/datanodes/{node}")["state"] == "decommissioned")
    assert "Decommissioned" in w.cli("dfsadmin", "-report")
    w.node = node


@walk("recommission a datanode")
def recommission(w):
    w.cli("console", "recommission", w.node)
    assert w.get(f"/dfs/datanodes/{w.node}")["state"] == "live"
    assert "Decommissioned" not in w.cli("dfsadmin", "-report")
    w.cli("console", "decommission", w.node)
    assert w.get(f"/dfs/datanodes/{w.node}")["state"].startswith("decommission")
    w.post(f"/dfs/datanodes/{w.node}/recommission")
    assert "Decommission Status : Decommission" not in w.cli("dfsadmin", "-report")


@walk("maintenance of a datanode")
def maintenance(w):
    w.post(f"/dfs/datanodes/{w.node}/maintenance", {"untilMs": 1}, expect=400)
    w.post(f"/dfs/datanodes/{w.node}/maintenance", {"untilMs": 4102444800000})
    wait_for("in maintenance", lambda: w.get(f"/dfs/datanodes/{w.node}")["state"] == "inMaintenance")
    assert "In maintenance datanodes (1)" in w.cli("dfsadmin", "-report", "-inmaintenance")
    w.cli("console", "recommission", w.node)
    assert w.get(f"/dfs/datanodes/{w.node}")["state"] == "live"


def actions_of_table():
    rows = re.findall(r"^\| ([^|]+) \| `((?:GET|POST) /dfs/[^`]*)` \|", TABLE.read_text(), re.M)
    return [action for action, _ in rows]


def main():
    wanted = actions_of_table()
    missing = [a for a in wanted if a not in WALKS] + [a for a in WALKS if a not in wanted]
    assert not missing, f"in docs/console.md or here only: {missing}"
    with Cluster(sys.argv[1], "--datanodes", "3", "--nodemanagers", "0", "-D", "dfs.replication=2") as cluster:  # one may leave
        w = Walker(cluster)
        w.cli("dfs", "-mkdir", "/rest")
        wait_for("three datanodes", lambda: w.get("/dfs/datanodes")["counts"]["live"] == 3)
        for action in wanted:
            WALKS[action](w)
            print("walked:", action, flush=True)
        audit = w.get("/dfs/audit?limit=1000")["entries"]
        assert {"decommissionDatanode", "trashFile", "setSafemode"} <= {entry["action"] for entry in audit}


main()
