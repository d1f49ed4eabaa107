// From a container's command line, files and environment to a master or a worker.
#include "base/async/loop_thread.h"
#include "mapreduce/client/container_process.h"
#include "mapreduce/client/job_files.h"
#include "mlkit/catalog/catalog.h"
#include "mlkit/job/cluster_training.h"
#include "mlkit/job/master/training_master.h"
#include "mlkit/job/wire/job_files.h"
#include "mlkit/job/worker/training_worker.h"

namespace tusk::ml {
namespace {

using mapreduce::OpenedContainer;
using mapreduce::OptionValue;
using mapreduce::Process;

constexpr uint64_t kTrainingBytesMax = 256 << 20;

Result<std::unique_ptr<Algorithm>> MakeByCatalog(const ClusterTraining& training, const Schema& schema) {
  return MakeCheckedAlgorithm(training.algorithm, training.parameters, schema);
}

Status RunMaster(Process& process, OpenedContainer container, ClusterTraining training) {
  TrainingMasterSetup setup;
  setup.staging = container.conf.Get(mapreduce::kStagingDirKey, "");
  setup.conf = std::move(container.conf);
  setup.files = container.files.get();
  setup.training = std::move(training);
  setup.credentials = std::move(container.credentials);
  setup.container = Process::Variable("CONTAINER_ID");
  setup.host = mapreduce::ContainerHost();
  LoopThread thread(process.clock(), process.random(), process.disk(), "master", 4);
  TrainingMaster master(thread.env(), std::move(setup));
  return thread.Run(master.Run());
}

Status RunWorker(const TrainingProgram& program, Process& process, const OpenedContainer& container, ClusterTraining training,
                 const std::vector<std::string>& arguments) {
  TrainingWorkerSetup setup;
  setup.process = &process;
  setup.files = container.files.get();
  setup.training = std::move(training);
  setup.program = &program;
  setup.staging = container.conf.Get(mapreduce::kStagingDirKey, "");
  const auto token = container.credentials.tokens.find(kJobTokenAlias);
  if (token == container.credentials.tokens.end()) return Status(Code::kInvalidToken, "the container lacks the job's token");
  setup.token = token->second;
  setup.container = OptionValue(arguments, kContainerOption);
  setup.host = mapreduce::ContainerHost();
  return RunTrainingWorker(std::move(setup));
}

Result<int> RunNamedRole(const TrainingProgram& given, Process& process, const std::vector<std::string>& arguments) {
  TrainingProgram program = given;
  if (!program.make_algorithm) program.make_algorithm = MakeByCatalog;
  ASSIGN_OR_RETURN(OpenedContainer container, mapreduce::OpenContainer(process));
  ASSIGN_OR_RETURN(const std::string json, mapreduce::ReadLocalized(process, kTrainingName, kTrainingBytesMax));
  ASSIGN_OR_RETURN(ClusterTraining training, DecodeTraining(json));
  const bool master = OptionValue(arguments, mapreduce::kRoleOption) == kMasterRole;
  RETURN_IF_ERROR(master ? RunMaster(process, std::move(container), std::move(training))
                         : RunWorker(program, process, container, std::move(training), arguments));
  return 0;
}

}  // namespace

bool IsTrainingRole(const std::vector<std::string>& arguments) {
  const std::string role = OptionValue(arguments, mapreduce::kRoleOption);
  return role == kMasterRole || role == kWorkerRole;
}

int RunTrainingRole(const TrainingProgram& program, const std::vector<std::string>& arguments) {
  return mapreduce::RunInContainer([&](Process& process) { return RunNamedRole(program, process, arguments); });
}

}  // namespace tusk::ml
