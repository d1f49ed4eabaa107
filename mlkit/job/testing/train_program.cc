// mlkit-train-program: trains on a cluster, or here for comparison.
//   cluster|local KEY=VALUE...    algorithm=least_squares|empty rows= columns= shards= steps= workers= output= checkpoint= every=
//                                 resume=1 workers_min= attempts= gate=PATH (step 30, 60, 90 wait until PATH.30, … are there)
// Prints a line for each thing that happens, and one for each step.
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "mapreduce/client/process.h"
#include "mlkit/api/local_training.h"
#include "mlkit/job/cluster_training.h"
#include "mlkit/testing/least_squares.h"

namespace tusk::ml {
namespace {

// Steps of nothing but a barrier: what a superstep costs.
class Empty final : public Algorithm {
 public:
  explicit Empty(uint64_t steps) : steps_(steps) {}
  Status Start(WorkerContext&, const Bundle* state) override {
    if (!state) return Status::Ok();
    ASSIGN_OR_RETURN(const std::vector<int64_t> step, state->Longs("step"));
    step_ = static_cast<uint64_t>(step.at(0));
    return Status::Ok();
  }
  Status ShardsChanged(WorkerContext&) override { return Status::Ok(); }
  Result<StepReport> Step(WorkerContext& context) override {
    RETURN_IF_ERROR(context.comm->Barrier());
    StepReport report;
    report.finished = ++step_ >= steps_;
    return report;
  }
  Bundle SaveState() const override {
    Bundle state;
    state.SetLongs("step", std::vector<int64_t>{static_cast<int64_t>(step_)});
    return state;
  }
  Result<std::unique_ptr<Model>> Finish() override {
    ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> other, Result<std::unique_ptr<Algorithm>>(MakeLeastSquares({})));
    LocalCommunicator comm;
    WorkerContext context;
    const std::shared_ptr<const Dataset> data = MakeLinearRows(1, 1, 1);
    context.comm = &comm;
    context.schema = &data->schema();
    context.shard_count = 1;
    ASSIGN_OR_RETURN(Block block, data->Load(0));
    context.shards = {{0, std::make_shared<const Block>(std::move(block))}};
    RETURN_IF_ERROR(other->Start(context, nullptr));
    return other->Finish();
  }

 private:
  const uint64_t steps_;
  uint64_t step_ = 0;
};

// Another algorithm, some of whose steps wait for a file: what a test does to the job, it does at a known step.
class Gated final : public Algorithm {
 public:
  Gated(std::unique_ptr<Algorithm> inner, std::string gate) : inner_(std::move(inner)), gate_(std::move(gate)) {}
  Status Start(WorkerContext& context, const Bundle* state) override {
    if (state == nullptr) return inner_->Start(context, nullptr);
    ASSIGN_OR_RETURN(const std::vector<int64_t> steps, state->Longs("gated_steps"));
    steps_ = static_cast<uint64_t>(steps.at(0));
    const Bundle inner = state->Part("inner");
    return inner_->Start(context, &inner);
  }
  Status ShardsChanged(WorkerContext& context) override { return inner_->ShardsChanged(context); }
  Result<StepReport> Step(WorkerContext& context) override {
    constexpr uint64_t kEvery = 30, kLast = 90;
    constexpr int kTries = 6000, kPauseMillis = 10;
    const uint64_t step = steps_ + 1;
    if (step % kEvery == 0 && step <= kLast) {
      const std::string path = gate_ + "." + std::to_string(step);
      for (int tries = 0; tries < kTries && ::access(path.c_str(), F_OK) != 0; ++tries) ::poll(nullptr, 0, kPauseMillis);
    }
    ASSIGN_OR_RETURN(StepReport report, inner_->Step(context));
    ++steps_;
    return report;
  }
  Bundle SaveState() const override {
    Bundle state;
    state.SetLongs("gated_steps", std::vector<int64_t>{static_cast<int64_t>(steps_)});
    state.Merge("inner", inner_->SaveState());
    return state;
  }
  Result<std::unique_ptr<Model>> Finish() override { return inner_->Finish(); }

