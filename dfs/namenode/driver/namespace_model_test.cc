// Goal: the namespace does what a naive tree in memory does. Method: a hundred thousand random operations on both, on
// few names so that they meet; outcomes are compared one by one, the whole tree now and then, and again after every
// restart, clean or by loss of power.
#include <map>

#include "base/testing/matchers.h"
#include "dfs/namenode/driver/driver_testing.h"
#include "dfs/namenode/namespace/acl_ops.h"
#include "dfs/namenode/namespace/attribute_ops.h"
#include "dfs/namenode/namespace/xattr_ops.h"
#include "dfs/namenode/permission/acl.h"

namespace tusk::dfs {
namespace {

using sim::CrashMode;
using sim::SimDisk;

struct Node {
  bool directory = true;
  uint16_t mode = 0755;
  uint32_t replication = 0;
  bool open = false;
  std::string client;
  int policy = 0;
  std::map<std::string, int> named;  // access entries of users; the mask is in the mode then
  int group = 0;                     // the owning group's bits while there is a mask
  std::map<std::string, std::string> xattrs;
  std::map<std::string, std::unique_ptr<Node>> children;

  std::string Attributes() const {
    std::string text = " " + std::to_string(policy);
    for (const auto& [user, bits] : named) text += " u:" + user + ":" + std::to_string(bits);
    if (!named.empty()) text += " g:" + std::to_string(group);
    for (const auto& [name, value] : xattrs) text += " " + name + "=" + value;
    return text;
  }
};

// What an operation came to.
struct Outcome {
  Code code = Code::kOk;
  bool value = true;
  bool operator==(const Outcome&) const = default;
};
void PrintTo(const Outcome& outcome, std::ostream* out) { *out << NameOf(outcome.code) << "/" << outcome.value; }

using Path = std::vector<std::string>;

// The rules of the operations for a superuser, written down a second time and as simply as possible.
class Model {
 public:
  Node root;

  Node* Find(const Path& path, size_t length) {
    Node* at = &root;
    for (size_t i = 0; i < length; ++i) {
      auto child = at->children.find(path[i]);
      if (!at->directory || child == at->children.end()) return nullptr;
      at = child->second.get();
    }
    return at;
  }
  Node* Find(const Path& path) { return Find(path, path.size()); }
  bool ThroughFile(const Path& path) {
    for (size_t i = 1; i < path.size(); ++i) {
      Node* at = Find(path, i);
      if (at != nullptr && !at->directory) return true;
    }
    return false;
  }
  Node* Parent(const Path& path) { return path.empty() ? nullptr : Find(path, path.size() - 1); }

