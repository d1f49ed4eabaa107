// FsckReport: the text of `hdfs fsck`, line by line as Hadoop 3.4 prints it; tools parse it, and the client takes its
// exit code from the last line. Pure: files come in one by one with what the block map knows of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dfs/namenode/blocks/block_manager.h"
#include "dfs/namenode/web/storage_policy_summary.h"

namespace tusk::dfs {

struct FsckOptions {
  std::string path = "/";
  bool files = false;
  bool blocks = false;
  bool locations = false;
  bool racks = false;
  bool replica_details = false;
  bool upgrade_domains = false;
  bool storage_policies = false;
  bool open_for_write = false;
};

struct FsckFile {
  std::string path;
  int64_t length = 0;
  uint16_t replication = 0;
  bool open = false;
  uint8_t storage_policy = 0;  // the one that holds for it; 0: none set
  std::vector<BlockSpec> blocks;  // complete ones; of an open file with open_for_write also its last
  size_t open_blocks = 0;         // how many at the end of `blocks` are under construction
};

// As Java's String.valueOf(float).
std::string JavaFloat(float value);

class FsckReport {
 public:
  FsckReport(FsckOptions options, const BlockManager& blocks, std::string pool_id, int default_replication)
      : options_(std::move(options)), map_(blocks), pool_id_(std::move(pool_id)), default_replication_(default_replication) {}

  // Each appends to the text that TakeText gives out.
  void Begin(const std::string& user, const std::string& remote_ip, const std::string& java_date);
  void AddDirectory(const std::string& path);
  void AddSymlink() { ++symlinks_; }
  // True for a corrupt file that nobody writes: what -move and -delete are about.
  bool AddFile(const FsckFile& file, TimePoint now);
  // A repair has failed: the last line will say so.
  void NoteInternalError() { internal_error_ = true; }
  void Finish(const std::string& java_date, int64_t took_ms);
  void FinishFailed(const std::string& why);
  void FinishMissingPath();
  // -list-corruptfileblocks: (block, path) of each after the `seen` that the client was told before. It asks again with
  // the cookie until it reads "no" or "no more" files.
  void FinishCorruptList(const std::vector<std::pair<int64_t, std::string>>& corrupt, size_t seen);
  // -blockId blk_N ...
  void BeginBlocks(const std::string& user, const std::string& remote_ip, const std::string& java_date);
  void AddBadBlockName(const std::string& name) { text_ += "Incorrect blockId format: " + name + "\n"; }
  void AddBlock(int64_t id, const std::string& path_or_empty);
  std::string TakeText();

 private:
  struct Totals {
    uint64_t size = 0, files = 0, blocks = 0, minimally = 0, over = 0, under = 0, misplaced = 0;
    uint64_t missing = 0, corrupt = 0, missing_replicas = 0, expected_replicas = 0, replicas = 0;
    uint64_t missing_size = 0, corrupt_size = 0, corrupt_files = 0, unsafe = 0;
    uint64_t open_files = 0, open_size = 0, open_blocks = 0;
  };
  struct FileFindings {
    uint64_t missing = 0, missing_size = 0, corrupt = 0, corrupt_size = 0, under = 0, misplaced = 0;
    std::string block_lines;
  };
  void Examine(const FsckFile& file, const BlockSpec& block, size_t number, TimePoint now, FileFindings& findings);
  void AddToSummary(const FsckFile& file, const BlockSpec& block);
  bool ShowsReplicas() const;
  std::string Locations(const BlockSpec& block) const;
  std::string ReplicaState(const PlacedReplica& replica, const BlockSpec& block) const;
  void PrintTotals();

  FsckOptions options_;
  const BlockManager& map_;
  std::string pool_id_;
  int default_replication_;
  uint64_t directories_ = 0;
  uint64_t symlinks_ = 0;
  Totals totals_;
  StoragePolicySummary policies_;
  bool internal_error_ = false;
  std::string text_;
};

}  // namespace tusk::dfs
