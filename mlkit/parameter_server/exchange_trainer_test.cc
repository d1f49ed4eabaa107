// Trainings through parameter servers: equal bits under BSP for any ranks and losses, the bound of SSP, error feedback, convergence with
// every consistency and codec.
#include "mlkit/parameter_server/exchange_trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "mlkit/collectives/in_process_post.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/parameter_server/message.h"
#include "mlkit/sgd/linear_model.h"
#include "mlkit/sgd/linear_testing.h"
#include "mlkit/testing/in_process_training.h"
#include "mlkit/training/training_rank.h"

namespace tusk::ml {
namespace {

std::function<Result<std::unique_ptr<Algorithm>>()> ExchangeMaker(Settings values, const Schema& schema) {
  return [=]() -> Result<std::unique_ptr<Algorithm>> {
    Parameters parameters(values);
    ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> algorithm, MakeLinearByExchange(schema.classes == 0 ? "linear" : "logistic", parameters, schema));
    RETURN_IF_ERROR(parameters.Check());
    return algorithm;
  };
}

std::function<Result<std::unique_ptr<Algorithm>>()> MlpByExchange(Settings values, const Schema& schema) {
  return [=]() -> Result<std::unique_ptr<Algorithm>> {
    Parameters parameters(values);
    ASSIGN_OR_RETURN(MlpSettings settings, ReadMlpSettings(parameters, schema));
    ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> algorithm, MakeMlpByExchange(std::move(settings), parameters, schema));
    RETURN_IF_ERROR(parameters.Check());
    return algorithm;
  };
}

Settings Values(const Settings& more) {
  Settings values = {{"optimizer", "sgd"}, {"learning_rate", "0.3"}, {"epochs", "4"}, {"batch", "48"}, {"lanes", "6"}, {"l2", "0.001"}};
  for (const auto& [name, value] : more) values[name] = value;
  return values;
}

double FinalLoss(const Result<InProcessOutcome>& outcome, const char* figure = "loss") {
  EXPECT_TRUE(outcome.ok()) << outcome.status().ToString();
  if (!outcome.ok()) return NAN;
  double loss = NAN;
  for (const StepReport& report : outcome.value().reports) {
    if (const auto found = report.figures.find(figure); found != report.figures.end()) loss = found->second;
  }
  return loss;
}

TEST(ExchangeTrainerTest, BspThroughServersHasOneModelForAnyRanksAndLosses) {
  for (const bool sparse : {false, true}) {
    const std::shared_ptr<const Dataset> data = MakeRowsForTests(300, 11, 2, sparse, 3);
    const Settings values = Values({{"optimizer", "momentum"}, {"learning_rate", "0.1"}, {"exchange", "servers"}, {"round_steps", "3"}, {"epochs", "2"}});
    const Status status = CheckSameModelEverywhere(ExchangeMaker(values, data->schema()), data, 6);
    EXPECT_TRUE(status.ok()) << status.ToString();
  }
}

TEST(ExchangeTrainerTest, BspOnDenseRowsHasTheBitsOfTheMinibatchTrainer) {
  const std::shared_ptr<const Dataset> data = MakeRowsForTests(400, 11, 2, false, 3);
  for (const char* optimizer : {"sgd", "adam", "ftrl"}) {
    Settings values = Values({{"optimizer", optimizer}, {"learning_rate", "0.05"}, {"accumulate", "2"}});
    const auto wanted = TrainInProcess(ExchangeMaker(values, data->schema()), data, {});
    values["exchange"] = "servers";
    const auto trained = TrainInProcess(ExchangeMaker(values, data->schema()), data, {.ranks = 2});
    ASSERT_TRUE(wanted.ok() && trained.ok()) << trained.status().ToString();
    EXPECT_EQ(trained.value().bytes, wanted.value().bytes) << optimizer;
  }
}

TEST(ExchangeTrainerTest, EveryConsistencyAndCodecLearnsAsBspDoes) {
  for (const bool sparse : {false, true}) {
    const std::shared_ptr<const Dataset> data = MakeRowsForTests(400, 11, 2, sparse, 3);
    const double wanted = FinalLoss(TrainInProcess(ExchangeMaker(Values({{"validation_fraction", "0.2"}}), data->schema()), data, {}), "validation_loss");
    for (const char* sync : {"bsp", "ssp:2", "asp"}) {
      for (const char* codec : {"none", "fp16", "int8", "topk:0.3"}) {
        const Settings values = Values({{"sync", sync}, {"codec", codec}, {"validation_fraction", "0.2"}});
        const double loss = FinalLoss(TrainInProcess(ExchangeMaker(values, data->schema()), data, {.ranks = 3}), "validation_loss");
        EXPECT_LT(loss, wanted * 1.15 + 0.01) << sync << " " << codec << (sparse ? " sparse" : " dense");
      }
    }
  }
}

