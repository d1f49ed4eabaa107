// Reading and writing file: paths with their CRC32 side files.
#include "dfs/client/local/local_streams.h"

#include <zlib.h>

#include <algorithm>

namespace tusk::dfs {
namespace {

constexpr uint32_t kChunkBytes = 512;
constexpr uint64_t kCrcHeaderBytes = 8;  // "crc\0" and the chunk size
constexpr uint8_t kCrcMagic[4] = {'c', 'r', 'c', 0};

uint32_t Crc32(uint32_t seed, ByteView bytes) {
  return static_cast<uint32_t>(::crc32(seed, bytes.data(), static_cast<uInt>(bytes.size())));
}

class LocalOutputStream : public OutputStream {
 public:
  LocalOutputStream(BlockingPool& pool, std::unique_ptr<LocalWriter> writer)
      : pool_(pool), writer_(std::move(writer)) {}
  Task<Status> Write(ByteView bytes) override {
    co_return co_await pool_.Run([&] { return writer_->Write(bytes); });
  }
  Task<Status> Hflush() override { co_return Status::Ok(); }
  Task<Status> Hsync() override {
    co_return co_await pool_.Run([&] { return writer_->Sync(); });
  }
  Task<Status> Close() override {
    co_return co_await pool_.Run([&] { return writer_->Close(); });
  }
  uint64_t position() const override { return writer_->position(); }

 private:
  BlockingPool& pool_;
  std::unique_ptr<LocalWriter> writer_;
};

class LocalInputStream : public InputStream {
 public:
  LocalInputStream(BlockingPool& pool, std::unique_ptr<LocalReader> reader)
      : pool_(pool), reader_(std::move(reader)) {}
  Task<Result<size_t>> Read(MutableByteView out) override {
    Result<size_t> count = co_await pool_.Run([&] { return reader_->ReadAt(position_, out); });
    if (count.ok()) position_ += *count;
    co_return count;
  }
  Task<Result<size_t>> ReadAt(uint64_t offset, MutableByteView out) override {
    co_return co_await pool_.Run([&] { return reader_->ReadAt(offset, out); });
  }
  Status Seek(uint64_t offset) override {
    if (offset > reader_->length()) return Status(Code::kEndOfFile, "Cannot seek after EOF");
    position_ = offset;
    return Status::Ok();
  }
  uint64_t position() const override { return position_; }
  uint64_t length() const override { return reader_->length(); }
  Task<Status> Close() override { co_return Status::Ok(); }

