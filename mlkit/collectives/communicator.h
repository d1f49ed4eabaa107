// Communicator: what the ranks of one membership can say to each other. SPMD: all ranks make the same calls with the same
// sizes in the same order. A call that cannot end because a rank was lost, or because the membership has a new epoch, fails on
// all ranks with kCancelled within a second; nothing waits without a deadline. Sums here depend on the number of
// ranks in their last bits: for results that must not, use shard_sum.h, or integers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::ml {

class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  // In place; the result is bit-identical on all ranks.
  virtual Status AllReduceSum(std::span<float> values) = 0;
  virtual Status AllReduceSum(std::span<double> values) = 0;
  virtual Status AllReduceSum(std::span<int64_t> values) = 0;
  virtual Status AllReduceSum(std::span<int32_t> values) = 0;
  virtual Status AllReduceMax(std::span<double> values) = 0;
  // Each rank ends with the sum of its own part: part r is [parts[r], parts[r + 1]) of `values` (parts has size() + 1
  // offsets); the rest of `values` is undefined afterwards.
  virtual Status ReduceScatterSum(std::span<int64_t> values, std::span<const size_t> parts) = 0;
  // The inverse: every rank's part to everybody.
  virtual Status AllGatherParts(MutableByteView bytes, std::span<const size_t> parts) = 0;
  // What each rank gave, by rank; sizes may differ.
  virtual Result<std::vector<std::vector<uint8_t>>> AllGather(ByteView mine) = 0;
  // to_each[r] goes to rank r (its own comes back as it is); what each rank gave to this one, by rank.
  virtual Result<std::vector<std::vector<uint8_t>>> AllToAll(std::span<const ByteView> to_each) = 0;
  virtual Status Broadcast(std::vector<uint8_t>& bytes, int root) = 0;
  virtual Status Barrier() = 0;

  // Bytes that this rank has sent so far, for reports.
  virtual uint64_t bytes_sent() const = 0;
};

// A membership of one.
class LocalCommunicator final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  Status AllReduceSum(std::span<float>) override { return Status::Ok(); }
  Status AllReduceSum(std::span<double>) override { return Status::Ok(); }
  Status AllReduceSum(std::span<int64_t>) override { return Status::Ok(); }
  Status AllReduceSum(std::span<int32_t>) override { return Status::Ok(); }
  Status AllReduceMax(std::span<double>) override { return Status::Ok(); }
  Status ReduceScatterSum(std::span<int64_t>, std::span<const size_t>) override { return Status::Ok(); }
  Status AllGatherParts(MutableByteView, std::span<const size_t>) override { return Status::Ok(); }
  Result<std::vector<std::vector<uint8_t>>> AllGather(ByteView mine) override {
    std::vector<std::vector<uint8_t>> all;
    all.emplace_back(mine.begin(), mine.end());
    return all;
  }
  Result<std::vector<std::vector<uint8_t>>> AllToAll(std::span<const ByteView> to_each) override {
    return AllGather(to_each[0]);
  }
  Status Broadcast(std::vector<uint8_t>&, int) override { return Status::Ok(); }
  Status Barrier() override { return Status::Ok(); }
  uint64_t bytes_sent() const override { return 0; }
};

}  // namespace tusk::ml
