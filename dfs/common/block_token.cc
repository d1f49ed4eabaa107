// Encoding, signing and verifying of block tokens.
#include "dfs/common/block_token.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/proto/Security.pb.h"
#include "base/security/hmac.h"
#include "dfs/proto/HdfsServer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {
namespace {

namespace pb = hadoop::hdfs;

constexpr std::array<std::string_view, 4> kAccessNames = {"READ", "WRITE", "COPY", "REPLACE"};
constexpr std::array<std::string_view, 7> kStorageTypeNames = {"", "DISK", "SSD", "ARCHIVE", "RAM_DISK", "PROVIDED", "NVDIMM"};
constexpr size_t kStoragesMax = 1024;  // a bound of ours

// WritableUtils.writeString: a four-byte length.
void WriteString(WritableWriter& out, std::string_view text) {
  out.Int(static_cast<int32_t>(text.size()));
  out.Raw(text);
}

Result<std::string> ReadString(WritableReader& in) {
  ASSIGN_OR_RETURN(int32_t length, in.Int());
  if (length < 0) return std::string();  // null
  ASSIGN_OR_RETURN(std::string_view bytes, in.Raw(static_cast<size_t>(length)));
  return std::string(bytes);
}

template <size_t N>
Result<size_t> ReadEnum(WritableReader& in, const std::array<std::string_view, N>& names) {
  ASSIGN_OR_RETURN(std::string name, in.Text());
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end() || name.empty()) return Status(Code::kInvalidToken, "unknown word in a block token: " + name);
  return static_cast<size_t>(found - names.begin());
}

Result<BlockTokenIdentifier> DecodeWritable(std::string_view bytes) {
  WritableReader in(bytes);
  BlockTokenIdentifier identifier;
  ASSIGN_OR_RETURN(identifier.expiry_wall_ms, in.VLong());
  ASSIGN_OR_RETURN(identifier.key_id, in.VInt());
  ASSIGN_OR_RETURN(identifier.user, ReadString(in));
  ASSIGN_OR_RETURN(identifier.pool_id, ReadString(in));
  ASSIGN_OR_RETURN(identifier.block_id, in.VLong());
  ASSIGN_OR_RETURN(size_t modes, in.VCount());
  if (modes > kAccessNames.size()) return Status(Code::kInvalidToken, "a block token with " + std::to_string(modes) + " modes");
  for (size_t i = 0; i < modes; ++i) {
    ASSIGN_OR_RETURN(size_t mode, ReadEnum(in, kAccessNames));
    identifier.access |= static_cast<BlockAccess>(1U << mode);
  }
  ASSIGN_OR_RETURN(size_t types, in.VCount());
  if (types > kStoragesMax) return Status(Code::kInvalidToken, "a block token with too many storages");
  for (size_t i = 0; i < types; ++i) {
    ASSIGN_OR_RETURN(size_t type, ReadEnum(in, kStorageTypeNames));
    identifier.storages.types.push_back(static_cast<int>(type));
  }
  ASSIGN_OR_RETURN(size_t ids, in.VCount());
  if (ids > kStoragesMax) return Status(Code::kInvalidToken, "a block token with too many storages");
  for (size_t i = 0; i < ids; ++i) {
    ASSIGN_OR_RETURN(std::string id, ReadString(in));
    identifier.storages.ids.push_back(std::move(id));
  }
  if (!in.AtEnd()) {
    ASSIGN_OR_RETURN(identifier.handshake, in.Text());
  }
  return identifier;
}

Result<BlockTokenIdentifier> DecodeProtobuf(std::string_view bytes) {
  pb::BlockTokenSecretProto proto;
  if (!proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Status(Code::kInvalidToken, "a malformed block token");
  }
  BlockTokenIdentifier identifier;
  identifier.expiry_wall_ms = static_cast<int64_t>(proto.expirydate());
  identifier.key_id = static_cast<int32_t>(proto.keyid());
  identifier.user = proto.userid();
  identifier.pool_id = proto.blockpoolid();
  identifier.block_id = static_cast<int64_t>(proto.blockid());
  for (int mode : proto.modes()) identifier.access |= static_cast<BlockAccess>(1U << (mode - 1));
  for (int type : proto.storagetypes()) identifier.storages.types.push_back(type);
  identifier.storages.ids.assign(proto.storageids().begin(), proto.storageids().end());
  identifier.handshake = proto.handshakesecret();
  return identifier;
}

