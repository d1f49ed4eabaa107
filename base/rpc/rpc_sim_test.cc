// Goal: RPC under bad wires, in virtual time: exact time limits, repetition that runs at-most-once calls
// once, idle connections closed, and a run that its seed repeats exactly. Method: base/sim.
#include <map>

#include "base/async/task_scope.h"
#include "base/rpc/client.h"
#include "base/rpc/retry_gate.h"
#include "base/rpc/server.h"
#include "base/rpc/testing/echo_handlers.h"
#include "base/sim/sim_world.h"
#include "base/testing/matchers.h"

namespace tusk::rpc {
namespace {

using sim::SimWorld;
using testing::EchoClient;
using testing::EchoRequest;
using testing::EchoResponse;

constexpr uint16_t kPort = 8020;

EchoRequest Say(std::string text, uint32_t delay_ms = 0) {
  EchoRequest request;
  request.set_text(std::move(text));
  if (delay_ms > 0) request.set_delay_ms(delay_ms);
  return request;
}

// countUp counts runs, behind a retry cache that outlives the server as an edit log would.
class CountingHandlers : public testing::EchoHandlers {
 public:
  CountingHandlers(EventLoop& loop, RetryCache& cache, int& runs) : EchoHandlers(loop), loop_(loop), gate_(loop, cache), runs_(runs) {}
  Task<Result<EchoResponse>> CountUp(CallContext& call, const testing::Nothing&) override {
    co_return co_await gate_.Once<EchoResponse>(call, Count(loop_, runs_));
  }

 private:
  static Task<Result<EchoResponse>> Count(EventLoop& loop, int& runs) {
    EchoResponse response;
    response.set_text(std::to_string(++runs));
    CO_RETURN_IF_ERROR(co_await SleepFor(loop, 3ms));  // the log is written
    co_return response;
  }
  EventLoop& loop_;
  RetryGate gate_;
  int& runs_;
};

struct Simulation {
  explicit Simulation(uint64_t seed) : world(seed) {
    client = Client::Make(client_node.env());
    StartServer();
  }
  ~Simulation() {
    EXPECT_OK(world.Run(StopBoth(*this)));
    world.RunFor(1s);  // what is still on the wires
  }
  void StartServer() {
    handlers = std::make_unique<CountingHandlers>(world.loop(), cache, runs);
    auto listening = Server::Listen(server_node.env(), {.bind = {"server", kPort}, .server_name = "sim"});
    TUSK_CHECK(listening.ok()) << listening.status().ToString();
    server = std::move(listening).value();
    server->AddService(*handlers);
    server->Start();
  }
  static Task<Status> StopServer(Simulation& simulation) {
    co_await simulation.server->Shutdown();
    simulation.server.reset();
    co_return Status::Ok();
  }
  static Task<Status> StopBoth(Simulation& simulation) {
    co_await simulation.client->Shutdown();
    if (simulation.server) co_await simulation.server->Shutdown();
    co_return Status::Ok();
  }
  EchoClient Proxy() { return EchoClient(Channel(*client, {"server", kPort}, {.user = "alice"})); }

