// The bridge to mlkit/job: data travels as the plan of one scan that is made here.
#include "tools/tusk/ml/cluster_run.h"

#include "mlkit/catalog/catalog.h"
#include "mlkit/data/data_plan.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/job/cluster_training.h"
#include "mlkit/job/file_sources.h"
#include "mlkit/job/fitness/fitness.h"
#include "mlkit/job/planned_data.h"
#include "tools/tusk/ml/optimization.h"

namespace tusk::tools {
namespace {

// Of both kinds of jobs: what has a fitness function is an optimization.
Result<std::unique_ptr<ml::Algorithm>> MakeAlgorithmOf(const ml::ClusterTraining& training, const ml::Schema& schema) {
  if (training.parameters.contains(kFitnessParameter)) {
    ASSIGN_OR_RETURN(auto evolution, MakeOptimization(training.algorithm, training.parameters, training.seed, training.companion_there));
    return std::unique_ptr<ml::Algorithm>(std::move(evolution));
  }
  return ml::MakeCheckedAlgorithm(training.algorithm, training.parameters, schema);
}

ml::TrainingProgram Program() {
  return {.open_data = ml::OpenPlannedData, .make_algorithm = MakeAlgorithmOf, .launch_arguments = {"ml"}};
}

// Complete ("hdfs://nn:8020/a"): the containers' default file system may be another.
Result<std::string> Complete(MlFiles& files, const std::string& path) {
  if (path.empty()) return std::string();
  ASSIGN_OR_RETURN(const mapreduce::Location location, files.Resolve(path));
  return location.ToString();
}

// What does not depend on data.
Result<ml::ClusterTraining> DescribeJob(const MlOptions& options, MlFiles& files) {
  ml::ClusterTraining training;
  training.name = options.job_name;
  training.algorithm = options.algorithm;
  training.parameters = options.parameters;
  training.seed = options.seed;
  training.workers = options.workers;
  training.workers_min = options.workers_min;
  training.gpus = options.gpus;
  training.vcores = options.vcores;
  training.memory_mb = options.memory_mb;
  training.master_memory_mb = options.master_memory_mb;
  training.gather_seconds = options.wait_seconds;
  training.threads = options.threads;
  training.queue = options.queue;
  training.checkpoint_every = options.checkpoint_every;
  training.resume = options.resume;
  ASSIGN_OR_RETURN(training.output, Complete(files, options.output));
  ASSIGN_OR_RETURN(training.checkpoint_folder, Complete(files, CheckpointFolderOf(options)));   // Ctrl-C leaves one, asked for or not
  return training;
}

Result<ml::ClusterTraining> DescribeTraining(const MlOptions& options, MlFiles& files, TrainingProgress& progress) {
  ml::ThreadPool pool(ThreadsOf(options));
  ml::OpenedFiles opened(ml::MakeFileSources(files));
  ASSIGN_OR_RETURN(const ml::DataPlan plan, ml::PlanData(opened, options.data, pool));
  for (const std::string& note : plan.notes) progress.Note("note", note);
  const ml::AlgorithmEntry* entry = ml::FindAlgorithm(options.algorithm);
  const bool on_gpu = entry != nullptr && entry->on_gpu;
  if (options.gpus > 0 && !on_gpu) progress.Note("note", options.algorithm + " computes on the CPU: the workers' GPUs stay idle");
  // Bad settings are told here, before anything is submitted.
  RETURN_IF_ERROR(ml::MakeCheckedAlgorithm(options.algorithm, options.parameters, plan.schema));
  ASSIGN_OR_RETURN(ml::ClusterTraining training, DescribeJob(options, files));
  if (options.gpus > 0 && on_gpu) training.parameters.try_emplace("device", "auto");
  ml::PutPlan(plan, training);
  return training;
}

Status Run(const ml::ClusterTraining& training, const MlOptions& options, MlFiles& files, TrainingProgress& progress,
           const std::atomic<bool>& cancelled) {
  ml::ClusterTrainingHooks hooks{.on_progress = nullptr, .cancelled = &cancelled, .settings = options.settings};
  std::string application;
  hooks.on_progress = [&progress, &application](const ml::ClusterProgress& now) {
    if (application != now.application) {
      application = now.application;
      progress.Note("application", application);
    }
    if (!now.message.empty()) return progress.Note("note", now.message);
    progress.Step(now.step, now.report, now.step_bytes, now.workers);
  };
  RETURN_IF_ERROR(ml::RunOnCluster(training, Program(), hooks));
  if (!options.checkpoint_dir.empty() || training.checkpoint_folder.empty()) return Status::Ok();
  // Beside the output, and of no use any more.
  ASSIGN_OR_RETURN(const mapreduce::Location folder, files.Resolve(training.checkpoint_folder));
  return folder.fs->Remove(folder.path);
}

}  // namespace

Status TrainOnCluster(CliContext&, const MlOptions& options, MlFiles& files, TrainingProgress& progress,
                      const std::atomic<bool>& cancelled) {
  ASSIGN_OR_RETURN(const ml::ClusterTraining training, DescribeTraining(options, files, progress));
  return Run(training, options, files, progress, cancelled);
}

Status OptimizeOnCluster(const MlOptions& options, MlFiles& files, TrainingProgress& progress,
                         const std::atomic<bool>& cancelled) {
  ASSIGN_OR_RETURN(ml::ClusterTraining training, DescribeJob(options, files));
  training.parameters[kFitnessParameter] = options.fitness;
  if (ml::IsOutsideFitness(options.fitness)) training.companion = options.fitness;
  // Bad settings are told here, before anything is submitted.
  RETURN_IF_ERROR(MakeOptimization(training.algorithm, training.parameters, training.seed));
  return Run(training, options, files, progress, cancelled);
}

bool IsMlContainer(const std::vector<std::string>& args) { return ml::IsTrainingRole(args); }

int RunMlContainer(const std::vector<std::string>& args) { return ml::RunTrainingRole(Program(), args); }

}  // namespace tusk::tools
