// The CPU's backend.
#include "mlkit/tensor/cpu_backend.h"

#include <algorithm>
#include <new>

#include "mlkit/api/random.h"
#include "mlkit/sgd/loss/softmax.h"
#include "mlkit/tensor/gelu.h"

namespace tusk::ml {
namespace {

constexpr size_t kElementPiece = 8192;   // elements of an elementwise piece
constexpr std::align_val_t kAlignment{64};

void GeluTanh(size_t count, const float* x, float* t) {
  for (size_t i = 0; i < count; ++i) t[i] = GeluInner(x[i]);
  Cpu().tanh(t, t, count);
}

class CpuBackend final : public TensorBackend {
 public:
  explicit CpuBackend(ThreadPool& pool) : pool_(pool) {}

  bool host_memory() const override { return true; }
  Result<float*> Allocate(size_t count) override {
    void* memory = ::operator new(std::max<size_t>(count, 1) * sizeof(float), kAlignment, std::nothrow);
    if (memory == nullptr) return Status(Code::kResourceExhausted, "no memory for " + std::to_string(count) + " floats");
    return static_cast<float*>(memory);
  }
  void Free(float* memory) override { ::operator delete(memory, kAlignment); }
  void Upload(std::span<const float> host, float* to) override { std::copy(host.begin(), host.end(), to); }
  void Download(const float* from, std::span<float> host) override { std::copy_n(from, host.size(), host.begin()); }
  void Fill(float* to, size_t count, float value) override { std::fill_n(to, count, value); }

  void Gemm(Transpose transpose_a, Transpose transpose_b, size_t m, size_t n, size_t k, const float* a, const float* b, float* c,
            bool accumulate) override {
    const size_t lda = transpose_a == Transpose::kNo ? k : m, ldb = transpose_b == Transpose::kNo ? n : k;
    Split(m, n, [&](size_t i, size_t rows, size_t j, size_t columns) {
      const float* left = a + (transpose_a == Transpose::kNo ? i * lda : i);
      const float* right = b + (transpose_b == Transpose::kNo ? j : j * ldb);
      Cpu().gemm(transpose_a, transpose_b, rows, columns, k, left, lda, right, ldb, c + i * n + j, n, accumulate);
    });
  }

  void WeightGradient(const LaneRows& lanes, size_t m, size_t n, const float* x, const float* dy, float* out, size_t lane_stride) override {
    if (lane_stride == 0 && lanes.rows() <= kSegmentRowsMax) {
      Split(m, n, [&](size_t i, size_t rows, size_t j, size_t columns) {
        Cpu().gemm_segments(rows, columns, lanes.starts.data(), lanes.lanes(), x + i, m, dy + j, n, out + i * n + j, n);
      });
      return;
    }
    std::vector<float> partials(lane_stride == 0 ? lanes.lanes() * m * n : 0);
    float* to = lane_stride == 0 ? partials.data() : out;
    const size_t stride = lane_stride == 0 ? m * n : lane_stride;
    pool_.ParallelFor(lanes.lanes(), [&](size_t i) {
      const size_t begin = lanes.starts[i];
      Cpu().gemm(Transpose::kYes, Transpose::kNo, m, n, lanes.starts[i + 1] - begin, x + begin * m, m, dy + begin * n, n,
                 to + i * stride, n, false);
    });
    if (lane_stride == 0) FoldLanes(lanes.lanes(), m * n, partials, out);
  }

  void BiasGradient(const LaneRows& lanes, size_t n, const float* dy, float* out, size_t lane_stride) override {
    std::vector<float> partials(lanes.lanes() * n);
    for (size_t i = 0; i < lanes.lanes(); ++i) {
      for (size_t row = lanes.starts[i]; row < lanes.starts[i + 1]; ++row) Cpu().add(dy + row * n, partials.data() + i * n, n);
      if (lane_stride > 0) std::copy_n(partials.data() + i * n, n, out + i * lane_stride);
    }
    if (lane_stride == 0) FoldLanes(lanes.lanes(), n, partials, out);
  }

  void RepeatRow(size_t rows, size_t n, const float* row, float* out) override {
    for (size_t r = 0; r < rows; ++r) std::copy_n(row, n, out + r * n);
  }

  void Activate(Activation kind, size_t count, const float* x, float* y) override {
    Pieces(count, [&](size_t at, size_t size) {
      switch (kind) {
        case Activation::kRelu:
          for (size_t i = at; i < at + size; ++i) y[i] = x[i] > 0 ? x[i] : 0.0F;
          break;
        case Activation::kTanh: Cpu().tanh(x + at, y + at, size); break;
        case Activation::kSigmoid: Cpu().sigmoid(x + at, y + at, size); break;
        case Activation::kGelu: {
          std::vector<float> t(size);
          GeluTanh(size, x + at, t.data());
          for (size_t i = 0; i < size; ++i) y[at + i] = GeluOf(x[at + i], t[i]);
          break;
        }
      }
    });
  }

