// NodeContext: what the actors and services of one datanode share. The loop's thread.
#pragma once

#include <functional>
#include <string>

#include "base/async/task_scope.h"
#include "base/rpc/client.h"
#include "dfs/datanode/rpc/datanode_config.h"

namespace hadoop::hdfs {
class DatanodeIDProto;
}
namespace hadoop::hdfs::datanode {
class DatanodeRegistrationProto;
}

namespace tusk::dfs::datanode {

inline constexpr const char* kSoftwareVersion = "3.4.2";

struct NodeIdentity {
  std::string uuid;
  std::string ip;        // the namenode replaces it by what it sees
  std::string hostname;  // for clients
  uint16_t xfer_port = 0, info_port = 0, ipc_port = 0;
};

struct NodeContext {
  Env& env;
  const DataNodeConfig& config;
  BlockStore& store;
  XferContext& xfer;
  rpc::Client& rpc;
  TaskScope& background;  // work that namenodes order
  NodeIdentity identity{};
  std::function<void()> on_useless{};  // no namenode takes this datanode, or no volume is left
};

void FillDatanodeId(const NodeIdentity& identity, hadoop::hdfs::DatanodeIDProto* id);
void FillRegistration(const NodeIdentity& identity, const PoolIdentity& pool,
                      hadoop::hdfs::datanode::DatanodeRegistrationProto* registration);

}  // namespace tusk::dfs::datanode
