// The table's rows and the questions to it.
#include "base/config/known_keys.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/config/configuration.h"
#include "base/config/deprecated_keys_internal.h"
#include "base/core/spelling.h"

namespace tusk {
namespace {

constexpr KnownKey kKeys[] = {
#define KEY(name, type, value, meaning) {name, type, value, meaning},
#define HADOOP_KEY(name, value) {name, "", value, ""},
#include "base/config/known_keys.def"
#include "base/config/hadoop_keys.def"
#undef KEY
#undef HADOOP_KEY
};

// Written at build by key_readers.py: a row per table key and place.
struct Reader {
  std::string_view key;
  std::string_view place;
};
constexpr Reader kReaders[] = {
#include "base/config/key_readers.inc"
};

constexpr std::array<std::string_view, 15> kOurs = {"dfs.", "yarn.",   "mapreduce.", "mapred.", "fs.",   "hadoop.", "ipc.", "io.",
                                                    "ha.",  "net.",    "tusk.",      "stream.", "file.", "nfs.",    "httpfs."};

// One * stands for one letter or more.
bool Matches(std::string_view pattern, std::string_view name) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  const std::string_view tail = pattern.substr(star + 1);
  return name.size() > star + tail.size() && name.starts_with(pattern.substr(0, star)) && name.ends_with(tail);
}

Status NotA(std::string_view value, const std::string& kind) {
  return Status(Code::kInvalidArgument, "\"" + std::string(value) + "\" is not " + kind);
}

// The value read as the kind says; `least` and `most` where the kind has them.
Status CheckNumber(const Configuration& conf, std::string_view kind, std::string_view value) {
  if (kind == "fraction" || kind == "float") {
    auto number = conf.GetDouble("v", 0);
    if (!number.ok()) return NotA(value, "a number");
    return kind == "float" || (*number >= 0 && *number <= 1) ? Status::Ok() : NotA(value, "between 0 and 1");
  }
  if (kind == "bytes") {
    auto bytes = conf.GetBytes("v", 0);
    return bytes.ok() && *bytes >= 0 ? Status::Ok() : NotA(value, "a size such as 131072, 128k or 1g");
  }
  if (kind == "millis" || kind == "seconds" || kind == "minutes") {
    auto time = conf.GetDuration("v", {}, Millis(1));
    return time.ok() && *time >= Duration{} ? Status::Ok() : NotA(value, "a time such as 500ms, 30s or 2m");
  }
  auto number = conf.GetInt("v", 0);
  if (!number.ok()) return NotA(value, "a whole number");
  if (kind == "count" && *number < 0) return NotA(value, "0 or more");
  if (kind == "port" && (*number < 0 || *number > 65535)) return NotA(value, "a port between 0 and 65535");
  return Status::Ok();
}

// "host:port", "host", or a port that is a number.
Status CheckAddress(std::string_view value) {
  const size_t colon = value.rfind(':');
  if (colon == std::string_view::npos || value.ends_with(']')) return Status::Ok();
  const std::string_view port = value.substr(colon + 1);
  int number = 0;
  for (char c : port) {
    if (c < '0' || c > '9' || number > 65535) return NotA(value, "an address such as host:8020");
    number = number * 10 + (c - '0');
  }
  return !port.empty() && number <= 65535 ? Status::Ok() : NotA(value, "an address with a port between 0 and 65535");
}

Status CheckWord(std::string_view words, std::string_view value) {
  std::string_view rest = words;
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    if (rest.substr(0, comma) == value) return Status::Ok();
    rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
  }
  return NotA(value, "one of " + std::string(words));
}

Status CheckFolders(std::string_view value, bool one) {
  if (one && value.find(',') != std::string_view::npos) return NotA(value, "one folder");
  while (!value.empty()) {
    const size_t comma = value.find(',');
    std::string_view folder = value.substr(0, comma);
    while (!folder.empty() && folder.front() == ' ') folder.remove_prefix(1);
    if (folder.starts_with('[') && folder.find(']') != std::string_view::npos) folder.remove_prefix(folder.find(']') + 1);
    if (!folder.empty() && !folder.starts_with('/') && !folder.starts_with("file:/")) {
      return NotA(folder, "an absolute folder");
    }
    value = comma == std::string_view::npos ? "" : value.substr(comma + 1);
  }
  return Status::Ok();
}

}  // namespace

std::span<const KnownKey> KnownKeys() { return kKeys; }

const KnownKey* FindKnownKey(std::string_view name) {
  const KnownKey* pattern = nullptr;
  for (const KnownKey& key : kKeys) {
    if (key.name == name) return &key;
    if (pattern == nullptr && Matches(key.name, name)) pattern = &key;
  }
  return pattern;
}

KeyState StateOfKey(std::string_view name) {
  const KnownKey* key = FindKnownKey(CurrentKeyOf(name));
  if (key == nullptr) return KeyState::kUnknown;
  return key->explained() && !ReadersOfKey(key->name).empty() ? KeyState::kImplemented : KeyState::kIgnored;
}

std::string_view KeyStateName(KeyState state) {
  if (state == KeyState::kImplemented) return "implemented";
  return state == KeyState::kIgnored ? "accepted and ignored" : "unknown";
}

std::vector<std::string_view> ReadersOfKey(std::string_view name) {
  std::vector<std::string_view> places;
  const KnownKey* key = FindKnownKey(CurrentKeyOf(name));
  if (key == nullptr) return places;
  for (const Reader& reader : kReaders) {
    if (reader.key == key->name) places.push_back(reader.place);
  }
  return places;
}

std::optional<std::string_view> PresentNameOf(std::string_view name) {
  const std::string_view present = CurrentKeyOf(name);
  if (present == name) return std::nullopt;
  return present;
}

std::optional<std::string_view> NearestKnownKey(std::string_view name) {
  // A fifth of the letters wrong is no slip any more.
  size_t best = std::min<size_t>(3, name.size() / 5) + 1;
  std::optional<std::string_view> nearest;
  if (name.size() > 256) return nearest;
  for (const KnownKey& key : kKeys) {
    const size_t difference = key.name.size() > name.size() ? key.name.size() - name.size() : name.size() - key.name.size();
    if (difference >= best) continue;
    const size_t distance = EditDistance(name, key.name);
    if (distance < best) {
      best = distance;
      nearest = key.name;
    }
  }
  return nearest;
}

bool IsKeyOfOurs(std::string_view name) {
  return std::any_of(kOurs.begin(), kOurs.end(), [&](std::string_view prefix) { return name.starts_with(prefix); });
}

Status CheckKeyValue(const KnownKey& key, std::string_view raw) {
  Configuration conf;
  conf.Set("v", std::string(raw));
  std::string_view value = raw;
  while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front()))) value.remove_prefix(1);
  while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back()))) value.remove_suffix(1);
  if (value.empty() || value == key.value || value.find("${") != std::string_view::npos) return Status::Ok();
  const std::string_view type = key.type;
  if (type == "bool") return conf.GetBool("v", false).ok() ? Status::Ok() : NotA(value, "true or false");
  if (type == "address") return CheckAddress(value);
  if (type == "folder" || type == "folders") return CheckFolders(value, type == "folder");
  if (type.find(',') != std::string_view::npos) return CheckWord(type, value);
  constexpr std::array<std::string_view, 10> kNumbers = {"int", "count", "float", "fraction", "bytes", "millis", "seconds", "minutes", "port", "-"};
  if (std::find(kNumbers.begin(), kNumbers.end(), type) != kNumbers.end()) return CheckNumber(conf, type, value);
  return Status::Ok();
}

}  // namespace tusk
