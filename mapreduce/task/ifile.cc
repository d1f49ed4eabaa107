// IFile's bytes.
#include "mapreduce/task/ifile.h"

#include <isa-l/crc.h>

#include <algorithm>

#include "mapreduce/api/writable.h"

namespace tusk::mapreduce {

namespace {
constexpr size_t kWriteBufferBytes = 256 << 10;
constexpr size_t kReadBufferBytes = 256 << 10;
constexpr size_t kIndexEntryBytes = 24;
constexpr size_t kCrcBytes = 4;
constexpr int64_t kPartBytesMax = 1 << 30;  // of one key or value
constexpr size_t kRecordsHeaderMax = 2 * kVLongBytesMax;
}  // namespace

uint32_t Crc32(uint32_t crc, ByteView bytes) { return crc32_gzip_refl(crc, bytes.data(), bytes.size()); }

std::string EncodeSpillIndex(const std::vector<SegmentIndex>& segments) {
  std::string bytes(segments.size() * kIndexEntryBytes + 8, '\0');
  uint8_t* at = reinterpret_cast<uint8_t*>(bytes.data());
  for (const SegmentIndex& segment : segments) {
    StoreBigEndian<uint64_t>(at, segment.start);
    StoreBigEndian<uint64_t>(at + 8, segment.raw_length);
    StoreBigEndian<uint64_t>(at + 16, segment.part_length);
    at += kIndexEntryBytes;
  }
  StoreBigEndian<uint64_t>(at, Crc32(0, AsBytes(bytes).first(bytes.size() - 8)));
  return bytes;
}

Result<std::vector<SegmentIndex>> DecodeSpillIndex(ByteView bytes) {
  if (bytes.size() < 8 || (bytes.size() - 8) % kIndexEntryBytes != 0) {
    return Status(Code::kCorruption, "a spill index of " + std::to_string(bytes.size()) + " bytes");
  }
  size_t body = bytes.size() - 8;
  if (LoadBigEndian<uint64_t>(bytes.data() + body) != Crc32(0, bytes.first(body))) {
    return Status(Code::kChecksumError, "the spill index's checksum does not match");
  }
  std::vector<SegmentIndex> segments(body / kIndexEntryBytes);
  const uint8_t* at = bytes.data();
  for (SegmentIndex& segment : segments) {
    segment.start = LoadBigEndian<uint64_t>(at);
    segment.raw_length = LoadBigEndian<uint64_t>(at + 8);
    segment.part_length = LoadBigEndian<uint64_t>(at + 16);
    at += kIndexEntryBytes;
  }
  return segments;
}

// Counts and sums what reaches the disk.
class IFileWriter::CrcSink : public ByteSink {
 public:
  explicit CrcSink(ByteSink& out) : out_(out) {}
  Status Write(ByteView bytes) override {
    crc_ = Crc32(crc_, bytes);
    written_ += bytes.size();
    return out_.Write(bytes);
  }
  uint32_t crc() const { return crc_; }
  uint64_t written() const { return written_; }

