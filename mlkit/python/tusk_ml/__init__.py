"""tusk's mlkit from Python: estimators in scikit-learn's manner, and minimize()."""
from tusk_ml.estimators import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    LinearRegression,
    LinearSVC,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    SoftmaxRegression,
    load,
)
from tusk_ml.library import TuskError, algorithms
from tusk_ml.search import Minimum, minimize

__all__ = [
    "AdaBoostClassifier", "ExtraTreesClassifier", "ExtraTreesRegressor", "GradientBoostingClassifier",
    "GradientBoostingRegressor", "LinearRegression", "LinearSVC", "LogisticRegression", "MLPClassifier", "MLPRegressor",
    "Minimum", "RandomForestClassifier", "RandomForestRegressor", "SoftmaxRegression", "TuskError", "algorithms", "load",
    "minimize",
]
