// Connections by target, and calls that are tried again where that is safe.
#include "base/rpc/client.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "base/rpc/call_failure.h"
#include "base/rpc/client_connection.h"

namespace tusk::rpc {
namespace {

constexpr Duration kBackoffFirst = 100ms;
constexpr Duration kBackoffMax = 5s;

std::string MakeClientId(Random& random) {
  std::array<uint8_t, 16> id;
  random.FillSecure(id);
  id[6] = static_cast<uint8_t>((id[6] & 0x0f) | 0x40);  // a random UUID, as java.util.UUID.randomUUID
  id[8] = static_cast<uint8_t>((id[8] & 0x3f) | 0x80);
  return std::string(AsText(id));
}

// May a call with this outcome be sent again with the same id?
bool MayRepeat(const OutboundCall& call, RetryPolicy policy) {
  Code code = call.outcome.code();
  if (call.from_server) return code == Code::kRetriable;  // the server has not run it
  if (code == Code::kCancelled || code == Code::kSasl) return false;
  if (call.sent && policy == RetryPolicy::kNever) return false;
  return RetryClassOf(code) != RetryClass::kNever || code == Code::kEndOfFile;
}

class ClientImpl : public Client {
 public:
  ClientImpl(Env env, Duration idle_max)
      : env_(env), idle_max_(idle_max), client_id_(MakeClientId(env.random)), scope_(env.loop) {}

  Task<Result<std::string>> Call(const Channel& channel, std::string_view protocol, std::string_view method,
                                 RetryPolicy retry, std::string request, CallOptions options) override {
    return CallWithRetries(channel, protocol, method, retry, std::move(request), options);
  }

  Task<void> Shutdown() override {
    scope_.Cancel();
    for (auto& [key, connection] : connections_) connection->Close(Status(Code::kCancelled, "client shut down"));
    co_await scope_.Join();
  }

 private:
  using Key = std::string;

  static Key KeyOf(const Channel& channel) {
    const ClientIdentity& identity = channel.identity();
    std::string key = channel.server().ToString();
    for (const std::string* part : {&identity.user, &identity.real_user}) key.append(1, '\0').append(*part);
    if (identity.token) key.append(1, '\0').append(identity.token->identifier).append(identity.token->password);
    return key;
  }

  Task<Result<std::string>> CallWithRetries(Channel channel, std::string_view protocol, std::string_view method,
                                            RetryPolicy retry, std::string request, CallOptions options) {
    TimePoint deadline = env_.loop.In(options.timeout);
    OutboundCall call(env_.loop);
    call.call_id = next_call_id_;
    next_call_id_ = next_call_id_ == INT32_MAX ? 0 : next_call_id_ + 1;
    call.protocol = protocol;
    call.method = method;
    call.request = &request;
    Duration pause = kBackoffFirst;
    for (int attempt = 0;; ++attempt) {
      if (scope_.cancelled()) co_return Status(Code::kCancelled, "client shut down");
      call.retry_count = attempt;
      call.ended.Reset();
      call.sent = call.from_server = false;
      ClientConnection& connection = Connection(channel);
      connection.Send(call);
      Status waited = co_await call.ended.Wait(deadline);
      if (!waited.ok() && !call.ended.is_set()) {
        Forget(channel, call);
        call.outcome = Status(Code::kTimedOut, std::to_string(ToMillis(options.timeout)) +
                                                   " millis timeout while waiting for the answer of " + std::string(method));
        break;
      }
      if (call.outcome.ok()) co_return std::move(call.outcome);
      if (attempt >= options.retries_max || !MayRepeat(call, retry)) break;
      Duration jittered = pause / 2 + Duration(static_cast<int64_t>(env_.random.Below(static_cast<uint64_t>(pause.count()))));
      if (env_.clock.Now() + jittered >= deadline) break;
      LogDebug("rpc", "{} of {} again: {}", method, channel.server().ToString(), call.outcome.status().ToString());
      Status slept = co_await SleepFor(env_.loop, jittered, scope_.token());
      if (!slept.ok()) co_return slept;
      pause = std::min(pause * 2, kBackoffMax);
    }
    if (call.from_server) co_return std::move(call.outcome);
    if (local_name_.empty()) {
      local_name_ = co_await env_.disk_pool.Run([network = &env_.network] {
        std::string name = network->LocalHostName();
        Result<std::string> address = network->ResolveBlocking(name);
        return name + "/" + (address.ok() ? *address : "");
      });
    }
    co_return DescribeCallFailure(call.outcome.status(), local_name_, channel.server());
  }

  // A connection that takes calls; opened where there is none.
  ClientConnection& Connection(const Channel& channel) {
    Key key = KeyOf(channel);
    auto found = connections_.find(key);
    if (found != connections_.end() && !found->second->ended()) return *found->second;
    auto connection = std::make_shared<ClientConnection>(
        env_, ClientConnection::Target{channel.server(), channel.identity(), client_id_}, idle_max_);
    connections_.insert_or_assign(key, connection);
    scope_.Spawn(RunConnection(key, connection, env_.loop.In(kConnectTime)));
    return *connection;
  }

  void Forget(const Channel& channel, OutboundCall& call) {
    auto found = connections_.find(KeyOf(channel));
    if (found != connections_.end()) found->second->Forget(call);
  }

  Task<void> RunConnection(Key key, std::shared_ptr<ClientConnection> connection, TimePoint deadline) {
    // A connect may fail at once (no descriptor left): not before the call that wanted the connection is on it.
    co_await Yield(env_.loop);
    co_await connection->Run(deadline);
    auto found = connections_.find(key);
    if (found != connections_.end() && found->second == connection) connections_.erase(found);
  }

  static constexpr Duration kConnectTime = 20s;  // ipc.client.connect.timeout

  Env env_;
  Duration idle_max_;
  std::string client_id_;
  int32_t next_call_id_ = 0;
  std::string local_name_;  // "name/address", once an error has needed it
  std::map<Key, std::shared_ptr<ClientConnection>> connections_;
  TaskScope scope_;
};

}  // namespace

std::unique_ptr<Client> Client::Make(Env env, Duration idle_max) { return std::make_unique<ClientImpl>(env, idle_max); }

}  // namespace tusk::rpc
