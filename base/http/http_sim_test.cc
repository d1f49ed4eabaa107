// Goal: over wires that delay, split and break, every exchange ends: with the right bytes or with an error, never with
// wrong bytes and never not at all; silent peers are let go in time. Method: seeds over the simulated world.
#include <algorithm>

#include "base/async/task_scope.h"
#include "base/http/client.h"
#include "base/http/server.h"
#include "base/sim/sim_world.h"
#include "base/testing/matchers.h"

namespace tusk::http {
namespace {

std::string Pattern(size_t size, uint64_t salt) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 31 + salt) % 26);
  return text;
}

Task<void> Echo(Exchange& exchange) {
  Result<std::string> body = co_await exchange.ReadWholeBody(8 << 20);
  if (!body.ok()) co_return;  // the connection is gone
  if (exchange.request().query.Get("chunked", "") == "1") {
    Status sent = co_await exchange.Begin({});
    for (size_t at = 0; sent.ok() && at < body->size(); at += 5000) {
      sent = co_await exchange.Write(AsBytes(std::string_view(*body).substr(at, 5000)));
    }
    co_return;
  }
  [[maybe_unused]] Status sent = co_await exchange.Reply(200, "text/plain", std::move(*body));
}

struct Outcomes {
  int right = 0;
  int failed = 0;
};

Task<void> Talk(sim::SimWorld& world, Client& client, HostPort server, int rounds, Outcomes& outcomes) {
  for (int i = 0; i < rounds; ++i) {
    std::string body = Pattern(world.random().Below(200'000), world.random().Next64() % 26);
    ClientRequest request;
    request.method = "PUT";
    request.server = server;
    request.target = world.random().Below(2) == 0 ? "/echo?chunked=1" : "/echo";
    Result<Response> answer = co_await client.Fetch(request, body, world.clock().Now() + 30s);
    if (answer.ok() && answer->head.status == 200) {
      EXPECT_EQ(answer->body, body);
      ++outcomes.right;
    } else {
      ++outcomes.failed;
    }
  }
}

Task<void> Disturb(sim::SimWorld& world, std::stop_token stop) {
  while (!stop.stop_requested()) {
    Status slept = co_await SleepFor(world.loop(), Millis(5 + static_cast<int64_t>(world.random().Below(100))), stop);
    if (!slept.ok()) co_return;
    world.fabric().BreakConnections("client", "server");
  }
}

Task<bool> ManyTalk(sim::SimWorld& world, Server& server, Client& client, bool disturbed, Outcomes& outcomes) {
  TaskScope talkers(world.loop());
  TaskScope trouble(world.loop());
  if (disturbed) trouble.Spawn(Disturb(world, trouble.token()));
  for (int i = 0; i < 4; ++i) talkers.Spawn(Talk(world, client, server.address(), 10, outcomes));
  co_await talkers.Join();
  trouble.Cancel();
  co_await trouble.Join();
  co_await server.Shutdown();
  co_return true;
}

void RunSeed(uint64_t seed, bool disturbed) {
  sim::SimWorld world(seed);
  Env server_env = world.AddNode("server").env();
  Env client_env = world.AddNode("client").env();
  ServerOptions options;
  options.bind = {world.fabric().AddressOf("server"), 8080};
  ASSERT_OK_AND_ASSIGN(auto server, Server::Listen(server_env, options));
  server->Handle("PUT", "/echo", [](Exchange& exchange) { return Echo(exchange); });
  server->Start();
  auto client = Client::Make(client_env);
  Outcomes outcomes;
  EXPECT_TRUE(world.Run(ManyTalk(world, *server, *client, disturbed, outcomes), 1h));
  EXPECT_EQ(outcomes.right + outcomes.failed, 40);
  if (!disturbed) EXPECT_EQ(outcomes.failed, 0) << "seed " << seed;
  client.reset();
}

TEST(HttpSimTest, CalmWiresCarryEverything) {
  for (uint64_t seed = 1; seed <= 20; ++seed) RunSeed(seed, false);
}

TEST(HttpSimTest, BrokenConnectionsCostOnlyTheirExchanges) {
  for (uint64_t seed = 1; seed <= 20; ++seed) RunSeed(seed, true);
}

// Sends half a header and falls silent.
Task<Duration> Dawdle(sim::SimWorld& world, Env client, HostPort server) {
  auto stream = co_await client.network.Connect(server, world.clock().Now() + 10s);
  TUSK_CHECK(stream.ok());
  TimePoint started = world.clock().Now();
  EXPECT_OK(co_await (*stream)->Write(AsBytes("GET /echo HTTP/1.1\r\nHost"), world.clock().Now() + 10s));
  std::array<uint8_t, 100> part;
  Result<size_t> count = co_await (*stream)->ReadSome(part, world.clock().Now() + 1h);
  EXPECT_TRUE(!count.ok() || *count == 0);
  co_return world.clock().Now() - started;
}

TEST(HttpSimTest, ASilentPeerIsLetGoAfterTheIdleTime) {
  sim::SimWorld world(7);
  Env server_env = world.AddNode("server").env();
  Env client_env = world.AddNode("client").env();
  ServerOptions options;
  options.bind = {world.fabric().AddressOf("server"), 8080};
  options.idle_timeout = 60s;
  ASSERT_OK_AND_ASSIGN(auto server, Server::Listen(server_env, options));
  server->Start();
  Duration held = world.Run(Dawdle(world, client_env, server->address()));
  EXPECT_GE(held, 60s);
  EXPECT_LE(held, 61s);
  world.Run([](Server& s) -> Task<bool> {
    co_await s.Shutdown();
    co_return true;
  }(*server));
}

}  // namespace
}  // namespace tusk::http
