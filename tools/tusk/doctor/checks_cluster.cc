// Checks of what the masters say: versions, safe mode, datanodes, blocks, nodes.
#include <map>
#include <set>

#include <fmt/core.h>

#include "tools/tusk/doctor/checks.h"

namespace tusk::tools {
namespace {

using Json = nlohmann::json;

std::string Listed(const std::set<std::string>& names) {
  std::string text;
  size_t count = 0;
  for (const std::string& name : names) {
    if (++count > 5) return text + fmt::format(" and {} more", names.size() - 5);
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

}  // namespace

void CheckVersions(Patient& patient) {
  std::map<std::string, std::set<std::string>> who;
  if (const Json* info = patient.NamenodeInfo()) {
    if (std::string version = info->value("SoftwareVersion", ""); !version.empty()) who[version].insert("the namenode");
    const Json live = InnerJson(*info, "LiveNodes");
    for (const auto& [name, node] : live.items()) {
      if (std::string version = node.value("version", ""); !version.empty()) who[version].insert("datanode " + name);
    }
  }
  if (auto web = patient.MasterWeb("resourcemanager")) {
    auto page = patient.Get(*web, "/ws/v1/cluster/info");
    if (page.ok() && (*page)->json.is_object() && (*page)->json.contains("clusterInfo")) {
      if (std::string version = (*page)->json["clusterInfo"].value("hadoopVersion", ""); !version.empty()) who[version].insert("the resourcemanager");
    }
  }
  if (const Json* nodes = patient.ClusterNodes()) {
    for (const auto& node : *nodes) {
      const std::string version = node.value("version", "");
      if (node.value("state", "") == "RUNNING" && !version.empty()) who[version].insert("nodemanager " + node.value("id", ""));
    }
  }
  if (who.size() < 2) return;
  std::string said;
  for (const auto& [version, names] : who) said += (said.empty() ? "" : "; ") + version + ": " + Listed(names);
  patient.Warn("daemons of different versions: " + said, "bring the older ones to the newer version, workers before masters' features are used");
}

void CheckSafeMode(Patient& patient) {
  const Json* info = patient.NamenodeInfo();
  if (info == nullptr) return;
  const std::string safe = info->value("Safemode", "");
  if (safe.empty()) return;
  const bool by_hand = safe.find("manual") != std::string::npos || safe.find("It was turned on") != std::string::npos;
  const bool resources = safe.find("esource") != std::string::npos;
  std::string remedy = "start the datanodes that are missing (`hdfs dfsadmin -report`); if their blocks are lost: hdfs dfsadmin -safemode leave, then hdfs fsck / -delete";
  if (by_hand) remedy = "hdfs dfsadmin -safemode leave";
  if (resources) remedy = "make room on the disk of dfs.namenode.name.dir, then hdfs dfsadmin -safemode leave";
  patient.Warn("the namenode is in safe mode, nothing can be written. It says: " + safe, remedy);
}

void CheckDatanodes(Patient& patient) {
  const Json* info = patient.NamenodeInfo();
  if (info == nullptr) return;
  const Json live = InnerJson(*info, "LiveNodes");
  const Json dead = InnerJson(*info, "DeadNodes");
  for (const auto& [name, node] : dead.items()) {
    patient.Error("datanode " + name + " is dead: it was heard last " + std::to_string(node.value("lastContact", 0)) + " s ago",
                  "start it again; if it is gone for good, put it into dfs.hosts.exclude and run hdfs dfsadmin -refreshNodes");
  }
  for (const auto& [name, node] : live.items()) {
    if (const int failed = node.value("volfails", 0); failed > 0) {
      patient.Error(fmt::format("datanode {} has lost {} disk(s)", name, failed), "replace the disk, or take it out of dfs.datanode.data.dir there");
    }
  }
  if (live.empty()) patient.Error("the namenode knows no living datanode", "start one: hdfs datanode");
  for (const Role& role : patient.roles) {
    if (role.kind != "datanode" || role.ports.empty() || !patient.ProcessOf(role)) continue;
    const std::string port = ":" + std::to_string(role.ports[0].address.port);
    bool known = false;
    for (const auto& [name, node] : live.items()) known = known || node.value("xferaddr", "").ends_with(port);
    if (!known) {
      patient.Error("the " + role.name + " runs here, and the namenode does not count it among the living",
                    "see its log: another cluster id, dfs.hosts without it, or a namenode address that is not this one");
    }
  }
}

void CheckBlocks(Patient& patient) {
  const Json* info = patient.NamenodeInfo();
  if (info == nullptr) return;
  const int64_t missing = info->value("NumberOfMissingBlocks", int64_t{0});
  if (missing > 0) {
    patient.Error(fmt::format("{} block(s) are missing: no living datanode has them", missing),
                  "start the datanodes that had them; `hdfs fsck / -list-corruptfileblocks` names the files");
  }
  // Copies take a moment after each loss; only what has no chance is told.
  auto web = patient.MasterWeb("namenode");
  const Json* state = web ? patient.Bean(*web, "Hadoop:service=NameNode,name=FSNamesystemState") : nullptr;
  if (state == nullptr) return;
  const int64_t under = state->value("UnderReplicatedBlocks", int64_t{0}) - missing;
  if (under > 0) patient.Info(fmt::format("{} block(s) have fewer copies than their files want; they are being copied while datanodes are there", under));
}

void CheckNodes(Patient& patient) {
  const Json* nodes = patient.ClusterNodes();
  auto web = patient.MasterWeb("resourcemanager");
  if (!web || !patient.Get(*web, "/ws/v1/cluster/info").ok()) return;
  std::set<std::string> running_ports;
  for (const auto& node : nodes == nullptr ? Json::array() : *nodes) {
    const std::string id = node.value("id", "");
    const std::string state = node.value("state", "");
    if (state == "UNHEALTHY") {
      patient.Error("node " + id + " is unhealthy: " + node.value("healthReport", ""),
                    "make its folders (yarn.nodemanager.local-dirs, log-dirs) writable and below the limit of fullness; it comes back by itself");
    } else if (state == "LOST") {
      patient.Error("node " + id + " is lost: it reports no more", "start its nodemanager again; its machine may be down");
    }
    if (auto at = HostPort::Parse(node.value("nodeHTTPAddress", "")); at.ok() && (state == "RUNNING" || state == "UNHEALTHY")) {
      running_ports.insert(std::to_string(at->port));
    }
  }
  for (const Role& role : patient.roles) {
    if (role.kind != "nodemanager" || role.ports.empty() || !patient.ProcessOf(role)) continue;
    if (!running_ports.contains(std::to_string(role.ports[0].address.port))) {
      patient.Error("the " + role.name + " runs here, and the resourcemanager does not count it",
                    "see its log: yarn.resourcemanager.resource-tracker.address, or a list of nodes without it");
    }
  }
}

}  // namespace tusk::tools
