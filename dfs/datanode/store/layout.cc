// Names and texts of the on-disk layout.
#include "dfs/datanode/store/layout.h"

#include <array>
#include <charconv>
#include <ctime>

namespace tusk::dfs::datanode {
namespace {

constexpr std::array<std::string_view, 7> kTypeNames = {"", "DISK", "SSD", "ARCHIVE", "RAM_DISK", "PROVIDED", "NVDIMM"};

template <typename Int>
bool ParseWhole(std::string_view text, Int* value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == ':' || c == '=' || c == '#' || c == '!' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

}  // namespace

std::string_view NameOf(StorageType type) { return kTypeNames[static_cast<size_t>(type)]; }

std::string StorageLocation::ToString() const { return "[" + std::string(NameOf(type)) + "]file:" + path; }

Result<StorageLocation> ParseStorageLocation(std::string_view text) {
  StorageLocation location;
  std::string_view rest = text;
  if (rest.starts_with('[')) {
    size_t close = rest.find(']');
    if (close == std::string_view::npos) return Status(Code::kInvalidArgument, "no ] in " + std::string(text));
    std::string name;
    for (char c : rest.substr(1, close - 1)) name.push_back(static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c));
    size_t type = 1;
    while (type < kTypeNames.size() && kTypeNames[type] != name) ++type;
    if (type == kTypeNames.size()) return Status(Code::kInvalidArgument, "unknown storage type " + name);
    location.type = static_cast<StorageType>(type);
    rest.remove_prefix(close + 1);
  }
  if (rest.starts_with("file:")) {
    rest.remove_prefix(5);
    if (rest.starts_with("//")) rest.remove_prefix(2);
  }
  if (!rest.starts_with('/')) return Status(Code::kInvalidArgument, "not an absolute path: " + std::string(text));
  while (rest.size() > 1 && rest.ends_with('/')) rest.remove_suffix(1);
  location.path = rest;
  return location;
}

Properties ParseProperties(std::string_view text) {
  Properties properties;
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#' || line.front() == '!') continue;
    std::string key;
    std::string value;
    bool in_value = false;
    for (size_t i = 0; i < line.size(); ++i) {
      char c = line[i];
      if (c == '\\' && i + 1 < line.size()) {
        c = line[++i];
      } else if (!in_value && (c == '=' || c == ':')) {
        in_value = true;
        continue;
      }
      (in_value ? value : key).push_back(c);
    }
    properties[key] = value;
  }
  return properties;
}

std::string FormatProperties(const Properties& properties, int64_t now_wall_ms) {
  std::time_t seconds = now_wall_ms / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> date{};
  std::strftime(date.data(), date.size(), "#%a %b %d %H:%M:%S UTC %Y\n", &parts);
  std::string out = date.data();
  for (const auto& [key, value] : properties) out += Escaped(key) + "=" + Escaped(value) + "\n";
  return out;
}

std::string BlockFileName(int64_t block_id) { return "blk_" + std::to_string(block_id); }

std::string MetaFileName(int64_t block_id, uint64_t generation_stamp) {
  return BlockFileName(block_id) + "_" + std::to_string(generation_stamp) + ".meta";
}

std::optional<int64_t> ParseBlockFileName(std::string_view name) {
  int64_t id = 0;
  if (!name.starts_with("blk_") || !ParseWhole(name.substr(4), &id)) return std::nullopt;
  return id;
}

std::optional<MetaName> ParseMetaFileName(std::string_view name) {
  if (!name.starts_with("blk_") || !name.ends_with(".meta")) return std::nullopt;
  name = name.substr(4, name.size() - 9);
  size_t split = name.rfind('_');
  MetaName meta;
  if (split == std::string_view::npos || !ParseWhole(name.substr(0, split), &meta.block_id) ||
      !ParseWhole(name.substr(split + 1), &meta.generation_stamp)) {
    return std::nullopt;
  }
  return meta;
}

std::string FinalizedSubdir(int64_t block_id) {
  return "subdir" + std::to_string((block_id >> 16) & 0x1F) + "/subdir" + std::to_string((block_id >> 8) & 0x1F);
}

bool IsValidPoolId(std::string_view pool_id) {
  return pool_id.starts_with("BP-") && pool_id.size() <= 255 && pool_id.find('/') == std::string_view::npos;
}

}  // namespace tusk::dfs::datanode