TEST(ExchangeTrainerTest, APerceptronThroughServersHasOneModelForAnyRanksAndTheBitsOfItsTrainer) {
  for (const bool sparse : {false, true}) {
    const std::shared_ptr<const Dataset> data = MakeRowsForTests(120, 6, 3, sparse, 3);
    Settings values = {{"hidden", "7"}, {"dropout", "0.2"}, {"epochs", "2"}, {"batch", "30"}, {"lanes", "6"}, {"validation_fraction", "0.2"}};
    const auto wanted = TrainInProcess(MlpByExchange(values, data->schema()), data, {});
    values["exchange"] = "servers";
    values["round_steps"] = "3";
    const auto trained = TrainInProcess(MlpByExchange(values, data->schema()), data, {.ranks = 2});
    ASSERT_TRUE(wanted.ok() && trained.ok()) << trained.status().ToString();
    EXPECT_EQ(trained.value().bytes, wanted.value().bytes);
    EXPECT_EQ(FinalLoss(trained, "validation_loss"), FinalLoss(wanted, "validation_loss"));
    const Status status = CheckSameModelEverywhere(MlpByExchange(values, data->schema()), data, 4);
    EXPECT_TRUE(status.ok()) << status.ToString();
  }
}

TEST(ExchangeTrainerTest, APerceptronLearnsWithEveryConsistencyAndCodec) {
  const std::shared_ptr<const Dataset> data = MakeRowsForTests(400, 8, 3, false, 3);
  const Settings plain = {{"hidden", "12"}, {"epochs", "8"}, {"batch", "32"}, {"lanes", "6"}, {"learning_rate", "0.02"}, {"validation_fraction", "0.2"}};
  const double wanted = FinalLoss(TrainInProcess(MlpByExchange(plain, data->schema()), data, {}), "validation_loss");
  for (const char* sync : {"bsp", "ssp:2", "asp"}) {
    for (const char* codec : {"none", "fp16", "int8", "topk:0.3"}) {
      Settings values = plain;
      values["sync"] = sync;
      values["codec"] = codec;
      const double loss = FinalLoss(TrainInProcess(MlpByExchange(values, data->schema()), data, {.ranks = 3}), "validation_loss");
      EXPECT_LT(loss, wanted * 1.3 + 0.05) << sync << " " << codec;
    }
  }
}

// With plain SGD the mean of the lanes' movements is what local SGD's mean of weights is; penalties alone come at another time.
TEST(ExchangeTrainerTest, LocalStepsThroughServersAreLocalSgd) {
  for (const bool sparse : {false, true}) {
    const std::shared_ptr<const Dataset> data = MakeRowsForTests(400, 11, 2, sparse, 3);
    Settings values = Values({{"local_steps", "4"}, {"l2", "0"}});
    const double wanted = FinalLoss(TrainInProcess(ExchangeMaker(values, data->schema()), data, {}));
    values["exchange"] = "servers";
    EXPECT_NEAR(FinalLoss(TrainInProcess(ExchangeMaker(values, data->schema()), data, {.ranks = 2})), wanted, 1e-5) << sparse;
    values["sync"] = "ssp:2";
    values["codec"] = "int8";
    EXPECT_LT(FinalLoss(TrainInProcess(ExchangeMaker(values, data->schema()), data, {.ranks = 3})), wanted * 1.2 + 0.02) << sparse;
  }
  const std::shared_ptr<const Dataset> data = MakeRowsForTests(400, 8, 3, false, 3);
  Settings values = {{"hidden", "12"}, {"optimizer", "sgd"}, {"epochs", "4"}, {"batch", "32"}, {"lanes", "6"}, {"learning_rate", "0.1"}, {"local_steps", "4"}};
  const double wanted = FinalLoss(TrainInProcess(MlpByExchange(values, data->schema()), data, {}));
  values["exchange"] = "servers";
  EXPECT_NEAR(FinalLoss(TrainInProcess(MlpByExchange(values, data->schema()), data, {.ranks = 2})), wanted, 1e-4);
  const Status status = CheckSameModelEverywhere(MlpByExchange(values, data->schema()), data, 4);
  EXPECT_TRUE(status.ok()) << status.ToString();
}

