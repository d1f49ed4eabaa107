#!/usr/bin/env python3
"""Checks what a compiler does not: include arrows, sizes, banned words, folder READMEs. Needs no build.

    tidy.py [REPOSITORY]     exit 1 and one line per finding; exceptions with their reasons are in exceptions.txt
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
LINES_MAX = {".cc": 800, ".h": 400}
FOLDER_FILES_MAX = 40

# room -> rooms that it may include (itself is always allowed). The longest matching prefix of a file names its room.
ARROWS = {
    "base": set(),
    "dfs/proto": {"base"},
    "dfs/common": {"base", "dfs/proto"},
    "dfs/client": {"base", "dfs/proto", "dfs/common"},
    "dfs/shell": {"base", "dfs/proto", "dfs/common", "dfs/client"},
    "dfs/namenode": {"base", "dfs/proto", "dfs/common"},
    "dfs/datanode": {"base", "dfs/proto", "dfs/common"},
    "dfs/datanode/web": {"base", "dfs/proto", "dfs/common", "dfs/datanode", "dfs/client"},  # WebHDFS is a client, as Hadoop's
    "yarn_like/proto": {"base"},
    "yarn_like/common": {"base", "yarn_like/proto"},
    "yarn_like/client": {"base", "yarn_like/proto", "yarn_like/common", "dfs/client"},
    "yarn_like/resourcemanager": {"base", "yarn_like/proto", "yarn_like/common", "dfs/client"},
    "yarn_like/nodemanager": {"base", "yarn_like/proto", "yarn_like/common", "dfs/client"},
    "mapreduce": {"base", "dfs/client", "dfs/proto", "yarn_like/client", "yarn_like/common", "yarn_like/proto"},
    # The shuffle is plugged into the node manager through one interface.
    "mapreduce/shuffle": {"base", "mapreduce", "yarn_like/common", "yarn_like/nodemanager/aux_service.h"},
    # Test support: whole daemons in one process.
    "mapreduce/testing": {"base", "dfs", "yarn_like", "mapreduce"},
    # Codecs, files and plans are pure; only the distributed part knows files and containers.
    "quant": {"base/core", "base/gpu"},
    "quant/job": {"base", "quant", "dfs/client", "dfs/proto", "yarn_like/client", "yarn_like/common", "yarn_like/proto",
                  "mapreduce/api", "mapreduce/client", "mapreduce/packaging"},
    # Algorithms are pure; only the distributed part knows files, sockets and containers.
    "mlkit": {"base/core", "base/gpu", "quant"},
    "mlkit/job": {"base", "mlkit", "quant", "dfs/client", "dfs/proto", "yarn_like/client", "yarn_like/common", "yarn_like/proto",
                  "mapreduce/api", "mapreduce/client", "mapreduce/packaging", "mapreduce/streaming/pipe_process.h"},
    "tools": {"base", "dfs", "yarn_like", "mapreduce", "mlkit", "quant"},
    "tests": {"base", "dfs", "yarn_like", "mapreduce", "mlkit", "quant", "tools"},
}
BANNED = [
    (re.compile(r"system_clock::now|steady_clock::now"), "reads a clock: use Env", ("base/env/", "base/async/")),
    (re.compile(r"\bgetenv\("), "reads the environment: use base/cli", ("base/cli/", "base/testing/", "base/env/")),
    (re.compile(r"\bsleep_for\(|\busleep\(|\bsleep\("), "sleeps: use SleepFor or a condition", ("base/async/",)),
    (re.compile(r"#include <boost/asio"), "Asio belongs to base/async", ("base/async/",)),
    (re.compile(r"\bsystem\(|\bpopen\("), "starts a shell", ()),
    (re.compile(r"\bFIXME\b|\bTODO(?!\()"), "FIXME, or TODO without a name", ()),
]
INCLUDE = re.compile(r'^#include "([^"]+)"')


def room_of(path):
    matches = [room for room in ARROWS if path == room or path.startswith(room + "/")]
    return max(matches, key=len) if matches else None


def may_include(room, target):
    if target == room or target.startswith(room + "/"):
        return True
    return any(target == allowed or target.startswith(allowed + "/") for allowed in ARROWS[room])


def check_file(path, findings):
    text = (ROOT / path).read_text(errors="replace")
    lines = text.split("\n")
    suffix = Path(path).suffix
    if len(lines) - 1 > LINES_MAX[suffix]:
        findings.append(f"{path}: {len(lines) - 1} lines, more than {LINES_MAX[suffix]}")
    if not text.startswith("//"):
        findings.append(f"{path}: does not begin with a comment that says its job")
    room = room_of(path)
    is_test = path.endswith(("_test.cc", "_fuzz.cc", "_testing.h", "_testing.cc", "_bench.cc")) or path.startswith("tests/") or "/testing/" in path
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        if include and room and not is_test:
            target = include.group(1)
            if room_of(target) and not may_include(room, target):
                findings.append(f"{path}:{number}: {room} may not include {target}")
        if include and "_internal" in include.group(1) and Path(include.group(1)).parent != Path(path).parent:
            findings.append(f"{path}:{number}: {include.group(1)} may not leave its folder")
        for pattern, why, homes in BANNED:
            if is_test and why == "starts a shell":
                continue  # a test may prepare its files with tar
            if pattern.search(line.split("//")[0]) and not path.startswith(homes or ("\0",)):
                findings.append(f"{path}:{number}: {why}")


def main():
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=True).stdout.split()
    findings = []
    folders = {}
    for path in listed:
        parent = str(Path(path).parent)
        if path.split("/")[0] in ("base", "dfs", "yarn_like", "mapreduce", "mlkit", "quant", "tools"):
            folders.setdefault(parent, []).append(path)
        if Path(path).suffix in LINES_MAX and (ROOT / path).exists():
            check_file(path, findings)
    for folder, files in sorted(folders.items()):
        sources = [f for f in files if not f.endswith(("_test.cc", "_fuzz.cc"))]
        if len(sources) > FOLDER_FILES_MAX:
            findings.append(f"{folder}: {len(sources)} files, more than {FOLDER_FILES_MAX}")
        if Path(folder).name in ("util", "utils", "misc"):
            findings.append(f"{folder}: no folder is called so")
        if f"{folder}/README.md" not in listed:
            findings.append(f"{folder}: no README.md")
    exceptions = {}
    for line in (Path(__file__).parent / "exceptions.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            start, _, reason = line.partition(" | ")
            exceptions[start] = reason
    left = [f for f in findings if not any(f.startswith(e) for e in exceptions)]
    for unused in [e for e in exceptions if not any(f.startswith(e) for f in findings)]:
        left.append(f"tests/tidy/exceptions.txt: nothing is found any more for: {unused}")
    print("\n".join(left) if left else f"tidy: {len(listed)} files, {len(exceptions)} exceptions")
    return 1 if left else 0


sys.exit(main())
