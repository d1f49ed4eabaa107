#!/usr/bin/env python3
"""Completion, man pages, config and top, on a small cluster.    docs_test.py TUSK"""
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TUSK = Path(sys.argv[1]).resolve()
ROOT = Path(tempfile.mkdtemp(prefix="tusk-docs-"))
BIN = ROOT / "bin"
failures = []


def check(what, good, seen=""):
    if not good:
        failures.append(f"{what}: {str(seen)[:2000]}")


def run(*args, program="tusk", **kwargs):
    return subprocess.run([BIN / program, *map(str, args)], capture_output=True, text=True, timeout=120, env=ENV, **kwargs)


def complete_bash(script, *words):
    """What bash offers for the last word."""
    line = " ".join(words)
    program = f"""source {script}
COMP_WORDS=({' '.join("'" + word + "'" for word in words)}); COMP_CWORD={len(words) - 1}; COMP_LINE='{line}'; COMP_POINT={len(line)}
_tusk; printf '%s\\n' "${{COMPREPLY[@]}}" """
    answer = subprocess.run(["bash", "--norc", "-c", program], capture_output=True, text=True, env=ENV, cwd=ROOT)
    check(f"bash is silent about {line}", answer.stderr == "", answer.stderr)
    return [word for word in answer.stdout.split("\n") if word]


def completion():
    script = ROOT / "tusk.bash"
    made = run("completion", "bash")
    script.write_text(made.stdout)
    check("bash reads the script", subprocess.run(["bash", "-n", script]).returncode == 0 and made.returncode == 0, made.stderr)
    offered = complete_bash(script, "tusk", "do")
    check("verbs", {"doctor", "down"} == set(offered), offered)
    check("only a program's own verbs", complete_bash(script, "yarn", "na") == [] and "nodemanager" in complete_bash(script, "yarn", "no"))
    check("commands of the file shell", set(complete_bash(script, "hdfs", "dfs", "-put")) == {"-put"} and "-ls" in complete_bash(script, "hdfs", "dfs", "-l"))
    check("flags of a command", "-R" in complete_bash(script, "hdfs", "dfs", "-ls", "-"))
    check("options of a verb", "-safemode" in complete_bash(script, "hdfs", "dfsadmin", "-sa"))
    check("options of tusk's verbs", "--datanodes" in complete_bash(script, "tusk", "up", "--da"))
    check("words of a verb", "explain" in complete_bash(script, "tusk", "config", "ex"), complete_bash(script, "tusk", "config", "ex"))
    check("keys", complete_bash(script, "tusk", "config", "explain", "dfs.replicati")[0] == "dfs.replication")
    check("folders of the filesystem", complete_bash(script, "hdfs", "dfs", "-cat", "/do") == ["/docs/"], complete_bash(script, "hdfs", "dfs", "-cat", "/do"))
    check("files with blanks", complete_bash(script, "hdfs", "dfs", "-cat", "/docs/a") == ["/docs/a file", "/docs/another"],
          complete_bash(script, "hdfs", "dfs", "-cat", "/docs/a"))
    if shutil.which("zsh"):
        zsh = ROOT / "_tusk"
        zsh.write_text(run("completion", "zsh").stdout)
        # The words that zsh would offer, with compadd in place of its own.
        program = f"""compdef() {{ :; }}; compadd() {{ while [[ $1 == -* && $1 != -- ]]; do [[ $1 == -S ]] && shift; shift; done; shift; print -l -- "$@"; }}; _files() {{ :; }}
source {zsh}; words=(hdfs dfs -cat /docs/); CURRENT=4; _tusk; words=(tusk doc); CURRENT=2; _tusk"""
        answer = subprocess.run(["zsh", "-f", "-c", program], capture_output=True, text=True, env=ENV)
        offered = answer.stdout.split("\n")
        check("zsh", "/docs/a file" in offered and "doctor" in offered and answer.stderr == "", answer)