  void ActivateBackward(Activation kind, size_t count, const float* x, const float* y, float* d) override {
    Pieces(count, [&](size_t at, size_t size) {
      switch (kind) {
        case Activation::kRelu:
          for (size_t i = at; i < at + size; ++i) d[i] = y[i] > 0 ? d[i] : 0.0F;
          break;
        case Activation::kTanh:
          for (size_t i = at; i < at + size; ++i) d[i] *= 1 - y[i] * y[i];
          break;
        case Activation::kSigmoid:
          for (size_t i = at; i < at + size; ++i) d[i] *= y[i] * (1 - y[i]);
          break;
        case Activation::kGelu: {
          std::vector<float> t(size);
          GeluTanh(size, x + at, t.data());
          for (size_t i = 0; i < size; ++i) d[at + i] *= GeluSlope(x[at + i], t[i]);
          break;
        }
      }
    });
  }

  void Multiply(size_t count, const float* x, const float* factor, float* out) override {
    for (size_t i = 0; i < count; ++i) out[i] = x[i] * factor[i];
  }

  void DropoutMask(const LaneRows& lanes, size_t columns, float rate, uint64_t seed, uint64_t stream, float* mask) override {
    const float keep = 1 / (1 - rate);
    const auto limit = static_cast<uint32_t>(static_cast<double>(rate) * 4294967296.0);
    pool_.ParallelFor(lanes.lanes(), [&](size_t i) {
      Random random(seed, uint64_t{0xd207} << 48 ^ static_cast<uint64_t>(lanes.numbers[i]) << 32 ^ stream);
      for (size_t at = lanes.starts[i] * columns; at < lanes.starts[i + 1] * columns; ++at) mask[at] = random.Next32() < limit ? 0.0F : keep;
    });
  }

  void CrossEntropy(const LaneRows& lanes, size_t classes, const float* labels, const float* weights, float* scores,
                    std::span<double> losses) override {
    pool_.ParallelFor(lanes.lanes(), [&](size_t i) {
      const size_t begin = lanes.starts[i], rows = lanes.starts[i + 1] - begin;
      losses[i] = SoftmaxLoss().Slopes(rows, classes, labels + begin, weights == nullptr ? nullptr : weights + begin, scores + begin * classes);
    });
  }

  void SquaredError(const LaneRows& lanes, const float* labels, const float* weights, float* scores, std::span<double> losses) override {
    for (size_t i = 0; i < lanes.lanes(); ++i) {
      losses[i] = 0;
      for (size_t row = lanes.starts[i]; row < lanes.starts[i + 1]; ++row) {
        const float error = scores[row] - labels[row], weight = weights == nullptr ? 1.0F : weights[row];
        losses[i] += 0.5 * static_cast<double>(weight) * static_cast<double>(error) * static_cast<double>(error);
        scores[row] = weight * error;
      }
    }
  }

  void Update(const GradientOptimizer& optimizer, const StepInfo& info, size_t count, float scale, float* weights, float* gradients,
              std::span<float* const> slots) override {
    Pieces(count, [&](size_t at, size_t size) {
      Cpu().scale(scale, gradients + at, size);
      if (info.l2 > 0 && optimizer.decay() == Decay::kGradient) Cpu().axpy(info.l2, weights + at, gradients + at, size);
      if (info.l2 > 0 && optimizer.decay() == Decay::kShrink) Cpu().scale(1 - info.rate * info.l2, weights + at, size);
      std::vector<float*> parts(slots.begin(), slots.end());
      for (float*& part : parts) part += at;
      optimizer.Apply(info, size, weights + at, gradients + at, parts.data());
    });
  }

 private:
  // Blocks of a product for the pool's threads: columns where there are many (each thread then packs only its own), else rows.
  template <typename Body>
  void Split(size_t m, size_t n, Body body) {
    const size_t threads = pool_.threads();
    if (threads == 1 || m * n < 1024) return body(size_t{0}, m, size_t{0}, n);
    const bool by_columns = n >= 64 * threads;
    const size_t length = by_columns ? n : m, grain = by_columns ? 32 : 12;
    const size_t piece = ((length + threads - 1) / threads + grain - 1) / grain * grain, pieces = (length + piece - 1) / piece;
    pool_.ParallelFor(pieces, [&](size_t p) {
      const size_t begin = p * piece, size = std::min(piece, length - begin);
      if (by_columns) body(size_t{0}, m, begin, size);
      else body(begin, size, size_t{0}, n);
    });
  }

  template <typename Body>
  void Pieces(size_t count, Body body) {
    pool_.ParallelFor((count + kElementPiece - 1) / kElementPiece, [&](size_t piece) {
      const size_t at = piece * kElementPiece;
      body(at, std::min(kElementPiece, count - at));
    });
  }

  static void FoldLanes(size_t lanes, size_t count, std::vector<float>& partials, float* out) {
    for (size_t step = 1; step < lanes; step *= 2) {
      for (size_t i = 0; i + step < lanes; i += 2 * step) Cpu().add(partials.data() + (i + step) * count, partials.data() + i * count, count);
    }
    if (lanes > 0) std::copy_n(partials.data(), count, out);
    else std::fill_n(out, count, 0.0F);
  }

  ThreadPool& pool_;
};

}  // namespace

std::unique_ptr<TensorBackend> MakeCpuBackend(ThreadPool& pool) { return std::make_unique<CpuBackend>(pool); }

}  // namespace tusk::ml
