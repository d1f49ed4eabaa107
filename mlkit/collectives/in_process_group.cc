// Every collective is one exchange of bytes between all ranks, and arithmetic on what came, in the order of ranks.
#include "mlkit/collectives/in_process_group.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string>

namespace tusk::ml {

using Everybody = std::shared_ptr<const std::vector<std::vector<uint8_t>>>;

struct InProcessGroup::Impl {
  Impl(int ranks, std::optional<PlannedLoss> planned)
      : size(static_cast<size_t>(ranks)), loss(planned), given(size), calls(size) {}

  Status Cancelled() const { return Status(Code::kCancelled, "the membership changed"); }

  // What all ranks gave. `call` describes the call; it has to be the same on all ranks.
  Result<Everybody> Exchange(size_t rank, std::string call, ByteView mine) {
    std::unique_lock lock(mutex);
    if (cancelled) return Cancelled();
    const bool planned = loss && loss->call == generation;
    if (planned && !loss->after && static_cast<int>(rank) == loss->rank) {
      lost = cancelled = true;
      changed.notify_all();
      return Cancelled();
    }
    given[rank].assign(mine.begin(), mine.end());
    calls[rank] = std::move(call);
    const uint64_t my_generation = generation;
    if (++arrived == size) {
      const bool same = std::all_of(calls.begin(), calls.end(), [&](const auto& other) { return other == calls[0]; });
      if (!same) differ = "ranks make different calls: " + calls[0] + " and " + *std::find_if(calls.begin(), calls.end(), [&](const auto& other) { return other != calls[0]; });
      result = std::make_shared<const std::vector<std::vector<uint8_t>>>(given);
      arrived = 0;
      ++generation;
      if (planned) lost = cancelled = true;
      changed.notify_all();
    } else if (!changed.wait_for(lock, std::chrono::seconds(60), [&] { return generation != my_generation || cancelled; })) {
      return Status(Code::kTimedOut, "rank " + std::to_string(rank) + " waited a minute for the others in " + calls[rank]);
    }
    if (!differ.empty()) return Status(Code::kInternal, differ);
    if (generation == my_generation) return Cancelled();
    if (planned && static_cast<int>(rank) >= loss->rank) return Cancelled();
    return result;
  }

  const size_t size;
  const std::optional<PlannedLoss> loss;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::vector<uint8_t>> given;  // by rank, of the call that is gathering
  std::vector<std::string> calls;
  size_t arrived = 0;
  uint64_t generation = 0;  // completed calls
  bool cancelled = false, lost = false;
  std::string differ;
  Everybody result;  // of the last completed call; nobody enters the next one before all have left this one's wait
};

namespace {

class InProcessCommunicator final : public Communicator {
 public:
  InProcessCommunicator(InProcessGroup::Impl& group, int rank) : group_(group), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(group_.size); }

