"""Boosting or forests of ours beside LightGBM's or scikit-learn's, in turns, medians: mlkit_trees_peers.py gbdt|forest BENCH [REPEATS]

Every run is a process of its own; CPU seconds are those of training (binning included), memory is the process's peak. TRAIN_ROWS, TREES
and THREADS in the environment change the size."""
import gzip
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

THREADS = int(os.environ.get("THREADS", "2"))
FOLDER = Path(tempfile.gettempdir()) / "tusk-bench-trees"


def save(path, x, y, classes):
    with open(path, "wb") as file:
        np.array([*x.shape, classes], dtype=np.uint64).tofile(file)
        x.astype(np.float32).tofile(file)
        y.astype(np.float32).tofile(file)


def load(path):
    with open(path, "rb") as file:
        rows, columns, classes = (int(v) for v in np.fromfile(file, np.uint64, 3))
        x = np.fromfile(file, np.float32, rows * columns).reshape(rows, columns)
        return x, np.fromfile(file, np.float32), classes


def higgs_like(rows, seed):
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 28)).astype(np.float32)
    x[:, 5] = np.abs(x[:, 5])
    x[:, 9] = np.round(x[:, 9] * 1.1)
    x[:, 13] = np.round(x[:, 13] + 1)
    x[:, 17] = np.exp(x[:, 17] * 0.5)
    score = (0.6 * x[:, 0] * x[:, 1] + 0.5 * np.sin(2 * x[:, 2]) + 0.4 * x[:, 3] + 0.25 * (x[:, 4] ** 2 - 1)
             + 0.4 * x[:, 5] * x[:, 6] + 0.3 * np.tanh(x[:, 21] * x[:, 22]) + 0.5 * np.maximum(x[:, 23], x[:, 24])
             + 0.3 * x[:, 25] * x[:, 26] * x[:, 27])
    return x, (random.uniform(size=rows) < 1 / (1 + np.exp(-score)))


def fashion(images, labels):
    folder = Path("/usr/share/datasets/fashion-mnist")

    def read(name, offset):
        return np.frombuffer(gzip.open(folder / name).read(), np.uint8, offset=offset)
    return read(images, 16).reshape(-1, 784), read(labels, 8)


def prepare(kind):
    FOLDER.mkdir(exist_ok=True)
    train, test = FOLDER / f"{kind}.train", FOLDER / f"{kind}.test"
    if kind == "gbdt":
        save(train, *higgs_like(int(os.environ.get("TRAIN_ROWS", "1000000")), 1), 2)
        save(test, *higgs_like(200_000, 2), 2)
    else:
        save(train, *fashion("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"), 10)
        save(test, *fashion("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"), 10)
    return train, test


def quality(kind, probabilities, labels):
    from sklearn.metrics import roc_auc_score
    if kind == "gbdt":
        return roc_auc_score(labels, probabilities[:, -1])
    return float((probabilities.argmax(1) == labels).mean())


def peer(kind, train, test, trees):
    """Runs in a process of its own; prints one line of JSON."""
    x, y, _ = load(train)
    xt, yt, _ = load(test)
    wall, cpu = time.time(), time.process_time()
    if kind == "gbdt":
        import lightgbm as lgb
        parameters = {"objective": "binary", "num_leaves": 255, "learning_rate": 0.1, "max_bin": 255, "num_threads": THREADS,
                      "verbosity": -1}
        model = lgb.train(parameters, lgb.Dataset(x, y), trees)

        def answer():
            return model.predict(xt, num_threads=1).reshape(-1, 1)
    else:
        from sklearn.ensemble import RandomForestClassifier
        model = RandomForestClassifier(trees, n_jobs=THREADS, random_state=1, oob_score=True).fit(x, y)

        def answer():
            return model.predict_proba(xt)
    trained_wall, trained = time.time() - wall, time.process_time() - cpu
    cpu = time.process_time()
    answers = answer()
    print(json.dumps({"train_s": trained_wall, "train_cpu_s": trained, "predict_cpu_s": time.process_time() - cpu,
                      "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                      "quality": quality(kind, answers, yt)}))


def ours(kind, bench, train, test, trees):
    out = FOLDER / "out"
    settings = ["num_leaves=255"] if kind == "gbdt" else []
    line = subprocess.run([bench, kind, train, test, out, f"threads={THREADS}", f"trees={trees}", *settings], check=True,
                          capture_output=True, text=True).stdout
    _, labels, classes = load(test)
    return {**json.loads(line), "quality": quality(kind, np.fromfile(out, np.float32).reshape(-1, classes), labels)}


def main():
    kind, bench = sys.argv[1:3]
    trees = int(os.environ.get("TREES", "100" if kind == "gbdt" else "500"))
    if bench == "--peer":
        return peer(kind, FOLDER / f"{kind}.train", FOLDER / f"{kind}.test", trees)
    train, test = prepare(kind)
    name = "LightGBM" if kind == "gbdt" else "scikit-learn"
    runs = {"tusk": [], name: []}
    for _ in range(int(sys.argv[3]) if len(sys.argv) > 3 else 5):
        runs["tusk"].append(ours(kind, bench, train, test, trees))
        line = subprocess.run([sys.executable, __file__, kind, "--peer"], check=True, capture_output=True, text=True).stdout
        runs[name].append(json.loads(line.splitlines()[-1]))
    for who, results in runs.items():
        print(who + ": " + ", ".join(f"{key} {statistics.median(r[key] for r in results):.5g}"
                                     for key in ("train_s", "train_cpu_s", "predict_cpu_s", "rss_mb", "quality")))


main()
