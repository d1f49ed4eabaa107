// `tusk ml train`.
#include <nlohmann/json.hpp>

#include "mlkit/api/local_training.h"
#include "mlkit/catalog/catalog.h"
#include "mlkit/data/file_dataset.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/ensemble/meta/saved_models.h"
#include "mlkit/quantized/quantized_model.h"
#include "tools/tusk/ml/checkpointed_run.h"
#include "tools/tusk/ml/cluster_run.h"
#include "tools/tusk/ml/interrupt.h"
#include "tools/tusk/ml/ml_commands.h"
#include "tools/tusk/ml/saved_members.h"
#include "tools/tusk/ml/quantize_model.h"

namespace tusk::tools {
namespace {

// What the labels mean: as the user says, else as the algorithm does, else as LightGBM's objective names say.
ml::LabelKind TaskOf(const MlOptions& options, const ml::AlgorithmEntry& entry) {
  if (options.data.task != ml::LabelKind::kAny) return options.data.task;
  if (entry.task != ml::LabelKind::kAny) return entry.task;
  const auto objective = options.parameters.find("objective");
  if (objective == options.parameters.end()) return ml::LabelKind::kAny;
  const std::string& name = objective->second;
  for (const char* start : {"reg", "l1", "l2", "mse", "mae", "huber", "squared", "mean_", "quantile", "poisson"}) {
    if (name.starts_with(start)) return ml::LabelKind::kRegression;
  }
  return ml::LabelKind::kClassification;
}

bool IsJson(const std::string& path) { return path.ends_with(".json"); }

struct Training {
  CliContext& context;
  const MlOptions& options;
  MlFiles& files;
  CheckpointedRun run;

  SavedMembers members;

