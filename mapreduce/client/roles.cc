// From a container's command line, files and environment to an app master or a task.
#include "mapreduce/client/roles.h"

#include <cstdio>

#include "base/async/loop_thread.h"
#include "base/log/log.h"
#include "mapreduce/appmaster/app_master.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/task_process/task_process.h"

namespace tusk::mapreduce {
namespace {

constexpr uint64_t kSplitBytesMax = 256 << 20;

std::string OptionValue(const Arguments& arguments, std::string_view option) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with(option)) return argument.substr(option.size());
  }
  return "";
}

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
Result<Job> LoadJob(const Program& program, Process& process) {
  Configuration conf = process.EmptyConfiguration();
  RETURN_IF_ERROR(conf.LoadFile(process.disk(), process.working_folder() + "/" + kJobXmlName));
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
  ASSIGN_OR_RETURN(std::string split, process.disk().ReadFile(process.working_folder() + "/" + kSplitName, kSplitBytesMax));
  ASSIGN_OR_RETURN(std::string meta, process.disk().ReadFile(process.working_folder() + "/" + kSplitMetaName, kSplitBytesMax));
  ASSIGN_OR_RETURN(setup.splits, DecodeSplits(AsBytes(split), AsBytes(meta)));
  setup.credentials = std::move(credentials);
  setup.container_id = Process::Variable("CONTAINER_ID");
  setup.host = Process::Variable("NM_HOST");
  if (setup.host.empty()) setup.host = "127.0.0.1";
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
  std::string role = OptionValue(arguments, kRoleOption);
  ASSIGN_OR_RETURN(Job job, LoadJob(program, process));
  ASSIGN_OR_RETURN(std::unique_ptr<FileSystems> files, process.MakeFileSystems(job.configuration()));
  ASSIGN_OR_RETURN(Credentials credentials, Credentials::ReadFile(process.disk(), Process::Variable("HADOOP_TOKEN_FILE_LOCATION")));
  if (role == kAppMasterRole) return RunAppMaster(process, job, *files, std::move(credentials));
  if (role == kTaskRole) return RunTask(process, job, *files, std::move(credentials), arguments);
  return Status(Code::kInvalidArgument, "no role \"" + role + "\"");
}

}  // namespace

int RunRole(const Program& program, Process& process, const Arguments& arguments) {
  OpenLogStderr(LogLevel::kInfo);
  Result<int> outcome = RunNamedRole(program, process, arguments);
  if (outcome.ok()) return *outcome;
  std::fprintf(stderr, "%s\n", outcome.status().ToString().c_str());
  return 1;
}

}  // namespace tusk::mapreduce
