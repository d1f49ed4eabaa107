// Block names as values: what client, namenode and datanode call one block.
#pragma once

#include <cstdint>
#include <string>

namespace hadoop::hdfs {
class BlockProto;
class ExtendedBlockProto;
}  // namespace hadoop::hdfs

namespace tusk::dfs {

struct Block {
  int64_t id = 0;  // negative: erasure coded
  uint64_t generation_stamp = 0;
  uint64_t length = 0;

  bool operator==(const Block&) const = default;
  std::string ToString() const;  // "blk_1073741825_1001"
};

struct ExtendedBlock {
  std::string pool_id;
  Block block;

  bool operator==(const ExtendedBlock&) const = default;
  std::string ToString() const;  // "BP-1-127.0.0.1-2:blk_1073741825_1001"
};

Block FromProto(const hadoop::hdfs::BlockProto& proto);
ExtendedBlock FromProto(const hadoop::hdfs::ExtendedBlockProto& proto);
// Every field is set, zeros too (hdfs-wire §8 rule 19).
void ToProto(const Block& block, hadoop::hdfs::BlockProto* proto);
void ToProto(const ExtendedBlock& block, hadoop::hdfs::ExtendedBlockProto* proto);

}  // namespace tusk::dfs