  Status Run();
  Status RunLocally();
  Status Keep(const ml::Model& model);
  Status Test(const ml::Model& model);
  void Report(const ml::Schema& schema);
};

void Training::Report(const ml::Schema& schema) {
  const nlohmann::json json = {{"event", "model"},          {"path", options.output},       {"algorithm", options.algorithm},
                               {"rows", schema.rows},       {"columns", schema.columns},    {"classes", schema.classes},
                               {"seconds", run.progress().seconds()}};
  if (options.json) {
    std::fprintf(context.out, "%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else if (!options.quiet) {
    std::fprintf(context.err, "%s: %s of %llu rows, %zu columns%s in %s\n", options.output.c_str(), options.algorithm.c_str(),
                 static_cast<unsigned long long>(schema.rows), schema.columns,
                 schema.classes > 0 ? (", " + std::to_string(schema.classes) + " classes").c_str() : "",
                 ShortSeconds(run.progress().seconds()).c_str());
  }
}

Status Training::Test(const ml::Model& model) {
  ml::ThreadPool pool(ThreadsOf(options));
  ml::DataOptions data = options.data;
  data.paths = options.tests;
  data.labels_path.clear();
  ASSIGN_OR_RETURN(const ml::OpenedData test, ml::OpenData(files.Sources(), data, pool, &model.schema()));
  ASSIGN_OR_RETURN(const ml::Metrics metrics, ml::Evaluate(model, *test.dataset, pool));
  PrintMetrics(context, metrics, model.schema(), options.json, "test");
  return Status::Ok();
}

Status Training::RunLocally() {
  std::shared_ptr<const ml::Dataset> dataset;  // shared: shards keep it
  {
    ml::ThreadPool pool(ThreadsOf(options));
    const ml::Schema* known = members.empty() ? nullptr : &members.models[0]->schema();
    ASSIGN_OR_RETURN(ml::OpenedData opened, ml::OpenData(files.Sources(), options.data, pool, known));
    for (const std::string& note : opened.notes) run.progress().Note("note", note);
    dataset = std::move(opened.dataset);
  }
  ml::LearnerSpec learner{options.algorithm, options.parameters};
  if (!members.empty()) {  // a stack: what is trained here learns from their answers
    ASSIGN_OR_RETURN(learner, FinalLearner(options, dataset->schema()));
    dataset = ml::MakeAnswersDataset(members.models, std::move(dataset));
  }
  const auto make = [learner, schema = dataset->schema()] { return ml::MakeCheckedAlgorithm(learner.name, learner.settings, schema); };
  ASSIGN_OR_RETURN(const std::unique_ptr<ml::Algorithm> algorithm, make());
  dataset = ml::ShardsFor(*algorithm, dataset);
  ml::Checkpoint checkpoint{.algorithm = options.algorithm, .parameters = options.parameters, .seed = options.seed,
                            .shards = dataset->shards(), .schema = dataset->schema(), .state = {}};
  Result<std::unique_ptr<ml::Model>> model = run.Run(*algorithm, dataset, std::move(checkpoint), make);
  if (!model.ok()) return model.status();
  if (!options.quantize.empty()) {
    ASSIGN_OR_RETURN(*model, QuantizeModel(context, options, files, **model, *dataset));
  }
  dataset.reset();
  if (!members.empty()) {
    ASSIGN_OR_RETURN(*model, ml::MakeStackingModel(std::move(members.models), std::move(*model)));
  }
  RETURN_IF_ERROR(Keep(**model));
  RETURN_IF_ERROR(run.Clean());
  return options.tests.empty() ? Status::Ok() : Test(**model);
}

Status Training::Keep(const ml::Model& model) {
  RETURN_IF_ERROR(files.WriteModel(options.output, model));
  Report(model.schema());
  return Status::Ok();
}

Status Training::Run() {
  ASSIGN_OR_RETURN(members, ReadSavedMembers(options, files));
  if (!members.empty() && options.algorithm == "voting") {
    ASSIGN_OR_RETURN(const std::unique_ptr<ml::Model> model, Vote(options, members));
    RETURN_IF_ERROR(Keep(*model));
    return options.tests.empty() ? Status::Ok() : Test(*model);
  }
  if (!members.empty() && options.cluster) {
    return Status(Code::kInvalidArgument, "stacking of saved models (models=) runs in this process: leave --cluster out");
  }
  if (!options.cluster) return RunLocally();
  const Status status = TrainOnCluster(context, options, files, run.progress(), Interrupted());
  run.progress().Finish();
  RETURN_IF_ERROR(Status(status));
  ASSIGN_OR_RETURN(const ml::Bundle bundle, files.ReadBundle(options.output));
  ASSIGN_OR_RETURN(std::unique_ptr<ml::Model> model, ml::LoadModel(bundle));
  if (!options.quantize.empty()) {
    ml::ThreadPool pool(ThreadsOf(options));
    ASSIGN_OR_RETURN(const ml::OpenedData data, ml::OpenData(files.Sources(), options.data, pool, &model->schema()));
    ASSIGN_OR_RETURN(model, QuantizeModel(context, options, files, *model, *data.dataset));
  }
  // The job writes our own format.
  if (!options.quantize.empty() || IsJson(options.output)) RETURN_IF_ERROR(files.WriteModel(options.output, *model));
  Report(model->schema());
  return options.tests.empty() ? Status::Ok() : Test(*model);
}

}  // namespace

int RunMlTrain(CliContext& context, MlOptions options) {
  if (!options.words.empty()) return MlUsage(context, "train: what is '" + options.words[0] + "'?");
  if (options.algorithm.empty()) return MlUsage(context, "train: the algorithm is missing (-a)");
  const bool vote = options.algorithm == "voting" && NamesSavedMembers(options);  // nothing is trained
  if (options.data.paths.empty() && !vote) return MlUsage(context, "train: the data is missing (-i)");
  if (options.output.empty()) return MlUsage(context, "train: the model's path is missing (-o)");
  const ml::AlgorithmEntry* entry = ml::FindAlgorithm(options.algorithm);
  if (entry == nullptr) return MlUsage(context, "train: no algorithm '" + options.algorithm + "'");
  if (IsJson(options.output) && options.algorithm != "gbdt") {
    return MlUsage(context, "train: " + options.output + ": .json is XGBoost's format, which gbdt alone has");
  }
  if (!options.quantize.empty()) {
    if (options.quantize != "int8") return MlUsage(context, "train: --quantize int8, not " + options.quantize);
    if (!ml::CanQuantize(options.algorithm)) {
      return MlUsage(context, "train: models of " + options.algorithm + " have no weights to make int8; linear, logistic, softmax, svm and mlp have");
    }
  }
  options.data.task = TaskOf(options, *entry);
  CatchInterrupts();
  MlFiles files(context);
  Training training{.context = context, .options = options, .files = files,
                    .run = CheckpointedRun(context, options, files, "rows", "training"),
                    .members = {}};
  return training.run.End(training.Run());
}

}  // namespace tusk::tools
