// Goal: a loss of power at any moment keeps every acknowledged operation and nothing half done. Method: a run of random
// operations on a simulated disk that records, after each of its operations, what a crash right then would leave;
// a namenode starts from every one of these images, once with all unsynced data dropped and once with an arbitrary part
// of it kept, and must show the tree as it was after the last acknowledged operation, or after the one in progress.
// That the check has teeth is shown by taking out one fsync after the other: each time it must fail.
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
using sim::DiskEvent;
using sim::DiskOp;
using sim::SimDisk;

std::string DescribeAttributes(const Inode& inode) {
  std::string text;
  for (const AclEntry& entry : DecodeAcl(inode.acl)) text += ToString(entry) + ",";
  for (const XAttr& attribute : DecodeXAttrs(inode.xattrs)) text += PrefixedName(attribute) + "=" + attribute.value + ",";
  return text;
}

// One line per inode, in order.
std::string Dump(Namesystem& ns) {
  std::string text;
  std::vector<std::pair<InodeId, std::string>> waiting{{kRootInodeId, ""}};
  while (!waiting.empty()) {
    auto [id, path] = waiting.back();
    waiting.pop_back();
    Result<InodeRef> directory = ns.tree().ById(id);
    if (!directory.ok() || *directory == nullptr) return "lost inode " + std::to_string(id);
    uint64_t children = 0;
    Status scanned = ns.tree().ScanChildren(id, "", [&](const Inode& child) {
      ++children;
      std::string child_path = path + "/" + child.name;
      text += child_path + " " + std::to_string(child.id) + " " + std::to_string(child.mode) + " " +
              std::to_string(child.replication) + " " + std::to_string(child.under_construction) + " " +
              std::to_string(child.storage_policy) + " " + std::to_string(child.space_quota) + " " +
              std::to_string(child.type_quotas.size()) + " " + DescribeAttributes(child) + "\n";
      if (child.is_directory()) waiting.emplace_back(child.id, child_path);
      return true;
    });
    if (!scanned.ok()) return scanned.ToString();
    if (children != (*directory)->child_count) text += path + " counts " + std::to_string((*directory)->child_count) + "\n";
  }
  return text;
}

struct RecordedRun {
  std::vector<sim::TraceEntry> trace;
  std::vector<std::string> trees;  // trees[i]: after i acknowledged operations
  size_t failing_from = 0;         // of the trace
};

class NamespaceCrashTest : public testing::Test {
 protected:
  static DriverOptions Options(std::vector<NameFolder> folders) {
    DriverOptions options = NamespaceRun::SmallOptions();
    options.folders = std::move(folders);
    options.segment_bytes_max = 1500;
    options.marker_bytes = 2500;
    options.preallocate_bytes = 512;
    options.delete_slice_inodes = 2;
    return options;
  }
  uint64_t Below(uint64_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % bound;
  }
  std::string RandomPath() {
    std::string path;
    for (uint64_t depth = 1 + Below(3); depth > 0; --depth) path += std::string("/") + static_cast<char>('a' + Below(3));
    return path;
  }
  Status RandomOperation(NamespaceRun& run) {
    std::string path = RandomPath();
    std::string other = RandomPath();
    uint64_t choice = Below(15);
    uint64_t value = Below(8);
    return run.Change([&](const Call& call, Edit& edit) -> Status {
      Namesystem& ns = run.ns();
      if (choice < 4) return Mkdirs(ns, call, path, 0755, true, edit).ok() ? Status::Ok() : Status::Ok();
      if (choice < 6) {
        CreateRequest create;
        create.path = path;
        create.client_name = "client";
        [[maybe_unused]] Result<InodeRef> file = Create(ns, call, create, edit);
      } else if (choice < 8) {
        [[maybe_unused]] Result<bool> renamed = Rename(ns, call, path, other, edit);
      } else if (choice < 9) {
        [[maybe_unused]] Status set = SetPermission(ns, call, path, static_cast<uint16_t>(Below(01000)), edit);
      } else if (choice >= 10) {
        ChangeAttribute(ns, call, choice, value, path, edit);
      } else {
        [[maybe_unused]] Result<bool> deleted = Delete(ns, call, path, true, edit);
      }
      return Status::Ok();
    });
  }

