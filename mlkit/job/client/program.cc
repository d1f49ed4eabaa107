// Options of a user's own program; training here or there.
#include "mlkit/job/program.h"

#include <charconv>
#include <cstdio>
#include <thread>

#include "mapreduce/client/interrupt.h"
#include "mapreduce/client/process.h"
#include "mlkit/api/local_training.h"
#include "mlkit/data/data_plan.h"
#include "mlkit/data/file_dataset.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/job/cluster_training.h"
#include "mlkit/job/file_sources.h"
#include "mlkit/job/planned_data.h"

namespace tusk::ml {
namespace {

struct Words {
  std::vector<std::string> inputs;
  std::map<std::string, std::string> settings;   // -D
  ClusterTraining training;
  bool cluster = false;
};

template <typename Number>
Status ReadNumber(const std::string& option, const std::string& text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return Status::Ok();
  return Status(Code::kInvalidArgument, option + ": not a number: " + text);
}

Status TakeOption(const std::string& option, const std::string& value, Words& words) {
  ClusterTraining& training = words.training;
  if (option == "-i") return words.inputs.push_back(value), Status::Ok();
  if (option == "-o") return training.output = value, Status::Ok();
  if (option == "--queue") return training.queue = value, Status::Ok();
  if (option == "--checkpoint-dir") return training.checkpoint_folder = value, Status::Ok();
  if (option == "--seed") return ReadNumber(option, value, training.seed);
  if (option == "--threads") return ReadNumber(option, value, training.threads);
  if (option == "--workers") return ReadNumber(option, value, training.workers);
  if (option == "--workers-min") return ReadNumber(option, value, training.workers_min);
  if (option == "--gpus") return ReadNumber(option, value, training.gpus);
  if (option == "--master-memory") return ReadNumber(option, value, training.master_memory_mb);
  if (option == "--wait") return ReadNumber(option, value, training.gather_seconds);
  if (option == "--memory") return ReadNumber(option, value, training.memory_mb);
  if (option == "--vcores") return ReadNumber(option, value, training.vcores);
  if (option == "--checkpoint-every") return ReadNumber(option, value, training.checkpoint_every);
  const size_t equals = value.find('=');
  if (option == "-D" && equals != std::string::npos) return words.settings[value.substr(0, equals)] = value.substr(equals + 1), Status::Ok();
  return Status(Code::kInvalidArgument, "what is " + option + " " + value + "?");
}

Result<Words> ReadWords(const std::vector<std::string>& arguments) {
  Words words;
  words.training.algorithm = "own";
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const size_t equals = word.find('=');
    if (word == "--cluster") {
      words.cluster = true;
    } else if (word == "--resume") {
      words.training.resume = true;
    } else if (!word.starts_with("-") && equals != std::string::npos) {
      words.training.parameters[word.substr(0, equals)] = word.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      RETURN_IF_ERROR(TakeOption(word, arguments[++i], words));
    } else {
      return Status(Code::kInvalidArgument, "what is " + word + "?");
    }
  }
  if (words.inputs.empty() || words.training.output.empty()) return Status(Code::kInvalidArgument, "-i PATH and -o MODEL are needed");
  return words;
}

void ShowStep(uint64_t step, const StepReport& report) {
  if ((step & (step - 1)) != 0 && !report.finished) return;  // 1, 2, 4, 8, …
  std::string line = "step " + std::to_string(step);
  for (const auto& [name, value] : report.figures) line += ", " + name + " " + std::to_string(value);
  std::fprintf(stderr, "%s\n", line.c_str());
}

Status TrainThere(const Words& words, const DataPlan& plan, const TrainingProgram& program) {
  ClusterTraining training = words.training;
  PutPlan(plan, training);
  RETURN_IF_ERROR(program.make_algorithm(training, plan.schema));  // a bad setting is told before anything is submitted
  ClusterTrainingHooks hooks;
  hooks.settings = words.settings;
  hooks.cancelled = &mapreduce::Interrupted();
  hooks.on_progress = [](const ClusterProgress& progress) {
    if (progress.message.empty()) return ShowStep(progress.step, progress.report);
    std::fprintf(stderr, "%s: %s\n", progress.application.c_str(), progress.message.c_str());
  };
  const Result<ClusterOutcome> outcome = RunOnCluster(training, program, hooks);
  return outcome.ok() ? Status::Ok() : outcome.status();
}

Status TrainHere(const Words& words, const DataPlan& plan, const TrainingProgram& program, mapreduce::FileSystems& files) {
  ClusterTraining training = words.training;
  PutPlan(plan, training);
  ASSIGN_OR_RETURN(std::shared_ptr<const Dataset> data, OpenPlannedData(training, files));
  ASSIGN_OR_RETURN(const std::unique_ptr<Algorithm> algorithm, program.make_algorithm(training, data->schema()));
  LocalTrainingOptions options;
  options.threads = training.threads;
  options.seed = training.seed;
  options.cancelled = &mapreduce::Interrupted();
  options.on_step = [](uint64_t step, const StepReport& report) {
    ShowStep(step, report);
    return Status::Ok();
  };
  ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, TrainLocally(*algorithm, std::move(data), options));
  ASSIGN_OR_RETURN(const mapreduce::Location place, files.Resolve(training.output));
  const std::vector<uint8_t> bytes = model->Save().Encode();
  return place.fs->WriteFile(place.path, AsText(bytes));
}

Status Train(const Words& words, const TrainingProgram& program) {
  mapreduce::Process process;
  ASSIGN_OR_RETURN(Configuration conf, process.LoadConfiguration());
  for (const auto& [key, value] : words.settings) conf.Set(key, value);
  ASSIGN_OR_RETURN(const std::unique_ptr<mapreduce::FileSystems> files, process.MakeFileSystems(conf));
  ThreadPool pool(std::max(1U, std::thread::hardware_concurrency()));
  OpenedFiles opened(MakeFileSources(*files));
  DataOptions data;
  data.paths = words.inputs;
  ASSIGN_OR_RETURN(const DataPlan plan, PlanData(opened, data, pool));
  return words.cluster ? TrainThere(words, plan, program) : TrainHere(words, plan, program, *files);
}

}  // namespace

int Main(int argc, char** argv, MakeOwnAlgorithm make) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  TrainingProgram program;
  program.open_data = OpenPlannedData;
  program.make_algorithm = [make](const ClusterTraining& training, const Schema& schema) -> Result<std::unique_ptr<Algorithm>> {
    Parameters parameters(training.parameters);
    ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> algorithm, make(parameters, schema));
    RETURN_IF_ERROR(parameters.Check());
    return algorithm;
  };
  if (IsTrainingRole(arguments)) return RunTrainingRole(program, arguments);
  const Result<Words> words = ReadWords(arguments);
  mapreduce::CatchInterrupts();
  const Status status = words.ok() ? Train(words.value(), program) : words.status();
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  if (status.code() == Code::kCancelled && mapreduce::Interrupted()) return mapreduce::kInterruptedExit;
  return words.ok() ? 1 : 2;
}

}  // namespace tusk::ml
