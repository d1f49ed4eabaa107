// AllReduceExchange: every rank has the whole table; a tick sums the lanes' gradients over the communicator and steps on all ranks alike.
#pragma once

#include "mlkit/parameter_server/gradient_exchange.h"
#include "mlkit/parameter_server/lane_sum.h"
#include "mlkit/parameter_server/parameter_table.h"

namespace tusk::ml {

class AllReduceExchange final : public GradientExchange {
 public:
  AllReduceExchange(Communicator& comm, const TableSettings& settings, uint32_t keys, size_t lanes)
      : comm_(comm), width_(settings.width), table_(settings, 0, keys), sum_(lanes, table_.length()) {}

  Status Pull(std::span<const uint32_t> keys, std::span<float> values) override {
    if (keys.empty()) {
      std::copy(table_.values().begin(), table_.values().end(), values.begin());
    } else {
      table_.Read(keys, values);
    }
    return Status::Ok();
  }
  Status Push(const LaneGradient& gradient, float) override {
    const std::span<float> into = sum_.Of(gradient.lane, gradient.weight);
    if (gradient.keys.empty()) std::copy(gradient.values.begin(), gradient.values.end(), into.begin());
    for (size_t i = 0; i < gradient.keys.size(); ++i) {
      std::copy_n(gradient.values.data() + i * width_, width_, into.data() + gradient.keys[i] * width_);
    }
    return Status::Ok();
  }
  Status Tick(float rate) override {
    std::vector<float> mean;
    ASSIGN_OR_RETURN(const bool rows, sum_.TakeMean(comm_, false, mean));
    if (rows) table_.DenseStep(rate, mean);
    return Status::Ok();
  }

 private:
  Communicator& comm_;
  size_t width_;
  ParameterTable table_;
  LaneSum sum_;
};

}  // namespace tusk::ml
