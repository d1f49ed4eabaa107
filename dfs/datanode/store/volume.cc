// One data folder: format, scan, and moves of a replica's two files.
#include "dfs/datanode/store/volume.h"

#include <algorithm>
#include <cerrno>
#include <map>

#include "base/log/log.h"

namespace tusk::dfs::datanode {
namespace {

constexpr uint32_t kFolderMode = 0700;  // dfs.datanode.data.dir.perm
constexpr const char* kModule = "datanode.store";
constexpr size_t kValidateBytes = 1 << 20;
constexpr size_t kCopyBytes = 1 << 20;

Status Inconsistent(const std::string& path, const std::string& what) {
  return Status(Code::kInconsistentState, "Directory " + path + " is in an inconsistent state: " + what);
}

// The most leading bytes of `chunk` that have this CRC; 0 if none have.
size_t PrefixWithCrc(ChecksumType type, ByteView chunk, uint32_t wanted) {
  size_t found = 0;
  uint32_t crc = 0;
  for (size_t i = 0; i < chunk.size(); ++i) {
    crc = CrcOf(type, chunk.subspan(i, 1), crc);
    if (crc == wanted) found = i + 1;
  }
  return found;
}

std::string ValueOf(const Properties& properties, const std::string& key) {
  auto found = properties.find(key);
  return found == properties.end() ? "" : found->second;
}

}  // namespace

// ---- opening ----

Result<std::unique_ptr<Volume>> Volume::Open(Disk& disk, StorageLocation location, uint64_t reserved_bytes,
                                             std::string_view lock_text) {
  std::unique_ptr<Volume> volume(new Volume(disk, std::move(location), reserved_bytes));
  const std::string& path = volume->location_.path;
  RETURN_IF_ERROR(disk.MakeDirs(path, kFolderMode));
  std::string lock_path = JoinPath(path, "in_use.lock");
  ASSIGN_OR_RETURN(volume->lock_, disk.Lock(lock_path));
  ASSIGN_OR_RETURN(volume->lock_file_, disk.Open(lock_path, OpenMode::kCreate));
  RETURN_IF_ERROR(volume->lock_file_->Truncate(0));
  RETURN_IF_ERROR(volume->lock_file_->WriteAt(0, AsBytes(lock_text)));
  ASSIGN_OR_RETURN(volume->space, disk.Space(path));
  std::string version_path = JoinPath(JoinPath(path, "current"), "VERSION");
  auto text = disk.ReadFile(version_path, 64 << 10);
  if (!text.ok()) {
    if (text.code() != Code::kFileNotFound) return std::move(text).status();
    return volume;
  }
  Properties properties = ParseProperties(*text);
  if (ValueOf(properties, "storageType") != "DATA_NODE") return Inconsistent(path, "it is not a datanode's");
  if (ValueOf(properties, "layoutVersion") != std::to_string(kLayoutVersion)) {
    return Status(Code::kIncorrectVersion, path + " has layout version " + ValueOf(properties, "layoutVersion") +
                                               ", this datanode knows " + std::to_string(kLayoutVersion));
  }
  volume->storage_uuid_ = ValueOf(properties, "storageID");
  volume->datanode_uuid_ = ValueOf(properties, "datanodeUuid");
  volume->cluster_id_ = ValueOf(properties, "clusterID");
  if (volume->storage_uuid_.empty()) return Inconsistent(path, "VERSION has no storageID");
  return volume;
}

Status Volume::Format(const std::string& cluster_id, const std::string& datanode_uuid, Random& random,
                      int64_t now_wall_ms) {
  if (!storage_uuid_.empty()) {
    if (cluster_id_ != cluster_id) {
      return Status(Code::kInconsistentState, "Incompatible clusterIDs in " + location_.path + ": namenode clusterID = " +
                                        cluster_id + "; datanode clusterID = " + cluster_id_);
    }
    if (!datanode_uuid_.empty() && datanode_uuid_ != datanode_uuid) {
      return Inconsistent(location_.path, "Root " + location_.path + ": DatanodeUuid=" + datanode_uuid +
                                              ", does not match " + datanode_uuid_ + " from other StorageDirectory.");
    }
    return Status::Ok();
  }
  std::string current = JoinPath(location_.path, "current");
  RETURN_IF_ERROR(disk_.MakeDirs(current, kFolderMode));
  std::string uuid = "DS-" + random.Uuid();
  Properties properties{{"storageID", uuid},         {"clusterID", cluster_id},
                        {"cTime", "0"},              {"datanodeUuid", datanode_uuid},
                        {"storageType", "DATA_NODE"}, {"layoutVersion", std::to_string(kLayoutVersion)}};
  RETURN_IF_ERROR(disk_.WriteFileAtomic(JoinPath(current, "VERSION"), AsBytes(FormatProperties(properties, now_wall_ms))));
  storage_uuid_ = uuid;
  datanode_uuid_ = datanode_uuid;
  cluster_id_ = cluster_id;
  return Status::Ok();
}

std::string Volume::PoolFolder(const std::string& pool_id) const { return location_.path + "/current/" + pool_id; }

Status Volume::OpenPool(const PoolIdentity& pool, int64_t now_wall_ms) {
  if (!IsValidPoolId(pool.pool_id)) return Status(Code::kInvalidArgument, "bad block pool id " + pool.pool_id);
  std::string root = PoolFolder(pool.pool_id);
  std::string current = root + "/current";
  RETURN_IF_ERROR(disk_.MakeDirs(current, kFolderMode));
  std::string version_path = current + "/VERSION";
  auto text = disk_.ReadFile(version_path, 64 << 10);
  if (text.ok()) {
    Properties properties = ParseProperties(*text);
    if (ValueOf(properties, "namespaceID") != std::to_string(pool.namespace_id) ||
        ValueOf(properties, "blockpoolID") != pool.pool_id) {
      return Inconsistent(root, "it is of another namespace: namespaceID " + ValueOf(properties, "namespaceID") +
                                    ", the namenode's is " + std::to_string(pool.namespace_id));
    }
    if (ValueOf(properties, "cTime") != std::to_string(pool.ctime)) {
      return Inconsistent(root, "cTime " + ValueOf(properties, "cTime") + " differs from the namenode's " +
                                    std::to_string(pool.ctime) + "; upgrades are not supported");
    }
  } else if (text.code() == Code::kFileNotFound) {
    Properties properties{{"namespaceID", std::to_string(pool.namespace_id)},
                          {"cTime", std::to_string(pool.ctime)},
                          {"blockpoolID", pool.pool_id},
                          {"layoutVersion", std::to_string(kLayoutVersion)}};
    RETURN_IF_ERROR(disk_.WriteFileAtomic(version_path, AsBytes(FormatProperties(properties, now_wall_ms))));
  } else {
    return std::move(text).status();
  }
  RETURN_IF_ERROR(disk_.MakeDirs(current + "/finalized", kFolderMode));
  RETURN_IF_ERROR(disk_.MakeDirs(current + "/rbw", kFolderMode));
  RETURN_IF_ERROR(disk_.RemoveTree(root + "/tmp"));
  return disk_.MakeDirs(root + "/tmp", kFolderMode);
}

Status Volume::RemovePool(const std::string& pool_id) {
  if (!IsValidPoolId(pool_id)) return Status(Code::kInvalidArgument, "bad block pool id " + pool_id);
  return disk_.RemoveTree(PoolFolder(pool_id));
}

// ---- scanning ----

Result<std::vector<FoundReplica>> Volume::ScanPool(const std::string& pool_id) {
  std::vector<FoundReplica> found;
  RETURN_IF_ERROR(ScanRbw(pool_id, &found));  // first: it may complete a move from finalized
  std::string finalized = PoolFolder(pool_id) + "/current/finalized";
  ASSIGN_OR_RETURN(auto outer, disk_.List(finalized));
  for (const std::string& first : outer) {
    if (!first.starts_with("subdir")) continue;
    ASSIGN_OR_RETURN(auto inner, disk_.List(JoinPath(finalized, first)));
    for (const std::string& second : inner) {
      if (!second.starts_with("subdir")) continue;
      RETURN_IF_ERROR(ScanFinalized(JoinPath(JoinPath(finalized, first), second), &found));
    }
  }
  return found;
}

Status Volume::ScanFinalized(const std::string& folder, std::vector<FoundReplica>* found) {
  ASSIGN_OR_RETURN(auto names, disk_.List(folder));
  std::map<int64_t, uint64_t> stamps;
  for (const std::string& name : names) {
    if (auto meta = ParseMetaFileName(name)) {
      uint64_t& stamp = stamps[meta->block_id];
      stamp = std::max(stamp, meta->generation_stamp);
    }
  }
  for (const std::string& name : names) {
    auto id = ParseBlockFileName(name);
    if (!id.has_value()) continue;
    auto stamp = stamps.find(*id);
    if (stamp == stamps.end()) {
      LogWarn(kModule, "{}/{} has no meta file; ignored", folder, name);
      continue;
    }
    ASSIGN_OR_RETURN(FileStat data, disk_.Stat(JoinPath(folder, name)));
    ASSIGN_OR_RETURN(FileStat meta, disk_.Stat(JoinPath(folder, MetaFileName(*id, stamp->second))));
    found->push_back({{*id, stamp->second, data.size}, ReplicaState::kFinalized, meta.size});
  }
  return Status::Ok();
}

Result<std::optional<std::string>> Volume::FindMeta(const std::string& folder, int64_t block_id) {
  auto names = disk_.List(folder);
  if (!names.ok()) {
    if (names.code() == Code::kFileNotFound) return std::optional<std::string>();
    return std::move(names).status();
  }
  std::optional<std::string> best;
  uint64_t best_stamp = 0;
  for (const std::string& name : *names) {
    auto meta = ParseMetaFileName(name);
    if (!meta.has_value() || meta->block_id != block_id || (best && meta->generation_stamp < best_stamp)) continue;
    best = name;
    best_stamp = meta->generation_stamp;
  }
  return best;
}

// After a power loss a moved replica may have its names in both folders: the same files, which must not be cut here.
Result<bool> Volume::DropIfFinalized(const std::string& pool_id, int64_t block_id, const std::optional<std::string>& rbw_meta) {
  const std::string finalized = FolderOf(pool_id, ReplicaState::kFinalized, block_id);
  const std::string rbw = FolderOf(pool_id, ReplicaState::kRbw, block_id);
  if (!disk_.Exists(JoinPath(finalized, BlockFileName(block_id)))) return false;
  ASSIGN_OR_RETURN(const auto finalized_meta, FindMeta(finalized, block_id));
  if (!finalized_meta.has_value()) return false;
  if (rbw_meta.has_value() && ParseMetaFileName(*rbw_meta)->generation_stamp > ParseMetaFileName(*finalized_meta)->generation_stamp) {
    // The other way round: it was opened again, and finalized holds what is left of the move.
    RETURN_IF_ERROR(disk_.RemoveFile(JoinPath(finalized, BlockFileName(block_id))));
    RETURN_IF_ERROR(disk_.RemoveFile(JoinPath(finalized, *finalized_meta)));
    return false;
  }
  RETURN_IF_ERROR(disk_.RemoveFile(JoinPath(rbw, BlockFileName(block_id))));
  if (rbw_meta.has_value()) RETURN_IF_ERROR(disk_.RemoveFile(JoinPath(rbw, *rbw_meta)));
  return true;
}

Status Volume::ScanRbw(const std::string& pool_id, std::vector<FoundReplica>* found) {
  std::string rbw = PoolFolder(pool_id) + "/current/rbw";
  ASSIGN_OR_RETURN(auto names, disk_.List(rbw));
  for (const std::string& name : names) {
    auto id = ParseBlockFileName(name);
    if (!id.has_value()) continue;
    ASSIGN_OR_RETURN(auto meta_name, FindMeta(rbw, *id));
    ASSIGN_OR_RETURN(const bool left_over, DropIfFinalized(pool_id, *id, meta_name));
    if (left_over) continue;
    if (!meta_name.has_value()) {
      // A stop amid a move to finalized leaves the meta there: take it back.
      std::string finalized = FolderOf(pool_id, ReplicaState::kFinalized, *id);
      ASSIGN_OR_RETURN(meta_name, FindMeta(finalized, *id));
      if (!meta_name.has_value() || disk_.Exists(JoinPath(finalized, name))) {
        LogWarn(kModule, "{}/{} has no meta file; removed", rbw, name);
        RETURN_IF_ERROR(disk_.RemoveFile(JoinPath(rbw, name)));
        continue;
      }
      RETURN_IF_ERROR(disk_.Rename(JoinPath(finalized, *meta_name), JoinPath(rbw, *meta_name)));
    }
    Block block{*id, ParseMetaFileName(*meta_name)->generation_stamp, 0};
    ASSIGN_OR_RETURN(auto data, disk_.Open(JoinPath(rbw, name), OpenMode::kReadWrite));
    ASSIGN_OR_RETURN(auto meta, disk_.Open(JoinPath(rbw, *meta_name), OpenMode::kReadWrite));
    auto valid = FindValidPrefix(*data, *meta);
    if (!valid.ok()) {
      if (valid.code() != Code::kCorruption) return std::move(valid).status();
      valid = ValidPrefix{};  // no readable header: nothing of it counts
    }
    block.length = valid->length;
    ASSIGN_OR_RETURN(uint64_t size, data->Size());
    if (size != valid->length) {
      LogWarn(kModule, "{} had {} bytes, {} of them with right checksums", block.ToString(), size, valid->length);
      RETURN_IF_ERROR(data->Truncate(valid->length));
    }
    ASSIGN_OR_RETURN(uint64_t meta_size, meta->Size());
    found->push_back({block, ReplicaState::kRwr, meta_size});
  }
  return Status::Ok();
}

Result<ValidPrefix> FindValidPrefix(File& data, File& meta) {
  uint8_t head[kMetaHeaderBytes];
  ASSIGN_OR_RETURN(size_t head_bytes, meta.ReadAt(0, head));
  ASSIGN_OR_RETURN(DataChecksum checksum, DecodeMetaHeader({head, head_bytes}));
  ValidPrefix prefix;
  if (checksum.type == ChecksumType::kNull) {
    ASSIGN_OR_RETURN(prefix.length, data.Size());
    return prefix;
  }
  const uint32_t chunk = checksum.bytes_per_checksum;
  const size_t chunks_at_once = std::max<size_t>(1, kValidateBytes / chunk);
  std::vector<uint8_t> bytes(chunks_at_once * chunk);
  std::vector<uint8_t> sums(chunks_at_once * kChecksumBytes);
  for (uint64_t at = 0;; at += chunks_at_once) {
    ASSIGN_OR_RETURN(size_t data_count, data.ReadAt(at * chunk, bytes));
    ASSIGN_OR_RETURN(size_t sum_bytes, meta.ReadAt(kMetaHeaderBytes + at * kChecksumBytes, sums));
    size_t usable = std::min<size_t>(data_count, sum_bytes / kChecksumBytes * chunk);
    ByteView view(bytes.data(), usable);
    auto bad = checksum.FindMismatch(view, sums);
    size_t good = bad.value_or(usable);
    if (bad) {
      // Data is written before its CRC: a stop between the two leaves a CRC that fits the chunk's first bytes.
      size_t rest = std::min<size_t>(chunk, usable - good);
      good += PrefixWithCrc(checksum.type, view.subspan(good, rest), LoadBigEndian<uint32_t>(&sums[good / chunk * kChecksumBytes]));
    }
    prefix.length = at * chunk + good;
    if (size_t partial = good % chunk; partial != 0) {
      prefix.partial = {prefix.length, CrcOf(checksum.type, view.subspan(good - partial, partial))};
    }
    if (bad || usable < bytes.size()) return prefix;
  }
}

// ---- files of one replica ----

std::string Volume::FolderOf(const std::string& pool_id, ReplicaState home, int64_t block_id) const {
  switch (home) {
    case ReplicaState::kFinalized: return PoolFolder(pool_id) + "/current/finalized/" + FinalizedSubdir(block_id);
    case ReplicaState::kTemporary: return PoolFolder(pool_id) + "/tmp";
    default: return PoolFolder(pool_id) + "/current/rbw";
  }
}

std::string Volume::DataPath(const std::string& pool_id, ReplicaState home, int64_t block_id) const {
  return JoinPath(FolderOf(pool_id, home, block_id), BlockFileName(block_id));
}

std::string Volume::MetaPath(const std::string& pool_id, ReplicaState home, const Block& block) const {
  return JoinPath(FolderOf(pool_id, home, block.id), MetaFileName(block.id, block.generation_stamp));
}

Status Volume::Move(const std::string& pool_id, const Block& block, ReplicaState from, ReplicaState to,
                    uint64_t new_stamp, bool sync) {
  std::string source = FolderOf(pool_id, from, block.id);
  std::string target = FolderOf(pool_id, to, block.id);
  if (to == ReplicaState::kFinalized) RETURN_IF_ERROR(disk_.MakeDirs(target, kFolderMode));
  std::string old_meta = JoinPath(source, MetaFileName(block.id, block.generation_stamp));
  std::string new_meta = JoinPath(target, MetaFileName(block.id, new_stamp));
  if (old_meta != new_meta) RETURN_IF_ERROR(disk_.Rename(old_meta, new_meta));
  if (source != target) {
    std::string name = BlockFileName(block.id);
    Status moved = disk_.Rename(JoinPath(source, name), JoinPath(target, name));
    if (!moved.ok()) {
      (void)disk_.Rename(new_meta, old_meta);  // best effort; the scan repairs it too
      return moved;
    }
  }
  if (!sync) return Status::Ok();
  RETURN_IF_ERROR(disk_.SyncDir(target));
  return source != target ? disk_.SyncDir(source) : Status::Ok();
}

Status Volume::SyncBytes(const std::string& pool_id, const Block& block, ReplicaState home) {
  for (const std::string& path : {DataPath(pool_id, home, block.id), MetaPath(pool_id, home, block)}) {
    ASSIGN_OR_RETURN(auto file, disk_.Open(path, OpenMode::kReadWrite));
    RETURN_IF_ERROR(file->Sync());
  }
  return Status::Ok();
}

Status Volume::Remove(const std::string& pool_id, const Block& block, ReplicaState home) {
  Status data = disk_.RemoveFile(DataPath(pool_id, home, block.id));
  Status meta = disk_.RemoveFile(MetaPath(pool_id, home, block));
  if (!data.ok() && data.code() != Code::kFileNotFound) return data;
  if (!meta.ok() && meta.code() != Code::kFileNotFound) return meta;
  return Status::Ok();
}

Result<PartialChunk> Volume::Truncate(const std::string& pool_id, const Block& block, ReplicaState home,
                                      uint64_t length) {
  ASSIGN_OR_RETURN(auto data, disk_.Open(DataPath(pool_id, home, block.id), OpenMode::kReadWrite));
  ASSIGN_OR_RETURN(auto meta, disk_.Open(MetaPath(pool_id, home, block), OpenMode::kReadWrite));
  uint8_t head[kMetaHeaderBytes];
  ASSIGN_OR_RETURN(size_t head_bytes, meta->ReadAt(0, head));
  ASSIGN_OR_RETURN(DataChecksum checksum, DecodeMetaHeader({head, head_bytes}));
  PartialChunk partial;
  partial.end = length;
  const uint32_t chunk = checksum.bytes_per_checksum;
  if (length % chunk != 0 && checksum.type != ChecksumType::kNull) {
    std::vector<uint8_t> tail(length % chunk);
    ASSIGN_OR_RETURN(size_t count, data->ReadAt(length - tail.size(), tail));
    if (count != tail.size()) return Status(Code::kCorruption, block.ToString() + " is shorter than " + std::to_string(length));
    partial.crc = CrcOf(checksum.type, tail);
  }
  RETURN_IF_ERROR(data->Truncate(length));
  RETURN_IF_ERROR(meta->Truncate(kMetaHeaderBytes + checksum.ChecksumBytesOf(length)));
  if (length % chunk != 0 && checksum.type != ChecksumType::kNull) {
    uint8_t sum[kChecksumBytes];
    StoreBigEndian(sum, partial.crc);
    RETURN_IF_ERROR(meta->WriteAt(kMetaHeaderBytes + length / chunk * kChecksumBytes, sum));
  }
  return partial;
}

Status Volume::Probe() {
  std::string path = JoinPath(location_.path, "current");
  RETURN_IF_ERROR(disk_.List(storage_uuid_.empty() ? location_.path : path));
  std::string probe = JoinPath(location_.path, ".tusk-probe");
  ASSIGN_OR_RETURN(auto file, disk_.Open(probe, OpenMode::kCreateTruncate));
  Status written = file->WriteAt(0, AsBytes("probe"));
  if (written.code() == Code::kNoSpace) written = Status::Ok();  // full is not broken
  file.reset();
  Status removed = disk_.RemoveFile(probe);
  return written.ok() ? removed : written;
}

// ---- accounting ----

uint64_t Volume::used() const {
  uint64_t total = 0;
  for (const auto& [pool, bytes] : used_by_pool) total += bytes;
  return total;
}

Status CopyBytes(Disk& disk, const std::string& from, const std::string& to, uint64_t length_max, bool sync) {
  ASSIGN_OR_RETURN(auto source, disk.Open(from, OpenMode::kRead));
  ASSIGN_OR_RETURN(auto sink, disk.Open(to, OpenMode::kCreateTruncate));
  std::vector<uint8_t> buffer(kCopyBytes);
  for (uint64_t at = 0; at < length_max;) {
    size_t want = std::min<uint64_t>(buffer.size(), length_max - at);
    ASSIGN_OR_RETURN(size_t count, source->ReadAt(at, MutableByteView(buffer).first(want)));
    if (count == 0) break;
    RETURN_IF_ERROR(sink->WriteAt(at, ByteView(buffer).first(count)));
    at += count;
  }
  return sync ? sink->Sync() : Status::Ok();
}

uint64_t Volume::capacity() const {
  return space.capacity_bytes > reserved_bytes ? space.capacity_bytes - reserved_bytes : 0;
}

uint64_t Volume::remaining() const {
  // The reserve counts against what others than the datanode have not taken of it yet.
  uint64_t taken = space.capacity_bytes - std::min(space.capacity_bytes, space.available_bytes);
  uint64_t others = taken - std::min(taken, used());
  uint64_t reserve_left = reserved_bytes - std::min(reserved_bytes, others);
  uint64_t by_disk = space.available_bytes - std::min(space.available_bytes, reserve_left + reserved_for_rbw);
  uint64_t by_capacity = capacity() - std::min(capacity(), used() + reserved_for_rbw);
  return std::min(by_disk, by_capacity);
}

}  // namespace tusk::dfs::datanode