  Outcome Mkdirs(const Path& path, uint16_t mode, bool parents) {
    if (ThroughFile(path)) return {Code::kParentNotDirectory};
    if (Node* there = Find(path)) return there->directory ? Outcome{} : Outcome{Code::kFileAlreadyExists};
    if (!parents && Parent(path) == nullptr) return {Code::kFileNotFound};
    MakeDirs(path, path.size() - 1, mode | 0300)->children[path.back()] = Directory(mode);
    return {};
  }
  Outcome Create(const Path& path, const std::string& client, bool overwrite, bool parents) {
    if (ThroughFile(path)) return {Code::kParentNotDirectory};
    Node* there = Find(path);
    if (there != nullptr && there->directory) return {Code::kFileAlreadyExists};
    if (there != nullptr && !overwrite) return {there->open ? Code::kAlreadyBeingCreated : Code::kFileAlreadyExists};
    if (there == nullptr && !parents && Parent(path) == nullptr) return {Code::kFileNotFound};
    uint16_t mode = 0;
    for (size_t i = 0; i < path.size(); ++i) {
      if (Node* ancestor = Find(path, i)) mode = ancestor->mode | 0300;
    }
    auto file = std::make_unique<Node>();
    file->directory = false;
    file->mode = 0644;
    file->replication = 3;
    file->open = true;
    file->client = client;
    MakeDirs(path, path.size() - 1, mode)->children[path.back()] = std::move(file);
    return {};
  }
  Outcome Complete(const Path& path, const std::string& client) {
    if (ThroughFile(path)) return {Code::kAccessControl};
    Node* there = Find(path);
    if (there == nullptr) return {Code::kFileNotFound};
    if (there->directory) return {Code::kLeaseExpired};
    if (!there->open) return {};  // an empty file that was completed before
    if (there->client != client) return {Code::kLeaseExpired};
    there->open = false;
    return {};
  }
  Outcome Delete(const Path& path, bool recursive) {
    if (ThroughFile(path)) return {Code::kAccessControl};
    Node* there = Find(path);
    if (there == nullptr) return {Code::kOk, false};
    if (!recursive && !there->children.empty()) return {Code::kPathIsNotEmptyDirectory};
    Parent(path)->children.erase(path.back());
    return {};
  }
  Outcome Rename(const Path& from, Path to) {
    if (ThroughFile(from)) return {Code::kAccessControl};
    if (ThroughFile(to)) return {Code::kParentNotDirectory};
    if (Node* into = Find(to); into != nullptr && into->directory) to.push_back(from.back());
    if (Find(from) == nullptr) return {Code::kOk, false};
    if (from == to) return {};
    if (Below(to, from) || Find(to) != nullptr) return {Code::kOk, false};
    Node* parent = Parent(to);
    if (parent == nullptr || !parent->directory) return {Code::kOk, false};
    Move(from, to);
    return {};
  }
  Outcome Rename2(const Path& from, const Path& to, bool overwrite) {
    if (ThroughFile(from)) return {Code::kAccessControl};
    if (ThroughFile(to)) return {Code::kParentNotDirectory};
    Node* source = Find(from);
    if (source == nullptr) return {Code::kFileNotFound};
    if (from == to) return {Code::kFileAlreadyExists};
    if (Below(to, from)) return {Code::kIOError};
    Node* target = Find(to);
    if (target != nullptr && target->directory != source->directory) return {Code::kIOError};
    if (target != nullptr && !overwrite) return {Code::kFileAlreadyExists};
    if (target != nullptr && !target->children.empty()) return {Code::kIOError};
    if (Parent(to) == nullptr) return {Code::kFileNotFound};
    Move(from, to);
    return {};
  }
  Outcome SetPermission(const Path& path, uint16_t mode) {
    if (ThroughFile(path)) return {Code::kAccessControl};
    Node* there = Find(path);
    if (there == nullptr) return {Code::kFileNotFound};
    there->mode = mode;
    return {};
  }
  Outcome SetReplication(const Path& path, uint32_t replication) {
    if (ThroughFile(path)) return {Code::kAccessControl};
    Node* there = Find(path);
    if (there == nullptr || there->directory) return {Code::kOk, false};
    there->replication = replication;
    return {};
  }
  Outcome AddAclUser(const Path& path, const std::string& user, int bits) {
    if (ThroughFile(path)) return {Code::kAccessControl};
    Node* there = Find(path);
    if (there == nullptr) return {Code::kFileNotFound};
    if (there->named.empty()) there->group = (there->mode >> 3) & 7;
    there->named[user] = bits;
    int mask = there->group;
    for (const auto& [name, permission] : there->named) mask |= permission;
    there->mode = static_cast<uint16_t>((there->mode & ~0070) | mask << 3);
    return {};
  }
  Outcome RemoveAcl(const Path& path) {
    if (ThroughFile(path)) return {Code::kAccessControl};
    Node* there = Find(path);
    if (there == nullptr) return {Code::kFileNotFound};
    if (!there->named.empty()) there->mode = static_cast<uint16_t>((there->mode & ~0070) | there->group << 3);
    there->named.clear();
    return {};
  }
  Outcome SetXAttr(const Path& path, const std::string& name, const std::string& value, bool create, bool replace) {
    if (ThroughFile(path)) return {Code::kAccessControl};
    Node* there = Find(path);
    if (there == nullptr) return {Code::kFileNotFound};
    if (there->xattrs.contains(name) ? !replace : !create) return {Code::kIOError};
    there->xattrs[name] = value;
    return {};
  }
  Outcome RemoveXAttr(const Path& path, const std::string& name) {
    if (ThroughFile(path)) return {Code::kAccessControl};
    Node* there = Find(path);
    if (there == nullptr) return {Code::kFileNotFound};
    return there->xattrs.erase(name) == 0 ? Outcome{Code::kIOError} : Outcome{};
  }
  Outcome SetPolicy(const Path& path, int policy) {
    if (ThroughFile(path)) return {Code::kAccessControl};
    Node* there = Find(path);
    if (there == nullptr) return {Code::kFileNotFound};
    there->policy = policy;
    return {};
  }
  std::string Dump() const { return Dump(root, ""); }

