// Derivatives of all losses by finite differences; one definition in float and in double.
#include "mlkit/sgd/loss/loss.h"

#include <gtest/gtest.h>

#include <cmath>

#include "mlkit/api/random.h"
#include "mlkit/sgd/loss/double_math.h"

namespace tusk::ml {
namespace {

TEST(LossTest, SlopesAreTheDerivativesOfValues) {
  Random random(1, 2);
  for (const std::string& name : LossNames()) {
    const auto loss = MakeLoss(name, 0.7);
    for (const size_t classes : {size_t{0}, size_t{2}, size_t{5}}) {
      if (loss->classifies() != (classes > 0)) continue;
      const size_t outputs = loss->OutputsFor(classes);
      for (int trial = 0; trial < 50; ++trial) {
        std::vector<double> scores(outputs), slopes(outputs);
        for (double& score : scores) score = random.Uniform(-3, 3);
        const float label = classes == 0 ? static_cast<float>(random.Uniform(-2, 2)) : static_cast<float>(random.Below(classes));
        loss->Row(outputs, scores.data(), label, slopes.data());
        for (size_t k = 0; k < outputs; ++k) {
          constexpr double kStep = 1e-6;
          auto up = scores, down = scores;
          up[k] += kStep;
          down[k] -= kStep;
          const double want = (loss->Row(outputs, up.data(), label, nullptr) - loss->Row(outputs, down.data(), label, nullptr)) / (2 * kStep);
          EXPECT_NEAR(slopes[k], want, 1e-6) << name << " classes " << classes;
        }
      }
    }
  }
}

TEST(LossTest, CurvaturesAreTheDerivativesOfSlopes) {
  Random random(1, 3);
  for (const std::string& name : LossNames()) {
    const auto loss = MakeLoss(name, 0.7);
    if (!loss->curved()) continue;
    for (int trial = 0; trial < 50; ++trial) {
      const float label = loss->classifies() ? static_cast<float>(random.Below(2)) : 0.25F;
      constexpr double kStep = 1e-6;
      const double score = random.Uniform(-3, 3);
      const double scores[3] = {score - kStep, score, score + kStep};
      const float labels[3] = {label, label, label};
      double slopes[3], curvatures[3];
      loss->Curves(3, labels, nullptr, 0, 1, scores, slopes, curvatures);
      const double want = (slopes[2] - slopes[0]) / (2 * kStep);
      if (std::abs(curvatures[0] - curvatures[2]) < 1e-3) {
        EXPECT_NEAR(curvatures[1], want, 1e-5) << name;
      }
    }
  }
}

TEST(LossTest, BatchesInFloatAgreeWithRowsInDouble) {
  Random random(1, 4);
  for (const std::string& name : LossNames()) {
    const auto loss = MakeLoss(name);
    const size_t classes = loss->classifies() ? 4 : 0, outputs = loss->OutputsFor(classes), rows = 300;
    std::vector<float> scores(rows * outputs), labels(rows), weights(rows);
    for (float& score : scores) score = static_cast<float>(random.Uniform(-3, 3));
    for (float& label : labels) label = classes > 0 ? static_cast<float>(random.Below(classes)) : static_cast<float>(random.Uniform(-1, 1));
    for (float& weight : weights) weight = static_cast<float>(random.Uniform(0, 2));
    double want = 0;
    std::vector<double> slopes(rows * outputs);
    for (size_t row = 0; row < rows; ++row) {
      const std::vector<double> z(scores.begin() + static_cast<ptrdiff_t>(row * outputs), scores.begin() + static_cast<ptrdiff_t>((row + 1) * outputs));
      want += static_cast<double>(weights[row]) * loss->Row(outputs, z.data(), labels[row], slopes.data() + row * outputs);
    }
    EXPECT_NEAR(loss->Slopes(rows, outputs, labels.data(), weights.data(), scores.data()), want, 1e-3) << name;
    for (size_t row = 0; row < rows; ++row) {
      for (size_t k = 0; k < outputs; ++k) {
        EXPECT_NEAR(scores[row * outputs + k], static_cast<double>(weights[row]) * slopes[row * outputs + k], 1e-5) << name;
      }
    }
  }
}

TEST(DoubleMathTest, AgreesWithTheLibraryTo1e15) {
  for (double x = 0; x > -700; x -= 0.0137) EXPECT_NEAR(ExpOfNegative(x) / std::exp(x), 1, 1e-15);
  for (double e = 0; e <= 1; e += 0.000137) EXPECT_NEAR(Log1pOfUnit(e), std::log1p(e), 1e-15 * std::log1p(e) + 1e-300);
  EXPECT_EQ(ExpOfNegative(-1e9), 0);
  EXPECT_EQ(Softplus(1000), 1000);
  EXPECT_EQ(Softplus(-1000), 0);
  EXPECT_TRUE(std::isnan(Softplus(std::nan(""))));
}

}  // namespace
}  // namespace tusk::ml