  static void ChangeAttribute(Namesystem& ns, const Call& call, uint64_t choice, uint64_t value, const std::string& path,
                              Edit& edit) {
    const AclEntry entry{value % 2 == 0 ? AclScope::kAccess : AclScope::kDefault, AclType::kUser,
                         "u" + std::to_string(value % 3), static_cast<uint8_t>(value)};
    const XAttr attribute{XAttrNamespace::kUser, "n" + std::to_string(value % 3), std::to_string(value)};
    [[maybe_unused]] Status changed;
    switch (choice) {
      case 10: changed = ModifyAclEntries(ns, call, path, {entry}, edit); break;
      case 11: changed = RemoveAcl(ns, call, path, edit); break;
      case 12: changed = SetXAttr(ns, call, path, attribute, kXAttrCreate | kXAttrReplace, edit); break;
      case 13: changed = SetStoragePolicy(ns, call, path, value % 2 == 0 ? "COLD" : "ALL_SSD", edit); break;
      default:
        changed = SetQuota(ns, call, path, kQuotaKeep, value == 0 ? kQuotaNone : int64_t{1} << 50,
                           static_cast<int>(value % 3), edit);
    }
  }

  // With several folders, those for which `fails` is true fail from the middle of the second run on.
  RecordedRun Record(int operations, const std::function<bool(const DiskEvent&)>& skip_sync,
                     const std::function<bool(const DiskEvent&)>& fails = nullptr) {
    SimDisk disk(world_.clock());
    EXPECT_OK(NamespaceRun::Format(world_, disk, folders_));
    disk.set_skip_sync(skip_sync);
    std::atomic<bool> failing = false;
    if (fails) {
      disk.set_fault([&failing, fails](const DiskEvent& event) {
        return failing && fails(event) ? Status::FromErrno(EIO, "write", event.path) : Status::Ok();
      });
    }
    RecordedRun recorded;
    for (int start = 0; start < 2; ++start) {  // the second start replays and goes on
      NamespaceRun run(world_, disk);
      EXPECT_OK(run.Open(Options(folders_)));
      if (start == 0) {
        recorded.trees.push_back(Dump(run.ns()));
        disk.StartTrace();
      }
      run.Start();
      for (int i = 0; i < operations / 2; ++i) {
        if (start == 1 && i == operations / 4) {
          recorded.failing_from = disk.trace().size();
          failing = true;
        }
        EXPECT_OK(RandomOperation(run));
        recorded.trees.push_back(Dump(run.ns()));
        disk.set_note(recorded.trees.size() - 1);
      }
      EXPECT_OK(run.Stop());
    }
    recorded.trace = disk.trace();
    return recorded;
  }

  // What is wrong after a crash that leaves `entry`'s image; empty if nothing is.
  std::string Check(const RecordedRun& recorded, const sim::TraceEntry& entry, CrashMode mode, uint64_t seed,
                    const std::vector<NameFolder>& folders) {
    SimDisk disk(world_.clock(), entry.image, mode, seed);
    NamespaceRun run(world_, disk);
    Status opened = run.Open(Options(folders));
    if (!opened.ok()) return opened.ToString();
    std::string tree = Dump(run.ns());
    bool acknowledged = tree == recorded.trees[entry.note];
    bool in_progress = entry.note + 1 < recorded.trees.size() && tree == recorded.trees[entry.note + 1];
    if (acknowledged || in_progress) return "";
    return "after " + std::to_string(entry.note) + " operations the tree is\n" + tree + "instead of\n" +
           recorded.trees[entry.note];
  }

