// JSON files of models: read whole below a bound, looked into without exceptions.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "quant/io/range_reader.h"

namespace tusk::quant {

// A JSON object. kFileNotFound where there is no such file; kCorruption for anything that is no object in UTF-8.
Result<nlohmann::json> ReadJsonObject(const RangeFiles& files, const std::string& path, uint64_t bytes_max);
// The whole file as text.
Result<std::string> ReadText(const RangeFiles& files, const std::string& path, uint64_t bytes_max);

// Members of an object, nothing where they are absent, null or of another kind.
std::optional<uint64_t> UnsignedIn(const nlohmann::json& object, const char* key);
std::optional<double> NumberIn(const nlohmann::json& object, const char* key);
std::optional<std::string> TextIn(const nlohmann::json& object, const char* key);
std::optional<bool> BoolIn(const nlohmann::json& object, const char* key);
// The member, where it is an object; else null.
const nlohmann::json* ObjectIn(const nlohmann::json& object, const char* key);
const nlohmann::json* ArrayIn(const nlohmann::json& object, const char* key);

std::string PathIn(const std::string& folder, const std::string& name);

}  // namespace tusk::quant
