// Servers by hand: what they refuse; and simulations with seeds: delayed messages, lost and replaced workers, moved ranges.
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

// Plain gradient descent: with rate `lanes` a push of gradient -1 and weight 1 adds 1 to a weight (SSP, ASP).
ServerSettings SettingsFor(SyncMode mode, int workers, uint32_t keys = 4, size_t servers = 1) {
  ServerSettings settings;
  settings.table.rule = MakeGradientOptimizer("sgd", {});
  settings.mode = mode;
  settings.workers = workers;
  settings.lanes = static_cast<size_t>(workers);
  settings.layout = KeyLayout::Even(1, keys, servers);
  return settings;
}

ServerMessage Message(Kind kind, int worker, uint64_t step, uint64_t epoch = 1) {
  ServerMessage message;
  message.kind = kind;
  message.worker = static_cast<uint32_t>(worker);
  message.step = step;
  message.epoch = epoch;
  return message;
}

ServerMessage Gradient(int worker, uint64_t step, size_t count, float value, float rate, uint64_t epoch = 1) {
  ServerMessage push = Message(Kind::kPush, worker, step, epoch);
  push.lane = static_cast<uint32_t>(worker);
  push.weight = 1;
  push.rate = rate;
  push.payload = EncodeGradient(GradientCodec::kNone, std::vector<float>(count, value)).value();
  return push;
}

