#!/usr/bin/env python3
"""300 MB in files of mixed sizes on five datanodes: one is killed while they are written and another while they are
read, then one loses its disk; all bytes stay the same and every block comes back to three copies. An open file keeps
what was flushed when the namenode and datanodes are killed. dfs_kill_test.py TUSK FLUSH_ALONE"""
import collections
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys

from cluster import Failed, check, main, until

MB = 1 << 20
SMALL_BLOCKS = {"empty": 0, "byte": 1, "one-block": MB, "block-and-byte": MB + 1, "block-less-byte": MB - 1,
                "many-blocks": 20 * MB + 12345}
LARGE_BLOCKS = {"large": 160 * MB, "medium": 60 * MB + 1, **{f"small{n}": (n + 1) * 300_000 + n for n in range(18)}}


def make_files(cluster, folder, sizes):
    """Files of these sizes; their SHA-256 by name."""
    os.makedirs(folder)
    sums = {}
    for name, size in sizes.items():
        data = cluster.random.randbytes(size)
        with open(f"{folder}/{name}", "wb") as file:
            file.write(data)
        sums[name] = hashlib.sha256(data).hexdigest()
    return sums


def check_bytes(cluster, when, folder, sums, during=lambda: None):
    """Reads every file; `during` runs when the first bytes of the largest have come."""
    for name in sorted(sums, key=lambda name: not name.startswith("large")):
        with subprocess.Popen([cluster.tusk, "dfs", "-cat", f"{folder}/{name}"], env=cluster.environment(),
                              stdout=subprocess.PIPE) as process:
            digest = hashlib.sha256(process.stdout.read(4096))
            if name == "large":
                during()
            while piece := process.stdout.read(MB):
                digest.update(piece)
        if process.returncode != 0 or digest.hexdigest() != sums[name]:
            raise Failed(f"{folder}/{name} {when}: exit code {process.returncode}, other bytes")
    print(f"ok: the bytes {when}", flush=True)


def replicated(cluster):
    """fsck finds every block with its three copies on nodes that live."""
    code, out, _ = cluster.outcome("fsck", "/")
    numbers = dict(re.findall(r"^ *([A-Z][A-Za-z -]+):\t* *([\d.]+)", out, re.M))
    whole = ("Under-replicated blocks", "Mis-replicated blocks", "Missing blocks", "Corrupt blocks")
    return code == 0 and "HEALTHY" in out and all(numbers.get(key) == "0" for key in whole) and numbers.get(
        "Average block replication", "").startswith("3.0")


def copies_on_disk(cluster):
    """How many blocks have so many finished files on the datanodes' disks: {copies: blocks}."""
    blocks = collections.Counter(
        os.path.basename(path)
        for path in glob.glob(f"{cluster.folder}/data/datanode*/current/*/current/finalized/**/blk_*", recursive=True)
        if not path.endswith(".meta"))
    return collections.Counter(blocks.values())


def wait_replicated(cluster, why):
    try:
        until("three copies of each block", lambda: replicated(cluster) and set(copies_on_disk(cluster)) == {3}, 60)
    except Failed as error:
        raise Failed(f"{error}\non disk: {copies_on_disk(cluster)}\n{cluster.outcome('fsck', '/')[1]}") from None
    print(f"ok: three copies of each block {why}", flush=True)


def is_writing(cluster, datanode):
    """Whether the datanode has a replica that is being written."""
    return any(os.path.getsize(path) > 0
               for path in glob.glob(f"{cluster.folder}/data/{datanode}/current/*/current/rbw/blk_*"))


def reader_of(cluster):
    """The datanode that has a finished block open."""
    for entry in cluster.status()["daemons"]:
        for fd in glob.glob(f"/proc/{entry['pid']}/fd/*") if entry["name"].startswith("datanode") else ():
            try:
                path = os.readlink(fd)
            except OSError:
                continue
            if "/finalized/" in path and not path.endswith(".meta"):
                return entry["name"]
    return None


def write_with_a_kill(cluster, source):
    put = cluster.start("dfs", "-put", source, "/large")
    names = [f"datanode{n}" for n in range(5)]
    cluster.random.shuffle(names)

    def victim():
        if put.poll() is not None:
            raise Failed("put ended before a datanode was seen writing")
        return next((name for name in names if is_writing(cluster, name)), None)
    name = until("a datanode writes", victim)
    times = cluster.kill(name)
    check("put with a datanode killed amid it", put.wait(120) == 0, open(put.said, encoding="utf-8").read())
    cluster.wait_restarted(name, times + 1)


def lose_disk(cluster, name):
    """The datanode comes back with an empty disk."""
    times = cluster.kill(name)
    shutil.rmtree(f"{cluster.folder}/data/{name}")
    cluster.wait_restarted(name, times + 1)


def flushed_open_file(cluster, program):
    lines = [f"line {n} " + "x" * cluster.random.randint(0, 30_000) + "\n" for n in range(60)]
    half = len(lines) // 2
    with subprocess.Popen([program, "/open"], env=cluster.environment(), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as writer:
        def write(part):
            said = ""
            for line in part:
                writer.stdin.write(line)
                writer.stdin.flush()
                said = writer.stdout.readline()
            return said.strip()
        try:
            flushed = write(lines[:half])
            wanted = "".join(lines[:half])
            check("the writer flushed", flushed == f"flushed {len(wanted)}", flushed)
            times = {name: cluster.kill(name) for name in ("namenode", "datanode4")}
            for name, before in times.items():
                cluster.wait_restarted(name, before + 1)
            until("the namenode has left safe mode", lambda: "OFF" in cluster.run("dfsadmin", "-safemode", "get"))
            text = until("the open file can be read", lambda: cluster.run("dfs", "-cat", "/open", code=None))
            check("flushed bytes of the open file after the namenode and a datanode were killed", text == wanted,
                  f"{len(text)} of {len(wanted)} bytes")
            flushed = write(lines[half:])
            wanted = "".join(lines)
            check("and it goes on", flushed == f"flushed {len(wanted)}", flushed)
            writer.stdin.close()
            check("and is closed", writer.wait(60) == 0)
        finally:
            writer.kill()
    check("its bytes", cluster.dfs("-cat", "/open") == wanted)


def test(cluster):
    cluster.up(datanodes=5, nodemanagers=0)
    small = make_files(cluster, cluster.scratch + "/small", SMALL_BLOCKS)
    large = make_files(cluster, cluster.scratch + "/large", LARGE_BLOCKS)
    cluster.dfs("-Ddfs.blocksize=1m", "-put", cluster.scratch + "/small", "/small")
    write_with_a_kill(cluster, cluster.scratch + "/large")
    check_bytes(cluster, "with small blocks", "/small", small)
    check_bytes(cluster, "while a datanode was killed that served them", "/large", large,
                during=lambda: cluster.kill(until("a datanode serves the reader", lambda: reader_of(cluster))))
    wait_replicated(cluster, "after the kills")
    lose_disk(cluster, "datanode3")
    wait_replicated(cluster, "after a disk was lost")
    check_bytes(cluster, "after a disk was lost", "/large", large)
    flushed_open_file(cluster, os.path.abspath(sys.argv[2]))


main("dfs", test)
