// The listener and its connections.
#include "base/rpc/server.h"

#include <algorithm>
#include <set>

#include "base/async/task_scope.h"
#include "base/log/log.h"
#include "base/rpc/server_connection.h"

namespace tusk::rpc {
namespace {

constexpr size_t kConnectionsMax = 16384;
constexpr Duration kAcceptRetryTime = 100ms;  // out of descriptors, say
constexpr Duration kIdleScanTime = 60s;
constexpr Duration kIdleMax = std::chrono::hours(1);

class ServerImpl : public Server {
 public:
  ServerImpl(Env env, ServerOptions options, std::unique_ptr<Listener> listener)
      : shared_{env, std::move(options), {}, {}}, listener_(std::move(listener)), scope_(env.loop) {}

  void AddService(Service& service) override {
    TUSK_CHECK(!started_) << "services are added before Start";
    shared_.dispatcher.Add(service);
  }
  void Start() override {
    started_ = true;
    scope_.Spawn(AcceptAll());
    scope_.Spawn(CloseIdle());
  }
  HostPort address() const override { return listener_->local(); }
  const ServerStats& stats() const override { return shared_.stats; }

  Task<void> Shutdown() override {
    scope_.Cancel();
    listener_->Close();
    for (ServerConnection* connection : connections_) connection->Close();
    co_await scope_.Join();
  }

 private:
  Task<void> AcceptAll() {
    while (!scope_.cancelled()) {
      Result<std::unique_ptr<Stream>> stream = co_await listener_->Accept();
      if (stream.ok() && connections_.size() < kConnectionsMax && !scope_.cancelled()) {
        scope_.Spawn(Serve(std::move(stream).value()));
        continue;
      }
      if (stream.ok()) {
        LogWarn("rpc", "{}: too many connections, refused {}", shared_.options.server_name, (*stream)->remote().ToString());
        continue;
      }
      if (stream.code() == Code::kCancelled) co_return;
      LogWarn("rpc", "{}: accept: {}", shared_.options.server_name, stream.status().ToString());
      [[maybe_unused]] Status slept = co_await SleepFor(shared_.env.loop, kAcceptRetryTime, scope_.token());
    }
  }

  Task<void> Serve(std::unique_ptr<Stream> stream) {
    ServerConnection connection(shared_, std::move(stream));
    connections_.insert(&connection);
    ++shared_.stats.connections_opened;
    shared_.stats.connections_open = connections_.size();
    co_await connection.Run();
    connections_.erase(&connection);
    shared_.stats.connections_open = connections_.size();
  }

  Task<void> CloseIdle() {
    for (;;) {
      Status slept = co_await SleepFor(shared_.env.loop, kIdleScanTime, scope_.token());
      if (!slept.ok()) co_return;
      for (ServerConnection* connection : connections_) {
        TimePoint since = connection->idle_since();
        if (since != kNever && shared_.env.clock.Now() - since > kIdleMax) connection->Close();
      }
    }
  }

  ServerShared shared_;
  std::unique_ptr<Listener> listener_;
  bool started_ = false;
  std::set<ServerConnection*> connections_;
  TaskScope scope_;
};

}  // namespace

void ServerStats::Finished(const CallContext& call, bool ok, TimePoint now) {
  auto found = methods.find(call.method);
  if (found == methods.end()) found = methods.try_emplace(call.method).first;
  PerMethod& method = found->second;
  const Duration waited = call.started - call.received;
  const Duration worked = now - call.started;
  ++method.calls;
  if (!ok) ++method.failures;
  method.time_max = std::max(method.time_max, waited + worked);
  method.queued.Record(waited);
  method.processing.Record(worked);
  const double ms = static_cast<double>(worked.count()) / 1e6;
  processing_ms_sum += ms;
  processing_ms_square_sum += ms * ms;
}

Result<std::unique_ptr<Server>> Server::Listen(Env env, ServerOptions options) {
  if (!options.allow_simple && options.secret_manager == nullptr) {
    return Status(Code::kInvalidArgument, options.server_name + ": neither SIMPLE nor tokens are allowed");
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Listener> listener, env.network.Listen(options.bind));
  return std::unique_ptr<Server>(std::make_unique<ServerImpl>(env, std::move(options), std::move(listener)));
}

}  // namespace tusk::rpc
