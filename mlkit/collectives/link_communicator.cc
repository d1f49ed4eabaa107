// Collectives as exchanges between pairs of ranks.
#include "mlkit/collectives/link_communicator.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace tusk::ml {
namespace {

enum Operation : uint32_t {
  kSumFloat = 1, kSumDouble, kSumInt64, kSumInt32, kMaxDouble, kReduceScatter, kGatherParts, kGather, kToAll, kBroadcast, kBarrier
};

template <typename T>
struct Plus {
  static void Apply(T& into, T other) { into += other; }
};
template <typename T>
struct Largest {
  static void Apply(T& into, T other) {
    if (into < other) into = other;
  }
};

template <typename T>
ByteView BytesOf(std::span<const T> values) {
  return {reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()};
}
template <typename T>
MutableByteView MutableBytesOf(std::span<T> values) {
  return {reinterpret_cast<uint8_t*>(values.data()), values.size_bytes()};
}

// An inbox that combines what comes with `into`.
template <typename T, typename Operation>
Inbox Combining(std::span<T> into) {
  Inbox in;
  in.consume_length = into.size_bytes();
  in.consume = [into](size_t at, ByteView piece) {
    T* target = into.data() + at / sizeof(T);
    const size_t count = piece.size() / sizeof(T);
    for (size_t i = 0; i < count; ++i) {  // from where it lies, whatever its alignment; compilers make vectors of this
      T other;
      std::memcpy(&other, piece.data() + i * sizeof(T), sizeof(T));
      Operation::Apply(target[i], other);
    }
  };
  return in;
}

Inbox Exactly(MutableByteView bytes) {
  Inbox in;
  in.exact = bytes;
  return in;
}

Inbox AnyLength(std::vector<uint8_t>& bytes) {
  Inbox in;
  in.any_length = &bytes;
  return in;
}

// Where part `part` of `parts` equal parts of `length` elements begins.
size_t PartStart(size_t length, size_t parts, size_t part) { return length / parts * part + std::min(length % parts, part); }

}  // namespace

Status LinkCommunicator::AllReduceSum(std::span<float> values) { return AllReduce<float, Plus<float>>(values, kSumFloat); }
Status LinkCommunicator::AllReduceSum(std::span<double> values) { return AllReduce<double, Plus<double>>(values, kSumDouble); }
Status LinkCommunicator::AllReduceSum(std::span<int64_t> values) { return AllReduce<int64_t, Plus<int64_t>>(values, kSumInt64); }
Status LinkCommunicator::AllReduceSum(std::span<int32_t> values) { return AllReduce<int32_t, Plus<int32_t>>(values, kSumInt32); }
Status LinkCommunicator::AllReduceMax(std::span<double> values) { return AllReduce<double, Largest<double>>(values, kMaxDouble); }

template <typename T, typename Operation>
Status LinkCommunicator::AllReduce(std::span<T> values, uint32_t operation) {
  const MessageTag tag = NextTag(operation);
  if (size() == 1) return Status::Ok();
  if (values.size_bytes() <= limits_.doubling_bytes_max) return DoublingAllReduce<T, Operation>(values, tag);
  const bool power = std::has_single_bit(static_cast<unsigned>(size()));
  if (power && values.size_bytes() <= limits_.halving_bytes_max) return HalvingAllReduce<T, Operation>(values, tag);
  return RingAllReduce<T, Operation>(values, tag);
}

// The ranks beyond the largest power of two give their values to a partner first and get the result at the end.
template <typename T, typename Operation>
Status LinkCommunicator::DoublingAllReduce(std::span<T> values, const MessageTag& tag) {
  const int power = static_cast<int>(std::bit_floor(static_cast<unsigned>(size())));
  const int beyond = size() - power;
  if (rank() >= power) {
    RETURN_IF_ERROR(link_.Exchange(tag, rank() - power, BytesOf<T>(values), Link::kNobody, {}));
    return link_.Exchange(tag, Link::kNobody, {}, rank() - power, Exactly(MutableBytesOf(values)));
  }
  if (rank() < beyond) RETURN_IF_ERROR(link_.Exchange(tag, Link::kNobody, {}, rank() + power, Combining<T, Operation>(values)));
  std::vector<T> other(values.size());
  for (int distance = 1; distance < power; distance *= 2) {
    const int partner = rank() ^ distance;
    RETURN_IF_ERROR(link_.Exchange(tag, partner, BytesOf<T>(values), partner, Exactly(MutableBytesOf(std::span(other)))));
    for (size_t i = 0; i < values.size(); ++i) Operation::Apply(values[i], other[i]);
  }
  if (rank() < beyond) return link_.Exchange(tag, rank() + power, BytesOf<T>(values), Link::kNobody, {});
  return Status::Ok();
}

