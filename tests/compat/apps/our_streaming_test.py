#!/usr/bin/env python3
"""Our streaming (`mapred streaming`, a C++ job with our application master) on a cluster of `tusk up`, given the very
command lines of Hadoop's: its output is, byte for byte, what Hadoop's streaming wrote on a real cluster (golden.tsv).
Python mappers, combiners and reducers, -file, key fields, the aggregate reducer, a mapper that fails. Needs no Java.

  our_streaming_test.py TUSK"""
import collections
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../../minicluster")

import cases  # noqa: E402
import inputs  # noqa: E402
import run_cases  # noqa: E402
from cluster import check, main  # noqa: E402

Ended = collections.namedtuple("Ended", "code out err")


class OurStreaming:
    """Stands where the Java clients stand for a Bench."""

    def __init__(self, cluster):
        self.cluster = cluster

    def run(self, _name, main_class, *arguments, seconds):
        assert main_class == cases.STREAMING
        done = subprocess.run([self.cluster.tusk, "streaming", *arguments], env=self.cluster.environment(),
                              cwd=self.cluster.scratch, capture_output=True, timeout=seconds, check=False, text=True)
        return Ended(done.returncode, done.stdout, done.stderr)


def test(cluster):
    local = cluster.scratch + "/local"
    inputs.write(local)
    cluster.up(datanodes=1, nodemanagers=1)
    bench = cases.Bench(OurStreaming(cluster), cluster.tusk, cluster.folder + "/conf", local, run_cases.read_golden())
    bench.prepare()
    for name in ("streaming -files", "streaming -file, key fields", "streaming aggregate", "streaming, a failing mapper"):
        cases.CASES[name](bench)
        check(name, True)
    lines = cluster.dfs("-text", "/out/streaming/part-00000", "/out/streaming/part-00001").splitlines()
    check("the words of the input are counted", len(lines) > 400, lines[:5])


main("our-streaming", test)
