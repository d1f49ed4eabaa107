// What a datanode tells the namenode of its replicas: the compact list of a full report, and the queue of an
// incremental one. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "dfs/datanode/store/block_store.h"

namespace hadoop::hdfs::datanode {
class BlockReceivedAndDeletedRequestProto;
class StorageBlockReportProto;
}  // namespace hadoop::hdfs::datanode

namespace tusk::dfs::datanode {

// numberOfBlocks and blocksBuffers (hdfs-wire §4.2); temporary replicas must not be in the list.
void FillBlockList(const std::vector<ReplicaPtr>& replicas, hadoop::hdfs::datanode::StorageBlockReportProto* report);

// Changes not yet reported, per storage; of one block only the last.
class IncrementalReport {
 public:
  struct Change {
    Block block;
    BlockEvent event = BlockEvent::kReceiving;
    std::string delete_hint;
  };
  struct Storage {
    StorageType type = StorageType::kDisk;
    std::unordered_map<int64_t, Change> changes;
  };

  void Add(const Volume& volume, Change change);
  // After a report that did not get through: what was taken, unless something newer came for the block.
  void PutBack(std::map<std::string, Storage> taken);
  std::map<std::string, Storage> Take();
  bool empty() const { return storages_.empty(); }
  void Clear() { storages_.clear(); }
  // Fills `blocks` of a request.
  static void Fill(const std::map<std::string, Storage>& storages,
                   hadoop::hdfs::datanode::BlockReceivedAndDeletedRequestProto* request);

 private:
  std::map<std::string, Storage> storages_;
};

}  // namespace tusk::dfs::datanode
