// FaultTest: a simulated cluster for tests that break one thing and say what a user must see.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/testing/matchers.h"
#include "dfs/client/dfs_context.h"
#include "dfs/client/dfs_file_system.h"
#include "dfs/client/testing/whole_file.h"
#include "dfs/simulation/replica_files.h"
#include "dfs/simulation/sim_cluster.h"

namespace tusk::dfs::simulation {

class FaultTest : public ::testing::Test {
 protected:
  using Settings = std::vector<std::pair<std::string, std::string>>;

  void Open(int datanodes, Settings settings = {}) {
    SimClusterOptions options;
    options.datanodes = datanodes;
    options.settings = std::move(settings);
    cluster_ = std::make_unique<SimCluster>(1, std::move(options));
    ASSERT_OK(cluster_->Start());
    Wait(20);
  }
  void TearDown() override {
    if (cluster_ == nullptr) return;
    world().fabric().HealAll();
    timers_.clear();
    streams_.clear();
    cluster_->Finish();
  }

  sim::SimWorld& world() { return cluster_->world(); }
  FileSystem& fs(size_t client = 0) { return cluster_->client(client); }
  void Wait(int seconds) { world().RunFor(std::chrono::seconds(seconds)); }
  double Now() const { return std::chrono::duration<double>(cluster_->world().clock().Now().time_since_epoch()).count(); }
  std::string Name(size_t datanode) { return cluster_->datanode_machine(datanode).name(); }
  void Later(int seconds, std::function<void()> work) {
    timers_.push_back(world().loop().RunAt(world().loop().In(std::chrono::seconds(seconds)), std::move(work)));
  }
  // Within `seconds` of virtual time.
  template <typename Condition>
  bool Eventually(Condition condition, int seconds = 120) {
    for (int i = 0; i < seconds && !condition(); ++i) Wait(1);
    return condition();
  }

  static std::string Pattern(size_t size, uint32_t state = 1) {
    std::string bytes(size, '\0');
    for (char& c : bytes) {
      state = state * 1664525 + 1013904223;
      c = static_cast<char>(state >> 24);
    }
    return bytes;
  }
  Status Put(const std::string& path, const std::string& bytes, size_t client = 0) {
    return world().Run(WriteWholeFile(fs(client), path, bytes));
  }
  void ExpectContent(const std::string& path, const std::string& bytes, size_t client = 1) {
    SCOPED_TRACE(path);
    std::string found;
    EXPECT_OK(world().Run(ReadWholeFile(fs(client), path, &found)));
    EXPECT_EQ(found.size(), bytes.size());
    EXPECT_TRUE(found == bytes);
  }
  // A file open for writing with `bytes` synced; closed or dropped at the end of the test.
  OutputStream& OpenWith(const std::string& path, const std::string& bytes, size_t client = 0) {
    auto stream = world().Run(fs(client).Create(path));
    EXPECT_OK(stream);
    streams_.push_back(std::move(stream).value());
    EXPECT_OK(world().Run(streams_.back()->Write(AsBytes(bytes))));
    EXPECT_OK(world().Run(streams_.back()->Hsync()));
    return *streams_.back();
  }
  // The datanodes that the namenode gives to readers of the last block.
  std::vector<size_t> HoldersOf(const std::string& path) {
    std::vector<size_t> holders;
    auto blocks = world().Run(fs(2).GetBlockLocations(path, 0, uint64_t{1} << 40));
    EXPECT_OK(blocks);
    if (!blocks.ok() || blocks->empty()) return holders;
    for (const std::string& address : blocks->back().addresses) holders.push_back(cluster_->DatanodeAt(address));
    return holders;
  }
  // Every block has its replicas, no more and no bad one.
  bool Whole() {
    if (cluster_->namenode() == nullptr) return false;
    const BlockStats stats = cluster_->namenode()->blocks().Stats();
    return stats.under_replicated + stats.corrupt + stats.missing + stats.pending_deletion + stats.pending_replication + stats.excess == 0;
  }
  Status RestartNamenode(sim::CrashMode mode = sim::CrashMode::kDropUnsynced) {
    cluster_->CrashNamenode(mode);
    return world().Run(cluster_->StartNamenode());
  }
  Status RecoverLease(const std::string& path, size_t client) {
    for (int tries = 0; tries < 60; ++tries, Wait(2)) {
      hadoop::hdfs::RecoverLeaseRequestProto request;
      request.set_src(path);
      request.set_clientname(ContextOf(fs(client))->client_name());
      auto answer = world().Run(ContextOf(fs(client))->namenode().RecoverLease(request));
      if (!answer.ok()) return answer.status();
      if (answer->result()) return Status::Ok();
    }
    return Status(Code::kTimedOut, "no recovery");
  }

  std::unique_ptr<SimCluster> cluster_;
  std::vector<std::unique_ptr<OutputStream>> streams_;
  std::vector<std::unique_ptr<Timer>> timers_;
};

}  // namespace tusk::dfs::simulation
