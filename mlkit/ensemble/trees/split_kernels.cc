// Gains of all positions of a column. The same source compiled for three instruction sets; divisions and products are
// rounded one by one (no contraction), so all give the same bits.
#include <algorithm>
#include <cmath>

#include "mlkit/ensemble/trees/split.h"

namespace tusk::ml {
namespace {

inline __attribute__((always_inline)) double Soft(double gradient, double l1) {
  const double size = std::fabs(gradient) - l1;
  return std::copysign(size > 0 ? size : 0.0, gradient);
}

template <bool kL1>
inline __attribute__((always_inline)) void Gains(const double* left_gradients, const double* left_hessians, size_t count,
                                                 const GainInputs& inputs, double* gains) {
  const double gradient = inputs.gradient, hessian = inputs.hessian, l1 = inputs.l1, l2 = inputs.l2,
               least = inputs.hessian_min;
  for (size_t i = 0; i < count; ++i) {
    const double hl = left_hessians[i], hr = hessian - hl;
    double gl = left_gradients[i], gr = gradient - gl;
    if (kL1) {
      gl = Soft(gl, l1);
      gr = Soft(gr, l1);
    }
    const double a = hl + l2, b = hr + l2;
    const double both = (gl * gl * b + gr * gr * a) / (a * b);
    const bool valid = (hl >= least) & (hr >= least);
    gains[i] = valid ? both : -1.0;
  }
}

inline __attribute__((always_inline)) void AnyGains(const double* left_gradients, const double* left_hessians, size_t count,
                                                    const GainInputs& inputs, double* gains) {
  if (inputs.l1 > 0) {
    Gains<true>(left_gradients, left_hessians, count, inputs, gains);
  } else {
    Gains<false>(left_gradients, left_hessians, count, inputs, gains);
  }
}

void GainsBase(const double* g, const double* h, size_t count, const GainInputs& inputs, double* gains) {
  AnyGains(g, h, count, inputs, gains);
}
#if defined(__x86_64__)
__attribute__((target("avx2"))) void GainsAvx2(const double* g, const double* h, size_t count, const GainInputs& inputs,
                                               double* gains) {
  AnyGains(g, h, count, inputs, gains);
}
__attribute__((target("avx512f,avx512vl,avx512dq"))) void GainsAvx512(const double* g, const double* h,
                                                                                     size_t count, const GainInputs& inputs,
                                                                                     double* gains) {
  AnyGains(g, h, count, inputs, gains);
}
#endif

}  // namespace

std::span<const GainKernel> GainKernels() {
  static const std::vector<GainKernel> kernels = [] {
    std::vector<GainKernel> usable = {&GainsBase};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) usable.push_back(&GainsAvx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
      usable.push_back(&GainsAvx512);
    }
#endif
    return usable;
  }();
  return kernels;
}

}  // namespace tusk::ml
