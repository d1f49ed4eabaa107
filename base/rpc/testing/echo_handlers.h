// Handlers of the echo protocol, for tests and the benchmark of base/rpc.
#pragma once

#include <string>

#include "base/async/event_loop.h"
#include "base/rpc/testing/echo.rpc.h"

namespace tusk::rpc::testing {

class EchoHandlers : public EchoService {
 public:
  explicit EchoHandlers(EventLoop& loop) : loop_(loop) {}

  Task<Result<EchoResponse>> Echo(CallContext&, const EchoRequest& request) override {
    ++echoes;
    if (request.has_delay_ms()) CO_RETURN_IF_ERROR(co_await SleepFor(loop_, Millis(request.delay_ms())));
    EchoResponse response;
    response.set_text(request.text());
    co_return response;
  }
  Task<Result<Nothing>> Fail(CallContext&, const FailRequest& request) override {
    ++failures;
    co_return Status::FromJava(request.java_class(), request.message());
  }
  Task<Result<EchoResponse>> CountUp(CallContext& call, const Nothing&) override {
    EchoResponse response;
    response.set_text(std::to_string(call.key.call_id) + " " + std::to_string(call.key.client_id.size()));
    co_return response;
  }
  Task<Result<EchoResponse>> WhoAmI(CallContext& call, const Nothing&) override {
    EchoResponse response;
    response.set_text(call.user.name + (call.user.real_user.empty() ? "" : " by " + call.user.real_user) +
                      (call.user.method == AuthMethod::kToken ? " token " + call.user.token_kind : ""));
    co_return response;
  }

  int echoes = 0;
  int failures = 0;

 private:
  EventLoop& loop_;
};

}  // namespace tusk::rpc::testing
