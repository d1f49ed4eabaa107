// LinkCommunicator: the collectives over a Link. All-reduce is recursive doubling for small arrays (fewest rounds), recursive
// halving and doubling for middle ones on a power of two of ranks, a ring for large ones; the result's element is computed
// along one tree of additions, on one rank or with commutative operands, so that all ranks have equal bits.
#pragma once

#include "mlkit/collectives/communicator.h"
#include "mlkit/collectives/link.h"

namespace tusk::ml {

struct CollectiveLimits {
  size_t doubling_bytes_max = 32 << 10;   // all-reduce up to this: recursive doubling
  size_t halving_bytes_max = 1 << 20;     // up to this: halving and doubling; above: ring
};

class LinkCommunicator final : public Communicator {
 public:
  explicit LinkCommunicator(Link& link, CollectiveLimits limits = {}) : link_(link), limits_(limits) {}
  int rank() const override { return link_.rank(); }
  int size() const override { return link_.size(); }
  Status AllReduceSum(std::span<float> values) override;
  Status AllReduceSum(std::span<double> values) override;
  Status AllReduceSum(std::span<int64_t> values) override;
  Status AllReduceSum(std::span<int32_t> values) override;
  Status AllReduceMax(std::span<double> values) override;
  Status ReduceScatterSum(std::span<int64_t> values, std::span<const size_t> parts) override;
  Status AllGatherParts(MutableByteView bytes, std::span<const size_t> parts) override;
  Result<std::vector<std::vector<uint8_t>>> AllGather(ByteView mine) override;
  Result<std::vector<std::vector<uint8_t>>> AllToAll(std::span<const ByteView> to_each) override;
  Status Broadcast(std::vector<uint8_t>& bytes, int root) override;
  Status Barrier() override;
  uint64_t bytes_sent() const override { return link_.bytes_sent(); }

 private:
  template <typename T, typename Operation>
  Status AllReduce(std::span<T> values, uint32_t operation);
  template <typename T, typename Operation>
  Status DoublingAllReduce(std::span<T> values, const MessageTag& tag);
  template <typename T, typename Operation>
  Status HalvingAllReduce(std::span<T> values, const MessageTag& tag);
  template <typename T, typename Operation>
  Status RingAllReduce(std::span<T> values, const MessageTag& tag);
  MessageTag NextTag(uint32_t operation) { return {++sequence_, operation}; }
  Status CheckParts(std::span<const size_t> parts, size_t length) const;

  Link& link_;
  const CollectiveLimits limits_;
  uint64_t sequence_ = 0;
};

}  // namespace tusk::ml
