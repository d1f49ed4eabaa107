// The checks. Unless a check says otherwise, equal means equal bits (any NaN equals any NaN).
#include "mlkit/device/cuda/device_checks.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "mlkit/api/random.h"
#include "base/core/half.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/device/cuda/cuda_backend.h"
#include "mlkit/device/cuda/gpu.h"
#include "mlkit/tensor/cpu_backend.h"
#include "mlkit/tensor/tape.h"

namespace tusk::ml {
namespace {

using Floats = std::vector<float>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// A copy on the device.
template <typename T>
class Copy {
 public:
  explicit Copy(const std::vector<T>& host) : count_(host.size()), data_(static_cast<T*>(cuda::Allocate(count_ * sizeof(T)))) {
    cuda::CopyIn(data_, host.data(), count_ * sizeof(T));
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  ~Copy() { cuda::Free(data_); }
  T* get() const { return data_; }
  std::vector<T> Back() const {
    std::vector<T> host(count_);
    cuda::CopyOut(host.data(), data_, count_ * sizeof(T));
    return host;
  }

 private:
  size_t count_;
  T* data_;
};

class Suite {
 public:
  Suite(uint64_t seed, bool large) : seed_(seed), large_(large) {}

  CheckReport Run() {
    constexpr std::array<void (Suite::*)(), kDeviceCheckGroups> kGroups = {
        &Suite::CheckProducts,    &Suite::CheckSegments, &Suite::CheckSmallInputs, &Suite::CheckCublas,   &Suite::CheckFunctions,
        &Suite::CheckConversions, &Suite::CheckSums,     &Suite::CheckLosses,      &Suite::CheckDropout,  &Suite::CheckGradients,
        &Suite::CheckOptimizers,  &Suite::CheckTraining, &Suite::CheckMixedPrecision};
    for (const auto group : kGroups) (this->*group)();
    if (const std::string error = cuda::TakeError(); !error.empty()) report_.failures.push_back("the device failed: " + error);
    return std::move(report_);
  }

 private:
  Floats Numbers(size_t count, double low = -1, double high = 1) {
    Random random(seed_, ++stream_);
    Floats numbers(count);
    for (float& number : numbers) number = static_cast<float>(random.Uniform(low, high));
    return numbers;
  }

  void Expect(bool good, const std::string& what) {
    ++report_.checks;
    if (!good) report_.failures.push_back(what);
  }
  void Equal(const Floats& expected, const Floats& got, const std::string& what) {
    ++report_.checks;
    for (size_t i = 0; i < expected.size(); ++i) {
      if (std::isnan(expected[i]) && std::isnan(got[i])) continue;
      if (std::bit_cast<uint32_t>(expected[i]) == std::bit_cast<uint32_t>(got[i])) continue;
      report_.failures.push_back(what + ": element " + std::to_string(i) + " is " + std::to_string(got[i]) + ", on the CPU " +
                                 std::to_string(expected[i]));
      return;
    }
  }

  static std::string NameOf(const cuda::Product& p) {
    return std::to_string(p.m) + "x" + std::to_string(p.n) + "x" + std::to_string(p.k) + (p.transpose_a == Transpose::kYes ? " A^T" : "") +
           (p.transpose_b == Transpose::kYes ? " B^T" : "") + (p.accumulate ? " +=" : "");
  }
  static Floats OnCpu(const cuda::Product& p, const Floats& a, const Floats& b, Floats c) {
    Cpu().gemm(p.transpose_a, p.transpose_b, p.m, p.n, p.k, a.data(), p.transpose_a == Transpose::kYes ? p.m : p.k, b.data(),
               p.transpose_b == Transpose::kYes ? p.k : p.n, c.data(), p.n, p.accumulate);
    return c;
  }

  // `tiny`: every product is a negative zero, and so is the chain of them.
  void CheckProduct(cuda::Product p, bool tiled, bool tiny = false) {
    const Floats a = tiny ? Floats(p.m * p.k, -1e-30F) : Numbers(p.m * p.k), b = tiny ? Floats(p.k * p.n, 1e-30F) : Numbers(p.k * p.n);
    const Floats c = Numbers(p.m * p.n);
    const Copy<float> a_copy(a), b_copy(b), c_copy(c);
    p.a = a_copy.get();
    p.b = b_copy.get();
    p.c = c_copy.get();
    (tiled ? cuda::MatmulTiled : cuda::MatmulRegisterTiled)(p);
    Equal(OnCpu(p, a, b, c), c_copy.Back(), std::string(tiled ? "tiled" : "register-tiled") + " product " + NameOf(p));
  }