// Whether every wanted one is among the allowed ones, each used once. None allowed by name: any.
template <typename T>
bool Covers(std::vector<T> allowed, const std::vector<T>& wanted) {
  if (allowed.empty()) return true;
  for (const T& one : wanted) {
    auto found = std::find(allowed.begin(), allowed.end(), one);
    if (found == allowed.end()) return false;
    allowed.erase(found);
  }
  return true;
}

std::string NameOf(BlockAccess access) {
  std::string names;
  for (size_t i = 0; i < kAccessNames.size(); ++i) {
    if ((access & (1U << i)) != 0) names += (names.empty() ? "" : ", ") + std::string(kAccessNames[i]);
  }
  return names;
}

}  // namespace

std::string BlockTokenIdentifier::Encode(bool protobuf) const {
  if (protobuf) {
    pb::BlockTokenSecretProto proto;
    proto.set_expirydate(static_cast<uint64_t>(expiry_wall_ms));
    proto.set_keyid(static_cast<uint32_t>(key_id));
    proto.set_userid(user);
    proto.set_blockpoolid(pool_id);
    proto.set_blockid(static_cast<uint64_t>(block_id));
    for (size_t i = 0; i < kAccessNames.size(); ++i) {
      if ((access & (1U << i)) != 0) proto.add_modes(static_cast<pb::AccessModeProto>(i + 1));
    }
    for (int type : storages.types) proto.add_storagetypes(static_cast<pb::StorageTypeProto>(type));
    for (const std::string& id : storages.ids) proto.add_storageids(id);
    if (!handshake.empty()) proto.set_handshakesecret(handshake);
    return proto.SerializeAsString();
  }
  WritableWriter out;
  out.VLong(expiry_wall_ms);
  out.VInt(key_id);
  WriteString(out, user);
  WriteString(out, pool_id);
  out.VLong(block_id);
  out.VInt(std::popcount(access));
  for (size_t i = 0; i < kAccessNames.size(); ++i) {
    if ((access & (1U << i)) != 0) out.Text(kAccessNames[i]);
  }
  out.VInt(static_cast<int32_t>(storages.types.size()));
  for (int type : storages.types) out.Text(kStorageTypeNames[static_cast<size_t>(type)]);
  out.VInt(static_cast<int32_t>(storages.ids.size()));
  for (const std::string& id : storages.ids) WriteString(out, id);
  if (!handshake.empty()) out.Text(handshake);
  return std::move(out).bytes();
}

Result<BlockTokenIdentifier> BlockTokenIdentifier::Decode(std::string_view bytes) {
  if (bytes.empty()) return Status(Code::kInvalidToken, "no block token");
  // The Writable one begins with a long date, whose first byte is negative; the other one with a field's tag.
  auto decoded = static_cast<int8_t>(bytes[0]) <= 0 ? DecodeWritable(bytes) : DecodeProtobuf(bytes);
  if (!decoded.ok()) return Status(Code::kInvalidToken, std::string(decoded.status().message()));
  return decoded;
}

std::string BlockTokenIdentifier::ToString() const {
  return "block_token_identifier (expiryDate=" + std::to_string(expiry_wall_ms) + ", keyId=" + std::to_string(key_id) +
         ", userId=" + user + ", blockPoolId=" + pool_id + ", blockId=" + std::to_string(block_id) + ", access modes=[" +
         NameOf(access) + "])";
}

