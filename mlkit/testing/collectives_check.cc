// What every rank gives is a function of (rank, index), so each rank knows all answers.
#include "mlkit/testing/collectives_check.h"

#include <cmath>
#include <cstring>
#include <string>

namespace tusk::ml {
namespace {

constexpr size_t kSizes[] = {0, 1, 7, 300, 3000, 10'001};

template <typename T>
T Given(int rank, size_t i) {
  return static_cast<T>(static_cast<int64_t>((i * 7919 + static_cast<size_t>(rank) * 104'729) % 1013) - 500) / (std::is_floating_point_v<T> ? T(3) : T(1));
}

Status Wrong(const char* what, size_t length, size_t at) {
  return Status(Code::kInternal, std::string(what) + " of " + std::to_string(length) + " values is wrong at " + std::to_string(at));
}

template <typename T>
Status CheckSum(Communicator& comm, size_t length, const char* what) {
  std::vector<T> values(length);
  for (size_t i = 0; i < length; ++i) values[i] = Given<T>(comm.rank(), i);
  RETURN_IF_ERROR(comm.AllReduceSum(std::span(values)));
  for (size_t i = 0; i < length; ++i) {
    double sum = 0;
    for (int r = 0; r < comm.size(); ++r) sum += static_cast<double>(Given<T>(r, i));
    const double tolerance = std::is_floating_point_v<T> ? 1e-3 : 0;
    if (std::abs(static_cast<double>(values[i]) - sum) > tolerance) return Wrong(what, length, i);
  }
  std::vector<uint8_t> bytes(length * sizeof(T));
  if (length > 0) std::memcpy(bytes.data(), values.data(), bytes.size());
  std::vector<uint8_t> first = bytes;
  RETURN_IF_ERROR(comm.Broadcast(first, 0));
  return first == bytes ? Status::Ok() : Status(Code::kInternal, std::string(what) + ": ranks have different bits");
}

Status CheckMax(Communicator& comm, size_t length) {
  std::vector<double> values(length);
  for (size_t i = 0; i < length; ++i) values[i] = Given<double>(comm.rank(), i);
  RETURN_IF_ERROR(comm.AllReduceMax(values));
  for (size_t i = 0; i < length; ++i) {
    double most = -1e9;
    for (int r = 0; r < comm.size(); ++r) most = std::max(most, Given<double>(r, i));
    if (values[i] != most) return Wrong("AllReduceMax", length, i);
  }
  return Status::Ok();
}

// Parts of unequal sizes, the first one empty.
Status CheckParts(Communicator& comm, size_t length) {
  std::vector<size_t> parts = {0, 0};
  for (int r = 1; r < comm.size(); ++r) parts.push_back(length * static_cast<size_t>(r * r) / static_cast<size_t>(comm.size() * comm.size()));
  parts.back() = length;
  if (comm.size() == 1) parts = {0, length};
  std::vector<int64_t> values(length);
  for (size_t i = 0; i < length; ++i) values[i] = Given<int64_t>(comm.rank(), i);
  RETURN_IF_ERROR(comm.ReduceScatterSum(values, parts));
  std::vector<size_t> byte_parts;
  for (size_t part : parts) byte_parts.push_back(part * 8);
  RETURN_IF_ERROR(comm.AllGatherParts({reinterpret_cast<uint8_t*>(values.data()), length * 8}, byte_parts));
  for (size_t i = 0; i < length; ++i) {
    int64_t sum = 0;
    for (int r = 0; r < comm.size(); ++r) sum += Given<int64_t>(r, i);
    if (values[i] != sum) return Wrong("ReduceScatterSum and AllGatherParts", length, i);
  }
  return Status::Ok();
}

std::vector<uint8_t> Message(int from, int to, size_t length) {
  std::vector<uint8_t> bytes(length * static_cast<size_t>(from + 1) / 2);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 31 + static_cast<size_t>(from * 7 + to * 3));
  return bytes;
}

Status CheckGathers(Communicator& comm, size_t length) {
  const std::vector<uint8_t> mine = Message(comm.rank(), 0, length);
  ASSIGN_OR_RETURN(const auto all, comm.AllGather(mine));
  std::vector<std::vector<uint8_t>> to_each;
  for (int r = 0; r < comm.size(); ++r) to_each.push_back(Message(comm.rank(), r, length));
  const std::vector<ByteView> views(to_each.begin(), to_each.end());
  ASSIGN_OR_RETURN(const auto exchanged, comm.AllToAll(views));
  for (int r = 0; r < comm.size(); ++r) {
    const auto index = static_cast<size_t>(r);
    if (all.size() <= index || all[index] != Message(r, 0, length)) return Wrong("AllGather", length, index);
    if (exchanged.size() <= index || exchanged[index] != Message(r, comm.rank(), length)) return Wrong("AllToAll", length, index);
    std::vector<uint8_t> bytes = comm.rank() == r ? Message(r, 5, length) : std::vector<uint8_t>(3);
    RETURN_IF_ERROR(comm.Broadcast(bytes, r));
    if (bytes != Message(r, 5, length)) return Wrong("Broadcast", length, index);
  }
  return Status::Ok();
}

}  // namespace

Status CheckCollectives(Communicator& comm) {
  for (const size_t length : kSizes) {
    RETURN_IF_ERROR(CheckSum<float>(comm, length, "AllReduceSum float"));
    RETURN_IF_ERROR(CheckSum<double>(comm, length, "AllReduceSum double"));
    RETURN_IF_ERROR(CheckSum<int64_t>(comm, length, "AllReduceSum int64"));
    RETURN_IF_ERROR(CheckSum<int32_t>(comm, length, "AllReduceSum int32"));
    RETURN_IF_ERROR(CheckMax(comm, length));
    RETURN_IF_ERROR(CheckParts(comm, length));
    RETURN_IF_ERROR(CheckGathers(comm, length));
    RETURN_IF_ERROR(comm.Barrier());
  }
  return Status::Ok();
}

}  // namespace tusk::ml
