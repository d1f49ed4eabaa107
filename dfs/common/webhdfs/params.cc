// Reading parameters.
#include "dfs/common/webhdfs/params.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace tusk::dfs::webhdfs {
namespace {

constexpr std::string_view kUserPattern = "^[A-Za-z_][A-Za-z0-9._-]*[$]?$";
constexpr std::string_view kAclPattern =
    "^(default:)?(user|group|mask|other):[[A-Za-z_][A-Za-z0-9._-]]*:([rwx-]{3})?(,(default:)?(user|group|mask|other):"
    "[[A-Za-z_][A-Za-z0-9._-]]*:([rwx-]{3})?)*$";
constexpr int64_t kPermissionMost = 01777;

std::string ToUpper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

bool IsNameByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-'; }

bool IsUserName(std::string_view name) {
  if (name.ends_with('$')) name.remove_suffix(1);
  if (name.empty() || (std::isalpha(static_cast<unsigned char>(name.front())) == 0 && name.front() != '_')) return false;
  return std::all_of(name.begin(), name.end(), IsNameByte);
}

// "default:user:name:rwx"; the permissions may be left out.
bool IsAclEntry(std::string_view entry) {
  if (entry.starts_with("default:")) entry.remove_prefix(8);
  size_t first = entry.find(':');
  if (first == std::string_view::npos) return false;
  std::string_view type = entry.substr(0, first);
  if (type != "user" && type != "group" && type != "mask" && type != "other") return false;
  entry.remove_prefix(first + 1);
  size_t second = entry.find(':');
  if (second == std::string_view::npos) return false;
  std::string_view name = entry.substr(0, second);
  std::string_view permissions = entry.substr(second + 1);
  if (!std::all_of(name.begin(), name.end(), IsNameByte)) return false;
  if (permissions.empty()) return true;
  return permissions.size() == 3 && permissions.find_first_not_of("rwx-") == std::string_view::npos;
}

std::string InRadix(int64_t value, int radix) {
  char text[72];
  auto [end, error] = std::to_chars(text, text + sizeof text, value, radix);
  return error == std::errc() ? std::string(text, end) : std::to_string(value);
}

bool FitsType(int64_t value, std::string_view type) {
  if (type == "short") return value >= INT16_MIN && value <= INT16_MAX;
  if (type == "int") return value >= INT32_MIN && value <= INT32_MAX;
  return true;
}

}  // namespace

Status Params::Invalid(std::string_view name, const std::string& why) const {
  if (!names_parameter_) return Status(Code::kInvalidArgument, why);
  return Status(Code::kInvalidArgument, "Invalid value for webhdfs parameter \"" + std::string(name) + "\": " + why);
}

std::string Params::Text(std::string_view name) const { return std::string(query_.GetNoCase(name).value_or("")); }

std::vector<std::string> Params::All(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : query_.pairs()) {
    if (http::EqualsNoCase(key, name)) values.push_back(value);
  }
  return values;
}

Result<std::string> Params::Required(std::string_view name, std::string_view op) const {
  std::string value = Text(name);
  if (!value.empty() && value != "null") return value;
  return Status(Code::kInvalidArgument,
                "Required param " + std::string(name) + " for op: " + std::string(op) + " is null or empty");
}

Result<std::optional<int64_t>> Params::Number(std::string_view name, const Bounds& bounds) const {
  auto text = query_.GetNoCase(name);
  if (!text || *text == "null") return std::optional<int64_t>();
  std::string_view digits = *text;
  if (digits.size() > 1 && digits.front() == '+' && digits[1] != '-') digits.remove_prefix(1);
  int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, bounds.radix);
  if (error != std::errc() || end != digits.data() + digits.size() || !FitsType(value, bounds.type)) {
    return Invalid(name, "Failed to parse \"" + std::string(*text) + "\" as a radix-" + std::to_string(bounds.radix) +
                             " " + bounds.type + (bounds.type == std::string_view("int") ? "eger." : " integer."));
  }
  const std::string range = "Invalid parameter range: " + std::string(name) + " = " + InRadix(value, bounds.radix);
  if (value < bounds.least) return Invalid(name, range + " < " + InRadix(bounds.least, bounds.radix));
  if (value > bounds.most) return Invalid(name, range + " > " + InRadix(bounds.most, bounds.radix));
  return std::optional<int64_t>(value);
}