  void CheckProducts() {
    for (const bool tiled : {false, true}) CheckProduct({.m = 5, .n = 6, .k = 7}, tiled, true);
    std::vector<std::array<size_t, 3>> shapes = {{1, 1, 1}, {3, 5, 7}, {32, 32, 32}, {33, 31, 65}, {128, 128, 8}, {129, 130, 17}, {0, 4, 3},
                                                 {4, 0, 3}, {4, 5, 0}, {1, 200, 9}, {131, 1, 40}};
    if (large_) shapes.insert(shapes.end(), {{1000, 999, 1001}, {2048, 64, 3000}, {7, 4097, 513}, {512, 512, 512}});
    for (const auto& [m, n, k] : shapes) {
      for (unsigned bits = 0; bits < 16; ++bits) {
        if (!large_ && bits % 8 > 3 && m * n > 2000) continue;  // the emulation is slow
        const auto transpose = [&](unsigned bit) { return (bits & bit) != 0 ? Transpose::kYes : Transpose::kNo; };
        CheckProduct({.transpose_a = transpose(1), .transpose_b = transpose(2), .m = m, .n = n, .k = k, .accumulate = (bits & 4) != 0}, (bits & 8) != 0);
      }
    }
  }

  void CheckSegments() {
    const std::vector<size_t> starts = {0, 3, 3, 20, 21};
    const size_t m = 35, n = 18, lanes = 4, rows = 21;
    const Floats a = Numbers(rows * m), b = Numbers(rows * n);
    const Copy<float> a_copy(a), b_copy(b), c_copy(Floats(lanes * m * n, 7));
    const Copy<size_t> starts_copy(starts);
    Floats expected;
    for (size_t lane = 0; lane < lanes; ++lane) {
      Floats one(m * n);
      Cpu().gemm(Transpose::kYes, Transpose::kNo, m, n, starts[lane + 1] - starts[lane], a.data() + starts[lane] * m, m,
                 b.data() + starts[lane] * n, n, one.data(), n, false);
      expected.insert(expected.end(), one.begin(), one.end());
    }
    const cuda::Product p{.transpose_a = Transpose::kYes, .m = m, .n = n, .k = rows, .a = a_copy.get(), .b = b_copy.get(), .c = c_copy.get(),
                          .starts = starts_copy.get(), .segments = lanes, .c_stride = m * n};
    for (const bool tiled : {false, true}) {
      cuda::Fill(c_copy.get(), lanes * m * n, 7);
      (tiled ? cuda::MatmulTiled : cuda::MatmulRegisterTiled)(p);
      Equal(expected, c_copy.Back(), "a product a segment");
    }
  }

  // 16-bit operands are their floats' product.
  void CheckSmallInputs() {
    for (const cuda::Scalar kind : {cuda::Scalar::kHalf, cuda::Scalar::kBfloat}) {
      cuda::Product p{.m = 40, .n = 37, .k = 50, .inputs = kind};
      std::vector<uint16_t> a, b;
      Floats a_rounded, b_rounded;
      const auto round = [kind](const Floats& from, std::vector<uint16_t>& bits, Floats& floats) {
        for (const float x : from) {
          bits.push_back(kind == cuda::Scalar::kHalf ? HalfOf(x) : BfloatOf(x));
          floats.push_back(kind == cuda::Scalar::kHalf ? FloatOfHalf(bits.back()) : FloatOfBfloat(bits.back()));
        }
      };
      round(Numbers(p.m * p.k), a, a_rounded);
      round(Numbers(p.k * p.n), b, b_rounded);
      const Copy<uint16_t> a_copy(a), b_copy(b);
      const Copy<float> c_copy(Floats(p.m * p.n));
      p.a = a_copy.get();
      p.b = b_copy.get();
      p.c = c_copy.get();
      cuda::MatmulRegisterTiled(p);
      Equal(OnCpu(p, a_rounded, b_rounded, Floats(p.m * p.n)), c_copy.Back(), "a product of 16-bit numbers");
    }
  }

