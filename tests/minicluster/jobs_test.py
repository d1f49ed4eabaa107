#!/usr/bin/env python3
"""MapReduce on two nodemanagers: the examples' results are right, and stay byte for byte the same when a map attempt,
a reduce attempt, the application master or a nodemanager is killed. jobs_test.py TUSK"""
import os
import re
import signal
import subprocess

from cluster import Failed, check, main, until

SPLIT = "-Dmapreduce.input.fileinputformat.split.maxsize=500000"
REDUCES = "-Dmapreduce.job.reduces=2"


def make_text(cluster, folder):
    """Three files, about 1.5 MB: words of uneven frequency, odd white space, bytes that are not ASCII."""
    words = ["".join(cluster.random.choices("abcdefghijklmnopqrstuvwxyzäé", k=cluster.random.randint(1, 9)))
             for _ in range(3000)]
    os.makedirs(folder)
    for index, size in enumerate((900_000, 600_000, 0)):
        with open(f"{folder}/text{index}", "w", encoding="utf-8") as file:
            written = 0
            while written < size:
                line = cluster.random.choice(["", " ", "\t", "  "]) + " ".join(
                    words[int(cluster.random.random() ** 3 * len(words))] for _ in range(cluster.random.randint(0, 12)))
                written += file.write(line + cluster.random.choice(["\n", "\n", " \n"]))


def coreutils_count(folder):
    """Hadoop's words.txt as coreutils see it."""
    pipe = f"cat {folder}/* | LC_ALL=C tr -s '[:space:]' '\\n' | grep -av '^$' | LC_ALL=C sort | uniq -c"
    counted = subprocess.run(["bash", "-c", pipe], capture_output=True, check=True).stdout
    rows = (line.split() for line in counted.splitlines())
    return b"".join(word + b"\t" + count + b"\n" for count, word in rows)


def job_lines(process):
    with open(process.said, encoding="utf-8", errors="replace") as file:
        return file.read()


def finish(process, seconds=100):
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failed(f"the job did not end in {seconds} s:\n{job_lines(process)}") from None
    if code != 0:
        raise Failed(f"the job ended with {code}:\n{job_lines(process)}")
    return job_lines(process)


def output_of(cluster, folder, parts):
    """The sorted lines of a job's output, which must be these files and no others."""
    names = sorted(os.path.basename(path) for path in cluster.dfs("-ls", "-C", folder).split())
    wanted = ["_SUCCESS"] + [f"part-r-{n:05}" for n in range(parts)]
    if names != wanted:
        raise Failed(f"{folder} has {names}, not {wanted}")
    text = cluster.dfs("-cat", *[f"{folder}/part-r-{n:05}" for n in range(parts)], text=False)
    return b"".join(sorted(text.splitlines(keepends=True)))


def kill_attempt(cluster, kind, job):
    """SIGKILL to the first process seen with a map ("m") or reduce ("r") attempt."""
    def killed():
        if job.poll() is not None:
            raise Failed(f"the job ended before an attempt was seen:\n{job_lines(job)}")
        for pid, attempt in cluster.tasks():
            if f"_{kind}_" in attempt:
                try:
                    os.kill(pid, signal.SIGKILL)
                    return attempt
                except ProcessLookupError:
                    pass  # it ended since it was seen
        return None
    attempt = until(f"an attempt of kind {kind} runs", killed)
    print(f"killed {attempt}", flush=True)
    return attempt


def kill_nodemanager(cluster, job):
    """SIGKILL to a nodemanager that runs a task, not the one of the application master when there is a choice."""
    def busy_node():
        if job.poll() is not None:
            raise Failed(f"the job ended before a task was seen:\n{job_lines(job)}")
        masters = [folder for _, folder in cluster.app_masters()]
        if not masters:
            return None
        home = re.search(r"/data/(nodemanager\d)/", masters[0]).group(1)
        other = "nodemanager1" if home == "nodemanager0" else "nodemanager0"
        for pid, attempt in cluster.tasks():
            try:
                if f"/data/{other}/" in os.readlink(f"/proc/{pid}/cwd"):
                    return other, attempt
            except OSError:
                pass
        return None
    name, attempt = until("a task runs beside the application master's node", busy_node)
    print(f"{attempt} runs on {name}", flush=True)
    cluster.kill(name)


