// What the verbs of `hdfs dfsadmin` share. A verb is a row of admin.cc's table and a function of one of the admin_*.cc.
#pragma once

#include <string>
#include <vector>

#include "base/async/loop_thread.h"
#include "dfs/client/blocking_file_system.h"
#include "dfs/shell/shell.h"

namespace tusk::dfs {

struct AdminSession {
  ShellContext& context;
  BlockingFileSystems& file_systems;
  FileSystem& fs;  // fs.defaultFS
  std::string verb;  // "-report"
  std::ostream& out() { return context.out; }
  std::ostream& err() { return context.err; }
  template <typename T>
  T Run(Task<T> task) {
    return file_systems.thread().Run(std::move(task));
  }
};

using AdminArgs = std::vector<std::string>;
// The exit code. An error is printed by the caller as "verb: message"; kInvalidArgument with the usage after it.
using AdminRun = Result<int> (*)(AdminSession& session, AdminArgs args);

struct AdminVerb {
  const char* name;
  const char* usage;
  const char* description;
  size_t args_min;
  size_t args_max;
  AdminRun run;
};

void PrintAdminUsage(std::ostream& out, const std::string& name);
// True if `option` was among `args`; takes it out.
bool TakeFlag(AdminArgs& args, const std::string& option);
// "8 KB", "755.92 GB", "0 B"
std::string ByteText(uint64_t bytes);
// "8192 (8 KB)"
std::string WithByteText(uint64_t bytes);
// As java.util.Date prints: "Sat Nov 21 12:48:59 UTC 2026".
std::string JavaDateText(int64_t wall_ms);
// "100", "1k", "10g"; kInvalidArgument.
Result<int64_t> ParseBinaryNumber(const std::string& text);
// "java.io.IOException: message", as Java prints an exception.
std::string JavaText(const Status& status);
// admin_report.cc
Result<int> AdminReport(AdminSession& session, AdminArgs args);
Result<int> AdminPrintTopology(AdminSession& session, AdminArgs args);
Result<int> AdminListOpenFiles(AdminSession& session, AdminArgs args);
// admin_quota.cc
Result<int> AdminQuota(AdminSession& session, AdminArgs args);
// admin_namenode.cc
Result<int> AdminSafeMode(AdminSession& session, AdminArgs args);
Result<int> AdminSaveNamespace(AdminSession& session, AdminArgs args);
Result<int> AdminRollEdits(AdminSession& session, AdminArgs args);
Result<int> AdminRestoreFailedStorage(AdminSession& session, AdminArgs args);
Result<int> AdminRefreshNodes(AdminSession& session, AdminArgs args);
Result<int> AdminFinalizeUpgrade(AdminSession& session, AdminArgs args);
Result<int> AdminUpgrade(AdminSession& session, AdminArgs args);
Result<int> AdminRollingUpgrade(AdminSession& session, AdminArgs args);
Result<int> AdminMetaSave(AdminSession& session, AdminArgs args);
Result<int> AdminSetBalancerBandwidth(AdminSession& session, AdminArgs args);
Result<int> AdminSnapshot(AdminSession& session, AdminArgs args);
Result<int> AdminFetchImage(AdminSession& session, AdminArgs args);
// admin_daemon.cc
Result<int> AdminRefresh(AdminSession& session, AdminArgs args);
Result<int> AdminRefreshByName(AdminSession& session, AdminArgs args);
Result<int> AdminReconfigure(AdminSession& session, AdminArgs args);
Result<int> AdminGetBalancerBandwidth(AdminSession& session, AdminArgs args);
Result<int> AdminGetDatanodeInfo(AdminSession& session, AdminArgs args);
Result<int> AdminGetVolumeReport(AdminSession& session, AdminArgs args);
Result<int> AdminShutdownDatanode(AdminSession& session, AdminArgs args);
Result<int> AdminEvictWriters(AdminSession& session, AdminArgs args);
Result<int> AdminRefreshNamenodes(AdminSession& session, AdminArgs args);
Result<int> AdminDeleteBlockPool(AdminSession& session, AdminArgs args);
Result<int> AdminTriggerBlockReport(AdminSession& session, AdminArgs args);

}  // namespace tusk::dfs
