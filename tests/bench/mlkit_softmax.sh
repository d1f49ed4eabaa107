#!/usr/bin/env bash
# Softmax on Fashion-MNIST (Debian's dataset-fashion-mnist) to 84.5 % of the test rows, beside scikit-learn's SGDClassifier.
set -euo pipefail
data=/usr/share/datasets/fashion-mnist peers=/root/.cache/tusk-peers/mlkit/bin/python
ninja -C build/release mlkit_fashion_bench >/dev/null
for run in 1 2 3 4 5; do
  build/release/bench/mlkit_fashion_bench softmax $data 2 optimizer=momentum learning_rate=0.04 batch=64 epochs=5 schedule=cosine | tail -1
done
[[ ! -x $peers ]] || "$peers" tests/bench/mlkit_fashion_peers.py softmax $data 30 | tail -1
