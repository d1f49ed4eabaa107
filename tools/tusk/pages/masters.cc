// The keys of addresses, and how Hadoop reads them.
#include "tools/tusk/pages/masters.h"

namespace tusk::tools {
namespace {

constexpr PortKey kPortKeys[] = {
    {"namenode", "dfs.namenode.rpc-address", 8020, "fs.defaultFS"},
    {"namenode", "dfs.namenode.http-address", 9870, ""},
    {"datanode", "dfs.datanode.address", 9866, ""},
    {"datanode", "dfs.datanode.http.address", 9864, ""},
    {"datanode", "dfs.datanode.ipc.address", 9867, ""},
    {"resourcemanager", "yarn.resourcemanager.address", 8032, "yarn.resourcemanager.hostname"},
    {"resourcemanager", "yarn.resourcemanager.scheduler.address", 8030, "yarn.resourcemanager.hostname"},
    {"resourcemanager", "yarn.resourcemanager.resource-tracker.address", 8031, "yarn.resourcemanager.hostname"},
    {"resourcemanager", "yarn.resourcemanager.admin.address", 8033, "yarn.resourcemanager.hostname"},
    {"resourcemanager", "yarn.resourcemanager.webapp.address", 8088, "yarn.resourcemanager.hostname"},
    {"nodemanager", "yarn.nodemanager.webapp.address", 8042, "yarn.nodemanager.hostname"},
    {"nodemanager", "mapreduce.shuffle.port", 13562, ""},
};
std::string AuthorityOf(const std::string& uri) {
  constexpr std::string_view kScheme = "hdfs://";
  if (!uri.starts_with(kScheme)) return "";
  return uri.substr(kScheme.size(), uri.find('/', kScheme.size()) - kScheme.size());
}

}  // namespace

std::span<const PortKey> PortKeys() { return kPortKeys; }

std::optional<HostPort> AddressOf(const Configuration& conf, const PortKey& port) {
  if (std::string_view(port.key) == "mapreduce.shuffle.port") {
    if (conf.Get("yarn.nodemanager.aux-services", "").find("mapreduce_shuffle") == std::string::npos) return std::nullopt;
    auto number = conf.GetInt(port.key, port.port);
    if (!number.ok() || *number <= 0 || *number > 65535) return std::nullopt;
    return HostPort{"127.0.0.1", static_cast<uint16_t>(*number)};
  }
  std::string text = conf.Get(port.key, "");
  if (text.empty() && std::string_view(port.host_key) == "fs.defaultFS") text = AuthorityOf(conf.Get("fs.defaultFS", ""));
  if (text.empty() && port.host_key[0] != '\0') text = conf.Get(port.host_key, "");
  if (text.empty()) text = "0.0.0.0";
  auto address = HostPort::Parse(text, port.port);
  if (!address.ok() || address->port == 0) return std::nullopt;
  return *address;
}

std::optional<HostPort> MasterRpc(const Configuration& conf, const std::string& kind) {
  const bool named = kind == "namenode" ? conf.GetRaw("dfs.namenode.rpc-address") || !AuthorityOf(conf.Get("fs.defaultFS", "")).empty()
                                        : conf.GetRaw("yarn.resourcemanager.address") || conf.GetRaw("yarn.resourcemanager.hostname");
  if (!named) return std::nullopt;
  for (const PortKey& port : kPortKeys) {
    if (kind == port.kind) return AddressOf(conf, port);
  }
  return std::nullopt;
}

std::optional<HostPort> MasterWeb(const Configuration& conf, const std::string& kind) {
  const auto rpc = MasterRpc(conf, kind);
  if (!rpc) return std::nullopt;
  const std::string_view key = kind == "namenode" ? "dfs.namenode.http-address" : "yarn.resourcemanager.webapp.address";
  for (const PortKey& port : kPortKeys) {
    if (key != port.key) continue;
    auto address = AddressOf(conf, port);
    if (address && (address->host == "0.0.0.0" || address->host == "::")) address->host = rpc->host;
    return address;
  }
  return std::nullopt;
}

}  // namespace tusk::tools
