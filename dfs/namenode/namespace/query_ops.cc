// getFileInfo, getListing, getBlockLocations, getContentSummary.
#include "dfs/namenode/namespace/query_ops.h"

#include <algorithm>

#include "dfs/namenode/namespace/keys.h"
#include "dfs/namenode/namespace/xattr_ops.h"

namespace tusk::dfs {

namespace {

// "/.reserved" is no inode, but clients may look at it.
InodeRef ReservedDirectory(std::string name) {
  auto directory = std::make_shared<Inode>();
  directory->name = std::move(name);
  directory->mode = 01770;
  return directory;
}
bool IsReservedRoot(std::string_view path) { return path == "/.reserved" || path == "/.reserved/"; }

}  // namespace

Result<InodeRef> GetFileInfo(const Namesystem& ns, const Call& call, const std::string& path_text) {
  if (IsReservedRoot(path_text)) return ReservedDirectory(".reserved");
  Result<ResolvedPath> path = ns.Resolve(call, path_text, PathUse::kRead);
  if (!path.ok()) {
    // A path through a file: nothing there, says Hadoop to a superuser, and to others that they may not look.
    bool through_file = path.code() == Code::kAccessControl && !ns.ChecksPermissions(call);
    if (through_file) return InodeRef();
    return std::move(path).status();
  }
  return path->target();
}

Result<InodeRef> GetExisting(const Namesystem& ns, const Call& call, const std::string& path_text, uint8_t access) {
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  if (!path.exists()) return Status(Code::kFileNotFound, "File does not exist: " + path_text);
  if (access != 0) RETURN_IF_ERROR(ns.CheckTarget(call, path, access));
  return path.target();
}

namespace {

// "/.reserved/.inodes/<id>" as startAfter means the inode of that id; everything else is a plain name.
Result<std::string> StartAfterName(const Namesystem& ns, const Call& call, const std::string& start_after) {
  if (!start_after.starts_with("/.reserved/.inodes/")) return start_after;
  Result<ResolvedPath> path = ns.Resolve(call, start_after, PathUse::kRead);
  if (!path.ok() || !path->exists()) {
    return Status(Code::kListingStartAfterNotFound, "Can't find startAfter " + start_after);
  }
  return path->target()->name;
}

}  // namespace

namespace {

// How many children follow the page `listing` that began after `start_after`; one at least.
Result<uint64_t> EntriesLeft(const Namesystem& ns, const Inode& directory, const std::string& start_after,
                             const Listing& listing) {
  uint64_t left = 0;
  const ListingHints::Hint* hint = ns.listing_hints().Find(directory.id, start_after);
  uint64_t before_page = hint != nullptr ? hint->remaining : directory.child_count;
  bool known = start_after.empty() || (hint != nullptr && hint->child_count == directory.child_count);
  if (known && before_page > listing.entries.size()) {
    left = before_page - listing.entries.size();
  } else {
    RETURN_IF_ERROR(ns.tree().CountChildren(directory.id, listing.entries.back()->name, left));
  }
  left = std::max<uint64_t>(left, 1);
  ns.listing_hints().Add({directory.id, listing.entries.back()->name, directory.child_count, left});
  return left;
}

}  // namespace

Result<std::optional<Listing>> GetListing(const Namesystem& ns, const Call& call, const std::string& path_text,
                                          const std::string& start_after_text, bool count_locations) {
  if (IsReservedRoot(path_text)) {
    return std::optional<Listing>(Listing{{ReservedDirectory(".inodes"), ReservedDirectory("raw")}, false, 0});
  }
  ASSIGN_OR_RETURN(std::string start_after, StartAfterName(ns, call, start_after_text));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  InodeRef target = path.target();
  if (target == nullptr && !path.names.empty() && path.names.back() == ".snapshot" && path.parent() != nullptr) {
    return Status(Code::kSnapshot, "Directory is not a snapshottable directory: " + path.ParentPath());
  }
  if (target == nullptr) return std::optional<Listing>();
  Listing listing;
  if (!target->is_directory()) {
    listing.of_file = true;
    listing.entries.push_back(target);
    return std::optional<Listing>(std::move(listing));
  }
  RETURN_IF_ERROR(ns.CheckTarget(call, path, kReadAccess | kExecuteAccess));
  size_t limit = static_cast<size_t>(std::max(ns.limits().listing_max, 1));
  int64_t locations_left = static_cast<int64_t>(limit);
  bool full = false;
  uint64_t left = 0;
  RETURN_IF_ERROR(ns.tree().ScanChildren(target->id, start_after, [&](const Inode& child) {
    if (full) {
      ++left;
      return left < 1;  // one is enough to know that there is more; the number follows below
    }
    listing.entries.push_back(std::make_shared<const Inode>(child));
    if (count_locations) {
      locations_left -= static_cast<int64_t>(child.blocks.size()) * child.replication;
    }
    full = listing.entries.size() >= limit || locations_left <= 0;
    return true;
  }));
  if (left > 0) {
    ASSIGN_OR_RETURN(left, EntriesLeft(ns, *target, start_after, listing));
  }
  listing.remaining = left;
  return std::optional<Listing>(std::move(listing));
}

// The blocks that overlap the range, as Hadoop's BlockManager lists them: also an open last block of which no length is
// known yet, when the range goes beyond the bytes before it.
void ListBlocks(const std::vector<BlockSpec>& blocks, int64_t offset, int64_t end, FileBlocks& result) {
  size_t index = 0;
  int64_t at = 0;
  const size_t sized = blocks.empty() || blocks[0].length == 0 ? 0 : blocks.size();
  while (index < sized && at + blocks[index].length <= offset) at += blocks[index++].length;
  if (index == sized && sized > 0) return;  // at or beyond the end
  bool first = true;
  while (index < blocks.size() && (first || at < end)) {
    result.blocks.push_back({blocks[index], at});
    at += blocks[index++].length;
    first = false;
  }
}

FileBlocks BlocksOf(const Namesystem& ns, const InodeRef& file, int64_t offset, int64_t length) {
  FileBlocks result;
  result.file = file;
  if (file->blocks.empty()) return result;
  std::vector<BlockSpec> blocks(file->blocks.begin(), file->blocks.end());
  BlockSpec& last = blocks.back();
  result.last_complete = file->last_block_complete;
  // A last block that has been committed counts and may be complete already.
  if (!result.last_complete && ns.blocks().Contains(last.id) && ns.blocks().StateOf(last.id) == BlockState::kComplete) {
    last = ns.blocks().SpecOf(last.id);
    result.last_complete = true;
  }
  int64_t before_last = 0;
  for (size_t i = 0; i + 1 < blocks.size(); ++i) before_last += blocks[i].length;
  result.file_length = before_last + (result.last_complete ? last.length : 0);
  result.last = FileBlocks::Located{last, before_last};
  ListBlocks(blocks, offset, length > INT64_MAX - offset ? INT64_MAX : offset + length, result);
  return result;
}

Result<FileBlocks> GetBlockLocations(const Namesystem& ns, const Call& call, const std::string& path_text, int64_t offset,
                                     int64_t length, Edit& edit) {
  if (offset < 0) {
    return Status(Code::kInvalidArgument, "Negative offset is not supported. File: " + path_text);
  }
  if (length < 0) {
    return Status(Code::kInvalidArgument, "Negative length is not supported. File: " + path_text);
  }
  ASSIGN_OR_RETURN(InodeRef file, GetExisting(ns, call, path_text, kReadAccess));
  if (!file->is_file()) return Status(Code::kFileNotFound, "Path is not a file: " + path_text);
  if (call.caller.superuser && IsUnreadableBySuperuser(*file)) {
    return Status(Code::kAccessControl, "Access is denied for " + call.caller.user +
                                            " since the superuser is not allowed to perform this operation.");
  }
  int64_t precision = ns.limits().access_time_precision_ms;
  bool old = precision > 0 && call.now_ms > file->atime_ms + precision;
  if (old && !ns.blocks().safe_mode().on()) edit.Change(file).atime_ms = call.now_ms;
  return BlocksOf(ns, file, offset, length);
}

namespace {

void Add(const Inode& inode, uint8_t policy, SubtreeSummary& sum) {
  if (inode.is_directory()) {
    ++sum.directories;
    return;
  }
  ++sum.files;
  if (!inode.is_file()) return;
  sum.length += static_cast<uint64_t>(inode.Length());
  const Usage usage = UsageOf(inode, policy);
  sum.space_consumed += static_cast<uint64_t>(usage.space);
  for (size_t i = 0; i < usage.types.size(); ++i) sum.type_consumed[i] += usage.types[i];
}

SubtreeSummary QuotasOf(const Inode& inode) {
  SubtreeSummary sum;
  sum.of_file = !inode.is_directory();
  if (sum.of_file) return sum;
  sum.namespace_quota = inode.namespace_quota;
  sum.space_quota = inode.space_quota;
  sum.type_quotas = inode.type_quotas;
  return sum;
}

}  // namespace

Result<SubtreeSummary> GetContentSummary(const Namesystem& ns, const Call& call, const std::string& path_text) {
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  InodeRef top = path.target();
  if (top == nullptr) return Status(Code::kFileNotFound, "File does not exist: " + path_text);
  SubtreeSummary sum = QuotasOf(*top);
  const uint8_t top_policy = ns.EffectivePolicy(*top);
  Add(*top, top_policy, sum);
  struct Waiting {
    Inode directory;
    std::string path;
    uint8_t policy;
  };
  std::vector<Waiting> waiting;
  if (top->is_directory()) waiting.push_back({*top, path.Path(), top_policy});
  while (!waiting.empty()) {
    Waiting at = std::move(waiting.back());
    waiting.pop_back();
    if (ns.ChecksPermissions(call)) {
      RETURN_IF_ERROR(CheckAccess(call.caller, at.directory, at.path, kReadAccess | kExecuteAccess));
    }
    RETURN_IF_ERROR(ns.tree().ScanChildren(at.directory.id, "", [&](const Inode& child) {
      uint8_t policy = child.storage_policy != 0 ? child.storage_policy : at.policy;
      Add(child, policy, sum);
      if (child.is_directory()) waiting.push_back({child, (at.path == "/" ? "" : at.path) + "/" + child.name, policy});
      return true;
    }));
  }
  return sum;
}

Result<SubtreeSummary> GetQuotaUsage(const Namesystem& ns, const Call& call, const std::string& path_text) {
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  InodeRef top = path.target();
  if (top == nullptr) return Status(Code::kFileNotFound, "File/Directory does not exist: " + path_text);
  if (!ns.quotas().Contains(top->id)) {
    ASSIGN_OR_RETURN(SubtreeSummary sum, GetContentSummary(ns, call, path_text));
    sum.files += sum.directories;
    return sum;
  }
  RETURN_IF_ERROR(ns.CheckTarget(call, path, kReadAccess | kExecuteAccess));
  SubtreeSummary sum = QuotasOf(*top);
  const Usage usage = ns.quotas().UsedBy(top->id);
  sum.files = static_cast<uint64_t>(usage.names);
  sum.space_consumed = static_cast<uint64_t>(usage.space);
  sum.type_consumed = usage.types;
  return sum;
}

Result<bool> IsFileClosed(const Namesystem& ns, const Call& call, const std::string& path_text) {
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  InodeRef target = path.target();
  if (target == nullptr || !target->is_file()) {
    return Status(Code::kFileNotFound, (target == nullptr ? "File does not exist: " : "Path is not a file: ") + path_text);
  }
  return !target->under_construction;
}

}  // namespace tusk::dfs
