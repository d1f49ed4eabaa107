// A program's main: the user's side of it, and the way to the container roles.
#include "mapreduce/api/program.h"

#include <cstdio>

#include "mapreduce/client/console.h"
#include "mapreduce/client/generic_options.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/client/local_runner.h"
#include "mapreduce/client/process.h"
#include "mapreduce/client/program_upload.h"
#include "mapreduce/client/roles.h"
#include "mapreduce/client/yarn_runner.h"

namespace tusk::mapreduce {
namespace {

class ProgramSession : public Session {
 public:
  ProgramSession(const Program& program, Process& process, Configuration conf, std::unique_ptr<FileSystems> files)
      : program_(program), process_(process), conf_(std::move(conf)), files_(std::move(files)), console_(process.clock()) {}
  Configuration& configuration() override { return conf_; }
  FileSystems& file_systems() override { return *files_; }

  Result<JobResult> Run(const std::string& name, const Arguments& arguments) override {
    const Program::Entry* entry = nullptr;
    for (const Program::Entry& candidate : program_.jobs()) {
      if (candidate.name == name) entry = &candidate;
    }
    if (entry == nullptr) return Status(Code::kInvalidArgument, "the program has no job \"" + name + "\"");
    Job job(conf_);
    RETURN_IF_ERROR(entry->configure(job, arguments));
    if (job.name().empty()) job.SetName(name);
    std::string framework = conf_.Get("mapreduce.framework.name", "local");
    if (framework == "local") return RunLocal(job);
    if (framework == "yarn") {
      YarnRunner runner(process_, *files_, console_, conf_);
      return runner.Run(job, name, arguments, program_.launch_arguments());
    }
    return Status(Code::kIOError, "Cannot initialize Cluster. Please check your configuration for mapreduce.framework.name and "
                                  "the correspond server addresses.");
  }

 private:
  Result<JobResult> RunLocal(Job& job) {
    if (local_number_ == 0) local_number_ = process_.random().Below(2'000'000'000);
    std::string sequence = std::to_string(++local_jobs_);
    LocalRunnerOptions options;
    options.disk = &process_.disk();
    options.files = files_.get();
    options.console = &console_;
    options.clock = &process_.clock();
    options.working_folder = process_.working_folder();
    options.job_id = "job_local" + std::to_string(local_number_) + "_" + std::string(4 - std::min<size_t>(4, sequence.size()), '0') + sequence;
    std::string local = conf_.Get("mapreduce.cluster.local.dir", "/tmp/mapred/local");
    options.work_folder = local.substr(0, local.find(',')) + "/localRunner/" + process_.user() + "/" + options.job_id;
    ASSIGN_OR_RETURN(int64_t threads, conf_.GetInt("mapreduce.local.map.tasks.maximum", 0));
    options.threads = static_cast<int>(threads);
    return RunLocalJob(job, options);
  }

  const Program& program_;
  Process& process_;
  Configuration conf_;
  std::unique_ptr<FileSystems> files_;
  Console console_;
  uint64_t local_number_ = 0;
  int local_jobs_ = 0;
};

int RunFirstJob(const Program& program, Session& session, const Arguments& arguments) {
  Result<JobResult> result = session.Run(program.jobs().front().name, arguments);
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", std::string(result.status().message()).c_str());
    if (result.code() != Code::kInvalidArgument) return 1;
    if (!program.usage().empty()) std::fprintf(stderr, "%s\n", program.usage().c_str());
    return 2;
  }
  return result->succeeded ? 0 : 1;
}

int Fail(const Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

}  // namespace

int RunProgram(const Program& program, const Arguments& arguments) {
  TUSK_CHECK(!program.jobs().empty()) << "a program without jobs";
  Process process;
  for (const std::string& argument : arguments) {
    if (argument.starts_with(kRoleOption)) return RunRole(program, arguments);
    if (argument.starts_with(kPackageOption)) {
      Result<Configuration> settings = process.LoadConfiguration();
      Status written = settings.ok() ? WriteProgram(process, *settings, argument.substr(std::string_view(kPackageOption).size())) : settings.status();
      return written.ok() ? 0 : Fail(written);
    }
  }
  Result<Configuration> conf = process.LoadConfiguration();
  if (!conf.ok()) return Fail(conf.status());
  Result<Arguments> rest = ParseGenericOptions(*conf, process.disk(), arguments);
  if (!rest.ok()) return Fail(rest.status());
  Result<std::unique_ptr<FileSystems>> files = process.MakeFileSystems(*conf);
  if (!files.ok()) return Fail(files.status());
  ProgramSession session(program, process, std::move(conf).value(), std::move(files).value());
  return program.driver() ? program.driver()(session, *rest) : RunFirstJob(program, session, *rest);
}

int RunJob(int argc, char** argv, Configure configure, std::string usage) {
  Program program(std::move(usage));
  program.AddJob("main", std::move(configure));
  return RunProgram(program, Arguments(argv + 1, argv + argc));
}

}  // namespace tusk::mapreduce