  // Own order of sums: within k * 2^-22 of products of numbers in [-1, 1].
  void CheckCublas() {
    for (unsigned bits = 0; bits < 8; ++bits) {
      const auto transpose = [&](unsigned bit) { return (bits & bit) != 0 ? Transpose::kYes : Transpose::kNo; };
      cuda::Product p{.transpose_a = transpose(1), .transpose_b = transpose(2), .m = 70, .n = 33, .k = 129, .accumulate = (bits & 4) != 0};
      const Floats a = Numbers(p.m * p.k), b = Numbers(p.k * p.n), c = Numbers(p.m * p.n);
      const Copy<float> a_copy(a), b_copy(b), c_copy(c);
      p.a = a_copy.get();
      p.b = b_copy.get();
      p.c = c_copy.get();
      std::string why_not;
      if (!cuda::MatmulCublas(p, &why_not)) return report_.notes.push_back("cuBLAS not tried: " + why_not);
      const Floats expected = OnCpu(p, a, b, c), got = c_copy.Back();
      float worst = 0;
      for (size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - expected[i]));
      Expect(worst <= static_cast<float>(p.k) * 0x1p-22F, "cuBLAS " + NameOf(p) + " is off by " + std::to_string(worst));
    }
  }

  void CheckFunctions() {
    Floats x = Numbers(5000, -100, 100);
    const Floats near = Numbers(5000, -2, 2);
    x.insert(x.end(), near.begin(), near.end());
    x.insert(x.end(), {0.0F, -0.0F, kInfinity, -kInfinity, std::nanf(""), 1e-40F, -1e-40F, 88.72F, 88.73F, -87.33F, -87.34F, 3e38F});
    const Copy<float> x_copy(x), y_copy{Floats(x.size())};
    Floats y(x.size());
    const auto same = [&](cuda::Function function, void (*cpu)(const float*, float*, size_t), const char* name) {
      cuda::Apply(function, x.size(), x_copy.get(), y_copy.get());
      cpu(x.data(), y.data(), x.size());
      Equal(y, y_copy.Back(), name);
    };
    same(cuda::Function::kExp, Cpu().exp, "exp");
    same(cuda::Function::kLog, Cpu().log, "log");
    same(cuda::Function::kTanh, Cpu().tanh, "tanh");
    same(cuda::Function::kSigmoid, Cpu().sigmoid, "sigmoid");
    ThreadPool pool(1);
    const auto cpu = MakeCpuBackend(pool);
    for (const Activation kind : {Activation::kRelu, Activation::kGelu, Activation::kTanh, Activation::kSigmoid}) {
      const auto function = static_cast<cuda::Function>(kind);
      static_assert(static_cast<int>(cuda::Function::kGelu) == static_cast<int>(Activation::kGelu));
      Floats d = Numbers(x.size());
      const Copy<float> d_copy(d);
      cuda::Apply(function, x.size(), x_copy.get(), y_copy.get());
      cpu->Activate(kind, x.size(), x.data(), y.data());
      Equal(y, y_copy.Back(), "activation " + std::to_string(static_cast<int>(kind)));
      cuda::ApplySlope(function, x.size(), x_copy.get(), y_copy.get(), d_copy.get());
      cpu->ActivateBackward(kind, x.size(), x.data(), y.data(), d.data());
      Equal(d, d_copy.Back(), "slope of activation " + std::to_string(static_cast<int>(kind)));
    }
  }