// Each round halves the range that a rank is responsible for; then the ranges are put together again.
template <typename T, typename Operation>
Status LinkCommunicator::HalvingAllReduce(std::span<T> values, const MessageTag& tag) {
  std::vector<std::pair<size_t, size_t>> ranges = {{0, values.size()}};  // begin, end
  for (int distance = size() / 2; distance > 0; distance /= 2) {
    const auto [begin, end] = ranges.back();
    const size_t middle = begin + (end - begin) / 2;
    const bool upper = (rank() & distance) != 0;
    const std::span<T> give = upper ? values.subspan(begin, middle - begin) : values.subspan(middle, end - middle);
    const std::span<T> keep = upper ? values.subspan(middle, end - middle) : values.subspan(begin, middle - begin);
    RETURN_IF_ERROR(link_.Exchange(tag, rank() ^ distance, BytesOf<T>(give), rank() ^ distance, Combining<T, Operation>(keep)));
    ranges.emplace_back(upper ? middle : begin, upper ? end : middle);
  }
  for (int distance = 1; distance < size(); distance *= 2) {
    const auto [begin, end] = ranges.back();
    ranges.pop_back();
    const auto [outer_begin, outer_end] = ranges.back();
    const std::span<T> have = values.subspan(begin, end - begin);
    const std::span<T> want = begin == outer_begin ? values.subspan(end, outer_end - end) : values.subspan(outer_begin, begin - outer_begin);
    RETURN_IF_ERROR(link_.Exchange(tag, rank() ^ distance, BytesOf<T>(have), rank() ^ distance, Exactly(MutableBytesOf(want))));
  }
  return Status::Ok();
}

template <typename T, typename Operation>
Status LinkCommunicator::RingAllReduce(std::span<T> values, const MessageTag& tag) {
  const int ranks = size(), next = (rank() + 1) % ranks, previous = (rank() + ranks - 1) % ranks;
  const auto part = [&](int number) {
    const auto index = static_cast<size_t>(((number % ranks) + ranks) % ranks);
    const size_t begin = PartStart(values.size(), static_cast<size_t>(ranks), index);
    return values.subspan(begin, PartStart(values.size(), static_cast<size_t>(ranks), index + 1) - begin);
  };
  for (int round = 0; round < ranks - 1; ++round) {
    RETURN_IF_ERROR(link_.Exchange(tag, next, BytesOf<T>(part(rank() - round)), previous,
                                   Combining<T, Operation>(part(rank() - round - 1))));
  }
  for (int round = 0; round < ranks - 1; ++round) {
    RETURN_IF_ERROR(link_.Exchange(tag, next, BytesOf<T>(part(rank() + 1 - round)), previous,
                                   Exactly(MutableBytesOf(part(rank() - round)))));
  }
  return Status::Ok();
}

Status LinkCommunicator::CheckParts(std::span<const size_t> parts, size_t length) const {
  if (parts.size() != static_cast<size_t>(size()) + 1 || parts.back() > length || !std::is_sorted(parts.begin(), parts.end())) {
    return Status(Code::kInvalidArgument, "parts do not fit " + std::to_string(length) + " values on " + std::to_string(size()) + " ranks");
  }
  return Status::Ok();
}

// Every rank sends each part to its owner: integers, so the order of additions does not matter.
Status LinkCommunicator::ReduceScatterSum(std::span<int64_t> values, std::span<const size_t> parts) {
  RETURN_IF_ERROR(CheckParts(parts, values.size()));
  const MessageTag tag = NextTag(kReduceScatter);
  const int ranks = size();
  const auto part = [&](int r) { return values.subspan(parts[static_cast<size_t>(r)], parts[static_cast<size_t>(r) + 1] - parts[static_cast<size_t>(r)]); };
  for (int round = 1; round < ranks; ++round) {
    const int to = (rank() + round) % ranks, from = (rank() + ranks - round) % ranks;
    RETURN_IF_ERROR(link_.Exchange(tag, to, BytesOf<int64_t>(part(to)), from, Combining<int64_t, Plus<int64_t>>(part(rank()))));
  }
  return Status::Ok();
}

