// Asking the resource manager, the app master and the summaries of finished jobs.
#include "mapreduce/client/job_command.h"

#include <algorithm>

#include "base/async/loop_thread.h"
#include "base/rpc/client.h"
#include "mapreduce/client/console.h"
#include "mapreduce/client/counters_proto.h"
#include "mapreduce/client/dfs_file_systems.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/client/yarn_addresses.h"
#include "mapreduce/proto/MRClientProtocol.rpc.h"
#include "mapreduce/proto/mr_service_protos.pb.h"
#include "mapreduce/umbilical/umbilical.pb.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/proto/applicationclient_protocol.rpc.h"
#include "yarn_like/proto/yarn_service_protos.pb.h"

namespace tusk::mapreduce {
namespace {

namespace mr = hadoop::mapreduce;
using hadoop::yarn::ApplicationReportProto;

constexpr int kFailure = 255;
constexpr uint64_t kSummaryBytesMax = 64 << 20;

const char kUsage[] =
    "Usage: job <command> <args>\n"
    "\t[-status <job-id>]\n"
    "\t[-counter <job-id> <group-name> <counter-name>]\n"
    "\t[-kill <job-id>]\n"
    "\t[-list [all]]\n";

class JobCommand {
 public:
  explicit JobCommand(CliContext& context)
      : context_(context), thread_(context.clock, context.random, context.disk, "mapred"), rpc_(rpc::Client::Make(thread_.env())) {}
  ~JobCommand() { (void)thread_.Run(Close(rpc_.get())); }

  int Run(const std::vector<std::string>& args) {
    Status status;
    if (args.size() <= 2 && !args.empty() && args[0] == "-list" && (args.size() == 1 || args[1] == "all")) {
      status = List(args.size() == 2);
    } else if (args.size() == 2 && args[0] == "-status") {
      status = ShowStatus(args[1]);
    } else if (args.size() == 2 && args[0] == "-kill") {
      status = Kill(args[1]);
    } else if (args.size() == 4 && args[0] == "-counter") {
      status = ShowCounter(args[1], args[2], args[3]);
    } else {
      std::fputs(kUsage, context_.err);
      return kFailure;
    }
    if (status.ok()) return 0;
    std::fprintf(context_.err, "%s\n", std::string(status.message()).c_str());
    return kFailure;
  }

 private:
  static Task<Status> Close(rpc::Client* client) {
    co_await client->Shutdown();
    co_return Status::Ok();
  }

  Result<hadoop::yarn::ApplicationClientProtocolClient> ResourceManager() {
    ASSIGN_OR_RETURN(HostPort address, ResourceManagerAddress(context_.conf, "yarn.resourcemanager.address", 8032));
    return hadoop::yarn::ApplicationClientProtocolClient(rpc::Channel(*rpc_, address, {context_.user}, {.timeout = std::chrono::seconds(20)}));
  }

  Result<ApplicationReportProto> ReportOf(const std::string& job_id) {
    Result<yarn::ApplicationId> id = yarn::ApplicationId::Parse(ApplicationIdOfJob(job_id));
    if (!id.ok()) return Status(Code::kInvalidArgument, "JobId string : " + job_id + " is not properly formed");
    ASSIGN_OR_RETURN(auto rm, ResourceManager());
    hadoop::yarn::GetApplicationReportRequestProto request;
    yarn::ToProto(*id, request.mutable_application_id());
    ASSIGN_OR_RETURN(auto response, thread_.Run(rm.GetApplicationReport(request)));
    return response.application_report();
  }

  mr::MRClientProtocolClient AppMaster(const ApplicationReportProto& report) {
    HostPort address{report.host(), static_cast<uint16_t>(report.rpc_port())};
    return mr::MRClientProtocolClient(rpc::Channel(*rpc_, address, {context_.user}, {.timeout = std::chrono::seconds(10), .retries_max = 1}));
  }

  static const char* StateName(const ApplicationReportProto& report) {
    switch (report.yarn_application_state()) {
      case hadoop::yarn::RUNNING: return "RUNNING";
      case hadoop::yarn::FINISHED:
        return report.final_application_status() == hadoop::yarn::APP_SUCCEEDED ? "SUCCEEDED"
               : report.final_application_status() == hadoop::yarn::APP_KILLED  ? "KILLED"
                                                                                : "FAILED";
      case hadoop::yarn::FAILED: return "FAILED";
      case hadoop::yarn::KILLED: return "KILLED";
      default: return "PREP";
    }
  }

