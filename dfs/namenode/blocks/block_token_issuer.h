// BlockTokenIssuer: makes the keys of block tokens, rolls them, and signs tokens for clients. Keys are not stored: after
// a restart the namenode makes new ones, and datanodes get them when they register again, as in Hadoop.
#pragma once

#include <string_view>

#include "base/core/time.h"
#include "base/env/random.h"
#include "dfs/common/block_token.h"

namespace hadoop::hdfs {
class LocatedBlockProto;
class LocatedBlocksProto;
}  // namespace hadoop::hdfs

namespace tusk::dfs {

struct BlockTokenPolicy {
  Duration key_interval = std::chrono::minutes(600);    // dfs.block.access.key.update.interval
  Duration token_lifetime = std::chrono::minutes(600);  // dfs.block.access.token.lifetime
  bool protobuf = false;                                // dfs.block.access.token.protobuf.enable
};

class BlockTokenIssuer {
 public:
  BlockTokenIssuer(BlockTokenPolicy policy, Random& random, TimePoint now, int64_t now_wall_ms);

  // Makes the next key the current one when its time has come; true then: datanodes must be told.
  bool Roll(TimePoint now, int64_t now_wall_ms);
  void Export(hadoop::hdfs::ExportedBlockKeysProto* keys) const;

  // Puts a token into each block for `user`; only for the storages that the block names.
  void Sign(std::string_view user, BlockAccess access, int64_t now_wall_ms, hadoop::hdfs::LocatedBlockProto* block) const;
  void Sign(std::string_view user, BlockAccess access, int64_t now_wall_ms, hadoop::hdfs::LocatedBlocksProto* blocks) const;

 private:
  BlockKey MakeKey(int64_t expiry_wall_ms);

  BlockTokenPolicy policy_;
  Random& random_;
  BlockTokenKeys keys_;
  int32_t next_id_ = 0;
  int32_t next_key_ = 0;  // id of the key that will be current after this one; datanodes know it already
  TimePoint rolled_{};
};

}  // namespace tusk::dfs
