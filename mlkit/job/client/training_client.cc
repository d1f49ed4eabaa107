// Submits a training as a YARN application and follows its master.
#include <algorithm>
#include <thread>

#include "base/async/loop_thread.h"
#include "base/rpc/client.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/client/launch_context.h"
#include "mapreduce/client/process.h"
#include "mapreduce/client/program_upload.h"
#include "mapreduce/client/yarn_addresses.h"
#include "mlkit/job/client/input_hosts.h"
#include "mlkit/job/cluster_training.h"
#include "mlkit/job/wire/checkpoint_store.h"
#include "mlkit/job/wire/job_files.h"
#include "mlkit/job/wire/training.rpc.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/proto/applicationclient_protocol.rpc.h"
#include "yarn_like/proto/yarn_service_protos.pb.h"

namespace tusk::ml {
namespace {

constexpr auto kStopMax = std::chrono::seconds(20);          // for the last checkpoint
constexpr auto kPollPause = std::chrono::milliseconds(100);
constexpr size_t kSecretBytes = 32;
constexpr int kMasterAttemptsMax = 20;                     // the cluster's own limit holds too
constexpr int64_t kMasterFailuresForgottenMs = 60'000;

tusk::Task<Status> Close(rpc::Client* client) {
  co_await client->Shutdown();
  co_return Status::Ok();
}

tusk::Task<Status> Sleep(EventLoop* loop, Duration duration) { co_return co_await SleepFor(*loop, duration); }

class TrainingClient {
 public:
  TrainingClient(const ClusterTraining& training, const TrainingProgram& program, const ClusterTrainingHooks& hooks)
      : training_(training), program_(program), hooks_(hooks), thread_(process_.clock(), process_.random(), process_.disk(), "training") {
    rpc_ = rpc::Client::Make(thread_.env(), std::chrono::seconds(60));
  }
  ~TrainingClient() { (void)thread_.Run(Close(rpc_.get())); }

  Result<ClusterOutcome> Run() {
    const Status submitted = Submit();
    if (!submitted.ok()) {
      RemoveStaging();
      return submitted;
    }
    return Watch();
  }

 private:
  Status Check() {
    if (training_.workers < 1) return Status(Code::kInvalidArgument, "a training needs at least one worker");
    if (training_.output.empty()) return Status(Code::kInvalidArgument, "no output is given");
    // Containers have other working folders and may be on other machines.
    ASSIGN_OR_RETURN(const mapreduce::Location output, files_->Resolve(training_.output));
    training_.output = output.ToString();
    Result<mapreduce::FileStatus> there = output.fs->Stat(output.path);
    if (there.ok() && there->is_directory) return Status(Code::kInvalidArgument, training_.output + " is a folder");
    if (training_.name.empty()) training_.name = "ml " + training_.algorithm;
    if (training_.checkpoint_folder.empty()) {
      if (training_.resume) return Status(Code::kInvalidArgument, "to resume, name the folder of the checkpoints");
      return Status::Ok();
    }
    ASSIGN_OR_RETURN(const mapreduce::Location folder, files_->Resolve(training_.checkpoint_folder));
    training_.checkpoint_folder = folder.ToString();
    ASSIGN_OR_RETURN(const std::vector<uint64_t> steps, CheckpointStore(folder).Steps());
    if (training_.resume || steps.empty()) return Status::Ok();
    return Status(Code::kInvalidArgument, training_.checkpoint_folder + " holds checkpoints of an earlier training: resume it, or give another folder");
  }

  Status Submit() {
    ASSIGN_OR_RETURN(conf_, process_.LoadConfiguration());
    for (const auto& [key, value] : hooks_.settings) conf_.Set(key, value);
    ASSIGN_OR_RETURN(files_, process_.MakeFileSystems(conf_));
    RETURN_IF_ERROR(Check());
    ASSIGN_OR_RETURN(const HostPort address, mapreduce::ResourceManagerAddress(conf_, "yarn.resourcemanager.address", 8032));
    rpc::Channel channel(*rpc_, address, {process_.user()}, {.timeout = std::chrono::seconds(60), .retries_max = 10});
    rm_ = std::make_unique<hadoop::yarn::ApplicationClientProtocolClient>(channel);
    ASSIGN_OR_RETURN(const hadoop::yarn::GetNewApplicationResponseProto fresh,
                     thread_.Run(rm_->GetNewApplication(hadoop::yarn::GetNewApplicationRequestProto())));
    application_ = fresh.application_id();
    id_ = yarn::FromProto(application_).ToString();
    RETURN_IF_ERROR(Stage());
    hadoop::yarn::SubmitApplicationRequestProto request;
    RETURN_IF_ERROR(FillContext(*request.mutable_application_submission_context()));
    RETURN_IF_ERROR(thread_.Run(rm_->SubmitApplication(request)));
    Say("submitted");
    return Status::Ok();
  }

