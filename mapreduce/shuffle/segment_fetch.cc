// The reducer's side of the shuffle protocol.
#include "mapreduce/shuffle/segment_fetch.h"

#include <algorithm>

#include "base/security/hmac.h"

namespace tusk::mapreduce {

namespace {
constexpr size_t kReadBytes = 256 << 10;

// A response body as a stream that can be looked at before it is used.
struct Body {
  http::ClientExchange& exchange;
  TimePoint deadline;
  std::string buffered;

  Task<Status> FillMore() {
    size_t before = buffered.size();
    buffered.resize(before + kReadBytes);
    Result<size_t> count = co_await exchange.ReadBody({reinterpret_cast<uint8_t*>(buffered.data()) + before, kReadBytes}, deadline);
    buffered.resize(before + (count.ok() ? *count : 0));
    if (!count.ok()) co_return std::move(count).status();
    if (*count == 0) co_return Status(Code::kEndOfFile, "the shuffle reply ends early");
    co_return Status::Ok();
  }
  // Grows with what comes, not with what was promised.
  Task<Status> TakeInto(std::string& out, uint64_t length) {
    size_t from_buffer = static_cast<size_t>(std::min<uint64_t>(length, buffered.size()));
    out.assign(buffered, 0, from_buffer);
    buffered.erase(0, from_buffer);
    while (out.size() < length) {
      size_t before = out.size();
      size_t step = static_cast<size_t>(std::min<uint64_t>(length - before, std::max<size_t>(kReadBytes, before)));
      out.resize(before + step);
      Result<size_t> count = co_await exchange.ReadBody({reinterpret_cast<uint8_t*>(out.data()) + before, step}, deadline);
      out.resize(before + (count.ok() ? *count : 0));
      if (!count.ok()) co_return std::move(count).status();
      if (*count == 0) co_return Status(Code::kEndOfFile, "the shuffle reply ends early");
    }
    co_return Status::Ok();
  }
};

Status CheckHead(const http::ResponseHead& head, std::string_view secret, std::string_view url_hash) {
  if (head.status != 200) return Status(Code::kIOError, "Got invalid response code " + std::to_string(head.status) + " from the shuffle");
  if (head.headers.Get("name", "") != kShuffleHttpName || head.headers.Get("version", "") != kShuffleHttpVersion) {
    return Status(Code::kIOError, "Incompatible shuffle response version");
  }
  if (!EqualInConstantTime(head.headers.Get(kReplyHashHeader, ""), ShuffleReplyHash(secret, url_hash))) {
    return Status(Code::kAuthorization, "Verification of the hashReply failed");
  }
  return Status::Ok();
}
}  // namespace

Task<Status> FetchSegments(http::Client& client, Clock& clock, FetchRequest request, SegmentSink sink) {
  TimePoint deadline = clock.Now() + request.timeout;
  http::ClientRequest get;
  get.server = request.server;
  get.target = ShuffleTarget(request.job_id, request.reduce, request.map_attempts);
  std::string url_hash = ShuffleUrlHash(request.secret, request.server.port, get.target);
  get.headers.Add(kUrlHashHeader, url_hash);
  get.headers.Add("name", kShuffleHttpName);
  get.headers.Add("version", kShuffleHttpVersion);
  Result<std::unique_ptr<http::ClientExchange>> exchange = co_await client.Open(std::move(get), http::BodyKind::kNone, 0, deadline);
  if (!exchange.ok()) co_return std::move(exchange).status();
  Result<http::ResponseHead> head = co_await (*exchange)->ReadHead(deadline);
  if (!head.ok()) co_return std::move(head).status();
  CO_RETURN_IF_ERROR(CheckHead(*head, request.secret, url_hash));
  Body body{**exchange, deadline, {}};
  for (const std::string& expected : request.map_attempts) {
    ShuffleHeader header;
    for (;;) {
      CO_ASSIGN_OR_RETURN(size_t used, ShuffleHeader::Decode(AsBytes(body.buffered), header));
      body.buffered.erase(0, used);
      if (used > 0) break;
      CO_RETURN_IF_ERROR(co_await body.FillMore());
    }
    if (header.map_attempt != expected || header.reduce != request.reduce || header.part_length > request.segment_bytes_max) {
      co_return Status(Code::kCorruption, "the shuffle sent " + header.map_attempt + " instead of " + expected);
    }
    std::string segment;
    CO_RETURN_IF_ERROR(co_await body.TakeInto(segment, header.part_length));
    CO_RETURN_IF_ERROR(sink(std::move(header), std::move(segment)));
    deadline = clock.Now() + request.timeout;
    body.deadline = deadline;
  }
  co_return Status::Ok();
}

}  // namespace tusk::mapreduce