  Status AllReduceSum(std::span<float> values) override { return Reduce("AllReduceSum float", values, Plus<float>); }
  Status AllReduceSum(std::span<double> values) override { return Reduce("AllReduceSum double", values, Plus<double>); }
  Status AllReduceSum(std::span<int64_t> values) override { return Reduce("AllReduceSum int64", values, Plus<int64_t>); }
  Status AllReduceSum(std::span<int32_t> values) override { return Reduce("AllReduceSum int32", values, Plus<int32_t>); }
  Status AllReduceMax(std::span<double> values) override {
    return Reduce("AllReduceMax", values, [](double a, double b) { return a < b ? b : a; });
  }
  Status ReduceScatterSum(std::span<int64_t> values, std::span<const size_t> parts) override {
    RETURN_IF_ERROR(CheckParts(parts, values.size()));
    std::vector<int64_t> sum(values.begin(), values.end());
    RETURN_IF_ERROR(Reduce("ReduceScatterSum" + Describe(parts), std::span(sum), Plus<int64_t>));
    std::fill(values.begin(), values.end(), int64_t{-1});  // undefined, so that nobody uses it
    const auto mine = static_cast<size_t>(rank_);
    std::copy(sum.begin() + static_cast<ptrdiff_t>(parts[mine]), sum.begin() + static_cast<ptrdiff_t>(parts[mine + 1]),
              values.begin() + static_cast<ptrdiff_t>(parts[mine]));
    return Status::Ok();
  }
  Status AllGatherParts(MutableByteView bytes, std::span<const size_t> parts) override {
    RETURN_IF_ERROR(CheckParts(parts, bytes.size()));
    ASSIGN_OR_RETURN(const Everybody all, Exchange("AllGatherParts" + Describe(parts), bytes));
    for (size_t r = 0; r < all->size(); ++r) {
      if (parts[r + 1] > parts[r]) std::memcpy(bytes.data() + parts[r], (*all)[r].data() + parts[r], parts[r + 1] - parts[r]);
    }
    return Status::Ok();
  }
  Result<std::vector<std::vector<uint8_t>>> AllGather(ByteView mine) override {
    ASSIGN_OR_RETURN(const Everybody all, Exchange("AllGather", mine));
    return *all;
  }
  Result<std::vector<std::vector<uint8_t>>> AllToAll(std::span<const ByteView> to_each) override {
    if (to_each.size() != group_.size) return Status(Code::kInvalidArgument, "AllToAll wants one part for each rank");
    std::vector<uint8_t> flat(8 * to_each.size());
    for (size_t r = 0; r < to_each.size(); ++r) {
      const uint64_t length = to_each[r].size();
      std::memcpy(flat.data() + 8 * r, &length, 8);
      flat.insert(flat.end(), to_each[r].begin(), to_each[r].end());
    }
    ASSIGN_OR_RETURN(const Everybody all, Exchange("AllToAll", flat));
    std::vector<std::vector<uint8_t>> mine;
    for (const std::vector<uint8_t>& given : *all) {
      size_t at = 8 * group_.size;
      for (int r = 0; r < rank_; ++r) at += LengthAt(given, r);
      const auto begin = given.begin() + static_cast<ptrdiff_t>(at);
      mine.emplace_back(begin, begin + static_cast<ptrdiff_t>(LengthAt(given, rank_)));
    }
    return mine;
  }
  Status Broadcast(std::vector<uint8_t>& bytes, int root) override {
    if (root < 0 || root >= size()) return Status(Code::kInvalidArgument, "no rank " + std::to_string(root));
    ASSIGN_OR_RETURN(const Everybody all, Exchange("Broadcast from " + std::to_string(root), rank_ == root ? ByteView(bytes) : ByteView()));
    bytes = (*all)[static_cast<size_t>(root)];
    return Status::Ok();
  }
  Status Barrier() override {
    RETURN_IF_ERROR(Exchange("Barrier", {}));
    return Status::Ok();
  }
  uint64_t bytes_sent() const override { return sent_; }

 private:
  template <typename T>
  static T Plus(T a, T b) { return a + b; }

  static uint64_t LengthAt(const std::vector<uint8_t>& flat, int rank) {
    uint64_t length = 0;
    std::memcpy(&length, flat.data() + 8 * static_cast<size_t>(rank), 8);
    return length;
  }
  static std::string Describe(std::span<const size_t> parts) {
    std::string text;
    for (size_t part : parts) text += " " + std::to_string(part);
    return text;
  }
  Status CheckParts(std::span<const size_t> parts, size_t length) const {
    if (parts.size() != group_.size + 1 || parts.front() > parts.back() || parts.back() > length ||
        !std::is_sorted(parts.begin(), parts.end())) {
      return Status(Code::kInvalidArgument, "parts do not fit " + std::to_string(length) + " values on " +
                                                std::to_string(group_.size) + " ranks");
    }
    return Status::Ok();
  }
  Result<Everybody> Exchange(std::string call, ByteView mine) {
    if (size() > 1) sent_ += mine.size();
    return group_.Exchange(static_cast<size_t>(rank_), std::move(call), mine);
  }
  template <typename T, typename Operation>
  Status Reduce(std::string call, std::span<T> values, Operation operation) {
    call += " of " + std::to_string(values.size());
    ASSIGN_OR_RETURN(const Everybody all, Exchange(std::move(call), {reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()}));
    std::vector<T> other(values.size());
    for (size_t r = 0; r < all->size(); ++r) {
      if (!values.empty()) std::memcpy(other.data(), (*all)[r].data(), values.size_bytes());
      for (size_t i = 0; i < values.size(); ++i) values[i] = r == 0 ? other[i] : operation(values[i], other[i]);
    }
    return Status::Ok();
  }

  InProcessGroup::Impl& group_;
  const int rank_;
  uint64_t sent_ = 0;
};

}  // namespace

InProcessGroup::InProcessGroup(int ranks, std::optional<PlannedLoss> loss) : impl_(std::make_unique<Impl>(ranks, loss)) {
  for (int rank = 0; rank < ranks; ++rank) comms_.push_back(std::make_unique<InProcessCommunicator>(*impl_, rank));
}
InProcessGroup::~InProcessGroup() = default;

Communicator& InProcessGroup::comm(int rank) { return *comms_[static_cast<size_t>(rank)]; }

void InProcessGroup::Cancel() {
  std::lock_guard lock(impl_->mutex);
  impl_->cancelled = true;
  impl_->changed.notify_all();
}

bool InProcessGroup::loss_happened() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->lost;
}

}  // namespace tusk::ml
