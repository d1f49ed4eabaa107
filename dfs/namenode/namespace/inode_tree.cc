// Cache first, record store second.
#include "dfs/namenode/namespace/inode_tree.h"

#include <algorithm>

#include "dfs/namenode/namespace/keys.h"

namespace tusk::dfs {

void InodeTree::Drop(Generation& generation, const Inode& inode) {
  auto found = generation.by_id.find(inode.id);
  if (found == generation.by_id.end()) return;
  InodeRef cached = found->second;  // its name is the key of the other map
  generation.by_name.erase(ChildName{cached->parent, cached->name});
  generation.by_id.erase(found);
}

void InodeTree::Remember(const InodeRef& inode) const {
  Drop(old_, *inode);
  Drop(young_, *inode);
  if (young_.by_id.size() >= std::max<size_t>(cached_max_ / 2, 1)) old_ = std::exchange(young_, Generation());
  young_.by_id.emplace(inode->id, inode);
  young_.by_name.emplace(ChildName{inode->parent, inode->name}, inode);
}

Result<InodeRef> InodeTree::Child(InodeId parent, std::string_view name) const {
  ChildName key{parent, name};
  if (auto found = young_.by_name.find(key); found != young_.by_name.end()) return found->second;
  if (auto found = old_.by_name.find(key); found != old_.by_name.end()) {
    InodeRef inode = found->second;
    Remember(inode);
    return inode;
  }
  ASSIGN_OR_RETURN(auto record, store_.Get(ChildKey(parent, name)));
  if (!record) return InodeRef();
  ASSIGN_OR_RETURN(Inode decoded, Inode::Decode(parent, name, *record));
  InodeRef inode = std::make_shared<const Inode>(std::move(decoded));
  Remember(inode);
  return inode;
}

Result<InodeRef> InodeTree::ById(InodeId id) const {
  if (auto found = young_.by_id.find(id); found != young_.by_id.end()) return found->second;
  if (auto found = old_.by_id.find(id); found != old_.by_id.end()) {
    InodeRef inode = found->second;
    Remember(inode);
    return inode;
  }
  ASSIGN_OR_RETURN(auto node, store_.Get(NodeKey(id)));
  if (!node) return InodeRef();
  RecordReader reader(*node);
  auto parent = static_cast<InodeId>(reader.BigEndian<uint64_t>());
  std::string_view name = reader.Take(reader.remaining());
  ASSIGN_OR_RETURN(InodeRef inode, Child(parent, name));
  if (inode == nullptr || inode->id != id) {
    return Status(Code::kCorruption, "the namespace names inode " + std::to_string(id) + " but its record is missing");
  }
  return inode;
}

Status InodeTree::ScanChildren(InodeId parent, std::string_view after,
                               const std::function<bool(const Inode& child)>& visit) const {
  Status damaged;
  std::string first = ChildKey(parent, after);
  if (!after.empty()) first.push_back('\0');  // strictly after
  RETURN_IF_ERROR(store_.Scan(first, EndOfChildren(parent), [&](std::string_view key, std::string_view value) {
    Result<Inode> child = Inode::Decode(parent, NameOfChildKey(key), value);
    if (!child.ok()) {
      damaged = child.status();
      return false;
    }
    return visit(*child);
  }));
  return damaged;
}

Status InodeTree::CountChildren(InodeId parent, std::string_view after, uint64_t& count) const {
  std::string first = ChildKey(parent, after);
  if (!after.empty()) first.push_back('\0');
  count = 0;
  return store_.Scan(first, EndOfChildren(parent), [&count](std::string_view, std::string_view) {
    ++count;
    return true;
  });
}

Result<std::vector<InodeRef>> InodeTree::ChainOf(InodeRef inode) const {
  std::vector<InodeRef> chain;
  while (inode != nullptr) {
    chain.push_back(inode);
    if (inode->id == kRootInodeId) {
      std::reverse(chain.begin(), chain.end());
      return chain;
    }
    if (inode->parent == kDeletedParentId) break;
    InodeId parent = inode->parent;
    ASSIGN_OR_RETURN(inode, ById(parent));
  }
  return std::vector<InodeRef>();
}

void InodeTree::Committed(const InodeRef& before, const InodeRef& after) {
  if (before != nullptr) {
    Drop(young_, *before);
    Drop(old_, *before);
  }
  if (after != nullptr) Remember(after);
}

}  // namespace tusk::dfs
