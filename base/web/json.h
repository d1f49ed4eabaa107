// JSON as the console's API writes and reads it: objects and arrays made field by field, and a request's body checked
// field by field. Text that is no UTF-8 is written with U+FFFD.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace tusk::web {

// "text" with the quotes.
std::string Quote(std::string_view text);

//   JsonObject().Set("name", name).Set("size", 12).SetNull("owner").Done()
class JsonObject {
 public:
  JsonObject& Set(std::string_view name, std::string_view text) { return SetJson(name, Quote(text)); }
  JsonObject& Set(std::string_view name, const char* text) { return Set(name, std::string_view(text)); }
  JsonObject& Set(std::string_view name, const std::string& text) { return Set(name, std::string_view(text)); }
  JsonObject& Set(std::string_view name, bool value) { return SetJson(name, value ? "true" : "false"); }
  JsonObject& Set(std::string_view name, double value);
  template <std::integral Integer>
  JsonObject& Set(std::string_view name, Integer value) {
    return SetJson(name, std::to_string(value));
  }
  JsonObject& Set(std::string_view name, const JsonObject& object) { return SetJson(name, object.Done()); }
  JsonObject& SetNull(std::string_view name) { return SetJson(name, "null"); }
  // null where there is none.
  template <typename Value>
  JsonObject& Set(std::string_view name, const std::optional<Value>& value) {
    return value ? Set(name, *value) : SetNull(name);
  }
  // A value that is JSON already.
  JsonObject& SetJson(std::string_view name, std::string_view json);
  std::string Done() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

class JsonArray {
 public:
  JsonArray& Add(const JsonObject& object) { return AddJson(object.Done()); }
  JsonArray& Add(std::string_view text) { return AddJson(Quote(text)); }
  template <std::integral Integer>
  JsonArray& Add(Integer value) {
    return AddJson(std::to_string(value));
  }
  JsonArray& AddJson(std::string_view json);
  std::string Done() const { return text_ + "]"; }

 private:
  std::string text_ = "[";
};

std::string NumberText(double value);  // shortest; "null" for what is no number

// The object that a request sends. Every reader gives kInvalidArgument "NAME: ..." for a value of another type.
class JsonBody {
 public:
  JsonBody();
  ~JsonBody();
  JsonBody(JsonBody&&) noexcept;
  JsonBody& operator=(JsonBody&&) noexcept;
  // Empty text is an empty object. Refused: what is no object, deeper than 32, has a name twice.
  static Result<JsonBody> Parse(std::string_view text);

  bool Has(std::string_view name) const;
  bool IsNull(std::string_view name) const;  // there, and null
  Result<std::string> Text(std::string_view name) const;  // must be there
  Result<std::string> Text(std::string_view name, std::string_view otherwise) const;
  Result<int64_t> Int(std::string_view name, int64_t min, int64_t max) const;
  Result<int64_t> Int(std::string_view name, int64_t otherwise, int64_t min, int64_t max) const;
  Result<bool> Bool(std::string_view name, bool otherwise) const;
  Result<std::vector<std::string>> Texts(std::string_view name) const;  // empty where absent
  // An object inside; empty where absent.
  Result<JsonBody> Object(std::string_view name) const;
  std::vector<std::string> names() const;
  // kInvalidArgument for a name that is none of `known`.
  Status OnlyHas(std::initializer_list<std::string_view> known) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tusk::web
