// Calls within the process.
#include "base/rpc/local_client.h"

#include "base/rpc/typed.h"

namespace tusk::rpc {
namespace {

class LocalClient : public Client {
 public:
  LocalClient(const LocalServices& services, const Clock& clock, CallUser user, HostPort remote)
      : services_(services), clock_(clock), user_(std::move(user)), remote_(std::move(remote)) {}

  Task<Result<std::string>> Call(const Channel&, std::string_view protocol, std::string_view method, RetryPolicy,
                                 std::string request, CallOptions) override {
    const Method* found = services_.Find(protocol, method);
    if (found == nullptr) co_return UnknownMethod(protocol, method);
    CallContext call;
    call.user = user_;
    call.remote = remote_;
    call.protocol = protocol;
    call.method = method;
    call.transport = services_.transport();
    call.received = call.started = clock_.Now();
    CallObserver* const observer = services_.observer();
    if (observer == nullptr || !observer->Wants(call)) co_return co_await found->body(call, AsBytes(request));
    Result<std::string> response = co_await found->body(call, AsBytes(request));
    observer->Finished(call, std::move(request), response);
    co_return response;
  }
  Task<void> Shutdown() override { co_return; }

 private:
  const LocalServices& services_;
  const Clock& clock_;
  const CallUser user_;
  const HostPort remote_;
};

}  // namespace

void LocalServices::Add(Service& service) {
  for (Method& method : service.methods()) methods_.push_back({std::string(service.protocol()), std::move(method)});
}

const Method* LocalServices::Find(std::string_view protocol, std::string_view method) const {
  for (const Served& served : methods_) {
    if (served.method.name == method && served.protocol == protocol) return &served.method;
  }
  return nullptr;
}

std::unique_ptr<Client> MakeLocalClient(const LocalServices& services, const Clock& clock, CallUser user,
                                        HostPort remote) {
  return std::make_unique<LocalClient>(services, clock, std::move(user), std::move(remote));
}

}  // namespace tusk::rpc
