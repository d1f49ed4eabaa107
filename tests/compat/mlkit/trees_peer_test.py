"""Our trees beside LightGBM, scikit-learn and XGBoost: accuracy at equal settings, and XGBoost's files both ways."""
import gzip
import json
import os
import sys
import tempfile
from pathlib import Path

import lightgbm as lgb
import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.metrics import roc_auc_score

sys.path.insert(0, str(Path(__file__).parents[3] / "mlkit/python"))
from tusk_ml.library import ModelHandle

THREADS = os.cpu_count() or 1
FAILURES = []


def expect(true, what):
    print(("ok    " if true else "WRONG ") + what, flush=True)
    if not true:
        FAILURES.append(what)


def train(algorithm, x, y, classes, seed=1, **settings):
    return ModelHandle.train(algorithm, settings, np.asarray(x, np.float32), y, None, classes, seed, THREADS)


def accuracy(model, x, y):
    return float((model.probabilities(np.asarray(x, np.float32)).argmax(1) == y).mean())


def fashion(rows):
    """Some rows of Fashion-MNIST (Debian's dataset-fashion-mnist), or None."""
    folder = Path("/usr/share/datasets/fashion-mnist")
    if not folder.exists():
        return None

    def read(name, offset):
        return np.frombuffer(gzip.open(folder / name).read(), np.uint8, offset=offset)
    x = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 784)[:rows]
    y = read("train-labels-idx1-ubyte.gz", 8)[:rows]
    xt = read("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 784)
    return x.astype(np.float32), xt.astype(np.float32), y, read("t10k-labels-idx1-ubyte.gz", 8)


def higgs_like(rows, seed):
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 28)).astype(np.float32)
    x[:, 9] = np.round(x[:, 9])
    score = 0.8 * x[:, 0] * x[:, 1] + 0.7 * np.sin(2 * x[:, 2]) + 0.5 * x[:, 3] + 0.4 * (x[:, 4] ** 2 - 1) + 0.4 * x[:, 5] * x[:, 6]
    return x, (random.uniform(size=rows) < 1 / (1 + np.exp(-score))).astype(int)


def clusters(rows, seed):
    """Five classes of several Gaussian clusters each in 16 columns, and four columns of noise."""
    centres = np.random.default_rng(77).normal(size=(15, 16)) * 1.6
    random = np.random.default_rng(seed)
    which = random.integers(15, size=rows)
    x = np.concatenate([centres[which] + random.normal(size=(rows, 16)) * 1.4, random.normal(size=(rows, 4))], axis=1)
    return x.astype(np.float32), which % 5


def boosting(name, x, xt, y, yt, rounds, leaves):
    classes = int(y.max()) + 1
    parameters = {"objective": "binary" if classes == 2 else "multiclass", "num_leaves": leaves, "learning_rate": 0.1,
                  "num_threads": THREADS, "verbosity": -1, "seed": 1}
    if classes > 2:
        parameters["num_class"] = classes
    theirs = lgb.train(parameters, lgb.Dataset(x, y), rounds).predict(xt)
    ours = train("gbdt", x, y, classes, num_leaves=leaves, trees=rounds)
    if classes == 2:
        mine, other = roc_auc_score(yt, ours.probabilities(xt)[:, 1]), roc_auc_score(yt, theirs)
        expect(abs(mine - other) < 0.001, f"gbdt {name}: AUC {mine:.5f}, LightGBM's {other:.5f}")
        theirs = np.stack([1 - theirs, theirs], axis=1)
    mine, other = accuracy(ours, xt, yt), float((theirs.argmax(1) == yt).mean())
    expect(abs(mine - other) <= 0.003, f"gbdt {name}: accuracy {mine:.4f}, LightGBM's {other:.4f}")


def forests(name, x, xt, y, yt, trees, seeds):
    classes = int(y.max()) + 1
    for algorithm, peer in (("forest", RandomForestClassifier), ("extratrees", ExtraTreesClassifier)):
        mine = np.mean([accuracy(train(algorithm, x, y, classes, seed, trees=trees), xt, yt) for seed in range(seeds)])
        other = np.mean([peer(trees, n_jobs=THREADS, random_state=seed).fit(x, y).score(xt, yt) for seed in range(seeds)])
        expect(mine >= other - 0.003, f"{algorithm} {name}: accuracy {mine:.4f}, scikit-learn's {other:.4f}")


def xgboost_files():
    try:
        import xgboost as xgb
    except ImportError:
        print("skip  XGBoost is not installed")
        return
    x, y = higgs_like(5000, 3)
    x[::7, 2] = np.nan
    targets = {"binary": (y, 2), "multiclass": ((x[:, 0] > 0).astype(int) + (x[:, 1] > 0), 3),
               "regression": (x[:, 0] * 2 + x[:, 3], 0)}
    for name, (labels, classes) in targets.items():
        ours = train("gbdt", x, labels, classes, trees=20, leaves=15)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(ours.to_xgboost())
            file.flush()
            booster = xgb.Booster(model_file=file.name)
        answers = booster.predict(xgb.DMatrix(x))
        mine = ours.probabilities(x) if classes else ours.scores(x)[:, 0]
        mine = mine[:, 1] if classes == 2 else mine
        worst = float(np.abs(answers - mine).max())
        expect(worst < (1e-6 if classes else 1e-5), f"XGBoost loads our {name} model: largest difference {worst:.1e}")
        objective = {2: {"objective": "binary:logistic"}, 3: {"objective": "multi:softprob", "num_class": 3}, 0: {}}[classes]
        theirs = xgb.train({**objective, "nthread": THREADS, "max_depth": 5}, xgb.DMatrix(x, labels), 20)
        read = ModelHandle.from_bytes(bytes(theirs.save_raw("json")))
        mine = read.probabilities(x) if classes else read.scores(x)[:, 0]
        worst = float(np.abs(theirs.predict(xgb.DMatrix(x)) - (mine[:, 1] if classes == 2 else mine)).max())
        expect(worst < (1e-6 if classes else 1e-5), f"we load XGBoost's {name} model: largest difference {worst:.1e}")
    json.loads(ours.to_xgboost())


def main():
    """Test sets of 10,000 rows or more, and enough rows to train on that other bins alone do not move accuracy by 0.3 points."""
    x, y = higgs_like(60_000, 1)
    xt, yt = higgs_like(60_000, 2)
    boosting("HIGGS-like", x, xt, y, yt, 30, 63)
    forests("HIGGS-like", x[:8000], xt[:20_000], y[:8000], yt[:20_000], 100, 1)
    x, y = clusters(4000, 1)
    xt, yt = clusters(20_000, 2)
    boosting("clusters", x, xt, y, yt, 40, 31)
    forests("clusters", x, xt, y, yt, 100, 1)
    some = fashion(6000)
    if some is not None:
        boosting("Fashion-MNIST", *some, 15, 31)
        forests("Fashion-MNIST", *some, 100, 1)
    xgboost_files()
    sys.exit(1 if FAILURES else 0)


main()
