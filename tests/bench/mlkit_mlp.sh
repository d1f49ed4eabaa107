#!/usr/bin/env bash
# Perceptron 784-512-10 on Fashion-MNIST, batch 128: seconds an epoch, beside PyTorch (Debian's python3-torch), on 1 and 2 threads.
set -euo pipefail
data=/usr/share/datasets/fashion-mnist
ninja -C build/release mlkit_fashion_bench >/dev/null
for threads in 1 2; do
  build/release/bench/mlkit_fashion_bench mlp $data $threads hidden=512 optimizer=momentum learning_rate=0.05 batch=128 epochs=5 target=1 | tail -1
  if /usr/bin/python3 -c 'import torch' 2>/dev/null; then
    OMP_NUM_THREADS=$threads /usr/bin/python3 tests/bench/mlkit_fashion_peers.py mlp $data 3 $threads | tail -1
  fi
done
