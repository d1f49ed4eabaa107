// HostLists, see the header.
#include "dfs/namenode/datanodes/host_lists.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace tusk::dfs {
namespace {

using Json = nlohmann::ordered_json;

// What a datanode may be called in a list.
std::vector<std::string> NamesOf(const DatanodeIdentity& identity) {
  const std::string port = ":" + std::to_string(identity.xfer_port);
  return {identity.ip, identity.host, identity.ip + port, identity.host + port};
}

bool IsCalled(const DatanodeIdentity& identity, std::string_view name) {
  const std::vector<std::string> names = NamesOf(identity);
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<Json> ParseHosts(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Json::array();
  Json hosts = Json::parse(text, nullptr, false);
  if (!hosts.is_array()) return Status(Code::kInvalidArgument, "the combined hosts file is no JSON array");
  for (const Json& host : hosts) {
    const bool named = host.is_object() && host.contains("hostName") && host["hostName"].is_string();
    if (!named) return Status(Code::kInvalidArgument, "the combined hosts file has an entry without hostName");
    if (host.contains("port") && !host["port"].is_number_integer()) return Status(Code::kInvalidArgument, "the combined hosts file has a port that is none");
    if (host.contains("adminState") && !host["adminState"].is_null() && !host["adminState"].is_string()) {
      return Status(Code::kInvalidArgument, "the combined hosts file has an adminState that is none");
    }
  }
  return hosts;
}

std::string StateOf(const Json& host) {
  return host.contains("adminState") && host["adminState"].is_string() ? host["adminState"].get<std::string>() : "NORMAL";
}

// "host" or "host:port"
std::string NameOf(const Json& host) {
  const int64_t port = host.value("port", int64_t{0});
  return host["hostName"].get<std::string>() + (port == 0 ? "" : ":" + std::to_string(port));
}

std::set<std::string> Words(std::string_view text) {
  std::set<std::string> words;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    line = line.substr(0, line.find('#'));
    while (true) {
      const size_t first = line.find_first_not_of(" \t\r,");
      if (first == std::string_view::npos) break;
      const size_t last = line.find_first_of(" \t\r,", first);
      words.emplace(line.substr(first, last - first));
      if (last == std::string_view::npos) break;
      line.remove_prefix(last);
    }
  }
  return words;
}

}  // namespace

HostLists HostLists::Parse(std::string_view include, std::string_view exclude) {
  HostLists lists;
  lists.include_ = Words(include);
  lists.exclude_ = Words(exclude);
  return lists;
}

Result<HostLists> HostLists::ParseCombined(std::string_view json) {
  ASSIGN_OR_RETURN(Json hosts, ParseHosts(json));
  HostLists lists;
  for (const Json& host : hosts) {
    const std::string name = NameOf(host);
    const std::string state = StateOf(host);
    lists.listed_.insert(name);
    if (state == "NORMAL") lists.include_.insert(name);
    if (state == "DECOMMISSIONED" || state == "DECOMMISSION_INPROGRESS") lists.exclude_.insert(name);
    if (state == "IN_MAINTENANCE" || state == "ENTERING_MAINTENANCE") {
      const Json until = host.value("maintenanceExpireTimeInMS", Json());
      lists.maintenance_[name] = until.is_number_integer() ? until.get<int64_t>() : INT64_MAX;
    }
  }
  return lists;
}

std::optional<int64_t> HostLists::MaintenanceUntil(const DatanodeIdentity& identity) const {
  for (const std::string& name : NamesOf(identity)) {
    if (auto found = maintenance_.find(name); found != maintenance_.end()) return found->second;
  }
  return std::nullopt;
}

std::string EditExcludeFile(std::string_view text, const DatanodeIdentity& identity, bool excluded,
                            const std::vector<DatanodeIdentity>& others) {
  std::string edited;
  std::set<std::string> keep;  // others that lose a line of theirs
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const std::set<std::string> words = Words(line);
    const bool names_it = std::any_of(words.begin(), words.end(), [&](const std::string& word) { return IsCalled(identity, word); });
    if (!names_it) {
      edited += std::string(line) + "\n";
      continue;
    }
    for (const std::string& word : words) {
      if (!IsCalled(identity, word)) edited += word + "\n";
      for (const DatanodeIdentity& other : others) {
        if (IsCalled(identity, word) && IsCalled(other, word)) keep.insert(other.XferAddress());
      }
    }
  }
  for (const std::string& address : keep) edited += address + "\n";
  if (excluded) edited += identity.XferAddress() + "\n";
  return edited;
}

Result<std::string> EditCombinedFile(std::string_view json, const DatanodeIdentity& identity, AdminState wanted,
                                     int64_t until_wall_ms) {
  ASSIGN_OR_RETURN(Json hosts, ParseHosts(json));
  Json kept = Json::array();
  Json entry = Json::object();
  bool others_normal = false;
  for (Json& host : hosts) {
    // A host without a port may be other datanodes, too: only an entry of this very one is changed.
    if (NameOf(host) == identity.XferAddress() || NameOf(host) == identity.host + ":" + std::to_string(identity.xfer_port)) {
      entry = host;
      continue;
    }
    others_normal |= StateOf(host) == "NORMAL";
    kept.push_back(std::move(host));
  }
  entry["hostName"] = entry.value("hostName", identity.ip);
  entry["port"] = identity.xfer_port;
  entry.erase("maintenanceExpireTimeInMS");
  switch (wanted) {
    case AdminState::kDecommissioned: entry["adminState"] = "DECOMMISSIONED"; break;
    case AdminState::kInMaintenance:
      entry["adminState"] = "IN_MAINTENANCE";
      if (until_wall_ms > 0) entry["maintenanceExpireTimeInMS"] = until_wall_ms;
      break;
    default: entry["adminState"] = "NORMAL";
  }
  // Where nobody else is listed as one that may join, a NORMAL entry would shut all others out.
  if (wanted != AdminState::kNormal || others_normal) kept.push_back(std::move(entry));
  return kept.dump(2) + "\n";
}

bool HostLists::Names(const std::set<std::string>& list, const DatanodeIdentity& identity) {
  const std::vector<std::string> names = NamesOf(identity);
  return std::any_of(names.begin(), names.end(), [&list](const std::string& name) { return list.contains(name); });
}

}  // namespace tusk::dfs
