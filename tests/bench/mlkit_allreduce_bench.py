#!/usr/bin/env python3
"""All-reduce of floats between processes of this machine: ours over TCP and over shared memory beside Gloo's TCP, in one
interleaved run: medians of 5, with the CPU time of all ranks. Needs Debian's libgloo-dev, a C++ compiler, and the release build's
mlkit_allreduce_bench. Usage: mlkit_allreduce_bench.py BUILD_FOLDER [RUNS]"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def main():
    build = pathlib.Path(sys.argv[1])
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    ours = build / "bench" / "mlkit_allreduce_bench"
    with tempfile.TemporaryDirectory() as folder:
        programs = [("tusk TCP", [ours, "tcp"]), ("tusk shared memory", [ours, "shm"])]
        gloo = pathlib.Path(folder) / "gloo_allreduce"
        if pathlib.Path("/usr/include/gloo/allreduce.h").exists():
            subprocess.run([os.environ.get("CXX", "c++"), "-std=c++17", "-O3", "-march=native", f"-I{ROOT}", HERE / "peers" / "gloo_allreduce.cc",
                            "-o", gloo, "-lgloo", "-lpthread"], check=True)
            programs += [(f"Gloo {kind}", [gloo, kind]) for kind in ("ring", "ring_chunked", "halving_doubling")]
        else:
            print("no Gloo here: apt-get install libgloo-dev")
        for ranks in (2, 4):
            for size, rounds in ((64 << 20, 6), (1 << 20, 100), (8, 3000)):
                measure(programs, ranks, size, rounds, runs)


def measure(programs, ranks, size, rounds, runs):
    walls = {name: [] for name, _ in programs}
    cpus = {name: [] for name, _ in programs}
    for _ in range(runs):
        for name, command in programs:
            done = subprocess.run([*command, str(ranks), str(size), str(rounds)], check=True, stdout=subprocess.PIPE, text=True, timeout=300)
            wall, cpu = map(float, done.stdout.split())
            walls[name].append(wall)
            cpus[name].append(cpu)
    gloo = [statistics.median(walls[name]) for name, _ in programs if name.startswith("Gloo")]
    print(f"{size} bytes, {ranks} processes:", flush=True)
    for name, _ in programs:
        wall = statistics.median(walls[name])
        beside = f"  {min(gloo) / wall:5.2f} x the best Gloo" if gloo else ""
        print(f"  {name:22} wall {wall:12.1f} us  CPU {statistics.median(cpus[name]):12.1f} us{beside}", flush=True)


if __name__ == "__main__":
    main()
