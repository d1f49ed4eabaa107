// Patient: what the checks look at: the configuration, which daemons belong on this machine, and what the masters'
// pages say (each page fetched once). Findings are collected here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/cli/cli_context.h"
#include "base/core/result.h"
#include "base/env/network.h"
#include "tools/tusk/config/lint.h"
#include "tools/tusk/doctor/host_facts.h"
#include "tools/tusk/pages/page_reader.h"

namespace tusk::tools {

struct Finding {
  std::string check;
  Severity severity = Severity::kInfo;
  std::string what;
  std::string remedy;
};

// A port of a daemon and the key that says it.
struct RolePort {
  std::string key;
  HostPort address;
};

// A daemon that belongs on this machine.
struct Role {
  std::string name;  // "datanode0"
  std::string kind;  // "datanode"
  Configuration conf;
  std::vector<RolePort> ports;       // the first one shows whether it runs; those with port 0 are left out
  std::vector<std::string> folders;  // of its data
  std::string log_folder;            // "" where not known
};

struct PatientOptions {
  std::string conf_folder;
  std::string cluster_folder;      // of `tusk up`; "" for none
  std::string system_root;         // before /proc/driver, /sys, ... ; tests lay a machine of their own there
  std::vector<std::string> roles;  // kinds; empty: found out
};

class Patient {
 public:
  Patient(CliContext& cli, PatientOptions options);
  ~Patient();

  CliContext& cli;
  const PatientOptions options;
  Configuration conf;
  std::vector<Role> roles;
  std::vector<Finding> findings;
  std::string cluster_json;  // problem with it; "" for none

  void Add(Severity severity, std::string what, std::string remedy);
  void Error(std::string what, std::string remedy) { Add(Severity::kError, std::move(what), std::move(remedy)); }
  void Warn(std::string what, std::string remedy) { Add(Severity::kWarning, std::move(what), std::move(remedy)); }
  void Info(std::string what) { Add(Severity::kInfo, std::move(what), ""); }
  std::string check_running;

  // Addresses of the masters, whether here or elsewhere; nothing where the configuration names none.
  std::optional<HostPort> Master(const std::string& kind) const;     // "namenode", "resourcemanager": the RPC port
  std::optional<HostPort> MasterWeb(const std::string& kind) const;  // the HTTP port
  bool IsHere(const std::string& kind) const;                        // one of `roles`
  std::optional<ProcessFacts> PortHolder(uint16_t port) const;
  // The daemon's process, if one of its ports is held by it.
  std::optional<ProcessFacts> ProcessOf(const Role& role) const;

  // GET of http://at/target, once; an error stays one.
  Result<const Page*> Get(const HostPort& at, const std::string& target);
  // One bean of a daemon's /jmx; null where it has none or does not answer.
  const nlohmann::json* Bean(const HostPort& at, const std::string& name);
  // The namenode's NameNodeInfo.
  const nlohmann::json* NamenodeInfo();
  // Nodes of the resource manager, the lost ones too: an array; null where not to be had.
  const nlohmann::json* ClusterNodes();

 private:
  void FindRoles();
  void AddRole(std::string name, const std::string& kind, Configuration role_conf);
  bool BelongsHere(const std::string& kind) const;

  const std::map<uint16_t, ProcessFacts> listeners_ = Listeners();
  PageReader pages_;
  std::map<std::string, Result<Page>> answers_;
};

// "/a,[SSD]file:///b" as folders.
std::vector<std::string> FoldersOf(const Configuration& conf, const std::string& key, const std::string& otherwise);

}  // namespace tusk::tools
