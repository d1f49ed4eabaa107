// Which fields are set follows Hadoop (hdfs-wire §2.5).
#include "dfs/namenode/rpc/namespace_wire.h"

#include "dfs/namenode/blocks/block_messages.h"

namespace tusk::dfs {

using hadoop::hdfs::HdfsFileStatusProto;

namespace {

void FillTypes(const std::vector<int>& types, hadoop::hdfs::StorageTypesProto& to) {
  for (int type : types) to.add_storagetypes(static_cast<hadoop::hdfs::StorageTypeProto>(type));
}

}  // namespace

void FillStoragePolicy(const StoragePolicy& policy, hadoop::hdfs::BlockStoragePolicyProto& to) {
  to.set_policyid(policy.id);
  to.set_name(std::string(policy.name));
  FillTypes(policy.creation, *to.mutable_creationpolicy());
  FillTypes(policy.creation_fallback, *to.mutable_creationfallbackpolicy());
  FillTypes(policy.replication_fallback, *to.mutable_replicationfallbackpolicy());
}

void FillFileStatus(const Inode& inode, uint8_t policy, std::string_view name, HdfsFileStatusProto& to) {
  to.set_path(name.data(), name.size());
  to.mutable_permission()->set_perm(inode.mode);
  to.set_owner(inode.owner);
  to.set_group(inode.group);
  to.set_modification_time(static_cast<uint64_t>(inode.mtime_ms));
  to.set_fileid(static_cast<uint64_t>(inode.id));
  to.set_storagepolicy(inode.type == InodeType::kSymlink ? 0 : policy);
  // The root may have snapshots, says Hadoop of every root.
  uint32_t flags = inode.id == kRootInodeId ? HdfsFileStatusProto::SNAPSHOT_ENABLED : 0;
  if (!inode.acl.empty()) flags |= HdfsFileStatusProto::HAS_ACL;
  to.set_flags(flags);
  switch (inode.type) {
    case InodeType::kDirectory:
      to.set_filetype(HdfsFileStatusProto::IS_DIR);
      to.set_length(0);
      to.set_access_time(static_cast<uint64_t>(inode.atime_ms));
      to.set_block_replication(0);
      to.set_blocksize(0);
      to.set_childrennum(static_cast<int32_t>(inode.child_count));
      break;
    case InodeType::kFile:
      to.set_filetype(HdfsFileStatusProto::IS_FILE);
      to.set_length(static_cast<uint64_t>(inode.Length()));
      to.set_access_time(static_cast<uint64_t>(inode.atime_ms));
      to.set_block_replication(inode.replication);
      to.set_blocksize(static_cast<uint64_t>(inode.block_size));
      to.set_childrennum(0);
      break;
    case InodeType::kSymlink:
      to.set_filetype(HdfsFileStatusProto::IS_SYMLINK);
      to.set_length(0);
      to.set_access_time(static_cast<uint64_t>(inode.atime_ms));
      to.set_symlink(inode.symlink_target);
      to.set_childrennum(0);
      break;
  }
}

namespace {

void FillForReader(const Namesystem& ns, const FileBlocks::Located& located, const std::string& reader_host,
                   TimePoint now, hadoop::hdfs::LocatedBlockProto& to) {
  FillLocatedBlock(ns.blocks(), ns.identity().block_pool_id, located.block, static_cast<uint64_t>(located.offset),
                   reader_host, now, to);
}

}  // namespace

void FillLocatedBlocks(const Namesystem& ns, const FileBlocks& blocks, const std::string& reader_host, TimePoint now,
                       hadoop::hdfs::LocatedBlocksProto& to) {
  to.set_filelength(static_cast<uint64_t>(blocks.file_length));
  to.set_underconstruction(blocks.file->under_construction);
  to.set_islastblockcomplete(blocks.last_complete);
  for (const FileBlocks::Located& block : blocks.blocks) FillForReader(ns, block, reader_host, now, *to.add_blocks());
  if (blocks.last) FillForReader(ns, *blocks.last, reader_host, now, *to.mutable_lastblock());
}

void FillAllocatedBlock(const Namesystem& ns, const BlockSpec& block, int64_t offset,
                        std::span<const StorageIndex> targets, hadoop::hdfs::LocatedBlockProto& to) {
  FillLocatedBlock(ns.blocks().registry(), ns.identity().block_pool_id, block, offset, targets, to);
}

}  // namespace tusk::dfs
