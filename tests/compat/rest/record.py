#!/usr/bin/env python3
"""Plays the scene on a real Hadoop and writes what it answered, normalised, to OUT (tests/golden/rest/answers.json).

    PEER_HOME=… PEER_PORT_BASE=… record.py OUT      (after `hadoop-peer start 1` of a fresh PEER_HOME; ports from PEER_PORT_BASE)
"""
import json
import os
import subprocess
import sys
from pathlib import Path

from scene import Scene
from shapes import normal

here = Path(__file__).parent
peer = here.parent / "peers" / "hadoop-peer"


def main(out):
    base = int(os.environ["PEER_PORT_BASE"])
    work = Path(os.environ["PEER_HOME"]) / "scene"
    work.mkdir(exist_ok=True)
    for name in ("a", "b"):
        (work / name).write_text(f"one two {name}\n" * 3)
    slow = work / "slow.sh"
    slow.write_text(f"#!/bin/bash\nsleep {os.environ.get('SCENE_SLEEP', '25')}\ncat\n")
    slow.chmod(0o755)
    subprocess.run([peer, "hdfs", "dfs", "-mkdir", "-p", "/scene/in"], check=True)
    subprocess.run([peer, "hdfs", "dfs", "-put", "-f", work / "a", work / "b", "/scene/in/"], check=True)
    subprocess.run([peer, "hdfs", "dfs", "-rm", "-r", "-f", "/scene/out"], check=True)
    streaming = [peer, "mapred", "streaming", "-files", f"file://{slow}", "-D", "mapreduce.job.reduces=1", "-D",
                 "mapreduce.job.reduce.slowstart.completedmaps=1", "-D", "mapreduce.map.memory.mb=512", "-D", "mapreduce.reduce.memory.mb=512",
                 "-D", "mapreduce.job.name=scene job", "-input", "/scene/in", "-output", "/scene/out", "-mapper", "slow.sh", "-reducer", "cat"]
    at = lambda offset: f"127.0.0.1:{base + offset}"
    scene = Scene(at(88), at(42), at(888), [str(word) for word in streaming], log=lambda text: print(text, flush=True))
    try:
        scene.play()
    finally:
        Path(out).write_text(json.dumps(normal(scene.answers), indent=1) + "\n")


main(sys.argv[1])