 private:
  static std::unique_ptr<Node> Directory(uint16_t mode) {
    auto node = std::make_unique<Node>();
    node->mode = mode;
    return node;
  }
  Node* MakeDirs(const Path& path, size_t length, uint16_t mode) {
    Node* at = &root;
    for (size_t i = 0; i < length; ++i) {
      std::unique_ptr<Node>& child = at->children[path[i]];
      if (child == nullptr) child = Directory(mode);
      at = child.get();
    }
    return at;
  }
  static bool Below(const Path& path, const Path& ancestor) {
    return path.size() > ancestor.size() && std::equal(ancestor.begin(), ancestor.end(), path.begin());
  }
  void Move(const Path& from, const Path& to) {
    std::unique_ptr<Node> node = std::move(Parent(from)->children[from.back()]);
    Parent(from)->children.erase(from.back());
    Parent(to)->children[to.back()] = std::move(node);
  }
  static std::string Dump(const Node& node, const std::string& path) {
    std::string text;
    for (const auto& [name, child] : node.children) {
      text += path + "/" + name + " " + std::to_string(child->directory) + " " + std::to_string(child->mode) + " " +
              std::to_string(child->replication) + " " + std::to_string(child->open) + " " +
              std::to_string(child->children.size()) + child->Attributes() + "\n";
      text += Dump(*child, path + "/" + name);
    }
    return text;
  }
};

// As Node::Attributes.
std::string Attributes(const Inode& inode) {
  std::string text = " " + std::to_string(inode.storage_policy);
  for (const AclEntry& entry : DecodeAcl(inode.acl)) {
    text += (entry.type == AclType::kUser ? " u:" + entry.name : " g") + ":" + std::to_string(entry.permission);
  }
  std::map<std::string, std::string> sorted;
  for (const XAttr& attribute : DecodeXAttrs(inode.xattrs)) sorted[attribute.name] = attribute.value;
  for (const auto& [name, value] : sorted) text += " " + name + "=" + value;
  return text;
}

std::string DumpNamespace(Namesystem& ns, InodeId id, const std::string& path) {
  std::string text;
  std::vector<Inode> children;
  EXPECT_OK(ns.tree().ScanChildren(id, "", [&](const Inode& child) {
    children.push_back(child);
    return true;
  }));
  for (const Inode& child : children) {
    text += path + "/" + child.name + " " + std::to_string(child.is_directory()) + " " + std::to_string(child.mode) +
            " " + std::to_string(child.replication) + " " + std::to_string(child.under_construction) + " " +
            std::to_string(child.child_count) + Attributes(child) + "\n";
    // The cache and the index by id agree with the records.
    Result<InodeRef> by_id = ns.tree().ById(child.id);
    EXPECT_TRUE(by_id.ok() && *by_id != nullptr && (*by_id)->Encode() == child.Encode()) << path << "/" << child.name;
    EXPECT_EQ(ns.leases().HolderOf(child.id), child.under_construction ? child.client_name : "");
    if (child.is_directory()) text += DumpNamespace(ns, child.id, path + "/" + child.name);
  }
  return text;
}

Outcome ToOutcome(const Status& status) { return {status.code(), true}; }
Outcome ToOutcome(const Result<bool>& result) { return {result.code(), result.ok() ? *result : true}; }
Outcome ToOutcome(const Result<InodeRef>& result) { return {result.code(), true}; }

class NamespaceModelTest : public testing::Test {
 protected:
  uint64_t Below(uint64_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % bound;
  }
  Path RandomPath() {
    Path path;
    for (uint64_t depth = 1 + Below(4); depth > 0; --depth) path.push_back(std::string(1, static_cast<char>('a' + Below(4))));
    return path;
  }
  // One operation on both; what each came to.
  std::pair<Outcome, Outcome> Step(Namesystem& ns, const Call& call, Edit& edit) {
    Path path = RandomPath();
    Path other = RandomPath();
    std::string at = JoinComponents(path);
    std::string to = JoinComponents(other);
    std::string client = Below(2) == 0 ? "c1" : "c2";
    uint16_t mode = static_cast<uint16_t>(Below(01000));
    bool flag = Below(2) == 0;
    const auto bits = static_cast<uint8_t>(Below(8));
    const std::string user = "u" + std::to_string(Below(3));
    switch (Below(16)) {
      case 0:
      case 1:
      case 2: return {ToOutcome(Mkdirs(ns, call, at, mode, flag, edit)), model_.Mkdirs(path, mode, flag)};
      case 3:
      case 4: {
        CreateRequest create;
        create.path = at;
        create.client_name = client;
        bool overwrite = Below(2) == 0;
        create.flags = kFlagCreate | (overwrite ? kFlagOverwrite : 0);
        create.create_parent = flag;
        return {ToOutcome(Create(ns, call, create, edit)), model_.Create(path, client, overwrite, flag)};
      }
      case 5: return {ToOutcome(Complete(ns, call, at, 0, client, std::nullopt, edit)), model_.Complete(path, client)};
      case 6: return {ToOutcome(Delete(ns, call, at, flag, edit)), model_.Delete(path, flag)};
      case 7: return {ToOutcome(Rename(ns, call, at, to, edit)), model_.Rename(path, other)};
      case 8: return {ToOutcome(Rename2(ns, call, at, to, flag, edit)), model_.Rename2(path, other, flag)};
      case 9: return {ToOutcome(SetPermission(ns, call, at, mode, edit)), model_.SetPermission(path, mode)};
      case 11:
        return {ToOutcome(ModifyAclEntries(ns, call, at, {{AclScope::kAccess, AclType::kUser, user, bits}}, edit)),
                model_.AddAclUser(path, user, bits)};
      case 12: return {ToOutcome(RemoveAcl(ns, call, at, edit)), model_.RemoveAcl(path)};
      case 13: {
        uint32_t flags = 1 + static_cast<uint32_t>(Below(3));
        const XAttr attribute{XAttrNamespace::kUser, user, std::to_string(bits)};
        return {ToOutcome(SetXAttr(ns, call, at, attribute, flags, edit)),
                model_.SetXAttr(path, user, attribute.value, (flags & kXAttrCreate) != 0, (flags & kXAttrReplace) != 0)};
      }
      case 14: return {ToOutcome(RemoveXAttr(ns, call, at, {XAttrNamespace::kUser, user, {}}, edit)), model_.RemoveXAttr(path, user)};
      case 15:
        if (flag) return {ToOutcome(UnsetStoragePolicy(ns, call, at, edit)), model_.SetPolicy(path, 0)};
        return {ToOutcome(SetStoragePolicy(ns, call, at, "COLD", edit)), model_.SetPolicy(path, 2)};
      default: {
        uint32_t replication = 1 + static_cast<uint32_t>(Below(9));
        return {ToOutcome(SetReplication(ns, call, at, replication, edit)), model_.SetReplication(path, replication)};
      }
    }
  }
  static Task<Status> Steps(NamespaceModelTest& test, NamespaceRun& run, int count) {
    Caller caller = Superuser();
    for (int i = 0; i < count; ++i) {
      CO_RETURN_IF_ERROR(co_await run.driver().Room());
      Call call = run.At(caller);
      Edit edit(run.ns().counters());
      auto [ours, expected] = test.Step(run.ns(), call, edit);
      EXPECT_EQ(ours, expected) << "operation " << test.done_;
      if (ours.code != expected.code || ours.value != expected.value) {
        co_return Status(Code::kInternal, "operation " + std::to_string(test.done_) + " differs");
      }
      run.driver().CommitLater(std::move(edit), {"model", {}, {}}, call);
      ++test.done_;
      if (i % 50 == 49) CO_RETURN_IF_ERROR(co_await run.driver().WaitDurable(run.ns().last_txid()));
    }
    co_return co_await run.driver().WaitDurable(run.ns().last_txid());
  }

