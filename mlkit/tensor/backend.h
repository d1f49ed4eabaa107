// TensorBackend: where the tape's arithmetic runs. All float pointers are the backend's own memory (from Allocate); matrices are
// row-major without gaps. Operations may be queued; Download and functions that give numbers wait for what was queued.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/core/result.h"
#include "mlkit/device/cpu/kernels.h"
#include "mlkit/sgd/optimizer/optimizer.h"

namespace tusk::ml {

enum class Activation : uint8_t { kRelu, kGelu, kTanh, kSigmoid };

// Which rows of a batch are of which lane: rows [starts[i], starts[i + 1]) of lane numbers[i].
struct LaneRows {
  std::vector<size_t> numbers;
  std::vector<size_t> starts = {0};
  size_t lanes() const { return numbers.size(); }
  size_t rows() const { return starts.back(); }
};

class TensorBackend {
 public:
  virtual ~TensorBackend() = default;

  // May the caller read and write Allocate's memory itself? Then it need not Upload.
  virtual bool host_memory() const = 0;
  virtual Result<float*> Allocate(size_t count) = 0;
  virtual void Free(float* memory) = 0;
  virtual void Upload(std::span<const float> host, float* to) = 0;
  virtual void Download(const float* from, std::span<float> host) = 0;
  virtual void Fill(float* to, size_t count, float value) = 0;

  // As Kernels::gemm.
  virtual void Gemm(Transpose transpose_a, Transpose transpose_b, size_t m, size_t n, size_t k, const float* a, const float* b,
                    float* c, bool accumulate) = 0;
  // The sum over rows of x^T * dy ([m][n]; x is [rows][m], dy [rows][n]). lane_stride 0: of all lanes, folded in the fixed tree, to
  // `out`; else lane i's to out + i * lane_stride.
  virtual void WeightGradient(const LaneRows& lanes, size_t m, size_t n, const float* x, const float* dy, float* out, size_t lane_stride) = 0;
  // The sum over rows of dy [rows][n], likewise.
  virtual void BiasGradient(const LaneRows& lanes, size_t n, const float* dy, float* out, size_t lane_stride) = 0;

  virtual void RepeatRow(size_t rows, size_t n, const float* row, float* out) = 0;
  virtual void Activate(Activation kind, size_t count, const float* x, float* y) = 0;
  // d (by y) becomes the derivative by x.
  virtual void ActivateBackward(Activation kind, size_t count, const float* x, const float* y, float* d) = 0;
  virtual void Multiply(size_t count, const float* x, const float* factor, float* out) = 0;   // out may be x
  // mask[row][c] = 0 with probability `rate`, else 1 / (1 - rate): a function of (seed, stream, lane, row within the lane, c).
  virtual void DropoutMask(const LaneRows& lanes, size_t columns, float rate, uint64_t seed, uint64_t stream, float* mask) = 0;

  // scores [rows][classes] become the gradients of weight * cross entropy; losses[i] is lane i's sum (host memory).
  virtual void CrossEntropy(const LaneRows& lanes, size_t classes, const float* labels, const float* weights, float* scores,
                            std::span<double> losses) = 0;
  // Half the squared error; scores [rows].
  virtual void SquaredError(const LaneRows& lanes, const float* labels, const float* weights, float* scores, std::span<double> losses) = 0;

  // gradients *= scale, then the optimizer's step with its l2 (kGradient, kShrink) on `count` weights.
  virtual void Update(const GradientOptimizer& optimizer, const StepInfo& info, size_t count, float scale, float* weights,
                      float* gradients, std::span<float* const> slots) = 0;

  // What a training needs besides weights and the optimizer's memory to go on with equal bits (the loss scale), for checkpoints.
  virtual std::vector<int64_t> State() const { return {}; }
  virtual Status Restore(std::span<const int64_t> /*state*/) { return Status::Ok(); }

  // What went wrong since the last call: a device fails long after the operation was asked for. Waits.
  virtual Status Check() { return Status::Ok(); }
};

}  // namespace tusk::ml
