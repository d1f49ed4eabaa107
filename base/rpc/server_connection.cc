// Reading requests, running them, writing answers.
#include "base/rpc/server_connection.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/log/log.h"

namespace tusk::rpc {
namespace {

using wire::RpcResponseHeaderProto;

// A client that has not sent its preamble by then goes.
constexpr Duration kPreambleTime = 60s;
// A client that takes nothing of an answer for so long goes.
constexpr Duration kWriteTime = 120s;
// Answers that a client has not taken; beyond it, nothing more is read from it.
constexpr size_t kOutBytesMax = 16 << 20;
constexpr size_t kPartBytes = 64 << 10;
constexpr size_t kPartsPerWrite = 64;
constexpr Duration kLingerTime = 1s;
constexpr size_t kLingerBytes = 1 << 20;

RpcFailure InvalidHeader(std::string text) {
  return {Status(Code::kRpcServer, std::move(text)), RpcResponseHeaderProto::FATAL_INVALID_RPC_HEADER};
}
RpcFailure Undecodable(std::string text) {
  return {Status(Code::kRpcServer, std::move(text)), RpcResponseHeaderProto::FATAL_DESERIALIZING_REQUEST};
}

ErrorDetail DetailOf(const Status& status) {
  switch (status.code()) {
    case Code::kRpcNoSuchMethod:
      return RpcResponseHeaderProto::ERROR_NO_SUCH_METHOD;
    case Code::kRpcNoSuchProtocol:
      return RpcResponseHeaderProto::ERROR_NO_SUCH_PROTOCOL;
    default:
      return RpcResponseHeaderProto::ERROR_APPLICATION;
  }
}

}  // namespace

ServerConnection::ServerConnection(ServerShared& shared, std::unique_ptr<Stream> stream)
    : shared_(shared),
      stream_(std::move(stream)),
      in_(shared.options.frame_bytes_max),
      negotiation_(shared.options, stream_->remote().host),
      last_heard_(shared.env.clock.Now()),
      relieved_(shared.env.loop),
      calls_(shared.env.loop),
      writers_(shared.env.loop) {}

Task<void> ServerConnection::Run() {
  co_await ReadUntilEnd();
  if (fatal_ && !closed_) {
    co_await writers_.Join();
    co_await Linger();
    Close();
  }
  co_await calls_.Join();
  co_await writers_.Join();
  Close();
}

void ServerConnection::Close() {
  closed_ = true;
  relieved_.Set();
  stream_->Close();
}

Task<void> ServerConnection::ReadUntilEnd() {
  for (;;) {
    Next next = Consume();
    Flush();
    if (next == Next::kEnd || closed_) co_return;
    if (next == Next::kWait) {
      relieved_.Reset();
      [[maybe_unused]] Status woken = co_await relieved_.Wait();
      continue;
    }
    TimePoint deadline = preamble_read_ ? kNever : shared_.env.loop.In(kPreambleTime);
    Result<size_t> count = co_await stream_->ReadSome(in_.Space(), deadline);
    if (!count.ok() || *count == 0) co_return;
    in_.Added(*count);
    shared_.stats.bytes_received += *count;
    last_heard_ = shared_.env.clock.Now();
  }
}

bool ServerConnection::Overloaded() const {
  return calls_.running() >= shared_.options.connection_calls_max || out_bytes_ >= kOutBytesMax;
}

ServerConnection::Next ServerConnection::Consume() {
  consuming_ = true;
  Next next = preamble_read_ ? Next::kWait : ConsumePreamble();
  while (preamble_read_ && next != Next::kEnd) {
    if (Overloaded()) {
      next = Next::kWait;
      break;
    }
    ByteView frame;
    FrameBuffer::Next cut = in_.TakeFrame(frame);
    if (cut == FrameBuffer::Next::kIncomplete) {
      next = Next::kRead;
      break;
    }
    // Hadoop closes without a word.
    next = cut == FrameBuffer::Next::kBadLength ? Next::kEnd : ConsumeFrame(frame);
  }
  consuming_ = false;
  return next;
}

ServerConnection::Next ServerConnection::ConsumePreamble() {
  ByteView bytes = in_.pending();
  if (bytes.size() >= 4 && AsText(bytes.first(4)) == "GET ") {
    Queue(std::string(HttpAnswer()));
    fatal_ = true;
    return Next::kEnd;
  }
  if (bytes.size() >= 5 && (AsText(bytes.first(4)) != "hrpc" || bytes[4] != kIpcVersion)) {
    uint8_t version = bytes[4];
    if (AsText(bytes.first(4)) == "hrpc" && version >= 3 && version < kIpcVersion) {
      Queue(EncodeOldVersionAnswer(version));
    } else {
      Queue(EncodeFatal({}, {VersionMismatch(version), RpcResponseHeaderProto::FATAL_VERSION_MISMATCH}));
    }
    fatal_ = true;
    return Next::kEnd;
  }
  if (bytes.size() < kPreambleBytes) return Next::kRead;
  uint8_t auth = bytes[6];
  in_.Skip(kPreambleBytes);
  preamble_read_ = true;
  auto failure = negotiation_.OnAuthByte(auth);
  return failure ? EndFatally({}, *failure) : Next::kRead;
}

ServerConnection::Next ServerConnection::ConsumeFrame(ByteView frame) {
  wire::RpcRequestHeaderProto header;
  if (Status parsed = TakeMessage(frame, header); !parsed.ok()) {
    return EndFatally({}, Undecodable("IPC server unable to read call header: " + std::string(parsed.message())));
  }
  AnswerTo to{header.callid(), "", header.retrycount()};
  if (!header.has_rpcop() || header.rpcop() != wire::RpcRequestHeaderProto::RPC_FINAL_PACKET) {
    return EndFatally(to, InvalidHeader("IPC Server does not implement rpc header operation" +
                                        wire::RpcRequestHeaderProto::OperationProto_Name(header.rpcop())));
  }
  if (!header.has_rpckind() || header.rpckind() != wire::RPC_PROTOCOL_BUFFER) {
    return EndFatally(to, InvalidHeader("Unknown rpc kind in rpc header" + wire::RpcKindProto_Name(header.rpckind())));
  }
  if (header.callid() < 0) return ConsumeOutOfBand(header, frame);
  if (!negotiation_.ready()) return EndFatally(to, InvalidHeader("Connection context not established"));
  return StartCall(header, frame);
}

ServerConnection::Next ServerConnection::ConsumeOutOfBand(const wire::RpcRequestHeaderProto& header, ByteView rest) {
  AnswerTo to{header.callid(), "", header.retrycount()};
  if (header.callid() == kCallIdPing) return Next::kRead;
  if (header.callid() == kCallIdContext) {
    wire::IpcConnectionContextProto context;
    if (!TakeMessage(rest, context).ok()) return EndFatally(to, Undecodable("Connection context is malformed"));
    auto failure = negotiation_.OnContext(context);
    ++(failure ? shared_.stats.authorization_failures : shared_.stats.authentication_successes);
    return failure ? EndFatally(to, *failure) : Next::kRead;
  }
  if (header.callid() == kCallIdSasl) {
    wire::RpcSaslProto message;
    if (!TakeMessage(rest, message).ok()) return EndFatally(to, Undecodable("SASL message is malformed"));
    std::optional<wire::RpcSaslProto> reply;
    auto failure = negotiation_.OnSasl(message, reply);
    if (failure) {
      ++shared_.stats.authentication_failures;
      return EndFatally({kCallIdSasl, "", -1}, *failure);
    }
    if (reply) Queue(EncodeSaslReply(*reply));
    return Next::kRead;
  }
  return EndFatally(to, InvalidHeader("Unknown out of band call #" + std::to_string(header.callid())));
}

ServerConnection::Next ServerConnection::StartCall(const wire::RpcRequestHeaderProto& header, ByteView rest) {
  AnswerTo to{header.callid(), header.clientid(), header.retrycount()};
  wire::RequestHeaderProto request;
  Result<ByteView> body = Status(Code::kCorruption, "no request header");
  if (TakeMessage(rest, request).ok()) body = TakeDelimited(rest);
  if (!body.ok()) {
    return EndFatally(to, Undecodable("IPC server unable to read call parameters: " + std::string(body.status().message())));
  }
  ++shared_.stats.calls_received;
  RpcFailure failure;
  const Method* method = shared_.dispatcher.Find(request, failure);
  if (method != nullptr && shared_.stats.calls_running >= shared_.options.calls_queued_max) {
    method = nullptr;
    ++shared_.stats.calls_refused_busy;
    failure = {Status(Code::kServerTooBusy, "Server too busy."), RpcResponseHeaderProto::ERROR_RPC_SERVER};
  }
  if (method == nullptr) {
    ++shared_.stats.calls_failed;
    Queue(EncodeError(to, failure));
    return Next::kRead;
  }
  CallContext context;
  context.user = negotiation_.user();
  context.remote = stream_->remote();
  context.key = {header.clientid(), header.callid()};
  context.retry_count = header.retrycount();
  context.protocol = std::move(*request.mutable_declaringclassprotocolname());
  context.method = std::move(*request.mutable_methodname());
  if (header.has_callercontext()) context.caller_context = header.callercontext().context();
  context.received = last_heard_;
  context.started = shared_.env.clock.Now();
  calls_.Spawn(RunCall(std::move(context), *method, *body));
  return Next::kRead;
}

Task<void> ServerConnection::RunCall(CallContext context, const Method& method, ByteView request) {
  ++shared_.stats.calls_running;
  CallObserver* const observer = shared_.options.observer;
  const bool observed = observer != nullptr && observer->Wants(context);
  std::string kept(observed ? AsText(request) : std::string_view());
  Result<std::string> response = co_await method.body(context, request);
  --shared_.stats.calls_running;
  if (observed) observer->Finished(context, std::move(kept), response);
  Answer(context, std::move(response));
}

void ServerConnection::Answer(const CallContext& context, Result<std::string> response) {
  AnswerTo to{context.key.call_id, context.key.client_id, context.retry_count};
  if (!response.ok()) {
    ++shared_.stats.calls_failed;
    LogDebug("rpc", "{} from {}@{}: {}", context.method, context.user.name, context.remote.ToString(),
             response.status().ToString());
  }
  const TimePoint now = shared_.env.clock.Now();
  shared_.stats.Finished(context, response.ok(), now);
  if (shared_.options.log_slow) LogIfSlow(context, now);
  relieved_.Set();
  if (closed_) return;
  Queue(response.ok() ? EncodeSuccess(to, *response)
                      : EncodeError(to, {response.status(), DetailOf(response.status())}));
  if (!consuming_) FlushSoon();
}

void ServerConnection::LogIfSlow(const CallContext& context, TimePoint now) {
  constexpr double kSamplesMin = 1024;
  ServerStats& stats = shared_.stats;
  const auto samples = static_cast<double>(stats.calls_received);
  const double mean = stats.processing_ms_sum / samples;
  const double variance = std::max(0.0, stats.processing_ms_square_sum / samples - mean * mean);
  const Duration worked = now - context.started;
  const double ms = static_cast<double>(worked.count()) / 1e6;
  if (samples <= kSamplesMin || ms <= mean + 3 * std::sqrt(variance) || worked <= shared_.options.slow_threshold) return;
  ++stats.slow_calls;
  const size_t dot = context.protocol.rfind('.');
  LogWarn("rpc",
          "Slow RPC : {} took {} MILLISECONDS to process from client Call#{} Retry#{} {}.{} from {}:{}, the processing detail is "
          "enqueueTime=0 queueTime={} handlerTime=0 processingTime={} lockfreeTime={} lockwaitTime=0 locksharedTime=0 "
          "lockexclusiveTime=0 responseTime=0, and the slow RPC threshold is {} ms",
          context.method, ToMillis(worked), context.key.call_id, context.retry_count, context.protocol.substr(dot + 1),
          context.method, context.remote.host, context.remote.port, (context.started - context.received).count(),
          worked.count(), worked.count(), ToMillis(shared_.options.slow_threshold));
}

ServerConnection::Next ServerConnection::EndFatally(const AnswerTo& to, const RpcFailure& failure) {
  LogInfo("rpc", "{} refuses {}: {}", shared_.options.server_name, stream_->remote().ToString(), failure.status.ToString());
  Queue(EncodeFatal(to, failure));
  fatal_ = true;
  return Next::kEnd;
}

void ServerConnection::Queue(std::string frame) {
  if (closed_ || fatal_) return;
  out_bytes_ += frame.size();
  if (!out_.empty() && out_.back().size() + frame.size() <= kPartBytes) {
    out_.back() += frame;
  } else {
    out_.push_back(std::move(frame));
  }
}

void ServerConnection::Flush() {
  if (writing_ || out_.empty() || closed_) return;
  writing_ = true;
  writers_.Spawn(WriteOut(false));
}

void ServerConnection::FlushSoon() {
  if (writing_ || out_.empty() || closed_) return;
  writing_ = true;
  writers_.Spawn(WriteOut(true));
}

Task<void> ServerConnection::WriteOut(bool yield_first) {
  if (yield_first) co_await Yield(shared_.env.loop);
  while (!out_.empty() && !closed_) {
    std::vector<std::string> batch;
    std::vector<ByteView> parts;
    size_t bytes = 0;
    while (!out_.empty() && batch.size() < kPartsPerWrite) {
      bytes += out_.front().size();
      batch.push_back(std::move(out_.front()));
      out_.pop_front();
    }
    for (const std::string& part : batch) parts.push_back(AsBytes(part));
    Status written = co_await stream_->WriteParts(std::move(parts), shared_.env.loop.In(kWriteTime));
    out_bytes_ -= bytes;
    if (written.ok()) shared_.stats.bytes_sent += bytes;
    relieved_.Set();
    if (!written.ok()) Close();
  }
  writing_ = false;
}

Task<void> ServerConnection::Linger() {
  stream_->ShutdownWrite();
  TimePoint deadline = shared_.env.loop.In(kLingerTime);
  std::vector<uint8_t> dropped(16 << 10);
  for (size_t total = 0; total < kLingerBytes;) {
    Result<size_t> count = co_await stream_->ReadSome(dropped, deadline);
    if (!count.ok() || *count == 0) co_return;
    total += *count;
  }
}

}  // namespace tusk::rpc
