"""Estimators: scikit-learn's conventions around the library's algorithms."""
import numpy as np
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from tusk_ml.library import ModelHandle, OnlineHandle

try:  # scikit-learn >= 1.6
    from sklearn.utils.validation import _check_sample_weight, validate_data
except ImportError:
    from sklearn.utils.validation import _check_sample_weight

    def validate_data(estimator, *arguments, **options):
        return estimator._validate_data(*arguments, **options)


class TuskEstimator(BaseEstimator):
    """What all have in common. `settings` are further settings of `tusk ml train`, by name."""

    _algorithm = ""
    _missing = False  # NaN means missing

    def _settings(self):
        """Constructor arguments that are settings of the algorithm, and `settings` over them."""
        own = {name: value for name, value in self.get_params(deep=False).items()
               if name not in ("settings", "random_state", "n_jobs") and value is not None}
        return {**own, **(self.settings or {})}

    def _finite(self):
        return "allow-nan" if self._missing else True

    def _seed(self):
        seed = self.random_state
        if isinstance(seed, np.random.RandomState):
            seed = seed.randint(2**31)
        return int(seed or 0)

    def _train(self, x, labels, weights, classes):
        self.__dict__.pop("_online", None)  # a later partial_fit begins anew
        threads = self.n_jobs if self.n_jobs is not None and self.n_jobs > 0 else 0
        self.model_ = ModelHandle.train(self._algorithm, self._settings(), x, labels, weights, classes,
                                       self._seed(), threads)
        return self

    def _rows(self, x):
        check_is_fitted(self)
        return validate_data(self, x, reset=False, accept_sparse="csr", dtype=np.float32, ensure_all_finite=self._finite())

    def save(self, path):
        """A file that `tusk ml predict` and tusk_ml.load read; it knows classes by number only."""
        check_is_fitted(self)
        with open(path, "wb") as file:
            file.write(self.model_.to_bytes())

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = self._missing
        return tags


class TuskClassifier(ClassifierMixin, TuskEstimator):
    def fit(self, X, y, sample_weight=None):
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float32, ensure_all_finite=self._finite())
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"{type(self).__name__} needs at least two classes; the data has one class only")
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        return self._train(X, labels, sample_weight, len(self.classes_))

    def predict(self, X):
        X = self._rows(X)
        return self.classes_[self.model_.predict(X).astype(np.int64)]

    def decision_function(self, X):
        X = self._rows(X)
        scores = self.model_.scores(X)
        if scores.shape[1] == 1:
            return scores[:, 0]
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores


class TuskRegressor(RegressorMixin, TuskEstimator):
    def fit(self, X, y, sample_weight=None):
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float32, y_numeric=True,
                             ensure_all_finite=self._finite())
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        return self._train(X, y, sample_weight, 0)

    def predict(self, X):
        X = self._rows(X)
        return self.model_.predict(X).astype(np.float64)


def _online_settings(estimator):
    """A method for all rows at once (newton, lbfgs) gives way to the default of blocks; what ends it has no meaning there."""
    settings = estimator._settings()
    if settings.get("optimizer") in ("newton", "lbfgs"):
        del settings["optimizer"]
    return settings


class OnlineClassifier:
    """`partial_fit`: goes on from the rows before. A copy or what was pickled begins anew."""

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        begins = getattr(self, "_online", None) is None
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float32, reset=begins)
        if begins:
            check_classification_targets(y)
            self.classes_ = np.unique(y if classes is None else classes)
            if len(self.classes_) < 2:
                raise ValueError(f"{type(self).__name__} needs at least two classes: name them all in the first call (classes=)")
            self._online = OnlineHandle(self._algorithm, _online_settings(self), len(self.classes_), self._seed())
        labels = np.searchsorted(self.classes_, y)
        known = (labels < len(self.classes_)) & (self.classes_[np.minimum(labels, len(self.classes_) - 1)] == y)
        if not known.all():
            raise ValueError(f"the label {y[~known][0]!r} is none of the classes of the first call")
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        self.model_ = self._online.partial_fit(X, labels, sample_weight)
        return self


class OnlineRegressor:
    """`partial_fit`: goes on from the rows before. A copy or what was pickled begins anew."""

    def partial_fit(self, X, y, sample_weight=None):
        begins = getattr(self, "_online", None) is None
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float32, y_numeric=True, reset=begins)
        if begins:
            self._online = OnlineHandle(self._algorithm, _online_settings(self), 0, self._seed())
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        self.model_ = self._online.partial_fit(X, y, sample_weight)
        return self


class ProbabilityMixin:
    def predict_proba(self, X):
        X = self._rows(X)
        return self.model_.probabilities(X)

    def predict_log_proba(self, X):
        return np.log(self.predict_proba(X))


