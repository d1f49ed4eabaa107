// Reading whole lines of a range.
#include "mlkit/data/text_rows.h"

namespace tusk::ml {
namespace {

constexpr uint64_t kTail = 64 << 10;

Result<size_t> Append(ByteSource& source, uint64_t offset, uint64_t length, std::string& buffer) {
  const size_t before = buffer.size();
  buffer.resize(before + length);
  const Result<size_t> count =
      source.ReadAt(offset, {reinterpret_cast<uint8_t*>(buffer.data()) + before, static_cast<size_t>(length)});
  buffer.resize(before + (count.ok() ? *count : 0));
  return count;
}

}  // namespace

Result<std::string_view> ReadRange(ByteSource& source, uint64_t begin, uint64_t end, std::string& buffer) {
  buffer.clear();
  end = std::min(end, source.size());
  if (begin >= end) return std::string_view();
  RETURN_IF_ERROR(Append(source, begin, end - begin, buffer));
  if (buffer.size() != end - begin) return Status(Code::kEndOfFile, "the file became shorter while it was read");
  return std::string_view(buffer);
}

Result<std::string_view> ReadLines(ByteSource& source, uint64_t data_start, uint64_t begin, uint64_t end, std::string& buffer) {
  buffer.clear();
  begin = std::max(begin, data_start);
  end = std::min(end, source.size());
  if (begin >= end) return std::string_view();
  // The byte before says whether a line begins at `begin`.
  const uint64_t from = begin > data_start ? begin - 1 : begin;
  RETURN_IF_ERROR(Append(source, from, end - from, buffer));
  if (buffer.size() != end - from) return Status(Code::kEndOfFile, "the file became shorter while it was read");
  size_t first = 0;
  if (begin > data_start) {
    first = buffer.find('\n');
    if (first == std::string::npos || first + 1 == buffer.size()) return std::string_view();  // no line begins here
    ++first;
  }
  uint64_t at = end;
  size_t searched = buffer.size() - 1;
  while (true) {
    const size_t newline = buffer.find('\n', searched);
    if (newline != std::string::npos) {
      buffer.resize(newline + 1);
      break;
    }
    if (at >= source.size()) break;
    if (at - end > kLineMax) {
      return Status(Code::kInvalidArgument, "a line longer than " + std::to_string(kLineMax) + " bytes");
    }
    searched = buffer.size();
    ASSIGN_OR_RETURN(const size_t count, Append(source, at, std::min<uint64_t>(kTail, source.size() - at), buffer));
    if (count == 0) break;
    at += count;
  }
  return std::string_view(buffer).substr(first);
}

}  // namespace tusk::ml
