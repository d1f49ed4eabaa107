// What the endpoints of the namenode's console are built on; outlives them.
#pragma once

#include <functional>
#include <string>

#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/metrics/history.h"
#include "base/rpc/local_client.h"
#include "base/web/identity.h"
#include "dfs/namenode/audit/namenode_audit.h"
#include "dfs/namenode/driver/namespace_driver.h"
#include "dfs/namenode/namenode_config.h"
#include "dfs/proto/ClientNamenodeProtocol.rpc.h"

namespace tusk::dfs {

struct ConsoleContext {
  Env env;
  const Configuration& conf;
  const NameNodeConfig& config;
  NamespaceDriver& driver;
  const History& history;
  HostPort rpc_address = {};        // as clients are told
  std::string process_user = {};
  bool issues_tokens = false;
  std::function<Status()> refresh_nodes = {};
  int64_t started_wall_ms = 0;
  const AuditLog* audit_log = nullptr;
  NameNodeAudit* audit = nullptr;

  Namesystem& ns() const { return driver.namesystem(); }
  BlockManager& blocks() const { return driver.namesystem().blocks(); }
  const DatanodeRegistry& registry() const { return driver.namesystem().blocks().registry(); }
};

// The namenode's ClientProtocol as somebody's client sees it: the same checks, the same audit as for an RPC.
class ProtocolCaller {
 public:
  ProtocolCaller(const rpc::LocalServices& services, const Clock& clock, std::string user, std::string address)
      : client_(rpc::MakeLocalClient(services, clock, rpc::CallUser{.name = std::move(user)}, HostPort{address, 0})),
        protocol_(rpc::Channel(*client_, HostPort{address, 0}, rpc::ClientIdentity{})) {}
  const hadoop::hdfs::ClientNamenodeProtocolClient* operator->() const { return &protocol_; }
  const hadoop::hdfs::ClientNamenodeProtocolClient& protocol() const { return protocol_; }

 private:
  std::unique_ptr<rpc::Client> client_;
  hadoop::hdfs::ClientNamenodeProtocolClient protocol_;
};

}  // namespace tusk::dfs