 private:
  BlockingPool& pool_;
  std::unique_ptr<LocalReader> reader_;
  uint64_t position_ = 0;
};

}  // namespace

std::string CrcPathOf(const std::string& path) {
  return JoinPath(ParentPath(path), "." + BaseName(path) + ".crc");
}

Result<std::unique_ptr<LocalWriter>> LocalWriter::Create(Disk& disk, const std::string& path, bool write_checksum) {
  std::unique_ptr<LocalWriter> writer(new LocalWriter);
  ASSIGN_OR_RETURN(writer->file_, disk.Open(path, OpenMode::kCreateTruncate));
  if (write_checksum) {
    ASSIGN_OR_RETURN(writer->crc_file_, disk.Open(CrcPathOf(path), OpenMode::kCreateTruncate));
    uint8_t header[kCrcHeaderBytes];
    std::memcpy(header, kCrcMagic, sizeof(kCrcMagic));
    StoreBigEndian<uint32_t>(header + 4, kChunkBytes);
    RETURN_IF_ERROR(writer->crc_file_->WriteAt(0, header));
    writer->crc_position_ = kCrcHeaderBytes;
  }
  return writer;
}

Result<std::unique_ptr<LocalWriter>> LocalWriter::Append(Disk& disk, const std::string& path) {
  std::unique_ptr<LocalWriter> writer(new LocalWriter);
  ASSIGN_OR_RETURN(writer->file_, disk.Open(path, OpenMode::kReadWrite));
  ASSIGN_OR_RETURN(writer->position_, writer->file_->Size());
  if (!disk.Exists(CrcPathOf(path))) return writer;
  ASSIGN_OR_RETURN(writer->crc_file_, disk.Open(CrcPathOf(path), OpenMode::kReadWrite));
  uint64_t whole_chunks = writer->position_ / kChunkBytes;
  uint8_t partial[kChunkBytes];
  ASSIGN_OR_RETURN(size_t count, writer->file_->ReadAt(whole_chunks * kChunkBytes, partial));
  writer->partial_crc_ = Crc32(0, {partial, count});
  writer->crc_position_ = kCrcHeaderBytes + whole_chunks * 4;
  return writer;
}

Status LocalWriter::Truncate(Disk& disk, const std::string& path, uint64_t length) {
  ASSIGN_OR_RETURN(auto file, disk.Open(path, OpenMode::kReadWrite));
  ASSIGN_OR_RETURN(uint64_t size, file->Size());
  if (length > size) {
    return Status(Code::kInvalidArgument, "Cannot truncate to a larger file size. Current size: " +
                                              std::to_string(size) + ", truncate size: " + std::to_string(length) + ".");
  }
  if (disk.Exists(CrcPathOf(path))) RETURN_IF_ERROR(disk.RemoveFile(CrcPathOf(path)));
  return file->Truncate(length);
}

Status LocalWriter::WriteChecksums(ByteView bytes) {
  std::vector<uint8_t> crcs;
  uint64_t at = position_;
  while (!bytes.empty()) {
    size_t room = kChunkBytes - at % kChunkBytes;
    size_t count = std::min<size_t>(room, bytes.size());
    partial_crc_ = Crc32(at % kChunkBytes == 0 ? 0 : partial_crc_, bytes.first(count));
    bytes = bytes.subspan(count);
    at += count;
    crcs.resize(crcs.size() + 4);
    StoreBigEndian<uint32_t>(crcs.data() + crcs.size() - 4, partial_crc_);
  }
  RETURN_IF_ERROR(crc_file_->WriteAt(crc_position_, crcs));
  crc_position_ = kCrcHeaderBytes + at / kChunkBytes * 4;  // an unfinished chunk's CRC is written again later
  return Status::Ok();
}

Status LocalWriter::Write(ByteView bytes) {
  if (file_ == nullptr) return Status(Code::kIOError, "Stream closed");
  if (bytes.empty()) return Status::Ok();
  RETURN_IF_ERROR(file_->WriteAt(position_, bytes));
  if (crc_file_ != nullptr) RETURN_IF_ERROR(WriteChecksums(bytes));
  position_ += bytes.size();
  return Status::Ok();
}

Status LocalWriter::Sync() {
  if (file_ == nullptr) return Status(Code::kIOError, "Stream closed");
  if (crc_file_ != nullptr) RETURN_IF_ERROR(crc_file_->Sync());
  return file_->Sync();
}

Status LocalWriter::Close() {
  file_ = nullptr;
  crc_file_ = nullptr;
  return Status::Ok();
}

Result<std::unique_ptr<LocalReader>> LocalReader::Open(Disk& disk, const std::string& path, bool verify) {
  ASSIGN_OR_RETURN(FileStat stat, disk.Stat(path));
  if (stat.is_directory) return Status(Code::kFileNotFound, path + " (Is a directory)");
  std::unique_ptr<LocalReader> reader(new LocalReader);
  reader->path_ = path;
  reader->length_ = stat.size;
  ASSIGN_OR_RETURN(reader->file_, disk.Open(path, OpenMode::kRead));
  reader->file_->AdviseSequential(0, 0);
  if (!verify) return reader;
  auto crc_file = disk.Open(CrcPathOf(path), OpenMode::kRead);
  if (!crc_file.ok()) return reader;
  uint8_t header[kCrcHeaderBytes];
  ASSIGN_OR_RETURN(size_t count, (*crc_file)->ReadAt(0, header));
  if (count != sizeof(header) || std::memcmp(header, kCrcMagic, sizeof(kCrcMagic)) != 0) return reader;
  reader->chunk_bytes_ = LoadBigEndian<uint32_t>(header + 4);
  if (reader->chunk_bytes_ == 0 || reader->chunk_bytes_ > (1 << 20)) return reader;
  reader->crc_file_ = std::move(crc_file).value();
  return reader;
}

Status LocalReader::VerifyChunks(uint64_t offset, ByteView bytes) {
  size_t chunks = (bytes.size() + chunk_bytes_ - 1) / chunk_bytes_;
  std::vector<uint8_t> crcs(chunks * 4);
  ASSIGN_OR_RETURN(size_t count, crc_file_->ReadAt(kCrcHeaderBytes + offset / chunk_bytes_ * 4, crcs));
  if (count != crcs.size()) return Status(Code::kChecksumError, "Checksum file not a length multiple of checksum size in " + path_);
  for (size_t i = 0; i < chunks; ++i) {
    ByteView chunk = bytes.subspan(i * chunk_bytes_, std::min<size_t>(chunk_bytes_, bytes.size() - i * chunk_bytes_));
    uint32_t expected = LoadBigEndian<uint32_t>(crcs.data() + i * 4);
    uint32_t found = Crc32(0, chunk);
    if (expected != found) {
      return Status(Code::kChecksumError, "Checksum error: file:" + path_ + " at " +
                                              std::to_string(offset + i * chunk_bytes_) + " exp: " +
                                              std::to_string(static_cast<int32_t>(expected)) + " got: " +
                                              std::to_string(static_cast<int32_t>(found)));
    }
  }
  return Status::Ok();
}

Result<size_t> LocalReader::ReadVerified(uint64_t offset, MutableByteView out) {
  if (offset >= length_) return size_t{0};
  uint64_t begin = offset / chunk_bytes_ * chunk_bytes_;
  uint64_t end = std::min<uint64_t>(length_, (offset + out.size() + chunk_bytes_ - 1) / chunk_bytes_ * chunk_bytes_);
  std::vector<uint8_t> whole(end - begin);
  ASSIGN_OR_RETURN(size_t count, file_->ReadAt(begin, whole));
  RETURN_IF_ERROR(VerifyChunks(begin, ByteView(whole).first(count)));
  if (begin + count <= offset) return size_t{0};
  size_t wanted = std::min<size_t>(out.size(), begin + count - offset);
  std::memcpy(out.data(), whole.data() + (offset - begin), wanted);
  return wanted;
}

Result<size_t> LocalReader::ReadAt(uint64_t offset, MutableByteView out) {
  if (crc_file_ == nullptr) return file_->ReadAt(offset, out);
  return ReadVerified(offset, out);
}

std::unique_ptr<OutputStream> MakeLocalOutputStream(BlockingPool& pool, std::unique_ptr<LocalWriter> writer) {
  return std::make_unique<LocalOutputStream>(pool, std::move(writer));
}
std::unique_ptr<InputStream> MakeLocalInputStream(BlockingPool& pool, std::unique_ptr<LocalReader> reader) {
  return std::make_unique<LocalInputStream>(pool, std::move(reader));
}

}  // namespace tusk::dfs
