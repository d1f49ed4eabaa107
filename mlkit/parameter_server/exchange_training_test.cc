// Trainings over exchanges: equal bits for all-reduce and BSP on any number of workers and servers, convergence with every
// consistency and codec.
#include "mlkit/parameter_server/exchange_training.h"

#include <gtest/gtest.h>

#include <thread>

#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/parameter_server/all_reduce_exchange.h"
#include "mlkit/parameter_server/parameter_client.h"
#include "mlkit/parameter_server/testing/in_process_servers.h"
#include "mlkit/sgd/linear_testing.h"
#include "mlkit/testing/in_process_group.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

constexpr size_t kLanes = 6;

struct Plan {
  int workers = 1;
  size_t servers = 1;              // 0: all-reduce
  std::string sync = "bsp", codec = "none";
};

struct Outcome {
  Status status;
  std::vector<float> weights = {};
  std::vector<uint8_t> model = {};      // bytes of its bundle
  double first_loss = 0, last_loss = 0;
  uint64_t bytes = 0, lists = 0;
};

Outcome Train(const std::shared_ptr<const Dataset>& source, const Settings& values, const Plan& plan) {
  const std::shared_ptr<const Dataset> data = Reshard(source, kLanes);
  Parameters parameters(values);
  const LinearSettings settings = ReadLinearSettings("logistic", parameters, data->schema()).value();
  Outcome outcome;
  const Result<TableSettings> table = TableSettingsOf(settings, data->schema());
  if (!table.ok()) return {.status = table.status()};
  const auto keys = static_cast<uint32_t>(data->schema().columns + 1);
  const ServerSettings server_settings = {table.value(), ParseSyncMode(plan.sync).value(), plan.workers, kLanes, KeyLayout::Even(7, keys, std::max<size_t>(1, plan.servers))};
  InProcessServers servers(server_settings);
  InProcessGroup group(plan.workers);
  std::vector<Outcome> outcomes(static_cast<size_t>(plan.workers));
  const auto work = [&](int rank) {
    ThreadPool pool(1);
    WorkerContext context;
    context.comm = &group.comm(rank);
    context.pool = &pool;
    context.schema = &data->schema();
    context.shard_count = kLanes;
    context.seed = 3;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      context.owner_of_shard.push_back(static_cast<int>(lane % static_cast<size_t>(plan.workers)));
      if (context.owner_of_shard.back() == rank) context.shards.push_back({lane, data->LoadShared(lane).value()});
    }
    std::unique_ptr<GradientExchange> exchange;
    ParameterClient* client = nullptr;
    if (plan.servers == 0) {
      exchange = std::make_unique<AllReduceExchange>(*context.comm, table.value(), keys, kLanes);
    } else {
      auto made = std::make_unique<ParameterClient>(server_settings.layout, table.value().width, rank, ParseCodecChoice(plan.codec).value(), servers.post(rank));
      client = made.get();
      exchange = std::move(made);
    }
    Outcome& own = outcomes[static_cast<size_t>(rank)];
    const Result<std::vector<double>> losses = TrainLinearByExchange(context, settings, *exchange);
    own.status = losses.status();
    // All have ended their last step before anybody reads the weights.
    if (own.status.ok()) own.status = context.comm->Barrier();
    own.weights.resize(keys * table.value().width);
    if (own.status.ok()) own.status = exchange->Pull({}, own.weights);
    if (!own.status.ok()) {
      group.Cancel();
      servers.Cancel();
      return;
    }
    own.first_loss = losses.value().front();
    own.last_loss = losses.value().back();
    if (client != nullptr) own.bytes = client->bytes_sent(), own.lists = client->key_lists_sent();
  };
  {
    std::vector<std::jthread> threads;
    for (int rank = 0; rank < plan.workers; ++rank) threads.emplace_back(work, rank);
  }
  for (const Outcome& one : outcomes) {
    if (!one.status.ok()) return one;
  }
  outcomes[0].model = LinearModelOf(settings, data->schema(), outcomes[0].weights)->Save().Encode();
  return outcomes[0];
}

Settings Values(const std::string& optimizer, const std::string& rate) {
  return {{"optimizer", optimizer}, {"learning_rate", rate}, {"epochs", "4"}, {"batch", "48"}, {"lanes", std::to_string(kLanes)}, {"l2", "0.001"}};
}