  void CheckConversions() {
    std::vector<uint16_t> all(65536);
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
    Floats numbers = Numbers(5000, -70000, 70000);
    const Floats small = Numbers(5000, -1e-4, 1e-4);
    numbers.insert(numbers.end(), small.begin(), small.end());
    for (const bool half : {true, false}) {
      const cuda::Scalar kind = half ? cuda::Scalar::kHalf : cuda::Scalar::kBfloat;
      const Copy<uint16_t> all_copy(all), bits_copy{std::vector<uint16_t>(numbers.size())};
      const Copy<float> floats_copy{Floats(all.size())}, numbers_copy(numbers);
      cuda::FromScalar(kind, all.size(), all_copy.get(), floats_copy.get());
      cuda::ToScalar(kind, numbers.size(), numbers_copy.get(), bits_copy.get());
      Floats floats;
      for (const uint16_t bits : all) floats.push_back(half ? FloatOfHalf(bits) : FloatOfBfloat(bits));
      Equal(floats, floats_copy.Back(), half ? "floats of halves" : "floats of bfloats");
      std::vector<uint16_t> rounded;
      for (const float x : numbers) rounded.push_back(half ? HalfOf(x) : BfloatOf(x));
      Expect(rounded == bits_copy.Back(), half ? "halves of floats" : "bfloats of floats");
    }
  }

