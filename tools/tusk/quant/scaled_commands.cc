// Tables of tensors, and their errors.
#include "tools/tusk/quant/scaled_commands.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "quant/scaled/scaled_model.h"
#include "quant/scaled/scaled_recipe.h"
#include "tools/tusk/quant/file_run.h"

namespace tusk::tools {
namespace {

constexpr int64_t kPieceWeights = 1 << 20;

std::string ShapeText(const std::vector<uint64_t>& shape) {
  std::string text;
  for (const uint64_t size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text.empty() ? "scalar" : text;
}

uint64_t BytesOf(const quant::SetTensor& tensor) {
  uint64_t bytes = quant::SizeOf(tensor.dtype);
  for (const uint64_t size : tensor.shape) bytes *= size;
  return bytes;
}

void PrintJson(CliContext& context, const nlohmann::json& json) {
  std::fprintf(context.out, "%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

// visit(first row, rows) over a matrix in pieces that begin at blocks.
template <typename Visit>
Status ForPieces(const quant::ScaledModel& model, const quant::MatrixShape& matrix, Visit visit) {
  const int64_t block = model.RowStep(), rows = std::max<int64_t>(1, kPieceWeights / matrix.columns);
  const int64_t step = std::max(block, rows / block * block);
  for (int64_t first = 0; first < matrix.rows; first += step) RETURN_IF_ERROR(visit(first, std::min(step, matrix.rows - first)));
  return Status::Ok();
}

struct Sums {
  double error = 0, energy = 0, product = 0, other = 0, largest = 0;
  uint64_t weights = 0;

  void Add(const std::vector<float>& a, const std::vector<float>& b) {
    weights += a.size();
    for (size_t i = 0; i < a.size(); ++i) {
      const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]), difference = x - y;
      error += difference * difference;
      energy += x * x;
      product += x * y;
      other += y * y;
      largest = std::max(largest, std::abs(difference));
    }
  }
  void Add(const Sums& more) {
    error += more.error;
    energy += more.energy;
    product += more.product;
    other += more.other;
    largest = std::max(largest, more.largest);
    weights += more.weights;
  }
  double nmse() const { return energy > 0 ? error / energy : error > 0 ? HUGE_VAL : 0; }
  double cosine() const { return energy > 0 && other > 0 ? product / std::sqrt(energy * other) : energy == other ? 1 : 0; }
  nlohmann::json Json() const { return {{"nmse", nmse()}, {"cosine", cosine()}, {"largest_error", largest}}; }
};

}  // namespace

bool IsScaledModel(const LocalRanges& files, const std::string& path) {
  const Result<bool> folder = files.IsFolder(path);
  if (!folder.ok() || *folder) return false;
  const auto file = files.Open(path);
  return file.ok() && quant::ScaledModel::IsOne(**file);
}

Status InspectScaled(CliContext& context, const QuantOptions& options) {
  const LocalRanges files(context.disk, context.working_directory);
  ASSIGN_OR_RETURN(const quant::ScaledModel model, quant::ScaledModel::Open(files, options.words[0]));
  nlohmann::json rows = nlohmann::json::array();
  uint64_t total = 0;
  for (const quant::SetTensor& tensor : model.set().tensors) {
    total += BytesOf(tensor);
    rows.push_back({{"name", tensor.name}, {"type", std::string(quant::NameOf(tensor.dtype))}, {"shape", tensor.shape}, {"bytes", BytesOf(tensor)}});
    if (options.json) continue;
    std::fprintf(context.out, "%-60s %-8s %-18s %s\n", tensor.name.c_str(), std::string(quant::NameOf(tensor.dtype)).c_str(),
                 ShapeText(tensor.shape).c_str(), ShortBytes(static_cast<double>(BytesOf(tensor))).c_str());
  }
  if (options.json) {
    PrintJson(context, {{"path", options.words[0]}, {"coding", model.Describe()}, {"tensors", rows}, {"bytes", total}});
  } else {
    std::fprintf(context.out, "%s; %zu tensors, %s\n", model.Describe().c_str(), model.set().tensors.size(), ShortBytes(static_cast<double>(total)).c_str());
  }
  return Status::Ok();
}

Status VerifyScaled(CliContext& context, const QuantOptions& options) {
  const LocalRanges files(context.disk, context.working_directory);
  ASSIGN_OR_RETURN(const quant::ScaledModel model, quant::ScaledModel::Open(files, options.words[0]));
  std::vector<uint8_t> bytes;
  std::vector<float> weights;
  for (const quant::SetTensor& tensor : model.set().tensors) {
    const bool floats = tensor.dtype == quant::Dtype::kF32 || tensor.dtype == quant::Dtype::kF16 || tensor.dtype == quant::Dtype::kBF16;
    if (!floats && !model.IsCoded(tensor)) continue;
    const quant::MatrixShape matrix = quant::MatrixOf(tensor.shape);
    RETURN_IF_ERROR(ForPieces(model, matrix, [&](int64_t first, int64_t rows) -> Status {
      RETURN_IF_ERROR(model.ReadRows(tensor, first, rows, bytes, weights));
      for (size_t i = 0; i < weights.size(); ++i) {
        const bool scale_of_nothing = model.IsSide(tensor) && !(weights[i] > 0);
        if (std::isfinite(weights[i]) && !scale_of_nothing) continue;
        const auto row = first + static_cast<int64_t>(i) / matrix.columns, column = static_cast<int64_t>(i) % matrix.columns;
        return Status(Code::kCorruption, options.words[0] + ": " + tensor.name + ", row " + std::to_string(row) + ", column " + std::to_string(column) +
                                             (scale_of_nothing ? " is no scale" : " is not finite"));
      }
      return Status::Ok();
    }));
  }
  if (options.json) {
    PrintJson(context, {{"path", options.words[0]}, {"tensors", model.set().tensors.size()}, {"not_finite", 0}});
  } else {
    std::fprintf(context.out, "%s: %zu tensors, all whole, all weights finite\n", options.words[0].c_str(), model.set().tensors.size());
  }
  return Status::Ok();
}

Status CompareScaled(CliContext& context, const QuantOptions& options) {
  const LocalRanges files(context.disk, context.working_directory);
  ASSIGN_OR_RETURN(const quant::SafetensorsSet original, quant::OpenSafetensorsSet(files, options.words[0]));
  ASSIGN_OR_RETURN(const quant::ScaledModel model, quant::ScaledModel::Open(files, options.words[1]));
  nlohmann::json tensors = nlohmann::json::array();
  std::vector<uint8_t> bytes;
  std::vector<float> a, b;
  Sums all;
  if (!options.json) std::fprintf(context.out, "%-60s %10s %12s %12s\n", "tensor", "NMSE", "cosine", "largest");
  for (const quant::SetTensor& tensor : original.tensors) {
    const quant::SetTensor* other = model.Find(tensor.name);
    if (other == nullptr || other->shape != tensor.shape) {
      return Status(Code::kInvalidArgument, "tensor '" + tensor.name + (other == nullptr ? "' is only in the first model" : "' has another shape in the second model"));
    }
    if (!model.IsCoded(*other)) continue;
    Sums sums;
    RETURN_IF_ERROR(ForPieces(model, quant::MatrixOf(tensor.shape), [&](int64_t first, int64_t rows) -> Status {
      RETURN_IF_ERROR(quant::ReadFloatRows(original, tensor, first, rows, bytes, a));
      RETURN_IF_ERROR(model.ReadRows(*other, first, rows, bytes, b));
      sums.Add(a, b);
      return Status::Ok();
    }));
    all.Add(sums);
    nlohmann::json row = sums.Json();
    row["name"] = tensor.name;
    tensors.push_back(std::move(row));
    if (!options.json) std::fprintf(context.out, "%-60s %10.3e %12.9f %12.4e\n", tensor.name.c_str(), sums.nmse(), sums.cosine(), sums.largest);
  }
  if (options.json) {
    PrintJson(context, {{"coding", model.Describe()}, {"tensors", tensors}, {"all", all.Json()}});
  } else {
    std::fprintf(context.out, "%-60s %10.3e %12.9f %12.4e\n", ("all, " + model.Describe()).c_str(), all.nmse(), all.cosine(), all.largest);
  }
  return Status::Ok();
}

}  // namespace tusk::tools
