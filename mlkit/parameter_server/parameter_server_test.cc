// Servers by hand: what they refuse; and simulations with seeds, with delayed messages.
#include "mlkit/parameter_server/parameter_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <deque>

#include "mlkit/api/random.h"
#include "mlkit/compression/gradient_codec.h"

namespace tusk::ml {
namespace {

using Kind = ServerMessage::Kind;
using Keys = ServerMessage::Keys;

// Plain gradient descent: with rate 1 a push of gradient -1 and weight 1 adds 1 to a weight (SSP, ASP).
ServerSettings SettingsFor(SyncMode mode, int workers, uint32_t keys = 4, size_t servers = 1) {
  ServerSettings settings;
  settings.mode = mode;
  settings.workers = workers;
  settings.lanes = static_cast<size_t>(workers);
  settings.layout = KeyLayout::Even(1, keys, servers);
  return settings;
}

TableSettings TableOf(const char* rule = "sgd") {
  TableSettings table;
  table.rule = MakeGradientOptimizer(rule, {});
  return table;
}

ParameterServer ServerFor(SyncMode mode, int workers) { return ParameterServer(SettingsFor(mode, workers), 0, ParameterTable(TableOf(), 0, 4)); }

ServerMessage Message(Kind kind, int worker, uint64_t step, uint64_t round = 1) {
  ServerMessage message;
  message.kind = kind;
  message.worker = static_cast<uint32_t>(worker);
  message.step = step;
  message.round = round;
  return message;
}

ServerMessage Gradient(int worker, uint64_t step, size_t count, float value, float rate, uint64_t round = 1) {
  ServerMessage push = Message(Kind::kPush, worker, step, round);
  push.lane = static_cast<uint32_t>(worker);
  push.weight = 1;
  push.rate = rate;
  push.payload = EncodeGradient(GradientCodec::kNone, std::vector<float>(count, value)).value();
  return push;
}

std::vector<ServerMessage> Ask(ParameterServer& server, const ServerMessage& message) {
  std::vector<ServerMessage> answers;
  for (const auto& reply : server.Handle({static_cast<int>(message.worker), EncodeServerMessage(message)})) answers.push_back(DecodeServerMessage(reply.bytes).value());
  return answers;
}

bool Refuses(ParameterServer& server, const ServerMessage& message) {
  const std::vector<ServerMessage> answers = Ask(server, message);
  return answers.size() == 1 && answers[0].kind == Kind::kRefused && !answers[0].payload.empty();
}

std::vector<float> Floats(const ServerMessage& message) {
  std::vector<float> values(message.payload.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), message.payload.data(), message.payload.size());
  return values;
}

TEST(ServerMessageTest, AMessageIsReadAsItWasWritten) {
  ServerMessage message = Gradient(3, 9, 2, 0.5F, 0.1F, 77);
  message.keys = Keys::kListed;
  message.list = {1, 5};
  message.hash = HashOfKeys(message.list);
  const std::vector<uint8_t> bytes = EncodeServerMessage(message);
  EXPECT_EQ(EncodeServerMessage(DecodeServerMessage(bytes).value()), bytes);
  for (size_t length = 0; length < bytes.size(); ++length) EXPECT_EQ(DecodeServerMessage(ByteView(bytes).first(length)).code(), Code::kCorruption);
  message.list = {5, 1};
  message.hash = HashOfKeys(message.list);
  EXPECT_EQ(DecodeServerMessage(EncodeServerMessage(message)).code(), Code::kCorruption);
}

TEST(ParameterServerTest, MessagesThatMakeNoSenseAreRefused) {
  ParameterServer server = ServerFor({}, 2);
  EXPECT_TRUE(server.Handle({2, {}}).empty());
  EXPECT_TRUE(Ask(server, Message(Kind::kTick, 2, 0)).empty());               // nobody known
  EXPECT_TRUE(Refuses(server, Message(Kind::kTick, 0, 0, 0)));                // an old round
  EXPECT_TRUE(Refuses(server, Message(Kind::kTick, 0, 1)));                   // a step ahead
  EXPECT_TRUE(Refuses(server, Message(Kind::kValues, 0, 0)));
  EXPECT_TRUE(Refuses(server, Gradient(0, 0, 5, 1, 1)));                      // of five keys
  ServerMessage lane = Gradient(0, 0, 4, 1, 1);
  lane.lane = 9;
  EXPECT_TRUE(Refuses(server, lane));
  ServerMessage named = Message(Kind::kPull, 0, 0);
  named.keys = Keys::kNamed;
  named.hash = 5;
  EXPECT_TRUE(Refuses(server, named));
  ServerMessage beyond = Message(Kind::kPull, 0, 0);
  beyond.keys = Keys::kListed;
  beyond.list = {3, 4};
  beyond.hash = HashOfKeys(beyond.list);
  EXPECT_TRUE(Refuses(server, beyond));
  EXPECT_EQ(server.clock().clock(0), 0U);
}

TEST(ParameterServerTest, BspAppliesTheMeanOnceAllHaveEndedTheStep) {
  ParameterServer server = ServerFor({}, 2);
  EXPECT_TRUE(Ask(server, Gradient(0, 0, 4, -1, 1)).empty());
  ServerMessage tick = Message(Kind::kTick, 0, 0);
  tick.rate = 1;
  EXPECT_TRUE(Ask(server, tick).empty());
  EXPECT_TRUE(Ask(server, Message(Kind::kPull, 0, 1)).empty());   // waits for worker 1
  EXPECT_EQ(server.waiting(), 1U);
  EXPECT_TRUE(Ask(server, Gradient(1, 0, 4, -3, 1)).empty());
  tick.worker = 1;
  const std::vector<ServerMessage> answers = Ask(server, tick);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(Floats(answers[0]), std::vector<float>(4, 2.0F));
}

TEST(ParameterServerTest, ALetterInAnothersNameIsRefused) {
  ParameterServer server = ServerFor({}, 2);
  const auto answers = server.Handle({0, EncodeServerMessage(Message(Kind::kTick, 1, 0))});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].peer, 0);
  EXPECT_EQ(DecodeServerMessage(answers[0].bytes).value().kind, Kind::kRefused);
}

