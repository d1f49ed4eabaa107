// From a container's command line, files and environment to a master or a worker.
#include "base/async/loop_thread.h"
#include "mapreduce/client/container_process.h"
#include "mapreduce/client/job_files.h"
#include "quant/job/cluster_quant.h"
#include "quant/job/master/quant_master.h"
#include "quant/job/wire/job_files.h"
#include "quant/job/worker/quant_worker.h"

namespace tusk::quant {
namespace {

using mapreduce::OpenedContainer;
using mapreduce::OptionValue;
using mapreduce::Process;

constexpr uint64_t kJobBytesMax = 16 << 20;

Status RunMaster(const QuantProgram& program, Process& process, OpenedContainer container, ClusterQuant job) {
  QuantMasterSetup setup;
  setup.staging = container.conf.Get(mapreduce::kStagingDirKey, "");
  setup.conf = std::move(container.conf);
  setup.files = container.files.get();
  setup.job = std::move(job);
  setup.program = &program;
  setup.credentials = std::move(container.credentials);
  setup.container = Process::Variable("CONTAINER_ID");
  setup.host = mapreduce::ContainerHost();
  LoopThread thread(process.clock(), process.random(), process.disk(), "master", 4);
  QuantMaster master(thread.env(), std::move(setup));
  return thread.Run(master.Run());
}

Status RunWorker(const QuantProgram& program, Process& process, const OpenedContainer& container, ClusterQuant job,
                 const std::vector<std::string>& arguments) {
  const auto token = container.credentials.tokens.find(kJobTokenAlias);
  if (token == container.credentials.tokens.end()) return Status(Code::kInvalidToken, "the container lacks the job's token");
  return RunQuantWorker({&process, container.files.get(), std::move(job), &program, container.conf.Get(mapreduce::kStagingDirKey, ""), token->second,
                         OptionValue(arguments, kContainerOption)});
}

Result<int> RunNamedRole(const QuantProgram& program, Process& process, const std::vector<std::string>& arguments) {
  ASSIGN_OR_RETURN(OpenedContainer container, mapreduce::OpenContainer(process));
  ASSIGN_OR_RETURN(const std::string json, mapreduce::ReadLocalized(process, kJobName, kJobBytesMax));
  ASSIGN_OR_RETURN(ClusterQuant job, DecodeJob(json));
  const bool master = OptionValue(arguments, mapreduce::kRoleOption) == kMasterRole;
  RETURN_IF_ERROR(master ? RunMaster(program, process, std::move(container), std::move(job))
                         : RunWorker(program, process, container, std::move(job), arguments));
  return 0;
}

}  // namespace

bool IsQuantRole(const std::vector<std::string>& arguments) {
  const std::string role = OptionValue(arguments, mapreduce::kRoleOption);
  return role == kMasterRole || role == kWorkerRole;
}

int RunQuantRole(const QuantProgram& program, const std::vector<std::string>& arguments) {
  return mapreduce::RunInContainer([&](Process& process) { return RunNamedRole(program, process, arguments); });
}

}  // namespace tusk::quant
