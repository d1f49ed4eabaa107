#!/usr/bin/env python3
"""The namenode is killed 20 times amid the changes of four clients: at the end the namespace is exactly what was
acknowledged, the files' bytes too, and those that a writer flushed into a file that it holds open.
namenode_kill_test.py TUSK FLUSH_ALONE

The namenode and a datanode run without a supervisor, which would wait longer from kill to kill. A kill comes when so
many more changes were acknowledged, a number drawn at random; so every life of the namenode gets something done."""
import json
import os
import signal
import socket
import subprocess
import sys
import threading

from cluster import Failed, check, main, until

KILLS = int(os.environ.get("TUSK_TEST_KILLS", "20"))
CLIENTS = 4
# Changes go on at once after a start; only the last life waits for the datanode's report.
HASTE = ("-Ddfs.namenode.safemode.threshold-pct=0", "-Ddfs.namenode.safemode.min.datanodes=0")


class Daemon:
    def __init__(self, cluster, verb):
        self.cluster, self.verb, self.process = cluster, verb, None

    def start(self, *settings):
        with open(f"{self.cluster.folder}/logs/{self.verb}.log", "ab") as log:
            self.process = subprocess.Popen([self.cluster.tusk, self.verb, *settings], env=self.cluster.environment(),
                                            cwd=self.cluster.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Client(threading.Thread):
    """Makes folders, puts, moves and removes files, one `hdfs dfs` after the other; its model of what must be there."""

    def __init__(self, cluster, number, seed_random):
        super().__init__()
        self.cluster, self.root, self.random = cluster, f"/client{number}", seed_random
        self.local = f"{cluster.scratch}/put{number}"
        self.ended = threading.Event()
        self.acknowledged = 0
        self.refused = 0
        self.folders = [self.root]
        self.files = {}         # path: its bytes
        self.unknown = set()    # paths of changes that were not acknowledged: there or not
        self.trouble = None

    def run(self):
        try:
            step = 0
            while not self.ended.is_set():
                step += 1
                self.one_change(step)
        except Exception as error:  # to the main thread
            self.trouble = repr(error)

    def one_change(self, step):
        kind = self.random.choices(["mkdir", "put", "touch", "move", "remove"], [3, 5, 1, 4, 2])[0]
        path = f"{self.random.choice(self.folders[-5:])}/{kind}{step}"
        if kind == "mkdir":
            if self.acknowledges([path], "-mkdir", path):
                self.folders.append(path)
        elif kind in ("put", "touch"):
            data = self.random.randbytes(self.random.randint(1, 3000)) if kind == "put" else b""
            with open(self.local, "wb") as file:
                file.write(data)
            if self.acknowledges([path, path + "._COPYING_"], "-put", self.local, path):
                self.files[path] = data
        elif self.files:
            old = self.random.choice(sorted(self.files))
            data = self.files.pop(old)
            if kind == "remove":
                self.acknowledges([old], "-rm", "-skipTrash", old)
            elif self.acknowledges([old, path], "-mv", old, path):
                self.files[path] = data

    def acknowledges(self, paths, *args):
        code, _, _ = self.cluster.outcome("dfs", "-Ddfs.replication=1", *args)
        if code == 0:
            self.acknowledged += 1
        else:
            self.refused += 1
            self.unknown.update(paths)
        return code == 0


class FlushingWriter:
    """Appends lines to /open, each flushed, and holds the file open."""

    def __init__(self, cluster, program):
        self.text = ""
        self.process = subprocess.Popen([program, "/open"], env=cluster.environment(), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def flush(self, line):
        self.process.stdin.write(line)
        self.process.stdin.flush()
        self.text += line
        said = self.process.stdout.readline().strip()
        if said != f"flushed {len(self.text)}":
            raise Failed(f"the writer of the open file said \"{said}\" after {len(self.text)} bytes")


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def kill_amid_changes(cluster, namenode, clients, writer, port):
    total = lambda: sum(client.acknowledged for client in clients)
    for kill in range(KILLS):
        writer.flush(f"before kill {kill}\n")
        goal = total() + cluster.random.randint(5, 40)
        until(f"{goal} changes acknowledged", lambda: total() >= goal or not all(c.is_alive() for c in clients))
        if not all(client.is_alive() for client in clients):
            raise Failed(f"a client ended: {[client.trouble for client in clients]}")
        namenode.kill()
        namenode.start(*HASTE)
        if cluster.random.random() < 0.25:  # and once more as it starts
            until("the namenode listens", lambda: answers(port))
            namenode.kill()
            namenode.start(*HASTE)


def compare(cluster, clients, writer):
    until("the namenode has left safe mode", lambda: "OFF" in cluster.run("dfsadmin", "-safemode", "get", code=None))
    listed = {}
    for line in cluster.dfs("-ls", "-R", "/").splitlines():
        words = line.split(None, 7)
        if words[7].startswith("/client"):
            listed[words[7]] = words[0][0] == "d"
    wanted = {path: True for client in clients for path in client.folders}
    wanted.update({path: False for client in clients for path in client.files})
    unknown = set().union(*(client.unknown for client in clients))
    lost = [path for path in wanted if listed.get(path) != wanted[path]]
    check("every acknowledged change is there", not lost, lost)
    # What stands in a folder that perhaps was made is itself unknown: clients use only folders that were acknowledged.
    surplus = [path for path in listed if path not in wanted and path not in unknown]
    check("and nothing else", not surplus, surplus)
    for client in clients:
        paths = sorted(client.files)
        for first in range(0, len(paths), 200):
            part = paths[first:first + 200]
            data = cluster.dfs("-cat", *part, text=False)
            check(f"bytes of {len(part)} files", data == b"".join(client.files[path] for path in part),
                  f"{client.root}: {len(data)} bytes")
    check("the flushed bytes of the open file", cluster.dfs("-cat", "/open") == writer.text)


def test(cluster):
    cluster.up(datanodes=1, nodemanagers=0)
    cluster.dfs("-mkdir", *[f"/client{n}" for n in range(CLIENTS)])
    cluster.down()
    with open(cluster.folder + "/conf/cluster.json", encoding="utf-8") as file:
        port = json.load(file)["ports"][0]
    namenode, datanode = Daemon(cluster, "namenode"), Daemon(cluster, "datanode")
    clients = [Client(cluster, n, type(cluster.random)(cluster.random.random())) for n in range(CLIENTS)]
    writer = None
    try:
        namenode.start()
        datanode.start()
        until("the namenode is out of safe mode",
              lambda: "OFF" in cluster.run("dfsadmin", "-safemode", "get", code=None))
        writer = FlushingWriter(cluster, os.path.abspath(sys.argv[2]))
        for client in clients:
            client.start()
        kill_amid_changes(cluster, namenode, clients, writer, port)
        for client in clients:
            client.ended.set()
        for client in clients:
            client.join()
        namenode.kill()
        namenode.start()
        print(f"{KILLS} kills, {sum(c.acknowledged for c in clients)} changes acknowledged, "
              f"{sum(c.refused for c in clients)} refused or not answered", flush=True)
        compare(cluster, clients, writer)
        writer.process.stdin.close()
        check("its writer closes it", writer.process.wait(60) == 0)
        check("its bytes then", cluster.dfs("-cat", "/open") == writer.text)
    finally:
        for client in clients:
            client.ended.set()
        for process in (writer and writer.process, datanode.process, namenode.process):
            if process:
                process.kill()
                process.wait()
        for client in clients:
            if client.ident:
                client.join()


main("namenode", test)
