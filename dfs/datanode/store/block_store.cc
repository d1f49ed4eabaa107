// The replica map, volumes and the ordinary life of a replica: created, written, finalized, read, deleted.
#include "dfs/datanode/store/block_store.h"

#include <algorithm>
#include <cerrno>

#include "base/log/log.h"

namespace tusk::dfs::datanode {
namespace {

constexpr const char* kModule = "datanode.store";

Status UnknownPool(const std::string& pool_id) { return Status(Code::kIOError, "block pool " + pool_id + " is not found"); }

}  // namespace

// ---- locks per block ----

Task<BlockStore::BlockLocks::Guard> BlockStore::BlockLocks::Lock(int64_t block_id) {
  auto& slot = entries_[block_id];
  if (slot == nullptr) slot = std::make_unique<Entry>(loop_);
  Entry& entry = *slot;
  ++entry.users;
  AsyncMutex::Guard guard = co_await entry.mutex.Lock();
  co_return Guard(this, block_id, std::move(guard));
}

void BlockStore::BlockLocks::Release(int64_t block_id, std::optional<AsyncMutex::Guard>& guard) {
  guard.reset();
  auto found = entries_.find(block_id);
  if (--found->second->users == 0) entries_.erase(found);
}

// ---- opening ----

BlockStore::BlockStore(Env env, StoreOptions options)
    : env_(env), options_(std::move(options)), pool_changes_(env.loop), locks_(env.loop), background_(env.loop) {}

BlockStore::~BlockStore() = default;

Task<Result<std::unique_ptr<BlockStore>>> BlockStore::Open(Env env, StoreOptions options) {
  std::unique_ptr<BlockStore> store(new BlockStore(env, std::move(options)));
  Status last(Code::kInvalidArgument, "no data folder is configured (dfs.datanode.data.dir)");
  for (const StorageLocation& location : store->options_.locations) {
    auto volume = co_await env.disk_pool.Run([&] {
      return Volume::Open(env.disk, location, store->options_.reserved_bytes, store->options_.lock_text);
    });
    if (volume.ok()) {
      store->volumes_.push_back(std::move(volume).value());
      continue;
    }
    last = volume.status();
    LogWarn(kModule, "cannot use {}: {}", location.path, last.ToString());
    store->failures_.locations.push_back(location.ToString());
    store->failures_.last_wall_ms = env.clock.WallMillis();
  }
  if (store->volumes_.empty()) co_return last.WithContext("no usable data folder");
  co_return store;
}

Task<void> BlockStore::Close() {
  background_.Cancel();
  co_await background_.Join();
}

std::string BlockStore::datanode_uuid() const {
  for (const auto& volume : volumes_) {
    if (!volume->datanode_uuid().empty()) return volume->datanode_uuid();
  }
  return "";
}

std::string BlockStore::cluster_id() const {
  for (const auto& volume : volumes_) {
    if (!volume->cluster_id().empty()) return volume->cluster_id();
  }
  return "";
}

Task<Status> BlockStore::AddPool(PoolIdentity identity, std::string datanode_uuid) {
  AsyncMutex::Guard order = co_await pool_changes_.Lock();
  if (HasPool(identity.pool_id)) co_return Status::Ok();
  Pool pool{identity, {}, {}};
  std::vector<ReplicaPtr> superfluous;
  Status first_error;
  size_t good = 0;
  for (auto& volume : volumes_) {
    if (volume->failed) continue;
    auto found = co_await env_.disk_pool.Run([&]() -> Result<std::vector<FoundReplica>> {
      int64_t now = env_.clock.WallMillis();
      RETURN_IF_ERROR(volume->Format(identity.cluster_id, datanode_uuid, env_.random, now));
      RETURN_IF_ERROR(volume->OpenPool(identity, now));
      return volume->ScanPool(identity.pool_id);
    });
    if (!found.ok()) {
      LogWarn(kModule, "{}: {}", volume->location().path, found.status().ToString());
      if (first_error.ok()) first_error = found.status();
      if (found.status().error_number() == EIO) DropVolume(*volume, found.status());
      continue;
    }
    ++good;
    volume->used_by_pool[identity.pool_id] = 0;
    for (const FoundReplica& replica : *found) TakeFound(pool, *volume, replica, superfluous);
  }
  if (good == 0) co_return first_error.ok() ? Status(Code::kIOError, "no volume is left") : first_error;
  LogInfo(kModule, "block pool {}: {} replicas on {} volumes", identity.pool_id, pool.replicas.size(), good);
  pools_.emplace(identity.pool_id, std::move(pool));
  co_await RemoveSuperfluous(identity.pool_id, std::move(superfluous));
  co_return Status::Ok();
}

void BlockStore::TakeFound(Pool& pool, Volume& volume, const FoundReplica& found, std::vector<ReplicaPtr>& superfluous) {
  const std::string& pool_id = pool.identity.pool_id;
  auto replica = std::make_shared<Replica>();
  replica->block = found.block;
  replica->state = found.state;
  replica->volume = &volume;
  replica->bytes_acked = found.block.length;
  const auto count = [&](const Replica& counted, bool in) {
    uint64_t& used = counted.volume->used_by_pool[pool_id];
    uint64_t& blocks = counted.volume->blocks_by_pool[pool_id];
    used = in ? used + FileBytes(counted.block.length) : used - FileBytes(counted.block.length);
    blocks = in ? blocks + 1 : blocks - 1;
  };
  ReplicaPtr& slot = pool.replicas[found.block.id];
  if (slot != nullptr) {
    const auto age = [](const Replica& of) { return std::pair(of.block.generation_stamp, of.block.length); };
    if (age(*slot) >= age(*replica)) {
      superfluous.push_back(std::move(replica));
      return;
    }
    count(*slot, false);
    superfluous.push_back(std::move(slot));
  }
  slot = std::move(replica);
  count(*slot, true);
}

// Only what is finalized: of an open one it is not known what was promised.
Task<void> BlockStore::RemoveSuperfluous(std::string pool_id, std::vector<ReplicaPtr> superfluous) {
  for (const ReplicaPtr& replica : superfluous) {
    LogWarn(kModule, "{} lies on two volumes; the one on {} is {}", replica->block.ToString(), replica->volume->location().path,
            replica->is_finalized() ? "removed" : "ignored");
    if (!replica->is_finalized()) continue;
    co_await RemoveFiles(pool_id, replica);
  }
}

Task<Status> BlockStore::RemovePool(std::string pool_id, bool force) {
  Pool* pool = FindPool(pool_id);
  if (pool != nullptr && !pool->replicas.empty() && !force) {
    co_return Status(Code::kIOError, "Cannot delete block pool, it contains some blocks");
  }
  pools_.erase(pool_id);
  for (auto& volume : volumes_) {
    volume->used_by_pool.erase(pool_id);
    volume->blocks_by_pool.erase(pool_id);
    Status removed = co_await env_.disk_pool.Run([&] { return volume->RemovePool(pool_id); });
    if (!removed.ok()) co_return removed;
  }
  co_return Status::Ok();
}

BlockStore::Pool* BlockStore::FindPool(const std::string& pool_id) {
  auto found = pools_.find(pool_id);
  return found == pools_.end() ? nullptr : &found->second;
}

// ---- volumes ----

Result<Volume*> BlockStore::ChooseVolume(const Placement& placement) {
  Volume* best = nullptr;
  uint64_t most = 0;
  bool any_of_type = false;
  for (size_t i = 0; i < volumes_.size(); ++i) {
    size_t index = (next_volume_ + i) % volumes_.size();
    Volume& volume = *volumes_[index];
    if (volume.failed || volume.location().type != placement.type) continue;
    any_of_type = true;
    uint64_t free = volume.remaining();
    if (free >= most) most = free;
    if (free < placement.bytes_expected) continue;
    if (volume.storage_uuid() == placement.storage_uuid && !placement.storage_uuid.empty() && volumes_.size() > 1) {
      return &volume;
    }
    if (best == nullptr || (options_.prefer_available_space && free > best->remaining())) best = &volume;
  }
  if (best == nullptr && !any_of_type) {
    return Status(Code::kNoSpace, "No volume of type " + std::string(NameOf(placement.type)));
  }
  if (best == nullptr) {
    return Status(Code::kNoSpace, "Out of space: The volume with the most available space (=" + std::to_string(most) +
                                      " B) is less than the block size (=" + std::to_string(placement.bytes_expected) + " B).");
  }
  for (size_t i = 0; i < volumes_.size(); ++i) {
    if (volumes_[i].get() == best) next_volume_ = (i + 1) % volumes_.size();
  }
  return best;
}

Task<void> BlockStore::RefreshSpace() {
  for (auto& volume : volumes_) {
    if (volume->failed) continue;
    auto space = co_await env_.disk_pool.Run([&] { return volume->Space(); });
    if (space.ok()) {
      volume->space = *space;
    } else {
      co_await CheckVolume(*volume, space.status());
    }
  }
}

Task<void> BlockStore::CheckVolume(Volume& volume, Status why) {
  if (volume.failed) co_return;
  Status probed = co_await env_.disk_pool.Run([&] { return volume.Probe(); });
  if (!probed.ok() || why.error_number() == EIO || why.error_number() == EROFS) {
    DropVolume(volume, probed.ok() ? why : probed);
  }
}

Task<void> BlockStore::HandleFailure(Volume* volume, Status status) {
  int number = status.error_number();
  if (number != 0 && number != ENOSPC && number != ENOENT) co_await CheckVolume(*volume, std::move(status));
}

void BlockStore::DropVolume(Volume& volume, const Status& why) {
  if (volume.failed) return;
  volume.failed = true;
  LogWarn(kModule, "volume {} is dropped: {}", volume.location().path, why.ToString());
  failures_.locations.push_back(volume.location().ToString());
  failures_.last_wall_ms = env_.clock.WallMillis();
  failures_.capacity_lost += volume.capacity();
  for (auto& [pool_id, pool] : pools_) {
    std::erase_if(pool.replicas, [&](const auto& entry) {
      if (entry.second->volume != &volume) return false;
      if (entry.second->writer != nullptr && entry.second->writer->stop) entry.second->writer->stop();
      if (entry.second->home() != ReplicaState::kTemporary) pool.lost_with_volumes.insert(entry.first);
      return true;
    });
  }
  volume.used_by_pool.clear();
  volume.blocks_by_pool.clear();
  if (observer_ != nullptr) observer_->OnVolumeFailed(volume, why);
}

void BlockStore::SetUsed(const std::string& pool_id, Replica& replica, uint64_t bytes_before, uint64_t bytes_now) {
  if (replica.volume->failed) return;
  uint64_t& used = replica.volume->used_by_pool[pool_id];
  used = used + bytes_now - std::min(used + bytes_now, bytes_before);
  if (bytes_now > bytes_before) {
    uint64_t released = std::min(replica.bytes_reserved, bytes_now - bytes_before);
    replica.bytes_reserved -= released;
    replica.volume->reserved_for_rbw -= released;
  }
}

void BlockStore::Unreserve(Replica& replica) {
  replica.volume->reserved_for_rbw -= std::min(replica.volume->reserved_for_rbw, replica.bytes_reserved);
  replica.bytes_reserved = 0;
}

// ---- the life of a replica ----

ReplicaPtr BlockStore::Find(const std::string& pool_id, int64_t block_id) const {
  auto pool = pools_.find(pool_id);
  if (pool == pools_.end()) return nullptr;
  auto found = pool->second.replicas.find(block_id);
  return found == pool->second.replicas.end() ? nullptr : found->second;
}

Status BlockStore::WhyMissing(const ExtendedBlock& block) const {
  auto pool = pools_.find(block.pool_id);
  if (pool != pools_.end() && pool->second.lost_with_volumes.contains(block.block.id)) {
    return Status(Code::kIOError, "the volume with the replica of " + block.ToString() + " has failed");
  }
  return Status(Code::kReplicaNotFound, "Replica not found for " + block.ToString());
}

std::vector<ReplicaPtr> BlockStore::ReplicasOn(const std::string& pool_id, const Volume& volume) const {
  std::vector<ReplicaPtr> out;
  auto pool = pools_.find(pool_id);
  if (pool == pools_.end()) return out;
  for (const auto& [id, replica] : pool->second.replicas) {
    if (replica->volume == &volume && replica->home() != ReplicaState::kTemporary) out.push_back(replica);
  }
  return out;
}

void BlockStore::TakeHold(OpenReplica& open) {
  open.hold = std::make_shared<WriterHold>(env_.loop);
  open.replica->writer = open.hold;
}

void BlockStore::ReleaseHold(OpenReplica& open) {
  if (open.hold == nullptr) return;
  if (open.replica->writer == open.hold) open.replica->writer.reset();
  open.hold->stop = nullptr;
  open.hold->ended.Set();
  open.hold.reset();
}

Task<Result<OpenReplica>> BlockStore::CreateRbw(ExtendedBlock block, Placement placement, DataChecksum checksum) {
  co_return co_await CreateReplica(std::move(block), std::move(placement), checksum, ReplicaState::kRbw);
}

Task<Result<OpenReplica>> BlockStore::CreateTemporary(ExtendedBlock block, Placement placement, DataChecksum checksum) {
  co_return co_await CreateReplica(std::move(block), std::move(placement), checksum, ReplicaState::kTemporary);
}

Task<Result<OpenReplica>> BlockStore::CreateReplica(ExtendedBlock block, Placement placement, DataChecksum checksum,
                                                    ReplicaState state) {
  if (!HasPool(block.pool_id)) co_return UnknownPool(block.pool_id);
  ReplicaPtr existing = Find(block.pool_id, block.block.id);
  if (existing != nullptr && existing->block.generation_stamp >= block.block.generation_stamp) {
    co_return Status(Code::kReplicaAlreadyExists, "Block " + block.ToString() + " already exists in state " +
                                                      std::to_string(static_cast<int>(existing->state)) +
                                                      " and thus cannot be created.");
  }
  if (existing != nullptr) {  // a stale one: make room
    auto locked = co_await LockQuiet({block.pool_id, existing->block});
    if (locked.ok()) {
      if (Pool* pool = FindPool(block.pool_id)) pool->replicas.erase(block.block.id);
      co_await DeleteFiles(block.pool_id, locked->replica);
    }
  }
  BlockLocks::Guard guard = co_await locks_.Lock(block.block.id);
  if (Find(block.pool_id, block.block.id) != nullptr || !HasPool(block.pool_id)) {
    co_return Status(Code::kReplicaAlreadyExists, "Block " + block.ToString() + " is being created already");
  }
  CO_ASSIGN_OR_RETURN(Volume* volume, ChooseVolume(placement));
  Block fresh{block.block.id, block.block.generation_stamp, 0};
  auto writer = co_await env_.disk_pool.Run(
      [&] { return ReplicaWriter::Create(*volume, block.pool_id, fresh, state, checksum); });
  if (!writer.ok()) {
    co_await HandleFailure(volume, writer.status());
    co_return std::move(writer).status();
  }
  OpenReplica open;
  open.replica = std::make_shared<Replica>();
  open.replica->block = fresh;
  open.replica->state = state;
  open.replica->volume = volume;
  open.replica->bytes_reserved = placement.bytes_expected;
  volume->reserved_for_rbw += placement.bytes_expected;
  open.writer = std::move(writer).value();
  TakeHold(open);
  Pool* pool = FindPool(block.pool_id);
  if (pool == nullptr) co_return UnknownPool(block.pool_id);
  pool->replicas[fresh.id] = open.replica;
  ++volume->blocks_by_pool[block.pool_id];
  SetUsed(block.pool_id, *open.replica, 0, FileBytes(0));
  if (observer_ != nullptr && state == ReplicaState::kRbw) {
    observer_->OnBlock(block.pool_id, fresh, *volume, BlockEvent::kReceiving, "");
  }
  co_return open;
}

void BlockStore::Wrote(const std::string& pool_id, OpenReplica& open) {
  Replica& replica = *open.replica;
  SetUsed(pool_id, replica, FileBytes(replica.block.length), FileBytes(open.writer->length()));
  replica.block.length = open.writer->length();
  replica.partial_chunk = open.writer->partial_chunk();
}

Task<Status> BlockStore::MoveReplica(const std::string& pool_id, Replica& replica, ReplicaState to, uint64_t new_stamp,
                                     bool sync) {
  Status moved = co_await env_.disk_pool.Run(
      [&] { return replica.volume->Move(pool_id, replica.block, replica.home(), to, new_stamp, sync); });
  if (!moved.ok()) {
    co_await HandleFailure(replica.volume, moved);
    co_return moved;
  }
  replica.block.generation_stamp = new_stamp;
  replica.state = to;
  co_return Status::Ok();
}

Task<Status> BlockStore::Finalize(std::string pool_id, OpenReplica& open, bool sync, std::string delete_hint) {
  BlockLocks::Guard guard = co_await locks_.Lock(open.replica->block.id);
  Replica& replica = *open.replica;
  sync = sync || options_.sync_on_close;
  if (Find(pool_id, replica.block.id) != open.replica) co_return WhyMissing({pool_id, replica.block});
  if (sync) {
    Status synced = co_await env_.disk_pool.Run([&] { return open.writer->Sync(false); });  // its names change now
    if (!synced.ok()) {
      co_await HandleFailure(replica.volume, synced);
      co_return synced;
    }
  }
  Wrote(pool_id, open);
  open.writer.reset();
  CO_RETURN_IF_ERROR(co_await MoveReplica(pool_id, replica, ReplicaState::kFinalized, replica.block.generation_stamp, sync));
  replica.bytes_acked = replica.block.length;
  Unreserve(replica);
  ReleaseHold(open);
  if (observer_ != nullptr) {
    observer_->OnBlock(pool_id, replica.block, *replica.volume, BlockEvent::kReceived, delete_hint);
  }
  co_return Status::Ok();
}

Task<Status> BlockStore::ConvertToRbw(std::string pool_id, OpenReplica& open) {
  BlockLocks::Guard guard = co_await locks_.Lock(open.replica->block.id);
  Wrote(pool_id, open);
  open.writer.reset();
  Replica& replica = *open.replica;
  CO_RETURN_IF_ERROR(co_await MoveReplica(pool_id, replica, ReplicaState::kRbw, replica.block.generation_stamp, false));
  replica.bytes_acked = replica.block.length;
  ReleaseHold(open);
  co_return Status::Ok();
}

Task<void> BlockStore::Abandon(std::string pool_id, OpenReplica& open) {
  if (open.replica == nullptr) co_return;
  ReplicaPtr replica = open.replica;
  open.writer.reset();
  Unreserve(*replica);
  if (replica->state == ReplicaState::kTemporary && Find(pool_id, replica->block.id) == replica) {
    FindPool(pool_id)->replicas.erase(replica->block.id);
    co_await DeleteFiles(pool_id, replica);
  }
  ReleaseHold(open);
  open.replica.reset();
}

void BlockStore::StopWriters() {
  std::vector<std::shared_ptr<WriterHold>> holds;
  for (const auto& [pool_id, pool] : pools_) {
    for (const auto& [id, replica] : pool.replicas) {
      if (replica->writer != nullptr) holds.push_back(replica->writer);
    }
  }
  for (const auto& hold : holds) {
    if (hold->stop) hold->stop();
  }
}

Task<void> BlockStore::RemoveFiles(std::string pool_id, ReplicaPtr replica) {
  Status removed =
      co_await env_.disk_pool.Run([&] { return replica->volume->Remove(pool_id, replica->block, replica->home()); });
  if (!removed.ok()) {
    LogWarn(kModule, "cannot delete {}: {}", replica->block.ToString(), removed.ToString());
    co_await HandleFailure(replica->volume, removed);
  }
}

Task<void> BlockStore::DeleteFiles(std::string pool_id, ReplicaPtr replica) {
  co_await RemoveFiles(pool_id, replica);
  Unreserve(*replica);
  SetUsed(pool_id, *replica, FileBytes(replica->block.length), 0);
  if (!replica->volume->failed) {
    uint64_t& count = replica->volume->blocks_by_pool[pool_id];
    count -= std::min<uint64_t>(count, 1);
  }
}

Status BlockStore::Invalidate(const std::string& pool_id, const std::vector<Block>& blocks) {
  Status first_error;
  for (const Block& block : blocks) {
    ReplicaPtr replica = Find(pool_id, block.id);
    if (replica == nullptr) {
      if (Pool* pool = FindPool(pool_id)) pool->lost_with_volumes.erase(block.id);
      continue;
    }
    if (replica->block.generation_stamp != block.generation_stamp) {
      first_error = Status(Code::kIOError, "Failed to delete replica " + block.ToString() +
                                               ": GenerationStamp not matched, existing replica is " + replica->block.ToString());
      continue;
    }
    deletions_.emplace_back(pool_id, replica);
  }
  if (!deletions_.empty() && !deleting_) {
    deleting_ = true;
    background_.Spawn(WorkOffDeletions());
  }
  return first_error;
}

Task<void> BlockStore::WorkOffDeletions() {
  while (!deletions_.empty() && !background_.cancelled()) {
    auto [pool_id, replica] = std::move(deletions_.front());
    deletions_.pop_front();
    auto locked = co_await LockQuiet({pool_id, replica->block});
    if (!locked.ok() || locked->replica != replica) continue;
    if (Pool* pool = FindPool(pool_id)) pool->replicas.erase(replica->block.id);
    co_await DeleteFiles(pool_id, replica);
    if (observer_ != nullptr) observer_->OnBlock(pool_id, replica->block, *replica->volume, BlockEvent::kDeleted, "");
  }
  deleting_ = false;
}

// ---- reading ----

Task<Result<ReplicaReader>> BlockStore::OpenForRead(ExtendedBlock block) {
  BlockLocks::Guard guard = co_await locks_.Lock(block.block.id);
  ReplicaPtr replica = Find(block.pool_id, block.block.id);
  if (replica == nullptr) co_return WhyMissing(block);
  if (replica->block.generation_stamp < block.block.generation_stamp) {
    co_return Status(Code::kIOError, "Replica gen stamp < block genstamp, block=" + block.ToString() +
                                         ", replica=" + replica->block.ToString());
  }
  if (replica->home() == ReplicaState::kTemporary) {
    co_return Status(Code::kIOError, "Replica is not readable, block=" + block.ToString());
  }
  ReplicaReader reader;
  reader.generation_stamp = replica->block.generation_stamp;
  reader.length = replica->block.length;
  reader.visible_length = replica->visible_length();
  reader.partial = replica->partial_chunk;
  bool in_the_making = replica->home() == ReplicaState::kRbw;
  Volume& volume = *replica->volume;
  Status opened = co_await env_.disk_pool.Run([&]() -> Status {
    ASSIGN_OR_RETURN(reader.data, volume.disk().Open(volume.DataPath(block.pool_id, replica->home(), block.block.id), OpenMode::kRead));
    ASSIGN_OR_RETURN(reader.meta, volume.disk().Open(volume.MetaPath(block.pool_id, replica->home(), replica->block), OpenMode::kRead));
    uint8_t head[kMetaHeaderBytes];
    ASSIGN_OR_RETURN(size_t head_bytes, reader.meta->ReadAt(0, head));
    ASSIGN_OR_RETURN(reader.checksum, DecodeMetaHeader({head, head_bytes}));
    uint32_t chunk = reader.checksum.bytes_per_checksum;
    if (in_the_making && reader.partial.end == reader.length) return Status::Ok();
    reader.partial = {};
    if (reader.length % chunk == 0 || reader.checksum.type == ChecksumType::kNull) return Status::Ok();
    // An append could rewrite this CRC while it is being read: keep the one that fits the length.
    uint8_t sum[kChecksumBytes];
    ASSIGN_OR_RETURN(size_t count, reader.meta->ReadAt(kMetaHeaderBytes + reader.length / chunk * kChecksumBytes, sum));
    if (count != sizeof(sum)) return Status(Code::kCorruption, "the meta file of " + block.ToString() + " is too short");
    reader.partial = {reader.length, LoadBigEndian<uint32_t>(sum)};
    return Status::Ok();
  });
  if (!opened.ok()) {
    co_await HandleFailure(&volume, opened);
    co_return opened;
  }
  co_return reader;
}

}  // namespace tusk::dfs::datanode
