#!/usr/bin/env bash
# cuda_compiles_test.sh: CUDA 13's compiler takes the GPU sources, and the program of tools/gpu_check.sh links and, on a machine without a
# GPU, says what it skips. The compiler comes from PyPI (peers/nvcc.sh --core). Exit 77: it cannot be had.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${TUSK_PEER_CACHE:-$HOME/.cache/tusk-peers}
mkdir -p "$cache"
if ! root=$(flock "$cache/cuda.lock" "$here/../peers/nvcc.sh" --core "$cache/cuda"); then
  echo "cuda_compiles_test: nvcc cannot be installed from PyPI" >&2
  exit 77
fi
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
NVCC=$root/bin/nvcc GPU_CHECK_ARCH=sm_80 GPU_CHECK_OPT=-O1 GPU_CHECK_ONLY=build "$here/../../../tools/gpu_check.sh" "$build"
if [[ -e /dev/nvidiactl ]]; then exit 0; fi
[[ $("$build/quant_gpu_check") =~ ^codecs:\ 4\ tests\ skipped:\ no\ CUDA\ device ]]
out=$("$build/gpu_check")
echo "$out"
[[ $out =~ ^46\ tests\ skipped:\ no\ CUDA\ device ]]
