// From a container's command line, files and environment to a master or a worker.
#include <algorithm>
#include <cstdio>

#include "base/async/loop_thread.h"
#include "base/log/log.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/client/process.h"
#include "mlkit/catalog/catalog.h"
#include "mlkit/job/cluster_training.h"
#include "mlkit/job/master/training_master.h"
#include "mlkit/job/wire/job_files.h"
#include "mlkit/job/worker/training_worker.h"

namespace tusk::ml {
namespace {

using mapreduce::Process;

constexpr uint64_t kTrainingBytesMax = 256 << 20;

std::string OptionValue(const std::vector<std::string>& arguments, std::string_view option) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with(option)) return argument.substr(option.size());
  }
  return "";
}

Result<std::unique_ptr<Algorithm>> MakeByCatalog(const ClusterTraining& training, const Schema& schema) {
  return MakeCheckedAlgorithm(training.algorithm, training.parameters, schema);
}

std::string NodeHost() {
  const std::string host = Process::Variable("NM_HOST");
  return host.empty() ? "127.0.0.1" : host;
}

Status RunMaster(Process& process, Configuration conf, mapreduce::FileSystems& files, ClusterTraining training, Credentials credentials) {
  TrainingMasterSetup setup;
  setup.staging = conf.Get(mapreduce::kStagingDirKey, "");
  setup.conf = std::move(conf);
  setup.files = &files;
  setup.training = std::move(training);
  setup.credentials = std::move(credentials);
  setup.container = Process::Variable("CONTAINER_ID");
  setup.host = NodeHost();
  LoopThread thread(process.clock(), process.random(), process.disk(), "master", 4);
  TrainingMaster master(thread.env(), std::move(setup));
  return thread.Run(master.Run());
}

Status RunWorker(const TrainingProgram& program, Process& process, const Configuration& conf, mapreduce::FileSystems& files,
                 ClusterTraining training, const Credentials& credentials, const std::vector<std::string>& arguments) {
  TrainingWorkerSetup setup;
  setup.process = &process;
  setup.files = &files;
  setup.training = std::move(training);
  setup.program = &program;
  setup.staging = conf.Get(mapreduce::kStagingDirKey, "");
  const auto token = credentials.tokens.find(kJobTokenAlias);
  if (token == credentials.tokens.end()) return Status(Code::kInvalidToken, "the container lacks the job's token");
  setup.token = token->second;
  setup.container = OptionValue(arguments, kContainerOption);
  setup.host = NodeHost();
  return RunTrainingWorker(std::move(setup));
}

Status RunNamedRole(const TrainingProgram& given, Process& process, const std::vector<std::string>& arguments) {
  TrainingProgram program = given;
  if (!program.make_algorithm) program.make_algorithm = MakeByCatalog;
  Configuration conf = process.EmptyConfiguration();
  RETURN_IF_ERROR(conf.LoadFile(process.disk(), JoinPath(process.working_folder(), mapreduce::kJobXmlName)));
  ASSIGN_OR_RETURN(const std::string json, process.disk().ReadFile(JoinPath(process.working_folder(), kTrainingName), kTrainingBytesMax));
  ASSIGN_OR_RETURN(ClusterTraining training, DecodeTraining(json));
  ASSIGN_OR_RETURN(const std::unique_ptr<mapreduce::FileSystems> files, process.MakeFileSystems(conf));
  ASSIGN_OR_RETURN(Credentials credentials, Credentials::ReadFile(process.disk(), Process::Variable("HADOOP_TOKEN_FILE_LOCATION")));
  if (OptionValue(arguments, mapreduce::kRoleOption) == kMasterRole) {
    return RunMaster(process, std::move(conf), *files, std::move(training), std::move(credentials));
  }
  return RunWorker(program, process, conf, *files, std::move(training), credentials, arguments);
}

}  // namespace

bool IsTrainingRole(const std::vector<std::string>& arguments) {
  const std::string role = OptionValue(arguments, mapreduce::kRoleOption);
  return role == kMasterRole || role == kWorkerRole;
}

int RunTrainingRole(const TrainingProgram& program, const std::vector<std::string>& arguments) {
  OpenLogStderr(LogLevel::kInfo);
  Process process;
  const Status status = RunNamedRole(program, process, arguments);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

}  // namespace tusk::ml