 private:
  const std::unique_ptr<Algorithm> inner_;
  const std::string gate_;
  uint64_t steps_ = 0;
};

uint64_t Number(const std::map<std::string, std::string>& values, const std::string& name, uint64_t otherwise) {
  const auto found = values.find(name);
  return found == values.end() ? otherwise : std::strtoull(found->second.c_str(), nullptr, 10);
}

Result<std::shared_ptr<const Dataset>> OpenRows(const ClusterTraining& training, mapreduce::FileSystems&) {
  return MakeLinearRows(Number(training.data, "rows", 300), Number(training.data, "columns", 4), Number(training.data, "shards", 9));
}

Result<std::unique_ptr<Algorithm>> MakeByName(const ClusterTraining& training, const Schema&) {
  const uint64_t steps = Number(training.parameters, "steps", 20);
  if (training.algorithm == "empty") return Result<std::unique_ptr<Algorithm>>(std::make_unique<Empty>(steps));
  std::unique_ptr<Algorithm> algorithm = MakeLeastSquares({.steps = steps});
  const auto gate = training.parameters.find("gate");
  if (gate == training.parameters.end()) return algorithm;
  return std::unique_ptr<Algorithm>(std::make_unique<Gated>(std::move(algorithm), gate->second));
}

int Fail(const Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

Status TrainHere(const ClusterTraining& training) {
  mapreduce::Process process;
  ASSIGN_OR_RETURN(const Configuration conf, process.LoadConfiguration());
  ASSIGN_OR_RETURN(const std::unique_ptr<mapreduce::FileSystems> files, process.MakeFileSystems(conf));
  ASSIGN_OR_RETURN(const std::shared_ptr<const Dataset> data, OpenRows(training, *files));
  ASSIGN_OR_RETURN(const std::unique_ptr<Algorithm> algorithm, MakeByName(training, data->schema()));
  LocalTrainingOptions options;
  options.seed = training.seed;
  ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, TrainLocally(*algorithm, data, options));
  ASSIGN_OR_RETURN(const mapreduce::Location place, files->Resolve(training.output));
  const std::vector<uint8_t> bytes = model->Save().Encode();
  return place.fs->WriteFile(place.path, AsText(bytes));
}

int Run(const std::vector<std::string>& arguments) {
  TrainingProgram program;
  program.open_data = OpenRows;
  program.make_algorithm = MakeByName;
  if (IsTrainingRole(arguments)) return RunTrainingRole(program, arguments);
  std::map<std::string, std::string> values;
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    if (equals != std::string::npos) values[argument.substr(0, equals)] = argument.substr(equals + 1);
  }
  ClusterTraining training;
  training.algorithm = values.contains("algorithm") ? values["algorithm"] : "least_squares";
  training.parameters["steps"] = std::to_string(Number(values, "steps", 20));
  if (values.contains("gate")) training.parameters["gate"] = values["gate"];
  for (const char* name : {"rows", "columns", "shards"}) {
    if (values.contains(name)) training.data[name] = values[name];
  }
  training.data.try_emplace("rows", "300");
  training.output = values["output"];
  training.workers = static_cast<int>(Number(values, "workers", 1));
  training.workers_min = static_cast<int>(Number(values, "workers_min", 1));
  training.memory_mb = static_cast<int64_t>(Number(values, "memory", 256));
  training.gpus = static_cast<int>(Number(values, "gpus", 0));
  training.hold_seconds = static_cast<double>(Number(values, "hold", 10));
  training.gather_seconds = static_cast<double>(Number(values, "gather", 60));
  training.checkpoint_folder = values["checkpoint"];
  training.checkpoint_every = Number(values, "every", 0);
  training.resume = values.contains("resume");
  if (arguments.empty() || arguments[0] == "local") {
    const Status trained = TrainHere(training);
    return trained.ok() ? 0 : Fail(trained);
  }
  ClusterTrainingHooks hooks;
  hooks.on_progress = [](const ClusterProgress& progress) {
    if (progress.message.empty()) {
      std::printf("step %llu of %d workers, %.6f s, %llu bytes\n", static_cast<unsigned long long>(progress.step), progress.workers,
                  progress.step_seconds, static_cast<unsigned long long>(progress.step_bytes));
    } else {
      std::printf("%s: %s\n", progress.application.c_str(), progress.message.c_str());
    }
    std::fflush(stdout);
  };
  const Result<ClusterOutcome> outcome = RunOnCluster(training, program, hooks);
  if (!outcome.ok()) return Fail(outcome.status());
  std::printf("done after %llu steps, %llu memberships\n", static_cast<unsigned long long>(outcome->steps),
              static_cast<unsigned long long>(outcome->memberships));
  return 0;
}

}  // namespace
}  // namespace tusk::ml

int main(int argc, char** argv) { return tusk::ml::Run(std::vector<std::string>(argv + 1, argv + argc)); }
