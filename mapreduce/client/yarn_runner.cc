// The job client.
#include "mapreduce/client/yarn_runner.h"

#include <algorithm>

#include "mapreduce/client/counters_proto.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/client/launch_context.h"
#include "mapreduce/client/program_upload.h"
#include "mapreduce/client/yarn_addresses.h"
#include "mapreduce/proto/MRClientProtocol.rpc.h"
#include "mapreduce/proto/mr_service_protos.pb.h"
#include "mapreduce/task/local_file_system.h"
#include "mapreduce/umbilical/umbilical.pb.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/proto/applicationclient_protocol.rpc.h"
#include "yarn_like/proto/yarn_service_protos.pb.h"

namespace tusk::mapreduce {

namespace {
constexpr size_t kCopyBytes = 1 << 20;
constexpr auto kPollFirst = std::chrono::milliseconds(20);
constexpr auto kPollMax = std::chrono::milliseconds(500);
constexpr size_t kShuffleSecretBytes = 8;
constexpr uint64_t kSummaryBytesMax = 64 << 20;

Status CopyFile(Disk& disk, const std::string& from, const Location& to, CreateOptions options) {
  ASSIGN_OR_RETURN(std::unique_ptr<File> source, disk.Open(from, OpenMode::kRead));
  ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> target, to.fs->Create(to.path, options));
  std::vector<uint8_t> buffer(kCopyBytes);
  for (uint64_t at = 0;;) {
    ASSIGN_OR_RETURN(size_t count, source->ReadAt(at, buffer));
    if (count == 0) break;
    RETURN_IF_ERROR(target->Write(ByteView(buffer).first(count)));
    at += count;
  }
  return target->Close();
}

std::string RandomBytes(Random& random, size_t count) {
  std::string bytes(count, '\0');
  random.FillSecure({reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

}  // namespace

struct YarnRunner::Connections {
  hadoop::yarn::ApplicationClientProtocolClient rm;
  hadoop::yarn::ApplicationIdProto application;
  Credentials credentials;
};

namespace {
Task<Status> Close(rpc::Client* client) {
  co_await client->Shutdown();
  co_return Status::Ok();
}
}  // namespace

YarnRunner::YarnRunner(Process& process, FileSystems& files, Console& console, const Configuration& conf)
    : process_(process), files_(files), console_(console), conf_(conf), thread_(process.clock(), process.random(), process.disk(), "jobclient") {
  rpc_ = rpc::Client::Make(thread_.env(), std::chrono::seconds(60));
}

YarnRunner::~YarnRunner() { (void)thread_.Run(Close(rpc_.get())); }

Status YarnRunner::UploadCache(Configuration& conf, const char* from_key, const char* to_key, const char* folder) {
  std::string uris;
  for (const std::string& listed : conf.GetStrings(from_key)) {
    size_t hash = listed.find('#');
    std::string path = listed.substr(0, hash);
    PathParts parts = CutPath(path);
    std::string name = BaseName(parts.path);
    std::string link = hash == std::string::npos ? name : listed.substr(hash + 1);
    std::string uri = path;
    if (parts.scheme.empty() || parts.scheme == "file") {
      std::string local = NormalPath(parts.path, process_.working_folder());
      if (!process_.disk().Exists(local)) return Status(Code::kFileNotFound, "File " + local + " does not exist");
      ASSIGN_OR_RETURN(Location target, files_.Resolve(staging_ + "/" + folder + "/" + name));
      RETURN_IF_ERROR(CopyFile(process_.disk(), local, target, {}));
      uri = target.ToString();
    }
    uris += (uris.empty() ? "" : ",") + uri + "#" + link;
  }
  if (uris.empty()) return Status::Ok();
  std::string before = conf.Get(to_key, "");
  conf.Set(to_key, before.empty() ? uris : before + "," + uris);
  return Status::Ok();
}

Status YarnRunner::Prepare(Job& job, const std::string& entry, const Arguments& arguments, const Arguments& launch_arguments) {
  RETURN_IF_ERROR(job.Validate());
  RETURN_IF_ERROR(job.output_format().Check(job.configuration(), files_));
  ASSIGN_OR_RETURN(HostPort address, ResourceManagerAddress(conf_, "yarn.resourcemanager.address", 8032));
  console_.Info("client.DefaultNoHARMFailoverProxyProvider", "Connecting to ResourceManager at /" + address.ToString());
  rpc::Channel channel(*rpc_, address, {process_.user()}, {.timeout = std::chrono::seconds(60), .retries_max = 10});
  connections_ = std::make_unique<Connections>(Connections{hadoop::yarn::ApplicationClientProtocolClient(channel), {}, {}});
  ASSIGN_OR_RETURN(hadoop::yarn::GetNewApplicationResponseProto fresh,
                   thread_.Run(connections_->rm.GetNewApplication(hadoop::yarn::GetNewApplicationRequestProto())));
  connections_->application = fresh.application_id();
  job_id_ = "job_" + yarn::FromProto(fresh.application_id()).ToString().substr(std::string_view("application_").size());

  Configuration& conf = job.configuration();
  ASSIGN_OR_RETURN(Location staging,
                   files_.Resolve(conf.Get("yarn.app.mapreduce.am.staging-dir", "") + "/" + process_.user() + "/.staging/" + job_id_));
  staging_ = staging.ToString();
  RETURN_IF_ERROR(staging.fs->MakeDirs(staging.path));
  // Nobody else's business: the files of the job, and the credentials that they may name.
  for (const std::string& folder : {ParentPath(staging.path), staging.path}) RETURN_IF_ERROR(staging.fs->SetPermission(folder, 0700));
  ASSIGN_OR_RETURN(std::vector<InputSplit> splits, job.input_format().Splits(conf, files_));
  console_.Info("mapreduce.JobSubmitter", "number of splits:" + std::to_string(splits.size()));
  RETURN_IF_ERROR(UploadProgram(process_, files_, conf, job_id_));
  RETURN_IF_ERROR(UploadCache(conf, "tmpfiles", "mapreduce.job.cache.files", "files"));
  RETURN_IF_ERROR(UploadCache(conf, "tmparchives", "mapreduce.job.cache.archives", "archives"));
  conf.Set(kStagingDirKey, staging_);
  conf.Set(kJobEntryKey, entry);
  conf.Set(kArgumentsKey, EncodeArguments(arguments));
  conf.Set(kLaunchArgumentsKey, EncodeArguments(launch_arguments));
  conf.Set(kUserKey, process_.user());
  conf.Set("mapreduce.job.id", job_id_);
  conf.Set("mapreduce.job.maps", std::to_string(splits.size()));
  // Paths of the job are complete from here on: tasks have another working folder.
  if (!job.output_path().empty()) {
    ASSIGN_OR_RETURN(Location output, files_.Resolve(job.output_path()));
    job.SetOutputPath(output.ToString());
  }
  SplitFiles split_files = EncodeSplits(splits);
  RETURN_IF_ERROR(staging.fs->WriteFile(staging.path + "/" + kSplitName, split_files.split));
  RETURN_IF_ERROR(staging.fs->WriteFile(staging.path + "/" + kSplitMetaName, split_files.meta));
  return staging.fs->WriteFile(staging.path + "/" + kJobXmlName, conf.ToXml());
}

Status YarnRunner::Submit(const Job& job) {
  const Configuration& conf = job.configuration();
  console_.Info("mapreduce.JobSubmitter", "Submitting tokens for job: " + job_id_);
  LaunchPlan plan;
  plan.role = kAppMasterRole;
  plan.credentials.secrets[kShuffleSecretAlias] = RandomBytes(process_.random(), kShuffleSecretBytes);
  std::vector<std::string> paths = conf.GetStrings("mapreduce.input.fileinputformat.inputdir");
  paths.insert(paths.end(), {staging_, job.output_path()});
  RETURN_IF_ERROR(AddFileSystemTokens(files_, paths, plan.credentials));
  hadoop::yarn::SubmitApplicationRequestProto request;
  auto* context = request.mutable_application_submission_context();
  *context->mutable_application_id() = connections_->application;
  context->set_application_name(job.name());
  context->set_queue(conf.Get("mapreduce.job.queuename", "default"));
  context->set_applicationtype("MAPREDUCE");
  ASSIGN_OR_RETURN(int64_t attempts, conf.GetInt("mapreduce.am.max-attempts", 2));
  context->set_maxappattempts(static_cast<int32_t>(attempts));
  // An app master of ours needs a hundredth of Java's, but the scheduler's minimum decides anyway.
  ASSIGN_OR_RETURN(int64_t memory_mb, conf.GetInt("yarn.app.mapreduce.am.resource.mb", 256));
  ASSIGN_OR_RETURN(int64_t cores, conf.GetInt("yarn.app.mapreduce.am.resource.cpu-vcores", 1));
  *context->mutable_resource() = MakeResource(memory_mb, cores);
  ASSIGN_OR_RETURN(auto resources, JobResources(conf, files_));
  ASSIGN_OR_RETURN(*context->mutable_am_container_spec(), MakeLaunchContext(conf, resources, plan));
  Result<hadoop::yarn::SubmitApplicationResponseProto> submitted = thread_.Run(connections_->rm.SubmitApplication(request));
  if (!submitted.ok()) return std::move(submitted).status();
  std::string application = ApplicationIdOfJob(job_id_);
  console_.Info("impl.YarnClientImpl", "Submitted application " + application);
  console_.Info("mapreduce.Job", "The url to track the job: http://" + conf_.Get("yarn.resourcemanager.webapp.address", "0.0.0.0:8088") +
                                     "/proxy/" + application + "/");
  console_.Info("mapreduce.Job", "Running job: " + job_id_);
  return Status::Ok();
}

void YarnRunner::ShowFailedAttempts(const std::string& host, int port) {
  rpc::Channel channel(*rpc_, {host, static_cast<uint16_t>(port)}, {process_.user()}, {.timeout = std::chrono::seconds(5), .retries_max = 0});
  hadoop::mapreduce::MRClientProtocolClient am(channel);
  hadoop::mapreduce::GetTaskAttemptCompletionEventsRequestProto request;
  request.set_from_event_id(events_shown_);
  request.set_max_events(100);
  auto response = thread_.Run(am.GetTaskAttemptCompletionEvents(request));
  if (!response.ok()) return;
  for (const auto& event : response->completion_events()) {
    ++events_shown_;
    if (event.status() != hadoop::mapreduce::TACE_FAILED) continue;
    hadoop::mapreduce::GetDiagnosticsRequestProto ask;
    *ask.mutable_task_attempt_id() = event.attempt_id();
    auto diagnostics = thread_.Run(am.GetDiagnostics(ask));
    const auto& task = event.attempt_id().task_id();
    std::string number = std::to_string(task.id());
    std::string id = "attempt_" + job_id_.substr(4) + (task.task_type() == hadoop::mapreduce::REDUCE ? "_r_" : "_m_") +
                     std::string(number.size() < 6 ? 6 - number.size() : 0, '0') + number + "_" + std::to_string(event.attempt_id().id());
    std::string text = "Task Id : " + id + ", Status : FAILED";
    if (diagnostics.ok()) {
      for (const std::string& line : diagnostics->diagnostics()) text += "\n" + line;
    }
    console_.Info("mapreduce.Job", text);
  }
}

void YarnRunner::ShowProgress(const std::string& host, int port) {
  rpc::Channel channel(*rpc_, {host, static_cast<uint16_t>(port)}, {process_.user()}, {.timeout = std::chrono::seconds(5), .retries_max = 0});
  hadoop::mapreduce::MRClientProtocolClient am(channel);
  auto report = thread_.Run(am.GetJobReport(hadoop::mapreduce::GetJobReportRequestProto()));
  if (!report.ok()) return;
  if (!announced_) console_.Info("mapreduce.Job", "Job " + job_id_ + " running in uber mode : false");
  announced_ = true;
  console_.Progress(report->job_report().map_progress(), report->job_report().reduce_progress());
  ShowFailedAttempts(host, port);
}

Result<JobResult> YarnRunner::Watch() {
  Duration pause = kPollFirst;
  hadoop::yarn::GetApplicationReportRequestProto request;
  *request.mutable_application_id() = connections_->application;
  for (;;) {
    ASSIGN_OR_RETURN(hadoop::yarn::GetApplicationReportResponseProto response, thread_.Run(connections_->rm.GetApplicationReport(request)));
    const auto& report = response.application_report();
    switch (report.yarn_application_state()) {
      case hadoop::yarn::FINISHED:
        return ReadSummary(report.final_application_status() == hadoop::yarn::APP_SUCCEEDED, report.diagnostics());
      case hadoop::yarn::FAILED:
      case hadoop::yarn::KILLED:
        return ReadSummary(false, report.diagnostics());
      case hadoop::yarn::RUNNING:
        if (report.rpc_port() > 0) ShowProgress(report.host(), report.rpc_port());
        break;
      default:
        break;
    }
    Result<bool> slept = thread_.Run([](EventLoop* loop, Duration delay) -> Task<Result<bool>> {
      (void)co_await SleepFor(*loop, delay);
      co_return true;
    }(&thread_.loop(), pause));
    (void)slept;
    pause = std::min<Duration>(pause * 5 / 4, kPollMax);
  }
}

Result<JobResult> YarnRunner::ReadSummary(bool succeeded, std::string diagnostics) {
  JobResult result;
  result.job_id = job_id_;
  result.succeeded = succeeded;
  result.diagnostics = std::move(diagnostics);
  ASSIGN_OR_RETURN(Location place, files_.Resolve(JobSummaryPath(conf_, process_.user(), job_id_)));
  Result<std::string> bytes = place.fs->ReadFile(place.path, kSummaryBytesMax);
  umbilical::JobSummary summary;
  bool known = bytes.ok() && summary.ParseFromString(*bytes);
  if (known) {
    for (const umbilical::Counter& counter : summary.counters()) result.counters.Find(counter.group(), counter.name()).Set(counter.value());
    if (!summary.diagnostics().empty()) result.diagnostics = summary.diagnostics();
  }
  if (!announced_) console_.Info("mapreduce.Job", "Job " + job_id_ + " running in uber mode : false");
  if (succeeded) {
    console_.Progress(1, 1);
    console_.Info("mapreduce.Job", "Job " + job_id_ + " completed successfully");
  } else {
    std::string state = known ? summary.state() : "FAILED";
    console_.Info("mapreduce.Job", "Job " + job_id_ + " failed with state " + state + " due to: " + result.diagnostics);
    console_.Info("mapreduce.Job", "The logs of its containers: yarn logs -applicationId " + ApplicationIdOfJob(job_id_));
    if (!known) {  // the app master did not get to its end
      ASSIGN_OR_RETURN(Location staging, files_.Resolve(staging_));
      (void)staging.fs->Remove(staging.path);
    }
  }
  if (known) console_.Info("mapreduce.Job", PrintCounters(result.counters));
  return result;
}

Result<JobResult> YarnRunner::Run(Job& job, const std::string& entry, const Arguments& arguments, const Arguments& launch_arguments) {
  Status prepared = Prepare(job, entry, arguments, launch_arguments);
  if (prepared.ok()) prepared = Submit(job);
  if (!prepared.ok()) {
    if (!staging_.empty()) {
      if (Result<Location> staging = files_.Resolve(staging_); staging.ok()) (void)staging->fs->Remove(staging->path);
    }
    return prepared;
  }
  ASSIGN_OR_RETURN(bool background, conf_.GetBool(kBackgroundKey, false));
  if (!background) return Watch();
  JobResult submitted;
  submitted.job_id = job_id_;
  return submitted;
}

}  // namespace tusk::mapreduce
