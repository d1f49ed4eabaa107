// JSON of beans, and ObjectName patterns.
#include "base/metrics/bean.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

namespace tusk {
namespace {

// '*' any text, '?' any character.
bool GlobMatches(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || (pattern[p] == text[t] && pattern[p] != '*'))) {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

struct ObjectName {
  std::string_view domain;
  std::map<std::string_view, std::string_view> properties;
  bool more = false;  // ",*"
};

bool Parse(std::string_view text, ObjectName& name) {
  size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  name.domain = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 1);
  while (!rest.empty()) {
    std::string_view property = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), property.size() + 1));
    if (property == "*") {
      name.more = true;
      continue;
    }
    size_t equals = property.find('=');
    if (equals == std::string_view::npos) return false;
    name.properties[property.substr(0, equals)] = property.substr(equals + 1);
  }
  return true;
}

}  // namespace

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char escaped[8];
          std::snprintf(escaped, sizeof(escaped), "\\u%04X", c);
          out += escaped;
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

Bean& Bean::Set(std::string_view attribute, double value) {
  if (!std::isfinite(value)) return SetJson(attribute, "\"NaN\"");
  char text[32];
  std::snprintf(text, sizeof(text), "%.12g", value);
  std::string json = text;
  if (json.find_first_of(".e") == std::string::npos) json += ".0";
  return SetJson(attribute, std::move(json));
}

Bean& Bean::SetJson(std::string_view attribute, std::string json) {
  attributes_.emplace_back(attribute, std::move(json));
  return *this;
}

bool ObjectNameMatches(std::string_view pattern, std::string_view object_name) {
  ObjectName wanted, name;
  if (!Parse(pattern, wanted) || !Parse(object_name, name)) return false;
  if (!GlobMatches(wanted.domain, name.domain)) return false;
  if (!wanted.more && wanted.properties.size() != name.properties.size()) return false;
  for (const auto& [key, value] : wanted.properties) {
    auto property = name.properties.find(key);
    if (property == name.properties.end() || !GlobMatches(value, property->second)) return false;
  }
  return true;
}

std::string BeansToJson(const std::vector<Bean>& beans) {
  std::string out = "{\n  \"beans\" : [";
  for (size_t i = 0; i < beans.size(); ++i) {
    out += i == 0 ? " {\n" : ", {\n";
    out += "    \"name\" : " + JsonString(beans[i].object_name()) + ",\n";
    out += "    \"modelerType\" : " + JsonString(beans[i].modeler_type());
    for (const auto& [attribute, json] : beans[i].attributes()) out += ",\n    " + JsonString(attribute) + " : " + json;
    out += "\n  }";
  }
  return out + " ]\n}";
}

}  // namespace tusk
