// Parameters: named settings of an algorithm, as text from the command line or from code. Every getter gives the default
// where a name is absent; a value that does not parse or is out of bounds, and names that nobody asked for, are errors.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace tusk::ml {

class Parameters {
 public:
  Parameters() = default;
  explicit Parameters(std::map<std::string, std::string> values) : values_(std::move(values)) {}

  void Set(std::string name, std::string value) { values_[std::move(name)] = std::move(value); }
  bool Has(const std::string& name) const { return values_.contains(name); }
  // `aliases` are other names of the same setting (XGBoost's, LightGBM's): the first that is set counts.
  double GetNumber(const std::string& name, double otherwise, double low, double high, std::vector<std::string> aliases = {});
  int64_t GetInteger(const std::string& name, int64_t otherwise, int64_t low, int64_t high,
                     std::vector<std::string> aliases = {});
  bool GetBool(const std::string& name, bool otherwise, std::vector<std::string> aliases = {});
  std::string GetText(const std::string& name, std::string otherwise, std::vector<std::string> aliases = {});
  // One of `choices`; the error lists them.
  std::string GetChoice(const std::string& name, std::string otherwise, const std::vector<std::string>& choices,
                        std::vector<std::string> aliases = {});
  std::vector<double> GetNumbers(const std::string& name, std::vector<double> otherwise);

  // To be called after the last getter: the first bad value, or a name that no getter asked for ("unknown setting
  // 'lerning_rate'; did you mean 'learning_rate'?").
  Status Check() const;

  const std::map<std::string, std::string>& values() const { return values_; }

 private:
  const std::string* Find(const std::string& name, const std::vector<std::string>& aliases);
  void Complain(const std::string& name, const std::string& value, const std::string& wanted);

  std::map<std::string, std::string> values_;
  std::set<std::string> known_;
  Status error_;
};

}  // namespace tusk::ml
