// Labels: which there are, and the class number of each. The order of classes is that of numbers where all labels are
// numbers ("10" after "9"), else that of bytes: it does not depend on the order of rows.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/core/result.h"

namespace tusk::ml {

enum class LabelKind : uint8_t { kAny, kClassification, kRegression };

inline constexpr size_t kLabelsMax = 100'000;   // classes of a classification
inline constexpr size_t kGuessedClassesMax = 1000;  // integers that are taken for classes where nobody said so

// The distinct labels of some rows.
class LabelTally {
 public:
  void Add(std::string_view label);
  void AddNumber(double label);
  void Merge(const LabelTally& other);
  bool too_many() const { return texts_.size() + numbers_.size() > kLabelsMax; }
  // kAny decided: classes where labels are texts or few integers. kClassification gives an error for too many.
  Result<LabelKind> Decide(LabelKind wanted) const;
  // In class order.
  std::vector<std::string> Labels() const;

 private:
  std::unordered_set<std::string> texts_;  // as they stand in the file; never iterated for output without sorting
  std::set<double> numbers_;
  std::string last_;
};

// From text or number to class number; without classes (regression) to the value.
class LabelMap {
 public:
  LabelMap() = default;
  explicit LabelMap(std::vector<std::string> class_labels);
  // Empty where the label is none of the classes, or no finite number.
  std::optional<float> Find(std::string_view text) const;
  std::optional<float> Find(double number) const;
  bool regression() const { return labels_.empty(); }

 private:
  std::vector<std::string> labels_;
  std::vector<double> numbers_;                        // of labels_, ascending, if all are numbers
  std::vector<std::pair<std::string, float>> sorted_;  // otherwise
};

}  // namespace tusk::ml
