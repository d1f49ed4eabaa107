// Saving, loading and showing of an optimization's result.
#include "mlkit/genetic/optimization_result.h"

#include <algorithm>
#include <cstdio>

namespace tusk::ml {
namespace {

std::string Shown(const std::vector<double>& values, size_t most) {
  std::string text;
  char number[32];
  for (size_t i = 0; i < std::min(values.size(), most); ++i) {
    std::snprintf(number, sizeof(number), "%s%.10g", i == 0 ? "" : " ", values[i]);
    text += number;
  }
  if (values.size() > most) text += " … (" + std::to_string(values.size()) + " in all)";
  return text;
}

}  // namespace

OptimizationResult::OptimizationResult(std::string problem, uint64_t evaluations, std::vector<Solution> best)
    : problem_(std::move(problem)), evaluations_(evaluations), best_(std::move(best)) {}

Status OptimizationResult::Scores(const Block&, std::span<float>) const {
  return Status(Code::kUnsupported, "the result of an optimization predicts nothing");
}
Status OptimizationResult::Probabilities(const Block& block, std::span<float> out) const { return Scores(block, out); }

Bundle OptimizationResult::Save() const {
  Bundle bundle;
  SetModelTexts(bundle, algorithm(), schema_);
  bundle.SetText("problem", problem_);
  bundle.SetText("evaluations", std::to_string(evaluations_));
  std::vector<double> x, f;
  for (const Solution& solution : best_) {
    x.insert(x.end(), solution.x.begin(), solution.x.end());
    f.insert(f.end(), solution.f.begin(), solution.f.end());
  }
  const uint64_t count = best_.size();
  bundle.SetDoubles("x", x, {count, count == 0 ? 0 : x.size() / count});
  bundle.SetDoubles("f", f, {count, count == 0 ? 0 : f.size() / count});
  return bundle;
}

Result<std::unique_ptr<Model>> OptimizationResult::Load(const Bundle& bundle) {
  RETURN_IF_ERROR(CheckModelTexts(bundle));
  ASSIGN_OR_RETURN(std::string problem, bundle.Text("problem"));
  ASSIGN_OR_RETURN(const std::string evaluations, bundle.Text("evaluations"));
  ASSIGN_OR_RETURN(const std::vector<double> x, bundle.Doubles("x"));
  ASSIGN_OR_RETURN(const std::vector<double> f, bundle.Doubles("f"));
  const std::vector<uint64_t>& shape = bundle.tensors().at("f").shape;
  const uint64_t count = shape.empty() ? 0 : shape[0];
  if (evaluations.empty() || evaluations.size() > 19 || evaluations.find_first_not_of("0123456789") != std::string::npos ||
      (count == 0 ? !x.empty() || !f.empty() : x.size() % count != 0 || f.size() % count != 0)) {
    return Status(Code::kCorruption, "the points and values of the optimization's result do not fit each other");
  }
  std::vector<Solution> best(count);
  for (uint64_t i = 0; i < count; ++i) {
    const auto nx = static_cast<ptrdiff_t>(x.size() / count), nf = static_cast<ptrdiff_t>(f.size() / count);
    const auto at = static_cast<ptrdiff_t>(i);
    best[i].x.assign(x.begin() + at * nx, x.begin() + (at + 1) * nx);
    best[i].f.assign(f.begin() + at * nf, f.begin() + (at + 1) * nf);
  }
  return std::make_unique<OptimizationResult>(std::move(problem), std::stoull(evaluations), std::move(best));
}

std::string OptimizationResult::Describe() const {
  std::string text = "best of " + problem_ + " after " + std::to_string(evaluations_) + " evaluations\n";
  constexpr size_t kPoints = 20, kCoordinates = 12;
  for (size_t i = 0; i < std::min(best_.size(), kPoints); ++i) {
    text += "f = " + Shown(best_[i].f, kCoordinates) + "   x = " + Shown(best_[i].x, kCoordinates) + "\n";
  }
  if (best_.size() > kPoints) text += "… a front of " + std::to_string(best_.size()) + " points in all\n";
  return text;
}

}  // namespace tusk::ml
