#!/usr/bin/env bash
# gpu_check.sh [BUILD_FOLDER]: builds mlkit's GPU code and what it needs (plain C++20: nvcc 13 and g++ or clang++, nothing else), runs its
# test suite with the CPU as oracle, and times matrix products and an epoch. Without a GPU (or nvcc) it says how many tests were skipped
# and exits 0; with a failed check it exits 1. At most 9 minutes.
#   NVCC, CXX          the compilers (default: the ones found)      GPU_CHECK_ARCH   default native, or sm_80 without a device
#   GPU_CHECK_ONLY     build: compile and link only                 GPU_CHECK_OPT    -O3
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:-build/gpu_check}
mkdir -p "$build"

nvcc=${NVCC:-$(command -v nvcc || true)}
if [[ -z $nvcc && -x /usr/local/cuda/bin/nvcc ]]; then nvcc=/usr/local/cuda/bin/nvcc; fi
if [[ -z $nvcc ]]; then
  # 13 groups of checks for 3 seeds, 6 shapes and the epoch: as the program counts.
  echo "46 tests skipped: no nvcc (NVCC=.../bin/nvcc; tests/compat/peers/nvcc.sh installs one)"
  exit 0
fi
cxx=${CXX:-$(command -v g++ || command -v clang++-19 || command -v clang++)}
optimize=${GPU_CHECK_OPT:--O3}
# CI gives a lean toolkit: where no driver is, `native` means nothing.
arch=${GPU_CHECK_ARCH:-}
if [[ -z $arch ]]; then if [[ -e /dev/nvidiactl ]]; then arch=native; else arch=sm_80; fi; fi
root=$(cd "$(dirname "$(readlink -f "$nvcc")")/.." && pwd)
export LD_LIBRARY_PATH="$root/lib64:$root/lib:$root/targets/x86_64-linux/lib:${LD_LIBRARY_PATH:-}"  # where cuBLAS may be

host=(base/core/check base/core/status mlkit/device/cpu/kernels mlkit/device/cpu/kernels_scalar mlkit/device/cpu/kernels_avx2
      mlkit/device/cpu/kernels_avx512 mlkit/device/cpu/thread_pool mlkit/sgd/loss/losses mlkit/sgd/optimizer/optimizers mlkit/tensor/cpu_backend
      mlkit/tensor/tape mlkit/device/cuda/cublas mlkit/device/cuda/cuda_backend mlkit/device/cuda/device_checks mlkit/device/cuda/gpu_check)
device=(matmul elementwise sums losses update runtime)
common="-std=c++20 $optimize -I. -ffp-contract=off -fno-math-errno"
objects=()
{
  for file in "${host[@]}"; do
    flags=$common
    case $file in
      */kernels_avx2) flags+=" -mavx2 -mfma" ;;
      */kernels_avx512) flags+=" -mavx2 -mfma -mavx512f -mavx512dq -mavx512vl -mavx512bw -mprefer-vector-width=512" ;;
    esac
    echo "$cxx $flags -c $file.cc -o $build/${file//\//_}.o"
  done
  for file in "${device[@]}"; do
    echo "$nvcc -std=c++20 $optimize -arch=$arch -fmad=false --expt-relaxed-constexpr -I. -c mlkit/device/cuda/$file.cu -o $build/$file.o"
  done
} >"$build/commands"
for file in "${host[@]}"; do objects+=("$build/${file//\//_}.o"); done
for file in "${device[@]}"; do objects+=("$build/$file.o"); done
started=$SECONDS
tr '\n' '\0' <"$build/commands" | xargs -0 -P "$(nproc)" -n 1 bash -c
"$nvcc" -std=c++20 -arch="$arch" -ccbin "$(command -v g++ || echo "$cxx")" -L"$root/lib" -L"$root/lib64" "${objects[@]}" -o "$build/gpu_check" -lpthread -ldl -lrt
echo "built in $((SECONDS - started)) s: $("$nvcc" --version | sed -n 's/.*release \([0-9.]*\).*/nvcc \1/p'), $("$cxx" --version | head -1), $arch"
if [[ ${GPU_CHECK_ONLY:-} == build ]]; then exit 0; fi
timeout $((530 - (SECONDS - started))) "$build/gpu_check"