TEST(ParameterServerTest, AFenceIsAnsweredOnceAllWorkersAreThere) {
  ParameterServer server = ServerFor({Consistency::kAsp, 0}, 2);
  Ask(server, Message(Kind::kTick, 0, 0));
  EXPECT_TRUE(Ask(server, Message(Kind::kFence, 0, 1)).empty());
  const std::vector<ServerMessage> answers = Ask(server, Message(Kind::kTick, 1, 0));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].kind, Kind::kValues);
  EXPECT_TRUE(answers[0].payload.empty());
}

TEST(ParameterTableTest, AMovedRangeGoesOnWithItsValuesAndSlots) {
  const SyncMode mode{Consistency::kAsp, 0};
  ParameterTable whole(TableOf("momentum"), 0, 8);
  ServerSettings settings = SettingsFor(mode, 1, 8, 2);
  ParameterServer old_owner(settings, 1, whole.Part(4, 8)), undisturbed(settings, 1, whole.Part(4, 8));
  for (ParameterServer* server : {&old_owner, &undisturbed}) Ask(*server, Gradient(0, 0, 4, 1, 1));
  Bundle saved;
  old_owner.table().SaveTo(saved);
  ASSERT_TRUE(whole.PutPart(4, 8, saved).ok());
  EXPECT_EQ(whole.PutPart(3, 8, saved).code(), Code::kCorruption);
  settings.layout = {2, {0, 0, 8}};
  ParameterServer new_owner(settings, 1, whole.Part(0, 8));
  EXPECT_TRUE(Refuses(new_owner, Gradient(0, 0, 8, 1, 1, 1)));   // of the round before
  Ask(new_owner, Gradient(0, 0, 8, 1, 1, 2));
  Ask(undisturbed, Gradient(0, 0, 4, 1, 1));
  const std::span<const float> moved = new_owner.table().values().subspan(4), stayed = undisturbed.table().values();
  EXPECT_EQ(std::vector<float>(moved.begin(), moved.end()), std::vector<float>(stayed.begin(), stayed.end()));
}

