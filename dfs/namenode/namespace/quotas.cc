// Namesystem's quotas: checked before an operation changes anything, followed by every commit.
#include "base/log/log.h"
#include "dfs/namenode/namespace/keys.h"
#include "dfs/namenode/namespace/namesystem.h"

namespace tusk::dfs {

uint8_t Namesystem::EffectivePolicy(const Inode& inode, const Edit* edit) const {
  if (inode.storage_policy != 0) return inode.storage_policy;
  InodeId parent = inode.parent;
  while (parent != 0 && parent != kDeletedParentId) {
    const Inode* directory = nullptr;
    for (size_t i = 0; edit != nullptr && i < edit->pairs().size() && directory == nullptr; ++i) {
      const Inode* after = edit->pairs()[i].after.get();
      if (after != nullptr && after->id == parent) directory = after;
    }
    InodeRef found;
    if (directory == nullptr) {
      Result<InodeRef> stored = tree_.ById(parent);
      if (!stored.ok() || *stored == nullptr) return 0;
      found = *stored;
      directory = found.get();
    }
    if (directory->storage_policy != 0) return directory->storage_policy;
    parent = directory->parent;
  }
  return 0;
}

Result<Usage> Namesystem::SubtreeUsage(const Inode& top, uint8_t policy) const {
  Usage sum = UsageOf(top, policy);
  std::vector<std::pair<InodeId, uint8_t>> waiting;
  if (top.is_directory()) waiting.emplace_back(top.id, policy);
  while (!waiting.empty()) {
    auto [at, inherited] = waiting.back();
    waiting.pop_back();
    RETURN_IF_ERROR(tree_.ScanChildren(at, "", [&](const Inode& child) {
      uint8_t own = child.storage_policy != 0 ? child.storage_policy : inherited;
      sum += UsageOf(child, own);
      if (child.is_directory() && child.child_count > 0) waiting.emplace_back(child.id, own);
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
  const InodeRef from = source.target();
  uint8_t policy = from->storage_policy != 0 ? from->storage_policy : EffectivePolicy(*target.parent());
  ASSIGN_OR_RETURN(Usage moved, SubtreeUsage(*from, policy));
  // Directories above both see no difference; an overwritten target makes room.
  if (target.exists()) moved += -UsageOf(*target.target(), EffectivePolicy(*target.target()));
  size_t above = target.exists() ? target.inodes.size() - 1 : target.inodes.size();
  for (size_t i = 0; i < above; ++i) {
    bool common = i + 1 < source.inodes.size() && source.inodes[i]->id == target.inodes[i]->id;
    if (!common) RETURN_IF_ERROR(quotas_.Check(*target.inodes[i], target.PathOf(i), moved));
  }
  return Status::Ok();
}

Status Namesystem::CheckQuotaOfFile(const InodeRef& file, int64_t bytes, int64_t replicas_before,
                                    int64_t replicas_after) const {
  if (quotas_.empty() || bytes <= 0 || replicas_after <= replicas_before) return Status::Ok();
  const uint8_t policy = EffectivePolicy(*file);
  Usage delta = SpaceOf(bytes, replicas_after, policy);
  delta += -SpaceOf(bytes, replicas_before, policy);
  ASSIGN_OR_RETURN(std::vector<InodeRef> chain, tree_.ChainOf(file));
  std::string path;
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    if (i > 0) path.append("/").append(chain[i]->name);
    RETURN_IF_ERROR(quotas_.Check(*chain[i], i == 0 ? "/" : path, delta));
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
    const uint8_t policy_after = pair.after != nullptr ? EffectivePolicy(*pair.after, &edit) : uint8_t{0};
    if (pair.after != nullptr) added[i] = UsageOf(*pair.after, policy_after);
    if (pair.before == nullptr) continue;
    const uint8_t policy_before = EffectivePolicy(*pair.before);
    Usage gone = UsageOf(*pair.before, policy_before);
    if (pair.after != nullptr && pair.before->is_directory() && policy_after != policy_before) recount_quotas_ = true;
    bool moved = pair.after != nullptr && pair.after->parent != pair.before->parent;
    if (moved && pair.before->is_directory()) {
      Result<Usage> subtree = SubtreeUsage(*pair.before, policy_before);
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
      Result<Usage> used = SubtreeUsage(*pair.after, EffectivePolicy(*pair.after));
      if (used.ok()) quotas_.Set(pair.after->id, *used);
      if (!used.ok()) LogError("namenode", "usage of inode {} is not known: {}", pair.after->id, used.status().ToString());
    }
  }
  if (std::exchange(recount_quotas_, false)) {
    Status counted = LoadQuotas();
    if (!counted.ok()) LogError("namenode", "the quotas' usage is not known: {}", counted.ToString());
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
    ASSIGN_OR_RETURN(Usage used, SubtreeUsage(*directory, EffectivePolicy(*directory)));
    quotas_.Set(id, used);
  }
  return Status::Ok();
}

}  // namespace tusk::dfs
