// The wire's messages as values.
#include "dfs/client/status_from_proto.h"

#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {

namespace pb = hadoop::hdfs;

FileStatus StatusFromProto(const pb::HdfsFileStatusProto& proto, std::string path) {
  FileStatus status;
  status.path = std::move(path);
  status.type = proto.filetype() == pb::HdfsFileStatusProto::IS_DIR       ? FileType::kDirectory
                : proto.filetype() == pb::HdfsFileStatusProto::IS_SYMLINK ? FileType::kSymlink
                                                                          : FileType::kFile;
  status.length = proto.length();
  status.replication = proto.block_replication();
  status.block_size = proto.blocksize();
  status.mtime_wall_ms = static_cast<int64_t>(proto.modification_time());
  status.atime_wall_ms = static_cast<int64_t>(proto.access_time());
  status.permission = proto.permission().perm() & 01777;
  status.owner = proto.owner();
  status.group = proto.group();
  status.file_id = proto.fileid();
  // A server that sends no flags puts them into the high bits of the permission.
  uint32_t flags = proto.has_flags() ? proto.flags() : (proto.permission().perm() >> 12) & 7;
  status.has_acl = (flags & pb::HdfsFileStatusProto::HAS_ACL) != 0;
  status.encrypted = (flags & pb::HdfsFileStatusProto::HAS_CRYPT) != 0;
  status.erasure_coded = (flags & pb::HdfsFileStatusProto::HAS_EC) != 0;
  if (proto.has_ecpolicy()) status.erasure_policy = proto.ecpolicy().name();
  status.storage_policy = proto.storagepolicy();
  if (proto.has_symlink()) status.symlink_target = proto.symlink();
  return status;
}

ContentSummary SummaryFromProto(const pb::ContentSummaryProto& proto) {
  ContentSummary summary;
  summary.length = proto.length();
  summary.file_count = proto.filecount();
  summary.directory_count = proto.directorycount();
  summary.space_consumed = proto.spaceconsumed();
  summary.quota = static_cast<int64_t>(proto.quota());
  summary.space_quota = static_cast<int64_t>(proto.spacequota());
  summary.snapshot_length = proto.snapshotlength();
  summary.snapshot_file_count = proto.snapshotfilecount();
  summary.snapshot_directory_count = proto.snapshotdirectorycount();
  summary.snapshot_space_consumed = proto.snapshotspaceconsumed();
  summary.erasure_policy = proto.erasurecodingpolicy();
  for (const auto& info : proto.typequotainfos().typequotainfo()) {
    summary.type_quotas.push_back(
        {info.type(), static_cast<int64_t>(info.quota()), static_cast<int64_t>(info.consumed())});
  }
  return summary;
}

BlockLocation LocationFromProto(const pb::LocatedBlockProto& proto) {
  BlockLocation location;
  location.offset = proto.offset();
  location.length = proto.b().numbytes();
  location.corrupt = proto.corrupt();
  for (const auto& node : proto.locs()) {
    std::string address = node.id().ipaddr() + ":" + std::to_string(node.id().xferport());
    location.hosts.push_back(node.id().hostname());
    location.topology_paths.push_back(node.location() + "/" + address);
    location.addresses.push_back(std::move(address));
  }
  return location;
}

}  // namespace tusk::dfs
