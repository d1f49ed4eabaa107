// NameNode: the daemon. Wires the namespace (driver), the block map, the datanodes, the RPC server and the web server,
// and runs what the clock demands of the block map.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/async/task_scope.h"
#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/env/network.h"
#include "base/http/server.h"
#include "base/metrics/history.h"
#include "base/log/audit_log.h"
#include "base/metrics/metrics.h"
#include "base/rpc/server.h"
#include "base/security/group_mapping.h"
#include "base/server/pages.h"
#include "dfs/namenode/audit/namenode_audit.h"
#include "dfs/namenode/blocks/block_token_issuer.h"
#include "dfs/namenode/console/namenode_console.h"
#include "dfs/namenode/datanodes/host_lists.h"
#include "dfs/namenode/driver/namespace_driver.h"
#include "dfs/namenode/driver/name_recovery.h"
#include "dfs/namenode/driver/trash_emptier.h"
#include "dfs/namenode/namenode_config.h"
#include "dfs/namenode/permission/caller.h"
#include "dfs/namenode/rack_resolver.h"
#include "dfs/namenode/security/namenode_tokens.h"
#include "dfs/namenode/web/namenode_pages.h"
#include "dfs/namenode/web/webhdfs.h"

namespace tusk::dfs {

struct NameNodeFormat {
  std::string cluster_id;  // empty: a fresh one
  bool force = false;      // over an existing namespace
};

class NameNode {
 public:
  // Makes an empty namespace in all of dfs.namenode.name.dir and edits.dir. kAlreadyExists where one is and `force` is not set.
  static Result<StorageVersion> Format(Env env, const Configuration& conf, const NameNodeFormat& format);

  // Blocks: makes what can be read of a damaged edit log the namespace, asking at each damage (name_recovery.h).
  static Result<RecoveryReport> Recover(Env env, const Configuration& conf, const AskOnDamage& ask);
  // Blocks: opens and replays the namespace. `conf` outlives the namenode. `on_fatal` is called on the loop when the
  // namespace cannot be written any more: the process must end then.
  static Result<std::unique_ptr<NameNode>> Create(Env env, const Configuration& conf,
                                                  std::function<void(const Status&)> on_fatal);
  ~NameNode();
  NameNode(const NameNode&) = delete;

  // Runs net.topology.script.file.name; before Start, of the Env's loop.
  void set_launcher(ProcessLauncher* launcher) { racks_.set_launcher(launcher); }
  // For fsck's -move and -delete; before Start.
  void set_fsck_repairs(FsckRepairs::Factory make) { fsck_repairs_ = std::move(make); }
  // Opens the ports. On the loop's thread, as Stop.
  Task<Status> Start();
  Task<void> Stop();

  HostPort rpc_address() const;
  HostPort http_address() const;
  BlockManager& blocks() { return *blocks_; }
  Namesystem& namesystem() { return driver_->namesystem(); }
  const NameNodeConfig& config() const { return config_; }
  const History& history() const { return history_; }
  AuditLog& audit_log() { return *audit_log_; }

 private:
  struct Services;  // the RPC handlers

  NameNode(Env env, const Configuration& conf, NameNodeConfig config);
  Status OpenParts(std::function<void(const Status&)> on_fatal);
  void MakeServices();
  void OpenAudit();
  Status OpenPorts();
  void MakeWebHdfs();
  Status MakeConsole();
  // hadoop.proxyuser.*
  rpc::ServerOptions::AuthorizeProxy ProxyRules();
  Task<void> Housekeeping();
  // Safe mode while the namenode's own disks are nearly full.
  Task<void> WatchResources();
  void NoteResources(bool available);
  void CheckDatanodes(TimePoint now);
  void RollBlockKeys(TimePoint now);
  // Datanodes that hold nothing back any more have left service, and maintenance ends. Walks the block table, so not at
  // every turn.
  void CheckDecommissioning(TimePoint now);
  // Reads dfs.hosts and dfs.hosts.exclude.
  Status ReadHostLists();
  Status RefreshNodes();
  Status Admit(const DatanodeIdentity& identity, AdminState& admin_state) const;
  AdminState WantedState(const DatanodeIdentity& identity, AdminState now) const;
  void ChangeState(const Datanode& node, AdminState wanted, TimePoint now);

  Env env_;
  const Configuration& conf_;
  const NameNodeConfig config_;
  HostLists hosts_;
  RackResolver racks_;
  FsckRepairs::Factory fsck_repairs_;
  TimePoint decommissioning_checked_{};
  std::unique_ptr<DatanodeRegistry> registry_;
  std::unique_ptr<BlockTokenIssuer> block_tokens_;  // null: no block tokens
  std::unique_ptr<BlockManager> blocks_;
  std::unique_ptr<GroupMapping> groups_;
  std::unique_ptr<NamespaceDriver> driver_;
  std::unique_ptr<AuditLog> audit_log_;
  std::unique_ptr<NameNodeAudit> audit_;
  std::unique_ptr<NameNodeTokens> tokens_;
  std::unique_ptr<TrashEmptier> trash_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<MetricRegistry> metrics_;
  History history_;
  std::unique_ptr<DaemonPages> daemon_pages_;
  std::unique_ptr<NameNodePages> pages_;
  std::unique_ptr<WebHdfs> webhdfs_;
  std::unique_ptr<NameNodeConsole> console_;
  std::unique_ptr<rpc::Server> rpc_server_;
  std::unique_ptr<http::Server> http_server_;
  TaskScope chores_;
};

}  // namespace tusk::dfs
