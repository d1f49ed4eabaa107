// TimedCommunicator: passes everything on and counts the time that a step spends with other ranks: the rest is this rank's own
// speed, by which shards are given out.
#pragma once

#include <type_traits>

#include "base/env/clock.h"
#include "mlkit/collectives/communicator.h"

namespace tusk::ml {

class TimedCommunicator final : public Communicator {
 public:
  TimedCommunicator(Communicator& inner, const Clock& clock) : inner_(inner), clock_(clock) {}
  int rank() const override { return inner_.rank(); }
  int size() const override { return inner_.size(); }
  Status AllReduceSum(std::span<float> values) override { return Timed([&] { return inner_.AllReduceSum(values); }); }
  Status AllReduceSum(std::span<double> values) override { return Timed([&] { return inner_.AllReduceSum(values); }); }
  Status AllReduceSum(std::span<int64_t> values) override { return Timed([&] { return inner_.AllReduceSum(values); }); }
  Status AllReduceSum(std::span<int32_t> values) override { return Timed([&] { return inner_.AllReduceSum(values); }); }
  Status AllReduceMax(std::span<double> values) override { return Timed([&] { return inner_.AllReduceMax(values); }); }
  Status ReduceScatterSum(std::span<int64_t> values, std::span<const size_t> parts) override {
    return Timed([&] { return inner_.ReduceScatterSum(values, parts); });
  }
  Status AllGatherParts(MutableByteView bytes, std::span<const size_t> parts) override {
    return Timed([&] { return inner_.AllGatherParts(bytes, parts); });
  }
  Result<std::vector<std::vector<uint8_t>>> AllGather(ByteView mine) override {
    return Timed([&] { return inner_.AllGather(mine); });
  }
  Result<std::vector<std::vector<uint8_t>>> AllToAll(std::span<const ByteView> to_each) override {
    return Timed([&] { return inner_.AllToAll(to_each); });
  }
  Status Broadcast(std::vector<uint8_t>& bytes, int root) override { return Timed([&] { return inner_.Broadcast(bytes, root); }); }
  Status Barrier() override { return Timed([&] { return inner_.Barrier(); }); }
  uint64_t bytes_sent() const override { return inner_.bytes_sent(); }
  Duration spent() const { return spent_; }

 private:
  template <typename Call>
  std::invoke_result_t<Call> Timed(Call call) {
    const TimePoint begin = clock_.Now();
    std::invoke_result_t<Call> result = call();
    spent_ += clock_.Now() - begin;
    return result;
  }

  Communicator& inner_;
  const Clock& clock_;
  Duration spent_{};
};

}  // namespace tusk::ml
