// Losses with their gradients, a row a thread: rows are many and classes few. The steps are those of the CPU's softmax and
// SoftmaxLoss, the sum of exponentials in its 16 lanes.
#include "mlkit/device/cpu/functions_internal.h"
#include "mlkit/device/cuda/gpu.h"
#include "mlkit/device/cuda/launch_internal.h"

namespace tusk::ml::cuda {
namespace {

constexpr size_t kSumLanes = 16;

__device__ inline float SumInLanes(const float* row, size_t count) {
  float sums[kSumLanes] = {};
  for (size_t i = 0; i < count; ++i) sums[i % kSumLanes] += row[i];
  for (size_t half = kSumLanes / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  }
  return sums[0];
}

__global__ void CrossEntropyKernel(size_t rows, size_t classes, const float* labels, const float* weights, float scale, float* scores,
                                   double* losses) {
  for (size_t r = FirstOfThread(); r < rows; r += StrideOfThreads()) {
    float* row = scores + r * classes;
    const auto label = static_cast<size_t>(labels[r]);
    const float chosen = row[label];
    float most = row[0];
    for (size_t c = 1; c < classes; ++c) most = row[c] > most ? row[c] : most;
    for (size_t c = 0; c < classes; ++c) row[c] = ExpOf<ScalarVector>(row[c] - most);
    const float sum = SumInLanes(row, classes), log_sum = most + LogOf<ScalarVector>(sum);
    for (size_t c = 0; c < classes; ++c) row[c] /= sum;
    row[label] -= 1.0F;
    double loss = static_cast<double>(log_sum) - static_cast<double>(chosen);
    if (weights != nullptr) loss *= static_cast<double>(weights[r]);
    const float factor = weights == nullptr ? scale : scale * weights[r];
    for (size_t c = 0; c < classes; ++c) row[c] *= factor;
    losses[r] = loss;
  }
}

__global__ void SquaredErrorKernel(size_t rows, const float* labels, const float* weights, float scale, float* scores, double* losses) {
  for (size_t r = FirstOfThread(); r < rows; r += StrideOfThreads()) {
    const float error = scores[r] - labels[r], weight = weights == nullptr ? 1.0F : weights[r];
    losses[r] = 0.5 * static_cast<double>(weight) * static_cast<double>(error) * static_cast<double>(error);
    scores[r] = weight * error * scale;
  }
}

__global__ void LaneLossesKernel(size_t lanes, const size_t* starts, const double* losses, double* out) {
  for (size_t lane = FirstOfThread(); lane < lanes; lane += StrideOfThreads()) {
    double sum = 0;
    for (size_t row = starts[lane]; row < starts[lane + 1]; ++row) sum += losses[row];
    out[lane] = sum;
  }
}

}  // namespace

void CrossEntropy(size_t rows, size_t classes, const float* labels, const float* weights, float scale, float* scores, double* losses) {
  if (rows > 0) Launch({BlocksFor(rows)}, {kBlock}, CrossEntropyKernel, rows, classes, labels, weights, scale, scores, losses);
}

void SquaredError(size_t rows, const float* labels, const float* weights, float scale, float* scores, double* losses) {
  if (rows > 0) Launch({BlocksFor(rows)}, {kBlock}, SquaredErrorKernel, rows, labels, weights, scale, scores, losses);
}

void LaneLosses(size_t lanes, const size_t* starts, const double* losses, double* out) {
  if (lanes > 0) Launch({BlocksFor(lanes)}, {kBlock}, LaneLossesKernel, lanes, starts, losses, out);
}

}  // namespace tusk::ml::cuda
