// Namesystem's quotas: checked before an operation changes anything, followed by every commit.
#include "base/log/log.h"
#include "dfs/namenode/namespace/keys.h"
#include "dfs/namenode/namespace/namesystem.h"

namespace tusk::dfs {

Result<Usage> Namesystem::SubtreeUsage(const Inode& top) const {
  Usage sum = UsageOf(top);
  std::vector<InodeId> waiting;
  if (top.is_directory()) waiting.push_back(top.id);
  while (!waiting.empty()) {
    InodeId at = waiting.back();
    waiting.pop_back();
    RETURN_IF_ERROR(tree_.ScanChildren(at, "", [&](const Inode& child) {
      sum += UsageOf(child);
      if (child.is_directory() && child.child_count > 0) waiting.push_back(child.id);
      return true;
    }));
  }
  return sum;
}

Status Namesystem::CheckQuota(const ResolvedPath& path, const Usage& delta) const {
  if (quotas_.empty()) return Status::Ok();
  size_t above = path.exists() && !path.is_root() ? path.inodes.size() - 1 : path.inodes.size();
  for (size_t i = 0; i < above; ++i) RETURN_IF_ERROR(quotas_.Check(*path.inodes[i], path.PathOf(i), delta));
  return Status::Ok();
}

Status Namesystem::CheckQuotaOfMove(const ResolvedPath& source, const ResolvedPath& target) const {
  if (quotas_.empty()) return Status::Ok();
  ASSIGN_OR_RETURN(Usage moved, SubtreeUsage(*source.target()));
  // Directories above both see no difference; an overwritten target makes room.
  if (target.exists()) moved += -UsageOf(*target.target());
  size_t above = target.exists() ? target.inodes.size() - 1 : target.inodes.size();
  for (size_t i = 0; i < above; ++i) {
    bool common = i + 1 < source.inodes.size() && source.inodes[i]->id == target.inodes[i]->id;
    if (!common) RETURN_IF_ERROR(quotas_.Check(*target.inodes[i], target.PathOf(i), moved));
  }
  return Status::Ok();
}

Status Namesystem::CheckQuotaOfFile(const InodeRef& file, int64_t space_delta) const {
  if (quotas_.empty() || space_delta <= 0) return Status::Ok();
  ASSIGN_OR_RETURN(std::vector<InodeRef> chain, tree_.ChainOf(file));
  std::string path;
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    if (i > 0) path.append("/").append(chain[i]->name);
    RETURN_IF_ERROR(quotas_.Check(*chain[i], i == 0 ? "/" : path, {0, space_delta}));
  }
  return Status::Ok();
}

void Namesystem::AddUsageAbove(InodeId parent, const Usage& delta) {
  while (parent != 0 && parent != kDeletedParentId) {
    quotas_.Add(parent, delta);
    Result<InodeRef> directory = tree_.ById(parent);
    if (!directory.ok() || *directory == nullptr) return;
    parent = (*directory)->parent;
  }
}

std::vector<Usage> Namesystem::SubtractUsages(const Edit& edit) {
  std::vector<Usage> added(edit.pairs().size());
  if (quotas_.empty()) return added;
  for (size_t i = 0; i < edit.pairs().size(); ++i) {
    const Edit::Pair& pair = edit.pairs()[i];
    if (pair.after != nullptr) added[i] = UsageOf(*pair.after);
    if (pair.before == nullptr) continue;
    Usage gone = UsageOf(*pair.before);
    bool moved = pair.after != nullptr && pair.after->parent != pair.before->parent;
    if (moved && pair.before->is_directory()) {
      Result<Usage> subtree = SubtreeUsage(*pair.before);
      if (subtree.ok()) gone = added[i] = *subtree;
    }
    AddUsageAbove(pair.before->parent, -gone);
  }
  return added;
}

void Namesystem::AddUsages(const Edit& edit, const std::vector<Usage>& added) {
  for (size_t i = 0; i < edit.pairs().size(); ++i) {
    const Edit::Pair& pair = edit.pairs()[i];
    if (pair.after != nullptr && !quotas_.empty()) AddUsageAbove(pair.after->parent, added[i]);
    bool had = pair.before != nullptr && HasQuota(*pair.before);
    bool has = pair.after != nullptr && HasQuota(*pair.after);
    if (had && !has) quotas_.Erase(pair.before->id);
    if (has && !had) {
      Result<Usage> used = SubtreeUsage(*pair.after);
      if (used.ok()) quotas_.Set(pair.after->id, *used);
      if (!used.ok()) LogError("namenode", "usage of inode {} is not known: {}", pair.after->id, used.status().ToString());
    }
  }
}

Status Namesystem::LoadQuotas() {
  std::vector<InodeId> directories;
  RETURN_IF_ERROR(store_.Scan("q", "r", [&](std::string_view key, std::string_view) {
    directories.push_back(IdOfKey(key));
    return true;
  }));
  for (InodeId id : directories) {
    ASSIGN_OR_RETURN(InodeRef directory, tree_.ById(id));
    if (directory == nullptr) return Status(Code::kCorruption, "inode " + std::to_string(id) + " has a quota but no record");
    ASSIGN_OR_RETURN(Usage used, SubtreeUsage(*directory));
    quotas_.Set(id, used);
  }
  return Status::Ok();
}

}  // namespace tusk::dfs
