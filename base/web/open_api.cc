// Merging by name.
#include "base/web/open_api.h"

#include <nlohmann/json.hpp>

namespace tusk::web {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kAnswers = "x-tusk-answers";

Status MergeInto(Json& all, const Json& part, const std::string& where) {
  for (const auto& [name, value] : part.items()) {
    if (!all.contains(name)) {
      all[name] = value;
    } else if (where == "/paths" || where == "/components/schemas") {
      return Status(Code::kInvalidArgument, "OpenAPI: " + where + " has " + name + " twice");
    } else if (all[name].is_object() && value.is_object()) {
      RETURN_IF_ERROR(MergeInto(all[name], value, where + "/" + name));
    }
  }
  return Status::Ok();
}

}  // namespace

Result<std::string> MergeOpenApi(std::span<const EmbeddedFile> parts) {
  Json all = Json::object();
  for (const EmbeddedFile& part : parts) {
    Json parsed = Json::parse(part.bytes, nullptr, false);
    if (!parsed.is_object()) return Status(Code::kInvalidArgument, "OpenAPI: " + std::string(part.name) + " is no JSON object");
    RETURN_IF_ERROR(MergeInto(all, parsed, ""));
  }
  const Json answers = all.value(kAnswers, Json::object());
  all.erase(kAnswers);
  for (auto& [path, operations] : all["paths"].items()) {
    for (auto& [method, operation] : operations.items()) {
      if (!operation.is_object()) continue;
      for (const auto& [status, answer] : answers.items()) {
        if (!operation["responses"].contains(status)) operation["responses"][status] = answer;
      }
    }
  }
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tusk::web
