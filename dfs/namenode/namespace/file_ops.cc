// create, append and the rule of one writer per file.
#include "dfs/namenode/namespace/file_ops.h"

#include "dfs/namenode/namespace/directory_ops.h"
#include "dfs/namenode/namespace/lease_ops.h"
#include "dfs/namenode/permission/acl.h"

namespace tusk::dfs {

std::string BlockName(const BlockSpec& block) {
  return "blk_" + std::to_string(block.id) + "_" + std::to_string(block.stamp);
}

Status CheckReplication(const Namesystem& ns, const std::string& path, uint32_t replication,
                        const std::string& client_machine) {
  const NamesystemLimits& limits = ns.limits();
  std::string what = path + (client_machine.empty() ? "" : ", clientName=" + client_machine);
  if (replication > static_cast<uint32_t>(limits.replication_max)) {
    return Status(Code::kIOError, "Requested replication factor of " + std::to_string(replication) +
                                      " exceeds maximum of " + std::to_string(limits.replication_max) + " for " + what);
  }
  if (replication < static_cast<uint32_t>(limits.replication_min)) {
    return Status(Code::kIOError, "Requested replication factor of " + std::to_string(replication) +
                                      " is less than the required minimum of " +
                                      std::to_string(limits.replication_min) + " for " + what);
  }
  return Status::Ok();
}

namespace {

// "/p (inode 0) [Lease.  Holder: c, pending creates: 6]"
std::string DescribeLease(const Namesystem& ns, const std::string& path, InodeId file_id, const std::string& holder) {
  size_t files = ns.leases().FileCountOf(holder);
  return path + " (inode " + std::to_string(file_id) + ") " +
         (files > 0 ? "[Lease.  Holder: " + holder + ", pending creates: " + std::to_string(files) + "]"
                    : "Holder " + holder + " does not have any open files.");
}

std::string Because(std::string_view operation, const std::string& path, const std::string& holder,
                    const std::string& machine, const std::string& reason) {
  return "Failed to " + std::string(operation) + " " + path + " for " + holder + " on " + machine + " because " + reason;
}

}  // namespace

Result<InodeRef> CheckLease(Namesystem& ns, const ResolvedPath& path, InodeId file_id, const std::string& holder) {
  InodeRef file = path.target();
  std::string name = path.Path();
  if (file == nullptr) {
    return Status(Code::kFileNotFound, "File does not exist: " + DescribeLease(ns, name, file_id, holder));
  }
  if (!file->is_file()) {
    return Status(Code::kLeaseExpired, "INode is not a regular file: " + DescribeLease(ns, name, file->id, holder));
  }
  if (!file->under_construction) {
    return Status(Code::kLeaseExpired, "File is not open for writing: " + DescribeLease(ns, name, file->id, holder));
  }
  if (!holder.empty() && file->client_name != holder) {
    return Status(Code::kLeaseExpired, "Client (=" + holder + ") is not the lease owner (=" + file->client_name + ": " +
                                           DescribeLease(ns, name, file->id, holder));
  }
  return file;
}

Status TakeOverLease(Namesystem& ns, const Call& call, const ResolvedPath& path, std::string_view operation,
                     const std::string& holder, const std::string& machine, bool force, bool& closed, Edit& edit) {
  InodeRef file = path.target();
  std::string name = path.Path();
  closed = true;
  if (!file->under_construction) return Status::Ok();
  if (!force && ns.leases().Holds(holder, file->id)) {
    return Status(Code::kAlreadyBeingCreated,
                  Because(operation, name, holder, machine, holder + " is already the current lease holder."));
  }
  if (force || ns.leases().SoftExpired(file->client_name, call.now)) {
    ASSIGN_OR_RETURN(closed, ReleaseLease(ns, call, file, edit));
    if (closed || force) return Status::Ok();
    return Status(Code::kRecoveryInProgress,
                  Because(operation, name, holder, machine, "lease recovery is in progress. Try again later."));
  }
  bool recovering = !file->last_block_complete && !file->blocks.empty() &&
                    ns.blocks().Contains(file->blocks.back().id) &&
                    ns.blocks().StateOf(file->blocks.back().id) == BlockState::kUnderRecovery;
  if (recovering) {
    return Status(Code::kRecoveryInProgress, Because(operation, name, holder, machine,
                                                     "another recovery is in progress by " + file->client_name + " on " +
                                                         file->client_machine));
  }
  return Status(Code::kAlreadyBeingCreated, Because(operation, name, holder, machine,
                                                    "this file lease is currently owned by " + file->client_name +
                                                        " on " + file->client_machine));
}

namespace {

Status CheckCreateTarget(Namesystem& ns, const Call& call, const CreateRequest& request, const ResolvedPath& path) {
  RETURN_IF_ERROR(ns.CheckAncestor(call, path, kWriteAccess));
  InodeRef target = path.target();
  if (target == nullptr) {
    if (!request.create_parent) RETURN_IF_ERROR(CheckParentExists(path));
    if ((request.flags & kFlagCreate) == 0) {
      return Status(Code::kFileNotFound, "Can't overwrite non-existent " + request.path);
    }
    return Status::Ok();
  }
  if (target->is_directory()) {
    return Status(Code::kFileAlreadyExists, path.Path() + " already exists as a directory");
  }
  if ((request.flags & kFlagOverwrite) != 0) return ns.CheckTarget(call, path, kWriteAccess);
  return Status::Ok();
}

// "/.reserved/x": nothing can be made there but through raw and inode paths.
bool IsReservedForCreate(std::string_view path) {
  if (path == "/.reserved") return true;
  return path.starts_with("/.reserved/") && !path.starts_with("/.reserved/raw") && !path.starts_with("/.reserved/.inodes");
}

// The policy that a new file gets of its own: the one asked for, or one that files keep from their creation.
Result<uint8_t> PolicyOfNewFile(const Namesystem& ns, const CreateRequest& request, const Inode& directory) {
  if (!request.storage_policy.empty()) {
    const StoragePolicy* policy = FindStoragePolicy(request.storage_policy);
    if (policy == nullptr) {
      return Status(Code::kHadoopIllegalArgument,
                    "Cannot find a block policy with the name " + request.storage_policy);
    }
    return policy->id;
  }
  if ((request.flags & kFlagLazyPersist) != 0) return kLazyPersistPolicy;
  const uint8_t inherited = ns.EffectivePolicy(directory);
  const StoragePolicy* policy = FindStoragePolicy(inherited);
  return policy != nullptr && policy->only_at_creation ? inherited : uint8_t{0};
}

Inode NewFile(Edit& edit, const Call& call, const CreateRequest& request, const Inode& parent, const std::string& name) {
  Inode file;
  file.id = edit.NewInodeId();
  file.parent = parent.id;
  file.name = name;
  file.type = InodeType::kFile;
  file.mode = request.mode;
  file.owner = call.caller.user;
  file.group = parent.group;
  file.mtime_ms = call.now_ms;
  file.atime_ms = call.now_ms;
  file.replication = static_cast<uint16_t>(request.replication);
  file.block_size = request.block_size;
  file.under_construction = true;
  file.client_name = request.client_name;
  file.client_machine = request.client_machine;
  return file;
}

}  // namespace

Result<InodeRef> Create(Namesystem& ns, const Call& call, const CreateRequest& request, Edit& edit) {
  if (!IsCreatable(request.path) || IsReservedForCreate(request.path)) return Status(Code::kInvalidPath, "Invalid path name " + request.path);
  RETURN_IF_ERROR(CheckReplication(ns, request.path, request.replication, request.client_machine));
  RETURN_IF_ERROR(ns.RefuseInSafeMode("create file" + request.path, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, request.path, PathUse::kCreate));
  RETURN_IF_ERROR(CheckCreateTarget(ns, call, request, path));
  if (request.block_size < ns.limits().block_size_min) {
    return Status(Code::kIOError,
                  "Specified block size " + std::to_string(request.block_size) +
                      " is less than configured minimum value dfs.namenode.fs-limits.min-block-size=" +
                      std::to_string(ns.limits().block_size_min));
  }
  InodeRef existing = path.target();
  if (existing != nullptr && (request.flags & kFlagOverwrite) == 0) {
    bool closed = true;
    RETURN_IF_ERROR(TakeOverLease(ns, call, path, "CREATE_FILE", request.client_name, request.client_machine, false,
                                  closed, edit));
    return Status(Code::kFileAlreadyExists,
                  request.path + " for client " + request.client_machine + " already exists");
  }
  ASSIGN_OR_RETURN(uint8_t policy,
                   PolicyOfNewFile(ns, request, existing != nullptr ? *path.parent() : *path.inodes.back()));
  Inode* parent = nullptr;
  if (existing != nullptr) {
    RETURN_IF_ERROR(RemoveTarget(ns, call, path, edit));
    parent = &edit.Change(path.parent());
    ++parent->child_count;
  } else {
    uint16_t mode = path.inodes.back()->mode | 0300;  // ancestors look like the directory that they are put in
    ASSIGN_OR_RETURN(parent, AddAncestors(ns, call, path, mode, std::nullopt, edit));
  }
  Inode& file = edit.Add(NewFile(edit, call, request, *parent, path.names.back()));
  file.storage_policy = policy;
  InheritAcl(*parent, ns.limits().posix_acl_inheritance ? request.unmasked : std::nullopt, file);
  return std::make_shared<const Inode>(file);
}

Result<Appended> Append(Namesystem& ns, const Call& call, const std::string& path_text, const std::string& client_name,
                        const std::string& client_machine, bool new_block, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("append to file" + path_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  InodeRef file = path.target();
  if (file != nullptr && file->is_directory()) {
    return Status(Code::kFileAlreadyExists,
                  "Cannot append to directory " + path_text + "; already exists as a directory.");
  }
  RETURN_IF_ERROR(ns.CheckTarget(call, path, kWriteAccess));
  if (file == nullptr) {
    return Status(Code::kFileNotFound, "Failed to append to non-existent file " + path_text + " for client " + client_machine);
  }
  bool closed = true;
  RETURN_IF_ERROR(TakeOverLease(ns, call, path, "APPEND_FILE", client_name, client_machine, false, closed, edit));
  // A lease that was released just now left the file closed in `edit`; its last block is the one of the copy there.
  const Inode before = edit.empty() ? *file : edit.Change(file);
  bool has_room = !before.blocks.empty() && before.blocks.back().length < before.block_size;
  if (!before.blocks.empty()) {
    const BlockSpec& last = before.blocks.back();
    if (ns.blocks().Contains(last.id) && ns.blocks().StateOf(last.id) == BlockState::kCommitted) {
      return Status(Code::kRetriable, "append: lastBlock=" + BlockName(last) + " of src=" + path_text +
                                          " is COMMITTED but not yet COMPLETE.");
    }
    if (!new_block && has_room && !ns.blocks().IsMinimallyReplicated(last.id)) {
      return Status(Code::kIOError, "append: lastBlock=" + BlockName(last) + " of src=" + path_text +
                                        " is not sufficiently replicated yet.");
    }
  }
  if (has_room && !new_block) {
    RETURN_IF_ERROR(ns.CheckQuotaOfFile(file, before.block_size - before.blocks.back().length, 0, before.replication));
  }
  Inode& opened = edit.Change(file);
  opened.under_construction = true;
  opened.client_name = client_name;
  opened.client_machine = client_machine;
  Appended result;
  if (has_room && !new_block) {
    opened.last_block_complete = false;
    const BlockSpec last = opened.blocks.back();
    [[maybe_unused]] Status reopened = ns.blocks().Reopen(last.id);
    result.last_block = AllocatedBlock{last, opened.Length() - last.length, ns.blocks().ExpectedLocations(last.id)};
  }
  // The writer names the last block as the one before its new block.
  if (new_block && !opened.blocks.empty()) {
    const BlockSpec last = opened.blocks.back();
    result.last_block = AllocatedBlock{last, opened.Length() - last.length, {}};
  }
  result.file = std::make_shared<const Inode>(opened);
  return result;
}

}  // namespace tusk::dfs
