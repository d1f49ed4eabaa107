// XGBoost's JSON model files: written so that XGBoost 1.7 and later load them and predict the same, and read.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "mlkit/api/model.h"

namespace tusk::ml {

// Boosted trees of any loss, and regression forests; kUnsupported for others. The margins to begin with are added to the first
// trees' leaves, because XGBoost 1.7 has one base score for all classes.
Result<std::string> WriteXgboostJson(const Model& model);

// A file's first bytes tell it from a bundle (whose ninth byte begins its JSON).
inline bool IsXgboostJson(std::string_view bytes) {
  return bytes.starts_with('{') && (bytes.size() < 9 || bytes[8] != '{');
}
// Trees of booster gbtree with a loss that has a counterpart here. Errors begin with `what` (a path).
Result<std::unique_ptr<Model>> ReadXgboostJson(std::string_view text, std::string_view what);

}  // namespace tusk::ml