  static float SumOnHost(const Floats& x) {
    Floats pieces;
    for (size_t begin = 0; begin < x.size(); begin += 4096) {
      Floats sums(256);
      for (size_t i = begin; i < std::min(begin + 4096, x.size()); ++i) sums[(i - begin) % 256] += x[i];
      for (size_t half = 128; half > 0; half /= 2) {
        for (size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
      }
      pieces.push_back(sums[0]);
    }
    for (size_t step = 1; step < pieces.size(); step *= 2) {
      for (size_t i = 0; i + step < pieces.size(); i += 2 * step) pieces[i] += pieces[i + step];
    }
    return pieces.empty() ? 0 : pieces[0];
  }

  void CheckSums() {
    for (const size_t count : {size_t{0}, size_t{1}, size_t{257}, size_t{4096}, size_t{20000}, large_ ? size_t{5000000} : size_t{30000}}) {
      Floats x = Numbers(count);
      const Copy<float> x_copy(x), scratch{Floats(count / 4096 + 1)}, out{Floats(1)};
      cuda::Sum(count, x_copy.get(), scratch.get(), out.get());
      Equal({SumOnHost(x)}, out.Back(), "sum of " + std::to_string(count));
      for (const float bad : {1.0F, kInfinity, -kInfinity, std::nanf("")}) {
        if (count > 0) x[count - 1] = bad;
        const Copy<float> again(x);
        const Copy<uint32_t> found(std::vector<uint32_t>{0});
        cuda::FindNotFinite(count, again.get(), found.get());
        Expect((found.Back()[0] == 1) == (count > 0 && !std::isfinite(bad)), "finding what is not finite in " + std::to_string(count));
      }
    }
  }

  void CheckLosses() {
    ThreadPool pool(1);
    const auto cpu = MakeCpuBackend(pool);
    Result<std::unique_ptr<TensorBackend>> gpu = MakeCudaBackend({});
    if (!gpu.ok()) return Expect(false, "the backend: " + gpu.status().ToString());
    const LaneRows lanes{{2, 5, 9}, {0, 4, 4, 301}};
    for (const size_t classes : {size_t{1}, size_t{2}, size_t{10}, size_t{33}}) {
      Floats scores = Numbers(301 * classes, -20, 20), labels(301);
      const Floats weights = Numbers(301, 0, 3);
      for (size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<float>(i % classes);
      for (const bool weighted : {false, true}) {
        Floats mine = scores;
        const Copy<float> theirs(scores), labels_copy(labels), weights_copy(weights);
        std::vector<double> expected(3), got(3);
        const float* w = weighted ? weights.data() : nullptr;
        const float* w_copy = weighted ? weights_copy.get() : nullptr;
        if (classes > 1) {
          cpu->CrossEntropy(lanes, classes, labels.data(), w, mine.data(), expected);
          (*gpu)->CrossEntropy(lanes, classes, labels_copy.get(), w_copy, theirs.get(), got);
        } else {
          cpu->SquaredError(lanes, labels.data(), w, mine.data(), expected);
          (*gpu)->SquaredError(lanes, labels_copy.get(), w_copy, theirs.get(), got);
        }
        const std::string name = "loss of " + std::to_string(classes) + (weighted ? " classes with weights" : " classes");
        Equal(mine, theirs.Back(), name + ", gradients");
        Expect(expected == got, name);
      }
    }
  }

  void CheckDropout() {
    ThreadPool pool(1);
    Result<std::unique_ptr<TensorBackend>> gpu = MakeCudaBackend({});
    if (!gpu.ok()) return;
    const LaneRows lanes{{3, 4}, {0, 13, 40}};
    Floats mask(400);
    const Copy<float> copy(mask);
    MakeCpuBackend(pool)->DropoutMask(lanes, 10, 0.3F, seed_, 77, mask.data());
    (*gpu)->DropoutMask(lanes, 10, 0.3F, seed_, 77, copy.get());
    Equal(mask, copy.Back(), "dropout");
  }

  void CheckGradients() {
    ThreadPool pool(1);
    const auto cpu = MakeCpuBackend(pool);
    Result<std::unique_ptr<TensorBackend>> gpu = MakeCudaBackend({});
    if (!gpu.ok()) return;
    const size_t m = 20, n = 9;
    for (const LaneRows& lanes : {LaneRows{{0, 1, 2, 3, 4}, {0, 3, 3, 10, 11, 30}}, LaneRows{{7}, {0, 30}}, LaneRows{{1, 2}, {0, 0, 0}}}) {
      const Floats x = Numbers(30 * m), dy = Numbers(30 * n);
      const Copy<float> x_copy(x), dy_copy(dy);
      const size_t stride = m * n + n, all = lanes.lanes() * stride;
      for (const size_t lane_stride : {size_t{0}, stride}) {
        Floats out(all);
        const Copy<float> out_copy(out);
        cpu->WeightGradient(lanes, m, n, x.data(), dy.data(), out.data(), lane_stride);
        cpu->BiasGradient(lanes, n, dy.data(), out.data() + m * n, lane_stride);
        (*gpu)->WeightGradient(lanes, m, n, x_copy.get(), dy_copy.get(), out_copy.get(), lane_stride);
        (*gpu)->BiasGradient(lanes, n, dy_copy.get(), out_copy.get() + m * n, lane_stride);
        Equal(out, out_copy.Back(), "gradients over " + std::to_string(lanes.lanes()) + (lane_stride == 0 ? " lanes, summed" : " lanes"));
      }
    }
  }

  void CheckOptimizers() {
    ThreadPool pool(1);
    const auto cpu = MakeCpuBackend(pool);
    Result<std::unique_ptr<TensorBackend>> gpu = MakeCudaBackend({});
    if (!gpu.ok()) return;
    for (const char* name : {"sgd", "momentum", "nesterov", "adagrad", "adam", "adamw", "ftrl"}) {
      const auto rule = MakeGradientOptimizer(name, {});
      Floats w = Numbers(1000), slots[2] = {Floats(1000), Floats(1000)};
      const Copy<float> w_copy(w), slot0(slots[0]), slot1(slots[1]);
      for (uint64_t step = 1; step <= 3; ++step) {
        Floats g = Numbers(1000, -10, 10);
        const Copy<float> g_copy(g);
        const StepInfo info{.rate = 0.05F, .step = step, .l2 = step == 2 ? 0.0F : 1e-2F};
        float* const own[] = {slots[0].data(), slots[1].data()};
        float* const theirs[] = {slot0.get(), slot1.get()};
        cpu->Update(*rule, info, 1000, 0.25F, w.data(), g.data(), std::span(own).first(rule->slots()));
        (*gpu)->Update(*rule, info, 1000, 0.25F, w_copy.get(), g_copy.get(), std::span(theirs).first(rule->slots()));
      }
      Equal(w, w_copy.Back(), std::string("weights of ") + name);
      Equal(slots[0], slot0.Back(), std::string("slots of ") + name);
    }
  }

  // A network 12 -> 20 -> 3 on 64 rows in 5 lanes; the parameters after some steps, and the losses.
  struct Trained {
    Floats parameters;
    std::vector<double> losses;
  };
  Trained Train(TensorBackend& backend, int steps, float poison = 0) {
    stream_ = 1000;
    const LaneRows lanes{{0, 1, 2, 3, 4}, {0, 10, 20, 40, 41, 64}};
    Trained trained{Numbers(12 * 20 + 20 * 3 + 23, -0.5, 0.5), {}};
    const size_t length = trained.parameters.size();
    const Floats x = Numbers(64 * 12);
    Floats labels(64);
    for (size_t i = 0; i < 64; ++i) labels[i] = x[i * 12] > 0.2F ? 2.0F : x[i * 12 + 1] > 0 ? 1.0F : 0.0F;
    std::vector<float*> memory;
    const auto upload = [&](const Floats& host) {
      memory.push_back(backend.Allocate(host.size()).value());
      backend.Upload(host, memory.back());
      return memory.back();
    };
    float* const parameters = upload(trained.parameters);
    float *gradients = upload(Floats(length)), *rows = upload(x), *classes = upload(labels);
    float* const slots[] = {upload(Floats(length)), upload(Floats(length))};
    const auto adam = MakeGradientOptimizer("adam", {});
    {
      Tape tape(backend);
      for (int step = 1; step <= steps; ++step) {
        std::vector<double> losses(lanes.lanes());
        tape.Begin(lanes, parameters, gradients, 0);
        Tape::Value v = tape.Linear(tape.Input(rows, 12), {0, 12, 20}, {300, 1, 20}).value();
        v = tape.Dropout(tape.Activate(v, Activation::kGelu).value(), 0.1F, seed_, static_cast<uint64_t>(step)).value();
        tape.CrossEntropy(tape.Linear(v, {240, 20, 3}, {320, 1, 3}).value(), classes, nullptr, losses);
        Expect(tape.Backward().ok(), "a backward pass");
        if (poison != 0 && step == 2) backend.Upload(std::span<const float>(&poison, 1), gradients + 5);
        const StepInfo info{.rate = 0.01F, .step = static_cast<uint64_t>(step)};
        backend.Update(*adam, info, 300, 1.0F / 64, parameters, gradients, slots);
        float* const rest[] = {slots[0] + 300, slots[1] + 300};
        backend.Update(*adam, info, 23, 1.0F / 64, parameters + 300, gradients + 300, rest);
        double sum = 0;
        for (const double loss : losses) sum += loss;
        trained.losses.push_back(sum / 64);
      }
    }
    backend.Download(parameters, trained.parameters);
    for (float* one : memory) backend.Free(one);
    const Status status = backend.Check();
    Expect(status.ok(), "a training: " + status.ToString());
    return trained;
  }

  void CheckTraining() {
    ThreadPool pool(1);
    const auto cpu = MakeCpuBackend(pool);
    Result<std::unique_ptr<TensorBackend>> gpu = MakeCudaBackend({});
    if (!gpu.ok()) return;
    const int steps = large_ ? 200 : 5;
    const Trained expected = Train(*cpu, steps), got = Train(**gpu, steps);
    Equal(expected.parameters, got.parameters, "a network after " + std::to_string(steps) + " steps");
    Expect(expected.losses == got.losses, "the losses of a training");
  }

  // Losses within 0.02 of those in float32; a step with an infinite gradient changes nothing.
  void CheckMixedPrecision() {
    ThreadPool pool(1);
    const auto cpu = MakeCpuBackend(pool);
    const int steps = large_ ? 200 : 8;
    const Trained expected = Train(*cpu, steps);
    for (const Precision precision : {Precision::kFloat16, Precision::kBfloat16}) {
      const std::string name = precision == Precision::kFloat16 ? "fp16" : "bf16";
      const auto train = [&](int count, float poison) { return Train(**MakeCudaBackend({.precision = precision, .loss_scale = 1024}), count, poison); };
      const Trained got = train(steps, 0);
      float far = 0;
      for (size_t i = 0; i < got.losses.size(); ++i) far = std::max(far, static_cast<float>(std::abs(got.losses[i] - expected.losses[i])));
      Expect(far < 0.02F, name + " losses are off by " + std::to_string(far));
      if (precision == Precision::kFloat16) Equal(train(1, 0).parameters, train(2, kInfinity).parameters, "a skipped step");
    }
  }

  uint64_t seed_, stream_ = 0;
  bool large_;
  CheckReport report_;
};

}  // namespace

CheckReport CheckDevice(uint64_t seed, bool large) { return Suite(seed, large).Run(); }

}  // namespace tusk::ml
