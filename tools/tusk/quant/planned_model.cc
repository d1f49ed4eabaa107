// From words to a plan.
#include "quant/convert/hugging_face.h"
#include "quant/plan/budget.h"
#include "tools/tusk/quant/file_run.h"
#include "tools/tusk/quant/quant_commands.h"

namespace tusk::tools {
IdentityOf LocalIdentity(CliContext& context, const LocalRanges& files) {
  return [&context, &files](const std::string& path) -> Result<std::string> {
    ASSIGN_OR_RETURN(const FileStat stat, context.disk.Stat(files.Absolute(path)));
    return files.Absolute(path) + " " + std::to_string(stat.size) + " " + std::to_string(stat.mtime_wall_ms) + "; ";
  };
}

Result<quant::Model> OpenModel(const quant::RangeFiles& files, const std::string& path, const QuantOptions& options) {
  ASSIGN_OR_RETURN(const bool folder, files.IsFolder(path));
  if (!folder) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const quant::RangeReader> file, files.Open(path));
    if (quant::LooksLikeGguf(*file)) return quant::OpenGgufModel(files, path);
  }
  return quant::OpenHuggingFaceModel(files, path, {.pre_tokenizer = options.pre_tokenizer});
}

Result<std::unique_ptr<PlannedModel>> PlanModel(const quant::RangeFiles& files, const IdentityOf& identity_of, const std::string& path,
                                                const QuantOptions& options) {
  auto planned = std::make_unique<PlannedModel>();
  ASSIGN_OR_RETURN(planned->model, OpenModel(files, path, options));
  quant::QuantSettings settings = options.settings;
  if (!options.imatrix.empty()) {
    ASSIGN_OR_RETURN(const std::shared_ptr<const quant::RangeReader> file, files.Open(options.imatrix));
    ASSIGN_OR_RETURN(quant::Imatrix imatrix, quant::ReadImatrix(*file));
    planned->imatrix = std::make_unique<quant::Imatrix>(std::move(imatrix));
    settings.imatrix_file = options.imatrix;
    ASSIGN_OR_RETURN(const std::string identity, identity_of(options.imatrix));
    planned->identity += identity;
  }
  if (!options.type.empty()) {
    const quant::MixEntry* mix = quant::MixByName(options.type);
    if (mix == nullptr) return Status(Code::kInvalidArgument, "no type '" + options.type + "' (`tusk quant --help` lists them)");
    settings.mix = mix->mix;
  }
  if (options.budget_bytes > 0) {
    ASSIGN_OR_RETURN(const quant::BudgetResult budget,
                     quant::ChooseByBudget(planned->model, settings, planned->imatrix.get(),
                                           {.bytes_max = options.budget_bytes, .threads = ThreadsOf(options)}));
    settings.chosen = budget.types;
    settings.mix = budget.mix;
    planned->budget_report = budget.report;
  }
  for (const quant::MixEntry& entry : quant::Mixes()) {
    if (entry.mix == settings.mix) planned->mix = entry.name;
  }
  planned->chosen = settings.chosen;
  ASSIGN_OR_RETURN(planned->plan, quant::MakePlan(planned->model, settings, planned->imatrix.get()));
  for (const auto& file : planned->model.files) {
    ASSIGN_OR_RETURN(const std::string identity, identity_of(file->name()));
    planned->identity += identity;
  }
  planned->identity += options.settings.allow_bad_weights ? "bad weights allowed" : "";
  return planned;
}

}  // namespace tusk::tools
