// From a container's command line, files and environment to a master or a worker.
#include <cstdio>

#include "base/async/loop_thread.h"
#include "base/log/log.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/client/process.h"
#include "quant/job/cluster_quant.h"
#include "quant/job/master/quant_master.h"
#include "quant/job/wire/job_files.h"
#include "quant/job/worker/quant_worker.h"

namespace tusk::quant {
namespace {

using mapreduce::Process;

constexpr uint64_t kJobBytesMax = 16 << 20;

std::string OptionValue(const std::vector<std::string>& arguments, std::string_view option) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with(option)) return argument.substr(option.size());
  }
  return "";
}

Status RunMaster(const QuantProgram& program, Process& process, Configuration conf, mapreduce::FileSystems& files, ClusterQuant job,
                 Credentials credentials) {
  QuantMasterSetup setup;
  setup.staging = conf.Get(mapreduce::kStagingDirKey, "");
  setup.conf = std::move(conf);
  setup.files = &files;
  setup.job = std::move(job);
  setup.program = &program;
  setup.credentials = std::move(credentials);
  setup.container = Process::Variable("CONTAINER_ID");
  const std::string host = Process::Variable("NM_HOST");
  setup.host = host.empty() ? "127.0.0.1" : host;
  LoopThread thread(process.clock(), process.random(), process.disk(), "master", 4);
  QuantMaster master(thread.env(), std::move(setup));
  return thread.Run(master.Run());
}

Status RunNamedRole(const QuantProgram& program, Process& process, const std::vector<std::string>& arguments) {
  Configuration conf = process.EmptyConfiguration();
  RETURN_IF_ERROR(conf.LoadFile(process.disk(), JoinPath(process.working_folder(), mapreduce::kJobXmlName)));
  ASSIGN_OR_RETURN(const std::string json, process.disk().ReadFile(JoinPath(process.working_folder(), kJobName), kJobBytesMax));
  ASSIGN_OR_RETURN(ClusterQuant job, DecodeJob(json));
  ASSIGN_OR_RETURN(const std::unique_ptr<mapreduce::FileSystems> files, process.MakeFileSystems(conf));
  ASSIGN_OR_RETURN(Credentials credentials, Credentials::ReadFile(process.disk(), Process::Variable("HADOOP_TOKEN_FILE_LOCATION")));
  if (OptionValue(arguments, mapreduce::kRoleOption) == kMasterRole) {
    return RunMaster(program, process, std::move(conf), *files, std::move(job), std::move(credentials));
  }
  const auto token = credentials.tokens.find(kJobTokenAlias);
  if (token == credentials.tokens.end()) return Status(Code::kInvalidToken, "the container lacks the job's token");
  return RunQuantWorker({&process, files.get(), std::move(job), &program, conf.Get(mapreduce::kStagingDirKey, ""), token->second,
                         OptionValue(arguments, kContainerOption)});
}

}  // namespace

bool IsQuantRole(const std::vector<std::string>& arguments) {
  const std::string role = OptionValue(arguments, mapreduce::kRoleOption);
  return role == kMasterRole || role == kWorkerRole;
}

int RunQuantRole(const QuantProgram& program, const std::vector<std::string>& arguments) {
  OpenLogStderr(LogLevel::kInfo);
  Process process;
  const Status status = RunNamedRole(program, process, arguments);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

}  // namespace tusk::quant