// Workers and one server with messages under way for random times (in order between each pair). Each push adds 1, so a pulled
// weight is the number of pushes that it holds.
class Simulation {
 public:
  Simulation(SyncMode mode, int workers, uint64_t seed)
      : mode_(mode), random_(seed, 2), server_(ServerFor(mode, workers)), workers_(static_cast<size_t>(workers)), up_(workers_), down_(workers_), steps_(workers_) {}

  void Run(uint64_t steps) {
    for (size_t w = 0; w < workers_; ++w) Send(w, Message(Kind::kPull, static_cast<int>(w), 0));
    for (int moves = 0; moves < 100'000; ++moves) {
      std::vector<size_t> busy;
      for (size_t w = 0; w < workers_; ++w) {
        if (!up_[w].empty() || !down_[w].empty()) busy.push_back(w);
      }
      if (busy.empty()) break;
      const size_t w = busy[random_.Below(busy.size())];
      if (!up_[w].empty() && (down_[w].empty() || random_.Chance(0.5))) {
        const std::vector<uint8_t> bytes = std::move(up_[w].front());
        up_[w].pop_front();
        Deliver(server_.Handle({static_cast<int>(w), bytes}));
      } else {
        const ServerMessage answer = DecodeServerMessage(down_[w].front()).value();
        down_[w].pop_front();
        Heard(w, answer, steps);
      }
    }
    for (size_t w = 0; w < workers_; ++w) EXPECT_EQ(steps_[w], steps) << "worker " << w << " stopped at " << steps_[w];
  }

 private:
  void Send(size_t w, const ServerMessage& message) { up_[w].push_back(EncodeServerMessage(message)); }
  void Deliver(const std::vector<Letter>& answers) {
    for (const Letter& answer : answers) down_[static_cast<size_t>(answer.peer)].push_back(answer.bytes);
  }

  // Each worker has done at least step - s steps, and all of them are in the weights.
  void Heard(size_t w, const ServerMessage& answer, uint64_t steps) {
    ASSERT_EQ(answer.kind, Kind::kValues) << AsText(answer.payload);
    const uint64_t step = steps_[w];
    if (mode_.kind == Consistency::kSsp) {
      uint64_t least = 0;
      for (size_t other = 0; other < workers_; ++other) {
        least += step > mode_.staleness ? step - mode_.staleness : 0;
      }
      EXPECT_GE(Floats(answer)[0] + 0.01F, static_cast<float>(least));
      EXPECT_LE(step - server_.clock().slowest(), mode_.staleness);
    }
    if (step == steps) return;
    const float rate = mode_.kind == Consistency::kBsp ? static_cast<float>(workers_) : 1;
    Send(w, Gradient(static_cast<int>(w), step, 4, -1, rate));
    ServerMessage tick = Message(Kind::kTick, static_cast<int>(w), step);
    tick.rate = rate;
    Send(w, tick);
    Send(w, Message(Kind::kPull, static_cast<int>(w), ++steps_[w]));
  }

  SyncMode mode_;
  Random random_;
  ParameterServer server_;
  size_t workers_;
  std::vector<std::deque<std::vector<uint8_t>>> up_, down_;   // under way
  std::vector<uint64_t> steps_;
};

TEST(ParameterServerSimulationTest, StalenessIsBoundedAndNobodyStopsWhateverIsLate) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    const SyncMode modes[] = {{Consistency::kBsp, 0}, {Consistency::kSsp, seed % 4}, {Consistency::kAsp, 0}};
    Simulation(modes[seed % 3], 2 + static_cast<int>(seed % 4), seed).Run(25);
  }
}

}  // namespace
}  // namespace tusk::ml
