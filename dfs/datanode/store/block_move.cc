// Moves between the volumes of one datanode, for movers: a verified, durable copy takes the old replica's place.
#include "dfs/datanode/store/block_store.h"

#include "base/log/log.h"

namespace tusk::dfs::datanode {

Task<Status> BlockStore::MoveToStorage(ExtendedBlock block, Placement placement) {
  BlockLocks::Guard guard = co_await locks_.Lock(block.block.id);
  const std::string& pool_id = block.pool_id;
  ReplicaPtr old = Find(pool_id, block.block.id);
  if (old == nullptr || !old->is_finalized() || old->block.generation_stamp != block.block.generation_stamp) {
    co_return Status(Code::kReplicaNotFound, "Replica not found for " + block.ToString() + ": it is not here, open, or of another stamp");
  }
  placement.bytes_expected = std::max<uint64_t>(old->block.length, 1);
  CO_ASSIGN_OR_RETURN(Volume* volume, ChooseVolume(placement));
  if (volume == old->volume) {
    co_return Status(Code::kReplicaAlreadyExists, "Replica " + old->block.ToString() + " already exists on storage " + volume->storage_uuid());
  }
  const Block moved = old->block;
  volume->reserved_for_rbw += placement.bytes_expected;
  Status copied = co_await env_.disk_pool.Run([&]() -> Status {
    constexpr ReplicaState kHere = ReplicaState::kTemporary, kThere = ReplicaState::kFinalized;
    const std::string data = volume->DataPath(pool_id, kHere, moved.id), meta = volume->MetaPath(pool_id, kHere, moved);
    RETURN_IF_ERROR(CopyBytes(volume->disk(), old->volume->DataPath(pool_id, kThere, moved.id), data, moved.length, true));
    RETURN_IF_ERROR(CopyBytes(volume->disk(), old->volume->MetaPath(pool_id, kThere, moved), meta, UINT64_MAX, true));
    {
      ASSIGN_OR_RETURN(auto new_data, volume->disk().Open(data, OpenMode::kRead));
      ASSIGN_OR_RETURN(auto new_meta, volume->disk().Open(meta, OpenMode::kRead));
      ASSIGN_OR_RETURN(ValidPrefix valid, FindValidPrefix(*new_data, *new_meta));
      if (valid.length != moved.length) {
        RETURN_IF_ERROR(volume->Remove(pool_id, moved, kHere));
        return Status(Code::kCorruption, "the replica " + moved.ToString() + " is corrupt and stays where it is");
      }
    }
    return volume->Move(pool_id, moved, kHere, kThere, moved.generation_stamp, true);
  });
  volume->reserved_for_rbw -= std::min(volume->reserved_for_rbw, placement.bytes_expected);
  if (!copied.ok()) {
    if (copied.code() != Code::kCorruption) co_await HandleFailure(volume, copied);
    co_return copied;
  }
  Pool* pool = FindPool(pool_id);
  if (pool == nullptr) co_return Status(Code::kReplicaNotFound, "block pool " + pool_id + " is gone");
  auto fresh = std::make_shared<Replica>();
  fresh->block = moved;
  fresh->state = ReplicaState::kFinalized;
  fresh->volume = volume;
  fresh->bytes_acked = moved.length;
  pool->replicas[moved.id] = fresh;
  ++volume->blocks_by_pool[pool_id];
  SetUsed(pool_id, *fresh, 0, FileBytes(moved.length));
  co_await DeleteFiles(pool_id, old);
  if (observer_ != nullptr) {
    observer_->OnBlock(pool_id, moved, *old->volume, BlockEvent::kDeleted, "");
    observer_->OnBlock(pool_id, moved, *volume, BlockEvent::kReceived, "");
  }
  co_return Status::Ok();
}

}  // namespace tusk::dfs::datanode