void BlockTokenKeys::Learn(const pb::ExportedBlockKeysProto& keys, int64_t now_wall_ms) {
  if (!keys.isblocktokenenabled()) return;
  required_ = true;
  lifetime_ms_ = static_cast<int64_t>(keys.tokenlifetime());
  DropExpired(now_wall_ms);
  auto learn = [this](const pb::BlockKeyProto& key) {
    if (!key.keybytes().empty()) Put({static_cast<int32_t>(key.keyid()), static_cast<int64_t>(key.expirydate()), key.keybytes()});
  };
  for (const auto& key : keys.allkeys()) learn(key);
  learn(keys.currentkey());
  current_ = static_cast<int32_t>(keys.currentkey().keyid());
}

void BlockTokenKeys::DropExpired(int64_t now_wall_ms) {
  std::erase_if(keys_, [&](const auto& entry) { return entry.second.expiry_wall_ms < now_wall_ms; });
}

Token BlockTokenKeys::Sign(std::string_view user, const ExtendedBlock& block, BlockAccess access, BlockStorages storages,
                           int64_t now_wall_ms) const {
  auto key = keys_.find(current_);
  if (key == keys_.end()) return Token();
  BlockTokenIdentifier identifier{now_wall_ms + lifetime_ms_, current_, std::string(user), block.pool_id, block.block.id,
                                  access, std::move(storages), {}};
  std::string bytes = identifier.Encode(protobuf_);
  std::string password = HmacSha1(key->second.bytes, bytes);
  return Token{std::move(bytes), std::move(password), std::string(kBlockTokenKind), ""};
}

Result<std::string> BlockTokenKeys::PasswordOf(std::string_view identifier_bytes) const {
  ASSIGN_OR_RETURN(BlockTokenIdentifier identifier, BlockTokenIdentifier::Decode(identifier_bytes));
  auto key = keys_.find(identifier.key_id);
  if (key == keys_.end()) {
    return Status(Code::kInvalidToken, "Can't re-compute password for " + identifier.ToString() +
                                           ", since the required block key (keyID=" + std::to_string(identifier.key_id) +
                                           ") doesn't exist.");
  }
  return HmacSha1(key->second.bytes, identifier_bytes);
}

Status BlockTokenKeys::Allows(const BlockTokenIdentifier& identifier, const ExtendedBlock& block, BlockAccess access,
                              const BlockStorages& storages, int64_t now_wall_ms) {
  auto refuse = [&](const std::string& why) {
    return Status(Code::kInvalidToken, "Block token with " + identifier.ToString() + " " + why);
  };
  if (identifier.pool_id != block.pool_id || identifier.block_id != block.block.id) {
    return refuse("doesn't apply to block " + block.ToString());
  }
  if (identifier.expiry_wall_ms < now_wall_ms) return refuse("is expired.");
  if ((identifier.access & access) != access) return refuse("doesn't have " + NameOf(access) + " permission");
  if (!Covers(identifier.storages.types, storages.types)) return refuse("doesn't have the storage types asked for");
  if (!Covers(identifier.storages.ids, storages.ids)) return refuse("doesn't have the storage ids asked for");
  return Status::Ok();
}

Status BlockTokenKeys::Verify(const Token& token, const ExtendedBlock& block, BlockAccess access,
                              const BlockStorages& storages, int64_t now_wall_ms) const {
  ASSIGN_OR_RETURN(BlockTokenIdentifier identifier, BlockTokenIdentifier::Decode(token.identifier));
  RETURN_IF_ERROR(Allows(identifier, block, access, storages, now_wall_ms));
  ASSIGN_OR_RETURN(std::string password, PasswordOf(token.identifier));
  if (EqualInConstantTime(password, token.password)) return Status::Ok();
  return Status(Code::kInvalidToken, "Block token with " + identifier.ToString() + " doesn't have the correct token password");
}

Token FromProto(const hadoop::common::TokenProto& proto) {
  return {proto.identifier(), proto.password(), proto.kind(), proto.service()};
}

void ToProto(const Token& token, hadoop::common::TokenProto* proto) {
  proto->set_identifier(token.identifier);
  proto->set_password(token.password);
  proto->set_kind(token.kind);
  proto->set_service(token.service);
}

}  // namespace tusk::dfs