  Status List(bool all) {
    ASSIGN_OR_RETURN(auto rm, ResourceManager());
    hadoop::yarn::GetApplicationsRequestProto request;
    request.add_application_types("MAPREDUCE");
    ASSIGN_OR_RETURN(auto response, thread_.Run(rm.GetApplications(request)));
    std::vector<const ApplicationReportProto*> jobs;
    for (const ApplicationReportProto& report : response.applications()) {
      if (all || report.yarn_application_state() < hadoop::yarn::FINISHED) jobs.push_back(&report);
    }
    std::sort(jobs.begin(), jobs.end(), [](const auto* a, const auto* b) { return a->applicationid().id() < b->applicationid().id(); });
    std::fprintf(context_.out, "Total jobs:%zu\n", jobs.size());
    std::fprintf(context_.out, "%23s\t%40s\t%10s\t%14s\t%12s\t%12s\t%10s\t%15s\t%15s\t%8s\t%8s\t%10s\t%10s\n", "JobId", "JobName", "State",
                 "StartTime", "UserName", "Queue", "Priority", "UsedContainers", "RsvdContainers", "UsedMem", "RsvdMem", "NeededMem", "AM info");
    for (const ApplicationReportProto* job : jobs) {
      const auto& usage = job->app_resource_usage();
      std::string id = JobIdOf(*job), name = job->name().substr(0, 40);
      std::string used = Megabytes(usage.used_resources().memory()), reserved = Megabytes(usage.reserved_resources().memory());
      std::string needed = Megabytes(usage.needed_resources().memory());
      std::fprintf(context_.out, "%23s\t%40s\t%10s\t%14lld\t%12s\t%12s\t%10s\t%15s\t%15s\t%8s\t%8s\t%10s\t%10s\n", id.c_str(), name.c_str(),
                   StateName(*job), static_cast<long long>(job->starttime()), job->user().c_str(), job->queue().c_str(), "DEFAULT",
                   Count(usage.num_used_containers()).c_str(), Count(usage.num_reserved_containers()).c_str(), used.c_str(), reserved.c_str(),
                   needed.c_str(), job->trackingurl().c_str());
    }
    return Status::Ok();
  }

  // -1 is what a finished application has.
  static std::string Count(int64_t number) { return number < 0 ? "N/A" : std::to_string(number); }
  static std::string Megabytes(int64_t number) { return number < 0 ? "N/A" : std::to_string(number) + "M"; }

  static std::string JobIdOf(const ApplicationReportProto& report) {
    return "job_" + yarn::FromProto(report.applicationid()).ToString().substr(std::string_view("application_").size());
  }

  Result<umbilical::JobSummary> SummaryOf(const ApplicationReportProto& report) {
    ASSIGN_OR_RETURN(std::unique_ptr<FileSystems> files,
                     MakeDfsFileSystems(context_.clock, context_.random, context_.disk, context_.conf, context_.user, context_.working_directory));
    ASSIGN_OR_RETURN(Location place, files->Resolve(JobSummaryPath(context_.conf, report.user(), JobIdOf(report))));
    ASSIGN_OR_RETURN(std::string bytes, place.fs->ReadFile(place.path, kSummaryBytesMax));
    umbilical::JobSummary summary;
    if (!summary.ParseFromString(bytes)) return Status(Code::kCorruption, place.ToString() + " is damaged");
    return summary;
  }

