// SequenceFile's bytes. Wire: shared facts, mapreduce §2.
#include "mapreduce/task/sequence_file.h"

#include <algorithm>

#include "mapreduce/api/writable.h"

namespace tusk::mapreduce {

namespace {
constexpr uint32_t kSyncEscape = 0xffffffff;
constexpr size_t kSyncBytes = 16;
constexpr uint64_t kSyncInterval = 5 * 1024 * 20;
constexpr uint64_t kRecordBytesMax = 1 << 30;
constexpr uint32_t kMetadataMax = 10'000;
constexpr size_t kReadBytes = 256 << 10;
constexpr size_t kBlockBytes = 1'000'000;  // io.seqfile.compress.blocksize

Status Corrupt(const std::string& what) { return Status(Code::kCorruption, "not a SequenceFile: " + what); }
}  // namespace

Result<std::unique_ptr<SequenceReader>> SequenceReader::Open(std::unique_ptr<InputFile> file) {
  std::unique_ptr<SequenceReader> reader(new SequenceReader(std::move(file)));
  RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

Result<ByteView> SequenceReader::Take(uint64_t count) {
  if (count > file_->length() - std::min(position_, file_->length())) return Status(Code::kEndOfFile, "the SequenceFile ends early");
  if (position_ < buffer_start_ || position_ + count > buffer_start_ + buffer_size_) {
    size_t keep = 0;
    if (position_ >= buffer_start_ && position_ < buffer_start_ + buffer_size_) {
      keep = static_cast<size_t>(buffer_start_ + buffer_size_ - position_);
      std::memmove(buffer_.data(), buffer_.data() + (position_ - buffer_start_), keep);
    }
    size_t wanted = static_cast<size_t>(std::max<uint64_t>(count, kReadBytes));
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    buffer_start_ = position_;
    buffer_size_ = keep;
    while (buffer_size_ < count) {
      ASSIGN_OR_RETURN(size_t got, file_->ReadAt(buffer_start_ + buffer_size_, MutableByteView(buffer_).subspan(buffer_size_)));
      if (got == 0) return Status(Code::kEndOfFile, "the SequenceFile ends early");
      buffer_size_ += got;
      bytes_read_ += got;
    }
  }
  ByteView bytes(buffer_.data() + (position_ - buffer_start_), static_cast<size_t>(count));
  position_ += count;
  return bytes;
}

Result<uint32_t> SequenceReader::TakeInt() {
  ASSIGN_OR_RETURN(ByteView bytes, Take(4));
  return LoadBigEndian<uint32_t>(bytes.data());
}

Result<int64_t> SequenceReader::TakeVLong() {
  uint8_t bytes[kVLongBytesMax];
  for (size_t i = 0; i < kVLongBytesMax; ++i) {
    ASSIGN_OR_RETURN(ByteView byte, Take(1));
    bytes[i] = byte[0];
    int64_t value = 0;
    if (ReadVLong(bytes, bytes + i + 1, &value) != nullptr) return value;
  }
  return Corrupt("a number has no end");
}

Result<std::string> SequenceReader::TakeText() {
  ASSIGN_OR_RETURN(int64_t size, TakeVLong());
  if (size < 0 || size > 1 << 20) return Corrupt("a text of " + std::to_string(size) + " bytes in the header");
  ASSIGN_OR_RETURN(ByteView bytes, Take(static_cast<uint64_t>(size)));
  return std::string(AsText(bytes));
}

Status SequenceReader::ReadHeader() {
  ASSIGN_OR_RETURN(ByteView magic, Take(4));
  if (AsText(magic.first(3)) != "SEQ") return Corrupt("no magic");
  if (magic[3] != 6) return Corrupt("version " + std::to_string(magic[3]));
  ASSIGN_OR_RETURN(header_.key_class, TakeText());
  ASSIGN_OR_RETURN(header_.value_class, TakeText());
  ASSIGN_OR_RETURN(ByteView flags, Take(2));
  bool compressed = flags[0] != 0, by_block = flags[1] != 0;
  if (compressed) {
    header_.compression = by_block ? SequenceCompression::kBlock : SequenceCompression::kRecord;
    ASSIGN_OR_RETURN(std::string codec, TakeText());
    ASSIGN_OR_RETURN(header_.codec, CodecOfClass(codec));
  }
  ASSIGN_OR_RETURN(uint32_t pairs, TakeInt());
  if (pairs > kMetadataMax) return Corrupt("too much metadata");
  for (uint32_t i = 0; i < pairs; ++i) {
    ASSIGN_OR_RETURN(std::string key, TakeText());
    ASSIGN_OR_RETURN(header_.metadata[key], TakeText());
  }
  ASSIGN_OR_RETURN(ByteView sync, Take(kSyncBytes));
  header_.sync = AsText(sync);
  header_.length = position_;
  return Status::Ok();
}

Status SequenceReader::Sync(uint64_t position) {
  block_records_ = 0;
  if (position < header_.length) {
    position_ = header_.length;
    return Status::Ok();
  }
  uint64_t at = position + 4;
  constexpr size_t kWindow = 64 << 10;
  std::string window;
  while (at + kSyncBytes <= file_->length()) {
    window.resize(static_cast<size_t>(std::min<uint64_t>(kWindow, file_->length() - at)));
    ASSIGN_OR_RETURN(size_t count, file_->ReadAt(at, {reinterpret_cast<uint8_t*>(window.data()), window.size()}));
    if (count < kSyncBytes) break;
    window.resize(count);
    bytes_read_ += count;
    size_t found = window.find(header_.sync);
    if (found != std::string::npos) {
      position_ = at + found - 4;
      return Status::Ok();
    }
    at += count - kSyncBytes + 1;
  }
  position_ = file_->length();
  return Status::Ok();
}

Status SequenceReader::CheckSync() {
  ASSIGN_OR_RETURN(ByteView sync, Take(kSyncBytes));
  if (AsText(sync) != header_.sync) return Status(Code::kCorruption, "File is corrupt!");
  sync_seen_ = true;
  return Status::Ok();
}

Result<bool> SequenceReader::Next(ByteView& key, ByteView& value) {
  sync_seen_ = false;
  if (header_.compression != SequenceCompression::kBlock) return NextRecord(key, value);
  while (block_records_ == 0) {
    if (position_ >= file_->length()) return false;
    RETURN_IF_ERROR(ReadBlock());
  }
  auto next_part = [](const std::string& lengths, size_t& length_at, const std::string& parts, size_t& at) -> Result<ByteView> {
    const uint8_t* start = AsBytes(lengths).data();
    int64_t size = 0;
    const uint8_t* after = ReadVLong(start + length_at, start + lengths.size(), &size);
    if (after == nullptr || size < 0 || static_cast<uint64_t>(size) > parts.size() - at) return Corrupt("a block's lengths do not fit");
    length_at = static_cast<size_t>(after - start);
    ByteView part = AsBytes(parts).subspan(at, static_cast<size_t>(size));
    at += static_cast<size_t>(size);
    return part;
  };
  ASSIGN_OR_RETURN(key, next_part(key_lengths_, key_length_at_, keys_, key_at_));
  ASSIGN_OR_RETURN(value, next_part(value_lengths_, value_length_at_, values_, value_at_));
  --block_records_;
  return true;
}

Result<bool> SequenceReader::NextRecord(ByteView& key, ByteView& value) {
  if (position_ >= file_->length()) return false;
  ASSIGN_OR_RETURN(uint32_t length, TakeInt());
  if (length == kSyncEscape) {
    RETURN_IF_ERROR(CheckSync());
    if (position_ >= file_->length()) return false;
    ASSIGN_OR_RETURN(length, TakeInt());
  }
  ASSIGN_OR_RETURN(uint32_t key_length, TakeInt());
  if (length > kRecordBytesMax || key_length > length) return Corrupt("a record of " + std::to_string(length) + " bytes");
  ASSIGN_OR_RETURN(ByteView record, Take(length));
  key = record.first(key_length);
  value = record.subspan(key_length);
  if (header_.compression == SequenceCompression::kRecord) {
    ASSIGN_OR_RETURN(value_, Decompress(header_.codec, value, kRecordBytesMax));
    value = AsBytes(value_);
  }
  return true;
}

Result<std::string> SequenceReader::TakeBlockBuffer() {
  ASSIGN_OR_RETURN(int64_t size, TakeVLong());
  if (size < 0 || static_cast<uint64_t>(size) > kRecordBytesMax) return Corrupt("a block buffer of " + std::to_string(size) + " bytes");
  ASSIGN_OR_RETURN(ByteView packed, Take(static_cast<uint64_t>(size)));
  return Decompress(header_.codec, packed, kRecordBytesMax);
}

Status SequenceReader::ReadBlock() {
  ASSIGN_OR_RETURN(uint32_t escape, TakeInt());
  if (escape != kSyncEscape) return Status(Code::kCorruption, "File is corrupt!");
  RETURN_IF_ERROR(CheckSync());
  ASSIGN_OR_RETURN(block_records_, TakeVLong());
  if (block_records_ < 0) return Corrupt("a block of a negative number of records");
  ASSIGN_OR_RETURN(key_lengths_, TakeBlockBuffer());
  ASSIGN_OR_RETURN(keys_, TakeBlockBuffer());
  ASSIGN_OR_RETURN(value_lengths_, TakeBlockBuffer());
  ASSIGN_OR_RETURN(values_, TakeBlockBuffer());
  key_length_at_ = key_at_ = value_length_at_ = value_at_ = 0;
  return Status::Ok();
}

Result<std::unique_ptr<SequenceWriter>> SequenceWriter::Create(std::unique_ptr<OutputFile> file, SequenceHeader header) {
  TUSK_CHECK(header.sync.size() == kSyncBytes);
  std::string bytes = "SEQ\x06";
  Text::Write(header.key_class, bytes);
  Text::Write(header.value_class, bytes);
  bool compressed = header.compression != SequenceCompression::kNone;
  bytes.push_back(compressed ? 1 : 0);
  bytes.push_back(header.compression == SequenceCompression::kBlock ? 1 : 0);
  if (compressed) Text::Write(ClassOfCodec(header.codec), bytes);
  IntWritable::Write(static_cast<int32_t>(header.metadata.size()), bytes);
  for (const auto& [key, value] : header.metadata) {
    Text::Write(key, bytes);
    Text::Write(value, bytes);
  }
  bytes.append(header.sync);
  std::unique_ptr<SequenceWriter> writer(new SequenceWriter(std::move(file), std::move(header)));
  RETURN_IF_ERROR(writer->Write(bytes));
  return writer;
}

Status SequenceWriter::Write(std::string_view bytes) {
  written_ += bytes.size();
  return file_->Write(AsBytes(bytes));
}

Status SequenceWriter::WriteSync() {
  RETURN_IF_ERROR(Write(std::string(4, '\xff') + header_.sync));
  last_sync_ = written_;
  return Status::Ok();
}

Status SequenceWriter::Append(ByteView key, ByteView value) {
  if (header_.compression == SequenceCompression::kBlock) {
    AppendVLong(key_lengths_, static_cast<int64_t>(key.size()));
    keys_.append(AsText(key));
    AppendVLong(value_lengths_, static_cast<int64_t>(value.size()));
    values_.append(AsText(value));
    ++block_records_;
    return keys_.size() + values_.size() >= kBlockBytes ? FlushBlock() : Status::Ok();
  }
  std::string packed;
  if (header_.compression == SequenceCompression::kRecord) {
    ASSIGN_OR_RETURN(packed, Compress(header_.codec, value));
    value = AsBytes(packed);
  }
  if (written_ >= last_sync_ + kSyncInterval) RETURN_IF_ERROR(WriteSync());
  record_.clear();
  IntWritable::Write(static_cast<int32_t>(key.size() + value.size()), record_);
  IntWritable::Write(static_cast<int32_t>(key.size()), record_);
  record_.append(AsText(key)).append(AsText(value));
  return Write(record_);
}

Status SequenceWriter::FlushBlock() {
  if (block_records_ == 0) return Status::Ok();
  RETURN_IF_ERROR(WriteSync());
  std::string block;
  AppendVLong(block, block_records_);
  for (std::string* part : {&key_lengths_, &keys_, &value_lengths_, &values_}) {
    ASSIGN_OR_RETURN(std::string packed, Compress(header_.codec, AsBytes(*part)));
    AppendVLong(block, static_cast<int64_t>(packed.size()));
    block.append(packed);
    part->clear();
  }
  block_records_ = 0;
  return Write(block);
}

Status SequenceWriter::Close() {
  RETURN_IF_ERROR(FlushBlock());
  return file_->Close();
}

}  // namespace tusk::mapreduce
