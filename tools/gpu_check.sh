#!/usr/bin/env bash
# gpu_check.sh [BUILD_FOLDER]: builds the GPU code of mlkit and quant and what it needs (plain C++20: nvcc 13 and g++ or clang++, nothing
# else), runs the test suites with the CPU as oracle, and times matrix products, an epoch and the codecs (beside a device copy). Without a GPU (or nvcc) it says how many tests were skipped
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
  # 13 groups of checks for 3 seeds, 6 shapes and the epoch, the codecs for 2 seeds, as workers call them, and their times: as the programs count.
  echo "50 tests skipped: no nvcc (NVCC=.../bin/nvcc; tests/compat/peers/nvcc.sh installs one)"
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
device=(base/gpu/runtime mlkit/device/cuda/matmul mlkit/device/cuda/elementwise mlkit/device/cuda/sums mlkit/device/cuda/losses mlkit/device/cuda/update)
codec_host=(base/core/check base/core/status quant/types/tensor_type quant/cpu/codec quant/cpu/kernels_scalar quant/cpu/kernels_avx2 quant/cpu/kernels_avx512
            quant/types/weight_range quant/cpu/scaled quant/cpu/scaled_kernels quant/cpu/scaled_kernels_avx2
            quant/cuda/codec_checks quant/cuda/gpu_rows quant/cuda/scaled_checks quant/cuda/quant_gpu_check)
codec_device=(base/gpu/runtime quant/cuda/encode quant/cuda/decode quant/cuda/scaled)
common="-std=c++20 $optimize -I. -ffp-contract=off -fno-math-errno"
{
  for file in $(printf '%s\n' "${host[@]}" "${codec_host[@]}" | sort -u); do
    flags=$common
    case $file in
      quant/*/kernels_avx2 | quant/*/scaled_kernels_avx2) flags+=" -mavx2 -mf16c" ;;
      quant/*/kernels_avx512) flags+=" -mavx2 -mf16c -mavx512f -mavx512dq -mavx512vl -mavx512bw -mprefer-vector-width=512" ;;
      */kernels_avx2) flags+=" -mavx2 -mfma" ;;
      */kernels_avx512) flags+=" -mavx2 -mfma -mavx512f -mavx512dq -mavx512vl -mavx512bw -mprefer-vector-width=512" ;;
    esac
    echo "$cxx $flags -c $file.cc -o $build/${file//\//_}.o"
  done
  for file in $(printf '%s\n' "${device[@]}" "${codec_device[@]}" | sort -u); do
    echo "$nvcc -std=c++20 $optimize -arch=$arch -fmad=false --expt-relaxed-constexpr -I. -c $file.cu -o $build/${file//\//_}.o"
  done
} >"$build/commands"
objects_of() { for file in "$@"; do echo "$build/${file//\//_}.o"; done; }
started=$SECONDS
tr '\n' '\0' <"$build/commands" | xargs -0 -P "$(nproc)" -n 1 bash -c
link() { "$nvcc" -std=c++20 -arch="$arch" -ccbin "$(command -v g++ || echo "$cxx")" -L"$root/lib" -L"$root/lib64" "${@:2}" -o "$build/$1" -lpthread -ldl -lrt; }
link gpu_check $(objects_of "${host[@]}" "${device[@]}")
link quant_gpu_check $(objects_of "${codec_host[@]}" "${codec_device[@]}")
echo "built in $((SECONDS - started)) s: $("$nvcc" --version | sed -n 's/.*release \([0-9.]*\).*/nvcc \1/p'), $("$cxx" --version | head -1), $arch"
if [[ ${GPU_CHECK_ONLY:-} == build ]]; then exit 0; fi
failed=0
timeout $((330 - (SECONDS - started))) "$build/quant_gpu_check" || failed=1
timeout $((530 - (SECONDS - started))) "$build/gpu_check" || failed=1
exit $failed