  // Counters and progress of a job that runs or has ended.
  struct Known {
    Counters counters;
    double map = 0, reduce = 0;
    int maps = 0, reduces = 0;
    std::string diagnostics;
  };
  Known Learn(const ApplicationReportProto& report) {
    Known known;
    known.diagnostics = report.diagnostics();
    if (report.yarn_application_state() == hadoop::yarn::RUNNING) {
      mr::MRClientProtocolClient am = AppMaster(report);
      auto job = thread_.Run(am.GetJobReport(mr::GetJobReportRequestProto()));
      auto counters = thread_.Run(am.GetCounters(mr::GetCountersRequestProto()));
      mr::GetTaskReportsRequestProto tasks;
      tasks.set_task_type(mr::MAP);
      auto maps = thread_.Run(am.GetTaskReports(tasks));
      tasks.set_task_type(mr::REDUCE);
      auto reduces = thread_.Run(am.GetTaskReports(tasks));
      if (job.ok()) {
        known.map = job->job_report().map_progress();
        known.reduce = job->job_report().reduce_progress();
      }
      if (counters.ok()) known.counters = CountersFromProto(counters->counters());
      if (maps.ok()) known.maps = maps->task_reports_size();
      if (reduces.ok()) known.reduces = reduces->task_reports_size();
      return known;
    }
    Result<umbilical::JobSummary> summary = SummaryOf(report);
    if (!summary.ok()) return known;
    for (const umbilical::Counter& counter : summary->counters()) known.counters.Find(counter.group(), counter.name()).Set(counter.value());
    known.map = known.reduce = summary->state() == "SUCCEEDED" ? 1 : 0;
    known.maps = summary->maps();
    known.reduces = summary->reduces();
    known.diagnostics = summary->diagnostics();
    return known;
  }

  Status ShowStatus(const std::string& job_id) {
    ASSIGN_OR_RETURN(ApplicationReportProto report, ReportOf(job_id));
    Known known = Learn(report);
    std::string staging = context_.conf.Get("yarn.app.mapreduce.am.staging-dir", "/tmp/hadoop-yarn/staging");
    auto ratio = [](double value) {
      std::string text;
      internal::PrintFloat(static_cast<float>(value), text);
      return text;
    };
    std::fprintf(context_.out,
                 "\nJob: %s\nJob File: %s/%s/.staging/%s/job.xml\nJob Tracking URL : %s\nUber job : false\nNumber of maps: %d\n"
                 "Number of reduces: %d\nmap() completion: %s\nreduce() completion: %s\nJob state: %s\nretired: false\nreason for failure: %s\n%s\n",
                 job_id.c_str(), staging.c_str(), report.user().c_str(), job_id.c_str(), report.trackingurl().c_str(), known.maps, known.reduces,
                 ratio(known.map).c_str(), ratio(known.reduce).c_str(), StateName(report), known.diagnostics.c_str(),
                 PrintCounters(known.counters).c_str());
    return Status::Ok();
  }

  Status ShowCounter(const std::string& job_id, const std::string& group, const std::string& name) {
    ASSIGN_OR_RETURN(ApplicationReportProto report, ReportOf(job_id));
    std::fprintf(context_.out, "%lld\n", static_cast<long long>(Learn(report).counters.Value(group, name)));
    return Status::Ok();
  }

  Status Kill(const std::string& job_id) {
    ASSIGN_OR_RETURN(ApplicationReportProto report, ReportOf(job_id));
    if (report.yarn_application_state() >= hadoop::yarn::FINISHED) {
      return Status(Code::kIOError, "Job " + job_id + " has already completed with status " + StateName(report));
    }
    bool asked = false;
    if (report.yarn_application_state() == hadoop::yarn::RUNNING && report.rpc_port() > 0) {
      asked = thread_.Run(AppMaster(report).KillJob(mr::KillJobRequestProto())).ok();
    }
    if (!asked) {  // it has no app master that answers
      ASSIGN_OR_RETURN(auto rm, ResourceManager());
      hadoop::yarn::KillApplicationRequestProto request;
      *request.mutable_application_id() = report.applicationid();
      RETURN_IF_ERROR(thread_.Run(rm.ForceKillApplication(request)));
    }
    std::fprintf(context_.out, "Killed job %s\n", job_id.c_str());
    return Status::Ok();
  }

  CliContext& context_;
  LoopThread thread_;
  std::unique_ptr<rpc::Client> rpc_;
};

}  // namespace

int RunMapredJob(CliContext& context, std::vector<std::string> args) {
  Status options = TakeGenericOptions(context, args);
  if (!options.ok()) {
    std::fprintf(context.err, "%s\n", options.ToString().c_str());
    return kFailure;
  }
  return JobCommand(context).Run(args);
}

}  // namespace tusk::mapreduce
