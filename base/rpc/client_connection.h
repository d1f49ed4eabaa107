// ClientConnection: one connection to one server for one identity: connect, negotiate, then calls that share it.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "base/async/sync.h"
#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/env/network.h"
#include "base/rpc/client.h"
#include "base/rpc/frame.h"

namespace tusk::rpc {

// One call on its way; kept by its caller's frame.
struct OutboundCall {
  explicit OutboundCall(EventLoop& loop) : ended(loop) {}
  int32_t call_id = 0;
  int32_t retry_count = 0;
  std::string_view protocol;
  std::string_view method;
  const std::string* request = nullptr;

  AsyncEvent ended;
  Result<std::string> outcome{Status(Code::kInternal, "call still running")};
  // What an attempt that failed leaves to decide whether another may follow.
  bool sent = false;          // bytes of it may have reached the server
  bool from_server = false;   // the outcome is the server's answer
};

class ClientConnection {
 public:
  struct Target {
    HostPort server;
    ClientIdentity identity;
    std::string client_id;
  };
  ClientConnection(Env env, Target target, Duration idle_max);
  // Opens it and carries calls until it ends; then every call on it has its outcome. Once.
  Task<void> Run(TimePoint connect_deadline);
  // `call` gets its outcome through `ended`, unless Forget comes first.
  void Send(OutboundCall& call);
  // The caller waits no longer. A connection from which nothing came since the call was sent is given up.
  void Forget(OutboundCall& call);
  // Takes no more calls.
  bool ended() const { return ended_; }
  size_t calls() const { return calls_.size(); }
  void Close(Status why);

 private:
  struct Waiting {
    OutboundCall* call;
    TimePoint sent_at;
  };
  Task<Status> Open(TimePoint deadline);
  Task<Status> NegotiateSasl(TimePoint deadline);
  Task<Status> ProveToken(wire::RpcSaslProto::SaslAuth auth, TimePoint deadline);
  Task<Result<wire::RpcSaslProto>> ReadSaslReply(TimePoint deadline);
  Task<Status> ReadFrame(ByteView& frame, TimePoint deadline);
  Task<Status> ReadAnswers();
  Status TakeAnswer(ByteView frame);
  // Pings a server that has our calls, closes a connection that nobody uses.
  Task<void> KeepOrClose();
  std::string ContextFrame() const;
  std::string OutOfBandFrame(int32_t call_id, const google::protobuf::MessageLite& message) const;
  void Write(std::string frame);
  Task<void> WriteOut();
  void Finish(OutboundCall& call, Result<std::string> outcome);

  Env env_;
  Target target_;
  Duration idle_max_;
  std::unique_ptr<Stream> stream_;
  FrameBuffer in_;
  bool open_ = false;
  bool ended_ = false;
  bool refused_by_server_ = false;
  bool simple_ = true;  // the context names the user
  Status why_ended_;
  std::string protocol_;  // of the first call, for the context
  std::map<int32_t, Waiting> calls_;
  std::deque<std::string> out_;
  bool writing_ = false;
  TimePoint last_heard_;
  TimePoint last_written_;
  TaskScope scope_;  // writer and pinger
};

}  // namespace tusk::rpc