  // The first thing wrong in any prefix.
  std::string CheckPrefixes(const RecordedRun& recorded, CrashMode mode, size_t step, std::vector<NameFolder> folders = {},
                            size_t end = SIZE_MAX) {
    if (folders.empty()) folders = folders_;
    for (size_t i = 0; i < std::min(end, recorded.trace.size()); i += step) {
      std::string wrong = Check(recorded, recorded.trace[i], mode, i + 1, folders);
      if (wrong.empty()) continue;
      const DiskEvent& event = recorded.trace[i].event;
      return "crash after disk operation " + std::to_string(i) + " (" + std::string(NameOf(event.op)) + " " + event.path +
             "): " + wrong;
    }
    return "";
  }

  RealWorld world_;
  std::vector<NameFolder> folders_{{kNameDir}};
  uint64_t state_ = 20261121;
};

TEST_F(NamespaceCrashTest, EveryPrefixOfTheDiskTraceKeepsWhatWasAcknowledged) {
  RecordedRun recorded = Record(500, nullptr);
  ASSERT_GT(recorded.trace.size(), 500u);
  EXPECT_EQ(CheckPrefixes(recorded, CrashMode::kDropUnsynced, 1), "");
  EXPECT_EQ(CheckPrefixes(recorded, CrashMode::kTorn, 1), "");
}

// Two folders: each alone keeps everything; and when one fails in the middle, the two together do, wherever the power goes.
TEST_F(NamespaceCrashTest, TwoFoldersOfWhichOneFailsKeepWhatWasAcknowledged) {
  folders_ = {{"/name"}, {"/other"}};
  for (const char* failing : {"/name/", "/other/"}) {
    RecordedRun recorded = Record(120, nullptr, [failing](const DiskEvent& event) { return event.path.starts_with(failing); });
    ASSERT_GT(recorded.failing_from, 100u);
    EXPECT_EQ(CheckPrefixes(recorded, CrashMode::kDropUnsynced, 1), "") << failing;
    EXPECT_EQ(CheckPrefixes(recorded, CrashMode::kTorn, 1), "") << failing;
    EXPECT_EQ(CheckPrefixes(recorded, CrashMode::kTorn, 3, {{"/name"}}, recorded.failing_from), "") << failing;
    EXPECT_EQ(CheckPrefixes(recorded, CrashMode::kDropUnsynced, 3, {{"/other"}}, recorded.failing_from), "") << failing;
  }
}

struct TakenOut {
  const char* what;
  DiskOp op;
  const char* path_part;
};

class NamespaceCrashWithoutSyncTest : public NamespaceCrashTest, public testing::WithParamInterface<TakenOut> {};

TEST_P(NamespaceCrashWithoutSyncTest, IsCaught) {
  const TakenOut& out = GetParam();
  int skipped = 0;
  RecordedRun recorded = Record(120, [&](const DiskEvent& event) {
    bool hit = event.op == out.op && event.path.find(out.path_part) != std::string::npos;
    skipped += hit ? 1 : 0;
    return hit;
  });
  ASSERT_GT(skipped, 0);
  EXPECT_NE(CheckPrefixes(recorded, CrashMode::kDropUnsynced, 1), "") << "nobody noticed that " << out.what << " is gone";
}

INSTANTIATE_TEST_SUITE_P(
    All, NamespaceCrashWithoutSyncTest,
    testing::Values(TakenOut{"GroupCommit", DiskOp::kSync, "/edits_"},
                    TakenOut{"FolderOfSegmentsAndMarker", DiskOp::kSyncDir, "/name/current"},
                    TakenOut{"Tables", DiskOp::kSync, ".ldb"}, TakenOut{"Manifest", DiskOp::kSync, "MANIFEST"},
                    TakenOut{"FolderOfTables", DiskOp::kSyncDir, "/current/namespace"},
                    TakenOut{"Marker", DiskOp::kSync, "/marker.tmp"}),
    [](const testing::TestParamInfo<TakenOut>& parameter) { return std::string(parameter.param.what); });

}  // namespace
}  // namespace tusk::dfs
