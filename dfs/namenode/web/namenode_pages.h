// NameNodePages: what the namenode serves over HTTP beside every daemon's pages: /fsck, /isActive, /topology, and the
// JMX beans that scripts, the console and Hadoop's own tools read. Wire: hdfs-wire §6.2.
#pragma once

#include <string>

#include "base/env/env.h"
#include "base/http/server.h"
#include "base/metrics/metrics.h"
#include "dfs/namenode/audit/namenode_audit.h"
#include "dfs/namenode/driver/namespace_driver.h"
#include "dfs/namenode/namenode_config.h"
#include "dfs/namenode/web/fsck_repairs.h"
#include "dfs/namenode/web/fsck_report.h"

namespace tusk::dfs {

class NameNodePages {
 public:
  // All outlive it.
  NameNodePages(Env env, const NameNodeConfig& config, NamespaceDriver& driver, HostPort rpc_address);
  // For fsck's -move and -delete, which fail without. Before the server starts.
  void set_fsck_repairs(FsckRepairs::Factory make) { make_repairs_ = std::move(make); }
  // fsck's lines in hdfs-audit.log; outlives this.
  void set_audit(NameNodeAudit* audit) { audit_ = audit; }
  // Before the server starts; this outlives the server and the registry's use.
  void Mount(http::Server& server, MetricRegistry& metrics);

 private:
  Task<void> Fsck(http::Exchange& exchange);
  Task<void> Topology(http::Exchange& exchange);
  // What one request of fsck is about.
  struct FsckRun {
    http::Exchange& exchange;
    FsckReport& report;
    bool open_for_write = false;
    bool move = false;
    bool remove = false;
    std::string user;
    std::unique_ptr<FsckRepairs> repairs = nullptr;  // made for the first corrupt file
  };
  void FsckBlocks(http::Exchange& exchange, FsckReport& report, const std::string& names);
  // Walks everything below `top`, a folder's children at a time; other calls run in between.
  Task<Status> WalkForFsck(FsckRun& run, InodeRef top);
  Task<void> CheckFile(FsckRun& run, const Inode& file, std::string path);
  Task<Status> Repair(FsckRun& run, std::string path);
  std::vector<std::pair<int64_t, std::string>> CorruptFiles(const std::string& below, size_t seen) const;
  std::string PathOf(int64_t inode) const;  // "" if it is gone

  void FillInfo(Bean& bean) const;
  void FillStatus(Bean& bean) const;
  void FillState(Bean& bean) const;
  void FillFsNamesystem(Bean& bean) const;
  void FillCounts(Bean& bean, bool state) const;  // what the last two share; `state`: FSNamesystemState
  void AddSmallBeans(MetricRegistry& metrics);
  void Collect(MetricSink& sink) const;
  std::string NodeUsage() const;
  std::string LiveNodes() const;
  std::string DeadNodes() const;
  std::string DecommissioningNodes() const;
  StorageSpace Totals() const;

  BlockManager& blocks() const { return driver_.namesystem().blocks(); }

  Env env_;
  const NameNodeConfig& config_;
  NamespaceDriver& driver_;
  HostPort rpc_address_;
  FsckRepairs::Factory make_repairs_;
  NameNodeAudit* audit_ = nullptr;
  int64_t started_wall_ms_;
};

}  // namespace tusk::dfs
