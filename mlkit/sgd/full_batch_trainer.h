// FullBatchTrainer: what trainers on all rows share: which rows they see, the agreement on them at the start, and going on from a state.
#pragma once

#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/sgd/linear_settings.h"
#include "mlkit/sgd/training_rows.h"

namespace tusk::ml {

class FullBatchTrainer : public Algorithm {
 public:
  size_t WantedShards() const final { return settings_.lanes; }
  Status Start(WorkerContext& context, const Bundle* state) final {
    schema_ = *context.schema;
    outputs_ = settings_.OutputsFor(schema_);
    if (state == nullptr) {
      ASSIGN_OR_RETURN(totals_, AgreeOnRows(context, row_settings_));
      Begin();
    } else {
      ASSIGN_OR_RETURN(totals_, RowTotals::LoadFrom(*state, schema_.classes));
      RETURN_IF_ERROR(Restore(*state));
    }
    return ShardsChanged(context);
  }
  Status ShardsChanged(WorkerContext& context) final {
    shards_ = PrepareRows(context, row_settings_, totals_);
    return Status::Ok();
  }

 protected:
  explicit FullBatchTrainer(LinearSettings settings)
      : settings_(std::move(settings)),
        row_settings_{settings_.loss->classifies(), settings_.balanced, settings_.class_weights, settings_.validation_fraction} {}

  virtual void Begin() = 0;                           // the first state
  virtual Status Restore(const Bundle& state) = 0;    // all but totals_

  size_t parameter_count() const { return (schema_.columns + 1) * outputs_; }
  Status BadState() const {
    return Status(Code::kCorruption, "the state is not one of " + settings_.algorithm + " on this data");
  }

  const LinearSettings settings_;
  Schema schema_;
  size_t outputs_ = 1;
  RowTotals totals_;
  std::vector<ShardRows> shards_;

 private:
  const RowSettings row_settings_;
};

}  // namespace tusk::ml
