// `tusk quant IN OUT --type T`.
#include <nlohmann/json.hpp>

#include "quant/cuda/gpu_rows.h"
#include "tools/tusk/ml/interrupt.h"
#include "tools/tusk/ml/training_progress.h"
#include "tools/tusk/quant/cluster_run.h"
#include "tools/tusk/quant/file_run.h"
#include "tools/tusk/quant/planned_output.h"
#include "tools/tusk/quant/quant_commands.h"

namespace tusk::tools {
namespace {

void Report(CliContext& context, const QuantOptions& options, const std::string& out, const PlannedModel& planned,
            const FileRunReport& report) {
  uint64_t weights = 0;
  for (const quant::ModelTensor& tensor : planned.model.tensors) weights += tensor.weights();
  const auto size = static_cast<double>(planned.plan.output_bytes());
  const double bits = weights > 0 ? static_cast<double>(planned.plan.header.data_bytes) * 8 / static_cast<double>(weights) : 0;
  if (options.json) {
    const nlohmann::json json = {{"event", "done"}, {"path", out}, {"bytes", planned.plan.output_bytes()}, {"weights", weights},
                                 {"bits_per_weight", bits}, {"seconds", report.seconds}, {"units", report.units},
                                 {"resumed_units", report.resumed_units}};
    std::fprintf(context.out, "%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else if (!options.quiet) {
    const double rate = report.seconds > 0 ? static_cast<double>(report.in_bytes) / report.seconds : 0;
    std::fprintf(context.err, "%s: %s, %.2f bits a weight, in %s (%s/s)\n", out.c_str(), ShortBytes(size).c_str(), bits,
                 ShortSeconds(report.seconds).c_str(), ShortBytes(rate).c_str());
  }
}

// Null: rows are encoded by this processor; said where it was asked for something else.
Result<std::unique_ptr<quant::RowDevice>> ChooseDevice(CliContext& context, const QuantOptions& options) {
  std::string why_none;
  ASSIGN_OR_RETURN(std::unique_ptr<quant::RowDevice> device, quant::MakeRowDevice(options.device.empty() ? "cpu" : options.device, &why_none));
  if (options.quiet) return device;
  if (device) std::fprintf(context.err, "on %s\n", device->name().c_str());
  if (!why_none.empty()) std::fprintf(context.err, "on the CPU: %s\n", why_none.c_str());
  return device;
}

Result<FileRunReport> RunOnDevice(CliContext& context, const quant::OutputRecipe& recipe, const QuantOptions& options, const std::string& path,
                                  const std::string& identity) {
  ASSIGN_OR_RETURN(const std::unique_ptr<quant::RowDevice> device, ChooseDevice(context, options));
  const FileRunSettings settings{.path = path, .identity = identity, .threads = ThreadsOf(options), .device = device.get(),
                                 .restart = options.restart, .json = options.json, .quiet = options.quiet};
  CatchInterrupts();
  Result<FileRunReport> report = RunToFile(context, recipe, settings, Interrupted());
  if (device && !device->failure().empty() && !options.quiet) std::fprintf(context.err, "went on on the CPU: %s\n", device->failure().c_str());
  return report;
}

Status Quantize(CliContext& context, const QuantOptions& options) {
  const LocalRanges files(context.disk, context.working_directory);
  const std::string& out = options.words[1];
  ASSIGN_OR_RETURN(const std::unique_ptr<PlannedModel> planned, PlanModel(files, LocalIdentity(context, files), options.words[0], options));
  if (!options.quiet && !options.json) {
    for (const std::string& note : planned->model.notes) std::fprintf(context.err, "%s\n", note.c_str());
    for (const std::string& note : planned->plan.notes) std::fprintf(context.err, "%s\n", note.c_str());
    if (!planned->budget_report.empty()) std::fprintf(context.err, "%s\n", planned->budget_report.c_str());
  }
  const std::string path = files.Absolute(out);
  for (const auto& file : planned->model.files) {
    if (files.Absolute(file->name()) == path) return Status(Code::kInvalidArgument, out + " is the input itself");
  }
  const quant::GgufRecipe recipe(planned->model, planned->plan, options.settings.allow_bad_weights);
  ASSIGN_OR_RETURN(const FileRunReport report, RunOnDevice(context, recipe, options, path, planned->identity));
  Report(context, options, out, *planned, report);
  return Status::Ok();
}

// int8 and fp8, as safetensors.
Status QuantizeScaled(CliContext& context, const QuantOptions& options) {
  const LocalRanges files(context.disk, context.working_directory);
  ASSIGN_OR_RETURN(const std::unique_ptr<PlannedOutput> planned, PlanOutput(files, LocalIdentity(context, files), options.words[0], options));
  const std::string path = files.Absolute(options.words[1]);
  for (const auto& file : planned->scaled->set().files) {
    if (files.Absolute(file->name()) == path) return Status(Code::kInvalidArgument, options.words[1] + " is the input itself");
  }
  ASSIGN_OR_RETURN(const FileRunReport report, RunOnDevice(context, planned->recipe(), options, path, planned->identity()));
  const quant::ScaledRecipe& recipe = *planned->scaled;
  if (options.json) {
    const nlohmann::json json = {{"event", "done"}, {"path", options.words[1]}, {"bytes", recipe.size()}, {"weights", recipe.weights()},
                                 {"quantized_tensors", recipe.quantized()}, {"copied_tensors", recipe.copied()}, {"seconds", report.seconds},
                                 {"units", report.units}, {"resumed_units", report.resumed_units}};
    std::fprintf(context.out, "%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else if (!options.quiet) {
    const double rate = report.seconds > 0 ? static_cast<double>(report.in_bytes) / report.seconds : 0;
    std::fprintf(context.err, "%s: %s, %zu tensors as %s, %zu copied, in %s (%s/s)\n", options.words[1].c_str(),
                 ShortBytes(static_cast<double>(recipe.size())).c_str(), recipe.quantized(), options.type.c_str(), recipe.copied(),
                 ShortSeconds(report.seconds).c_str(), ShortBytes(rate).c_str());
  }
  return Status::Ok();
}

}  // namespace

int RunQuantize(CliContext& context, QuantOptions options) {
  if (options.words.size() != 2) return QuantUsage(context, "one input and one output are wanted");
  if (options.type.empty() && options.budget_bytes == 0) return QuantUsage(context, "the type is missing (--type), or a --budget");
  const Status status = options.cluster              ? QuantizeOnCluster(context, options)
                        : IsScaledType(options.type) ? QuantizeScaled(context, options)
                                                     : Quantize(context, options);
  return status.ok() ? 0 : QuantFail(context, status);
}

}  // namespace tusk::tools
