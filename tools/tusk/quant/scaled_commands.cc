// Tables of tensors, and their errors.
#include "tools/tusk/quant/scaled_commands.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "quant/scaled/scaled_model.h"
#include "quant/scaled/scaled_recipe.h"
#include "tools/tusk/ml/training_progress.h"
#include "tools/tusk/quant/file_run.h"
#include "tools/tusk/quant/planned_output.h"
#include "tools/tusk/quant/trial_weights.h"

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

// Seconds of one core for a weight, by a short try: to find scales, and to encode.
struct ScaledCost {
  double find = 0, encode = 0;
};

ScaledCost MeasureCost(Clock& clock, const quant::ScaledSettings& coding) {
  const std::vector<float> weights = TrialWeights();
  std::vector<uint8_t> codes(weights.size());
  ScaledCost cost{HUGE_VAL, HUGE_VAL};
  for (int i = 0; i < 3; ++i) {
    const TimePoint begin = clock.Now();
    const Result<std::vector<quant::BlockScale>> scales = quant::FindScales(coding, weights, kTrialRows, kTrialColumns);
    const TimePoint found = clock.Now();
    if (!scales.ok() || !quant::EncodeScaled(coding, weights, kTrialRows, kTrialColumns, *scales, codes).ok()) return {};
    const auto seconds = [&weights](Duration time) { return static_cast<double>(time.count()) * 1e-9 / static_cast<double>(weights.size()); };
    cost = {std::min(cost.find, seconds(found - begin)), std::min(cost.encode, seconds(clock.Now() - found))};
  }
  return cost;
}

}  // namespace

Status PlanScaled(CliContext& context, const QuantOptions& options) {
  const LocalRanges files(context.disk, context.working_directory);
  ASSIGN_OR_RETURN(const quant::ScaledRecipeSettings settings, ScaledSettingsOf(options));
  ASSIGN_OR_RETURN(const std::unique_ptr<PlannedOutput> planned, PlanOutput(files, LocalIdentity(context, files), options.words[0], options));
  const quant::ScaledRecipe& recipe = *planned->scaled;
  const ScaledCost cost = MeasureCost(context.clock, settings.coding);
  std::map<std::string, const quant::SetTensor*> sources;
  for (const quant::SetTensor& tensor : recipe.set().tensors) sources[tensor.name] = &tensor;
  nlohmann::json rows = nlohmann::json::array();
  double seconds_all = 0;
  for (const quant::OutputRecipe::Tensor& tensor : recipe.tensors()) {
    const auto source = sources.find(tensor.name);   // none: scales and zero points of the one before
    const std::string from = source == sources.end() ? "" : std::string(quant::NameOf(source->second->dtype));
    const double seconds = from.empty() || from == tensor.type ? 0 : (2 * cost.find + cost.encode) * static_cast<double>(tensor.bytes);
    seconds_all += seconds;
    if (options.json) {
      rows.push_back({{"name", tensor.name}, {"from", from}, {"to", tensor.type}, {"shape", tensor.shape}, {"bytes", tensor.bytes}, {"core_seconds", seconds}});
      continue;
    }
    std::fprintf(context.out, "%-44s %-6s -> %-7s %-22s %12s %8s\n", tensor.name.c_str(), from.c_str(), tensor.type.c_str(), ShapeText(tensor.shape).c_str(),
                 ShortBytes(static_cast<double>(tensor.bytes)).c_str(), ShortSeconds(seconds).c_str());
  }
  uint64_t largest = 0;
  for (const auto& unit : recipe.units()) largest = std::max(largest, 3 * unit.in_bytes + unit.bytes);   // of 16 bits a weight, as floats too
  const uint64_t memory = largest * ThreadsOf(options);
  if (options.json) {
    PrintJson(context, {{"tensors", rows}, {"bytes", recipe.size()}, {"weights", recipe.weights()}, {"units", recipe.units().size()},
                        {"core_seconds", seconds_all}, {"worker_memory_bytes", memory}});
    return Status::Ok();
  }
  std::fprintf(context.out, "total %s: %zu tensors as %s, %zu copied\n%zu units, about %s of one core, %s of buffers for %zu threads\n",
               ShortBytes(static_cast<double>(recipe.size())).c_str(), recipe.quantized(), options.type.c_str(), recipe.copied(), recipe.units().size(),
               ShortSeconds(seconds_all).c_str(), ShortBytes(static_cast<double>(memory)).c_str(), ThreadsOf(options));
  return Status::Ok();
}

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
