// NameNodePages: the small pages; fsck is in fsck_page.cc, the beans are in namenode_beans.cc.
#include "dfs/namenode/web/namenode_pages.h"

#include <map>

namespace tusk::dfs {

NameNodePages::NameNodePages(Env env, const NameNodeConfig& config, NamespaceDriver& driver, HostPort rpc_address)
    : env_(env),
      config_(config),
      driver_(driver),
      rpc_address_(std::move(rpc_address)),
      started_wall_ms_(env.clock.WallMillis()) {}

void NameNodePages::Mount(http::Server& server, MetricRegistry& metrics) {
  server.Handle("GET", "/fsck", [this](http::Exchange& exchange) { return Fsck(exchange); });
  server.Handle("GET", "/topology", [this](http::Exchange& exchange) { return Topology(exchange); });
  const std::string prefix = "Hadoop:service=NameNode,name=";
  metrics.AddBean(prefix + "NameNodeInfo", [this](Bean& bean) { FillInfo(bean); },
                  "org.apache.hadoop.hdfs.server.namenode.FSNamesystem");
  metrics.AddBean(prefix + "NameNodeStatus", [this](Bean& bean) { FillStatus(bean); },
                  "org.apache.hadoop.hdfs.server.namenode.NameNode");
  metrics.AddBean(prefix + "FSNamesystemState", [this](Bean& bean) { FillState(bean); },
                  "org.apache.hadoop.hdfs.server.namenode.FSNamesystem");
  metrics.AddBean(prefix + "FSNamesystem", [this](Bean& bean) { FillFsNamesystem(bean); }, "FSNamesystem");
  AddSmallBeans(metrics);
}

Task<void> NameNodePages::Topology(http::Exchange& exchange) {
  std::map<std::string, std::vector<std::string>> racks;
  for (const Datanode& node : blocks().registry().datanodes()) {
    if (node.alive) racks[node.identity.location].push_back(node.identity.XferAddress() + " (" + node.identity.host + ")");
  }
  std::string text;
  for (const auto& [rack, nodes] : racks) {
    text += "Rack: " + rack + "\n";
    for (const std::string& node : nodes) text += "   " + node + "\n";
    text += "\n";
  }
  if (racks.empty()) text = "No DataNodes";
  (void)co_await exchange.Reply(200, "text/plain;charset=utf-8", std::move(text));
}

}  // namespace tusk::dfs
