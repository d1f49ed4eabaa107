// `tusk ml train`.
#include <nlohmann/json.hpp>

#include "mlkit/api/local_training.h"
#include "mlkit/catalog/catalog.h"
#include "mlkit/data/file_dataset.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "tools/tusk/ml/checkpoint_folder.h"
#include "tools/tusk/ml/cluster_run.h"
#include "tools/tusk/ml/interrupt.h"
#include "tools/tusk/ml/ml_commands.h"
#include "tools/tusk/ml/training_progress.h"

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

struct Training {
  CliContext& context;
  MlOptions options;
  MlFiles& files;
  TrainingProgress progress;
  CheckpointFolder checkpoints;
  std::string written;   // the last checkpoint

  Status Run();
  Status RunLocally();
  Status ResumeFrom(const ml::Schema& schema, uint64_t shards, ml::Checkpoint& checkpoint);
  Status Test(const ml::Model& model);
  void Report(const ml::Schema& schema);
};

std::string CheckpointDirOf(const MlOptions& options) {
  return options.checkpoint_dir.empty() ? options.output + ".checkpoints" : options.checkpoint_dir;
}

Status Training::ResumeFrom(const ml::Schema& schema, uint64_t shards, ml::Checkpoint& checkpoint) {
  ASSIGN_OR_RETURN(std::optional<CheckpointFolder::Found> found, checkpoints.Newest());
  if (!found.has_value()) {
    progress.Note("note", "no checkpoint in " + CheckpointDirOf(options) + ": training begins anew");
    return Status::Ok();
  }
  for (const std::string& damaged : found->damaged) progress.Note("note", "left out: " + damaged);
  const Status fits = found->checkpoint.Fits(options.algorithm, options.parameters, options.seed, schema, shards);
  if (!fits.ok()) return fits.WithContext(found->path);
  checkpoint = std::move(found->checkpoint);
  progress.Note("resume", "going on from step " + std::to_string(checkpoint.steps) + " (" + found->path + ")");
  return Status::Ok();
}

void Training::Report(const ml::Schema& schema) {
  const nlohmann::json json = {{"event", "model"},          {"path", options.output},       {"algorithm", options.algorithm},
                               {"rows", schema.rows},       {"columns", schema.columns},    {"classes", schema.classes},
                               {"seconds", progress.seconds()}};
  if (options.json) {
    std::fprintf(context.out, "%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  } else if (!options.quiet) {
    std::fprintf(context.err, "%s: %s of %llu rows, %zu columns%s in %s\n", options.output.c_str(), options.algorithm.c_str(),
                 static_cast<unsigned long long>(schema.rows), schema.columns,
                 schema.classes > 0 ? (", " + std::to_string(schema.classes) + " classes").c_str() : "",
                 ShortSeconds(progress.seconds()).c_str());
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
    ASSIGN_OR_RETURN(ml::OpenedData opened, ml::OpenData(files.Sources(), options.data, pool));
    for (const std::string& note : opened.notes) progress.Note("note", note);
    dataset = std::move(opened.dataset);
  }
  ml::Parameters parameters(options.parameters);
  ASSIGN_OR_RETURN(const std::unique_ptr<ml::Algorithm> algorithm,
                   ml::MakeAlgorithm(options.algorithm, parameters, dataset->schema()));
  RETURN_IF_ERROR(parameters.Check());
  dataset = ml::ShardsFor(*algorithm, dataset);
  ml::Checkpoint checkpoint{.algorithm = options.algorithm, .parameters = options.parameters, .seed = options.seed,
                            .shards = dataset->shards(), .schema = dataset->schema(), .state = {}};
  ASSIGN_OR_RETURN(const bool fresh, checkpoints.IsEmpty());
  if (!options.resume && !fresh) {
    return Status(Code::kInvalidArgument, CheckpointDirOf(options) +
                                              " holds checkpoints of an earlier training: resume it (--resume), or give another folder");
  }
  if (options.resume) RETURN_IF_ERROR(ResumeFrom(dataset->schema(), dataset->shards(), checkpoint));
  const ml::Bundle state = checkpoint.state;
  ml::LocalTrainingOptions local{.threads = ThreadsOf(options), .seed = options.seed, .steps_done = checkpoint.steps,
                                 .checkpoint_every = options.checkpoint_every, .cancelled = &Interrupted()};
  if (checkpoint.steps > 0) local.state = &state;
  local.on_step = [this](uint64_t step, const ml::StepReport& report) {
    progress.Step(step, report, 0, 0);
    return Status::Ok();
  };
  local.checkpoint = [&](uint64_t step, const ml::Bundle& now) -> Status {
    checkpoint.steps = step;
    checkpoint.state = now;
    ASSIGN_OR_RETURN(written, checkpoints.Write(checkpoint));
    return Status::Ok();
  };
  Result<std::unique_ptr<ml::Model>> model = ml::TrainLocally(*algorithm, dataset, local);
  progress.Finish();
  if (!model.ok()) return model.status();
  const ml::Schema schema = dataset->schema();
  dataset.reset();
  RETURN_IF_ERROR(files.WriteModel(options.output, **model));
  // Of no use any more; a folder that the user named is the user's.
  if (options.checkpoint_dir.empty()) RETURN_IF_ERROR(checkpoints.Remove());
  Report(schema);
  return options.tests.empty() ? Status::Ok() : Test(**model);
}

Status Training::Run() {
  if (!options.cluster) return RunLocally();
  const Status status = TrainOnCluster(context, options, files, progress, Interrupted());
  progress.Finish();
  RETURN_IF_ERROR(Status(status));
  if (options.checkpoint_dir.empty()) {
    ASSIGN_OR_RETURN(const mapreduce::Location folder, files.Resolve(CheckpointDirOf(options)));
    RETURN_IF_ERROR(folder.fs->Remove(folder.path));
  }
  ASSIGN_OR_RETURN(const ml::Bundle bundle, files.ReadBundle(options.output));
  ASSIGN_OR_RETURN(const std::unique_ptr<ml::Model> model, ml::LoadModel(bundle));
  Report(model->schema());
  return options.tests.empty() ? Status::Ok() : Test(*model);
}

}  // namespace

int RunMlTrain(CliContext& context, MlOptions options) {
  if (!options.words.empty()) return MlUsage(context, "train: what is '" + options.words[0] + "'?");
  if (options.algorithm.empty()) return MlUsage(context, "train: the algorithm is missing (-a)");
  if (options.data.paths.empty()) return MlUsage(context, "train: the data is missing (-i)");
  if (options.output.empty()) return MlUsage(context, "train: the model's path is missing (-o)");
  const ml::AlgorithmEntry* entry = ml::FindAlgorithm(options.algorithm);
  if (entry == nullptr) return MlUsage(context, "train: no algorithm '" + options.algorithm + "'");
  options.data.task = TaskOf(options, *entry);
  CatchInterrupts();
  MlFiles files(context);
  Training training{.context = context, .options = options, .files = files,
                    .progress = TrainingProgress(context, options.json, options.quiet),
                    .checkpoints = CheckpointFolder(files, CheckpointDirOf(options)), .written = ""};
  const Status status = training.Run();
  if (status.ok()) return 0;
  training.progress.Finish();
  MlFail(context, status);
  if (status.code() != Code::kCancelled || !Interrupted()) return 1;
  if (!training.written.empty()) {
    std::fprintf(context.err, "checkpoint: %s; the same command with --resume goes on from there\n", training.written.c_str());
  }
  return kInterruptedExit;
}

}  // namespace tusk::tools
