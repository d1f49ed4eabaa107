"""A cluster that `tusk up` starts in a scratch folder, for tests that kill its processes.

Nothing here sleeps for timing: until() polls a condition up to a deadline. The random choices of a test come from one
seed, printed at the start and taken from TUSK_TEST_SEED when that is set.
"""
import contextlib
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

POLL = 0.01


class Failed(Exception):
    """The tested programs did not do as they should."""


def until(what, condition, seconds=60):
    """The first true value of condition(); Failed when there is none in so many seconds."""
    deadline = time.monotonic() + seconds
    tick = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"not in {seconds} s: {what}")
        tick.wait(POLL)


def check(what, condition, detail=""):
    if not condition:
        raise Failed(f"{what}: {detail}")
    print(f"ok: {what}", flush=True)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def processes_under(folder):
    """Pids of the processes that work in the folder or name it on their command line."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            cwd = os.readlink(f"/proc/{entry}/cwd")
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                command = file.read().decode(errors="replace")
        except OSError:
            continue
        if (cwd + "/").startswith(folder + "/") or folder + "/" in command or command.endswith(folder + "\0"):
            if alive(entry):
                found.append(int(entry))
    return found


class Cluster:
    """The folder, the programs and what runs there. Use as a context manager: everything has ended behind it."""

    def __init__(self, tusk, name):
        self.tusk = os.path.abspath(tusk)
        self.scratch = os.path.realpath(tempfile.mkdtemp(prefix=f"tusk-{name}-"))
        self.folder = self.scratch + "/cluster"
        seed = int(os.environ.get("TUSK_TEST_SEED", random.randrange(1 << 31)))
        self.random = random.Random(seed)
        print(f"seed {seed} (TUSK_TEST_SEED repeats it), folder {self.scratch}", flush=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            print(f"FAILED: {error}", flush=True)
            self.print_logs()
        subprocess.run([self.tusk, "down", "--dir", self.folder], stdout=subprocess.DEVNULL, check=False, timeout=90)
        left = processes_under(self.scratch)
        for pid in left:  # only what this test started: it works in the test's own folder
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if "KEEP" not in os.environ:
            shutil.rmtree(self.scratch, ignore_errors=True)
        if left and error is None:
            raise Failed(f"`tusk down` left processes running: {left}")

    def print_logs(self, lines=15):
        for path in sorted(glob.glob(self.folder + "/logs/*.log")
                           + glob.glob(self.folder + "/logs/*/*/*/stderr")):
            with open(path, encoding="utf-8", errors="replace") as file:
                tail = file.readlines()[-lines:]
            print(f"--- {path}", "".join(tail), sep="\n", flush=True)

    # Programs

    def environment(self):
        result = dict(os.environ, HADOOP_CONF_DIR=self.folder + "/conf")
        result.pop("HADOOP_USER_NAME", None)
        return result

    def run(self, *args, code=0, seconds=120, stdin=None, text=True):
        """Output of `tusk ARGS`; code None allows any."""
        done = subprocess.run([self.tusk, *args], env=self.environment(), input=stdin, capture_output=True,
                              timeout=seconds, check=False, text=text)
        if code is not None and done.returncode != code:
            raise Failed(f"tusk {' '.join(args)} ended with {done.returncode}, not {code}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def outcome(self, *args, seconds=120):
        """Exit code, standard output, standard error of `tusk ARGS`."""
        done = subprocess.run([self.tusk, *args], env=self.environment(), capture_output=True, timeout=seconds,
                              check=False, text=True)
        return done.returncode, done.stdout, done.stderr

    def start(self, *args):
        """`tusk ARGS` beside the test; what it says goes to a file whose name is .said."""
        said = tempfile.mktemp(prefix="said-", dir=self.scratch)
        with open(said, "wb") as file:
            process = subprocess.Popen([self.tusk, *args], env=self.environment(), stdin=subprocess.DEVNULL,
                                       stdout=file, stderr=subprocess.STDOUT)
        process.said = said
        return process

    def dfs(self, *args, **more):
        return self.run("dfs", *args, **more)

    def up(self, datanodes, nodemanagers):
        print(self.run("up", "--dir", self.folder, "--datanodes", str(datanodes), "--nodemanagers",
                       str(nodemanagers)).splitlines()[0], flush=True)

    def down(self):
        self.run("down", "--dir", self.folder)

    # Daemons

    def status(self):
        with open(self.folder + "/run/status.json", encoding="utf-8") as file:
            return json.load(file)

    def daemon(self, name):
        return next(entry for entry in self.status()["daemons"] if entry["name"] == name)

    def kill(self, name):
        """SIGKILL to a running daemon; the supervisor starts it again. Returns how often it did so before."""
        entry = until(f"{name} runs", lambda: (lambda d: d if d["state"] == "running" else None)(self.daemon(name)))
        os.kill(entry["pid"], signal.SIGKILL)
        print(f"killed {name} (pid {entry['pid']})", flush=True)
        return entry["restarts"]

    def wait_restarted(self, name, times, seconds=60):
        until(f"{name} runs again", lambda: (lambda d: d["state"] == "running" and d["restarts"] >= times)(
            self.daemon(name)), seconds)

    # Tasks of MapReduce jobs

    def tasks(self):
        """(pid, attempt id) of each task process that has its assignment."""
        found = []
        for pid in processes_under(self.folder + "/data"):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    arguments = file.read().decode(errors="replace").split("\0")
                if "--tusk-mr-role=task" not in arguments or "./job.exe" not in arguments:
                    continue
                with open(f"/proc/{pid}/fd/2", encoding="utf-8", errors="replace") as log:
                    attempt = re.search(r"attempt_\d+_\d+_[mr]_\d+_\d+", log.read())
            except OSError:
                continue
            if attempt:
                found.append((pid, attempt.group()))
        return found

    def app_masters(self):
        """Pid and folder of each application master."""
        found = []
        for pid in processes_under(self.folder + "/data"):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    arguments = file.read().decode(errors="replace").split("\0")
                if "--tusk-mr-role=app-master" in arguments and "./job.exe" in arguments:
                    found.append((pid, os.readlink(f"/proc/{pid}/cwd")))
        return found


def main(name, test):
    """Runs test(cluster) on a cluster of the binary named by the first argument."""
    began = time.monotonic()
    with Cluster(sys.argv[1], name) as cluster:
        try:
            test(cluster)
        except (subprocess.TimeoutExpired, OSError, AssertionError, KeyError) as error:
            raise Failed(repr(error)) from error
    print(f"passed in {time.monotonic() - began:.1f} s", flush=True)