Status LinkCommunicator::AllGatherParts(MutableByteView bytes, std::span<const size_t> parts) {
  RETURN_IF_ERROR(CheckParts(parts, bytes.size()));
  const MessageTag tag = NextTag(kGatherParts);
  const int ranks = size();
  const auto part = [&](int r) { return bytes.subspan(parts[static_cast<size_t>(r)], parts[static_cast<size_t>(r) + 1] - parts[static_cast<size_t>(r)]); };
  for (int round = 1; round < ranks; ++round) {
    const int to = (rank() + round) % ranks, from = (rank() + ranks - round) % ranks;
    RETURN_IF_ERROR(link_.Exchange(tag, to, part(rank()), from, Exactly(part(from))));
  }
  return Status::Ok();
}

Result<std::vector<std::vector<uint8_t>>> LinkCommunicator::AllGather(ByteView mine) {
  const MessageTag tag = NextTag(kGather);
  const int ranks = size();
  std::vector<std::vector<uint8_t>> all(static_cast<size_t>(ranks));
  all[static_cast<size_t>(rank())].assign(mine.begin(), mine.end());
  for (int round = 1; round < ranks; ++round) {
    const int to = (rank() + round) % ranks, from = (rank() + ranks - round) % ranks;
    RETURN_IF_ERROR(link_.Exchange(tag, to, mine, from, AnyLength(all[static_cast<size_t>(from)])));
  }
  return all;
}

Result<std::vector<std::vector<uint8_t>>> LinkCommunicator::AllToAll(std::span<const ByteView> to_each) {
  const MessageTag tag = NextTag(kToAll);
  const int ranks = size();
  if (to_each.size() != static_cast<size_t>(ranks)) return Status(Code::kInvalidArgument, "AllToAll wants one part for each rank");
  std::vector<std::vector<uint8_t>> all(static_cast<size_t>(ranks));
  const ByteView own = to_each[static_cast<size_t>(rank())];
  all[static_cast<size_t>(rank())].assign(own.begin(), own.end());
  for (int round = 1; round < ranks; ++round) {
    const int to = (rank() + round) % ranks, from = (rank() + ranks - round) % ranks;
    RETURN_IF_ERROR(link_.Exchange(tag, to, to_each[static_cast<size_t>(to)], from, AnyLength(all[static_cast<size_t>(from)])));
  }
  return all;
}

// A binomial tree: after round k, 2^k ranks have the bytes.
Status LinkCommunicator::Broadcast(std::vector<uint8_t>& bytes, int root) {
  const MessageTag tag = NextTag(kBroadcast);
  const int ranks = size();
  if (root < 0 || root >= ranks) return Status(Code::kInvalidArgument, "no rank " + std::to_string(root));
  const int place = (rank() + ranks - root) % ranks;  // the root's is 0
  if (place != 0) {
    const int parent = place - static_cast<int>(std::bit_floor(static_cast<unsigned>(place)));
    RETURN_IF_ERROR(link_.Exchange(tag, Link::kNobody, {}, (parent + root) % ranks, AnyLength(bytes)));
  }
  int distance = place == 0 ? 1 : 2 * static_cast<int>(std::bit_floor(static_cast<unsigned>(place)));
  for (; place + distance < ranks; distance *= 2) {
    RETURN_IF_ERROR(link_.Exchange(tag, (place + distance + root) % ranks, bytes, Link::kNobody, {}));
  }
  return Status::Ok();
}

// Dissemination: after round k everybody has heard of 2^k ranks.
Status LinkCommunicator::Barrier() {
  const MessageTag tag = NextTag(kBarrier);
  const int ranks = size();
  for (int distance = 1; distance < ranks; distance *= 2) {
    RETURN_IF_ERROR(link_.Exchange(tag, (rank() + distance) % ranks, {}, (rank() + ranks - distance) % ranks, Exactly({})));
  }
  return Status::Ok();
}

}  // namespace tusk::ml