  // A clean stop and a loss of power take turns between the rounds.
  void RunRounds(int rounds, int operations) {
    std::vector<std::unique_ptr<SimDisk>> disks;
    disks.push_back(std::make_unique<SimDisk>(world_.clock()));
    ASSERT_OK(NamespaceRun::Format(world_, *disks.back()));
    DriverOptions options = NamespaceRun::SmallOptions();
    options.limits.cached_inodes_max = 40;  // so that most reads go to the store
    options.overlay_bytes_max = 16 << 10;
    options.segment_bytes_max = 100'000;
    options.marker_bytes = 150'000;
    for (int round = 0; round < rounds; ++round) {
      NamespaceRun run(world_, *disks.back());
      ASSERT_OK(run.Open(options));
      ASSERT_EQ(DumpNamespace(run.ns(), kRootInodeId, ""), model_.Dump()) << "after restart " << round;
      run.Start();
      ASSERT_OK(world_.Run(Steps(*this, run, operations)));
      ASSERT_EQ(DumpNamespace(run.ns(), kRootInodeId, ""), model_.Dump()) << "in round " << round;
      EXPECT_LE(run.ns().tree().cached(), 41u);
      if (round % 2 == 0) {
        ASSERT_OK(run.Stop());
      } else {
        const sim::DiskImage image = disks.back()->Image();
        disks.push_back(std::make_unique<SimDisk>(world_.clock(), image, CrashMode::kDropUnsynced));
      }
    }
    EXPECT_EQ(done_, rounds * operations);
  }

  RealWorld world_;
  Model model_;
  uint64_t state_ = 4711;
  int done_ = 0;
};

TEST_F(NamespaceModelTest, HundredThousandOperationsWithRestartsDoWhatANaiveTreeDoes) { RunRounds(20, 5000); }

// By hand: namespace_model_test --gtest_also_run_disabled_tests --gtest_filter='*Million*'
TEST_F(NamespaceModelTest, DISABLED_MillionOperationsWithRestartsDoWhatANaiveTreeDoes) {
  state_ = 8;
  RunRounds(100, 10'000);
}

}  // namespace
}  // namespace tusk::dfs
