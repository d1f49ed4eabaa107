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
  double seconds = 0;               // of taking rows and computing gradients
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

  // `lane_rows` rows of each lane at rate `rate`, step `number` of the training; `last`: nothing that a codec left out stays behind.
  Status Step(WorkerContext& context, ParameterClient& client, size_t lane_rows, float rate, uint64_t number, bool last);
  WorkDone TakeWork() { return std::exchange(work_, {}); }
  std::vector<Lane>& lanes() { return lanes_; }

 private:
  size_t length() const { return shape_.length(); }
  bool drifts() const { return settings_.sync.kind != Consistency::kBsp; }
  bool merges() const { return drifts() || settings_.codec.codec != GradientCodec::kNone; }
  void TakeRows(const WorkerContext& context, size_t lane_rows);
  void FindKeys();
  Status Compute(WorkerContext& context, size_t lane_rows, float rate, uint64_t number);
  Status LocalSteps(WorkerContext& context, size_t lane_rows, float rate, uint64_t number);
  float WeightOf(const Lane& lane) const { return shape_.by_column ? lane.sparse.tail[shape_.width + 1] : lane.sum[length() + 1]; }
  LaneGradient Of(const Lane& lane);
  Status PushMerged(ParameterClient& client, float rate, size_t lane_count, bool last);

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
