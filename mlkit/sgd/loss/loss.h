// Loss: how bad scores are, and its derivatives. An own one is a class with Value and Slope (and Curvature, for second-order
// methods) of one score and one target: the concept MarginLoss; MarginLossOf makes a Loss of it, for any number of outputs.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tusk::ml {

enum class Link : uint8_t { kNone, kSigmoid, kSoftmax };  // from scores to probabilities

// kClassifies: targets are -1 and +1; else they are numbers. Convex, or the full-batch methods promise nothing.
template <typename L>
concept MarginLoss = requires(const L& loss, double score, double target) {
  { L::kClassifies } -> std::convertible_to<bool>;
  { loss.Value(score, target) } -> std::convertible_to<double>;
  { loss.Slope(score, target) } -> std::convertible_to<double>;
};
// The second derivative, or a generalized one where there is none.
template <typename L>
concept CurvedLoss = MarginLoss<L> && requires(const L& loss, double score, double target) {
  { loss.Curvature(score, target) } -> std::convertible_to<double>;
};

class Loss {
 public:
  virtual ~Loss() = default;
  virtual bool classifies() const = 0;
  virtual Link link() const { return Link::kNone; }
  // Scores a row for `classes` classes (0: regression).
  virtual size_t OutputsFor(size_t classes) const = 0;
  // scores [rows][outputs] become the derivatives of weight * value by each score; gives the sum of weight * value. `weights`
  // may be null.
  virtual double Slopes(size_t rows, size_t outputs, const float* labels, const float* weights, float* scores) const = 0;
  // Of one row in double: the value; its derivatives into `slopes` if not null.
  virtual double Row(size_t outputs, const double* scores, float label, double* slopes) const = 0;
  // Are the outputs independent problems (one against the rest), each with a second derivative?
  virtual bool curved() const { return false; }
  // Of a loss with a kink: one with second derivatives that differs from it only within `width` of there. Null where none is needed.
  virtual std::unique_ptr<Loss> Smoothed(double /*width*/) const { return nullptr; }
  // Of output `output` alone, for many rows: the sum of weight * value; weight * slope and weight * curvature where wanted (not
  // null). `weights` may be null.
  virtual double Curves(size_t /*rows*/, const float* /*labels*/, const float* /*weights*/, size_t /*output*/, size_t /*outputs*/,
                        const double* /*scores*/, double* /*slopes*/, double* /*curvatures*/) const {
    return 0;
  }
};

// What output `output` of `outputs` should be like for a row of class or value `label`.
inline double TargetOf(bool classifies, float label, size_t output, size_t outputs) {
  if (!classifies) return static_cast<double>(label);
  if (outputs == 1) return label > 0.5F ? 1.0 : -1.0;
  return label == static_cast<float>(output) ? 1.0 : -1.0;
}

template <MarginLoss L>
class MarginLossOf : public Loss {
 public:
  explicit MarginLossOf(L loss = {}) : loss_(loss) {}
  bool classifies() const override { return L::kClassifies; }
  Link link() const override {
    if constexpr (requires { L::kLink; }) return L::kLink;
    return Link::kNone;
  }
  size_t OutputsFor(size_t classes) const override { return classes > 2 ? classes : 1; }
  double Slopes(size_t rows, size_t outputs, const float* labels, const float* weights, float* scores) const override {
    double sum = 0;
    for (size_t row = 0; row < rows; ++row) {
      const double weight = weights == nullptr ? 1.0 : static_cast<double>(weights[row]);
      for (size_t k = 0; k < outputs; ++k) {
        float& score = scores[row * outputs + k];
        const double target = TargetOf(L::kClassifies, labels[row], k, outputs), z = static_cast<double>(score);
        sum += weight * loss_.Value(z, target);
        score = static_cast<float>(weight * loss_.Slope(z, target));
      }
    }
    return sum;
  }
  double Row(size_t outputs, const double* scores, float label, double* slopes) const override {
    double sum = 0;
    for (size_t k = 0; k < outputs; ++k) {
      const double target = TargetOf(L::kClassifies, label, k, outputs);
      sum += loss_.Value(scores[k], target);
      if (slopes != nullptr) slopes[k] = loss_.Slope(scores[k], target);
    }
    return sum;
  }
  bool curved() const override { return CurvedLoss<L>; }
  std::unique_ptr<Loss> Smoothed(double width) const override {
    if constexpr (requires { loss_.Smoothed(width); }) {
      return std::make_unique<MarginLossOf<decltype(loss_.Smoothed(width))>>(loss_.Smoothed(width));
    }
    return nullptr;
  }
  double Curves(size_t rows, const float* labels, const float* weights, size_t output, size_t outputs, const double* scores,
                double* slopes, double* curvatures) const override {
    double sum = 0;
    for (size_t row = 0; row < rows; ++row) {
      const double weight = weights == nullptr ? 1.0 : static_cast<double>(weights[row]);
      const double target = TargetOf(L::kClassifies, labels[row], output, outputs), z = scores[row];
      sum += weight * loss_.Value(z, target);
      if (slopes != nullptr) slopes[row] = weight * loss_.Slope(z, target);
      if constexpr (CurvedLoss<L>) {
        if (curvatures != nullptr) curvatures[row] = weight * loss_.Curvature(z, target);
      }
    }
    return sum;
  }

 private:
  L loss_;
};

// "squared", "logistic", "hinge", "squared_hinge", "huber", "softmax"; null for others. `delta` is Huber's.
std::unique_ptr<Loss> MakeLoss(const std::string& name, double delta = 1.0);
const std::vector<std::string>& LossNames();

}  // namespace tusk::ml
