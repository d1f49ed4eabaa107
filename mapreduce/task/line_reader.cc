// Lines out of a buffer that grows with its longest line.
#include "mapreduce/task/line_reader.h"

#include <algorithm>
#include <cstring>

namespace tusk::mapreduce {

namespace {
constexpr size_t kLineBytesHardMax = size_t{1} << 31;
}

LineReader::LineReader(ByteSource& source, uint64_t start, std::string delimiter, size_t buffer_bytes)
    : source_(source), delimiter_(std::move(delimiter)), buffer_(std::max<size_t>(buffer_bytes, 16)), position_(start), last_end_(start) {}

Result<bool> LineReader::Fill() {
  if (exhausted_) return false;
  if (at_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
    end_ -= at_;
    at_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  ASSIGN_OR_RETURN(size_t count, source_.Read(MutableByteView(buffer_).subspan(end_)));
  if (count == 0) {
    exhausted_ = true;
    return false;
  }
  end_ += count;
  return true;
}

size_t LineReader::FindEnd(size_t scanned, size_t& end_size) const {
  const uint8_t* start = buffer_.data() + at_;
  size_t available = end_ - at_;
  if (!delimiter_.empty()) {
    size_t from = scanned >= delimiter_.size() ? scanned - delimiter_.size() + 1 : 0;
    if (from >= available) return kNone;
    const void* found = memmem(start + from, available - from, delimiter_.data(), delimiter_.size());
    if (found == nullptr) return kNone;
    end_size = delimiter_.size();
    return static_cast<size_t>(static_cast<const uint8_t*>(found) - start);
  }
  if (scanned > 0) --scanned;  // a \r that was last waits for its \n
  const uint8_t* from = start + scanned;
  size_t left = available - scanned;
  if (left == 0) return kNone;
  const auto* feed = static_cast<const uint8_t*>(std::memchr(from, '\n', left));
  size_t until = feed == nullptr ? left : static_cast<size_t>(feed - from);
  const auto* carriage = until == 0 ? nullptr : static_cast<const uint8_t*>(std::memchr(from, '\r', until));
  if (carriage == nullptr) {
    end_size = 1;
    return feed == nullptr ? kNone : static_cast<size_t>(feed - start);
  }
  if (carriage + 1 == start + available && !exhausted_) return kNone;  // \n may follow
  end_size = carriage + 1 < start + available && carriage[1] == '\n' ? 2 : 1;
  return static_cast<size_t>(carriage - start);
}

Result<bool> LineReader::Next(ByteView& line, bool& too_long) {
  size_t scanned = 0;
  for (;;) {
    size_t end_size = 0;
    size_t length = FindEnd(scanned, end_size);
    if (length == kNone) {
      scanned = end_ - at_;
      if (scanned > kLineBytesHardMax) return Status(Code::kIOError, "Too many bytes before newline: " + std::to_string(scanned));
      ASSIGN_OR_RETURN(bool more, Fill());
      if (more) continue;
      if (at_ == end_) return false;
      length = FindEnd(scanned, end_size);  // a \r at the very end counts now
      if (length == kNone) {
        length = end_ - at_;
        end_size = 0;
      }
    }
    line = ByteView(buffer_.data() + at_, length);
    too_long = length > line_bytes_max_;
    at_ += length + end_size;
    last_end_ = position_ + length;
    position_ += length + end_size;
    return true;
  }
}

}  // namespace tusk::mapreduce
