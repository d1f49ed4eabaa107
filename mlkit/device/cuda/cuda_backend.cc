// Device memory for what operations need in between, and the operations as kernels.
#include "mlkit/device/cuda/cuda_backend.h"

#include "mlkit/device/cuda/gpu.h"
#include "mlkit/device/cuda/loss_scale.h"
#include "mlkit/device/cuda/update.h"

namespace tusk::ml {
namespace {

// Grows, never shrinks: operations of one network need the same sizes again and again.
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { Clear(); }
  // Null if there is not so much memory.
  template <typename T>
  T* Of(size_t count) {
    if (count * sizeof(T) > bytes_ || data_ == nullptr) {
      Clear();
      data_ = cuda::Allocate(count * sizeof(T));
      bytes_ = data_ == nullptr ? 0 : count * sizeof(T);
    }
    return static_cast<T*>(data_);
  }

 private:
  void Clear() {
    if (data_ != nullptr) cuda::Free(data_);
    data_ = nullptr;
    bytes_ = 0;
  }
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

cuda::Function FunctionOf(Activation kind) {
  switch (kind) {
    case Activation::kRelu: return cuda::Function::kRelu;
    case Activation::kGelu: return cuda::Function::kGelu;
    case Activation::kTanh: return cuda::Function::kTanh;
    case Activation::kSigmoid: return cuda::Function::kSigmoid;
  }
  return cuda::Function::kRelu;
}

class CudaBackend final : public TensorBackend {
 public:
  explicit CudaBackend(const CudaOptions& options)
      : options_(options), loss_scale_(options.precision == Precision::kFloat16 ? options.loss_scale : 1, options.growth_interval) {}

  bool host_memory() const override { return false; }
  Result<float*> Allocate(size_t count) override {
    void* memory = cuda::Allocate(count * sizeof(float));
    if (memory == nullptr) return Status(Code::kResourceExhausted, "no GPU memory for " + std::to_string(count) + " floats");
    return static_cast<float*>(memory);
  }
  void Free(float* memory) override { cuda::Free(memory); }
  void Upload(std::span<const float> host, float* to) override { cuda::CopyIn(to, host.data(), host.size_bytes()); }
  void Download(const float* from, std::span<float> host) override { cuda::CopyOut(host.data(), from, host.size_bytes()); }
  void Fill(float* to, size_t count, float value) override { cuda::Fill(to, count, value); }

  void Gemm(Transpose transpose_a, Transpose transpose_b, size_t m, size_t n, size_t k, const float* a, const float* b, float* c,
            bool accumulate) override {
    Multiply16({.transpose_a = transpose_a, .transpose_b = transpose_b, .m = m, .n = n, .k = k, .a = a, .b = b, .c = c, .accumulate = accumulate},
               m * k, k * n);
  }

  void WeightGradient(const LaneRows& lanes, size_t m, size_t n, const float* x, const float* dy, float* out, size_t lane_stride) override {
    const size_t rows = lanes.rows(), count = m * n;
    cuda::Product product{.transpose_a = Transpose::kYes, .m = m, .n = n, .k = rows, .a = x, .b = dy, .c = out};
    if (lane_stride == 0 && (options_.cublas || lanes.lanes() == 1)) {
      Multiply16(product, rows * m, rows * n);
      return Unscale(count, out);
    }
    product.starts = Starts(lanes);
    product.segments = lanes.lanes();
    product.c_stride = lane_stride == 0 ? count : lane_stride;
    if (lane_stride == 0) product.c = partials_.Of<float>(lanes.lanes() * count);
    if (product.starts == nullptr || product.c == nullptr) return NoMemory();
    Multiply16(product, rows * m, rows * n);
    if (lane_stride == 0) {
      cuda::FoldLanes(lanes.lanes(), count, product.c, out);
      return Unscale(count, out);
    }
    for (size_t i = 0; i < lanes.lanes(); ++i) Unscale(count, out + i * lane_stride);
  }

