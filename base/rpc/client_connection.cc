// The client's half of a connection.
#include "base/rpc/client_connection.h"

#include <algorithm>
#include <array>

#include "base/log/log.h"
#include "base/security/digest_md5.h"

namespace tusk::rpc {
namespace {

using wire::RpcSaslProto;

constexpr uint32_t kResponseBytesMax = 128 << 20;  // ipc.maximum.response.length
constexpr Duration kPingInterval = 60s;            // ipc.ping.interval
constexpr Duration kWriteTime = 120s;

wire::RpcRequestHeaderProto MakeHeader(int32_t call_id, int32_t retry_count, const std::string& client_id) {
  wire::RpcRequestHeaderProto header;
  header.set_rpckind(wire::RPC_PROTOCOL_BUFFER);
  header.set_rpcop(wire::RpcRequestHeaderProto::RPC_FINAL_PACKET);
  header.set_callid(call_id);
  header.set_clientid(client_id);
  header.set_retrycount(retry_count);
  return header;
}

// A Java server appends its stack to the message.
std::string WithoutStack(const std::string& text) { return text.substr(0, text.find("\n\tat ")); }

Status RemoteError(const wire::RpcResponseHeaderProto& header) {
  if (!header.has_exceptionclassname()) return Status(Code::kRemote, WithoutStack(header.errormsg()));
  return Status::FromJava(header.exceptionclassname(), WithoutStack(header.errormsg()));
}

}  // namespace

ClientConnection::ClientConnection(Env env, Target target, Duration idle_max)
    : env_(env), target_(std::move(target)), idle_max_(idle_max), in_(kResponseBytesMax), scope_(env.loop) {}

Task<void> ClientConnection::Run(TimePoint connect_deadline) {
  Status opened = co_await Open(connect_deadline);
  if (opened.ok() && !ended_) {
    scope_.Spawn(KeepOrClose());
    Status read = co_await ReadAnswers();
    Close(std::move(read));
  } else {
    Close(std::move(opened));
  }
  co_await scope_.Join();
}

Task<Status> ClientConnection::Open(TimePoint deadline) {
  Result<std::unique_ptr<Stream>> stream = co_await env_.network.Connect(target_.server, deadline);
  if (!stream.ok()) co_return stream.status();
  stream_ = std::move(stream).value();
  if (ended_) co_return why_ended_;
  std::string start = {'h', 'r', 'p', 'c', static_cast<char>(kIpcVersion), 0, 0};
  if (target_.identity.token) {
    start.back() = static_cast<char>(kAuthSasl);
    CO_RETURN_IF_ERROR(co_await stream_->Write(AsBytes(start), deadline));
    CO_RETURN_IF_ERROR(co_await NegotiateSasl(deadline));
    start.clear();
  }
  start += ContextFrame();
  last_heard_ = env_.clock.Now();
  open_ = true;
  out_.push_front(std::move(start));  // before the calls that came meanwhile
  for (auto& [id, waiting] : calls_) waiting.sent_at = last_heard_;
  writing_ = true;
  scope_.Spawn(WriteOut());
  co_return Status::Ok();
}

std::string ClientConnection::OutOfBandFrame(int32_t call_id, const google::protobuf::MessageLite& message) const {
  // As Java does it, SASL messages carry no client id.
  wire::RpcRequestHeaderProto header = MakeHeader(call_id, -1, call_id == kCallIdSasl ? "" : target_.client_id);
  return EncodeFrame({&header, &message});
}

std::string ClientConnection::ContextFrame() const {
  wire::IpcConnectionContextProto context;
  wire::UserInformationProto* user = context.mutable_userinfo();
  if (simple_) {
    user->set_effectiveuser(target_.identity.user);
    if (!target_.identity.real_user.empty()) user->set_realuser(target_.identity.real_user);
  }
  context.set_protocol(protocol_);
  return OutOfBandFrame(kCallIdContext, context);
}

Task<Result<RpcSaslProto>> ClientConnection::ReadSaslReply(TimePoint deadline) {
  ByteView frame;
  CO_RETURN_IF_ERROR(co_await ReadFrame(frame, deadline));
  wire::RpcResponseHeaderProto header;
  CO_RETURN_IF_ERROR(TakeMessage(frame, header));
  if (header.status() != wire::RpcResponseHeaderProto::SUCCESS) {
    refused_by_server_ = true;
    co_return RemoteError(header);
  }
  if (static_cast<int32_t>(header.callid()) != kCallIdSasl) {
    co_return Status(Code::kSasl, "the server answered a call during SASL negotiation");
  }
  RpcSaslProto reply;
  CO_RETURN_IF_ERROR(TakeMessage(frame, reply));
  co_return reply;
}

Task<Status> ClientConnection::NegotiateSasl(TimePoint deadline) {
  RpcSaslProto negotiate;
  negotiate.set_state(RpcSaslProto::NEGOTIATE);
  std::string frame = OutOfBandFrame(kCallIdSasl, negotiate);
  CO_RETURN_IF_ERROR(co_await stream_->Write(AsBytes(frame), deadline));
  CO_ASSIGN_OR_RETURN(RpcSaslProto offer, co_await ReadSaslReply(deadline));
  if (offer.state() == RpcSaslProto::SUCCESS) co_return Status::Ok();  // a server of SIMPLE only
  const RpcSaslProto::SaslAuth* simple = nullptr;
  for (const RpcSaslProto::SaslAuth& auth : offer.auths()) {
    if (auth.method() == "TOKEN" && auth.mechanism() == "DIGEST-MD5") co_return co_await ProveToken(auth, deadline);
    if (auth.method() == "SIMPLE") simple = &auth;
  }
  if (simple == nullptr) {
    co_return Status(Code::kSasl, target_.server.ToString() + " offers no authentication that this client has");
  }
  RpcSaslProto initiate;
  initiate.set_state(RpcSaslProto::INITIATE);
  *initiate.add_auths() = *simple;
  frame = OutOfBandFrame(kCallIdSasl, initiate);
  co_return co_await stream_->Write(AsBytes(frame), deadline);  // no reply
}

Task<Status> ClientConnection::ProveToken(RpcSaslProto::SaslAuth auth, TimePoint deadline) {
  const Token& token = *target_.identity.token;
  CO_ASSIGN_OR_RETURN(auto digest, DigestMd5Client::Start(token.identifier, token.password));
  RpcSaslProto message;
  message.set_state(RpcSaslProto::INITIATE);
  if (auth.has_challenge()) {
    CO_ASSIGN_OR_RETURN(std::string response, digest->Respond(auth.challenge()));
    message.set_token(response);
  }
  auth.clear_challenge();
  *message.add_auths() = auth;
  std::string frame = OutOfBandFrame(kCallIdSasl, message);
  CO_RETURN_IF_ERROR(co_await stream_->Write(AsBytes(frame), deadline));
  CO_ASSIGN_OR_RETURN(RpcSaslProto reply, co_await ReadSaslReply(deadline));
  if (reply.state() == RpcSaslProto::CHALLENGE && !auth.has_challenge() && message.token().empty()) {
    CO_ASSIGN_OR_RETURN(std::string response, digest->Respond(reply.token()));
    message.Clear();
    message.set_state(RpcSaslProto::RESPONSE);
    message.set_token(response);
    frame = OutOfBandFrame(kCallIdSasl, message);
    CO_RETURN_IF_ERROR(co_await stream_->Write(AsBytes(frame), deadline));
    CO_ASSIGN_OR_RETURN(reply, co_await ReadSaslReply(deadline));
  }
  if (reply.state() != RpcSaslProto::SUCCESS) {
    co_return Status(Code::kSasl, target_.server.ToString() + " goes on negotiating after the proof");
  }
  CO_RETURN_IF_ERROR(digest->CheckProof(reply.token()));
  simple_ = false;
  co_return Status::Ok();
}

void ClientConnection::Send(OutboundCall& call) {
  TUSK_CHECK(!ended_);
  if (protocol_.empty()) protocol_ = call.protocol;
  calls_[call.call_id] = {&call, env_.clock.Now()};
  wire::RpcRequestHeaderProto header = MakeHeader(call.call_id, call.retry_count, target_.client_id);
  wire::RequestHeaderProto request;
  request.set_methodname(std::string(call.method));
  request.set_declaringclassprotocolname(std::string(call.protocol));
  request.set_clientprotocolversion(1);
  Write(EncodeFrame({&header, &request}, *call.request));
}

void ClientConnection::Forget(OutboundCall& call) {
  auto waiting = calls_.find(call.call_id);
  if (waiting == calls_.end()) return;
  bool silent = open_ && waiting->second.sent_at > last_heard_;
  call.sent = open_;
  calls_.erase(waiting);
  if (silent) Close(Status(Code::kTimedOut, target_.server.ToString() + " does not answer"));
}

void ClientConnection::Close(Status why) {
  if (ended_) return;
  ended_ = true;
  why_ended_ = why.ok() ? Status(Code::kEndOfFile, target_.server.ToString() + " closed the connection") : std::move(why);
  scope_.Cancel();
  if (stream_) stream_->Close();
  std::map<int32_t, Waiting> calls = std::exchange(calls_, {});
  for (auto& [id, waiting] : calls) {
    waiting.call->sent = open_;
    waiting.call->from_server = refused_by_server_;
    Finish(*waiting.call, why_ended_);
  }
}

void ClientConnection::Finish(OutboundCall& call, Result<std::string> outcome) {
  call.outcome = std::move(outcome);
  call.ended.Set();
}

Task<Status> ClientConnection::ReadFrame(ByteView& frame, TimePoint deadline) {
  for (;;) {
    switch (in_.TakeFrame(frame)) {
      case FrameBuffer::Next::kFrame:
        co_return Status::Ok();
      case FrameBuffer::Next::kBadLength:
        co_return Status(Code::kRpcIpc, target_.server.ToString() + " sent a frame that is too long");
      case FrameBuffer::Next::kIncomplete:
        break;
    }
    Result<size_t> count = co_await stream_->ReadSome(in_.Space(), deadline);
    if (!count.ok()) co_return count.status();
    if (*count == 0) co_return Status(Code::kEndOfFile, target_.server.ToString() + " closed the connection");
    in_.Added(*count);
    last_heard_ = env_.clock.Now();
  }
}

Task<Status> ClientConnection::ReadAnswers() {
  for (;;) {
    ByteView frame;
    CO_RETURN_IF_ERROR(co_await ReadFrame(frame, kNever));
    CO_RETURN_IF_ERROR(TakeAnswer(frame));
  }
}

Status ClientConnection::TakeAnswer(ByteView frame) {
  wire::RpcResponseHeaderProto header;
  RETURN_IF_ERROR(TakeMessage(frame, header).WithContext(target_.server.ToString()));
  if (header.status() == wire::RpcResponseHeaderProto::FATAL) {
    Status why = RemoteError(header);
    refused_by_server_ = true;
    return why;
  }
  if (!header.clientid().empty() && header.clientid() != target_.client_id) {
    return Status(Code::kRpcIpc, target_.server.ToString() + " answered another client's call");
  }
  auto waiting = calls_.find(static_cast<int32_t>(header.callid()));
  if (waiting == calls_.end()) return Status::Ok();  // forgotten
  OutboundCall& call = *waiting->second.call;
  if (header.status() == wire::RpcResponseHeaderProto::ERROR) {
    calls_.erase(waiting);
    call.from_server = true;
    Finish(call, RemoteError(header));
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(ByteView body, TakeDelimited(frame));
  calls_.erase(waiting);
  call.from_server = true;
  Finish(call, std::string(AsText(body)));
  return Status::Ok();
}

Task<void> ClientConnection::KeepOrClose() {
  for (;;) {
    Status slept = co_await SleepFor(env_.loop, std::min(kPingInterval, idle_max_) / 2, scope_.token());
    if (!slept.ok() || ended_) co_return;
    TimePoint now = env_.clock.Now();
    if (calls_.empty() && out_.empty() && now - std::max(last_heard_, last_written_) >= idle_max_) {
      Close(Status(Code::kCancelled, "idle connection closed"));
      co_return;
    }
    if (calls_.empty() || now - last_written_ < kPingInterval) continue;
    wire::RpcRequestHeaderProto header = MakeHeader(kCallIdPing, -1, target_.client_id);
    Write(EncodeFrame({&header}));
  }
}

void ClientConnection::Write(std::string frame) {
  out_.push_back(std::move(frame));
  if (!open_ || writing_) return;
  writing_ = true;
  scope_.Spawn(WriteOut());
}

Task<void> ClientConnection::WriteOut() {
  co_await Yield(env_.loop);  // what else this turn sends goes along
  while (!out_.empty() && !ended_) {
    std::deque<std::string> batch = std::exchange(out_, {});
    std::vector<ByteView> parts;
    for (const std::string& frame : batch) parts.push_back(AsBytes(frame));
    last_written_ = env_.clock.Now();
    Status written = co_await stream_->WriteParts(std::move(parts), env_.loop.In(kWriteTime));
    if (!written.ok()) Close(std::move(written));
  }
  writing_ = false;
}

}  // namespace tusk::rpc
