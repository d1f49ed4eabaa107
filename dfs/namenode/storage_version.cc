// StorageVersion, see the header.
#include "dfs/namenode/storage_version.h"

#include <charconv>
#include <ctime>
#include <map>

namespace tusk::dfs {
namespace {

std::string VersionPath(const std::string& name_dir) { return name_dir + "/current/VERSION"; }

std::map<std::string, std::string> ParseProperties(std::string_view text) {
  std::map<std::string, std::string> values;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    const size_t equals = line.find('=');
    if (equals != std::string_view::npos) values[std::string(line.substr(0, equals))] = line.substr(equals + 1);
  }
  return values;
}

Result<int64_t> NumberOf(const std::map<std::string, std::string>& values, const std::string& key,
                         const std::string& path) {
  auto it = values.find(key);
  int64_t number = 0;
  if (it != values.end()) {
    const std::string& text = it->second;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
  }
  return Status(Code::kInconsistentState, "file VERSION has " + key + " missing or malformed: " + path);
}

// As java.util.Properties dates its files: "Sat Nov 21 12:00:00 UTC 2026".
std::string JavaDate(int64_t wall_ms) {
  const auto seconds = static_cast<time_t>(wall_ms / 1000);
  struct tm parts {};
  gmtime_r(&seconds, &parts);
  char text[64];
  return {text, strftime(text, sizeof text, "%a %b %d %H:%M:%S UTC %Y", &parts)};
}

}  // namespace

StorageVersion StorageVersion::Generate(Env env, const std::string& ip, std::string cluster_id) {
  StorageVersion version;
  version.namespace_id = static_cast<int32_t>(env.random.Below(0x7fffffff)) + 0;
  if (version.namespace_id == 0) version.namespace_id = 1;
  version.cluster_id = cluster_id.empty() ? "CID-" + env.random.Uuid() : std::move(cluster_id);
  version.created_wall_ms = env.clock.WallMillis();
  version.block_pool_id = "BP-" + std::to_string(env.random.Below(0x7fffffff)) + "-" + ip + "-" +
                          std::to_string(version.created_wall_ms);
  return version;
}

std::string StorageVersion::RegistrationId() const {
  return "NS-" + std::to_string(namespace_id) + "-" + cluster_id + "-" + std::to_string(created_wall_ms);
}

Result<StorageVersion> ReadStorageVersion(Disk& disk, const std::string& name_dir) {
  const std::string path = VersionPath(name_dir);
  if (!disk.Exists(path)) {
    return Status(Code::kFileNotFound, "NameNode is not formatted: " + path + " does not exist");
  }
  ASSIGN_OR_RETURN(std::string text, disk.ReadFile(path, 64 << 10));
  const auto values = ParseProperties(text);
  auto string_of = [&](const char* key) {
    auto it = values.find(key);
    return it == values.end() ? std::string() : it->second;
  };
  if (!values.contains("tuskFormat")) {
    return Status(Code::kIncorrectVersion, path + " belongs to a Hadoop namenode, whose image cannot be read yet");
  }
  ASSIGN_OR_RETURN(int64_t level, NumberOf(values, "tuskFormat", path));
  if (level > StorageVersion::kFormatLevel) {
    return Status(Code::kIncorrectVersion, path + " is of format " + std::to_string(level) + "; this namenode knows " +
                                               std::to_string(StorageVersion::kFormatLevel));
  }
  StorageVersion version;
  ASSIGN_OR_RETURN(int64_t namespace_id, NumberOf(values, "namespaceID", path));
  version.namespace_id = static_cast<int32_t>(namespace_id);
  ASSIGN_OR_RETURN(version.created_wall_ms, NumberOf(values, "cTime", path));
  version.cluster_id = string_of("clusterID");
  version.block_pool_id = string_of("blockpoolID");
  if (version.cluster_id.empty() || version.block_pool_id.empty()) {
    return Status(Code::kInconsistentState, "file VERSION lacks clusterID or blockpoolID: " + path);
  }
  return version;
}

Status WriteStorageVersion(Disk& disk, const std::string& name_dir, const StorageVersion& version, int64_t now_wall_ms) {
  std::string text = "#" + JavaDate(now_wall_ms) + "\n";
  text += "namespaceID=" + std::to_string(version.namespace_id) + "\n";
  text += "blockpoolID=" + version.block_pool_id + "\n";
  text += "storageType=NAME_NODE\n";
  text += "cTime=" + std::to_string(version.created_wall_ms) + "\n";
  text += "clusterID=" + version.cluster_id + "\n";
  text += "layoutVersion=" + std::to_string(StorageVersion::kLayoutVersion) + "\n";
  text += "tuskFormat=" + std::to_string(StorageVersion::kFormatLevel) + "\n";
  RETURN_IF_ERROR(disk.MakeDirs(name_dir + "/current", 0700));
  return disk.WriteFileAtomic(VersionPath(name_dir), AsBytes(text));
}

}  // namespace tusk::dfs
