// `tusk quant compare A B`: how far B's weights are from A's. `tusk quant verify`: whether a model can be read to its end.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "quant/types/codec.h"
#include "tools/tusk/quant/file_run.h"
#include "tools/tusk/quant/quant_commands.h"
#include "tools/tusk/quant/scaled_commands.h"

namespace tusk::tools {
namespace {

constexpr uint64_t kPieceWeights = 1 << 20;

struct Difference {
  double error = 0, energy = 0, product = 0, other = 0;  // sums of (a-b)^2, a^2, ab, b^2
  double largest = 0;
  uint64_t bad = 0;  // weights that are no numbers, in either

  double nmse() const { return energy > 0 ? error / energy : error > 0 ? HUGE_VAL : 0; }
  double cosine() const { return energy > 0 && other > 0 ? product / std::sqrt(energy * other) : energy == other ? 1 : 0; }
  void Add(const Difference& more) {
    error += more.error;
    energy += more.energy;
    product += more.product;
    other += more.other;
    largest = std::max(largest, more.largest);
    bad += more.bad;
  }
};

// Rows of a tensor as floats.
Status ReadFloats(const quant::Model& model, const quant::ModelTensor& tensor, uint64_t first, uint64_t rows, std::vector<uint8_t>& bytes,
                  std::vector<float>& out) {
  ASSIGN_OR_RETURN(const int64_t row_bytes, quant::RowBytes(tensor.type, static_cast<int64_t>(tensor.columns())));
  bytes.resize(static_cast<size_t>(row_bytes) * rows);
  RETURN_IF_ERROR(quant::ReadRows(model, tensor, first, rows, bytes));
  out.resize(rows * tensor.columns());
  return quant::DecodeRows(tensor.type, bytes, static_cast<int64_t>(rows), static_cast<int64_t>(tensor.columns()), out.data());
}

uint64_t RowsOfPiece(const quant::ModelTensor& tensor) {
  return std::max<uint64_t>(1, kPieceWeights / std::max<uint64_t>(1, tensor.columns()));
}

Difference Compare(const std::vector<float>& a, const std::vector<float>& b) {
  Difference sum;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    if (!std::isfinite(x) || !std::isfinite(y)) {
      ++sum.bad;
      continue;
    }
    const double difference = x - y;
    sum.error += difference * difference;
    sum.energy += x * x;
    sum.product += x * y;
    sum.other += y * y;
    sum.largest = std::max(sum.largest, std::abs(difference));
  }
  return sum;
}

Result<Difference> CompareTensor(const quant::Model& model_a, const quant::ModelTensor& a, const quant::Model& model_b,
                                 const quant::ModelTensor& b) {
  Difference sum;
  std::vector<uint8_t> bytes;
  std::vector<float> floats_a, floats_b;
  for (uint64_t row = 0; row < a.rows(); row += RowsOfPiece(a)) {
    const uint64_t rows = std::min(RowsOfPiece(a), a.rows() - row);
    RETURN_IF_ERROR(ReadFloats(model_a, a, row, rows, bytes, floats_a));
    RETURN_IF_ERROR(ReadFloats(model_b, b, row, rows, bytes, floats_b));
    sum.Add(Compare(floats_a, floats_b));
  }
  return sum;
}

// Runs work(i) for 0..count on threads; the first error wins.
template <typename Work>
Status ForAll(size_t count, size_t threads, const Work& work) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  Status failure;
  const auto run = [&] {
    for (size_t i = next++; i < count; i = next++) {
      Status status = work(i);
      if (status.ok()) continue;
      std::lock_guard lock(mutex);
      failure = std::move(status);
      next = count;
    }
  };
  std::vector<std::thread> pool;
  for (size_t i = 1; i < std::min(threads, count); ++i) pool.emplace_back(run);
  run();
  for (std::thread& thread : pool) thread.join();
  return failure;
}

struct Pair {
  const quant::ModelTensor* a = nullptr;
  const quant::ModelTensor* b = nullptr;
  Difference difference;
};

Result<std::vector<Pair>> Match(const quant::Model& a, const quant::Model& b) {
  std::vector<Pair> pairs;
  for (const quant::ModelTensor& tensor : a.tensors) {
    const auto it = std::find_if(b.tensors.begin(), b.tensors.end(), [&tensor](const auto& other) { return other.name == tensor.name; });
    if (it == b.tensors.end()) return Status(Code::kInvalidArgument, "tensor '" + tensor.name + "' is only in the first model");
    if (it->columns() != tensor.columns() || it->rows() != tensor.rows()) {
      return Status(Code::kInvalidArgument, "tensor '" + tensor.name + "' has another shape in the second model");
    }
    if (quant::TraitsOf(tensor.type)->decodable && quant::TraitsOf(it->type)->decodable) pairs.push_back({&tensor, &*it, {}});
  }
  if (a.tensors.size() != b.tensors.size()) return Status(Code::kInvalidArgument, "the second model has more tensors than the first");
  return pairs;
}

nlohmann::json DifferenceJson(const Difference& difference) {
  return {{"nmse", difference.nmse()}, {"cosine", difference.cosine()}, {"largest_error", difference.largest}, {"not_finite", difference.bad}};
}

