// `tusk quant inspect`: what a model file holds. `tusk quant plan`: what would be written.
#include <map>
#include <nlohmann/json.hpp>

#include "base/env/clock.h"
#include "quant/types/codec.h"
#include "tools/tusk/ml/training_progress.h"
#include "tools/tusk/quant/file_run.h"
#include "tools/tusk/quant/planned_output.h"
#include "tools/tusk/quant/quant_commands.h"
#include "tools/tusk/quant/scaled_commands.h"
#include "tools/tusk/quant/trial_weights.h"

namespace tusk::tools {
namespace {

constexpr size_t kShownValueMax = 100;

std::string TypeName(quant::TensorType type) { return std::string(quant::TraitsOf(type)->name); }

std::string ShapeText(const std::vector<uint64_t>& dims) {
  std::string text;
  for (size_t i = 0; i < dims.size(); ++i) text += (i > 0 ? " x " : "") + std::to_string(dims[i]);
  return text;
}

uint64_t BytesOf(const quant::ModelTensor& tensor, quant::TensorType type) {
  const Result<int64_t> row = quant::RowBytes(type, static_cast<int64_t>(tensor.columns()));
  return row.ok() ? static_cast<uint64_t>(*row) * tensor.rows() : 0;
}

// One line for a person: control characters and long texts cut.
std::string Shown(const quant::GgufValue& value) {
  std::string text = value.ToText();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return text.size() > kShownValueMax ? text.substr(0, kShownValueMax) + "…" : text;
}

void PrintJson(CliContext& context, const nlohmann::json& json) {
  std::fprintf(context.out, "%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

nlohmann::json MetadataJson(const std::vector<std::pair<std::string, quant::GgufValue>>& metadata) {
  nlohmann::json object = nlohmann::json::object();
  for (const auto& [key, value] : metadata) object[key] = value.ToText(8);
  return object;
}

void PrintTypes(CliContext& context, const std::map<std::string, std::pair<uint64_t, uint64_t>>& types, uint64_t weights) {
  uint64_t total = 0;
  for (const auto& [name, counts] : types) {
    std::fprintf(context.out, "%-8s %5llu tensors %12s\n", name.c_str(), static_cast<unsigned long long>(counts.first),
                 ShortBytes(static_cast<double>(counts.second)).c_str());
    total += counts.second;
  }
  std::fprintf(context.out, "total    %14s %12s  %.2f bits a weight\n", "", ShortBytes(static_cast<double>(total)).c_str(),
               weights > 0 ? static_cast<double>(total) * 8 / static_cast<double>(weights) : 0.0);
}

Status Inspect(CliContext& context, const QuantOptions& options) {
  const LocalRanges files(context.disk, context.working_directory);
  if (IsScaledModel(files, options.words[0])) return InspectScaled(context, options);
  ASSIGN_OR_RETURN(const quant::Model model, OpenModel(files, options.words[0], options));
  std::map<std::string, std::pair<uint64_t, uint64_t>> types;
  nlohmann::json rows = nlohmann::json::array();
  uint64_t weights = 0;
  for (const quant::ModelTensor& tensor : model.tensors) {
    const uint64_t bytes = BytesOf(tensor, tensor.type);
    auto& counts = types[TypeName(tensor.type)];
    ++counts.first;
    counts.second += bytes;
    weights += tensor.weights();
    rows.push_back({{"name", tensor.name}, {"type", TypeName(tensor.type)}, {"shape", tensor.dims}, {"bytes", bytes}});
  }
  if (options.json) {
    PrintJson(context, {{"path", options.words[0]}, {"metadata", MetadataJson(model.metadata)}, {"tensors", rows}, {"weights", weights}});
    return Status::Ok();
  }
  for (const auto& [key, value] : model.metadata) std::fprintf(context.out, "%-40s %s\n", key.c_str(), Shown(value).c_str());
  for (const quant::ModelTensor& tensor : model.tensors) {
    std::fprintf(context.out, "%-44s %-7s %-22s %s\n", tensor.name.c_str(), TypeName(tensor.type).c_str(),
                 ShapeText(tensor.dims).c_str(), ShortBytes(static_cast<double>(BytesOf(tensor, tensor.type))).c_str());
  }
  PrintTypes(context, types, weights);
  for (const std::string& note : model.notes) std::fprintf(context.err, "%s\n", note.c_str());
  return Status::Ok();
}

// Weights a second and core that this machine encodes into `type`, by a short try.
class Speeds {
 public:
  explicit Speeds(Clock& clock) : clock_(clock) {}
  double Of(quant::TensorType type) {
    const auto [it, fresh] = known_.try_emplace(type, 0);
    if (fresh) it->second = Measure(type);
    return it->second;
  }

 private:
  double Measure(quant::TensorType type) {
    const std::vector<float> weights = TrialWeights();
    const Result<int64_t> row = quant::RowBytes(type, kTrialColumns);
    if (!row.ok()) return 0;
    std::vector<uint8_t> out(static_cast<size_t>(*row * kTrialRows));
    double best = 0;
    for (int i = 0; i < 3; ++i) {
      const TimePoint begin = clock_.Now();
      if (!quant::EncodeRows(type, weights.data(), kTrialRows, kTrialColumns, nullptr, out).ok()) return 0;
      const double seconds = static_cast<double>((clock_.Now() - begin).count()) * 1e-9;
      if (seconds > 0) best = std::max(best, static_cast<double>(weights.size()) / seconds);
    }
    return best;
  }

  Clock& clock_;
  std::map<quant::TensorType, double> known_;
};

Status Plan(CliContext& context, const QuantOptions& options) {
  const LocalRanges files(context.disk, context.working_directory);
  ASSIGN_OR_RETURN(const std::unique_ptr<PlannedModel> planned, PlanModel(files, LocalIdentity(context, files), options.words[0], options));
  Speeds speeds(context.clock);
  std::map<std::string, std::pair<uint64_t, uint64_t>> types;
  nlohmann::json rows = nlohmann::json::array();
  uint64_t weights = 0;
  double seconds_all = 0;
  for (size_t i = 0; i < planned->plan.tensors.size(); ++i) {
    const quant::TensorPlan& entry = planned->plan.tensors[i];
    const quant::ModelTensor& tensor = planned->model.tensors[entry.tensor];
    const uint64_t bytes = planned->plan.header.tensors[i].bytes;
    const double speed = entry.from == entry.to ? 0 : speeds.Of(entry.to);
    const double seconds = speed > 0 ? static_cast<double>(tensor.weights()) / speed : 0;
    seconds_all += seconds;
    auto& counts = types[TypeName(entry.to)];
    ++counts.first;
    counts.second += bytes;
    weights += tensor.weights();
    if (options.json) {
      rows.push_back({{"name", tensor.name}, {"from", TypeName(entry.from)}, {"to", TypeName(entry.to)}, {"shape", tensor.dims},
                      {"bytes", bytes}, {"core_seconds", seconds}});
      continue;
    }
    std::fprintf(context.out, "%-44s %-6s -> %-7s %-22s %12s %8s\n", tensor.name.c_str(), TypeName(entry.from).c_str(),
                 TypeName(entry.to).c_str(), ShapeText(tensor.dims).c_str(), ShortBytes(static_cast<double>(bytes)).c_str(),
                 ShortSeconds(seconds).c_str());
  }
  const quant::GgufRecipe recipe(planned->model, planned->plan, false);
  uint64_t largest = 0;
  for (const auto& unit : recipe.units()) largest = std::max(largest, unit.in_bytes + unit.bytes);
  const uint64_t memory = (largest + quant::kUnitWeights * sizeof(float)) * ThreadsOf(options);
  if (options.json) {
    PrintJson(context, {{"tensors", rows}, {"bytes", planned->plan.output_bytes()}, {"weights", weights}, {"units", recipe.units().size()},
                        {"core_seconds", seconds_all}, {"worker_memory_bytes", memory}, {"notes", planned->plan.notes}});
    return Status::Ok();
  }
  PrintTypes(context, types, weights);
  std::fprintf(context.out, "%zu units, about %s of one core, %s of buffers for %zu threads\n", recipe.units().size(),
               ShortSeconds(seconds_all).c_str(), ShortBytes(static_cast<double>(memory)).c_str(), ThreadsOf(options));
  if (!planned->budget_report.empty()) std::fprintf(context.out, "%s\n", planned->budget_report.c_str());
  for (const std::string& note : planned->plan.notes) std::fprintf(context.err, "%s\n", note.c_str());
  return Status::Ok();
}

}  // namespace

int RunQuantInspect(CliContext& context, QuantOptions options) {
  if (options.words.size() != 1) return QuantUsage(context, "inspect: one model is wanted");
  const Status status = Inspect(context, options);
  return status.ok() ? 0 : QuantFail(context, status);
}

int RunQuantPlan(CliContext& context, QuantOptions options) {
  if (options.words.size() != 1) return QuantUsage(context, "plan: one model is wanted");
  if (options.type.empty() && options.budget_bytes == 0) return QuantUsage(context, "plan: the type is missing (--type), or a --budget");
  const Status status = IsScaledType(options.type) ? PlanScaled(context, options) : Plan(context, options);
  return status.ok() ? 0 : QuantFail(context, status);
}

}  // namespace tusk::tools