  // The staging folder: program, settings, training.
  Status Stage() {
    ASSIGN_OR_RETURN(const mapreduce::Location staging,
                     files_->Resolve(conf_.Get("yarn.app.mapreduce.am.staging-dir", "") + "/" + process_.user() + "/.staging/" + id_));
    staging_ = staging.ToString();
    RETURN_IF_ERROR(staging.fs->MakeDirs(staging.path));
    for (const std::string& folder : {ParentPath(staging.path), staging.path}) RETURN_IF_ERROR(staging.fs->SetPermission(folder, 0700));
    RETURN_IF_ERROR(StageCompanion());
    RETURN_IF_ERROR(mapreduce::UploadProgram(process_, *files_, conf_, id_));
    conf_.Set(mapreduce::kStagingDirKey, staging_);
    conf_.Set(mapreduce::kLaunchArgumentsKey, mapreduce::EncodeArguments(program_.launch_arguments));
    conf_.Set(mapreduce::kUserKey, process_.user());
    keeps_checkpoints_ = !training_.checkpoint_folder.empty();
    if (!keeps_checkpoints_) training_.checkpoint_folder = staging_ + "/checkpoints";
    ASSIGN_OR_RETURN(training_.worker_hosts, HostsForWorkers(*files_, training_.inputs, training_.workers));
    RETURN_IF_ERROR(staging.fs->WriteFile(JoinPath(staging.path, kTrainingName), EncodeTraining(training_)));
    return staging.fs->WriteFile(JoinPath(staging.path, mapreduce::kJobXmlName), conf_.ToXml());
  }

  Status StageCompanion() {
    if (training_.companion.empty()) return Status::Ok();
    if (training_.companion.ends_with(".so")) {
      training_.companion_there = {std::string("./") + kCompanionName + ".so"};
      return mapreduce::UploadCompanionLibrary(process_, *files_, conf_, training_.companion, kCompanionName + std::string(".so"), id_);
    }
    ASSIGN_OR_RETURN(training_.companion_there,
                     mapreduce::UploadCompanion(process_, *files_, conf_, training_.companion, kCompanionName, id_));
    return Status::Ok();
  }

  Status FillContext(hadoop::yarn::ApplicationSubmissionContextProto& context) {
    *context.mutable_application_id() = application_;
    context.set_application_name(training_.name);
    context.set_queue(training_.queue);
    context.set_applicationtype("TUSK-ML");
    context.set_maxappattempts(kMasterAttemptsMax);
    context.set_attempt_failures_validity_interval(kMasterFailuresForgottenMs);
    context.set_keep_containers_across_application_attempts(true);  // workers go on without a master, and meet the next one
    *context.mutable_resource() = mapreduce::MakeResource(training_.master_memory_mb, 1);
    token_.identifier = id_;
    token_.password.resize(kSecretBytes);
    process_.random().FillSecure({reinterpret_cast<uint8_t*>(token_.password.data()), token_.password.size()});
    token_.kind = kJobTokenKind;
    token_.service = id_;
    mapreduce::LaunchPlan plan;
    plan.role = kMasterRole;
    std::vector<std::string> paths = training_.inputs;
    paths.insert(paths.end(), {staging_, training_.output, training_.checkpoint_folder});
    RETURN_IF_ERROR(mapreduce::AddFileSystemTokens(*files_, paths, plan.credentials));
    plan.credentials.tokens[kJobTokenAlias] = token_;
    ASSIGN_OR_RETURN(const auto resources, mapreduce::StagedResources(conf_, *files_, {mapreduce::kJobXmlName, kTrainingName}));
    ASSIGN_OR_RETURN(*context.mutable_am_container_spec(), mapreduce::MakeLaunchContext(conf_, resources, plan));
    return Status::Ok();
  }

  void Say(std::string message) {
    if (!hooks_.on_progress) return;
    ClusterProgress progress;
    progress.application = id_;
    progress.message = std::move(message);
    hooks_.on_progress(progress);
  }

  void RemoveStaging() {
    if (staging_.empty()) return;
    const Result<mapreduce::Location> staging = files_->Resolve(staging_);
    if (staging.ok()) (void)staging->fs->Remove(staging->path);  // what stays is in nobody's way
  }

  Result<ClusterOutcome> Watch() {
    outcome_.application = id_;
    hadoop::yarn::GetApplicationReportRequestProto request;
    *request.mutable_application_id() = application_;
    while (true) {
      if (hooks_.cancelled && hooks_.cancelled->load()) return Stop();
      ASSIGN_OR_RETURN(const hadoop::yarn::GetApplicationReportResponseProto response, thread_.Run(rm_->GetApplicationReport(request)));
      const auto& report = response.application_report();
      const auto state = report.yarn_application_state();
      if (state == hadoop::yarn::FINISHED && report.final_application_status() == hadoop::yarn::APP_SUCCEEDED) return outcome_;
      if (state == hadoop::yarn::FINISHED || state == hadoop::yarn::FAILED || state == hadoop::yarn::KILLED) {
        RemoveStaging();
        std::string why = !error_.empty() ? error_ : report.diagnostics();
        return Status(Code::kIOError, id_ + " failed: " + why + "\nThe logs of its containers: yarn logs -applicationId " + id_);
      }
      if (state == hadoop::yarn::RUNNING && report.rpc_port() > 0) {
        if (!report.trackingurl().empty() && !std::exchange(url_said_, true)) Say("is watched at " + report.trackingurl());
        FollowMaster({report.host(), static_cast<uint16_t>(report.rpc_port())});
      } else if (state == hadoop::yarn::ACCEPTED && report.diagnostics() != waiting_for_) {
        waiting_for_ = report.diagnostics();
        if (!waiting_for_.empty()) Say(waiting_for_);
      }
      RETURN_IF_ERROR(thread_.Run(Sleep(&thread_.loop(), kPollPause)));
    }
  }

