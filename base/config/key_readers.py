#!/usr/bin/env python3
"""Which sources name which configuration key.

    key_readers.py ROOT OUT       writes the rows that known_keys.cc includes (only if they change)
    key_readers.py ROOT --check   exit 1 and one line for each key that the sources name and the table lacks
"""
import re
import sys
from pathlib import Path

ROOMS = ("base", "dfs", "yarn_like", "mapreduce", "mlkit", "quant", "tools")
PLACES_MAX = 4
# They name keys without reading them: renamings, what a form may set, and the settings that `tusk up` writes.
NOT_READERS = ("base/config/deprecated_keys.cc", "base/config/known_keys.cc", "tools/tusk/cluster/site_files.cc",
               "tools/tusk/doctor/", "tools/tusk/config/", "yarn_like/resourcemanager/console/submit_command.cc")
LITERAL = re.compile(r'"((?:dfs|yarn|mapreduce|mapred|fs|hadoop|ipc|io|tusk|net|stream)\.[A-Za-z0-9._{}-]*)"')
# Words of that shape that are no keys: names of files, objects of logs, types of messages.
NO_KEYS = {"mapreduce.Job", "mapreduce.JobSubmitter", "mapreduce.job", "tusk.checkpoint", "tusk.model", "tusk.pieces",
           "tusk.training-state", "tusk.session"}


def table(root):
    keys = []
    for name, pattern in (("known_keys.def", r'^KEY\("([^"]+)"'), ("hadoop_keys.def", r'^HADOOP_KEY\("([^"]+)"')):
        keys += re.findall(pattern, (root / "base/config" / name).read_text(), re.M)
    return keys


def renamed(root):
    return dict(re.findall(r'\{"([^"]+)", "([^"]+)"\}', (root / "base/config/deprecated_keys.cc").read_text()))


def scan(root):
    for room in ROOMS:
        for path in sorted((root / room).rglob("*")):
            if path.suffix not in (".cc", ".h"):
                continue
            name = path.relative_to(root).as_posix()
            if name.startswith(NOT_READERS) or name.endswith(("_test.cc", "_fuzz.cc", "_bench.cc")) or "/testing/" in name:
                continue
            for number, line in enumerate(path.read_text(errors="replace").split("\n"), 1):
                for literal in LITERAL.findall(line.split("//")[0] if '"' not in line.split("//")[-1] else line):
                    yield literal.replace("{}", "*"), f"{name}:{number}"


def owners(literal, keys, patterns, old):
    """The table's keys that a literal means: itself, the pattern that it is one of, or those that it begins."""
    literal = old.get(literal, literal)
    if literal in keys:
        return [literal]
    if literal.endswith("."):
        if literal.count(".") < 2 or literal == "yarn.app.mapreduce.":
            return ["-"]  # sorts keys by their beginnings, reads none
        begun = [key for key in keys if key.startswith(literal) or ("*" in key and literal.startswith(key.split("*")[0]))]
        return [key for key in begun if keys[key]] or begun
    # A key that is put together: "dfs.ha.namenodes" + suffix, or one of a pattern's.
    return [key for key in patterns if re.fullmatch(re.escape(key).replace(r"\*", ".+"), literal) or key == literal + ".*"]


def main():
    root = Path(sys.argv[1])
    explained = set(re.findall(r'^KEY\("([^"]+)"', (root / "base/config/known_keys.def").read_text(), re.M))
    keys = {key: key in explained for key in table(root)}
    patterns = [key for key in keys if "*" in key]
    old = renamed(root)
    rows, strangers = {}, []
    for literal, place in scan(root):
        if literal in NO_KEYS:
            continue
        found = owners(literal, keys, patterns, old)
        if found == ["-"]:
            continue
        if not found or (not literal.endswith(".") and not keys[found[0]]):
            strangers.append(f"{place}: {literal} is not explained in base/config/known_keys.def")
        for key in found:
            if keys[key]:
                rows.setdefault(key, [])
                if place not in rows[key]:
                    rows[key].append(place)
    if sys.argv[2] == "--check":
        print("\n".join(strangers) if strangers else f"{len(rows)} keys are read, each is explained")
        return 1 if strangers else 0
    out = Path(sys.argv[2])
    text = "".join(f'{{"{key}", "{place}"}},\n' for key in sorted(rows) for place in rows[key][:PLACES_MAX])
    if not out.exists() or out.read_text() != text:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text)
    return 0


sys.exit(main())
