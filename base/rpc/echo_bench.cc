// Echo calls between our client and our server over loopback, on one loop and one connection: `echo_bench [CALLS]`.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

#include "base/async/task_scope.h"
#include "base/rpc/client.h"
#include "base/rpc/server.h"
#include "base/rpc/testing/echo_handlers.h"
#include "base/testing/real_world.h"

namespace tusk::rpc {
namespace {

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Task<void> CallInTurn(testing::EchoClient proxy, int calls, int& failures) {
  testing::EchoRequest request;
  request.set_text("hello");
  for (int i = 0; i < calls; ++i) {
    auto response = co_await proxy.Echo(request);
    if (!response.ok()) ++failures;
  }
}

Task<Status> Run(RealWorld& world, int calls) {
  CO_ASSIGN_OR_RETURN(auto server, Server::Listen(world.env(), {.bind = {"127.0.0.1", 0}, .server_name = "bench"}));
  testing::EchoHandlers handlers(world.loop());
  server->AddService(handlers);
  server->Start();
  auto client = Client::Make(world.env());
  testing::EchoClient proxy(Channel(*client, server->address(), {.user = "bench"}));
  for (int in_flight : {1, 8, 64}) {
    int failures = 0;
    TimePoint start = world.clock().Now();
    double cpu = CpuSeconds();
    {
      TaskScope scope(world.loop());
      for (int i = 0; i < in_flight; ++i) scope.Spawn(CallInTurn(proxy, calls / in_flight, failures));
      co_await scope.Join();
    }
    double seconds = std::chrono::duration<double>(world.clock().Now() - start).count();
    double done = calls / in_flight * in_flight;
    std::printf("%2d in flight: %.0f calls/s, %.1f us CPU per call (client and server), %d failures\n", in_flight,
                done / seconds, (CpuSeconds() - cpu) * 1e6 / done, failures);
  }
  co_await client->Shutdown();
  co_await server->Shutdown();
  co_return Status::Ok();
}

}  // namespace
}  // namespace tusk::rpc

int main(int argc, char** argv) {
  tusk::RealWorld world;
  tusk::Status status = world.Run(tusk::rpc::Run(world, argc > 1 ? std::atoi(argv[1]) : 100000));
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
