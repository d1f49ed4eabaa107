// Encoding and decoding.
#include "yarn_like/nodemanager/recovery/node_records.h"

#include "base/core/writable.h"

namespace tusk::yarn {
namespace {

void WritePairs(WritableWriter& out, const std::vector<std::pair<std::string, std::string>>& pairs) {
  out.VInt(static_cast<int32_t>(pairs.size()));
  for (const auto& [first, second] : pairs) {
    out.Text(first);
    out.Text(second);
  }
}

Result<std::vector<std::pair<std::string, std::string>>> ReadPairs(WritableReader& in) {
  std::vector<std::pair<std::string, std::string>> pairs;
  ASSIGN_OR_RETURN(int32_t count, in.VInt());
  for (int32_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(std::string first, in.Text());
    ASSIGN_OR_RETURN(std::string second, in.Text());
    pairs.emplace_back(std::move(first), std::move(second));
  }
  return pairs;
}

// "c/<container>/launch" -> container, launch
std::pair<std::string, std::string> SplitLast(std::string_view rest) {
  size_t slash = rest.rfind('/');
  if (slash == std::string_view::npos) return {std::string(rest), ""};
  return {std::string(rest.substr(0, slash)), std::string(rest.substr(slash + 1))};
}

}  // namespace

std::string ContainerKey(std::string_view container, std::string_view what) {
  return "c/" + std::string(container) + "/" + std::string(what);
}

std::string LaunchRecord::Encode() const {
  WritableWriter out;
  out.Text(work_dir);
  out.Text(private_dir);
  out.Text(log_dir);
  out.VLong(start_wall_ms);
  return std::move(out).bytes();
}
Result<LaunchRecord> LaunchRecord::Parse(std::string_view bytes) {
  WritableReader in(bytes);
  LaunchRecord record;
  ASSIGN_OR_RETURN(record.work_dir, in.Text());
  ASSIGN_OR_RETURN(record.private_dir, in.Text());
  ASSIGN_OR_RETURN(record.log_dir, in.Text());
  ASSIGN_OR_RETURN(record.start_wall_ms, in.VLong());
  return record;
}

std::string EndRecord::Encode() const {
  WritableWriter out;
  out.VInt(exit_status);
  out.Text(text);
  out.VLong(wall_ms);
  return std::move(out).bytes();
}
Result<EndRecord> EndRecord::Parse(std::string_view bytes) {
  WritableReader in(bytes);
  EndRecord record;
  ASSIGN_OR_RETURN(record.exit_status, in.VInt());
  ASSIGN_OR_RETURN(record.text, in.Text());
  ASSIGN_OR_RETURN(record.wall_ms, in.VLong());
  return record;
}

std::string ApplicationRecord::Encode() const {
  WritableWriter out;
  out.Text(user);
  std::vector<std::pair<std::string, std::string>> lists;
  for (const auto& [type, list] : acls) lists.emplace_back(std::to_string(type), list);
  WritePairs(out, lists);
  WritePairs(out, service_data);
  out.Text(log_context);
  return std::move(out).bytes();
}
Result<ApplicationRecord> ApplicationRecord::Parse(std::string_view bytes) {
  WritableReader in(bytes);
  ApplicationRecord record;
  ASSIGN_OR_RETURN(record.user, in.Text());
  ASSIGN_OR_RETURN(auto lists, ReadPairs(in));
  for (const auto& [type, list] : lists) record.acls.emplace_back(std::atoi(type.c_str()), list);
  ASSIGN_OR_RETURN(record.service_data, ReadPairs(in));
  ASSIGN_OR_RETURN(record.log_context, in.Text());
  return record;
}

std::string KeyRecord::Encode() const {
  WritableWriter out;
  out.Int(id);
  out.Text(secret);
  return std::move(out).bytes();
}
Result<KeyRecord> KeyRecord::Parse(std::string_view bytes) {
  WritableReader in(bytes);
  KeyRecord record;
  ASSIGN_OR_RETURN(record.id, in.Int());
  ASSIGN_OR_RETURN(record.secret, in.Text());
  return record;
}

std::string ResourceRecord::Encode() const {
  WritableWriter out;
  out.VInt(visibility);
  out.VInt(kind);
  for (const std::string* text : {&user, &application, &uri, &pattern, &name}) out.Text(*text);
  out.VLong(timestamp_wall_ms);
  out.VLong(static_cast<int64_t>(bytes));
  return std::move(out).bytes();
}
Result<ResourceRecord> ResourceRecord::Parse(std::string_view encoded) {
  WritableReader in(encoded);
  ResourceRecord record;
  ASSIGN_OR_RETURN(record.visibility, in.VInt());
  ASSIGN_OR_RETURN(record.kind, in.VInt());
  for (std::string* text : {&record.user, &record.application, &record.uri, &record.pattern, &record.name}) {
    ASSIGN_OR_RETURN(*text, in.Text());
  }
  ASSIGN_OR_RETURN(record.timestamp_wall_ms, in.VLong());
  ASSIGN_OR_RETURN(int64_t bytes, in.VLong());
  if (record.visibility < 1 || record.visibility > 3 || record.kind < 1 || record.kind > 3 || bytes < 0) {
    return Status(Code::kCorruption, "not a resource record");
  }
  record.bytes = static_cast<uint64_t>(bytes);
  return record;
}

NodeRecords NodeRecords::Parse(const std::map<std::string, std::string>& entries) {
  NodeRecords records;
  auto take = [&records](auto parsed, auto& into) {
    if (parsed.ok()) {
      into = std::move(*parsed);
    } else {
      ++records.unreadable;
    }
  };
  auto container_part = [&](const std::string& name, const std::string& part, const std::string& value) {
    ContainerRecord& container = records.containers[name];
    if (part == "request") container.request = value;
    if (part == "grant") container.grant = value;
    if (part == "gpu") container.gpus = value;
    if (part == "launch") take(LaunchRecord::Parse(value), container.launch);
    if (part == "kill") take(EndRecord::Parse(value), container.kill);
    if (part == "done") take(EndRecord::Parse(value), container.done);
  };
  for (const auto& [key, value] : entries) {
    std::string_view name = key;
    if (name.starts_with("k/")) take(KeyRecord::Parse(value), records.keys[key.substr(2)]);
    if (name.starts_with("used/")) records.used_until_wall_ms[key.substr(5)] = std::atoll(value.c_str());
    if (name.starts_with("d/")) records.deletions[key.substr(2)] = std::atoll(value.c_str());
    if (name.starts_with("a/")) take(ApplicationRecord::Parse(value), records.applications[key.substr(2)]);
    if (name.starts_with("r/")) take(ResourceRecord::Parse(value), records.resources[key.substr(2)]);
    if (!name.starts_with("c/")) continue;
    auto [container, part] = SplitLast(name.substr(2));
    container_part(container, part, value);
  }
  for (const auto& [key, value] : entries) {
    if (!key.starts_with("a-over/")) continue;
    auto found = records.applications.find(key.substr(7));
    if (found != records.applications.end()) found->second.over = true;
  }
  std::erase_if(records.containers, [&](const auto& entry) { return entry.second.request.empty(); });
  std::erase_if(records.resources, [](const auto& entry) { return entry.second.uri.empty(); });
  return records;
}

}  // namespace tusk::yarn