TEST(ExchangeTrainerTest, LostRanksCostARoundAndTheTrainingGoesOn) {
  const std::shared_ptr<const Dataset> data = MakeRowsForTests(400, 11, 2, false, 3);
  const Settings values = Values({{"sync", "ssp:2"}, {"codec", "topk:0.3"}, {"round_steps", "4"}});
  const double wanted = FinalLoss(TrainInProcess(ExchangeMaker(values, data->schema()), data, {}));
  for (uint64_t call = 1; call < 8; ++call) {
    InProcessPlan plan{.ranks = 3, .restart_after = 5};
    for (const bool replace : {true, false}) plan.losses.push_back({{static_cast<int>(call % 2), call, call % 3 == 0}, replace});
    const auto outcome = TrainInProcess(ExchangeMaker(values, data->schema()), data, plan);
    EXPECT_LT(FinalLoss(outcome), wanted * 1.15 + 0.01) << call;
    if (outcome.ok()) EXPECT_GE(outcome.value().losses, 1U);
  }
}

// Columns whose gradients are small never come among the largest entries: only what is left over from step to step carries them. One
// round an epoch, so the round's end does not hide it.
TEST(ExchangeTrainerTest, TopKWithoutItsErrorFeedbackWouldForgetSmallGradients) {
  Schema schema;
  Block block;
  block.columns = 8;
  block.rows = 600;
  block.origin = "test";
  Random random(5, 1);
  for (size_t row = 0; row < block.rows; ++row) {
    double label = 0;
    for (size_t column = 0; column < block.columns; ++column) {
      const double scale = column < 2 ? 1 : 0.15, value = scale * random.Normal();
      block.dense.push_back(static_cast<float>(value));
      label += value / scale;
    }
    block.labels.push_back(static_cast<float>(label));
  }
  const std::shared_ptr<const Dataset> data = MakeInMemoryDataset(schema, {block});
  const auto loss = [&](const char* codec) {
    const Settings values = Values({{"codec", codec}, {"learning_rate", "0.2"}, {"batch", "6"}, {"epochs", "3"}, {"l2", "0"}, {"round_steps", "1000"}});
    return FinalLoss(TrainInProcess(ExchangeMaker(values, data->schema()), data, {.ranks = 2}));
  };
  EXPECT_LT(loss("topk:0.12"), 1.5 * loss("none") + 0.05);
}

// Lanes of 65 rows, 64 and then 1 a step: what was left of the many must not be taken for a mean of the one. One rank under ssp, for with
// two the order of their pushes, which is chance, moves the loss as much as the fault would.
TEST(ExchangeTrainerTest, WhatIsLeftOfALargeStepHasItsWeightInASmallOne) {
  const std::shared_ptr<const Dataset> data = Reshard(MakeRowsForTests(4 * 65, 20, 2, false, 1), 4);
  for (const char* sync : {"bsp", "ssp:1"}) {
    Settings values = Values({{"sync", sync}, {"lanes", "4"}, {"batch", "256"}, {"epochs", "12"}, {"learning_rate", "1"}});
    const int ranks = sync == std::string_view("bsp") ? 2 : 1;
    const double wanted = FinalLoss(TrainInProcess(ExchangeMaker(values, data->schema()), data, {.ranks = ranks}));
    values["codec"] = "topk:0.1";
    const double loss = FinalLoss(TrainInProcess(ExchangeMaker(values, data->schema()), data, {.ranks = ranks}));
    EXPECT_NEAR(loss, wanted, 0.1 * wanted) << sync;  // not much less either: the steps are the same
  }
}

TEST(ExchangeTrainerTest, WhatNeedsAllWeightsInOnePlaceIsRefused) {
  const std::shared_ptr<const Dataset> data = MakeRowsForTests(60, 3, 2, false, 2);
  for (const Settings& bad : {Settings{{"optimizer", "svrg"}}, Settings{{"optimizer", "newton"}}, Settings{{"patience", "2"}}}) {
    Settings values = Values(bad);
    values["sync"] = "asp";
    EXPECT_EQ(ExchangeMaker(values, data->schema())().code(), Code::kInvalidArgument) << bad.begin()->second;
  }
}

