// JSON files of models.
#include "quant/convert/json_text.h"

namespace tusk::quant {

using nlohmann::json;

std::string PathIn(const std::string& folder, const std::string& name) {
  return folder.empty() || folder.ends_with('/') ? folder + name : folder + "/" + name;
}

Result<std::string> ReadText(const RangeFiles& files, const std::string& path, uint64_t bytes_max) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const RangeReader> file, files.Open(path));
  if (file->size() > bytes_max) {
    return Status(Code::kResourceExhausted, path + " has " + std::to_string(file->size()) + " bytes, more than " + std::to_string(bytes_max));
  }
  std::string text(file->size(), '\0');
  RETURN_IF_ERROR(file->ReadAt(0, {reinterpret_cast<uint8_t*>(text.data()), text.size()}));
  return text;
}

Result<json> ReadJsonObject(const RangeFiles& files, const std::string& path, uint64_t bytes_max) {
  ASSIGN_OR_RETURN(const std::string text, ReadText(files, path, bytes_max));
  bool deep = false;
  json object = json::parse(
      text, [&deep](int depth, json::parse_event_t, json&) { return !(deep = deep || depth > 64); }, false);
  if (deep || !object.is_object()) return Status(Code::kCorruption, path + " is not a JSON object in UTF-8");
  return object;
}

namespace {
const json* Member(const json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(key);
  return it == object.end() ? nullptr : &*it;
}
}  // namespace

std::optional<uint64_t> UnsignedIn(const json& object, const char* key) {
  const json* member = Member(object, key);
  if (member == nullptr || !member->is_number_unsigned()) return std::nullopt;
  return member->get<uint64_t>();
}

std::optional<double> NumberIn(const json& object, const char* key) {
  const json* member = Member(object, key);
  if (member == nullptr || !member->is_number()) return std::nullopt;
  return member->get<double>();
}

std::optional<std::string> TextIn(const json& object, const char* key) {
  const json* member = Member(object, key);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return member->get<std::string>();
}

std::optional<bool> BoolIn(const json& object, const char* key) {
  const json* member = Member(object, key);
  if (member == nullptr || !member->is_boolean()) return std::nullopt;
  return member->get<bool>();
}

const json* ObjectIn(const json& object, const char* key) {
  const json* member = Member(object, key);
  return member != nullptr && member->is_object() ? member : nullptr;
}

const json* ArrayIn(const json& object, const char* key) {
  const json* member = Member(object, key);
  return member != nullptr && member->is_array() ? member : nullptr;
}

}  // namespace tusk::quant