 private:
  ByteSink& out_;
  uint32_t crc_ = 0;
  uint64_t written_ = 0;
};

IFileWriter::IFileWriter(ByteSink& out, Codec codec) : disk_(std::make_unique<CrcSink>(out)), buffer_(kWriteBufferBytes) {
  if (codec != Codec::kNone) compress_ = MakeCompressSink(codec, *disk_);
}
IFileWriter::~IFileWriter() = default;

Status IFileWriter::Flush() {
  ByteView bytes(buffer_.data(), used_);
  raw_length_ += used_;
  used_ = 0;
  return compress_ ? compress_->Write(bytes) : disk_->Write(bytes);
}

Status IFileWriter::AppendEncoded(ByteView record) {
  if (record.size() > buffer_.size() - used_) {
    RETURN_IF_ERROR(Flush());
    if (record.size() > buffer_.size()) {
      raw_length_ += record.size();
      return compress_ ? compress_->Write(record) : disk_->Write(record);
    }
  }
  std::memcpy(buffer_.data() + used_, record.data(), record.size());
  used_ += record.size();
  return Status::Ok();
}

Status IFileWriter::Append(ByteView key, ByteView value) {
  if (buffer_.size() - used_ < kRecordsHeaderMax) RETURN_IF_ERROR(Flush());
  uint8_t* at = WriteVLong(buffer_.data() + used_, static_cast<int64_t>(key.size()));
  at = WriteVLong(at, static_cast<int64_t>(value.size()));
  used_ = static_cast<size_t>(at - buffer_.data());
  RETURN_IF_ERROR(AppendEncoded(key));
  return AppendEncoded(value);
}

Result<SegmentIndex> IFileWriter::Finish() {
  uint8_t markers[2] = {0xff, 0xff};
  RETURN_IF_ERROR(AppendEncoded(markers));
  RETURN_IF_ERROR(Flush());
  if (compress_) RETURN_IF_ERROR(compress_->Finish());
  uint8_t crc[kCrcBytes];
  StoreBigEndian<uint32_t>(crc, disk_->crc());
  RETURN_IF_ERROR(disk_->Write(crc));
  return SegmentIndex{.start = 0, .raw_length = raw_length_, .part_length = disk_->written()};
}

// Gives `length` bytes and then expects their CRC.
class IFileReader::CrcSource : public ByteSource {
 public:
  CrcSource(ByteSource& disk, uint64_t length) : disk_(disk), left_(length) {}
  Result<size_t> Read(MutableByteView out) override {
    size_t wanted = static_cast<size_t>(std::min<uint64_t>(out.size(), left_));
    if (wanted == 0) return size_t{0};
    ASSIGN_OR_RETURN(size_t count, disk_.Read(out.first(wanted)));
    if (count == 0) return Status(Code::kEndOfFile, "the segment ends early");
    crc_ = Crc32(crc_, out.first(count));
    left_ -= count;
    return count;
  }
  Status Verify() {
    if (left_ != 0) return Status(Code::kCorruption, "bytes follow the end of the segment");
    uint8_t stored[kCrcBytes];
    size_t filled = 0;
    while (filled < kCrcBytes) {
      ASSIGN_OR_RETURN(size_t count, disk_.Read(MutableByteView(stored).subspan(filled)));
      if (count == 0) return Status(Code::kEndOfFile, "the segment ends before its checksum");
      filled += count;
    }
    if (LoadBigEndian<uint32_t>(stored) != crc_) return Status(Code::kChecksumError, "the segment's checksum does not match");
    return Status::Ok();
  }