class LinearMixin:
    """coef_ [outputs][columns] and intercept_ [outputs] in double precision; scores are computed from them."""

    @property
    def coef_(self):
        return self._weights()[0].T

    @property
    def intercept_(self):
        return self._weights()[1]

    def _weights(self):
        check_is_fitted(self)
        arrays = self.model_.tensors()
        return arrays["weights"], arrays["intercepts"]

    def _scores(self, X):
        X = validate_data(self, X, reset=False, accept_sparse="csr", dtype=np.float64)
        weights, intercepts = self._weights()
        return np.asarray(X @ weights) + intercepts


class LinearClassifier(OnlineClassifier, LinearMixin, TuskClassifier):
    def decision_function(self, X):
        check_is_fitted(self)
        scores = self._scores(X)
        if scores.shape[1] == 1:
            return scores[:, 0]
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X):
        scores = self.decision_function(X)
        return self.classes_[(scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(1)]


class LinearProbabilities(ProbabilityMixin):
    def predict_proba(self, X):
        check_is_fitted(self)
        scores = self._scores(X)
        if scores.shape[1] == 1:
            return softmax(np.hstack([np.zeros_like(scores), scores]), axis=1)
        if self._algorithm == "softmax":
            return softmax(scores, axis=1)
        each = expit(scores)  # one against the rest
        return each / each.sum(axis=1, keepdims=True)


class LinearRegressor(OnlineRegressor, LinearMixin, TuskRegressor):
    def predict(self, X):
        check_is_fitted(self)
        return self._scores(X)[:, 0]


def _linear(name, algorithm, base, documentation, *mixins, penalty=1e-3, precision=1e-10, method=None):
    def __init__(self, l1=0.0, l2=penalty, optimizer=method, tolerance=precision, epochs=200, settings=None, random_state=0,
                 n_jobs=None):
        self.l1, self.l2, self.optimizer, self.tolerance, self.epochs = l1, l2, optimizer, tolerance, epochs
        self.settings, self.random_state, self.n_jobs = settings, random_state, n_jobs

    return type(name, (*mixins, base), {"__init__": __init__, "__doc__": documentation, "__module__": __name__,
                                        "_algorithm": algorithm})


LinearRegression = _linear("LinearRegression", "linear", LinearRegressor, "Squared or Huber loss with l1 and l2.")
LogisticRegression = _linear("LogisticRegression", "logistic", LinearClassifier, "One against the rest for several classes.",
                             LinearProbabilities)
SoftmaxRegression = _linear("SoftmaxRegression", "softmax", LinearClassifier, "Multinomial logistic regression.",
                            LinearProbabilities, precision=1e-8, method="lbfgs")
LinearSVC = _linear("LinearSVC", "svm", LinearClassifier, "Linear support vector machine.", penalty=1e-2)


class _Network:
    _algorithm = "mlp"

    def __init__(self, hidden="100", activation="relu", learning_rate=1e-3, batch=128, epochs=50, l2=1e-4, settings=None,
                 random_state=0, n_jobs=None):
        self.hidden, self.activation, self.learning_rate = hidden, activation, learning_rate
        self.batch, self.epochs, self.l2 = batch, epochs, l2
        self.settings, self.random_state, self.n_jobs = settings, random_state, n_jobs


class MLPClassifier(_Network, OnlineClassifier, ProbabilityMixin, TuskClassifier):
    """A network of fully connected layers; hidden="256,128" are their widths."""


class MLPRegressor(_Network, OnlineRegressor, TuskRegressor):
    """A network of fully connected layers; hidden="256,128" are their widths."""


class _Boosting:
    _algorithm = "gbdt"
    _missing = True

    def __init__(self, trees=100, leaves=31, learning_rate=0.1, settings=None, random_state=0, n_jobs=None):
        self.trees, self.leaves, self.learning_rate = trees, leaves, learning_rate
        self.settings, self.random_state, self.n_jobs = settings, random_state, n_jobs


class GradientBoostingClassifier(_Boosting, ProbabilityMixin, TuskClassifier):
    """Histogram gradient boosting."""


class GradientBoostingRegressor(_Boosting, TuskRegressor):
    """Histogram gradient boosting."""


class _Forest:
    _algorithm = "forest"

    def __init__(self, trees=100, settings=None, random_state=0, n_jobs=None):
        self.trees = trees
        self.settings, self.random_state, self.n_jobs = settings, random_state, n_jobs


class RandomForestClassifier(_Forest, ProbabilityMixin, TuskClassifier):
    """A random forest."""


class RandomForestRegressor(_Forest, TuskRegressor):
    """A random forest."""


class ExtraTreesClassifier(_Forest, ProbabilityMixin, TuskClassifier):
    """Extremely randomized trees."""

    _algorithm = "extratrees"


class ExtraTreesRegressor(_Forest, TuskRegressor):
    """Extremely randomized trees."""

    _algorithm = "extratrees"


class AdaBoostClassifier(_Forest, ProbabilityMixin, TuskClassifier):
    """AdaBoost (SAMME) of small trees."""

    _algorithm = "adaboost"


def load(path):
    """A model file, as a handle with scores, probabilities, predict and describe."""
    with open(path, "rb") as file:
        return ModelHandle.from_bytes(file.read())
