// Parameters: parsing, bounds, and the nearest name for one that nobody knows.
#include "mlkit/api/parameters.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/core/spelling.h"

namespace tusk::ml {
namespace {

std::string Shown(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

bool ParseDouble(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

}  // namespace

const std::string* Parameters::Find(const std::string& name, const std::vector<std::string>& aliases) {
  known_.insert(name);
  const std::string* found = nullptr;
  if (auto it = values_.find(name); it != values_.end()) found = &it->second;
  for (const std::string& alias : aliases) {
    known_.insert(alias);
    if (auto it = values_.find(alias); it != values_.end() && found == nullptr) found = &it->second;
  }
  return found;
}

void Parameters::Complain(const std::string& name, const std::string& value, const std::string& wanted) {
  if (error_.ok()) error_ = Status(Code::kInvalidArgument, name + "=" + value + ": " + wanted + " is wanted");
}

double Parameters::GetNumber(const std::string& name, double otherwise, double low, double high,
                             std::vector<std::string> aliases) {
  const std::string* text = Find(name, aliases);
  if (text == nullptr) return otherwise;
  double value = 0;
  if (!ParseDouble(*text, value) || value < low || value > high) {
    Complain(name, *text, "a number from " + Shown(low) + " to " + Shown(high));
    return otherwise;
  }
  return value;
}

int64_t Parameters::GetInteger(const std::string& name, int64_t otherwise, int64_t low, int64_t high,
                               std::vector<std::string> aliases) {
  const std::string* text = Find(name, aliases);
  if (text == nullptr) return otherwise;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < low || value > high) {
    Complain(name, *text, "an integer from " + std::to_string(low) + " to " + std::to_string(high));
    return otherwise;
  }
  return value;
}

bool Parameters::GetBool(const std::string& name, bool otherwise, std::vector<std::string> aliases) {
  const std::string* text = Find(name, aliases);
  if (text == nullptr) return otherwise;
  if (*text == "true" || *text == "1") return true;
  if (*text == "false" || *text == "0") return false;
  Complain(name, *text, "true or false");
  return otherwise;
}

std::string Parameters::GetText(const std::string& name, std::string otherwise, std::vector<std::string> aliases) {
  const std::string* text = Find(name, aliases);
  return text == nullptr ? otherwise : *text;
}

std::string Parameters::GetChoice(const std::string& name, std::string otherwise, const std::vector<std::string>& choices,
                                  std::vector<std::string> aliases) {
  const std::string* text = Find(name, aliases);
  if (text == nullptr) return otherwise;
  if (std::find(choices.begin(), choices.end(), *text) != choices.end()) return *text;
  std::string wanted = "one of";
  for (const std::string& choice : choices) wanted += " " + choice;
  Complain(name, *text, wanted);
  return otherwise;
}

std::vector<double> Parameters::GetNumbers(const std::string& name, std::vector<double> otherwise) {
  const std::string* text = Find(name, {});
  if (text == nullptr) return otherwise;
  std::vector<double> numbers;
  std::string_view rest = *text;
  while (true) {
    const size_t comma = rest.find(',');
    double value = 0;
    if (!ParseDouble(rest.substr(0, comma), value)) {
      Complain(name, *text, "a list of numbers with commas");
      return otherwise;
    }
    numbers.push_back(value);
    if (comma == std::string_view::npos) return numbers;
    rest.remove_prefix(comma + 1);
  }
}

Status Parameters::Check() const {
  if (!error_.ok()) return error_;
  for (const auto& [name, value] : values_) {
    if (known_.contains(name)) continue;
    std::string message = "unknown setting '" + name + "'";
    const std::string* nearest = nullptr;
    size_t distance = std::max<size_t>(2, name.size() / 3) + 1;
    for (const std::string& known : known_) {
      if (const size_t d = EditDistance(name, known); d < distance) {
        distance = d;
        nearest = &known;
      }
    }
    if (nearest != nullptr) message += "; did you mean '" + *nearest + "'?";
    return Status(Code::kInvalidArgument, message);
  }
  return Status::Ok();
}

}  // namespace tusk::ml
