// Submits a training as a YARN application and follows its master.
#include <utility>

#include "mapreduce/client/process.h"
#include "mapreduce/client/program_application.h"
#include "mapreduce/client/program_upload.h"
#include "mlkit/job/client/input_hosts.h"
#include "mlkit/job/cluster_training.h"
#include "mlkit/job/wire/checkpoint_store.h"
#include "mlkit/job/wire/job_files.h"
#include "mlkit/job/wire/training.rpc.h"

namespace tusk::ml {
namespace {

using mapreduce::ProgramApplication;

constexpr auto kStopMax = std::chrono::seconds(20);          // for the last checkpoint
constexpr auto kPollPause = std::chrono::milliseconds(100);

class TrainingClient {
 public:
  TrainingClient(const ClusterTraining& training, const TrainingProgram& program, const ClusterTrainingHooks& hooks)
      : training_(training), program_(program), hooks_(hooks) {}

  Result<ClusterOutcome> Run() {
    ASSIGN_OR_RETURN(Configuration conf, process_.LoadConfiguration());
    for (const auto& [key, value] : hooks_.settings) conf.Set(key, value);
    ASSIGN_OR_RETURN(files_, process_.MakeFileSystems(conf));
    RETURN_IF_ERROR(Check());
    application_ = std::make_unique<ProgramApplication>(process_, std::move(conf), *files_);
    RETURN_IF_ERROR(application_->Submit(Plan()));
    Say("submitted");
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

  mapreduce::ApplicationPlan Plan() {
    mapreduce::ApplicationPlan plan;
    plan.name = training_.name;
    plan.type = "TUSK-ML";
    plan.queue = training_.queue;
    plan.master_role = kMasterRole;
    plan.master_memory_mb = training_.master_memory_mb;
    plan.launch_arguments = program_.launch_arguments;
    plan.stage = [this](const ProgramApplication& application, Configuration& conf) { return Stage(application, conf); };
    plan.paths = training_.inputs;
    plan.paths.insert(plan.paths.end(), {training_.output, training_.checkpoint_folder});
    plan.token_kind = kJobTokenKind;
    plan.token_alias = kJobTokenAlias;
    return plan;
  }

  Result<std::map<std::string, std::string>> Stage(const ProgramApplication& application, Configuration& conf) {
    RETURN_IF_ERROR(StageCompanion(application.id(), conf));
    keeps_checkpoints_ = !training_.checkpoint_folder.empty();
    if (!keeps_checkpoints_) training_.checkpoint_folder = application.staging() + "/checkpoints";
    ASSIGN_OR_RETURN(training_.worker_hosts, HostsForWorkers(*files_, training_.inputs, training_.workers));
    return std::map<std::string, std::string>{{kTrainingName, EncodeTraining(training_)}};
  }

  Status StageCompanion(const std::string& id, Configuration& conf) {
    if (training_.companion.empty()) return Status::Ok();
    if (training_.companion.ends_with(".so")) {
      training_.companion_there = {std::string("./") + kCompanionName + ".so"};
      return mapreduce::UploadCompanionLibrary(process_, *files_, conf, training_.companion, kCompanionName + std::string(".so"), id);
    }
    ASSIGN_OR_RETURN(training_.companion_there, mapreduce::UploadCompanion(process_, *files_, conf, training_.companion, kCompanionName, id));
    return Status::Ok();
  }

  void Say(std::string message) {
    if (!hooks_.on_progress) return;
    ClusterProgress progress;
    progress.application = application_->id();
    progress.message = std::move(message);
    hooks_.on_progress(progress);
  }

  Result<ClusterOutcome> Watch() {
    outcome_.application = application_->id();
    while (true) {
      if (cancelled()) return Stop();
      ASSIGN_OR_RETURN(const ProgramApplication::Standing standing, application_->Ask());
      if (standing.stage == ProgramApplication::Stage::kSucceeded) return outcome_;
      if (standing.stage == ProgramApplication::Stage::kFailed) {
        application_->RemoveStaging();
        const std::string& id = application_->id();
        return Status(Code::kIOError, id + " failed: " + (error_.empty() ? standing.diagnostics : error_) +
                                          "\nThe logs of its containers: yarn logs -applicationId " + id);
      }
      if (standing.stage == ProgramApplication::Stage::kRunning) {
        if (!standing.tracking_url.empty() && !std::exchange(url_said_, true)) Say("is watched at " + standing.tracking_url);
        FollowMaster(standing.master);
      } else if (standing.diagnostics != waiting_for_) {
        waiting_for_ = standing.diagnostics;
        if (!waiting_for_.empty()) Say(waiting_for_);
      }
      application_->Pause(kPollPause);
    }
  }

  bool cancelled() const { return hooks_.cancelled && hooks_.cancelled->load(); }

  // Until the master has said that it is over, or does not answer.
  void FollowMaster(const HostPort& address) {
    if (address != master_) next_event_ = 0;  // another master counts its events anew
    master_ = address;
    const wire::TrainingMasterClient master(application_->MasterChannel(master_));
    while (!cancelled() && WatchOnce(master)) {
    }
  }

  // False: it is over, or the master does not answer.
  bool WatchOnce(const wire::TrainingMasterClient& master) {
    wire::WatchRequest request;
    request.set_from(next_event_);
    const Result<wire::WatchResponse> response = application_->thread().Run(master.Watch(request));
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
    progress.application = application_->id();
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
      const wire::TrainingMasterClient master(application_->MasterChannel(master_));
      const TimePoint deadline = process_.clock().Now() + kStopMax;
      if (application_->thread().Run(master.Stop(wire::StopRequest())).ok()) {
        while (process_.clock().Now() < deadline && WatchOnce(master)) {
        }
      }
    }
    RETURN_IF_ERROR(application_->Kill());
    const bool kept = keeps_checkpoints_ && !outcome_.last_checkpoint.empty();
    return Status(Code::kCancelled, application_->id() + " was stopped" +
                                        (kept ? "; checkpoint: " + outcome_.last_checkpoint + "; the same command with --resume goes on from there" : ""));
  }

  ClusterTraining training_;
  const TrainingProgram& program_;
  const ClusterTrainingHooks& hooks_;
  mapreduce::Process process_;
  std::unique_ptr<mapreduce::FileSystems> files_;
  std::unique_ptr<ProgramApplication> application_;
  std::string waiting_for_, error_;
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
