// The blocks of a file being written: addBlock, abandonBlock, complete, fsync and the pipeline's changes.
#include <algorithm>

#include "dfs/namenode/namespace/file_ops.h"

namespace tusk::dfs {
namespace {

bool SameBlock(const BlockSpec& a, const BlockSpec& b) { return a.id == b.id && a.stamp == b.stamp; }
bool SameBlock(const std::optional<BlockSpec>& a, const BlockSpec* b) {
  if (!a || b == nullptr) return !a && b == nullptr;
  return SameBlock(*a, *b);
}

const BlockSpec* FromEnd(const Inode& file, size_t back) {
  return file.blocks.size() < back ? nullptr : &file.blocks[file.blocks.size() - back];
}

bool IsComplete(Namesystem& ns, const BlockSpec& block) {
  return ns.blocks().Contains(block.id) && ns.blocks().StateOf(block.id) == BlockState::kComplete;
}

// The last block but one must have its replicas before anything follows the last one.
bool PenultimateComplete(Namesystem& ns, const Inode& file) {
  const BlockSpec* penultimate = FromEnd(file, 2);
  return penultimate == nullptr || IsComplete(ns, *penultimate);
}

// The last block gets the length that its writer says. Complete: true.
Result<bool> CommitLast(Namesystem& ns, const Call& call, const Inode& file, const BlockSpec& last) {
  if (file.blocks.empty() || file.last_block_complete) return true;
  const BlockSpec& stored = file.blocks.back();
  if (stored.id != last.id) {
    return Status(Code::kIOError, "Trying to commit inconsistent block: id = " + std::to_string(last.id) +
                                      ", expected id = " + std::to_string(stored.id));
  }
  return ns.blocks().Commit(last, call.now);
}

// What `previous` means for a new block: nothing, if it follows; the last block again, if this is a repetition.
Result<bool> IsRepetition(Namesystem& ns, const Inode& file, const AddBlockRequest& request) {
  const BlockSpec* last = FromEnd(file, 1);
  if (SameBlock(request.previous, last)) return false;
  bool last_full = last != nullptr && last->length >= file.block_size && IsComplete(ns, *last);
  if (!request.previous && last_full) return false;  // append went on behind a full block
  if (last != nullptr && SameBlock(request.previous, FromEnd(file, 2))) {
    if (last->length != 0 || file.last_block_complete) {
      return Status(Code::kIOError, "Request looked like a retry to allocate block " + BlockName(*last) +
                                        " but it already contains " + std::to_string(last->length) + " bytes");
    }
    return true;
  }
  return Status(Code::kIOError, "Cannot allocate block in " + request.path + ": passed 'previous' block " +
                                    (request.previous ? ns.identity().block_pool_id + ":" + BlockName(*request.previous) : "null") +
                                    " does not match actual last block in file " + (last != nullptr ? BlockName(*last) : "null"));
}

}  // namespace

Result<AllocatedBlock> AddBlock(Namesystem& ns, const Call& call, const AddBlockRequest& request, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("add block to " + request.path, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.ResolveOpenFile(call, request.path, request.file_id, PathUse::kRead));
  ASSIGN_OR_RETURN(InodeRef file, CheckLease(ns, path, request.file_id, request.client_name));
  ASSIGN_OR_RETURN(bool repetition, IsRepetition(ns, *file, request));
  if (repetition) {
    const BlockSpec& last = file->blocks.back();
    return AllocatedBlock{last, file->Length(), ns.blocks().ExpectedLocations(last.id)};
  }
  if (!PenultimateComplete(ns, *file)) return Status(Code::kNotReplicatedYet, "Not replicated yet: " + path.Path());
  if (file->blocks.size() >= static_cast<size_t>(ns.limits().blocks_per_file_max)) {
    return Status(Code::kIOError,
                  "File has reached the limit on maximum number of blocks (dfs.namenode.fs-limits.max-blocks-per-file): " +
                      std::to_string(file->blocks.size()) + " >= " + std::to_string(ns.limits().blocks_per_file_max));
  }
  RETURN_IF_ERROR(ns.CheckQuotaOfFile(file, file->block_size, 0, file->replication));
  TargetRequest wanted;
  wanted.path = path.Path();
  wanted.replication = file->replication;
  wanted.block_size = file->block_size;
  wanted.writer = file->client_machine;
  wanted.avoid_local = request.avoid_local;
  wanted.ignore_locality = request.ignore_locality;
  wanted.excluded = request.excluded;
  wanted.favored = request.favored;
  ASSIGN_OR_RETURN(std::vector<StorageIndex> targets, ns.blocks().ChooseTargets(wanted, call.now));
  if (request.previous && !file->blocks.empty()) RETURN_IF_ERROR(CommitLast(ns, call, *file, *request.previous));

  Inode& changed = edit.Change(file);
  if (request.previous && !changed.blocks.empty()) changed.blocks.back() = *request.previous;
  AllocatedBlock allocated{BlockSpec{edit.NewBlockId(), edit.NewStamp(), 0}, changed.Length(), std::move(targets)};
  changed.blocks.push_back(allocated.block);
  changed.last_block_complete = false;
  ns.blocks().SetNextStamp(allocated.block.stamp + 1);
  ns.blocks().AddUnderConstruction(allocated.block, file->id, file->replication, allocated.targets);
  return allocated;
}

Status AbandonBlock(Namesystem& ns, const Call& call, const std::string& path_text, InodeId file_id,
                    const std::string& client_name, const BlockSpec& block, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("abandon block " + BlockName(block) + " for file " + path_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.ResolveOpenFile(call, path_text, file_id, PathUse::kRead));
  ASSIGN_OR_RETURN(InodeRef file, CheckLease(ns, path, file_id, client_name));
  if (file->blocks.empty() || file->blocks.back().id != block.id || file->last_block_complete) return Status::Ok();
  Inode& changed = edit.Change(file);
  changed.blocks.pop_back();
  changed.last_block_complete = changed.blocks.empty() || IsComplete(ns, changed.blocks.back());
  return Status::Ok();
}

Result<bool> Complete(Namesystem& ns, const Call& call, const std::string& path_text, InodeId file_id,
                      const std::string& client_name, std::optional<BlockSpec> last, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("complete file " + path_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.ResolveOpenFile(call, path_text, file_id, PathUse::kRead));
  Result<InodeRef> leased = CheckLease(ns, path, file_id, client_name);
  if (!leased.ok()) {
    // Perhaps the answer to the first complete got lost: the file is closed and ends as this client says.
    InodeRef closed = path.target();
    bool repeated = leased.code() == Code::kLeaseExpired && closed != nullptr && closed->is_file() &&
                    !closed->under_construction && SameBlock(last, FromEnd(*closed, 1));
    if (repeated) return true;
    return std::move(leased).status();
  }
  InodeRef file = *leased;
  if (!PenultimateComplete(ns, *file)) return false;
  if (last && !file->blocks.empty()) RETURN_IF_ERROR(CommitLast(ns, call, *file, *last));
  for (const BlockSpec& block : file->blocks) {
    if (!IsComplete(ns, block)) return false;
  }
  Inode& closed = edit.Change(file);
  if (last && !closed.blocks.empty() && !closed.last_block_complete) closed.blocks.back() = *last;
  closed.last_block_complete = true;
  closed.under_construction = false;
  closed.client_name.clear();
  closed.client_machine.clear();
  closed.mtime_ms = call.now_ms;
  return true;
}

Status Fsync(Namesystem& ns, const Call& call, const std::string& path_text, InodeId file_id,
             const std::string& client_name, int64_t last_block_length, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("fsync file " + path_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.ResolveOpenFile(call, path_text, file_id, PathUse::kRead));
  ASSIGN_OR_RETURN(InodeRef file, CheckLease(ns, path, file_id, client_name));
  // The block list itself was logged by addBlock.
  if (last_block_length <= 0 || file->blocks.empty() || file->last_block_complete) return Status::Ok();
  if (file->blocks.back().length == last_block_length) return Status::Ok();
  edit.Change(file).blocks.back().length = last_block_length;
  return Status::Ok();
}

namespace {

// The open file whose last block, under construction, is `block`.
Result<InodeRef> CheckPipelineBlock(Namesystem& ns, const BlockSpec& block, const std::string& client_name) {
  std::string name = ns.identity().block_pool_id + ":" + BlockName(block);
  if (!ns.blocks().Contains(block.id)) return Status(Code::kIOError, name + " does not exist.");
  BlockState state = ns.blocks().StateOf(block.id);
  if (state != BlockState::kUnderConstruction) {
    std::string_view word = state == BlockState::kComplete     ? "COMPLETE"
                            : state == BlockState::kCommitted ? "COMMITTED"
                                                              : "UNDER_RECOVERY";
    return Status(Code::kIOError, name + " is " + std::string(word) + " but not UNDER_CONSTRUCTION");
  }
  ASSIGN_OR_RETURN(InodeRef file, ns.tree().ById(ns.blocks().InodeOf(block.id)));
  bool open = file != nullptr && file->under_construction && !file->blocks.empty() && file->blocks.back().id == block.id;
  if (open) {
    ASSIGN_OR_RETURN(std::vector<InodeRef> chain, ns.tree().ChainOf(file));
    open = !chain.empty();
  }
  if (!open) {
    return Status(Code::kIOError, "The file " + BlockName(block) +
                                      " belonged to does not exist or it is not under construction.");
  }
  if (file->client_name != client_name) {
    return Status(Code::kLeaseExpired, "Lease mismatch: " + name + " is accessed by a non lease holder " + client_name);
  }
  return file;
}

}  // namespace

Result<BlockSpec> UpdateBlockForPipeline(Namesystem& ns, const Call& call, const BlockSpec& block,
                                         const std::string& client_name, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("get a new generation stamp and an access token for block " +
                                          ns.identity().block_pool_id + ":" + BlockName(block), call.now));
  RETURN_IF_ERROR(CheckPipelineBlock(ns, block, client_name));
  BlockSpec renewed = block;
  renewed.stamp = edit.NewStamp();
  ns.blocks().SetNextStamp(renewed.stamp + 1);
  return renewed;
}