def busy_master(cluster, job):
    """Pid and folder of the application master, once a map attempt runs."""
    def found():
        if job.poll() is not None:
            raise Failed(f"the job ended before a task was seen:\n{job_lines(job)}")
        masters = cluster.app_masters()
        return masters if masters and any("_m_" in attempt for _, attempt in cluster.tasks()) else None
    return until("the application master has a map running", found)[0]


def kill_master(cluster, job):
    pid, _ = busy_master(cluster, job)
    os.kill(pid, signal.SIGKILL)
    print(f"killed the application master (pid {pid})", flush=True)


def kill_masters_node(cluster, job):
    _, folder = busy_master(cluster, job)
    cluster.kill(re.search(r"/data/(nodemanager\d)/", folder).group(1))


def small_jobs(cluster):
    pi = cluster.run("examples", "pi", "2", "1000")
    check("pi", re.search(r"Estimated value of Pi is 3\.1[34]", pi), pi)
    cluster.run("examples", "grep", "/in", "/grepped", "a[bc]+")
    found = subprocess.run(["bash", "-c", f"cat {cluster.scratch}/in/* | grep -aoE 'a[bc]+' | LC_ALL=C sort | uniq -c"],
                           capture_output=True, check=True).stdout
    wanted = sorted(b"%s\t%s\n" % tuple(row.split()) for row in found.splitlines())
    check("grep's counts are grep's", output_of(cluster, "/grepped", 1) == b"".join(wanted))
    cluster.run("examples", "teragen", "5000", "/tera")
    cluster.run("examples", "terasort", REDUCES, "/tera", "/sorted")
    cluster.run("examples", "teravalidate", "/sorted", "/report")
    report = cluster.dfs("-cat", "/report/part-r-00000")
    check("terasort is valid", re.fullmatch(r"checksum\t[0-9a-f]+\n", report), report)
    mine = cluster.dfs("-cat", "/sorted/part-r-00000", "/sorted/part-r-00001", text=False)
    rows = cluster.dfs("-cat", "/tera/part-m-*", text=False)
    cut = lambda data: [data[at:at + 100] for at in range(0, len(data), 100)]
    check("terasort has teragen's rows in order", cut(mine) == sorted(cut(rows), key=lambda row: row[:10]))


def test(cluster):
    cluster.up(datanodes=1, nodemanagers=2)
    make_text(cluster, cluster.scratch + "/in")
    cluster.dfs("-put", cluster.scratch + "/in", "/in")
    wanted = coreutils_count(cluster.scratch + "/in")
    wanted = b"".join(sorted(wanted.splitlines(keepends=True)))

    cluster.run("examples", "wordcount", "/in", "/plain")
    check("wordcount is coreutils' count", output_of(cluster, "/plain", 1) == wanted)
    small_jobs(cluster)

    def wordcount(name, disturb):
        job = cluster.start("examples", "wordcount", SPLIT, REDUCES, "/in", name)
        disturb(job)
        said = finish(job)
        check(f"the same count {name[1:].replace('-', ' ')}", output_of(cluster, name, 2) == wanted)
        return said

    said = wordcount("/with-a-map-killed", lambda job: kill_attempt(cluster, "m", job))
    check("the attempt is said to have failed", re.search(r"Failed map tasks=1\b|Status : FAILED", said), said)
    said = wordcount("/with-a-reduce-killed", lambda job: kill_attempt(cluster, "r", job))
    check("the attempt is said to have failed", re.search(r"Failed reduce tasks=1\b|Status : FAILED", said), said)
    wordcount("/with-a-nodemanager-killed", lambda job: kill_nodemanager(cluster, job))
    wordcount("/with-the-application-master-killed", lambda job: kill_master(cluster, job))
    wordcount("/with-the-application-master's-node-killed", lambda job: kill_masters_node(cluster, job))
    left = until("no task is left behind", lambda: not cluster.tasks() and not cluster.app_masters())
    check("no task is left behind", left)


main("jobs", test)
