// What the tracking URL of a training says.
#include "mlkit/job/master/training_status.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace tusk::ml {
namespace {

TrainingStatus::Point At(uint64_t step) {
  TrainingStatus::Point point;
  point.step = step;
  point.figures["loss"] = 1.0 / static_cast<double>(step);
  return point;
}

TEST(StepCurveTest, ALongTrainingIsThinnedAndItsNewestStepIsThere) {
  StepCurve<TrainingStatus::Point> curve(100);
  for (uint64_t step = 1; step <= 12345; ++step) {
    curve.Add(At(step));
    ASSERT_EQ(curve.points().back().step, step);
    ASSERT_LE(curve.points().size(), 100u);
  }
  EXPECT_EQ(curve.stride(), 128u);
  EXPECT_EQ(curve.points().front().step, 128u);
  for (size_t i = 0; i + 1 < curve.points().size(); ++i) EXPECT_EQ(curve.points()[i].step, 128 * (i + 1));
}

TEST(StepCurveTest, StepsThatAreMadeAgainReplaceTheFirstOnes) {
  StepCurve<TrainingStatus::Point> curve(100);
  for (const uint64_t step : {1, 2, 3, 4, 2, 3}) curve.Add(At(step));
  ASSERT_EQ(curve.points().size(), 3u);
  EXPECT_EQ(curve.points()[1].step, 2u);
  EXPECT_EQ(curve.points()[2].step, 3u);
}

TEST(TrainingStatusTest, TheJobNamesItsWorkersAndWhatStepsTakeThem) {
  ClusterTraining training;
  training.algorithm = "mlp";
  training.workers = 2;
  TrainingStatus status(training, 1000);
  for (uint64_t step = 1; step <= 100; ++step) {
    status.StepMade(At(step));
    status.WorkerStep("container_2", step, step <= 50 ? 1.0 : 3.0, 7);
  }
  TrainingStatus::Now now;
  now.state = "RUNNING";
  now.steps = 100;
  const auto json = nlohmann::json::parse(status.JobJson(now, {{"container_2", {"node:1", 0, 5, "JOINED"}}, {"container_3", {"node:2", -1, 0, "STARTING"}}}));
  const auto& job = json.at("job");
  EXPECT_EQ(job.at("algorithm"), "mlp");
  EXPECT_EQ(job.at("newest_step").at("figures").at("loss"), 0.01);
  ASSERT_EQ(job.at("workers").size(), 2u);
  EXPECT_EQ(job.at("workers")[0].at("mean_step_seconds"), 2.0);
  EXPECT_EQ(job.at("workers")[0].at("recent_step_seconds").size(), 64u);
  EXPECT_EQ(job.at("workers")[0].at("shards"), 5);
  EXPECT_TRUE(job.at("workers")[1].at("rank").is_null());
}

TEST(TrainingStatusTest, StepsAndEventsAreReadOnFromWhereTheReaderIs) {
  TrainingStatus status(ClusterTraining(), 0);
  for (uint64_t step = 1; step <= 3; ++step) status.StepMade(At(step));
  auto steps = nlohmann::json::parse(status.StepsJson(2));
  ASSERT_EQ(steps.at("steps").size(), 1u);
  EXPECT_EQ(steps.at("steps")[0].at("step"), 3);
  for (int i = 0; i < 1500; ++i) status.Happened(i, "event " + std::to_string(i));
  auto events = nlohmann::json::parse(status.EventsJson(0));
  EXPECT_EQ(events.at("events").size(), 1000u);
  EXPECT_EQ(events.at("events")[0].at("message"), "event 500");
  EXPECT_EQ(events.at("next"), 1500);
  EXPECT_TRUE(nlohmann::json::parse(status.EventsJson(1500)).at("events").empty());
}

TEST(TrainingStatusTest, AFigureThatIsToldNowAndThenStandsAtEveryLaterStep) {
  TrainingStatus status(ClusterTraining(), 0);
  status.StepMade(At(1));
  TrainingStatus::Point next;
  next.step = 2;
  next.figures["epoch"] = 0.5;
  status.StepMade(next);
  const auto steps = nlohmann::json::parse(status.StepsJson(1)).at("steps");
  EXPECT_EQ(steps[0].at("figures"), nlohmann::json({{"epoch", 0.5}, {"loss", 1.0}}));
}

TEST(TrainingStatusTest, FiguresThatAreNoNumbersAreNull) {
  TrainingStatus status(ClusterTraining(), 0);
  TrainingStatus::Point point = At(1);
  point.figures["loss"] = NAN;
  status.StepMade(point);
  EXPECT_TRUE(nlohmann::json::parse(status.StepsJson(0)).at("steps")[0].at("figures").at("loss").is_null());
}

}  // namespace
}  // namespace tusk::ml