  void BiasGradient(const LaneRows& lanes, size_t n, const float* dy, float* out, size_t lane_stride) override {
    const size_t* starts = Starts(lanes);
    float* sums = lane_stride == 0 ? partials_.Of<float>(lanes.lanes() * n) : out;
    if (starts == nullptr || sums == nullptr) return NoMemory();
    cuda::LaneSums(lanes.lanes(), starts, n, dy, sums, lane_stride == 0 ? n : lane_stride);
    if (lane_stride == 0) {
      cuda::FoldLanes(lanes.lanes(), n, sums, out);
      return Unscale(n, out);
    }
    for (size_t i = 0; i < lanes.lanes(); ++i) Unscale(n, out + i * lane_stride);
  }

  void RepeatRow(size_t rows, size_t n, const float* row, float* out) override { cuda::RepeatRow(rows, n, row, out); }
  void Activate(Activation kind, size_t count, const float* x, float* y) override { cuda::Apply(FunctionOf(kind), count, x, y); }
  void ActivateBackward(Activation kind, size_t count, const float* x, const float* y, float* d) override {
    cuda::ApplySlope(FunctionOf(kind), count, x, y, d);
  }
  void Multiply(size_t count, const float* x, const float* factor, float* out) override { cuda::Multiply(count, x, factor, out); }

  void DropoutMask(const LaneRows& lanes, size_t columns, float rate, uint64_t seed, uint64_t stream, float* mask) override {
    const size_t* starts = Starts(lanes);
    if (starts == nullptr) return NoMemory();
    cuda::DropoutMask(lanes.lanes(), numbers_.Of<size_t>(lanes.lanes()), starts, columns, rate, seed, stream, mask);
  }

  void CrossEntropy(const LaneRows& lanes, size_t classes, const float* labels, const float* weights, float* scores,
                    std::span<double> losses) override {
    double* rows = row_losses_.Of<double>(lanes.rows());
    if (rows == nullptr) return NoMemory();
    cuda::CrossEntropy(lanes.rows(), classes, labels, weights, loss_scale_.scale(), scores, rows);
    FetchLosses(lanes, rows, losses);
  }

  void SquaredError(const LaneRows& lanes, const float* labels, const float* weights, float* scores, std::span<double> losses) override {
    double* rows = row_losses_.Of<double>(lanes.rows());
    if (rows == nullptr) return NoMemory();
    cuda::SquaredError(lanes.rows(), labels, weights, loss_scale_.scale(), scores, rows);
    FetchLosses(lanes, rows, losses);
  }

  void Update(const GradientOptimizer& optimizer, const StepInfo& info, size_t count, float scale, float* weights, float* gradients,
              std::span<float* const> slots) override {
    if (options_.precision == Precision::kFloat16 && !loss_scale_.MayUpdate(info.step, Finite(count, gradients))) return;
    if (cuda::UpdateWeights(optimizer, info, count, scale, weights, gradients, slots)) return;
    UpdateOnHost(optimizer, info, count, scale, weights, gradients, slots);
  }

  std::vector<int64_t> State() const override {
    return options_.precision == Precision::kFloat16 ? loss_scale_.State() : std::vector<int64_t>();
  }
  Status Restore(std::span<const int64_t> state) override {
    if (state.empty() || options_.precision != Precision::kFloat16 || loss_scale_.Restore(state)) return Status::Ok();
    return Status(Code::kCorruption, "the loss scale of the state is none");
  }

  Status Check() override {
    const std::string error = cuda::TakeError();
    if (!error.empty()) return Status(Code::kIOError, "GPU: " + error);
    if (no_memory_) return Status(Code::kResourceExhausted, "GPU: no memory for an operation's intermediate results");
    return Status::Ok();
  }

 private:
  void NoMemory() { no_memory_ = true; }

  // In the precision asked for; a and b have so many elements.
  void Multiply16(cuda::Product product, size_t a_count, size_t b_count) {
    if (options_.precision != Precision::kFloat32) {
      product.inputs = options_.precision == Precision::kFloat16 ? cuda::Scalar::kHalf : cuda::Scalar::kBfloat;
      auto* a = a16_.Of<uint16_t>(a_count);
      auto* b = b16_.Of<uint16_t>(b_count);
      if (a == nullptr || b == nullptr) return NoMemory();
      cuda::ToScalar(product.inputs, a_count, static_cast<const float*>(product.a), a);
      cuda::ToScalar(product.inputs, b_count, static_cast<const float*>(product.b), b);
      product.a = a;
      product.b = b;
    }
    if (options_.cublas && cuda::MatmulCublas(product, nullptr)) return;
    cuda::MatmulRegisterTiled(product);
  }