Status RunCompare(CliContext& context, const QuantOptions& options) {
  const LocalRanges files(context.disk, context.working_directory);
  if (IsScaledModel(files, options.words[1])) return CompareScaled(context, options);
  ASSIGN_OR_RETURN(const quant::Model a, OpenModel(files, options.words[0], options));
  ASSIGN_OR_RETURN(const quant::Model b, OpenModel(files, options.words[1], options));
  ASSIGN_OR_RETURN(std::vector<Pair> pairs, Match(a, b));
  RETURN_IF_ERROR(ForAll(pairs.size(), ThreadsOf(options), [&](size_t i) -> Status {
    ASSIGN_OR_RETURN(pairs[i].difference, CompareTensor(a, *pairs[i].a, b, *pairs[i].b));
    return Status::Ok();
  }));
  Difference all;
  nlohmann::json rows = nlohmann::json::array();
  if (!options.json) std::fprintf(context.out, "%-44s %-7s %-7s %10s %12s %12s\n", "tensor", "A", "B", "NMSE", "cosine", "largest");
  for (const Pair& pair : pairs) {
    all.Add(pair.difference);
    const std::string type_a(quant::TraitsOf(pair.a->type)->name), type_b(quant::TraitsOf(pair.b->type)->name);
    if (options.json) {
      nlohmann::json row = DifferenceJson(pair.difference);
      row["name"] = pair.a->name;
      row["type_a"] = type_a;
      row["type_b"] = type_b;
      rows.push_back(std::move(row));
      continue;
    }
    std::fprintf(context.out, "%-44s %-7s %-7s %10.3e %12.9f %12.5g\n", pair.a->name.c_str(), type_a.c_str(), type_b.c_str(),
                 pair.difference.nmse(), pair.difference.cosine(), pair.difference.largest);
  }
  if (options.json) {
    const nlohmann::json json = {{"tensors", rows}, {"all", DifferenceJson(all)}};
    std::fprintf(context.out, "%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    std::fprintf(context.out, "%-44s %-7s %-7s %10.3e %12.9f %12.5g\n", "all", "", "", all.nmse(), all.cosine(), all.largest);
    if (all.bad > 0) std::fprintf(context.out, "%llu weights are not finite\n", static_cast<unsigned long long>(all.bad));
  }
  return Status::Ok();
}

// Reads every tensor to its end; counts what is no number.
Status VerifyTensor(const quant::Model& model, const quant::ModelTensor& tensor, std::atomic<uint64_t>& bad, std::string& first_bad) {
  std::vector<uint8_t> bytes;
  std::vector<float> floats;
  if (!quant::TraitsOf(tensor.type)->decodable) return Status::Ok();
  uint64_t here = 0;
  for (uint64_t row = 0; row < tensor.rows(); row += RowsOfPiece(tensor)) {
    const uint64_t rows = std::min(RowsOfPiece(tensor), tensor.rows() - row);
    RETURN_IF_ERROR(ReadFloats(model, tensor, row, rows, bytes, floats));
    for (size_t i = 0; i < floats.size(); ++i) {
      if (std::isfinite(floats[i])) continue;
      if (here++ == 0) {
        first_bad = "tensor '" + tensor.name + "', row " + std::to_string(row + i / tensor.columns()) + ", column " +
                    std::to_string(i % tensor.columns()) + " is not finite";
      }
    }
  }
  bad += here;
  return Status::Ok();
}

Status RunVerify(CliContext& context, const QuantOptions& options) {
  const LocalRanges files(context.disk, context.working_directory);
  if (IsScaledModel(files, options.words[0])) return VerifyScaled(context, options);
  ASSIGN_OR_RETURN(const quant::Model model, OpenModel(files, options.words[0], options));
  std::atomic<uint64_t> bad = 0;
  std::vector<std::string> complaints(model.tensors.size());
  RETURN_IF_ERROR(ForAll(model.tensors.size(), ThreadsOf(options),
                         [&](size_t i) { return VerifyTensor(model, model.tensors[i], bad, complaints[i]); }));
  std::erase(complaints, "");
  if (options.json) {
    const nlohmann::json json = {{"path", options.words[0]}, {"tensors", model.tensors.size()}, {"not_finite", bad.load()}, {"complaints", complaints}};
    std::fprintf(context.out, "%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else {
    for (const std::string& complaint : complaints) std::fprintf(context.out, "%s\n", complaint.c_str());
    if (complaints.empty()) std::fprintf(context.out, "%s: %zu tensors, all whole, all weights finite\n", options.words[0].c_str(), model.tensors.size());
  }
  if (bad > 0) return Status(Code::kCorruption, options.words[0] + ": " + std::to_string(bad) + " weights are not finite");
  return Status::Ok();
}

}  // namespace

int RunQuantCompare(CliContext& context, QuantOptions options) {
  if (options.words.size() != 2) return QuantUsage(context, "compare: two models are wanted");
  const Status status = RunCompare(context, options);
  return status.ok() ? 0 : QuantFail(context, status);
}

int RunQuantVerify(CliContext& context, QuantOptions options) {
  if (options.words.size() != 1) return QuantUsage(context, "verify: one model is wanted");
  const Status status = RunVerify(context, options);
  return status.ok() ? 0 : QuantFail(context, status);
}

}  // namespace tusk::tools
