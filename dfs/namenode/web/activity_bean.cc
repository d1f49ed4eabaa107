// Counted from the RPC server's calls; what came by WebHDFS is not in it, but for files made and deleted.
#include "dfs/namenode/web/activity_bean.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace tusk::dfs {
namespace {

struct OperationRow {
  std::string_view attribute;
  std::initializer_list<std::string_view> methods;
};

// Calls that went well.
uint64_t Succeeded(const rpc::ServerStats& stats, std::initializer_list<std::string_view> methods) {
  uint64_t count = 0;
  for (std::string_view name : methods) {
    const auto found = stats.methods.find(name);
    if (found != stats.methods.end()) count += found->second.calls - std::min(found->second.calls, found->second.failures);
  }
  return count;
}

void SetReportTimes(const rpc::ServerStats& stats, Bean& bean) {
  const auto reports = stats.methods.find("blockReport");
  const bool none = reports == stats.methods.end();
  bean.Set("StorageBlockReportNumOps", none ? 0 : reports->second.calls);
  bean.Set("StorageBlockReportAvgTime", none ? 0.0 : reports->second.processing.MeanMillis());
}

void FillActivity(const rpc::ServerStats& stats, Bean& bean) {
  static const OperationRow kRows[] = {
      {"AddBlockOps", {"addBlock"}},
      {"AllowSnapshotOps", {"allowSnapshot"}},
      {"BlockReceivedAndDeletedOps", {"blockReceivedAndDeleted"}},
      {"CreateFileOps", {"create"}},
      {"CreateSnapshotOps", {"createSnapshot"}},
      {"CreateSymlinkOps", {"createSymlink"}},
      {"DeleteFileOps", {"delete"}},
      {"DeleteSnapshotOps", {"deleteSnapshot"}},
      {"DisallowSnapshotOps", {"disallowSnapshot"}},
      {"FileInfoOps", {"getFileInfo", "getFileLinkInfo"}},
      {"FilesAppended", {"append"}},
      {"FilesRenamed", {"rename", "rename2"}},
      {"FilesTruncated", {"truncate"}},
      {"GetAdditionalDatanodeOps", {"getAdditionalDatanode"}},
      {"GetBlockLocations", {"getBlockLocations"}},
      {"GetLinkTargetOps", {"getLinkTarget"}},
      {"GetListingOps", {"getListing"}},
      {"ListSnapshotOps", {"getSnapshotListing"}},
      {"ListSnapshottableDirOps", {"getSnapshottableDirListing"}},
      {"RenameSnapshotOps", {"renameSnapshot"}},
      {"SnapshotDiffReportOps", {"getSnapshotDiffReport", "getSnapshotDiffReportListing"}},
  };
  for (const OperationRow& row : kRows) bean.Set(row.attribute, Succeeded(stats, row.methods));
  bean.Set("TotalFileOps", Succeeded(stats, {"addBlock", "append", "create", "createSymlink", "delete", "getBlockLocations", "getFileInfo",
                                             "getFileLinkInfo", "getLinkTarget", "getListing", "mkdirs", "rename", "rename2", "truncate",
                                             "getAdditionalDatanode"}));
  SetReportTimes(stats, bean);
  // What Hadoop does and tusk does not: encryption zones, block maps of other stores, following another namenode's edits,
  // sending images and edits to one that makes checkpoints, caching, a queue of block reports.
  for (const char* name : {"CacheReport", "EditLogFetchTime", "EditLogTailInterval", "EditLogTailTime", "GenerateEDEKTime", "GetAliasMap", "GetEdit",
                           "GetImage", "PutImage", "WarmUpEDEKTime"}) {
    bean.Set(std::string(name) + "NumOps", 0).Set(std::string(name) + "AvgTime", 0.0);
  }
  for (const char* name : {"BlockOpsBatched", "BlockOpsQueued", "DeleteBlocksQueued"}) bean.Set(name, 0);
  bean.Set("NumEditLogLoadedNumOps", 0).Set("NumEditLogLoadedAvgCount", 0.0);
}

}  // namespace

void ExportActivity(const rpc::Server& rpc_server, NamespaceDriver& driver, MetricRegistry& metrics) {
  const Counters began = driver.namesystem().counters();
  metrics.AddBean("Hadoop:service=NameNode,name=NameNodeActivity", [&rpc_server, &driver, began](Bean& bean) {
    FillActivity(rpc_server.stats(), bean);
    // Every inode has a number of its own: those given out and those that are there tell how many went.
    const Counters& now = driver.namesystem().counters();
    const uint64_t created = now.last_inode - began.last_inode;
    bean.Set("FilesCreated", created).Set("FilesDeleted", began.inodes + created - std::min(began.inodes + created, now.inodes));
  });
}

}  // namespace tusk::dfs
