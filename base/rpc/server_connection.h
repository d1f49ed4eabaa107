// ServerConnection: one client's connection: preamble, negotiation, then calls that run beside each other and are
// answered in the order in which they end.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/async/sync.h"
#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/env/network.h"
#include "base/rpc/dispatcher.h"
#include "base/rpc/frame.h"
#include "base/rpc/response.h"
#include "base/rpc/server.h"
#include "base/rpc/server_negotiation.h"

namespace tusk::rpc {

// What all connections of a server share. One loop's thread.
struct ServerShared {
  Env env;
  ServerOptions options;
  Dispatcher dispatcher;
  ServerStats stats;
};

class ServerConnection {
 public:
  ServerConnection(ServerShared& shared, std::unique_ptr<Stream> stream);
  // Until the connection has ended and no call of it runs.
  Task<void> Run();
  // Ends the connection; calls in progress go on, their answers are dropped.
  void Close();
  // Nothing heard and nothing running since then; kNever while calls run.
  TimePoint idle_since() const { return calls_.running() > 0 ? kNever : last_heard_; }

 private:
  enum class Next { kRead, kWait, kEnd };

  Task<void> ReadUntilEnd();
  // Everything that the buffer holds, up to the limits on what runs.
  Next Consume();
  Next ConsumePreamble();
  Next ConsumeFrame(ByteView frame);
  Next ConsumeOutOfBand(const wire::RpcRequestHeaderProto& header, ByteView rest);
  Next StartCall(const wire::RpcRequestHeaderProto& header, ByteView rest);
  Next EndFatally(const AnswerTo& to, const RpcFailure& failure);
  Task<void> RunCall(CallContext context, const Method& method, ByteView request);
  void Answer(const CallContext& context, Result<std::string> response);
  // ipc.server.log.slow.rpc.
  void LogIfSlow(const CallContext& context, TimePoint now);
  bool Overloaded() const;

  void Queue(std::string frame);
  // Writes what is queued: at once, or after what else this turn of the loop queues.
  void Flush();
  void FlushSoon();
  Task<void> WriteOut(bool yield_first);
  // After a last answer: lets the client read it before the socket goes.
  Task<void> Linger();

  ServerShared& shared_;
  std::unique_ptr<Stream> stream_;
  FrameBuffer in_;
  ServerNegotiation negotiation_;
  bool preamble_read_ = false;
  bool fatal_ = false;
  bool closed_ = false;
  bool consuming_ = false;
  TimePoint last_heard_;

  std::deque<std::string> out_;
  size_t out_bytes_ = 0;
  bool writing_ = false;
  AsyncEvent relieved_;  // fewer calls or fewer bytes than before
  TaskScope calls_;
  TaskScope writers_;
};

}  // namespace tusk::rpc