  void Unscale(size_t count, float* gradients) {
    if (loss_scale_.scale() != 1) cuda::Scale(count, 1 / loss_scale_.scale(), gradients);
  }

  // The lanes' first rows (and their numbers) on the device; copied only when they change.
  const size_t* Starts(const LaneRows& lanes) {
    auto* starts = starts_.Of<size_t>(lanes.starts.size());
    auto* numbers = numbers_.Of<size_t>(lanes.numbers.size());
    if (starts == nullptr || numbers == nullptr) return nullptr;
    if (lanes.starts != known_.starts || lanes.numbers != known_.numbers) {
      cuda::CopyIn(starts, lanes.starts.data(), lanes.starts.size() * sizeof(size_t));
      cuda::CopyIn(numbers, lanes.numbers.data(), lanes.numbers.size() * sizeof(size_t));
      known_ = lanes;
    }
    return starts;
  }

  void FetchLosses(const LaneRows& lanes, const double* rows, std::span<double> losses) {
    const size_t* starts = Starts(lanes);
    double* sums = lane_losses_.Of<double>(lanes.lanes());
    if (starts == nullptr || sums == nullptr) return NoMemory();
    cuda::LaneLosses(lanes.lanes(), starts, rows, sums);
    cuda::CopyOut(losses.data(), sums, lanes.lanes() * sizeof(double));
  }

  bool Finite(size_t count, const float* gradients) {
    auto* found = found_.Of<uint32_t>(1);
    if (found == nullptr) return NoMemory(), true;
    uint32_t value = 0;
    cuda::CopyIn(found, &value, sizeof value);
    cuda::FindNotFinite(count, gradients, found);
    cuda::CopyOut(&value, found, sizeof value);
    return value == 0;
  }

  // An optimizer that only its author's host code knows.
  static void UpdateOnHost(const GradientOptimizer& optimizer, const StepInfo& info, size_t count, float scale, float* weights, float* gradients,
                           std::span<float* const> slots) {
    const auto fetch = [count](const float* from) {
      std::vector<float> values(count);
      cuda::CopyOut(values.data(), from, count * sizeof(float));
      return values;
    };
    std::vector<float> w = fetch(weights), g = fetch(gradients);
    std::vector<std::vector<float>> own;
    for (const float* slot : slots) own.push_back(fetch(slot));
    std::vector<float*> own_pointers;
    for (std::vector<float>& slot : own) own_pointers.push_back(slot.data());
    Cpu().scale(scale, g.data(), count);
    if (info.l2 > 0 && optimizer.decay() == Decay::kGradient) Cpu().axpy(info.l2, w.data(), g.data(), count);
    if (info.l2 > 0 && optimizer.decay() == Decay::kShrink) Cpu().scale(1 - info.rate * info.l2, w.data(), count);
    optimizer.Apply(info, count, w.data(), g.data(), own_pointers.data());
    cuda::CopyIn(weights, w.data(), count * sizeof(float));
    cuda::CopyIn(gradients, g.data(), count * sizeof(float));
    for (size_t s = 0; s < own.size(); ++s) cuda::CopyIn(slots[s], own[s].data(), count * sizeof(float));
  }

  CudaOptions options_;
  cuda::LossScale loss_scale_;
  LaneRows known_;
  Buffer starts_, numbers_, partials_, row_losses_, lane_losses_, a16_, b16_, found_;
  bool no_memory_ = false;
};

}  // namespace

Result<std::unique_ptr<TensorBackend>> MakeCudaBackend(const CudaOptions& options) {
  std::string why_none;
  if (cuda::DeviceCount(&why_none) == 0) return Status(Code::kUnsupported, why_none);
  return std::unique_ptr<TensorBackend>(std::make_unique<CudaBackend>(options));
}

Result<std::string> CudaDeviceName() {
  std::string why_none;
  if (cuda::DeviceCount(&why_none) == 0) return Status(Code::kUnsupported, why_none);
  return cuda::DeviceName();
}

}  // namespace tusk::ml
