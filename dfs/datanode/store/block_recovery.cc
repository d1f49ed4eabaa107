// BlockStore's part in recovery: replicas that are opened again, re-stamped, cut and finalized by agreement.
#include <algorithm>

#include "base/log/log.h"
#include "dfs/datanode/store/block_store.h"

namespace tusk::dfs::datanode {
namespace {

constexpr const char* kModule = "datanode.store";
constexpr Duration kStopWriterMax = std::chrono::seconds(60);  // dfs.datanode.xceiver.stop.timeout.millis

Status Refused(const std::string& why) { return Status(Code::kIOError, why); }

}  // namespace

Task<Result<BlockStore::Locked>> BlockStore::LockQuiet(ExtendedBlock block) {
  TimePoint deadline = env_.loop.In(kStopWriterMax);
  for (;;) {
    ReplicaPtr replica = Find(block.pool_id, block.block.id);
    if (replica == nullptr) co_return WhyMissing(block);
    if (std::shared_ptr<WriterHold> hold = replica->writer) {
      if (hold->stop) hold->stop();
      Status ended = co_await hold->ended.Wait(deadline);
      if (!ended.ok()) co_return ended.WithContext("waiting for the writer of " + block.ToString());
      continue;
    }
    BlockLocks::Guard guard = co_await locks_.Lock(block.block.id);
    replica = Find(block.pool_id, block.block.id);
    if (replica != nullptr && replica->writer == nullptr) co_return Locked{std::move(guard), replica};
  }
}

Task<Result<OpenReplica>> BlockStore::ReopenAsRbw(std::string pool_id, ReplicaPtr replica, uint64_t new_stamp,
                                                  DataChecksum checksum) {
  // Durably: the namenode takes the new stamp for granted, and bytes that were promised must be found under it.
  CO_RETURN_IF_ERROR(co_await MoveReplica(pool_id, *replica, ReplicaState::kRbw, new_stamp, true));
  auto writer = co_await env_.disk_pool.Run([&] {
    return ReplicaWriter::Reopen(*replica->volume, pool_id, replica->block, ReplicaState::kRbw, checksum);
  });
  if (!writer.ok()) {
    co_await HandleFailure(replica->volume, writer.status());
    co_return std::move(writer).status();
  }
  replica->bytes_acked = replica->block.length;
  OpenReplica open;
  open.replica = replica;
  open.writer = std::move(writer).value();
  replica->partial_chunk = open.writer->partial_chunk();
  TakeHold(open);
  if (observer_ != nullptr) observer_->OnBlock(pool_id, replica->block, *replica->volume, BlockEvent::kReceiving, "");
  co_return open;
}

Task<Result<OpenReplica>> BlockStore::Append(ExtendedBlock block, uint64_t new_stamp, uint64_t expected_length,
                                             DataChecksum checksum) {
  if (new_stamp < block.block.generation_stamp) {
    co_return Refused("The new generation stamp " + std::to_string(new_stamp) + " should be greater than the replica's");
  }
  CO_ASSIGN_OR_RETURN(Locked locked, co_await LockQuiet(block));
  Replica& replica = *locked.replica;
  if (!replica.is_finalized()) co_return Status(Code::kReplicaNotFound, "Cannot append to an unfinalized replica " + block.ToString());
  if (replica.block.generation_stamp != block.block.generation_stamp) {
    co_return Status(Code::kReplicaNotFound, "Cannot append to a replica with unexpected generation stamp " + block.ToString());
  }
  if (replica.block.length != expected_length) {
    co_return Refused("Corrupted replica " + replica.block.ToString() + " with a length of " + std::to_string(replica.block.length) +
                      " expected length is " + std::to_string(expected_length));
  }
  co_return co_await ReopenAsRbw(block.pool_id, locked.replica, new_stamp, checksum);
}

Status BlockStore::CheckForRecovery(const ExtendedBlock& block, const Replica& replica, uint64_t new_stamp,
                                    uint64_t expected_length) {
  if (!replica.is_finalized() && replica.state != ReplicaState::kRbw) {
    return Status(Code::kReplicaNotFound, "Cannot recover a replica that is neither finalized nor RBW: " + block.ToString());
  }
  uint64_t stamp = replica.block.generation_stamp;
  if (stamp < block.block.generation_stamp || stamp > new_stamp) {
    return Status(Code::kReplicaNotFound, "Cannot append to a replica with unexpected generation stamp " + std::to_string(stamp) +
                                              ". Expected GS range is [" + std::to_string(block.block.generation_stamp) + ", " +
                                              std::to_string(new_stamp) + "].");
  }
  if (replica.block.length != expected_length) {
    return Refused("Corrupted replica " + replica.block.ToString() + " with a length of " + std::to_string(replica.block.length) +
                   " expected length is " + std::to_string(expected_length));
  }
  return Status::Ok();
}

Task<Result<OpenReplica>> BlockStore::RecoverAppend(ExtendedBlock block, uint64_t new_stamp, uint64_t expected_length,
                                                    DataChecksum checksum) {
  CO_ASSIGN_OR_RETURN(Locked locked, co_await LockQuiet(block));
  CO_RETURN_IF_ERROR(CheckForRecovery(block, *locked.replica, new_stamp, expected_length));
  co_return co_await ReopenAsRbw(block.pool_id, locked.replica, new_stamp, checksum);
}

Task<Result<OpenReplica>> BlockStore::RecoverRbw(ExtendedBlock block, uint64_t new_stamp, uint64_t acked_min,
                                                 uint64_t received_max, DataChecksum checksum) {
  CO_ASSIGN_OR_RETURN(Locked locked, co_await LockQuiet(block));
  Replica& replica = *locked.replica;
  if (replica.state != ReplicaState::kRbw) {
    co_return Status(Code::kReplicaNotFound, "Cannot recover a non-RBW replica " + block.ToString());
  }
  uint64_t stamp = replica.block.generation_stamp;
  if (stamp < block.block.generation_stamp || stamp > new_stamp) {
    co_return Status(Code::kReplicaNotFound, "Cannot append to a replica with unexpected generation stamp " + std::to_string(stamp) +
                                                 ". Expected GS range is [" + std::to_string(block.block.generation_stamp) + ", " +
                                                 std::to_string(new_stamp) + "].");
  }
  uint64_t acked = std::min(replica.bytes_acked, replica.block.length);
  // Only the client knows what all nodes have acknowledged; this one's own bytes_acked may lag behind it.
  if (replica.block.length < acked_min || acked > received_max) {
    co_return Status(Code::kReplicaNotFound, "Unmatched length replica " + replica.block.ToString() + ": BytesAcked = " +
                                                 std::to_string(acked) + " BytesRcvd = " + std::to_string(replica.block.length) +
                                                 " are not in the range of [" + std::to_string(acked_min) + ", " +
                                                 std::to_string(received_max) + "].");
  }
  uint64_t keep = std::max(acked, acked_min);
  if (replica.block.length > keep) {
    auto cut = co_await env_.disk_pool.Run(
        [&] { return replica.volume->Truncate(block.pool_id, replica.block, ReplicaState::kRbw, keep); });
    if (!cut.ok()) {
      co_await HandleFailure(replica.volume, cut.status());
      co_return std::move(cut).status();
    }
    SetUsed(block.pool_id, replica, FileBytes(replica.block.length), FileBytes(keep));
    replica.block.length = keep;
  }
  co_return co_await ReopenAsRbw(block.pool_id, locked.replica, new_stamp, checksum);
}

Task<Status> BlockStore::RecoverClose(ExtendedBlock block, uint64_t new_stamp, uint64_t expected_length) {
  CO_ASSIGN_OR_RETURN(Locked locked, co_await LockQuiet(block));
  Replica& replica = *locked.replica;
  CO_RETURN_IF_ERROR(CheckForRecovery(block, replica, new_stamp, expected_length));
  CO_RETURN_IF_ERROR(co_await FinalizeDurably(block.pool_id, replica, new_stamp));
  replica.bytes_acked = replica.block.length;
  Unreserve(replica);
  if (observer_ != nullptr) observer_->OnBlock(block.pool_id, replica.block, *replica.volume, BlockEvent::kReceived, "");
  co_return Status::Ok();
}

// What was agreed on in a recovery is what the namenode writes down: a length and a stamp that no power loss may take
// back, or bytes that were synced before would be in a replica that does not count.
Task<Status> BlockStore::FinalizeDurably(const std::string& pool_id, Replica& replica, uint64_t new_stamp) {
  const Status synced = co_await env_.disk_pool.Run([&] { return replica.volume->SyncBytes(pool_id, replica.block, replica.home()); });
  if (!synced.ok()) {
    co_await HandleFailure(replica.volume, synced);
    co_return synced;
  }
  co_return co_await MoveReplica(pool_id, replica, ReplicaState::kFinalized, new_stamp, true);
}

// ---- recovery by the namenode's order ----

Task<Result<std::optional<RecoveryInfo>>> BlockStore::InitRecovery(ExtendedBlock block, uint64_t recovery_id) {
  auto locked = co_await LockQuiet(block);
  if (!locked.ok()) {
    if (locked.code() == Code::kReplicaNotFound) co_return std::optional<RecoveryInfo>();
    co_return std::move(locked).status();
  }
  Replica& replica = *locked->replica;
  uint64_t stamp = replica.block.generation_stamp;
  if (stamp < block.block.generation_stamp) {
    co_return Refused("replica.getGenerationStamp() < block.getGenerationStamp(), block=" + block.ToString() +
                      ", replica=" + replica.block.ToString());
  }
  if (stamp >= recovery_id) {
    co_return Refused("THIS IS NOT SUPPOSED TO HAPPEN: replica.getGenerationStamp() >= recoveryId = " + std::to_string(recovery_id) +
                      ", block=" + block.ToString() + ", replica=" + replica.block.ToString());
  }
  if (replica.state == ReplicaState::kRur) {
    if (replica.recovery_id >= recovery_id) {
      co_return Status(Code::kRecoveryInProgress, "rur.getRecoveryID() >= recoveryId = " + std::to_string(recovery_id) +
                                                      ", block=" + block.ToString() + ", rur=" + replica.block.ToString());
    }
  } else {
    replica.state_before_recovery = replica.state;
    replica.state = ReplicaState::kRur;
  }
  replica.recovery_id = recovery_id;
  LogInfo(kModule, "recovery {} of {} with {} bytes", recovery_id, block.ToString(), replica.block.length);
  co_return std::optional<RecoveryInfo>(RecoveryInfo{replica.block, replica.state_before_recovery});
}

Task<Result<std::string>> BlockStore::UpdateRecovered(ExtendedBlock old_block, uint64_t recovery_id, int64_t new_block_id,
                                                      uint64_t new_length) {
  CO_ASSIGN_OR_RETURN(Locked locked, co_await LockQuiet(old_block));
  Replica& replica = *locked.replica;
  const std::string& pool_id = old_block.pool_id;
  if (replica.state != ReplicaState::kRur) {
    co_return Refused("replica.getState() != RUR, replica=" + replica.block.ToString());
  }
  if (replica.recovery_id != recovery_id) {
    co_return Refused("rur.getRecoveryID() != recoveryId = " + std::to_string(recovery_id) + ", rur=" + replica.block.ToString());
  }
  if (replica.block.length != old_block.block.length) {
    co_return Refused("THIS IS NOT SUPPOSED TO HAPPEN: replica.getBytesOnDisk() != block.getNumBytes(), block=" +
                      old_block.ToString() + ", replica has " + std::to_string(replica.block.length));
  }
  if (new_length > replica.block.length) {
    co_return Refused("rur.getNumBytes() < newlength = " + std::to_string(new_length) + ", rur=" + replica.block.ToString());
  }
  std::string uuid = replica.volume->storage_uuid();
  if (new_block_id != 0 && new_block_id != old_block.block.id) {
    Block target{new_block_id, recovery_id, new_length};
    replica.state = replica.state_before_recovery;
    CO_RETURN_IF_ERROR(co_await CopyForTruncate(pool_id, locked.replica, target));
    co_return uuid;
  }
  if (new_length < replica.block.length) {
    auto cut = co_await env_.disk_pool.Run(
        [&] { return replica.volume->Truncate(pool_id, replica.block, replica.home(), new_length); });
    if (!cut.ok()) {
      co_await HandleFailure(replica.volume, cut.status());
      co_return std::move(cut).status();
    }
    SetUsed(pool_id, replica, FileBytes(replica.block.length), FileBytes(new_length));
    replica.block.length = new_length;
  }
  CO_RETURN_IF_ERROR(co_await FinalizeDurably(pool_id, replica, recovery_id));
  replica.bytes_acked = new_length;
  Unreserve(replica);
  if (observer_ != nullptr) observer_->OnBlock(pool_id, replica.block, *replica.volume, BlockEvent::kReceived, "");
  co_return uuid;
}

Task<Status> BlockStore::CopyForTruncate(std::string pool_id, ReplicaPtr replica, Block target) {
  Volume& volume = *replica->volume;
  Status copied = co_await env_.disk_pool.Run([&]() -> Status {
    ReplicaState rbw = ReplicaState::kRbw;
    RETURN_IF_ERROR(CopyBytes(volume.disk(), volume.DataPath(pool_id, replica->home(), replica->block.id),
                              volume.DataPath(pool_id, rbw, target.id), target.length, false));
    RETURN_IF_ERROR(CopyBytes(volume.disk(), volume.MetaPath(pool_id, replica->home(), replica->block),
                              volume.MetaPath(pool_id, rbw, target), UINT64_MAX, false));
    RETURN_IF_ERROR(volume.Truncate(pool_id, target, rbw, target.length));
    RETURN_IF_ERROR(volume.SyncBytes(pool_id, target, rbw));
    return volume.Move(pool_id, target, rbw, ReplicaState::kFinalized, target.generation_stamp, true);
  });
  if (!copied.ok()) {
    co_await HandleFailure(&volume, copied);
    co_return copied;
  }
  auto copy = std::make_shared<Replica>();
  copy->block = target;
  copy->state = ReplicaState::kFinalized;
  copy->volume = &volume;
  copy->bytes_acked = target.length;
  Pool* pool = FindPool(pool_id);
  if (pool == nullptr) co_return Refused("block pool " + pool_id + " is gone");
  pool->replicas[target.id] = copy;
  ++volume.blocks_by_pool[pool_id];
  SetUsed(pool_id, *copy, 0, FileBytes(target.length));
  if (observer_ != nullptr) observer_->OnBlock(pool_id, target, volume, BlockEvent::kReceived, "");
  co_return Status::Ok();
}

}  // namespace tusk::dfs::datanode
