// Submission, standing and end of an application.
#include "mapreduce/client/program_application.h"

#include "mapreduce/client/job_files.h"
#include "mapreduce/client/launch_context.h"
#include "mapreduce/client/program_upload.h"
#include "mapreduce/client/yarn_addresses.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/proto/applicationclient_protocol.rpc.h"
#include "yarn_like/proto/yarn_service_protos.pb.h"

namespace tusk::mapreduce {
namespace {

constexpr size_t kSecretBytes = 32;
constexpr int kMasterAttemptsMax = 20;                     // the cluster's own limit holds too
constexpr int64_t kMasterFailuresForgottenMs = 60'000;
constexpr auto kKillPause = std::chrono::milliseconds(100);

Task<Status> Close(rpc::Client* client) {
  co_await client->Shutdown();
  co_return Status::Ok();
}

Task<Status> Sleep(EventLoop* loop, Duration duration) { co_return co_await SleepFor(*loop, duration); }

}  // namespace

struct ProgramApplication::Yarn {
  explicit Yarn(const rpc::Channel& channel) : manager(channel) {}
  hadoop::yarn::ApplicationClientProtocolClient manager;
  hadoop::yarn::ApplicationIdProto application;
};

ProgramApplication::ProgramApplication(Process& process, Configuration conf, FileSystems& files)
    : process_(process), conf_(std::move(conf)), files_(files), thread_(process.clock(), process.random(), process.disk(), "client") {
  rpc_ = rpc::Client::Make(thread_.env(), std::chrono::seconds(60));
}

ProgramApplication::~ProgramApplication() { (void)thread_.Run(Close(rpc_.get())); }

Status ProgramApplication::Submit(const ApplicationPlan& plan) {
  ASSIGN_OR_RETURN(const HostPort address, ResourceManagerAddress(conf_, "yarn.resourcemanager.address", 8032));
  const rpc::Channel channel(*rpc_, address, {process_.user()}, {.timeout = std::chrono::seconds(60), .retries_max = 10});
  yarn_ = std::make_unique<Yarn>(channel);
  ASSIGN_OR_RETURN(const hadoop::yarn::GetNewApplicationResponseProto fresh,
                   thread_.Run(yarn_->manager.GetNewApplication(hadoop::yarn::GetNewApplicationRequestProto())));
  yarn_->application = fresh.application_id();
  id_ = yarn::FromProto(yarn_->application).ToString();
  Status status = PutInPlace(plan);
  if (status.ok()) status = Send(plan);
  if (!status.ok()) RemoveStaging();
  return status;
}

// The staging folder: the program, the job's files, the configuration.
Status ProgramApplication::PutInPlace(const ApplicationPlan& plan) {
  ASSIGN_OR_RETURN(const Location staging,
                   files_.Resolve(conf_.Get("yarn.app.mapreduce.am.staging-dir", "") + "/" + process_.user() + "/.staging/" + id_));
  staging_ = staging.ToString();
  RETURN_IF_ERROR(staging.fs->MakeDirs(staging.path));
  for (const std::string& folder : {ParentPath(staging.path), staging.path}) RETURN_IF_ERROR(staging.fs->SetPermission(folder, 0700));
  ASSIGN_OR_RETURN(const auto contents, plan.stage(*this, conf_));
  RETURN_IF_ERROR(UploadProgram(process_, files_, conf_, id_));
  conf_.Set(kStagingDirKey, staging_);
  conf_.Set(kLaunchArgumentsKey, EncodeArguments(plan.launch_arguments));
  conf_.Set(kUserKey, process_.user());
  staged_ = {kJobXmlName};
  for (const auto& [name, content] : contents) {
    RETURN_IF_ERROR(staging.fs->WriteFile(JoinPath(staging.path, name), content));
    staged_.push_back(name);
  }
  return staging.fs->WriteFile(JoinPath(staging.path, kJobXmlName), conf_.ToXml());
}

Status ProgramApplication::Send(const ApplicationPlan& plan) {
  hadoop::yarn::SubmitApplicationRequestProto request;
  hadoop::yarn::ApplicationSubmissionContextProto& context = *request.mutable_application_submission_context();
  *context.mutable_application_id() = yarn_->application;
  context.set_application_name(plan.name);
  context.set_queue(plan.queue);
  context.set_applicationtype(plan.type);
  context.set_maxappattempts(kMasterAttemptsMax);
  context.set_attempt_failures_validity_interval(kMasterFailuresForgottenMs);
  context.set_keep_containers_across_application_attempts(true);  // workers go on without a master, and meet the next one
  *context.mutable_resource() = MakeResource(plan.master_memory_mb, 1);
  token_.identifier = id_;
  token_.password.resize(kSecretBytes);
  process_.random().FillSecure({reinterpret_cast<uint8_t*>(token_.password.data()), token_.password.size()});
  token_.kind = plan.token_kind;
  token_.service = id_;
  LaunchPlan launch;
  launch.role = plan.master_role;
  launch.credentials.tokens[plan.token_alias] = token_;
  std::vector<std::string> paths = plan.paths;
  paths.push_back(staging_);
  RETURN_IF_ERROR(AddFileSystemTokens(files_, paths, launch.credentials));
  ASSIGN_OR_RETURN(const auto resources, StagedResources(conf_, files_, staged_));
  ASSIGN_OR_RETURN(*context.mutable_am_container_spec(), MakeLaunchContext(conf_, resources, launch));
  return thread_.Run(yarn_->manager.SubmitApplication(request)).status();
}

Result<ProgramApplication::Standing> ProgramApplication::Ask() {
  hadoop::yarn::GetApplicationReportRequestProto request;
  *request.mutable_application_id() = yarn_->application;
  ASSIGN_OR_RETURN(const hadoop::yarn::GetApplicationReportResponseProto response, thread_.Run(yarn_->manager.GetApplicationReport(request)));
  const auto& report = response.application_report();
  const auto state = report.yarn_application_state();
  Standing standing;
  standing.diagnostics = report.diagnostics();
  if (state == hadoop::yarn::FINISHED && report.final_application_status() == hadoop::yarn::APP_SUCCEEDED) {
    standing.stage = Stage::kSucceeded;
  } else if (state == hadoop::yarn::FINISHED || state == hadoop::yarn::FAILED || state == hadoop::yarn::KILLED) {
    standing.stage = Stage::kFailed;
  } else if (state == hadoop::yarn::RUNNING && report.rpc_port() > 0) {
    standing.stage = Stage::kRunning;
    standing.master = {report.host(), static_cast<uint16_t>(report.rpc_port())};
    standing.tracking_url = report.trackingurl();
  }
  return standing;
}

Status ProgramApplication::Kill() {
  hadoop::yarn::KillApplicationRequestProto request;
  *request.mutable_application_id() = yarn_->application;
  for (int tries = 0; tries < 100; ++tries) {
    ASSIGN_OR_RETURN(const hadoop::yarn::KillApplicationResponseProto response, thread_.Run(yarn_->manager.ForceKillApplication(request)));
    if (response.is_kill_completed()) break;
    Pause(kKillPause);
  }
  RemoveStaging();
  return Status::Ok();
}

void ProgramApplication::RemoveStaging() {
  if (staging_.empty()) return;
  const Result<Location> staging = files_.Resolve(staging_);
  if (staging.ok()) (void)staging->fs->Remove(staging->path);  // what stays is in nobody's way
}

rpc::Channel ProgramApplication::MasterChannel(const HostPort& address) {
  return rpc::Channel(*rpc_, address, {id_, "", token_}, {.timeout = std::chrono::seconds(10), .retries_max = 0});
}

void ProgramApplication::Pause(Duration duration) { (void)thread_.Run(Sleep(&thread_.loop(), duration)); }

}  // namespace tusk::mapreduce