Status UpdatePipeline(Namesystem& ns, const Call& call, const std::string& client_name, const BlockSpec& old_block,
                      const BlockSpec& new_block, const std::vector<StorageIndex>& targets, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("update pipeline", call.now));
  ASSIGN_OR_RETURN(InodeRef file, CheckPipelineBlock(ns, old_block, client_name));
  const BlockSpec last = file->blocks.back();
  std::string pool = ns.identity().block_pool_id + ":";
  if (new_block.id != last.id || new_block.stamp <= last.stamp) {
    return Status(Code::kIOError, "Update " + pool + BlockName(old_block) + " but the new block " + pool +
                                      BlockName(new_block) +
                                      " does not have a larger generation stamp than the last block " + BlockName(last));
  }
  if (new_block.length < last.length) {
    return Status(Code::kIOError, "Update " + pool + BlockName(old_block) + " (size=" + std::to_string(last.length) +
                                      ") to a smaller size block " + pool + BlockName(new_block) +
                                      " (size=" + std::to_string(new_block.length) + ")");
  }
  RETURN_IF_ERROR(ns.blocks().UpdatePipeline(last.id, new_block.stamp, new_block.length, targets));
  edit.Change(file).blocks.back() = new_block;
  return Status::Ok();
}

}  // namespace tusk::dfs
