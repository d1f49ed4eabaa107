// Ports, and cluster.json.
#include "tools/tusk/cluster/cluster_layout.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tools/tusk/cluster/site_files_internal.h"

namespace tusk::tools {
namespace {

using Json = nlohmann::json;

constexpr uint16_t kAutoPortFirst = 10000;
constexpr uint16_t kAutoPortCount = 32768 - kAutoPortFirst;
constexpr int kFormat = 1;

bool IsPortFree(uint16_t port) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 && ::listen(fd, 1) == 0;
  ::close(fd);
  return free;
}

// Calls `visit` with every port of the layout and Hadoop's number for it.
void ForEachPort(ClusterLayout& layout, const std::function<void(uint16_t& port, uint16_t hadoops)>& visit) {
  visit(layout.namenode_rpc, 8020);
  visit(layout.namenode_http, 9870);
  visit(layout.rm_client, 8032);
  visit(layout.rm_scheduler, 8030);
  visit(layout.rm_tracker, 8031);
  visit(layout.rm_admin, 8033);
  visit(layout.rm_http, 8088);
  visit(layout.history_rpc, 10020);
  visit(layout.history_http, 19888);
  uint16_t step = 0;
  for (auto& datanode : layout.datanode_ports) {
    visit(datanode.transfer, static_cast<uint16_t>(9866 + step));
    visit(datanode.http, static_cast<uint16_t>(9864 + step));
    visit(datanode.ipc, static_cast<uint16_t>(9867 + step));
    step = static_cast<uint16_t>(step + 10);
  }
  step = 0;
  for (auto& node : layout.nodemanager_ports) {
    visit(node.rpc, static_cast<uint16_t>(8041 + step));
    visit(node.localizer, static_cast<uint16_t>(8040 + step));
    visit(node.http, static_cast<uint16_t>(8042 + step));
    visit(node.shuffle, static_cast<uint16_t>(13562 + step));
    step = static_cast<uint16_t>(step + 100);
  }
  visit(layout.history_admin, 10033);  // last: cluster.json of earlier versions lack it
}

}  // namespace

std::vector<uint16_t> ClusterLayout::Ports() const {
  std::vector<uint16_t> ports;
  ClusterLayout copy = *this;
  ForEachPort(copy, [&](uint16_t& port, uint16_t) { ports.push_back(port); });
  return ports;
}

Status ChoosePorts(ClusterLayout& layout, PortChoice choice, Random& random) {
  if (layout.datanode_ports.size() < static_cast<size_t>(layout.datanodes)) {
    layout.datanode_ports.resize(static_cast<size_t>(layout.datanodes));
  }
  if (layout.nodemanager_ports.size() < static_cast<size_t>(layout.nodemanagers)) {
    layout.nodemanager_ports.resize(static_cast<size_t>(layout.nodemanagers));
  }
  std::set<uint16_t> taken;
  for (uint16_t port : layout.Ports()) taken.insert(port);
  Status outcome;
  uint64_t next = random.Below(kAutoPortCount);
  ForEachPort(layout, [&](uint16_t& port, uint16_t hadoops) {
    if (port != 0 || !outcome.ok()) return;
    if (choice == PortChoice::kHadoop) {
      port = hadoops;
      return;
    }
    for (int tries = 0; tries < kAutoPortCount; ++tries) {
      auto candidate = static_cast<uint16_t>(kAutoPortFirst + next++ % kAutoPortCount);
      if (taken.contains(candidate) || !IsPortFree(candidate)) continue;
      port = candidate;
      taken.insert(candidate);
      return;
    }
    outcome = Status(Code::kAddressInUse, "no free port between 10000 and 32767 on 127.0.0.1");
  });
  return outcome;
}

Status CheckPortsFree(const ClusterLayout& layout) {
  // A history server is Java's and may live through our restarts.
  const std::set<uint16_t> others = {layout.history_rpc, layout.history_http, layout.history_admin};
  for (uint16_t port : layout.Ports()) {
    if (!others.contains(port) && !IsPortFree(port)) {
      return Status(Code::kAddressInUse, "port " + std::to_string(port) +
                                             " of 127.0.0.1 is in use by another process; stop it, or remove " +
                                             layout.conf_folder() + " to have other ports chosen");
    }
  }
  return Status::Ok();
}

Result<ClusterLayout> LoadLayout(Disk& disk, const std::string& folder) {
  std::string path = folder + "/conf/cluster.json";
  auto text = disk.ReadFile(path);
  if (!text.ok()) {
    if (text.code() == Code::kFileNotFound && disk.Exists(folder + "/conf/core-site.xml")) {
      return Status(Code::kInconsistentState, folder + "/conf is half written (no cluster.json). If nothing else uses it, " +
                                                  "remove " + folder + "/conf and start again; data is not touched");
    }
    return std::move(text).status();
  }
  Json json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("format", 0) != kFormat) {
    return Status(Code::kInconsistentState, path + " is not a cluster description of this version of tusk");
  }
  ClusterLayout layout;
  layout.folder = folder;
  layout.datanodes = json.value("datanodes", 0);
  layout.nodemanagers = json.value("nodemanagers", 0);
  layout.hadoop_jars = json.value("hadoop_jars", "");
  layout.java_home = json.value("java_home", "");
  layout.settings = json.value("settings", std::map<std::string, std::string>());
  size_t lists = json.value("datanode_ports", size_t{0});
  size_t node_lists = json.value("nodemanager_ports", size_t{0});
  auto ports = json.value("ports", std::vector<uint16_t>());
  if (layout.datanodes < 1 || layout.nodemanagers < 0 || lists > kDaemonsMax || node_lists > kDaemonsMax ||
      lists < static_cast<size_t>(layout.datanodes) || node_lists < static_cast<size_t>(layout.nodemanagers)) {
    return Status(Code::kInconsistentState, path + " has impossible counts");
  }
  layout.datanode_ports.resize(lists);
  layout.nodemanager_ports.resize(node_lists);
  size_t index = 0;
  ForEachPort(layout, [&](uint16_t& port, uint16_t) { port = index < ports.size() ? ports[index++] : 0; });
  return layout;
}

Status SaveLayout(Disk& disk, const ClusterLayout& layout) {
  RETURN_IF_ERROR(disk.MakeDirs(layout.conf_folder(), 0755));
  RETURN_IF_ERROR(WriteSiteFiles(disk, layout, ThisMachine()));
  Json json;
  json["format"] = kFormat;
  json["datanodes"] = layout.datanodes;
  json["nodemanagers"] = layout.nodemanagers;
  json["hadoop_jars"] = layout.hadoop_jars;
  json["java_home"] = layout.java_home;
  json["settings"] = layout.settings;
  json["datanode_ports"] = layout.datanode_ports.size();
  json["nodemanager_ports"] = layout.nodemanager_ports.size();
  json["ports"] = layout.Ports();
  return disk.WriteFileAtomic(layout.conf_folder() + "/cluster.json", AsBytes(json.dump(1) + "\n"));
}

MachineSize ThisMachine() {
  MachineSize size;
  size.memory_bytes = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(::sysconf(_SC_PAGE_SIZE));
  size.cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return size;
}

}  // namespace tusk::tools
