// Goal: the status tells of each tensor how much is made and what it lost, of the whole how fast it goes and how long it takes, and of
// workers what they did, lost ones too. Method: a recipe of two tensors in three pieces, told by hand.
#include "quant/job/master/quant_status.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tusk::quant {
namespace {

constexpr TimePoint kStart{};
constexpr auto kSecond = std::chrono::seconds(1);

class TwoTensors final : public OutputRecipe {
 public:
  ByteView header() const override { return {}; }
  uint64_t size() const override { return 410; }
  const std::vector<Unit>& units() const override { return units_; }
  const std::vector<Tensor>& tensors() const override { return tensors_; }
  Status Run(size_t, UnitScratch&, MutableByteView) const override { return Status::Ok(); }

 private:
  std::vector<Unit> units_ = {{10, 100, 200}, {110, 100, 200}, {210, 200, 400}};
  std::vector<Tensor> tensors_ = {{"a", "Q4_K", {256, 8}, 200, 400, 0}, {"b", "Q8_0", {32, 8}, 200, 400, 2}};
};

struct Job {
  TwoTensors recipe;
  std::vector<Piece> pieces = {{0, 0, 0, 10}, {0, 1, 10, 100}, {1, 2, 110, 300}};
  PieceLedger ledger{{10, 100, 300}, {true, false, false}};
  JobFigures figures;
  QuantStatus status{recipe, pieces};

  nlohmann::json Tell(TimePoint now, const std::map<std::string, QuantStatus::Worker>& workers = {}) const {
    QuantStatus::Now about;
    about.type = "Q4_K_M";
    about.time = now;
    return nlohmann::json::parse(status.JobJson(about, ledger, figures, workers));
  }
};

TEST(QuantStatus, TensorsAreMadePieceByPiece) {
  Job job;
  job.status.WasMade(0);
  nlohmann::json told = job.Tell(kStart);
  EXPECT_EQ(told["tensors"][0]["state"], "waiting");
  EXPECT_EQ(told["tensors"][0]["shape"], (std::vector<int>{256, 8}));
  EXPECT_TRUE(told["bytesPerSecond"].is_null());
  ASSERT_EQ(job.ledger.Next("w", kStart), 1U);
  EXPECT_EQ(job.Tell(kStart)["tensors"][0]["state"], "running");
  ASSERT_TRUE(job.ledger.Done("w", 1, kStart + kSecond));
  job.status.Made("w", 1, {{0, {1, 100, 50}}}, kStart + kSecond, 1000);
  ASSERT_EQ(job.ledger.Next("w", kStart + kSecond), 2U);
  told = job.Tell(kStart + kSecond);
  EXPECT_EQ(told["tensors"][0]["done"], 0.5);
  EXPECT_EQ(told["tensors"][1]["state"], "running");
  EXPECT_DOUBLE_EQ(told["tensors"][0]["error"].get<double>(), 0.01);
  EXPECT_TRUE(told["tensors"][1]["error"].is_null());
  ASSERT_TRUE(job.ledger.Done("w", 2, kStart + 2 * kSecond));
  job.status.Made("w", 2, {{0, {2, 100, 50}}, {1, {0, 0, 10}}, {7, {1, 1, 1}}}, kStart + 2 * kSecond, 2000);
  told = job.Tell(kStart + 2 * kSecond);
  EXPECT_EQ(told["tensors"][0]["state"], "done");
  EXPECT_DOUBLE_EQ(told["tensors"][0]["error"].get<double>(), 0.015);
  EXPECT_EQ(told["tensors"][1]["error"], 0.0);
  EXPECT_EQ(told["bytesDone"], told["bytesTotal"]);
}

TEST(QuantStatus, SpeedIsOfWhatThisMasterSawAndEndsWithTheLastPiece) {
  Job job;
  job.status.Begun(kStart + kSecond, 1000);
  ASSERT_TRUE(job.ledger.Done("w", 1, kStart + 3 * kSecond));
  job.status.Made("w", 1, {}, kStart + 3 * kSecond, 3000);
  nlohmann::json told = job.Tell(kStart + 3 * kSecond);
  EXPECT_DOUBLE_EQ(told["bytesPerSecond"].get<double>(), 50);
  EXPECT_DOUBLE_EQ(told["secondsLeft"].get<double>(), 6);
  EXPECT_EQ(told["firstBegunAt"], 1000);
  EXPECT_EQ(told["firstMadeAt"], 3000);
  ASSERT_TRUE(job.ledger.Done("w", 2, kStart + 5 * kSecond));
  job.status.Made("w", 2, {}, kStart + 5 * kSecond, 5000);
  told = job.Tell(kStart + 500 * kSecond);
  EXPECT_DOUBLE_EQ(told["bytesPerSecond"].get<double>(), 100);
  EXPECT_DOUBLE_EQ(told["secondsLeft"].get<double>(), 0);
}

TEST(QuantStatus, WorkersHaveTheirPiecesAndTheirShare) {
  Job job;
  job.figures.Hear("w", {}, kStart);
  job.figures.Hear("w", {kSecond, kSecond, 5}, kStart + 2 * kSecond);
  ASSERT_TRUE(job.ledger.Done("w", 1, kStart + kSecond));
  job.status.Made("w", 1, {}, kStart + kSecond, 1000);
  const nlohmann::json told = job.Tell(kStart + 2 * kSecond, {{"w", {"node:1", "IDLE"}}, {"x", {"node:2", "ENDED"}}});
  EXPECT_EQ(told["workers"][0], (nlohmann::json{{"container", "w"}, {"node", "node:1"}, {"state", "IDLE"}, {"pieces", 1}, {"atWork", 0.5}}));
  EXPECT_EQ(told["workers"][1]["pieces"], 0);
  EXPECT_EQ(told["atWork"], 0.5);
}

}  // namespace
}  // namespace tusk::quant
