// Bean: one JMX object as /jmx shows it: a name and attributes.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

// "text" with the quotes.
std::string JsonString(std::string_view text);

class Bean {
 public:
  Bean(std::string object_name, std::string modeler_type)
      : object_name_(std::move(object_name)), modeler_type_(std::move(modeler_type)) {}

  Bean& Set(std::string_view attribute, std::string_view text) { return SetJson(attribute, JsonString(text)); }
  Bean& Set(std::string_view attribute, const char* text) { return Set(attribute, std::string_view(text)); }
  Bean& Set(std::string_view attribute, bool value) { return SetJson(attribute, value ? "true" : "false"); }
  Bean& Set(std::string_view attribute, double value);
  template <std::integral Integer>
  Bean& Set(std::string_view attribute, Integer value) {
    return SetJson(attribute, std::to_string(value));
  }
  // A value that is JSON already: arrays and composites.
  Bean& SetJson(std::string_view attribute, std::string json);

  const std::string& object_name() const { return object_name_; }
  const std::string& modeler_type() const { return modeler_type_; }
  // Name and JSON text.
  const std::vector<std::pair<std::string, std::string>>& attributes() const { return attributes_; }

 private:
  std::string object_name_;
  std::string modeler_type_;
  std::vector<std::pair<std::string, std::string>> attributes_;
};

// Whether an ObjectName matches a pattern: wildcards in domain and values, ",*" for any more properties, properties in
// any order. "Hadoop:service=NameNode,name=*".
bool ObjectNameMatches(std::string_view pattern, std::string_view object_name);

// {"beans":[...]}, in the layout of Hadoop's servlet.
std::string BeansToJson(const std::vector<Bean>& beans);

}  // namespace tusk
