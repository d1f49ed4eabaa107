// The rules by which the replicas of an unclosed block become one length again.
#include "dfs/datanode/rpc/lease_recovery.h"

#include <algorithm>
#include <limits>

#include "base/log/log.h"
#include "dfs/proto/DatanodeProtocol.rpc.h"
#include "dfs/proto/HdfsServer.pb.h"
#include "dfs/proto/InterDatanodeProtocol.rpc.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {
namespace {

namespace pb = hadoop::hdfs;
namespace dnpb = hadoop::hdfs::datanode;
constexpr const char* kModule = "datanode.recovery";
constexpr rpc::CallOptions kOnce{std::chrono::seconds(60), 0};

// One holder of the block.
struct Holder {
  const pb::DatanodeIDProto* id = nullptr;
  Block block;
  ReplicaState state = ReplicaState::kRwr;
  std::string storage_uuid;
};

class Recovery {
 public:
  Recovery(NodeContext& node, const dnpb::DatanodeProtocolClient& namenode, pb::RecoveringBlockProto order)
      : node_(node), namenode_(namenode), order_(std::move(order)), block_(FromProto(order_.block().b())) {}

  Task<Status> Run() {
    CO_RETURN_IF_ERROR(co_await Ask());
    if (holders_.empty()) co_return co_await Commit(0, true, {});
    uint64_t length = 0;
    std::vector<Holder> taking_part;
    if (order_.has_truncateblock()) {
      length = order_.truncateblock().numbytes();
      taking_part = LongEnough(length);
    } else {
      CO_ASSIGN_OR_RETURN(taking_part, Agree(&length));
    }
    std::vector<Holder> updated;
    Status last;
    for (Holder& holder : taking_part) {
      auto uuid = co_await Update(holder, length);
      if (!uuid.ok()) {
        LogWarn(kModule, "{} on {}: {}", block_.ToString(), holder.id->hostname(), uuid.status().ToString());
        last = uuid.status();
        continue;
      }
      holder.storage_uuid = *uuid;
      updated.push_back(holder);
    }
    if (updated.empty()) co_return last.ok() ? Status(Code::kIOError, "no replica took part") : last;
    co_return co_await Commit(length, false, std::move(updated));
  }

 private:
  bool IsSelf(const pb::DatanodeIDProto& id) const { return id.datanodeuuid() == node_.identity.uuid; }
  pb::InterDatanodeProtocolClient Peer(const pb::DatanodeIDProto& id) const {
    std::string host = node_.config.xfer.connect_by_hostname ? id.hostname() : id.ipaddr();
    return pb::InterDatanodeProtocolClient(
        rpc::Channel(node_.rpc, HostPort{host, static_cast<uint16_t>(id.ipcport())}, rpc::ClientIdentity{node_.config.user}, kOnce));
  }

  Task<Result<std::optional<RecoveryInfo>>> Init(const pb::DatanodeIDProto& id) {
    if (IsSelf(id)) co_return co_await node_.store.InitRecovery(block_, order_.newgenstamp());
    pb::InitReplicaRecoveryRequestProto request;
    *request.mutable_block() = order_;
    pb::InterDatanodeProtocolClient peer = Peer(id);
    CO_ASSIGN_OR_RETURN(pb::InitReplicaRecoveryResponseProto answer, co_await peer.InitReplicaRecovery(request, kOnce));
    if (!answer.replicafound()) co_return std::optional<RecoveryInfo>();
    co_return std::optional<RecoveryInfo>(RecoveryInfo{FromProto(answer.block()), static_cast<ReplicaState>(answer.state())});
  }

  // Stops the writers and asks every holder what it has.
  Task<Status> Ask() {
    size_t candidates = 0;
    int errors = 0;
    Status last;
    for (const auto& location : order_.block().locs()) {
      auto info = co_await Init(location.id());
      if (info.code() == Code::kRecoveryInProgress) co_return std::move(info).status();  // a newer recovery has begun
      if (!info.ok()) {
        LogWarn(kModule, "{} on {}: {}", block_.ToString(), location.id().hostname(), info.status().ToString());
        last = info.status();
        ++errors;
        continue;
      }
      if (!info->has_value()) continue;
      const RecoveryInfo& found = **info;
      if (found.block.generation_stamp < block_.block.generation_stamp || found.block.length == 0) continue;
      ++candidates;
      if (found.state <= ReplicaState::kRwr) holders_.push_back({&location.id(), found.block, found.state, ""});
    }
    if (errors == order_.block().locs_size()) co_return last.WithContext("all datanodes failed: block=" + block_.ToString());
    if (candidates > 0 && holders_.empty()) {
      co_return Status(Code::kIOError, "Found " + std::to_string(candidates) + " replica(s) for block " + block_.ToString() +
                                           " but none is in RWR or better state");
    }
    co_return Status::Ok();
  }