 private:
  ByteSource& disk_;
  uint64_t left_;
  uint32_t crc_ = 0;
};

IFileReader::~IFileReader() = default;

std::unique_ptr<IFileReader> IFileReader::Open(std::unique_ptr<ByteSource> disk, uint64_t part_length, Codec codec) {
  std::unique_ptr<IFileReader> reader(new IFileReader());
  reader->disk_ = std::move(disk);
  reader->checked_ = std::make_unique<CrcSource>(*reader->disk_, part_length < kCrcBytes ? 0 : part_length - kCrcBytes);
  reader->plain_ = MakeDecompressSource(codec, *reader->checked_);
  return reader;
}

Result<std::unique_ptr<IFileReader>> IFileReader::OpenMemory(std::string segment, Codec codec) {
  if (segment.size() < kCrcBytes) return Status(Code::kCorruption, "a segment of " + std::to_string(segment.size()) + " bytes");
  ByteView body = AsBytes(segment).first(segment.size() - kCrcBytes);
  if (LoadBigEndian<uint32_t>(body.data() + body.size()) != Crc32(0, body)) {
    return Status(Code::kChecksumError, "the segment's checksum does not match");
  }
  if (codec != Codec::kNone) {
    std::unique_ptr<IFileReader> reader(new IFileReader());
    reader->memory_ = std::move(segment);
    reader->disk_ = std::make_unique<MemorySource>(AsBytes(reader->memory_).first(reader->memory_.size() - kCrcBytes));
    reader->plain_ = MakeDecompressSource(codec, *reader->disk_);
    return reader;
  }
  std::unique_ptr<IFileReader> reader(new IFileReader());
  reader->memory_ = std::move(segment);
  reader->at_ = AsBytes(reader->memory_).data();
  reader->end_ = reader->at_ + reader->memory_.size() - kCrcBytes;
  reader->exhausted_ = true;
  return reader;
}

// Makes at least `wanted` bytes readable at at_; false where the stream has fewer left.
Result<bool> IFileReader::Fill(size_t wanted) {
  if (static_cast<size_t>(end_ - at_) >= wanted) return true;
  if (exhausted_) return false;
  size_t rest = static_cast<size_t>(end_ - at_);
  if (buffer_.size() < wanted || buffer_.empty()) {
    std::vector<uint8_t> larger(std::max(wanted + kReadBufferBytes, kReadBufferBytes));
    if (rest > 0) std::memcpy(larger.data(), at_, rest);
    buffer_ = std::move(larger);
  } else if (rest > 0) {
    std::memmove(buffer_.data(), at_, rest);
  }
  at_ = buffer_.data();
  end_ = at_ + rest;
  while (rest < wanted) {
    ASSIGN_OR_RETURN(size_t count, plain_->Read(MutableByteView(buffer_).subspan(rest)));
    if (count == 0) {
      exhausted_ = true;
      return false;
    }
    rest += count;
    end_ = at_ + rest;
  }
  return true;
}

Status IFileReader::FinishStream() {
  if (at_ != end_) return Status(Code::kCorruption, "bytes follow the end markers");
  if (plain_ && !exhausted_) {
    uint8_t byte;
    ASSIGN_OR_RETURN(size_t count, plain_->Read({&byte, 1}));
    if (count != 0) return Status(Code::kCorruption, "bytes follow the end markers");
  }
  return checked_ ? checked_->Verify() : Status::Ok();
}

Result<bool> IFileReader::Next() {
  if (done_) return false;
  if (end_ - at_ < static_cast<ptrdiff_t>(kRecordsHeaderMax)) RETURN_IF_ERROR(Fill(kRecordsHeaderMax));
  int64_t key_length = 0, value_length = 0;
  const uint8_t* at = ReadVLong(at_, end_, &key_length);
  if (at != nullptr) at = ReadVLong(at, end_, &value_length);
  if (at == nullptr) return Status(Code::kEndOfFile, "the segment ends inside a record");
  if (key_length == -1 && value_length == -1) {
    at_ = at;
    done_ = true;
    RETURN_IF_ERROR(FinishStream());
    return false;
  }
  if (key_length < 0 || value_length < 0 || key_length > kPartBytesMax || value_length > kPartBytesMax) {
    return Status(Code::kCorruption, "a record claims lengths " + std::to_string(key_length) + " and " + std::to_string(value_length));
  }
  size_t header = static_cast<size_t>(at - at_);
  size_t total = header + static_cast<size_t>(key_length) + static_cast<size_t>(value_length);
  if (static_cast<size_t>(end_ - at_) < total) {
    // Grows by what really arrives: a false length must not allocate gigabytes.
    for (size_t step = std::min(total, static_cast<size_t>(end_ - at_) + (4 << 20));; step = std::min(total, step * 2)) {
      ASSIGN_OR_RETURN(bool there, Fill(step));
      if (!there) return Status(Code::kEndOfFile, "the segment ends inside a record");
      if (step == total) break;
    }
  }
  key_ = ByteView(at_ + header, static_cast<size_t>(key_length));
  value_ = ByteView(key_.data() + key_.size(), static_cast<size_t>(value_length));
  at_ += total;
  ++records_;
  return true;
}

}  // namespace tusk::mapreduce