// Holds worker 0 before the end of a step until worker 1 has asked for the first step that the bound forbids it; whether it was answered
// shows at once, for servers answer when they may.
class HeldPost final : public Post {
 public:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    uint64_t bound = 0, ended = 0, asked = 0;   // ended: worker 0's ticks; asked: worker 1's newest step
    uint64_t most_ahead = 0;
    bool broken = false;
  };
  HeldPost(Post& inner, Shared& shared) : inner_(inner), shared_(shared) {}
  int rank() const override { return inner_.rank(); }
  int size() const override { return inner_.size(); }
  Status Send(int to, std::vector<uint8_t> bytes) override {
    const ServerMessage message = DecodeServerMessage(bytes).value();
    const bool tick = message.kind == ServerMessage::Kind::kTick && to == 0;
    if (tick && rank() == 0) {
      std::unique_lock lock(shared_.mutex);
      const uint64_t wanted = std::min<uint64_t>(message.step + shared_.bound + 1, kSteps - 1);
      shared_.changed.wait(lock, [&] { return shared_.asked >= wanted; });
      shared_.ended = message.step + 1;
    }
    return inner_.Send(to, std::move(bytes));
  }
  Result<Letter> Receive() override { return inner_.Receive(); }
  void Serve(Server server) override {
    if (!server || rank() != 0) return inner_.Serve(std::move(server));
    inner_.Serve([this, server = std::move(server)](const Letter& letter) {
      std::vector<Letter> answers = server(letter);
      const ServerMessage message = DecodeServerMessage(letter.bytes).value();
      const std::lock_guard lock(shared_.mutex);
      for (const Letter& answer : answers) {
        const ServerMessage decoded = DecodeServerMessage(answer.bytes).value();
        if (answer.peer != 1 || decoded.kind != ServerMessage::Kind::kValues || decoded.step == kSteps) continue;
        // Worker 0's tick may be noted a moment before the server has it.
        const uint64_t ahead = decoded.step - std::min(decoded.step, shared_.ended);
        shared_.most_ahead = std::max(shared_.most_ahead, ahead);
        shared_.broken = shared_.broken || ahead > shared_.bound;
      }
      if (letter.peer == 1 && message.kind == ServerMessage::Kind::kPull) {
        shared_.asked = message.step;
        shared_.changed.notify_all();
      }
      return answers;
    });
  }
  double Now() const override { return inner_.Now(); }
  double waited() const override { return inner_.waited(); }
  uint64_t bytes_sent() const override { return inner_.bytes_sent(); }

  static constexpr uint64_t kSteps = 8;   // of the one round

 private:
  Post& inner_;
  Shared& shared_;
};

TEST(ExchangeTrainerTest, AWorkerRunsAheadAsFarAsSspAllowsAndNoFurther) {
  for (const uint64_t bound : {0, 2}) {
    const std::shared_ptr<const Dataset> data = Reshard(MakeRowsForTests(64, 3, 2, false, 1), 2);
    const Settings values = Values({{"sync", "ssp:" + std::to_string(bound)}, {"lanes", "2"}, {"batch", "8"}, {"epochs", "1"}, {"round_steps", "1000"}});
    TrainingSetup setup;
    setup.make = ExchangeMaker(values, data->schema());
    setup.data = data;
    setup.shard_count = 2;
    InProcessGroup group(2);
    InProcessPost post(2);
    HeldPost::Shared shared;
    shared.bound = bound;
    const auto work = [&](int rank) {
      ThreadPool pool(1);
      HeldPost held(post.of(rank), shared);
      TrainingRank training(setup, pool);
      const Status entered = training.Enter(group.comm(rank), {0, 1}, nullptr, &held);
      EXPECT_TRUE(entered.ok()) << entered.ToString();
      const Result<StepReport> report = training.Step();
      EXPECT_TRUE(report.ok()) << report.status().ToString();
      if (report.ok()) EXPECT_TRUE(report.value().finished);
    };
    {
      std::jthread first(work, 0), second(work, 1);
    }
    EXPECT_FALSE(shared.broken);
    EXPECT_EQ(shared.most_ahead, bound);
  }
}

}  // namespace
}  // namespace tusk::ml