  // For a cut: those of the best state that have what is to stay. They may differ: an attempt before this one may have
  // cut some of them and never been heard.
  std::vector<Holder> LongEnough(uint64_t length) const {
    ReplicaState best = ReplicaState::kRwr;
    for (const Holder& holder : holders_) {
      if (holder.block.length >= length) best = std::min(best, holder.state);
    }
    std::vector<Holder> out;
    for (const Holder& holder : holders_) {
      if (holder.state == best && holder.block.length >= length) out.push_back(holder);
    }
    return out;
  }

  // Finalized beats RBW beats RWR. Of living writers' replicas (RBW) the shortest decides, since every acked byte is in
  // all of them. Of those found after a crash (RWR) the longest: a power loss may have cost one of them what another
  // has kept, and longer ones hold nothing but what the client sent. Hadoop takes the shortest there too.
  Result<std::vector<Holder>> Agree(uint64_t* length) const {
    ReplicaState best = ReplicaState::kRwr;
    std::optional<uint64_t> finalized;
    for (const Holder& holder : holders_) {
      best = std::min(best, holder.state);
      if (holder.state != ReplicaState::kFinalized) continue;
      if (finalized.has_value() && *finalized != holder.block.length) {
        return Status(Code::kIOError, "Inconsistent size of finalized replicas. Replica " + holder.block.ToString() +
                                          " expected size: " + std::to_string(*finalized));
      }
      finalized = holder.block.length;
    }
    std::vector<Holder> out;
    if (best == ReplicaState::kFinalized) {
      *length = *finalized;
      for (const Holder& holder : holders_) {
        bool same_rbw = holder.state == ReplicaState::kRbw && holder.block.length == *finalized;
        if (holder.state == ReplicaState::kFinalized || same_rbw) out.push_back(holder);
      }
      return out;
    }
    const bool longest = best == ReplicaState::kRwr;
    *length = longest ? 0 : std::numeric_limits<uint64_t>::max();
    for (const Holder& holder : holders_) {
      if (holder.state == best) *length = longest ? std::max(*length, holder.block.length) : std::min(*length, holder.block.length);
    }
    for (const Holder& holder : holders_) {
      if (holder.state == best && holder.block.length >= *length) out.push_back(holder);
    }
    return out;
  }

  Task<Result<std::string>> Update(Holder& holder, uint64_t length) {
    int64_t new_id = order_.has_truncateblock() ? static_cast<int64_t>(order_.truncateblock().blockid()) : block_.block.id;
    ExtendedBlock old_block{block_.pool_id, holder.block};
    if (IsSelf(*holder.id)) co_return co_await node_.store.UpdateRecovered(old_block, order_.newgenstamp(), new_id, length);
    pb::UpdateReplicaUnderRecoveryRequestProto request;
    ToProto(old_block, request.mutable_block());
    request.set_recoveryid(order_.newgenstamp());
    request.set_newlength(length);
    request.set_newblockid(static_cast<uint64_t>(new_id));
    pb::InterDatanodeProtocolClient peer = Peer(*holder.id);
    CO_ASSIGN_OR_RETURN(pb::UpdateReplicaUnderRecoveryResponseProto answer, co_await peer.UpdateReplicaUnderRecovery(request, kOnce));
    co_return answer.storageuuid();
  }

  Task<Status> Commit(uint64_t length, bool delete_block, std::vector<Holder> holders) {
    dnpb::CommitBlockSynchronizationRequestProto request;
    ToProto(block_, request.mutable_block());
    request.set_newgenstamp(order_.newgenstamp());
    request.set_newlength(length);
    request.set_closefile(true);
    request.set_deleteblock(delete_block);
    for (const Holder& holder : holders) {
      *request.add_newtaragets() = *holder.id;
      request.add_newtargetstorages(holder.storage_uuid);
    }
    auto answer = co_await namenode_.CommitBlockSynchronization(request, kOnce);
    co_return answer.ok() ? Status::Ok() : answer.status();
  }

  NodeContext& node_;
  const dnpb::DatanodeProtocolClient& namenode_;
  pb::RecoveringBlockProto order_;
  ExtendedBlock block_;
  std::vector<Holder> holders_;
};

}  // namespace

Task<void> RecoverBlock(NodeContext& node, const dnpb::DatanodeProtocolClient& namenode, std::string recovering_block) {
  pb::RecoveringBlockProto order;
  if (!order.ParseFromString(recovering_block)) co_return;
  ExtendedBlock block = FromProto(order.block().b());
  LogInfo(kModule, "recovers {} with stamp {}", block.ToString(), order.newgenstamp());
  Recovery recovery(node, namenode, std::move(order));
  Status done = co_await recovery.Run();
  if (!done.ok()) LogWarn(kModule, "recovery of {} failed: {}", block.ToString(), done.ToString());
}

}  // namespace tusk::dfs::datanode
