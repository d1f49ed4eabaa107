// The inode record's bytes (docs/formats/namespace.md).
#include "dfs/namenode/namespace/inode.h"

#include "dfs/namenode/namespace/storage_policies.h"
#include "dfs/namenode/store/coding.h"

namespace tusk::dfs {
namespace {

// Raised when a reader of the older level would misread a record; records of any lower level are still read.
constexpr uint8_t kRecordLevel = 2;
constexpr uint8_t kLevelWithoutTypeQuotas = 1;

enum Feature : uint64_t {
  kUnderConstructionBit = 1,
  kLastBlockOpenBit = 2,
  kAclBit = 4,
  kXattrsBit = 8,
  kTruncatingBit = 16,
  kTypeQuotasBit = 32,
};

// Ids, stamps and lengths of neighbours are close to each other: a few bytes per block.
void AppendBlocks(std::string& to, const std::vector<BlockSpec>& blocks) {
  AppendVarint(to, blocks.size());
  BlockSpec before;
  for (const BlockSpec& block : blocks) {
    AppendZigzag(to, block.id - before.id);
    AppendZigzag(to, block.stamp - before.stamp);
    AppendZigzag(to, block.length - before.length);
    before = block;
  }
}

bool ReadBlocks(RecordReader& reader, std::vector<BlockSpec>& blocks) {
  uint64_t count = reader.Varint();
  if (count > reader.remaining() / 3) return false;  // each takes three bytes at least
  blocks.reserve(count);
  BlockSpec block;
  for (uint64_t i = 0; i < count; ++i) {
    // Unsigned arithmetic: a damaged record may hold anything.
    block.id = static_cast<int64_t>(static_cast<uint64_t>(block.id) + static_cast<uint64_t>(reader.Zigzag()));
    block.stamp = static_cast<int64_t>(static_cast<uint64_t>(block.stamp) + static_cast<uint64_t>(reader.Zigzag()));
    block.length = static_cast<int64_t>(static_cast<uint64_t>(block.length) + static_cast<uint64_t>(reader.Zigzag()));
    blocks.push_back(block);
  }
  return reader.ok();
}

bool ReadTypeQuotas(RecordReader& reader, std::vector<StorageTypeQuota>& quotas) {
  uint64_t count = reader.Varint();
  if (count > reader.remaining() / 2) return false;
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    std::string_view type = reader.Take(1);
    quotas.push_back({type.empty() ? uint8_t{0} : static_cast<uint8_t>(type.front()), reader.Zigzag()});
    if (quotas.back().type >= kStorageTypesEnd) return false;
  }
  return reader.ok();
}

Status Damaged(InodeId parent, std::string_view name) {
  return Status(Code::kCorruption, "the inode record of \"" + std::string(name) + "\" in directory " +
                                       std::to_string(parent) + " is damaged");
}

}  // namespace

int64_t Inode::Length() const {
  int64_t sum = 0;
  for (const BlockSpec& block : blocks) sum += block.length;
  return sum;
}

std::string Inode::Encode() const {
  std::string record;
  record.reserve(64);
  record.push_back(static_cast<char>(type_quotas.empty() ? kLevelWithoutTypeQuotas : kRecordLevel));
  record.push_back(static_cast<char>(type));
  AppendVarint(record, static_cast<uint64_t>(id));
  uint64_t features = (under_construction ? kUnderConstructionBit : 0) | (last_block_complete ? 0 : kLastBlockOpenBit) |
                      (truncating ? kTruncatingBit : 0) |
                      (acl.empty() ? 0 : kAclBit) | (xattrs.empty() ? 0 : kXattrsBit) |
                      (type_quotas.empty() ? 0 : kTypeQuotasBit);
  AppendVarint(record, features);
  AppendVarint(record, mode);
  record.push_back(static_cast<char>(storage_policy));
  AppendBytes(record, owner);
  AppendBytes(record, group);
  AppendZigzag(record, mtime_ms);
  AppendZigzag(record, atime_ms);
  switch (type) {
    case InodeType::kDirectory:
      AppendVarint(record, child_count);
      AppendZigzag(record, namespace_quota);
      AppendZigzag(record, space_quota);
      break;
    case InodeType::kFile:
      AppendVarint(record, replication);
      AppendZigzag(record, block_size);
      AppendBlocks(record, blocks);
      if (under_construction) {
        AppendBytes(record, client_name);
        AppendBytes(record, client_machine);
      }
      break;
    case InodeType::kSymlink: AppendBytes(record, symlink_target); break;
  }
  if (!acl.empty()) AppendBytes(record, acl);
  if (!xattrs.empty()) AppendBytes(record, xattrs);
  if (!type_quotas.empty()) AppendVarint(record, type_quotas.size());
  for (const StorageTypeQuota& quota : type_quotas) {
    record.push_back(static_cast<char>(quota.type));
    AppendZigzag(record, quota.bytes);
  }
  return record;
}

Result<Inode> Inode::Decode(InodeId parent, std::string_view name, std::string_view record) {
  RecordReader reader(record);
  std::string_view head = reader.Take(2);
  if (!reader.ok()) return Damaged(parent, name);
  if (static_cast<uint8_t>(head[0]) > kRecordLevel) {
    return Status(Code::kIncorrectVersion, "the inode record of \"" + std::string(name) + "\" has level " +
                                               std::to_string(static_cast<uint8_t>(head[0])) +
                                               ", written by a newer namenode; this one reads level " +
                                               std::to_string(kRecordLevel) + " and lower");
  }
  Inode inode;
  inode.parent = parent;
  inode.name = name;
  inode.type = static_cast<InodeType>(head[1]);
  inode.id = static_cast<InodeId>(reader.Varint());
  uint64_t features = reader.Varint();
  inode.mode = static_cast<uint16_t>(reader.Varint());
  std::string_view policy = reader.Take(1);
  inode.storage_policy = policy.empty() ? 0 : static_cast<uint8_t>(policy[0]);
  inode.owner = reader.Bytes();
  inode.group = reader.Bytes();
  inode.mtime_ms = reader.Zigzag();
  inode.atime_ms = reader.Zigzag();
  inode.under_construction = (features & kUnderConstructionBit) != 0;
  inode.last_block_complete = (features & kLastBlockOpenBit) == 0;
  inode.truncating = (features & kTruncatingBit) != 0;
  switch (inode.type) {
    case InodeType::kDirectory:
      inode.child_count = reader.Varint();
      inode.namespace_quota = reader.Zigzag();
      inode.space_quota = reader.Zigzag();
      break;
    case InodeType::kFile:
      inode.replication = static_cast<uint16_t>(reader.Varint());
      inode.block_size = reader.Zigzag();
      if (!ReadBlocks(reader, inode.blocks)) return Damaged(parent, name);
      if (inode.under_construction) {
        inode.client_name = reader.Bytes();
        inode.client_machine = reader.Bytes();
      }
      break;
    case InodeType::kSymlink: inode.symlink_target = reader.Bytes(); break;
    default: return Damaged(parent, name);
  }
  if ((features & kAclBit) != 0) inode.acl = reader.Bytes();
  if ((features & kXattrsBit) != 0) inode.xattrs = reader.Bytes();
  if ((features & kTypeQuotasBit) != 0 && !ReadTypeQuotas(reader, inode.type_quotas)) return Damaged(parent, name);
  if (!reader.AtEnd()) return Damaged(parent, name);
  return inode;
}

}  // namespace tusk::dfs
