// ReplicaWriter: the two open files of a replica in the making. Blocking; one thread at a time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/env/disk.h"
#include "dfs/common/checksum.h"
#include "dfs/common/packet.h"
#include "dfs/datanode/store/replica.h"
#include "dfs/datanode/store/volume.h"

namespace tusk::dfs::datanode {

class ReplicaWriter {
 public:
  // New, empty files. `incoming`: what the packets carry, and what the disk gets.
  static Result<std::unique_ptr<ReplicaWriter>> Create(Volume& volume, const std::string& pool_id, const Block& block,
                                                       ReplicaState home, const DataChecksum& incoming);
  // The files of a replica of `block.length` bytes, to go on behind them. The disk keeps its checksum type; packets of
  // another are verified and summed anew.
  static Result<std::unique_ptr<ReplicaWriter>> Reopen(Volume& volume, const std::string& pool_id, const Block& block,
                                                       ReplicaState home, const DataChecksum& incoming);

  // Writes the packets in order, the data of all before the CRCs of all; bytes that are on disk already are skipped.
  // kChecksumError (with `verify`, or where types differ) leaves what came before the bad packet written; a disk that
  // fails leaves what was there before the call. kCorruption for a packet that leaves a gap or has not the checksums
  // that its data needs.
  Status Write(std::span<const PacketView> packets, bool verify);
  // Makes the bytes durable, in both files, and with `names` the files themselves.
  Status Sync(bool names = true);
  // Starts writing what was written since the last call (dfs.datanode.sync.behind.writes).
  void StartWriteback();

  uint64_t length() const { return length_; }
  PartialChunk partial_chunk() const { return {length_, partial_crc_}; }
  uint64_t meta_bytes() const { return kMetaHeaderBytes + on_disk_.ChecksumBytesOf(length_); }
  const DataChecksum& on_disk() const { return on_disk_; }
  const DataChecksum& incoming() const { return incoming_; }

 private:
  ReplicaWriter(Disk& disk, std::string folder, std::unique_ptr<File> data, std::unique_ptr<File> meta, const DataChecksum& incoming)
      : disk_(disk), folder_(std::move(folder)), data_(std::move(data)), meta_(std::move(meta)), incoming_(incoming), on_disk_(incoming) {}
  Status CheckShape(const PacketView& packet) const;
  void Take(const PacketView& packet);
  void AddSums(const PacketView& packet, uint64_t start);
  Status FlushSums();
  bool EndsInPartialChunk() const { return on_disk_.type != ChecksumType::kNull && length_ % on_disk_.bytes_per_checksum != 0; }

  Disk& disk_;
  const std::string folder_;    // of both files
  bool names_synced_ = false;
  std::unique_ptr<File> data_;
  std::unique_ptr<File> meta_;
  DataChecksum incoming_;
  DataChecksum on_disk_;
  uint64_t length_ = 0;
  uint32_t partial_crc_ = 0;  // of the bytes from the last chunk boundary to length_
  // The last chunk is partial and its CRC was made durable with its bytes: before that CRC is written over, the bytes
  // that the new one covers are synced. Else a power loss could keep the new CRC without them, and what was promised of
  // the chunk could not be told from damage.
  bool partial_promised_ = false;
  uint64_t written_back_ = 0;
  std::vector<ByteView> parts_;  // data not yet in the file, one behind the other
  // CRCs not yet in the meta file; the first is chunk sums_first_chunk_'s.
  std::vector<uint8_t> sums_;
  uint64_t sums_first_chunk_ = 0;
};

}  // namespace tusk::dfs::datanode
