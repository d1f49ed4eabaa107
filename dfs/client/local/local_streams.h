// Blocking reader and writer of one file: path and its checksum side file, and their faces as streams.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/async/blocking_pool.h"
#include "base/env/disk.h"
#include "dfs/client/file_system.h"

namespace tusk::dfs {

// "/a/b" -> "/a/.b.crc"
std::string CrcPathOf(const std::string& path);

class LocalWriter {
 public:
  static Result<std::unique_ptr<LocalWriter>> Create(Disk& disk, const std::string& path, bool write_checksum);
  // Keeps up the side file if there is one.
  static Result<std::unique_ptr<LocalWriter>> Append(Disk& disk, const std::string& path);
  static Status Truncate(Disk& disk, const std::string& path, uint64_t length);
  Status Write(ByteView bytes);
  Status Sync();
  Status Close();
  uint64_t position() const { return position_; }

 private:
  LocalWriter() = default;
  Status WriteChecksums(ByteView bytes);
  std::unique_ptr<File> file_;
  std::unique_ptr<File> crc_file_;  // null: no checksums
  uint64_t position_ = 0;
  uint32_t partial_crc_ = 0;  // of the chunk in progress
  uint64_t crc_position_ = 0;  // where the next whole chunk's CRC goes
};

class LocalReader {
 public:
  static Result<std::unique_ptr<LocalReader>> Open(Disk& disk, const std::string& path, bool verify);
  Result<size_t> ReadAt(uint64_t offset, MutableByteView out);
  uint64_t length() const { return length_; }

 private:
  LocalReader() = default;
  Result<size_t> ReadVerified(uint64_t offset, MutableByteView out);
  Status VerifyChunks(uint64_t offset, ByteView bytes);
  std::string path_;
  std::unique_ptr<File> file_;
  std::unique_ptr<File> crc_file_;  // null: nothing to verify with
  uint32_t chunk_bytes_ = 512;
  uint64_t length_ = 0;
};

std::unique_ptr<OutputStream> MakeLocalOutputStream(BlockingPool& pool, std::unique_ptr<LocalWriter> writer);
std::unique_ptr<InputStream> MakeLocalInputStream(BlockingPool& pool, std::unique_ptr<LocalReader> reader);

}  // namespace tusk::dfs
