#!/usr/bin/env bash
# Logistic regression on rows like RCV1's to LIBLINEAR's optimum (relative gap 1e-3); the peer is Debian's liblinear-dev.
set -euo pipefail
ninja -C build/release mlkit_logistic_bench >/dev/null
for rows in 20000 100000; do build/release/bench/mlkit_logistic_bench "$rows" 5; done
