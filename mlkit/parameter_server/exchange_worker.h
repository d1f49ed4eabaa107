// ExchangeWorker: the steps of one worker in a round: takes rows of its lanes, pulls weights, pushes gradients. With codecs and where
// workers drift apart (SSP, ASP) its lanes leave as one gradient a step; else lane by lane, so that BSP adds them up in the fixed tree.
#pragma once

#include <span>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/parameter_server/exchange_settings.h"
#include "mlkit/parameter_server/local_lane.h"
#include "mlkit/parameter_server/parameter_client.h"
#include "mlkit/sgd/lane_model.h"

namespace tusk::ml {

// How far a lane's rows have been taken. Under BSP all lanes begin an epoch together; else each goes round on its own.
struct LanePlace {
  uint64_t epoch = 0;
  uint64_t row = 0;
};

// Of one worker in one round.
struct WorkDone {
  double loss = 0, weight = 0;      // sums over its rows
  double rows = 0;
};

class ExchangeWorker {
 public:
  struct Lane : GradientLane {
    LanePlace place;
    std::span<const uint32_t> now = {};     // rows of this step
    LocalLane local = {};                   // with local_steps
  };

  // Both live longer.
  ExchangeWorker(const ExchangeSettings& settings, LaneModel& model, std::vector<Lane> lanes);

  struct StepPlan {
    size_t lane_rows = 1;      // of each lane
    float rate = 0;
    uint64_t number = 0;       // in the training
    uint16_t steps = 1;        // that it counts as, each at `rate`
    bool last = false;         // nothing that a codec left out stays behind
  };
  Status Step(WorkerContext& context, ParameterClient& client, const StepPlan& plan);
  WorkDone TakeWork() { return std::exchange(work_, {}); }
  std::vector<Lane>& lanes() { return lanes_; }

 private:
  size_t length() const { return shape_.length(); }
  bool drifts() const { return settings_.sync.kind != Consistency::kBsp; }
  bool merges() const { return drifts() || settings_.codec.codec != GradientCodec::kNone; }
  void TakeRows(const WorkerContext& context, size_t lane_rows);
  void FindKeys();
  Status Compute(WorkerContext& context, const StepPlan& plan);
  Status LocalSteps(WorkerContext& context, const StepPlan& plan);
  float WeightOf(const Lane& lane) const { return shape_.by_column ? lane.sparse.tail[shape_.width + 1] : lane.sum[length() + 1]; }
  LaneGradient Of(const Lane& lane);
  Status PushMerged(ParameterClient& client, const StepPlan& plan, size_t lane_count);

  const ExchangeSettings& settings_;
  LaneModel& model_;
  const ModelShape& shape_;
  std::vector<float> parameters_;           // as pulled; by column: where the step's rows have entries
  std::vector<Lane> lanes_;
  WorkDone work_;
  std::vector<uint32_t> keys_;              // of this step's rows; empty: all
  std::vector<uint32_t> place_of_column_;   // in keys_
  std::vector<uint32_t> lane_keys_;
  std::vector<size_t> order_;
  std::vector<float> values_;               // what is pulled, or pushed
};

}  // namespace tusk::ml
