// Finding out which daemons belong here, and asking the daemons' pages.
#include "tools/tusk/doctor/patient.h"

#include <algorithm>

#include "tools/tusk/cluster/cluster_layout.h"
#include "tools/tusk/pages/masters.h"

namespace tusk::tools {
namespace {

constexpr const char* kNodesPath = "/ws/v1/cluster/nodes?states=NEW,RUNNING,UNHEALTHY,DECOMMISSIONING,LOST";

constexpr const char* kKinds[] = {"namenode", "datanode", "resourcemanager", "nodemanager"};

std::vector<std::string> RoleFolders(const Configuration& conf, const std::string& kind) {
  const std::string tmp = conf.Get("hadoop.tmp.dir", "/tmp/hadoop-" + conf.Get("user.name", "tusk"));
  if (kind == "namenode") return FoldersOf(conf, "dfs.namenode.name.dir", tmp + "/dfs/name");
  if (kind == "datanode") return FoldersOf(conf, "dfs.datanode.data.dir", tmp + "/dfs/data");
  if (kind == "resourcemanager") {
    if (conf.Get("yarn.resourcemanager.recovery.enabled", "false") != "true") return {};
    return FoldersOf(conf, "tusk.resourcemanager.state-dir", tmp + "/yarn/system/rmstate");
  }
  auto folders = FoldersOf(conf, "yarn.nodemanager.local-dirs", tmp + "/nm-local-dir");
  for (auto& folder : FoldersOf(conf, "yarn.nodemanager.log-dirs", tmp + "/userlogs")) folders.push_back(std::move(folder));
  return folders;
}

// "-Dkey=value"
void Apply(Configuration& conf, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    conf.Set(setting.substr(2, equals - 2), setting.substr(equals + 1), "tusk up");
  }
}

}  // namespace

std::vector<std::string> FoldersOf(const Configuration& conf, const std::string& key, const std::string& otherwise) {
  std::vector<std::string> folders = conf.GetStrings(key);
  if (folders.empty()) folders.push_back(otherwise);
  for (std::string& folder : folders) {
    if (folder.starts_with('[')) folder.erase(0, folder.find(']') + 1);
    if (folder.starts_with("file://")) folder.erase(0, 7);
    if (folder.starts_with("file:")) folder.erase(0, 5);
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  }
  return folders;
}

Patient::Patient(CliContext& context, PatientOptions asked)
    : cli(context), options(std::move(asked)), conf(ProcessVariables(context.user)), pages_(context) {
  for (std::string_view name : kSiteNames) {
    // What cannot be read is found by the check of the files.
    if (options.conf_folder.empty()) break;
    [[maybe_unused]] const Status loaded = conf.LoadFile(cli.disk, JoinPath(options.conf_folder, name));
  }
  FindRoles();
}

Patient::~Patient() = default;

void Patient::Add(Severity severity, std::string what, std::string remedy) {
  findings.push_back({check_running, severity, std::move(what), std::move(remedy)});
}

void Patient::AddRole(std::string name, const std::string& kind, Configuration role_conf) {
  Role role{std::move(name), kind, std::move(role_conf), {}, {}, ""};
  for (const PortKey& port : PortKeys()) {
    if (kind != port.kind) continue;
    if (auto address = AddressOf(role.conf, port)) role.ports.push_back({port.key, *address});
  }
  role.folders = RoleFolders(role.conf, kind);
  if (!options.cluster_folder.empty()) role.log_folder = options.cluster_folder + "/logs";
  roles.push_back(std::move(role));
}

// A worker belongs here where its folder has been made, a master where its address is this machine's.
bool Patient::BelongsHere(const std::string& kind) const {
  if (kind == "datanode" || kind == "nodemanager") {
    if (!conf.GetRaw(kind == "datanode" ? "dfs.datanode.data.dir" : "yarn.nodemanager.local-dirs")) return false;
    const auto folders = RoleFolders(conf, kind);
    return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) { return FolderOf(folder).exists; });
  }
  const auto address = Master(kind);
  if (!address) return false;
  const auto found = ResolveName(address->host);
  return std::any_of(found.begin(), found.end(), IsOwnAddress);
}

void Patient::FindRoles() {
  if (!options.cluster_folder.empty()) {
    auto layout = LoadLayout(cli.disk, options.cluster_folder);
    if (layout.ok()) {
      AddRole("namenode", "namenode", conf);
      for (int i = 0; i < layout->datanodes; ++i) {
        Configuration own = conf;
        Apply(own, DatanodeSettings(*layout, i));
        AddRole("datanode" + std::to_string(i), "datanode", std::move(own));
      }
      if (layout->nodemanagers > 0) AddRole("resourcemanager", "resourcemanager", conf);
      for (int i = 0; i < layout->nodemanagers; ++i) {
        Configuration own = conf;
        Apply(own, NodemanagerSettings(*layout, i));
        AddRole("nodemanager" + std::to_string(i), "nodemanager", std::move(own));
      }
      return;
    }
    cluster_json = std::string(layout.status().message());
  }
  for (const std::string kind : kKinds) {
    const bool asked = std::find(options.roles.begin(), options.roles.end(), kind) != options.roles.end();
    if (asked || (options.roles.empty() && BelongsHere(kind))) AddRole(kind, kind, conf);
  }
}

std::optional<HostPort> Patient::Master(const std::string& kind) const { return MasterRpc(conf, kind); }
std::optional<HostPort> Patient::MasterWeb(const std::string& kind) const { return tools::MasterWeb(conf, kind); }

bool Patient::IsHere(const std::string& kind) const {
  return std::any_of(roles.begin(), roles.end(), [&](const Role& role) { return role.kind == kind; });
}

std::optional<ProcessFacts> Patient::PortHolder(uint16_t port) const {
  const auto found = listeners_.find(port);
  if (found == listeners_.end()) return std::nullopt;
  return found->second;
}

std::optional<ProcessFacts> Patient::ProcessOf(const Role& role) const {
  for (const RolePort& port : role.ports) {
    auto holder = PortHolder(port.address.port);
    if (!holder) continue;
    for (std::string word : holder->argv) {
      std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
      if (word == role.kind || word.ends_with("." + role.kind) || word.ends_with("tusk-" + role.kind)) return holder;
    }
  }
  return std::nullopt;
}

Result<const Page*> Patient::Get(const HostPort& at, const std::string& target) {
  const std::string url = at.ToString() + target;
  auto found = answers_.find(url);
  if (found == answers_.end()) found = answers_.emplace(url, pages_.Get(at, target)).first;
  if (!found->second.ok()) return found->second.status();
  return &*found->second;
}

const nlohmann::json* Patient::Bean(const HostPort& at, const std::string& name) {
  auto page = Get(at, "/jmx");
  return page.ok() ? (*page)->Bean(name) : nullptr;
}

const nlohmann::json* Patient::NamenodeInfo() {
  const auto web = MasterWeb("namenode");
  return web ? Bean(*web, "Hadoop:service=NameNode,name=NameNodeInfo") : nullptr;
}

const nlohmann::json* Patient::ClusterNodes() {
  const auto web = MasterWeb("resourcemanager");
  if (!web) return nullptr;
  auto page = Get(*web, kNodesPath);
  if (!page.ok() || !(*page)->json.is_object()) return nullptr;
  const auto nodes = (*page)->json.find("nodes");
  if (nodes == (*page)->json.end() || !nodes->is_object() || !nodes->contains("node")) return nullptr;
  return &(*nodes)["node"];
}

}  // namespace tusk::tools
