// SequenceFile version 6, as Hadoop writes it: without compression, by record, or by block.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mapreduce/task/codec.h"

namespace tusk::mapreduce {

enum class SequenceCompression { kNone, kRecord, kBlock };

struct SequenceHeader {
  std::string key_class;
  std::string value_class;
  SequenceCompression compression = SequenceCompression::kNone;
  Codec codec = Codec::kNone;
  std::map<std::string, std::string> metadata;
  std::string sync;  // 16 bytes
  uint64_t length = 0;
};

class SequenceReader {
 public:
  static Result<std::unique_ptr<SequenceReader>> Open(std::unique_ptr<InputFile> file);
  const SequenceHeader& header() const { return header_; }
  // To the first sync mark at or after `position`; to the end of the file where there is none.
  Status Sync(uint64_t position);
  // Framed; valid until the next Next. False at the end of the file.
  Result<bool> Next(ByteView& key, ByteView& value);
  // Whether a sync mark was passed by the last Next.
  bool sync_seen() const { return sync_seen_; }
  uint64_t position() const { return position_; }
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  explicit SequenceReader(std::unique_ptr<InputFile> file) : file_(std::move(file)) {}
  Status ReadHeader();
  // `count` bytes from position_ on, valid until the next call.
  Result<ByteView> Take(uint64_t count);
  Result<uint32_t> TakeInt();
  Result<int64_t> TakeVLong();
  Result<std::string> TakeText();
  Status CheckSync();
  Result<bool> NextRecord(ByteView& key, ByteView& value);
  Status ReadBlock();
  Result<std::string> TakeBlockBuffer();

  std::unique_ptr<InputFile> file_;
  SequenceHeader header_;
  std::vector<uint8_t> buffer_;
  uint64_t buffer_start_ = 0;
  size_t buffer_size_ = 0;
  uint64_t position_ = 0;
  uint64_t bytes_read_ = 0;
  bool sync_seen_ = false;
  std::string value_;  // decompressed
  // The block in hand.
  int64_t block_records_ = 0;
  std::string key_lengths_, keys_, value_lengths_, values_;
  size_t key_length_at_ = 0, key_at_ = 0, value_length_at_ = 0, value_at_ = 0;
};

class SequenceWriter {
 public:
  // `sync` are 16 bytes that the records are unlikely to hold.
  static Result<std::unique_ptr<SequenceWriter>> Create(std::unique_ptr<OutputFile> file, SequenceHeader header);
  // Framed.
  Status Append(ByteView key, ByteView value);
  Status Close();
  uint64_t bytes_written() const { return written_; }

 private:
  SequenceWriter(std::unique_ptr<OutputFile> file, SequenceHeader header) : file_(std::move(file)), header_(std::move(header)) {}
  Status Write(std::string_view bytes);
  Status WriteSync();
  Status FlushBlock();

  std::unique_ptr<OutputFile> file_;
  SequenceHeader header_;
  uint64_t written_ = 0;
  uint64_t last_sync_ = 0;
  std::string record_;
  int64_t block_records_ = 0;
  std::string key_lengths_, keys_, value_lengths_, values_;
};

}  // namespace tusk::mapreduce