Result<int64_t> Params::Number(std::string_view name, const Bounds& bounds, int64_t otherwise) const {
  ASSIGN_OR_RETURN(std::optional<int64_t> value, Number(name, bounds));
  return value.value_or(otherwise);
}

Result<bool> Params::Bool(std::string_view name, bool otherwise) const {
  auto text = query_.GetNoCase(name);
  if (!text || *text == "null") return otherwise;
  if (http::EqualsNoCase(*text, "true")) return true;
  if (http::EqualsNoCase(*text, "false")) return false;
  return Invalid(name, "Failed to parse \"" + std::string(*text) + "\" to Boolean.");
}

Result<std::string> Params::AbsolutePath(std::string_view name) const {
  std::string path = Text(name);
  if (path.empty() || path == "null") return std::string();
  if (path.front() != '/') {
    return Invalid(name, "Invalid parameter value: " + std::string(name) + " = \"" + path + "\" is not an absolute path.");
  }
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Result<std::optional<int64_t>> Params::Permission(std::string_view name) const {
  return Number(name, Bounds{0, kPermissionMost, 8, "short"});
}

Result<std::optional<int>> Params::FsAction(std::string_view name) const {
  std::string text = Text(name);
  if (text.empty() || text == "null") return std::optional<int>();
  constexpr std::string_view kFull = "rwx";
  int action = 0;
  bool valid = text.size() == kFull.size();
  for (size_t i = 0; valid && i < kFull.size(); ++i) {
    valid = text[i] == kFull[i] || text[i] == '-';
    if (text[i] == kFull[i]) action |= 4 >> i;
  }
  if (!valid) return Invalid(name, "Invalid value: \"" + text + "\" does not belong to the domain [r-][w-][x-]");
  return std::optional<int>(action);
}

Result<std::string> Params::OneOf(std::string_view name, const std::vector<std::string_view>& names,
                                  std::string_view java_enum) const {
  std::string text = ToUpper(Text(name));
  if (text.empty() || std::find(names.begin(), names.end(), text) != names.end()) return text;
  return Invalid(name, "No enum constant " + std::string(java_enum) + "." + text);
}

Result<std::vector<std::string>> Params::SomeOf(std::string_view name, const std::vector<std::string_view>& names,
                                                std::string_view java_enum) const {
  std::vector<std::string> found;
  std::string text = ToUpper(Text(name));
  for (size_t start = 0; start < text.size();) {
    size_t comma = std::min(text.find(',', start), text.size());
    std::string one = text.substr(start, comma - start);
    one.erase(0, one.find_first_not_of(' '));
    while (one.ends_with(' ')) one.pop_back();
    if (std::find(names.begin(), names.end(), one) == names.end()) {
      return Invalid(name, "No enum constant " + std::string(java_enum) + "." + one);
    }
    found.push_back(std::move(one));
    start = comma + 1;
  }
  return found;
}

Result<std::string> Params::AclSpec(std::string_view op) const {
  ASSIGN_OR_RETURN(std::string text, Required("aclspec", op));
  for (size_t start = 0; start <= text.size();) {
    size_t comma = std::min(text.find(',', start), text.size());
    std::string_view entry = std::string_view(text).substr(start, comma - start);
    if (!IsAclEntry(entry)) {
      return Invalid("aclspec", "Invalid value: \"" + text + "\" does not belong to the domain " +
                                    std::string(kAclPattern));
    }
    start = comma + 1;
  }
  return text;
}

Result<std::string> Params::UserName() const {
  if (!Has("user.name")) return std::string();
  std::string name = Text("user.name");
  if (name.empty()) return Status(Code::kInvalidArgument, "userName is NULL, empty or contains a '&'");
  if (!IsUserName(name)) {
    return Invalid("user.name", "Invalid value: \"" + name + "\" does not belong to the domain " +
                                    std::string(kUserPattern));
  }
  return name;
}

}  // namespace tusk::dfs::webhdfs
