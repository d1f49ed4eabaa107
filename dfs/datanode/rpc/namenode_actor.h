// NamenodeActor: the conversation of this datanode with one namenode: handshake, heartbeats, reports, commands.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/async/sync.h"
#include "base/metrics/metrics.h"
#include "dfs/datanode/rpc/block_report.h"
#include "dfs/datanode/rpc/node_context.h"
#include "dfs/proto/DatanodeProtocol.rpc.h"

namespace tusk::dfs::datanode {

class NamenodeActor;

// How long the namenodes took to answer.
struct NamenodeTraffic {
  LatencyHistogram heartbeats, full_reports, incremental_reports;
  uint64_t commands = 0;
  uint64_t blocks_removed = 0;
};

// The namenodes of one nameservice; knows which of them is obeyed.
class PoolService {
 public:
  PoolService(NodeContext& node);
  ~PoolService();
  void Start();
  // Asks the actors to end; their pending calls end when the RPC client is shut down.
  void Cancel();
  Task<void> Join();

  const PoolIdentity& pool() const { return pool_; }  // its pool_id is empty before the first handshake
  bool Owns(const std::string& pool_id) const { return !pool_.pool_id.empty() && pool_.pool_id == pool_id; }
  const std::vector<std::unique_ptr<NamenodeActor>>& actors() const { return actors_; }
  // The one that is obeyed; null while there is none.
  NamenodeActor* active() const { return active_; }
  NamenodeTraffic& traffic() { return traffic_; }
  const NamenodeTraffic& traffic() const { return traffic_; }

  // From the actors.
  Status Adopt(const PoolIdentity& pool);  // the first handshake decides; others must agree
  // Whether `actor` is to be obeyed, by its latest heartbeat answer.
  bool UpdateActive(NamenodeActor& actor, bool claims_active, uint64_t txid);

  void OnGivenUp();

  // To all actors.
  void AddChange(const Volume& volume, const IncrementalReport::Change& change);
  void ReportBadBlock(const ExtendedBlock& block, const hadoop::hdfs::DatanodeInfoProto* source, const Volume* volume);
  void OnVolumeFailed(const Volume& volume, const Status& why);

 private:
  NodeContext& node_;
  PoolIdentity pool_;
  NamenodeTraffic traffic_;
  std::vector<std::unique_ptr<NamenodeActor>> actors_;
  NamenodeActor* active_ = nullptr;
  int64_t active_txid_ = -1;
};

class NamenodeActor {
 public:
  NamenodeActor(NodeContext& node, PoolService& service, HostPort namenode);
  ~NamenodeActor();
  void Start();
  void Cancel();
  Task<void> Join() { co_await tasks_.Join(); }

  const HostPort& namenode() const { return namenode_; }
  bool registered() const { return registered_; }
  // The namenode will never take this datanode.
  bool given_up() const { return given_up_; }
  TimePoint last_heartbeat() const { return last_heartbeat_; }
  const hadoop::hdfs::datanode::DatanodeProtocolClient& client() const { return client_; }

  void AddChange(const Volume& volume, IncrementalReport::Change change);
  void TriggerReport(bool incremental);
  void TriggerHeartbeat() { wake_.Set(); heartbeat_now_ = true; }
  Task<void> SendBadBlocks(std::string serialized_request);
  Task<void> SendError(int code, std::string message);
  TaskScope& tasks() { return tasks_; }

 private:
  Task<void> Run();
  // Until the registration stands; an error is fatal for this actor.
  Task<Status> Register();
  Task<Status> Handshake();
  Task<void> Serve();
  Task<void> ReportLoop();
  Task<Status> SendHeartbeat();
  Task<Status> SendFullReport(uint64_t lease_id);
  Task<Status> SendChanges();
  void Obey(const hadoop::hdfs::datanode::DatanodeCommandProto& command);
  void OnCallFailed(const Status& status, const char* what);
  // Whether the full report is due.
  bool ReportDue() const { return node_.env.loop.Now() >= next_full_report_; }

  NodeContext& node_;
  PoolService& service_;
  HostPort namenode_;
  hadoop::hdfs::datanode::DatanodeProtocolClient client_;
  TaskScope tasks_;
  hadoop::hdfs::datanode::DatanodeRegistrationProto registration_;
  bool registered_ = false;
  bool given_up_ = false;
  bool register_again_ = false;
  bool heartbeat_now_ = false;
  TimePoint last_heartbeat_{};
  TimePoint next_full_report_{};
  AsyncEvent wake_;          // the heartbeat loop
  AsyncEvent changes_due_;   // the report loop
  AsyncMutex report_order_;  // full and incremental reports must not overtake each other
  IncrementalReport changes_;
};

}  // namespace tusk::dfs::datanode