  SimWorld world;
  sim::SimNode& server_node = world.AddNode("server");
  sim::SimNode& client_node = world.AddNode("client");
  RetryCache cache;
  int runs = 0;
  std::unique_ptr<CountingHandlers> handlers;
  std::unique_ptr<Server> server;
  std::unique_ptr<Client> client;
};

TEST(RpcSimTest, LargeAndSmallMessagesPassInPiecesOfAnySize) {
  Simulation simulation(1);
  for (size_t bytes : {0u, 1u, 100u, 70000u, 3000000u}) {
    std::string text(bytes, 'x');
    ASSERT_OK_AND_ASSIGN(EchoResponse response, simulation.world.Run(simulation.Proxy().Echo(Say(text))));
    EXPECT_TRUE(response.text() == text) << bytes;
  }
}

TEST(RpcSimTest, ACallIntoACutWireEndsAtItsTimeLimitAndTheNextOneAfterHealingWorks) {
  Simulation simulation(2);
  ASSERT_OK(simulation.world.Run(simulation.Proxy().Echo(Say("before"))));
  simulation.world.fabric().Cut("client", "server");
  TimePoint start = simulation.world.clock().Now();
  EXPECT_STATUS(Code::kTimedOut, simulation.world.Run(simulation.Proxy().Echo(Say("during"), {.timeout = 7s, .retries_max = 3})));
  EXPECT_NEAR(ToMillis(simulation.world.clock().Now() - start), 7000, 3);  // naming this machine in the error takes a moment
  simulation.world.fabric().Heal("client", "server");
  ASSERT_OK(simulation.world.Run(simulation.Proxy().Echo(Say("after"))));
}

TEST(RpcSimTest, ALongCallOutlastsTheIdleLimits) {
  Simulation simulation(3);
  ASSERT_OK_AND_ASSIGN(EchoResponse response, simulation.world.Run(simulation.Proxy().Echo(Say("slow", 600'000), {.timeout = std::chrono::hours(1)})));
  EXPECT_EQ(response.text(), "slow");
  EXPECT_EQ(simulation.server->stats().connections_opened, 1u);
  simulation.world.RunFor(30s);
  EXPECT_EQ(simulation.server->stats().connections_open, 0u);
}

TEST(RpcSimTest, ASilentStrangerIsClosedAfterAMinute) {
  Simulation simulation(4);
  struct Body {
    static Task<Status> Go(Simulation& simulation, std::unique_ptr<Stream>& stream) {
      CO_ASSIGN_OR_RETURN(stream, co_await simulation.client_node.env().network.Connect({"server", kPort}, kNever));
      std::vector<uint8_t> buffer(1);
      CO_ASSIGN_OR_RETURN(size_t count, co_await stream->ReadSome(buffer, kNever));
      EXPECT_EQ(count, 0u);
      co_return Status::Ok();
    }
  };
  std::unique_ptr<Stream> stream;
  TimePoint start = simulation.world.clock().Now();
  ASSERT_OK(simulation.world.Run(Body::Go(simulation, stream)));
  EXPECT_EQ(ToMillis(simulation.world.clock().Now() - start) / 1000, 60);
}

// Breaks connections and restarts the server at random while a client counts.
struct Storm {
  static Task<void> Troubles(Simulation& simulation, bool& done, bool& gone) {
    auto& random = simulation.world.random();
    while (!done) {
      [[maybe_unused]] Status slept = co_await SleepFor(simulation.world.loop(), random.Between(1ms, 40ms));
      switch (random.Below(3)) {
        case 0:
          simulation.world.fabric().BreakConnections("client", "server");
          break;
        case 1: {
          simulation.world.fabric().Cut("client", "server");
          slept = co_await SleepFor(simulation.world.loop(), random.Between(1ms, 300ms));
          simulation.world.fabric().Heal("client", "server");
          break;
        }
        default: {
          Status stopped = co_await Simulation::StopServer(simulation);
          EXPECT_OK(stopped);
          slept = co_await SleepFor(simulation.world.loop(), random.Between(1ms, 200ms));
          simulation.StartServer();
        }
      }
    }
    gone = true;
  }
  static Task<Result<std::string>> Count(Simulation& simulation, int calls) {
    bool done = false;
    bool gone = false;
    TaskScope scope(simulation.world.loop());
    scope.Spawn(Troubles(simulation, done, gone));
    std::string trace;
    for (int i = 1; i <= calls; ++i) {
      auto response = co_await simulation.Proxy().CountUp({}, {.timeout = std::chrono::minutes(10), .retries_max = 100});
      EXPECT_OK(response);
      if (!response.ok()) break;
      EXPECT_EQ(response->text(), std::to_string(i));
      trace += std::to_string(simulation.world.clock().Now().time_since_epoch().count()) + " ";
    }
    done = true;
    co_await scope.Join();
    co_return trace;
  }
};

TEST(RpcSimTest, AtMostOnceCallsRunOnceThroughBreaksCutsAndRestarts) {
  for (uint64_t seed = 10; seed < 30; ++seed) {
    Simulation simulation(seed);
    auto trace = simulation.world.Run(Storm::Count(simulation, 40));
    ASSERT_OK(trace);
    EXPECT_EQ(simulation.runs, 40) << "seed " << seed;
  }
}

TEST(RpcSimTest, ASeedRepeatsItsRunExactly) {
  std::vector<std::string> traces;
  for (int i = 0; i < 2; ++i) {
    Simulation simulation(99);
    traces.push_back(simulation.world.Run(Storm::Count(simulation, 20)).value());
  }
  EXPECT_EQ(traces[0], traces[1]);
}

}  // namespace
}  // namespace tusk::rpc
