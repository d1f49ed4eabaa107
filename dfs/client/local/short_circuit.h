// Short-circuit reads: replicas of this machine's datanodes, read from their own files, which the datanode has passed over
// the unix socket of dfs.domain.socket.path (hdfs-wire §3.6). Where anything is amiss the reader goes on over TCP.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/env/env.h"
#include "dfs/client/block_source.h"
#include "dfs/client/client_config.h"
#include "dfs/common/checksum.h"
#include "dfs/common/data_transfer.h"

namespace tusk {
class LocalSockets;
}
namespace hadoop::hdfs {
class LocatedBlockProto;
}

namespace tusk::dfs {

struct LocalReplica {
  std::unique_ptr<File> data;
  std::unique_ptr<File> meta;
  DataChecksum checksum;
  uint64_t length = 0;  // of the data when it was opened
};

// Which replicas of this machine are open, and how to come by more. One loop's thread.
class ShortCircuit {
 public:
  ShortCircuit(Env env, const DfsClientConfig& config);
  ~ShortCircuit();

  struct Range {
    int node = 0;  // of the block's locations
    uint64_t offset = 0;
    uint64_t length = 0;
    bool verify = true;
  };
  // A reader of the range, or null where it must be read over the wire. `block` lives as long as the await.
  Task<std::unique_ptr<BlockSource>> Open(const hadoop::hdfs::LocatedBlockProto& block, Range range);
  // Its files did not give what they should: they are let go of, and the block is read over the wire for a while.
  void Distrust(const hadoop::hdfs::LocatedBlockProto& block);
  void Clear();

 private:
  using Key = std::tuple<std::string, uint64_t, uint64_t>;  // pool, block, stamp
  struct Entry {
    std::shared_ptr<LocalReplica> replica;  // null: over the wire
    TimePoint expires;
    uint64_t used = 0;
  };
  static Key KeyOf(const hadoop::hdfs::LocatedBlockProto& block);
  void Insert(Key key, std::shared_ptr<LocalReplica> replica);
  Task<Result<std::shared_ptr<LocalReplica>>> Request(const hadoop::hdfs::LocatedBlockProto& block, std::string path);
  Task<Result<std::shared_ptr<LocalReplica>>> Ask(const hadoop::hdfs::LocatedBlockProto& block, std::string path, Stream& stream);

  Env env_;
  const DfsClientConfig& config_;
  LocalSockets* sockets_;  // null: none here
  std::map<Key, Entry> replicas_;
  uint64_t uses_ = 0;
  std::map<std::string, bool> own_addresses_;
  std::map<std::string, TimePoint> disabled_until_;            // paths whose datanode does not pass files
  std::map<std::string, std::unique_ptr<Stream>> connections_;  // idle ones, by path
};

}  // namespace tusk::dfs
