// Writes packets to a block file and its CRCs to the meta file.
#include "dfs/datanode/store/replica_writer.h"

#include <algorithm>
#include <utility>

#include "base/env/bulk_io.h"

namespace tusk::dfs::datanode {

Result<std::unique_ptr<ReplicaWriter>> ReplicaWriter::Create(Volume& volume, const std::string& pool_id,
                                                             const Block& block, ReplicaState home,
                                                             const DataChecksum& incoming) {
  Disk& disk = volume.disk();
  std::string data_path = volume.DataPath(pool_id, home, block.id);
  std::string meta_path = volume.MetaPath(pool_id, home, block);
  ASSIGN_OR_RETURN(auto data, disk.Open(data_path, OpenMode::kCreateNew));
  auto meta = disk.Open(meta_path, OpenMode::kCreateNew);
  Status made = meta.ok() ? (*meta)->WriteAt(0, EncodeMetaHeader(incoming)) : meta.status();
  if (!made.ok()) {
    (void)disk.RemoveFile(data_path);
    if (meta.ok()) (void)disk.RemoveFile(meta_path);
    return made;
  }
  return std::unique_ptr<ReplicaWriter>(new ReplicaWriter(disk, volume.FolderOf(pool_id, home, block.id), std::move(data),
                                                          std::move(meta).value(), incoming));
}

Result<std::unique_ptr<ReplicaWriter>> ReplicaWriter::Reopen(Volume& volume, const std::string& pool_id,
                                                             const Block& block, ReplicaState home,
                                                             const DataChecksum& incoming) {
  Disk& disk = volume.disk();
  ASSIGN_OR_RETURN(auto data, disk.Open(volume.DataPath(pool_id, home, block.id), OpenMode::kReadWrite));
  ASSIGN_OR_RETURN(auto meta, disk.Open(volume.MetaPath(pool_id, home, block), OpenMode::kReadWrite));
  std::unique_ptr<ReplicaWriter> writer(
      new ReplicaWriter(disk, volume.FolderOf(pool_id, home, block.id), std::move(data), std::move(meta), incoming));
  uint8_t head[kMetaHeaderBytes];
  ASSIGN_OR_RETURN(size_t head_bytes, writer->meta_->ReadAt(0, head));
  ASSIGN_OR_RETURN(writer->on_disk_, DecodeMetaHeader({head, head_bytes}));
  ASSIGN_OR_RETURN(uint64_t size, writer->data_->Size());
  if (size < block.length) {
    return Status(Code::kCorruption, block.ToString() + " has " + std::to_string(size) + " bytes on disk, not " +
                                         std::to_string(block.length));
  }
  writer->length_ = block.length;
  writer->written_back_ = block.length;
  const DataChecksum& checksum = writer->on_disk_;
  size_t tail_bytes = block.length % checksum.bytes_per_checksum;
  if (tail_bytes != 0 && checksum.type != ChecksumType::kNull) {
    std::vector<uint8_t> tail(tail_bytes);
    uint8_t sum[kChecksumBytes];
    ASSIGN_OR_RETURN(size_t tail_read, writer->data_->ReadAt(block.length - tail_bytes, tail));
    ASSIGN_OR_RETURN(size_t sum_read, writer->meta_->ReadAt(
        kMetaHeaderBytes + block.length / checksum.bytes_per_checksum * kChecksumBytes, sum));
    writer->partial_crc_ = CrcOf(checksum.type, tail);
    if (tail_read != tail_bytes || sum_read != sizeof(sum) || LoadBigEndian<uint32_t>(sum) != writer->partial_crc_) {
      return Status(Code::kCorruption, "the last chunk of " + block.ToString() + " does not match its checksum");
    }
  }
  writer->partial_promised_ = writer->EndsInPartialChunk();  // perhaps: it may have been synced before
  return writer;
}

Status ReplicaWriter::CheckShape(const PacketView& packet) const {
  auto offset = static_cast<uint64_t>(packet.header.offset_in_block);
  if (offset > length_) {
    return Status(Code::kCorruption, "packet at " + std::to_string(offset) + " leaves a gap behind " + std::to_string(length_));
  }
  // Its chunks count from its own start: Java's client sends such across a boundary of ours when it appends to a file
  // whose earlier blocks have odd lengths.
  if (packet.checksums.size() != incoming_.ChecksumBytesOf(packet.data.size())) {
    return Status(Code::kCorruption, "packet of " + std::to_string(packet.data.size()) + " bytes at " + std::to_string(offset) +
                                         " with " + std::to_string(packet.checksums.size()) + " bytes of checksums");
  }
  return Status::Ok();
}

Status ReplicaWriter::Write(std::span<const PacketView> packets, bool verify) {
  verify = verify || incoming_ != on_disk_;
  const uint64_t start = length_;
  const uint32_t partial_crc = partial_crc_;
  Status outcome;
  for (const PacketView& packet : packets) {
    if (packet.data.empty()) continue;
    outcome = CheckShape(packet);
    bool aligned = static_cast<uint64_t>(packet.header.offset_in_block) % incoming_.bytes_per_checksum == 0;
    if (outcome.ok() && (verify || !aligned) && incoming_.FindMismatch(packet.data, packet.checksums)) {
      outcome = Status(Code::kChecksumError, "checksum error in the packet at " + std::to_string(packet.header.offset_in_block));
    }
    if (!outcome.ok()) break;
    Take(packet);
  }
  Status written = WritePartsAt(*data_, start, parts_);
  parts_.clear();
  if (!written.ok()) {  // what was there before is what there is
    length_ = start;
    partial_crc_ = partial_crc;
    sums_.clear();
    return written;
  }
  Status flushed = FlushSums();
  return outcome.ok() ? flushed : outcome;
}

void ReplicaWriter::Take(const PacketView& packet) {
  auto offset = static_cast<uint64_t>(packet.header.offset_in_block);
  uint64_t end = offset + packet.data.size();
  if (end <= length_) return;  // sent again after a recovery
  parts_.push_back(packet.data.subspan(length_ - offset));
  if (on_disk_.type != ChecksumType::kNull) AddSums(packet, length_);
  length_ = end;
}

// Appends the CRCs of the chunks that [start, end of packet) touches.
void ReplicaWriter::AddSums(const PacketView& packet, uint64_t start) {
  const uint32_t chunk = on_disk_.bytes_per_checksum;
  auto offset = static_cast<uint64_t>(packet.header.offset_in_block);
  const uint64_t end = offset + packet.data.size();
  uint64_t first = start / chunk;
  // The first chunk may be one whose CRC waits in sums_ already, as the partial end of the packet before.
  if (sums_.empty()) sums_first_chunk_ = first;
  sums_.resize((first - sums_first_chunk_) * kChecksumBytes);
  bool as_sent = incoming_ == on_disk_;
  if (as_sent && first * chunk >= offset && offset % chunk == 0) {
    size_t skip = (first * chunk - offset) / chunk * kChecksumBytes;
    sums_.insert(sums_.end(), packet.checksums.begin() + static_cast<ptrdiff_t>(skip), packet.checksums.end());
    partial_crc_ = end % chunk == 0 ? 0 : LoadBigEndian<uint32_t>(sums_.data() + sums_.size() - kChecksumBytes);
    return;
  }
  while (start < end) {
    uint64_t chunk_end = std::min(end, (start / chunk + 1) * chunk);
    uint32_t before = start % chunk == 0 ? 0 : partial_crc_;
    partial_crc_ = CrcOf(on_disk_.type, packet.data.subspan(start - offset, chunk_end - start), before);
    uint8_t sum[kChecksumBytes];
    StoreBigEndian(sum, partial_crc_);
    sums_.insert(sums_.end(), sum, sum + sizeof(sum));
    start = chunk_end;
  }
  if (end % chunk == 0) partial_crc_ = 0;
}

Status ReplicaWriter::FlushSums() {
  if (sums_.empty()) return Status::Ok();
  if (std::exchange(partial_promised_, false)) RETURN_IF_ERROR(data_->Sync());
  Status written = meta_->WriteAt(kMetaHeaderBytes + sums_first_chunk_ * kChecksumBytes, sums_);
  sums_.clear();
  return written;
}

Status ReplicaWriter::Sync(bool names) {
  RETURN_IF_ERROR(data_->Sync());
  RETURN_IF_ERROR(meta_->Sync());
  partial_promised_ = EndsInPartialChunk();
  if (!names || names_synced_) return Status::Ok();
  RETURN_IF_ERROR(disk_.SyncDir(folder_));
  names_synced_ = true;
  return Status::Ok();
}

void ReplicaWriter::StartWriteback() {
  data_->StartWriteback(written_back_, length_ - written_back_);
  written_back_ = length_;
}

}  // namespace tusk::dfs::datanode
