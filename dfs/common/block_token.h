// Block tokens (dfs.block.access.token.enable): who may do what with one block, until when, signed with a key that the
// namenode shares with its datanodes. Wire: hdfs-wire §3.7; opaque to clients.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "base/security/token.h"
#include "dfs/common/block.h"

namespace hadoop::common {
class TokenProto;
}
namespace hadoop::hdfs {
class ExportedBlockKeysProto;
}

namespace tusk::dfs {

inline constexpr std::string_view kBlockTokenKind = "HDFS_BLOCK_TOKEN";

// Bits; a token may allow several.
using BlockAccess = uint8_t;
inline constexpr BlockAccess kAccessRead = 1, kAccessWrite = 2, kAccessCopy = 4, kAccessReplace = 8;

// The storages that a block is to be read from or written to. A token that names none allows any.
struct BlockStorages {
  std::vector<int> types;        // StorageTypeProto
  std::vector<std::string> ids;
};

struct BlockTokenIdentifier {
  int64_t expiry_wall_ms = 0;
  int32_t key_id = 0;
  std::string user;
  std::string pool_id;
  int64_t block_id = 0;
  BlockAccess access = 0;
  BlockStorages storages;
  std::string handshake;

  // Writable (what Hadoop writes by default), or protobuf (dfs.block.access.token.protobuf.enable).
  std::string Encode(bool protobuf) const;
  // Either; kInvalidToken.
  static Result<BlockTokenIdentifier> Decode(std::string_view bytes);
  std::string ToString() const;
};

struct BlockKey {
  int32_t id = 0;
  int64_t expiry_wall_ms = 0;
  std::string bytes;
};

// The keys that this process knows: signs with the current one, verifies with any that has not expired.
class BlockTokenKeys {
 public:
  // Whether blocks are given out only for a token. Once true it stays true.
  bool required() const { return required_; }
  void Require() { required_ = true; }
  void set_protobuf(bool protobuf) { protobuf_ = protobuf; }

  // Keys that the namenode has announced; those that have expired are dropped.
  void Learn(const hadoop::hdfs::ExportedBlockKeysProto& keys, int64_t now_wall_ms);
  void Put(BlockKey key) { keys_[key.id] = std::move(key); }
  void SetCurrent(int32_t id) { current_ = id; }
  void DropExpired(int64_t now_wall_ms);
  const std::map<int32_t, BlockKey>& keys() const { return keys_; }
  int32_t current() const { return current_; }
  void set_lifetime_ms(int64_t lifetime_ms) { lifetime_ms_ = lifetime_ms; }

  // An empty token where there is no key.
  Token Sign(std::string_view user, const ExtendedBlock& block, BlockAccess access, BlockStorages storages,
             int64_t now_wall_ms) const;
  // kInvalidToken with Hadoop's words unless the token allows `access` to the block and the storages.
  Status Verify(const Token& token, const ExtendedBlock& block, BlockAccess access, const BlockStorages& storages,
                int64_t now_wall_ms) const;
  // The same without the password, which has been verified (a connection that was opened with the token).
  static Status Allows(const BlockTokenIdentifier& identifier, const ExtendedBlock& block, BlockAccess access,
                       const BlockStorages& storages, int64_t now_wall_ms);
  // kInvalidToken for a key that is not known (any more).
  Result<std::string> PasswordOf(std::string_view identifier_bytes) const;

 private:
  bool required_ = false;
  bool protobuf_ = false;
  int64_t lifetime_ms_ = 600 * 60 * 1000;
  std::map<int32_t, BlockKey> keys_;
  int32_t current_ = 0;
};

Token FromProto(const hadoop::common::TokenProto& proto);
// Every field is set, empty too.
void ToProto(const Token& token, hadoop::common::TokenProto* proto);

}  // namespace tusk::dfs
