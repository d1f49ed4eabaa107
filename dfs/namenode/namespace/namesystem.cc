// State, start and commit.
#include "dfs/namenode/namespace/namesystem.h"

#include <algorithm>

#include "base/core/check.h"
#include "dfs/namenode/namespace/keys.h"

namespace tusk::dfs {

Namesystem::Namesystem(RecordStore& store, BlockManager& blocks, NamesystemLimits limits, LeaseLimits lease_limits,
                       NamesystemIdentity identity)
    : store_(store),
      blocks_(blocks),
      limits_(limits),
      identity_(std::move(identity)),
      tree_(store, limits.cached_inodes_max),
      lease_limits_(lease_limits), leases_(lease_limits) {}

void Namesystem::Replay(EditRecord record, int64_t now_wall_ms) {
  if (!record.client_id.empty() && record.wall_ms + answers_.kept_ms() > now_wall_ms) {
    answers_.Add({record.client_id, record.call_id}, {record.txid, std::move(record.response)}, record.wall_ms);
  }
  if (record.txid <= last_txid_) return;
  TUSK_CHECK(record.txid == last_txid_ + 1) << "replay of " << record.txid << " after " << last_txid_;
  last_txid_ = record.txid;
  store_.Apply(std::make_shared<ChangeSet>(ChangeSet{record.txid, std::move(record.changes)}));
}

void Namesystem::CommitStart(uint64_t epoch, int64_t now_wall_ms) {
  EditRecord record;
  record.txid = ++last_txid_;
  record.wall_ms = now_wall_ms;
  record.operation = "start of epoch " + std::to_string(epoch);
  if (pending_.count == 0) pending_.first_txid = record.txid;
  ++pending_.count;
  AppendEditRecord(pending_.payload, record, {});
  store_.Apply(std::make_shared<ChangeSet>(ChangeSet{record.txid, {}}));
}

Status Namesystem::Load(TimePoint now, int64_t now_wall_ms) {
  loaded_at_ = now;
  ASSIGN_OR_RETURN(auto record, store_.Get(kCountersKey));
  if (!record) return CreateRoot(now, now_wall_ms);
  ASSIGN_OR_RETURN(counters_, Counters::Decode(*record));
  std::vector<int64_t> open_blocks;
  RETURN_IF_ERROR(LoadOpenFiles(now, open_blocks));
  RETURN_IF_ERROR(LoadBlocks(open_blocks));
  RETURN_IF_ERROR(LoadQuotas());
  blocks_.SetNextStamp(counters_.last_stamp + 1);
  blocks_.FinishLoad(now);
  return Status::Ok();
}

Status Namesystem::CreateRoot(TimePoint now, int64_t now_wall_ms) {
  Inode root;
  root.id = kRootInodeId;
  root.mode = 0755;
  root.owner = identity_.process_user;
  root.group = identity_.supergroup;
  root.mtime_ms = now_wall_ms;
  root.namespace_quota = kNamespaceQuotaMax;
  Edit edit(counters_);
  edit.Add(std::move(root));
  Caller nobody;
  Commit(std::move(edit), {"format", {}, {}}, Call{nobody, now, now_wall_ms});
  blocks_.SetNextStamp(counters_.last_stamp + 1);
  blocks_.FinishLoad(now);
  return Status::Ok();
}

Status Namesystem::LoadOpenFiles(TimePoint now, std::vector<int64_t>& open_blocks) {
  std::vector<InodeId> open_files;
  RETURN_IF_ERROR(store_.Scan("u", "v", [&](std::string_view key, std::string_view) {
    open_files.push_back(IdOfKey(key));
    return true;
  }));
  for (InodeId id : open_files) {
    ASSIGN_OR_RETURN(InodeRef file, tree_.ById(id));
    if (file == nullptr || !file->under_construction) {
      return Status(Code::kCorruption, "inode " + std::to_string(id) + " is listed as open but is not");
    }
    leases_.Add(file->client_name, id, now);
    if (!file->last_block_complete && !file->blocks.empty()) open_blocks.push_back(file->blocks.back().id);
  }
  std::sort(open_blocks.begin(), open_blocks.end());
  return Status::Ok();
}

Status Namesystem::LoadBlocks(const std::vector<int64_t>& open_blocks) {
  Status damaged;
  RETURN_IF_ERROR(store_.Scan("b", "c", [&](std::string_view key, std::string_view value) {
    Result<BlockOwner> record = BlockOwner::Decode(value);
    if (!record.ok()) {
      damaged = record.status();
      return false;
    }
    int64_t id = BlockIdOfKey(key);
    bool open = std::binary_search(open_blocks.begin(), open_blocks.end(), id);
    blocks_.Load(KnownBlock{BlockSpec{id, record->stamp, record->length}, record->inode, record->replication,
                            open ? BlockState::kUnderConstruction : BlockState::kComplete});
    return true;
  }));
  return damaged;
}

Status Namesystem::RefuseInSafeMode(const std::string& operation, TimePoint now) const {
  if (!blocks_.safe_mode().on()) return Status::Ok();
  return blocks_.safe_mode().Refuse("Cannot " + operation, identity_.host_name, now);
}

void Namesystem::NoteBlockChanges(const Edit::Pair& pair, Deferred& deferred) {
  const Inode* before = pair.before.get();
  const Inode* after = pair.after.get();
  if (before == nullptr || !before->is_file()) return;
  size_t same = 0;
  if (after != nullptr) {
    while (same < before->blocks.size() && same < after->blocks.size() &&
           before->blocks[same].id == after->blocks[same].id) {
      ++same;
    }
    if (before->replication != after->replication) {
      for (const BlockSpec& block : after->blocks) deferred.replications.emplace_back(block.id, after->replication);
    }
  }
  for (size_t i = same; i < before->blocks.size(); ++i) deferred.removed_blocks.push_back(before->blocks[i].id);
}

void Namesystem::UpdateLease(const Edit::Pair& pair, TimePoint now) {
  bool was_open = pair.before != nullptr && pair.before->under_construction;
  bool is_open = pair.after != nullptr && pair.after->under_construction;
  if (was_open && (!is_open || pair.after->client_name != pair.before->client_name)) leases_.Remove(pair.before->id);
  if (is_open && (!was_open || pair.after->client_name != pair.before->client_name)) {
    leases_.Add(pair.after->client_name, pair.after->id, now);
  }
}

Txid Namesystem::Commit(Edit edit, CommitNote note, const Call& call) {
  if (edit.empty()) return 0;
  const std::vector<Usage> usages = SubtractUsages(edit);
  auto set = std::make_shared<ChangeSet>();
  set->changes = edit.TakeChanges();
  set->txid = ++last_txid_;
  counters_ = edit.counters();

  EditRecord record;
  record.txid = set->txid;
  record.wall_ms = call.now_ms;
  record.operation = note.operation;
  record.client_id = note.key.client_id;
  record.call_id = note.key.call_id;
  record.response = note.response;
  if (pending_.count == 0) pending_.first_txid = set->txid;
  ++pending_.count;
  AppendEditRecord(pending_.payload, record, set->changes);
  answers_.Add(note.key, {set->txid, std::move(note.response)}, call.now_ms);
  store_.Apply(std::move(set));

  Deferred deferred{last_txid_, {}, {}};
  for (const Edit::Pair& pair : edit.pairs()) {
    tree_.Committed(pair.before, nullptr);
    NoteBlockChanges(pair, deferred);
    UpdateLease(pair, call.now);
  }
  for (const Edit::Pair& pair : edit.pairs()) tree_.Committed(nullptr, pair.after);
  AddUsages(edit, usages);
  if (!deferred.removed_blocks.empty() || !deferred.replications.empty()) deferred_.push_back(std::move(deferred));
  return last_txid_;
}

RecordGroup Namesystem::TakePending() { return std::exchange(pending_, RecordGroup()); }

void Namesystem::Durable(Txid txid, TimePoint now) {
  while (!deferred_.empty() && deferred_.front().txid <= txid) {
    Deferred deferred = std::move(deferred_.front());
    deferred_.pop_front();
    for (int64_t id : deferred.removed_blocks) {
      // A block that another file took over (concat) stays.
      Result<std::optional<std::string>> record = store_.Get(BlockKey(id));
      if (!blocks_.Contains(id)) continue;
      if (!record.ok() || !record->has_value()) {
        blocks_.Remove(id);
      } else if (Result<BlockOwner> owner = BlockOwner::Decode(**record); owner.ok()) {
        blocks_.SetInode(id, owner->inode);
        if (blocks_.ReplicationOf(id) != owner->replication) blocks_.SetReplication(id, owner->replication, now);
      }
    }
    for (auto [id, replication] : deferred.replications) {
      if (blocks_.Contains(id)) blocks_.SetReplication(id, replication, now);
    }
  }
}

}  // namespace tusk::dfs
