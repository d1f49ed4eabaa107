// Byte streams over files and memory.
#include "mapreduce/task/byte_stream.h"

#include <algorithm>

namespace tusk::mapreduce {

Result<size_t> FileRangeSource::Read(MutableByteView out) {
  size_t wanted = static_cast<size_t>(std::min<uint64_t>(out.size(), end_ - at_));
  if (wanted == 0) return size_t{0};
  ASSIGN_OR_RETURN(size_t count, file_.ReadAt(at_, out.first(wanted)));
  if (count == 0) return Status(Code::kEndOfFile, "the file ends inside the range");
  at_ += count;
  return count;
}

Result<size_t> MemorySource::Read(MutableByteView out) {
  size_t count = std::min(out.size(), rest_.size());
  if (count > 0) std::memcpy(out.data(), rest_.data(), count);
  rest_ = rest_.subspan(count);
  return count;
}

Result<size_t> InputFileSource::Read(MutableByteView out) {
  constexpr size_t kBeyondEnd = 64 << 10;
  if (at_ >= file_.length()) return size_t{0};
  size_t wanted = out.size();
  if (at_ < soft_end_) {
    wanted = static_cast<size_t>(std::min<uint64_t>(wanted, soft_end_ - at_ + kBeyondEnd));
  } else {
    wanted = std::min(wanted, kBeyondEnd);
  }
  ASSIGN_OR_RETURN(size_t count, file_.ReadAt(at_, out.first(wanted)));
  at_ += count;
  bytes_read_ += count;
  return count;
}

Status FileSink::Write(ByteView bytes) {
  RETURN_IF_ERROR(file_.WriteAt(at_, bytes));
  at_ += bytes.size();
  return Status::Ok();
}

}  // namespace tusk::mapreduce