TEST(ExchangeTrainingTest, BspHasTheBitsOfAllReduceForAnyWorkersAndServers) {
  for (const bool sparse : {false, true}) {
    const std::shared_ptr<const Dataset> data = MakeRowsForTests(400, 11, 2, sparse, 3);
    const Outcome reference = Train(data, Values("momentum", "0.1"), {1, 0});
    ASSERT_TRUE(reference.status.ok()) << reference.status.ToString();
    for (const Plan& plan : {Plan{3, 0}, Plan{1, 1}, Plan{1, 3}, Plan{2, 2}, Plan{5, 4}, Plan{3, 1, "ssp:0"}}) {
      const Outcome outcome = Train(data, Values("momentum", "0.1"), plan);
      ASSERT_TRUE(outcome.status.ok()) << outcome.status.ToString();
      if (plan.sync == "bsp") EXPECT_EQ(outcome.weights, reference.weights) << plan.workers << " workers, " << plan.servers << " servers";
    }
  }
}

TEST(ExchangeTrainingTest, BspOnDenseRowsHasTheBitsOfTheMinibatchTrainer) {
  const std::shared_ptr<const Dataset> data = MakeRowsForTests(400, 11, 2, false, 3);
  for (const char* optimizer : {"sgd", "adam", "ftrl"}) {
    const Settings values = Values(optimizer, "0.05");
    const Outcome outcome = Train(data, values, {2, 3});
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.ToString();
    InProcessPlan plan;
    plan.seed = 3;
    const auto trained = TrainInProcess(Maker("logistic", values, data->schema()), data, plan);
    ASSERT_TRUE(trained.ok()) << trained.status().ToString();
    EXPECT_EQ(outcome.model, trained.value().bytes) << optimizer;
  }
}

TEST(ExchangeTrainingTest, EveryConsistencyAndCodecLearns) {
  for (const bool sparse : {false, true}) {
    const std::shared_ptr<const Dataset> data = MakeRowsForTests(400, 11, 2, sparse, 3);
    const double wanted = Train(data, Values("sgd", "0.3"), {3, 2}).last_loss;
    for (const char* sync : {"bsp", "ssp:2", "asp"}) {
      for (const char* codec : {"none", "fp16", "int8", "topk:0.3"}) {
        const Outcome outcome = Train(data, Values("sgd", "0.3"), {3, 2, sync, codec});
        ASSERT_TRUE(outcome.status.ok()) << sync << " " << codec << ": " << outcome.status.ToString();
        EXPECT_LT(outcome.last_loss, outcome.first_loss) << sync << " " << codec;
        EXPECT_LT(outcome.last_loss, wanted * 1.3 + 0.02) << sync << " " << codec << (sparse ? " sparse" : " dense");
      }
    }
  }
}

TEST(ExchangeTrainingTest, CodecsSaveBytesAndEqualKeyListsTravelOnce) {
  const std::shared_ptr<const Dataset> wide = MakeRowsForTests(60, 600, 2, false, 2);
  const uint64_t plain = Train(wide, Values("sgd", "0.01"), {2, 2}).bytes;
  EXPECT_LT(Train(wide, Values("sgd", "0.01"), {2, 2, "bsp", "fp16"}).bytes, plain * 6 / 10);
  EXPECT_LT(Train(wide, Values("sgd", "0.01"), {2, 2, "bsp", "topk:0.05"}).bytes, plain * 3 / 10);
  Settings one_batch = Values("sgd", "0.01");
  one_batch["batch"] = "10000";  // the same rows in each step
  const std::shared_ptr<const Dataset> sparse = MakeRowsForTests(60, 200, 2, true, 2);
  one_batch["epochs"] = "2";
  const uint64_t lists = Train(sparse, one_batch, {2, 2}).lists;
  one_batch["epochs"] = "9";
  EXPECT_EQ(Train(sparse, one_batch, {2, 2}).lists, lists);
}

TEST(ExchangeTrainingTest, WhatNeedsAllWeightsInOnePlaceIsRefused) {
  const std::shared_ptr<const Dataset> data = MakeRowsForTests(60, 3, 2, false, 2);
  for (const char* optimizer : {"svrg", "newton"}) EXPECT_EQ(Train(data, Values(optimizer, "0.1"), {}).status.code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace tusk::ml