def man_pages():
    made = run("man", ROOT / "man")
    check("man", made.returncode == 0, made.stderr)
    pages = sorted((ROOT / "man").rglob("*.[15]"))
    check("a page for each verb", {"tusk.1", "tusk-dfs.1", "tusk-doctor.1", "tusk-configuration.5"} <= {page.name for page in pages} and len(pages) > 35, pages)
    if shutil.which("mandoc"):
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages], capture_output=True, text=True)
        check("mandoc finds nothing", lint.stdout == "" and lint.returncode == 0, lint.stdout)
    elif shutil.which("groff"):
        lint = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z", *pages], capture_output=True, text=True)
        check("groff warns of nothing", lint.stderr == "", lint.stderr)
    text = (ROOT / "man/man1/tusk-dfs.1").read_text()
    check("a command of the shell", ".SS \\-setrep" in text)
    check("tusk(1) to the output", run("man").stdout.startswith(".\\\" Made by"))


def config():
    answer = run("config", "explain", "dfs.replication", "dfs.block.size")
    for words in ("Copies of each block", "default   3", "hdfs-site.xml:", "namenode: dfs/namenode/", "dfs.block.size is an old name", "implemented"):
        check("explain", words in answer.stdout, answer.stdout)
    answer = run("config", "explain", "dfs.replicaton")
    check("explain an unknown key", answer.returncode == 1 and "did you mean dfs.replication?" in answer.stdout, answer.stdout)
    answer = json.loads(run("config", "explain", "--json", "dfs.replication").stdout)[0]
    check("explain --json", answer["value"] == "1" and answer["state"] == "implemented" and answer["source"].endswith(":1"), answer)
    check("lint", run("config", "lint").stdout.startswith("OK: "))
    bad = ROOT / "bad"
    bad.mkdir()
    (bad / "core-site.xml").write_text("<configuration>\n<property><name>fs.trash.intervall</name><value>1</value></property>\n</configuration>")
    answer = run("config", "lint", bad)
    check("lint names file, line and column", answer.returncode == 1 and "core-site.xml:2:1: warning: " in answer.stdout and "fs.trash.interval?" in answer.stdout, answer.stdout)
    check("list", "dfs.replication " in run("config", "list").stdout)


def top():
    answer = run("top", "--once")
    for words in ("tusk top - ", "dfs   up", "datanodes 1 live", "yarn  up", "nodes 1 active", "DATANODE", "APPLICATION", "In Service"):
        check("top --once", words in answer.stdout, answer.stdout)
    seen = json.loads(run("top", "--json").stdout)
    check("top --json", seen["dfs"]["liveDatanodes"] == 1 and len(seen["nodes"]) == 1 and seen["dfs"]["files"] >= 3, seen)
    check("a bad word", run("top", "--sort", "beauty").returncode == 2)
    answer = run("top", program="yarn")
    check("yarn top has Hadoop's columns", re.search(r"APPLICATIONID +USER +TYPE +QUEUE +PRIOR +#CONT +#RCONT +VCORES +RVCORES +MEM +RMEM +VCORESECS +MEMSECS +%PROGR +TIME +NAME", answer.stdout)
          and "NodeManager(s): 1 total, 1 active" in answer.stdout, answer.stdout)
    # In a terminal it goes on until q.
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(BIN / "tusk", ["tusk", "top", "--delay", "0.2"], ENV)
    seen = b""
    deadline = time.monotonic() + 30
    while seen.count(b"\x1b[H") < 3 and time.monotonic() < deadline:
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 65536)
    os.write(terminal, b"q")
    while time.monotonic() < deadline:
        try:
            if not os.read(terminal, 65536):
                break
        except OSError:
            break
    check("a terminal's view is refreshed, and ends with q", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0 and seen.count(b"\x1b[H") >= 3, seen[-500:])


BIN.mkdir()
for name in ("tusk", "hdfs", "yarn"):
    (BIN / name).symlink_to(TUSK)
ENV = dict(os.environ, PATH=f"{BIN}:{os.environ['PATH']}", HADOOP_CONF_DIR=str(ROOT / "cluster/conf"), TERM="xterm")
try:
    up = run("up", "--dir", ROOT / "cluster")
    check("tusk up", up.returncode == 0, up.stderr)
    run("dfs", "-mkdir", "/docs")
    run("dfs", "-touchz", "/docs/a file", "/docs/another", "/docs/other")
    completion()
    man_pages()
    config()
    top()
finally:
    run("down", "--dir", ROOT / "cluster")
    shutil.rmtree(ROOT, ignore_errors=True)
print("\n".join(failures) or "completion, man pages, config and top are as they should be")
sys.exit(1 if failures else 0)
