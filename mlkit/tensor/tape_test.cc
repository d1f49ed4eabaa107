// Every operation's gradient by finite differences, and equal bits for any threads and any split of the lanes.
#include "mlkit/tensor/tape.h"

#include <gtest/gtest.h>

#include <cmath>

#include "mlkit/api/random.h"
#include "mlkit/tensor/cpu_backend.h"

namespace tusk::ml {
namespace {

std::vector<float> Numbers(size_t count, uint64_t stream, double low = -1, double high = 1) {
  Random random(3, stream);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = static_cast<float>(random.Uniform(low, high));
  return numbers;
}

// x [7][5] -> linear 6 -> operation -> linear 3 -> loss
struct Case {
  Activation activation = Activation::kTanh;
  float dropout = 0;
  bool squared = false;
};

class GradientCheck {
 public:
  explicit GradientCheck(Case one, size_t threads = 1) : case_(one), pool_(threads), backend_(MakeCpuBackend(pool_)), tape_(*backend_) {
    outputs_ = one.squared ? 1 : 3;
    w1_ = {0, 5, 6};
    w2_ = {30, 6, outputs_};
    b1_ = {30 + 6 * outputs_, 1, 6};
    b2_ = {b1_.offset + 6, 1, outputs_};
    parameters = Numbers(b2_.offset + outputs_, 1);
    x = Numbers(35, 2);
    labels = {0, 2, 1, 0, 1, 2, 2};
    weights = Numbers(7, 3, 0.5, 2);
    gradients.resize(parameters.size());
  }
  double Run(bool backward, size_t lane_stride = 0) {
    tape_.Begin(lanes, parameters.data(), gradients.data(), lane_stride);
    const Tape::Value input = tape_.Input(x.data(), 5, true);
    Tape::Value v = tape_.Activate(tape_.Linear(input, w1_, b1_).value(), case_.activation).value();
    if (case_.dropout > 0) v = tape_.Dropout(v, case_.dropout, 9, 4).value();
    v = tape_.Linear(v, w2_, b2_).value();
    std::vector<double> losses(lanes.lanes());
    if (case_.squared) tape_.SquaredError(v, labels.data(), weights.data(), losses);
    else tape_.CrossEntropy(v, labels.data(), weights.data(), losses);
    if (backward) {
      EXPECT_TRUE(tape_.Backward().ok());
      x_gradient.assign(tape_.GradientOf(input), tape_.GradientOf(input) + 35);
    }
    double sum = 0;
    for (const double loss : losses) sum += loss;
    return sum;
  }
  double Slope(float& at) {
    constexpr float kStep = 4e-3F;
    const float before = at;
    at = before + kStep;
    const double up = Run(false);
    at = before - kStep;
    const double down = Run(false);
    at = before;
    return (up - down) / (2 * static_cast<double>(kStep));
  }

  LaneRows lanes = {{0, 1, 2}, {0, 3, 3, 7}};
  std::vector<float> parameters, gradients, x, x_gradient, labels, weights;

 private:
  Case case_;
  size_t outputs_ = 3;
  ThreadPool pool_;
  std::unique_ptr<TensorBackend> backend_;
  Tape tape_;
  ParameterRange w1_, w2_, b1_, b2_;
};

TEST(TapeTest, GradientsAreThoseOfFiniteDifferences) {
  const Case cases[] = {{Activation::kRelu, 0, false}, {Activation::kGelu, 0, false}, {Activation::kTanh, 0.4F, false},
                        {Activation::kSigmoid, 0.3F, false}, {Activation::kTanh, 0, true}, {Activation::kGelu, 0.2F, true}};
  for (const Case& one : cases) {
    GradientCheck check(one);
    check.Run(true);
    const auto gradients = check.gradients, by_input = check.x_gradient;
    size_t far = 0;
    for (size_t i = 0; i < gradients.size(); ++i) far += std::abs(check.Slope(check.parameters[i]) - static_cast<double>(gradients[i])) > 3e-3 ? 1 : 0;
    for (size_t i = 0; i < by_input.size(); ++i) far += std::abs(check.Slope(check.x[i]) - static_cast<double>(by_input[i])) > 3e-3 ? 1 : 0;
    // A step across relu's corner is no derivative.
    EXPECT_LE(far, one.activation == Activation::kRelu ? 3U : 0U) << static_cast<int>(one.activation) << " dropout " << one.dropout;
  }
}

TEST(TapeTest, GradientsHaveEqualBitsForAnyThreadsAndAsSumsOfLanes) {
  GradientCheck one({Activation::kGelu, 0.2F, false}), two({Activation::kGelu, 0.2F, false}, 3), apart({Activation::kGelu, 0.2F, false});
  one.Run(true);
  two.Run(true);
  EXPECT_EQ(one.gradients, two.gradients);
  const size_t length = one.parameters.size();
  apart.gradients.resize(3 * length);
  apart.Run(true, length);
  for (size_t i = 0; i < length; ++i) {
    EXPECT_EQ(one.gradients[i], (apart.gradients[i] + apart.gradients[length + i]) + apart.gradients[2 * length + i]);
  }
}

TEST(TapeTest, DropoutKeepsTheMeanAndDependsOnLaneAndRowOnly) {
  ThreadPool pool(1);
  const auto backend = MakeCpuBackend(pool);
  std::vector<float> whole(3000), part(1500);
  backend->DropoutMask({{0, 1}, {0, 150, 300}}, 10, 0.3F, 5, 6, whole.data());
  backend->DropoutMask({{1}, {0, 150}}, 10, 0.3F, 5, 6, part.data());
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 1500));
  double sum = 0;
  for (const float value : whole) sum += static_cast<double>(value);
  EXPECT_NEAR(sum / 3000, 1, 0.05);
}

}  // namespace
}  // namespace tusk::ml
