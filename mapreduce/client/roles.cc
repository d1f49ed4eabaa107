// From a container's command line, files and environment to an app master or a task.
#include "mapreduce/client/roles.h"

#include <csignal>
#include <cstdlib>

#include "base/async/loop_thread.h"
#include "mapreduce/appmaster/app_master.h"
#include "mapreduce/client/container_process.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/task_process/task_process.h"

namespace tusk::mapreduce {
namespace {

constexpr uint64_t kSplitBytesMax = 256 << 20;

std::vector<std::string> SplitList(const std::string& list) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < list.size();) {
    size_t comma = std::min(list.find(',', at), list.size());
    if (comma > at) parts.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

// The job as job.xml has it, with the parts that the program's configure function gives.
Result<Job> LoadJob(const Program& program, const Configuration& conf) {
  Job job(conf);
  std::string name = conf.Get(kJobEntryKey, "");
  ASSIGN_OR_RETURN(Arguments arguments, DecodeArguments(conf.GetRaw(kArgumentsKey).value_or("")));
  for (const Program::Entry& entry : program.jobs()) {
    if (entry.name != name) continue;
    RETURN_IF_ERROR(entry.configure(job, arguments));
    job.configuration() = conf;
    RETURN_IF_ERROR(job.Validate());
    return job;
  }
  return Status(Code::kInvalidArgument, "this program has no job \"" + name + "\"");
}

Result<int> RunAppMaster(Process& process, Job& job, FileSystems& files, Credentials credentials) {
  AppMasterSetup setup;
  setup.job = &job;
  setup.files = &files;
  ASSIGN_OR_RETURN(std::string split, ReadLocalized(process, kSplitName, kSplitBytesMax));
  ASSIGN_OR_RETURN(std::string meta, ReadLocalized(process, kSplitMetaName, kSplitBytesMax));
  ASSIGN_OR_RETURN(setup.splits, DecodeSplits(AsBytes(split), AsBytes(meta)));
  setup.credentials = std::move(credentials);
  setup.container_id = Process::Variable("CONTAINER_ID");
  setup.host = ContainerHost();
  setup.node_port = std::atoll(Process::Variable("NM_PORT").c_str());
  setup.node_http_port = std::atoll(Process::Variable("NM_HTTP_PORT").c_str());
  setup.user = job.configuration().Get(kUserKey, process.user());
  LoopThread thread(process.clock(), process.random(), process.disk(), "appmaster", 4);
  AppMaster app_master(thread.env(), std::move(setup));
  RETURN_IF_ERROR(thread.Run(app_master.Run()));
  return 0;
}

Result<int> RunTask(Process& process, Job& job, FileSystems& files, Credentials credentials, const Arguments& arguments) {
  TaskProcessSetup setup;
  setup.job = &job;
  setup.files = &files;
  setup.disk = &process.disk();
  setup.clock = &process.clock();
  setup.random = &process.random();
  setup.credentials = std::move(credentials);
  ASSIGN_OR_RETURN(setup.app_master, HostPort::Parse(OptionValue(arguments, kAppMasterOption)));
  setup.container_id = OptionValue(arguments, kContainerOption);
  setup.local_dirs = SplitList(Process::Variable("LOCAL_DIRS"));
  return RunTaskProcess(setup);
}

Result<int> RunNamedRole(const Program& program, Process& process, const Arguments& arguments) {
  const std::string role = OptionValue(arguments, kRoleOption);
  ASSIGN_OR_RETURN(OpenedContainer container, OpenContainer(process));
  ASSIGN_OR_RETURN(Job job, LoadJob(program, container.conf));
  if (role == kAppMasterRole) return RunAppMaster(process, job, *container.files, std::move(container.credentials));
  if (role == kTaskRole) return RunTask(process, job, *container.files, std::move(container.credentials), arguments);
  return Status(Code::kInvalidArgument, "no role \"" + role + "\"");
}

}  // namespace

int RunRole(const Program& program, const Arguments& arguments) {
  // A node manager asks so for the threads of a Java process, which goes on (`yarn container -signal … OUTPUT_THREAD_DUMP`).
  std::signal(SIGQUIT, [](int) {});
  return RunInContainer([&](Process& process) { return RunNamedRole(program, process, arguments); });
}

}  // namespace tusk::mapreduce
