// Message framing over a Stream.
#include "base/http/wire_internal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tusk::http {
namespace {
constexpr size_t kReadBytes = 16 << 10;
}  // namespace

void BufferedInput::Consume(size_t count) {
  start_ += count;
  if (start_ == buffer_.size()) {
    buffer_.clear();
    start_ = 0;
  }
}

Task<Result<size_t>> BufferedInput::Fill(TimePoint deadline) {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  size_t had = buffer_.size();
  buffer_.resize(had + kReadBytes);
  auto* out = reinterpret_cast<uint8_t*>(buffer_.data());
  Result<size_t> count = co_await stream_.ReadSome(MutableByteView(out + had, kReadBytes), deadline);
  buffer_.resize(had + (count.ok() ? *count : 0));
  co_return count;
}

Task<Result<size_t>> BufferedInput::ReadSome(MutableByteView out, TimePoint deadline) {
  if (!view().empty()) {
    size_t count = std::min(out.size(), view().size());
    std::memcpy(out.data(), view().data(), count);
    Consume(count);
    co_return count;
  }
  if (out.size() >= kReadBytes) co_return co_await stream_.ReadSome(out, deadline);
  CO_ASSIGN_OR_RETURN(size_t filled, co_await Fill(deadline));
  if (filled == 0) co_return size_t{0};
  size_t count = std::min(out.size(), filled);
  std::memcpy(out.data(), view().data(), count);
  Consume(count);
  co_return count;
}

Task<Result<bool>> MessageReader::ReadHead(TimePoint deadline) {
  bool seen_bytes = false;
  while (!parser_->head_done()) {
    if (!input_.view().empty()) {
      seen_bytes = true;
      CO_ASSIGN_OR_RETURN(size_t used, parser_->Feed(input_.view()));
      input_.Consume(used);
      if (parser_->head_done()) break;
    }
    CO_ASSIGN_OR_RETURN(size_t count, co_await input_.Fill(deadline));
    if (count == 0) {
      if (!seen_bytes) co_return false;
      co_return Status(Code::kEndOfFile, "connection closed inside an HTTP header");
    }
  }
  left_ = head().length;
  body_done_ = head().framing == Framing::kNone;
  co_return true;
}

Task<Result<size_t>> MessageReader::ReadBody(MutableByteView out, TimePoint deadline) {
  if (body_done_ || out.empty()) co_return size_t{0};
  if (head().framing == Framing::kChunked) co_return co_await ReadChunked(out, deadline);
  if (head().framing == Framing::kLength && out.size() > left_) out = out.first(left_);
  CO_ASSIGN_OR_RETURN(size_t count, co_await input_.ReadSome(out, deadline));
  if (head().framing == Framing::kUntilClose) {
    body_done_ = count == 0;
    co_return count;
  }
  if (count == 0) co_return Status(Code::kEndOfFile, "connection closed inside an HTTP body");
  left_ -= count;
  body_done_ = left_ == 0;
  co_return count;
}

Task<Result<size_t>> MessageReader::ReadChunked(MutableByteView out, TimePoint deadline) {
  std::string& decoded = parser_->body();
  while (chunk_used_ == decoded.size()) {
    decoded.clear();
    chunk_used_ = 0;
    if (parser_->message_done()) {
      body_done_ = true;
      co_return size_t{0};
    }
    if (!input_.view().empty()) {
      CO_ASSIGN_OR_RETURN(size_t used, parser_->Feed(input_.view()));
      input_.Consume(used);
      if (used > 0) continue;
      if (input_.view().size() > kReadBytes) {
        co_return Status(Code::kInvalidArgument, "malformed HTTP message: chunk header too large");
      }
    }
    CO_ASSIGN_OR_RETURN(size_t count, co_await input_.Fill(deadline));
    if (count == 0) co_return Status(Code::kEndOfFile, "connection closed inside an HTTP body");
  }
  size_t count = std::min(out.size(), decoded.size() - chunk_used_);
  std::memcpy(out.data(), decoded.data() + chunk_used_, count);
  chunk_used_ += count;
  co_return count;
}

Status BodyWriter::Account(uint64_t bytes) {
  if (finished_) return Status(Code::kInternal, "HTTP body written after its end");
  if (framing_ == Framing::kNone && bytes > 0) return Status(Code::kInternal, "HTTP message has no body");
  if (framing_ != Framing::kLength) return Status::Ok();
  if (bytes > left_) return Status(Code::kInternal, "HTTP body longer than its Content-Length");
  left_ -= bytes;
  return Status::Ok();
}

Task<Status> BodyWriter::Write(ByteView bytes, TimePoint deadline) {
  CO_RETURN_IF_ERROR(Account(bytes.size()));
  if (bytes.empty()) co_return Status::Ok();
  std::string head = std::move(head_);
  head_.clear();
  std::vector<ByteView> parts;
  if (framing_ == Framing::kChunked) {
    head += fmt::format("{:x}\r\n", bytes.size());
    parts = {AsBytes(head), bytes, AsBytes("\r\n")};
  } else {
    parts = {AsBytes(head), bytes};
  }
  co_return co_await stream_.WriteParts(std::move(parts), deadline);
}

Task<Status> BodyWriter::WriteFile(File& file, uint64_t offset, uint64_t length, TimePoint deadline) {
  CO_RETURN_IF_ERROR(Account(length));
  if (length == 0) co_return Status::Ok();
  if (framing_ == Framing::kChunked) head_ += fmt::format("{:x}\r\n", length);
  CO_RETURN_IF_ERROR(co_await Flush(deadline));
  CO_RETURN_IF_ERROR(co_await stream_.SendFile(file, offset, length, deadline));
  if (framing_ == Framing::kChunked) head_ = "\r\n";
  co_return Status::Ok();
}

Task<Status> BodyWriter::Flush(TimePoint deadline) {
  if (head_.empty()) co_return Status::Ok();
  std::string head = std::move(head_);
  head_.clear();
  co_return co_await stream_.Write(AsBytes(head), deadline);
}

Task<Status> BodyWriter::Finish(TimePoint deadline) {
  if (finished_) co_return Status::Ok();
  finished_ = true;
  if (framing_ == Framing::kChunked) head_ += "0\r\n\r\n";
  CO_RETURN_IF_ERROR(co_await Flush(deadline));
  if (framing_ == Framing::kLength && left_ > 0) {
    co_return Status(Code::kInternal, "HTTP body shorter than its Content-Length");
  }
  co_return Status::Ok();
}

void AppendField(std::string& text, std::string_view name, std::string_view value) {
  auto append = [&text](std::string_view part) {
    for (char c : part) text.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
  };
  append(name);
  text += ": ";
  append(value);
  text += "\r\n";
}

}  // namespace tusk::http
