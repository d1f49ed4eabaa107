"""scikit-learn's check_estimator on every estimator whose algorithm the library has, and a few behaviours of our own."""
import os
import pickle
import sys
import tempfile
import traceback
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.utils.estimator_checks import check_estimator

sys.path.insert(0, str(Path(__file__).parent))
import tusk_ml
from tusk_ml.estimators import TuskEstimator

SMALL = {"mlp": {"epochs": 100, "batch": 16, "learning_rate": 0.01}, "gbdt": {"trees": 20}, "forest": {"trees": 20},
         "extratrees": {"trees": 20}, "adaboost": {"trees": 20}}


def estimators():
    known = tusk_ml.algorithms()
    for name in tusk_ml.__all__:
        kind = getattr(tusk_ml, name)
        if isinstance(kind, type) and issubclass(kind, TuskEstimator) and kind._algorithm in known:
            yield kind(n_jobs=1, **SMALL.get(kind._algorithm, {}))


# Which rows a bootstrap draws and a mini-batch takes depends on their number, so a row of weight 2 is not the same as two
# rows; scikit-learn expects this check to fail for its own forests, AdaBoost and SGD as well.
DRAWN = {"check_sample_weight_equivalence_on_" + kind: "rows are drawn by their numbers"
         for kind in ("dense_data", "sparse_data")}


def test_check_estimator():
    checked = 0
    for estimator in estimators():
        expected = DRAWN if estimator._algorithm in ("forest", "extratrees", "adaboost", "mlp") else {}
        results = check_estimator(estimator, expected_failed_checks=expected, on_fail=None)
        failures = [r for r in results if r["status"] == "failed"]
        for failure in failures:
            print(type(estimator).__name__, failure["check_name"], "".join(traceback.format_exception(failure["exception"])[-3:]))
        assert not failures, type(estimator).__name__
        checked += 1
    assert checked >= 12
    print(checked, "estimators pass check_estimator")


def test_logistic_regression_is_right_on_real_data():
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(0)) / x.std(0)
    model = tusk_ml.LogisticRegression(l2=1e-3).fit(x[::2], y[::2])
    assert model.score(x[1::2], y[1::2]) > 0.95
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict_proba(x), model.predict_proba(x))
    sparse = tusk_ml.LogisticRegression(l2=1e-3).fit(csr_matrix(x[::2]), y[::2])
    assert np.allclose(sparse.predict_proba(csr_matrix(x)), model.predict_proba(x), atol=1e-3)


def test_partial_fit_goes_on():
    x, y = load_breast_cancer(return_X_y=True)
    x, names = (x - x.mean(0)) / x.std(0), np.array(["no", "yes"])[y]
    for model in (tusk_ml.LogisticRegression(settings={"learning_rate": 0.01}), tusk_ml.LinearSVC(settings={"learning_rate": 0.01}),
                  tusk_ml.MLPClassifier(hidden="16", learning_rate=0.01, batch=32)):
        for _ in range(10):
            for part in range(0, 400, 100):
                model.partial_fit(x[part:part + 100], names[part:part + 100], classes=["yes", "no"])
        model.partial_fit(x[:1], names[:1])  # of one class only
        assert model.score(x[400:], names[400:]) > 0.93, type(model).__name__
        again = pickle.loads(pickle.dumps(model))
        assert np.array_equal(again.predict(x), model.predict(x))
        try:
            model.partial_fit(x[:1], ["maybe"])
            raise AssertionError("an unknown label")
        except ValueError as error:
            assert "none of the classes" in str(error)
    x = np.random.default_rng(1).normal(size=(500, 3))
    line = tusk_ml.LinearRegression(settings={"learning_rate": 0.1, "batch": 50})
    for _ in range(30):
        line.partial_fit(x, x @ [1, 2, 3] + 4)
    assert np.allclose(line.coef_, [[1, 2, 3]], atol=0.05) and abs(line.intercept_[0] - 4) < 0.05


def test_labels_keep_their_names():
    x, y = load_digits(return_X_y=True)
    names = np.array([f"digit {d}" for d in range(10)])
    model = tusk_ml.SoftmaxRegression().fit(x / 16, names[y])
    assert set(model.predict(x / 16)) <= set(names)
    assert model.score(x / 16, names[y]) > 0.95
    with tempfile.TemporaryDirectory() as folder:
        model.save(f"{folder}/m")
        loaded = tusk_ml.load(f"{folder}/m")
        assert np.array_equal(names[loaded.predict((x / 16).astype(np.float32)).astype(int)], model.predict(x / 16))
        assert "softmax" in loaded.describe()


def test_probabilities_are_the_library_s():
    x, y = load_digits(return_X_y=True)
    for kind, rows in (("LogisticRegression", y < 2), ("LogisticRegression", y < 4), ("SoftmaxRegression", y < 4)):
        model = getattr(tusk_ml, kind)().fit(x[rows] / 16, y[rows])
        assert np.allclose(model.predict_proba(x / 16), model.model_.probabilities((x / 16).astype(np.float32)), atol=1e-5)


def test_int8_models_predict_as_the_command_line_does():
    folder = Path(os.environ["INT8_MODELS"])
    rows = np.loadtxt(folder / "rows.csv", delimiter=",", dtype=np.float32)
    for algorithm in ("softmax", "mlp"):
        model = tusk_ml.load(folder / algorithm)
        assert "int8" in model.describe(), model.describe()
        assert any(array.dtype == np.int8 for array in model.tensors().values())
        predicted = model.predict(rows[:, 1:])
        assert np.array_equal(predicted, np.loadtxt(folder / f"{algorithm}.txt"))
        assert (predicted == rows[:, 0]).mean() > 0.5
        again = pickle.loads(pickle.dumps(model))
        assert np.array_equal(again.probabilities(rows[:, 1:]), model.probabilities(rows[:, 1:]))


def test_errors_are_exceptions():
    try:
        tusk_ml.LogisticRegression(settings={"l3": 1}).fit([[0.0], [1.0]], [0, 1])
    except tusk_ml.TuskError as error:
        assert "unknown setting 'l3'" in str(error)
    else:
        raise AssertionError("l3 was accepted")


def test_minimize():
    best = tusk_ml.minimize(lambda x: ((x - 0.5) ** 2).sum(), [-1] * 4, [1] * 4, generations=150)
    assert best.f[0, 0] < 1e-9 and best.x.shape == (1, 4)
    front = tusk_ml.minimize(lambda x: np.stack([x[:, 0], 1 - np.sqrt(x[:, 0]) + x[:, 1]], axis=1), [0, 0], [1, 1],
                             optimizer="nsga2", objectives=2, vectorized=True, generations=60)
    assert len(front.x) > 50
    try:
        tusk_ml.minimize(lambda x: 1 / 0, [0, 0], [1, 1])
    except ZeroDivisionError:
        return
    raise AssertionError("the function's exception was lost")


if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("ok", name)
