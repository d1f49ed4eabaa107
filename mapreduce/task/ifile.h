// IFile: Hadoop's file of sorted records between map and reduce. Per record vint key length, vint value length, key,
// value; then two vints -1; all of it optionally one codec stream; then the CRC32 of the bytes on disk, big-endian.
// A map's output is one such segment per partition, one after the other, and a spill index that says where.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mapreduce/task/codec.h"

namespace tusk::mapreduce {

// Where one partition's segment is. On disk: three big-endian longs.
struct SegmentIndex {
  uint64_t start = 0;
  uint64_t raw_length = 0;   // decompressed, with the end markers, without the CRC
  uint64_t part_length = 0;  // bytes in the file, with the CRC
};
// file.out.index: all segments, then the CRC32 of those bytes as a long.
std::string EncodeSpillIndex(const std::vector<SegmentIndex>& segments);
Result<std::vector<SegmentIndex>> DecodeSpillIndex(ByteView bytes);

uint32_t Crc32(uint32_t crc, ByteView bytes);

// Writes one segment at the sink's end. Keys and values are framed.
class IFileWriter {
 public:
  IFileWriter(ByteSink& out, Codec codec);
  ~IFileWriter();
  Status Append(ByteView key, ByteView value);
  // A record as it stands in the file: lengths, key, value.
  Status AppendEncoded(ByteView record);
  // The end markers and the CRC. `start` of the result is 0.
  Result<SegmentIndex> Finish();

 private:
  class CrcSink;
  Status Flush();

  std::unique_ptr<CrcSink> disk_;
  std::unique_ptr<CompressSink> compress_;  // null without codec
  std::vector<uint8_t> buffer_;
  size_t used_ = 0;
  uint64_t raw_length_ = 0;
};

// Reads one segment. A record's views are valid until the next Next.
class IFileReader {
 public:
  // `part_length` bytes of `disk` are the segment. The source outlives the reader.
  static std::unique_ptr<IFileReader> Open(std::unique_ptr<ByteSource> disk, uint64_t part_length, Codec codec);
  // A segment that is in memory; without a codec its records are views into it. Verifies the CRC first.
  static Result<std::unique_ptr<IFileReader>> OpenMemory(std::string segment, Codec codec);
  ~IFileReader();

  // False at the end markers, after the CRC was found right.
  Result<bool> Next();
  ByteView key() const { return key_; }
  ByteView value() const { return value_; }
  uint64_t records() const { return records_; }

 private:
  class CrcSource;
  IFileReader() = default;
  Result<bool> Fill(size_t wanted);
  Status FinishStream();

  std::unique_ptr<ByteSource> disk_;
  std::unique_ptr<CrcSource> checked_;
  std::unique_ptr<ByteSource> plain_;  // null: all bytes are in the buffer
  std::string memory_;
  std::vector<uint8_t> buffer_;
  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
  bool exhausted_ = false;
  bool done_ = false;
  uint64_t records_ = 0;
  ByteView key_, value_;
};

}  // namespace tusk::mapreduce
