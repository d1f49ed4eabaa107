#!/usr/bin/env python3
"""Writes rows.csv and expectations.txt beside this script: optima of scikit-learn (with LIBLINEAR for the SVM) for the objectives of
`tusk ml train`: mean loss + l2/2 |w|^2 + l1 |w|_1. Needs numpy and scikit-learn; tests/compat/peers/mlkit-peer makes such a venv.

A line of expectations: algorithm, settings (name=value,...), label column, then weights (by column, then output) and intercepts."""
from pathlib import Path

import numpy as np
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.svm import SVC, LinearSVC

HERE = Path(__file__).parent
ROWS, COLUMNS = 150, 5
random = np.random.default_rng(12)
x = random.normal(size=(ROWS, COLUMNS)).astype(np.float32).astype(np.float64)
truth = random.normal(size=(COLUMNS, 3))
y = (x @ truth[:, 0] + 0.7 + random.normal(size=ROWS)).astype(np.float32).astype(np.float64)
two = (x @ truth[:, 1] + random.normal(size=ROWS) > 0.3).astype(int)
three = np.argmax(x @ truth + random.normal(size=(ROWS, 3)), axis=1)
with open(HERE / "rows.csv", "w") as out:
    for r in range(ROWS):
        out.write(",".join(f"{v:.9g}" for v in [*x[r], y[r], two[r], three[r]]) + "\n")

lines = []


def add(algorithm, settings, label, coefficients, intercepts):
    values = [*np.atleast_2d(coefficients).T.ravel(), *np.atleast_1d(intercepts)]
    lines.append(" ".join([algorithm, settings, label, *(f"{v:.12g}" for v in values)]))


ridge = Ridge(alpha=0.1 * ROWS, tol=1e-14).fit(x, y)
add("linear", "l2=0.1", "y", ridge.coef_, ridge.intercept_)
lasso = Lasso(alpha=0.2, tol=1e-14, max_iter=10**6).fit(x, y)
add("linear", "l1=0.2", "y", lasso.coef_, lasso.intercept_)
net = ElasticNet(alpha=0.3, l1_ratio=0.5, tol=1e-14, max_iter=10**6).fit(x, y)
add("linear", "l1=0.15,l2=0.15", "y", net.coef_, net.intercept_)
for l2 in (0.1, 0.001):
    logistic = LogisticRegression(C=1 / (l2 * ROWS), tol=1e-14, solver="newton-cg", max_iter=10**5).fit(x, two)
    add("logistic", f"l2={l2}", "two", logistic.coef_, logistic.intercept_)
    add("logistic", f"optimizer=lbfgs,l2={l2}", "two", logistic.coef_, logistic.intercept_)
softmax = LogisticRegression(C=1 / (0.01 * ROWS), tol=1e-14, solver="newton-cg", max_iter=10**5).fit(x, three)
add("softmax", "optimizer=lbfgs,l2=0.01", "three", softmax.coef_, softmax.intercept_ - softmax.intercept_.mean())
sparse = LogisticRegression(penalty="l1", C=1 / (0.05 * ROWS), tol=1e-13, solver="saga", max_iter=10**6, random_state=1).fit(x, two)
add("logistic", "l1=0.05,l2=0", "two", sparse.coef_, sparse.intercept_)
# LIBLINEAR penalizes its intercept, so there is none.
svm = LinearSVC(C=1 / (0.01 * ROWS), dual=False, fit_intercept=False, tol=1e-12, max_iter=10**6).fit(x, two)
add("svm", "l2=0.01,intercept=false", "two", svm.coef_, [0.0])
many = LinearSVC(C=1 / (0.01 * ROWS), dual=False, fit_intercept=False, tol=1e-12, max_iter=10**6).fit(x, three)
add("svm", "l2=0.01,intercept=false", "three", many.coef_, [0.0] * 3)
for label, name in ((two, "two"), (three, "three")):
    hinge = LinearSVC(C=1 / (0.01 * ROWS), loss="hinge", fit_intercept=False, tol=1e-9, max_iter=10**6, random_state=1).fit(x, label)
    add("svm", "loss=hinge,l2=0.01,intercept=false", name, hinge.coef_, [0.0] * (1 if name == "two" else 3))
# LIBSVM does not penalize its intercept.
kernel = SVC(C=1 / (0.01 * ROWS), kernel="linear", tol=1e-10).fit(x, two)
add("svm", "loss=hinge,l2=0.01", "two", kernel.coef_, kernel.intercept_)
balanced = LogisticRegression(C=1 / (0.01 * ROWS), class_weight="balanced", tol=1e-14, solver="newton-cg", max_iter=10**5).fit(x, two)
add("logistic", "l2=0.01,balanced=true", "two", balanced.coef_, balanced.intercept_)
(HERE / "expectations.txt").write_text("\n".join(lines) + "\n")
