// DfsContext: what one client of one namenode shares among its streams: the namenode's proxy, connections to
// datanodes, and the leases that must be renewed. One loop's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/env/network.h"
#include "base/rpc/client.h"
#include "dfs/client/client_config.h"
#include "dfs/common/data_transfer.h"
#include "dfs/proto/ClientNamenodeProtocol.rpc.h"

namespace tusk::dfs {

class ShortCircuit;

// A connection to a datanode's data transfer port, between operations.
struct DatanodeConnection {
  std::unique_ptr<Stream> stream;
  std::unique_ptr<FrameReader> reader;
  std::string address;  // "ip:port"
  bool reused = false;
};

// Connections that readers have left in good order, for the next reader.
class DatanodeConnections {
 public:
  DatanodeConnections(Env env, const DfsClientConfig& config) : env_(env), config_(config) {}
  // A kept one, unless `fresh`, or a new one.
  Task<Result<DatanodeConnection>> Get(const hadoop::hdfs::DatanodeIDProto& node, bool fresh);
  void Keep(DatanodeConnection connection);
  void Clear() { kept_.clear(); }
  HostPort AddressOf(const hadoop::hdfs::DatanodeIDProto& node) const;

 private:
  struct Kept {
    DatanodeConnection connection;
    TimePoint expires;
  };
  Env env_;
  const DfsClientConfig& config_;
  std::vector<Kept> kept_;  // oldest first
};

// A file open for writing, which wants a sign of life sent now and then.
class KeptAlive {
 public:
  virtual ~KeptAlive() = default;
  virtual Task<void> KeepAlive() = 0;
};

class DfsContext {
 public:
  DfsContext(Env env, DfsClientConfig config, rpc::Client& rpc, HostPort namenode_address, rpc::ClientIdentity identity);
  ~DfsContext();

  Env& env() { return env_; }
  const DfsClientConfig& config() const { return config_; }
  hadoop::hdfs::ClientNamenodeProtocolClient& namenode() { return namenode_; }
  rpc::Client& rpc() { return rpc_; }
  const rpc::ClientIdentity& identity() const { return identity_; }
  const std::string& client_name() const { return client_name_; }
  DatanodeConnections& connections() { return connections_; }
  ShortCircuit& short_circuit() { return *short_circuit_; }

  // While at least one file is open for writing, the lease of client_name is renewed in the background and idle
  // pipelines are kept awake.
  void FileOpened(std::weak_ptr<KeptAlive> file);
  void FileClosed();
  // Runs beside the caller until it ends or, at Shutdown, its stream is closed.
  void Spawn(Task<void> task) { scope_->Spawn(std::move(task)); }
  Task<void> Shutdown();

 private:
  Task<void> KeepAlive();
  Task<void> RenewLease();

  Env env_;
  DfsClientConfig config_;
  rpc::Client& rpc_;
  rpc::ClientIdentity identity_;
  hadoop::hdfs::ClientNamenodeProtocolClient namenode_;
  std::string client_name_;
  DatanodeConnections connections_;
  std::unique_ptr<ShortCircuit> short_circuit_;
  int open_files_ = 0;
  std::vector<std::weak_ptr<KeptAlive>> kept_alive_;
  bool renewing_ = false;
  std::unique_ptr<TaskScope> scope_;
};

// "127.0.0.1:9866"
std::string TransferAddress(const hadoop::hdfs::DatanodeIDProto& node);

}  // namespace tusk::dfs
