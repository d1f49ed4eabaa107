// LineReader: records of a text stream, cut at \n, \r or \r\n, or at a delimiter of any bytes.
#pragma once

#include <string>
#include <vector>

#include "mapreduce/task/byte_stream.h"

namespace tusk::mapreduce {

class LineReader {
 public:
  // `delimiter` empty: line ends. `start` is the position of the source's first byte.
  LineReader(ByteSource& source, uint64_t start, std::string delimiter, size_t buffer_bytes = 1 << 20);
  // False at the end. `line` is valid until the next call, without its end. A line longer than `line_bytes_max` is
  // skipped whole (its bytes are consumed, too_long is set).
  Result<bool> Next(ByteView& line, bool& too_long);
  // Position after what was returned; and where the end of the last line began.
  uint64_t position() const { return position_; }
  uint64_t last_end() const { return last_end_; }
  void set_line_bytes_max(size_t bytes) { line_bytes_max_ = bytes; }

 private:
  // More bytes after those in hand; false at the end of the source.
  Result<bool> Fill();
  // Finds the record's end from at_ + scanned. Returns its length, or npos where more bytes are needed; `end_size` is
  // the length of its delimiter.
  size_t FindEnd(size_t scanned, size_t& end_size) const;

  ByteSource& source_;
  std::string delimiter_;
  std::vector<uint8_t> buffer_;
  size_t at_ = 0, end_ = 0;
  bool exhausted_ = false;
  uint64_t position_;
  uint64_t last_end_;
  size_t line_bytes_max_ = SIZE_MAX;
  static constexpr size_t kNone = SIZE_MAX;
};

}  // namespace tusk::mapreduce