  rpc::Channel MasterChannel() { return rpc::Channel(*rpc_, master_, {id_, "", token_}, {.timeout = std::chrono::seconds(10), .retries_max = 0}); }

  // Until the master has said that it is over, or does not answer.
  void FollowMaster(const HostPort& address) {
    if (address != master_) next_event_ = 0;  // another master counts its events anew
    master_ = address;
    const wire::TrainingMasterClient master(MasterChannel());
    while (!(hooks_.cancelled && hooks_.cancelled->load()) && WatchOnce(master)) {
    }
  }

  // False: it is over, or the master does not answer.
  bool WatchOnce(const wire::TrainingMasterClient& master) {
    wire::WatchRequest request;
    request.set_from(next_event_);
    const Result<wire::WatchResponse> response = thread_.Run(master.Watch(request));
    if (!response.ok()) return false;
    next_event_ = response->next();
    outcome_.steps = response->steps();
    outcome_.memberships = response->memberships();
    if (!response->last_checkpoint().empty()) outcome_.last_checkpoint = response->last_checkpoint();
    for (const wire::Event& event : response->events()) Show(event);
    error_ = response->error();
    return !response->ended();
  }

  void Show(const wire::Event& event) {
    if (!hooks_.on_progress) return;
    ClusterProgress progress;
    progress.application = id_;
    progress.message = event.message();
    progress.workers = static_cast<int>(event.workers());
    if (event.has_step()) {
      const wire::StepNews& step = event.step();
      progress.step = step.step();
      progress.report.finished = step.finished();
      progress.report.rows = step.rows();
      progress.report.progress = step.progress();
      for (const wire::Figure& figure : step.figures()) progress.report.figures[figure.name()] = figure.value();
      progress.step_seconds = static_cast<double>(step.step_ns()) * 1e-9;
      progress.step_bytes = event.step_bytes();
    }
    hooks_.on_progress(progress);
  }

  // With a checkpoint, if there is a master and a place for it; then for certain.
  Status Stop() {
    if (!master_.host.empty() && keeps_checkpoints_) {
      const wire::TrainingMasterClient master(MasterChannel());
      const TimePoint deadline = process_.clock().Now() + kStopMax;
      if (thread_.Run(master.Stop(wire::StopRequest())).ok()) {
        while (process_.clock().Now() < deadline && WatchOnce(master)) {
        }
      }
    }
    return Kill();
  }

  Status Kill() {
    hadoop::yarn::KillApplicationRequestProto request;
    *request.mutable_application_id() = application_;
    for (int tries = 0; tries < 100; ++tries) {
      ASSIGN_OR_RETURN(const hadoop::yarn::KillApplicationResponseProto response, thread_.Run(rm_->ForceKillApplication(request)));
      if (response.is_kill_completed()) break;
      RETURN_IF_ERROR(thread_.Run(Sleep(&thread_.loop(), kPollPause)));
    }
    RemoveStaging();
    const bool kept = keeps_checkpoints_ && !outcome_.last_checkpoint.empty();
    return Status(Code::kCancelled, id_ + " was stopped" +
                                        (kept ? "; checkpoint: " + outcome_.last_checkpoint + "; the same command with --resume goes on from there" : ""));
  }

  ClusterTraining training_;
  const TrainingProgram& program_;
  const ClusterTrainingHooks& hooks_;
  mapreduce::Process process_;
  Configuration conf_;
  std::unique_ptr<mapreduce::FileSystems> files_;
  LoopThread thread_;
  std::unique_ptr<rpc::Client> rpc_;
  std::unique_ptr<hadoop::yarn::ApplicationClientProtocolClient> rm_;
  hadoop::yarn::ApplicationIdProto application_;
  std::string id_, staging_, waiting_for_, error_;
  Token token_;
  HostPort master_;
  bool url_said_ = false, keeps_checkpoints_ = false;
  uint64_t next_event_ = 0;
  ClusterOutcome outcome_;
};

}  // namespace

Result<ClusterOutcome> RunOnCluster(const ClusterTraining& training, const TrainingProgram& program, const ClusterTrainingHooks& hooks) {
  return TrainingClient(training, program, hooks).Run();
}

}  // namespace tusk::ml
