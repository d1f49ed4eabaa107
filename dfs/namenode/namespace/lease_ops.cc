// Lease and block recovery, as far as the namespace decides it.
#include "dfs/namenode/namespace/lease_ops.h"

#include "dfs/namenode/namespace/file_ops.h"

namespace tusk::dfs {
namespace {

// Who holds a file that is being recovered, so that its late writer is refused.
constexpr std::string_view kRecoveryHolder = "HDFS_NameNode";

void CloseFile(const Call& call, Inode& file) {
  file.last_block_complete = true;
  file.under_construction = false;
  file.truncating = false;
  file.client_name.clear();
  file.client_machine.clear();
  file.mtime_ms = call.now_ms;
}

Status StartBlockRecovery(Namesystem& ns, const Call& call, const InodeRef& file, Edit& edit) {
  const BlockSpec last = file->blocks.back();
  int64_t stamp = edit.NewStamp();
  ns.blocks().SetNextStamp(stamp + 1);
  Status started = ns.blocks().StartRecovery(last.id, stamp, file->truncating ? last.length : -1, call.now);
  Inode& changed = edit.Change(file);
  changed.client_name = kRecoveryHolder;
  return started;
}

}  // namespace

Result<bool> ReleaseLease(Namesystem& ns, const Call& call, const InodeRef& file, Edit& edit) {
  BlockManager& blocks = ns.blocks();
  size_t open = 0;  // blocks at the end that are not complete
  for (auto block = file->blocks.rbegin(); block != file->blocks.rend(); ++block) {
    if (!blocks.Contains(block->id) || blocks.StateOf(block->id) == BlockState::kComplete) break;
    ++open;
  }
  if (open == 0) {
    CloseFile(call, edit.Change(file));
    return true;
  }
  const BlockSpec last = file->blocks.back();
  BlockState state = blocks.StateOf(last.id);
  bool penultimate_ready = true;
  if (open > 1) {
    penultimate_ready = open == 2 && blocks.IsMinimallyReplicated(file->blocks[file->blocks.size() - 2].id);
  }
  if (state == BlockState::kCommitted) {
    if (penultimate_ready && blocks.IsMinimallyReplicated(last.id)) {
      Inode& closed = edit.Change(file);
      closed.blocks.back() = blocks.SpecOf(last.id);
      CloseFile(call, closed);
      return true;
    }
    return Status(Code::kAlreadyBeingCreated,
                  "DIR* NameSystem.internalReleaseLease: Committed blocks are waiting to be minimally replicated.");
  }
  // No datanode knows the block and it holds nothing: there is nothing to recover. But what was flushed into it is not
  // in its length, and after a restart the datanodes that hold it may not have come yet (Hadoop does not wait for them).
  bool known = !blocks.ExpectedLocations(last.id).empty() || blocks.IsMinimallyReplicated(last.id);
  if (!known && last.length == 0 && ns.ReplicasMayBeUnreported(call.now)) return false;
  if (!known && last.length == 0) {
    Inode& closed = edit.Change(file);
    closed.blocks.pop_back();
    CloseFile(call, closed);
    return true;
  }
  if (blocks.RecoveryUnderWay(last.id, call.now)) return false;
  [[maybe_unused]] Status started = StartBlockRecovery(ns, call, file, edit);  // tried again while no replica is known
  return false;
}

Result<bool> RecoverLease(Namesystem& ns, const Call& call, const std::string& path_text, const std::string& holder,
                          const std::string& machine, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("recover the lease of " + path_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  InodeRef file = path.target();
  if (file == nullptr) return Status(Code::kFileNotFound, "File does not exist: " + path_text);
  if (!file->is_file()) return Status(Code::kFileNotFound, "Path is not a file: " + path_text);
  if (!file->under_construction) return true;
  RETURN_IF_ERROR(ns.CheckTarget(call, path, kWriteAccess));
  bool closed = false;
  RETURN_IF_ERROR(TakeOverLease(ns, call, path, "RECOVER_LEASE", holder, machine, true, closed, edit));
  return closed;
}

std::vector<InodeId> ExpiredLeases(Namesystem& ns, TimePoint now, size_t count_max) {
  return ns.leases().TakeExpired(now, count_max);
}

namespace {

Status CheckRecovery(Namesystem& ns, const RecoveredBlock& recovered, const InodeRef& file) {
  std::string name = BlockName(recovered.old_block);
  bool last = file != nullptr && file->under_construction && !file->blocks.empty() &&
              file->blocks.back().id == recovered.old_block.id;
  if (!last) return Status(Code::kIOError, "Failed to finalize INodeFile: block " + name + " is not under construction");
  int64_t expected = ns.blocks().RecoveryStampOf(recovered.old_block.id);
  if (expected != recovered.new_stamp) {
    return Status(Code::kIOError, "The recovery id " + std::to_string(recovered.new_stamp) +
                                      " does not match current recovery id " + std::to_string(expected) + " for block " + name);
  }
  return Status::Ok();
}

}  // namespace

Status CommitBlockSynchronization(Namesystem& ns, const Call& call, const RecoveredBlock& recovered, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("commitBlockSynchronization while in safe mode", call.now));
  int64_t id = recovered.old_block.id;
  if (!ns.blocks().Contains(id)) {
    if (recovered.delete_block) return Status::Ok();  // it had been removed before
    return Status(Code::kIOError, "Block (=" + BlockName(recovered.old_block) + ") not found");
  }
  ASSIGN_OR_RETURN(InodeRef file, ns.tree().ById(ns.blocks().InodeOf(id)));
  if (file != nullptr && !file->under_construction) return Status::Ok();  // a repetition
  RETURN_IF_ERROR(CheckRecovery(ns, recovered, file));
  BlockSpec final{id, recovered.new_stamp, recovered.new_length};
  if (recovered.close_file && !recovered.delete_block) {
    ns.blocks().CompleteRecovered(final, recovered.targets, call.now);
  } else if (!recovered.delete_block) {
    RETURN_IF_ERROR(ns.blocks().UpdatePipeline(id, final.stamp, final.length, recovered.targets));
  }
  Inode& changed = edit.Change(file);
  if (recovered.delete_block) {
    changed.blocks.pop_back();
  } else {
    changed.blocks.back() = final;
  }
  if (recovered.close_file) CloseFile(call, changed);
  return Status::Ok();
}

}  // namespace tusk::dfs
