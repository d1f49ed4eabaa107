// BlockTokenIssuer, see the header.
#include "dfs/namenode/blocks/block_token_issuer.h"

#include "dfs/proto/HdfsServer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {
namespace {

constexpr size_t kKeyBytes = 32;

void FillKey(const BlockKey& key, hadoop::hdfs::BlockKeyProto* proto) {
  proto->set_keyid(static_cast<uint32_t>(key.id));
  proto->set_expirydate(static_cast<uint64_t>(key.expiry_wall_ms));
  proto->set_keybytes(key.bytes);
}

}  // namespace

BlockTokenIssuer::BlockTokenIssuer(BlockTokenPolicy policy, Random& random, TimePoint now, int64_t now_wall_ms)
    : policy_(policy), random_(random), rolled_(now) {
  // Ids of an earlier namenode's keys must not come back while datanodes may still know them.
  next_id_ = static_cast<int32_t>(random.Next64() & 0x3fffffff);
  keys_.set_lifetime_ms(ToMillis(policy.token_lifetime));
  keys_.set_protobuf(policy.protobuf);
  const int64_t interval = ToMillis(policy.key_interval), lifetime = ToMillis(policy.token_lifetime);
  BlockKey current = MakeKey(now_wall_ms + 2 * interval + lifetime);
  keys_.SetCurrent(current.id);
  keys_.Put(std::move(current));
  BlockKey next = MakeKey(now_wall_ms + 3 * interval + lifetime);
  next_key_ = next.id;
  keys_.Put(std::move(next));
}

BlockKey BlockTokenIssuer::MakeKey(int64_t expiry_wall_ms) {
  BlockKey key{next_id_++, expiry_wall_ms, std::string(kKeyBytes, '\0')};
  random_.FillSecure({reinterpret_cast<uint8_t*>(key.bytes.data()), key.bytes.size()});
  return key;
}

bool BlockTokenIssuer::Roll(TimePoint now, int64_t now_wall_ms) {
  if (now - rolled_ < policy_.key_interval) return false;
  rolled_ = now;
  const int64_t interval = ToMillis(policy_.key_interval), lifetime = ToMillis(policy_.token_lifetime);
  keys_.DropExpired(now_wall_ms);
  // The retiring key lives as long as the tokens that it has signed.
  if (auto retiring = keys_.keys().find(keys_.current()); retiring != keys_.keys().end()) {
    keys_.Put({retiring->second.id, now_wall_ms + interval + lifetime, retiring->second.bytes});
  }
  if (auto next = keys_.keys().find(next_key_); next != keys_.keys().end()) {
    keys_.Put({next->second.id, now_wall_ms + 2 * interval + lifetime, next->second.bytes});
    keys_.SetCurrent(next_key_);
  }
  BlockKey next = MakeKey(now_wall_ms + 3 * interval + lifetime);
  next_key_ = next.id;
  keys_.Put(std::move(next));
  return true;
}

void BlockTokenIssuer::Export(hadoop::hdfs::ExportedBlockKeysProto* keys) const {
  keys->set_isblocktokenenabled(true);
  keys->set_keyupdateinterval(static_cast<uint64_t>(ToMillis(policy_.key_interval)));
  keys->set_tokenlifetime(static_cast<uint64_t>(ToMillis(policy_.token_lifetime)));
  keys->clear_allkeys();
  for (const auto& [id, key] : keys_.keys()) {
    FillKey(key, keys->add_allkeys());
    if (id == keys_.current()) FillKey(key, keys->mutable_currentkey());
  }
}

void BlockTokenIssuer::Sign(std::string_view user, BlockAccess access, int64_t now_wall_ms,
                            hadoop::hdfs::LocatedBlockProto* block) const {
  BlockStorages storages;
  storages.types.assign(block->storagetypes().begin(), block->storagetypes().end());
  storages.ids.assign(block->storageids().begin(), block->storageids().end());
  ToProto(keys_.Sign(user, FromProto(block->b()), access, std::move(storages), now_wall_ms), block->mutable_blocktoken());
}

void BlockTokenIssuer::Sign(std::string_view user, BlockAccess access, int64_t now_wall_ms,
                            hadoop::hdfs::LocatedBlocksProto* blocks) const {
  for (auto& block : *blocks->mutable_blocks()) Sign(user, access, now_wall_ms, &block);
  if (blocks->has_lastblock()) Sign(user, access, now_wall_ms, blocks->mutable_lastblock());
}

}  // namespace tusk::dfs
