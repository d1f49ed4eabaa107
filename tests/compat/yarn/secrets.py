#!/usr/bin/env python3
"""Looks for the secrets of a cluster's jobs where they must not be.

secrets.py watch CLUSTER OUT STOP  gathers token passwords and keys from the container_tokens files of CLUSTER as they
                                   come, and looks for them in all command lines, until the file STOP is there; writes
                                   what it knows to OUT
secrets.py check CLUSTER OUT       looks for them in every log and in every file that others may read
"""
import base64
import json
import os
import stat
import sys
import time


def vint(data, at):
    first = data[at] - 256 if data[at] > 127 else data[at]
    if first >= -112:
        return first, at + 1
    count, negative = (-(first + 120), True) if first < -120 else (-(first + 112), False)
    value = int.from_bytes(data[at + 1:at + 1 + count], "big")
    return (~value if negative else value), at + 1 + count


def text(data, at):
    length, at = vint(data, at)
    return data[at:at + length], at + length


def secrets_of(data):
    """Passwords and secret keys of an HDTS file of format 0."""
    if data[:5] != b"HDTS\0":
        return []
    found = []
    count, at = vint(data, 5)
    for _ in range(count):
        _, at = text(data, at)
        _, at = text(data, at)
        password, at = text(data, at)
        _, at = text(data, at)
        _, at = text(data, at)
        found.append(password)
    count, at = vint(data, at)
    for _ in range(count):
        _, at = text(data, at)
        secret, at = text(data, at)
        found.append(secret)
    return [each for each in found if len(each) >= 8]


def forms(secret):
    plain = base64.b64encode(secret).rstrip(b"=")
    return {secret, plain, plain.replace(b"+", b"-").replace(b"/", b"_"), secret.hex().encode(), secret.hex().upper().encode()}


def watch(cluster, out, stop):
    known, told = set(), []
    while True:
        last = os.path.exists(stop)
        for folder, _, files in os.walk(os.path.join(cluster, "data")):
            if "container_tokens" in files:
                try:
                    with open(os.path.join(folder, "container_tokens"), "rb") as file:
                        known.update(secrets_of(file.read()))
                except (OSError, IndexError):
                    pass  # it has just gone, or is being written
        needles = set().union(*map(forms, known)) if known else set()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    line = file.read()
            except OSError:
                continue
            if any(needle in line for needle in needles):
                told.append(f"command line of {pid}: {line[:200]!r}")
        if last:
            break
        time.sleep(0.2)
    with open(out, "w") as file:
        os.chmod(out, 0o600)
        json.dump({"secrets": [each.hex() for each in known], "told": told}, file)


def readable_by_others(root, path):
    if not os.stat(path).st_mode & stat.S_IROTH:
        return False
    while path != root:
        path = os.path.dirname(path)
        if not os.stat(path).st_mode & stat.S_IXOTH:
            return False
    return True


def check(cluster, out):
    with open(out) as file:
        state = json.load(file)
    needles = set().union(*(forms(bytes.fromhex(each)) for each in state["secrets"])) if state["secrets"] else set()
    told, looked = state["told"], 0
    for folder, _, files in os.walk(cluster):
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.isfile(path) or os.path.islink(path):
                continue
            log = path.startswith(os.path.join(cluster, "logs"))
            if not log and not readable_by_others(cluster, path):
                continue
            looked += 1
            with open(path, "rb") as file:
                data = file.read()
            if any(needle in data for needle in needles):
                told.append(path)
    print(f"{len(state['secrets'])} secrets, {looked} files looked at")
    for each in told:
        print("a secret in " + each)
    return 0 if state["secrets"] and looked and not told else 1


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        watch(sys.argv[2], sys.argv[3], sys.argv[4])
    else:
        sys.exit(check(sys.argv[2], sys.argv[3]))
