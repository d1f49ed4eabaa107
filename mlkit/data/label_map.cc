// Tally and map of labels.
#include "mlkit/data/label_map.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "mlkit/data/number_text.h"

namespace tusk::ml {
namespace {

// All of `texts` as numbers, or nothing.
std::optional<std::vector<double>> AsNumbers(const std::vector<std::string>& texts) {
  std::vector<double> numbers;
  for (const std::string& text : texts) {
    double value = 0;
    if (!IsNumber(text, value) || !std::isfinite(value)) return std::nullopt;
    numbers.push_back(value);
  }
  return numbers;
}

}  // namespace

void LabelTally::Add(std::string_view label) {
  if (label == last_ && !last_.empty()) return;
  if (too_many()) return;
  last_ = label;
  texts_.insert(last_);
}

void LabelTally::AddNumber(double label) {
  if (!too_many()) numbers_.insert(label + 0.0);  // -0 is 0
}

void LabelTally::Merge(const LabelTally& other) {
  for (const std::string& text : other.texts_) {
    if (too_many()) return;
    texts_.insert(text);
  }
  for (const double number : other.numbers_) AddNumber(number);
}

Result<LabelKind> LabelTally::Decide(LabelKind wanted) const {
  if (wanted == LabelKind::kRegression) return wanted;
  if (wanted == LabelKind::kClassification) {
    if (too_many()) {
      return Status(Code::kInvalidArgument, "more than " + std::to_string(kLabelsMax) +
                                                " different labels: is the label column the right one, and this a classification?");
    }
    return wanted;
  }
  if (too_many()) return LabelKind::kRegression;
  const std::vector<std::string> labels = Labels();
  const std::optional<std::vector<double>> numbers = AsNumbers(labels);
  if (!numbers.has_value()) return LabelKind::kClassification;
  const bool integers = std::all_of(numbers->begin(), numbers->end(), [](double x) { return x == std::floor(x); });
  return integers && numbers->size() <= kGuessedClassesMax ? LabelKind::kClassification : LabelKind::kRegression;
}

std::vector<std::string> LabelTally::Labels() const {
  std::vector<std::string> texts(texts_.begin(), texts_.end());
  std::sort(texts.begin(), texts.end());
  std::optional<std::vector<double>> numbers = AsNumbers(texts);
  if (!numbers.has_value()) return texts;
  for (const double number : numbers_) numbers->push_back(number);
  for (double& number : *numbers) number += 0.0;
  std::sort(numbers->begin(), numbers->end());
  numbers->erase(std::unique(numbers->begin(), numbers->end()), numbers->end());
  std::vector<std::string> labels;
  for (const double number : *numbers) labels.push_back(NumberText(number));
  return labels;
}

LabelMap::LabelMap(std::vector<std::string> class_labels) : labels_(std::move(class_labels)) {
  const std::optional<std::vector<double>> numbers = AsNumbers(labels_);
  if (numbers.has_value() && std::is_sorted(numbers->begin(), numbers->end())) {
    numbers_ = *numbers;
    return;
  }
  for (size_t i = 0; i < labels_.size(); ++i) sorted_.emplace_back(labels_[i], static_cast<float>(i));
  std::sort(sorted_.begin(), sorted_.end());
}

std::optional<float> LabelMap::Find(double number) const {
  if (regression()) {
    if (!std::isfinite(number) || std::abs(number) > FLT_MAX) return std::nullopt;
    return static_cast<float>(number);
  }
  if (numbers_.empty()) return Find(NumberText(number));
  const auto it = std::lower_bound(numbers_.begin(), numbers_.end(), number);
  if (it == numbers_.end() || *it != number) return std::nullopt;
  return static_cast<float>(it - numbers_.begin());
}

std::optional<float> LabelMap::Find(std::string_view text) const {
  if (regression() || !numbers_.empty()) {
    double value = 0;
    if (!IsNumber(text, value)) return std::nullopt;
    return Find(value);
  }
  const auto it = std::lower_bound(sorted_.begin(), sorted_.end(), text,
                                   [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (it == sorted_.end() || it->first != text) return std::nullopt;
  return it->second;
}

}  // namespace tusk::ml
