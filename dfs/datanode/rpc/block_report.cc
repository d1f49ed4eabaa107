// Encodings of full and incremental reports.
#include "dfs/datanode/rpc/block_report.h"

#include "dfs/proto/DatanodeProtocol.pb.h"

namespace tusk::dfs::datanode {
namespace {

constexpr size_t kBufferBytes = 64 << 10;
constexpr uint64_t kLengthMask = (uint64_t{1} << 48) - 1;

void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

uint64_t ZigZag(int64_t value) { return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63); }

}  // namespace

void FillBlockList(const std::vector<ReplicaPtr>& replicas, hadoop::hdfs::datanode::StorageBlockReportProto* report) {
  std::string buffer;
  for (const ReplicaPtr& replica : replicas) {
    AppendVarint(ZigZag(replica->block.id), &buffer);
    AppendVarint(replica->block.length & kLengthMask, &buffer);
    AppendVarint(replica->block.generation_stamp, &buffer);
    AppendVarint(static_cast<uint64_t>(replica->home()), &buffer);  // one under recovery: what it was
    if (buffer.size() >= kBufferBytes) {
      report->add_blocksbuffers(std::move(buffer));
      buffer.clear();
    }
  }
  if (!buffer.empty()) report->add_blocksbuffers(std::move(buffer));
  report->set_numberofblocks(replicas.size());
}

void IncrementalReport::Add(const Volume& volume, Change change) {
  Storage& storage = storages_[volume.storage_uuid()];
  storage.type = volume.location().type;
  int64_t id = change.block.id;
  storage.changes[id] = std::move(change);
}

std::map<std::string, IncrementalReport::Storage> IncrementalReport::Take() {
  std::map<std::string, Storage> taken;
  taken.swap(storages_);
  return taken;
}

void IncrementalReport::PutBack(std::map<std::string, Storage> taken) {
  for (auto& [uuid, storage] : taken) {
    Storage& mine = storages_[uuid];
    mine.type = storage.type;
    for (auto& [id, change] : storage.changes) mine.changes.try_emplace(id, std::move(change));
  }
}

void IncrementalReport::Fill(const std::map<std::string, Storage>& storages,
                             hadoop::hdfs::datanode::BlockReceivedAndDeletedRequestProto* request) {
  using Info = hadoop::hdfs::datanode::ReceivedDeletedBlockInfoProto;
  for (const auto& [uuid, storage] : storages) {
    auto* entry = request->add_blocks();
    entry->set_storageuuid(uuid);
    entry->mutable_storage()->set_storageuuid(uuid);
    entry->mutable_storage()->set_state(hadoop::hdfs::DatanodeStorageProto::NORMAL);
    entry->mutable_storage()->set_storagetype(static_cast<hadoop::hdfs::StorageTypeProto>(storage.type));
    for (const auto& [id, change] : storage.changes) {
      Info* info = entry->add_blocks();
      ToProto(change.block, info->mutable_block());
      info->set_status(static_cast<Info::BlockStatus>(change.event));
      if (!change.delete_hint.empty()) info->set_deletehint(change.delete_hint);
    }
  }
}

}  // namespace tusk::dfs::datanode