std::vector<ServerMessage> Ask(ParameterServer& server, const ServerMessage& message) {
  std::vector<ServerMessage> answers;
  for (const auto& reply : server.Handle(EncodeServerMessage(message))) answers.push_back(DecodeServerMessage(reply.bytes).value());
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
  ParameterServer server(SettingsFor({}, 2), 0);
  EXPECT_TRUE(server.Handle({}).empty());
  EXPECT_TRUE(Ask(server, Message(Kind::kTick, 2, 0)).empty());               // nobody known
  EXPECT_TRUE(Refuses(server, Message(Kind::kTick, 0, 0, 0)));                // an old epoch
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
  ParameterServer server(SettingsFor({}, 2), 0);
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

TEST(ParameterServerTest, ALostWorkersPullersGoOnWithoutItsUnfinishedStep) {
  ParameterServer server(SettingsFor({}, 2), 0);
  Ask(server, Gradient(0, 0, 4, -1, 1));
  Ask(server, Gradient(1, 0, 4, -9, 1));
  ServerMessage tick = Message(Kind::kTick, 0, 0);
  tick.rate = 1;
  Ask(server, tick);
  Ask(server, Message(Kind::kPull, 0, 1));
  const auto replies = server.WorkerLost(1);
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(Floats(DecodeServerMessage(replies[0].bytes).value()), std::vector<float>(4, 1.0F));
  EXPECT_TRUE(Refuses(server, Message(Kind::kTick, 1, 0)));
}

TEST(ParameterServerTest, AMovedRangeGoesOnWithItsValuesAndSlotsAndOldEpochsAreOver) {
  ServerSettings settings = SettingsFor({Consistency::kAsp, 0}, 1, 8, 2);
  settings.table.rule = MakeGradientOptimizer("momentum", {});
  ParameterServer old_owner(settings, 1), undisturbed(settings, 1);
  for (ParameterServer* server : {&old_owner, &undisturbed}) Ask(*server, Gradient(0, 0, 4, 1, 1));
  Bundle saved;
  old_owner.table().SaveTo(saved);
  ServerSettings next = settings;
  next.layout = {2, {0, 0, 4, 8}};   // server 2 has what server 1 had
  ParameterServer new_owner(next, 2);
  ServerSettings entered = next;
  entered.layout.epoch = 3;
  EXPECT_EQ(new_owner.Enter(settings, nullptr).code(), Code::kInvalidArgument);
  ASSERT_TRUE(new_owner.Enter(entered, &saved).ok());
  EXPECT_TRUE(Refuses(new_owner, Gradient(0, 0, 4, 1, 1, 2)));
  Ask(new_owner, Gradient(0, 0, 4, 1, 1, 3));
  Ask(undisturbed, Gradient(0, 0, 4, 1, 1));
  const auto values = [](const ParameterServer& server) { return std::vector<float>(server.table().values().begin(), server.table().values().end()); };
  EXPECT_EQ(values(new_owner), values(undisturbed));
}

// Workers and one server with messages under way for random times (in order between each pair). Each push adds 1, so a pulled
// weight is the number of pushes that it holds.
class Simulation {
 public:
  Simulation(SyncMode mode, int workers, uint64_t seed)
      : mode_(mode), random_(seed, 2), server_(SettingsFor(mode, workers), 0), workers_(static_cast<size_t>(workers)), up_(workers_), down_(workers_), steps_(workers_),
        lost_(workers_) {}

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
        Deliver(server_.Handle(bytes));
      } else {
        const ServerMessage answer = DecodeServerMessage(down_[w].front()).value();
        down_[w].pop_front();
        Heard(w, answer, steps);
      }
      if (random_.Chance(0.002)) Disturb();
    }
    for (size_t w = 0; w < workers_; ++w) EXPECT_TRUE(lost_[w] || steps_[w] == steps) << "worker " << w << " stopped at " << steps_[w];
  }

 private:
  void Send(size_t w, const ServerMessage& message) { up_[w].push_back(EncodeServerMessage(message)); }
  void Deliver(const std::vector<ParameterServer::Reply>& replies) {
    for (const auto& reply : replies) down_[static_cast<size_t>(reply.worker)].push_back(reply.bytes);
  }

  // Each worker that is left has done at least step - s steps, and all of them are in the weights.
  void Heard(size_t w, const ServerMessage& answer, uint64_t steps) {
    ASSERT_EQ(answer.kind, Kind::kValues) << AsText(answer.payload);
    const uint64_t step = steps_[w];
    if (mode_.kind == Consistency::kSsp) {
      uint64_t least = 0;
      for (size_t other = 0; other < workers_; ++other) {
        if (!lost_[other] && !disturbed_) least += step > mode_.staleness ? step - mode_.staleness : 0;
      }
      EXPECT_GE(Floats(answer)[0] + 0.01F, static_cast<float>(least));
      EXPECT_LE(step - server_.clock().slowest(), mode_.staleness + (disturbed_ ? steps : 0));
    }
    if (step == steps) return;
    const auto rate = static_cast<float>(workers_);
    Send(w, Gradient(static_cast<int>(w), step, 4, -1, rate));
    ServerMessage tick = Message(Kind::kTick, static_cast<int>(w), step);
    tick.rate = rate;
    Send(w, tick);
    Send(w, Message(Kind::kPull, static_cast<int>(w), ++steps_[w]));
  }

  // A worker is lost with what it had under way; some are replaced at once.
  void Disturb() {
    const size_t w = random_.Below(workers_);
    if (lost_[w] || static_cast<size_t>(std::count(lost_.begin(), lost_.end(), true)) + 1 >= workers_) return;
    disturbed_ = true;
    up_[w].clear();
    Deliver(server_.WorkerLost(static_cast<int>(w)));
    down_[w].clear();
    lost_[w] = true;
    if (random_.Chance(0.5)) return;
    Deliver(server_.WorkerReplaced(static_cast<int>(w)));
    lost_[w] = false;
    steps_[w] = server_.clock().clock(static_cast<int>(w));
    Send(w, Message(Kind::kPull, static_cast<int>(w), steps_[w]));
  }

  SyncMode mode_;
  Random random_;
  ParameterServer server_;
  size_t workers_;
  std::vector<std::deque<std::vector<uint8_t>>> up_, down_;   // under way
  std::vector<uint64_t> steps_;
  std::vector<bool> lost_;
  bool disturbed_ = false;
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
