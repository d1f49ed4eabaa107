// Submits a quantization as a YARN application and follows its master.
#include <algorithm>
#include <cstdio>

#include "base/async/loop_thread.h"
#include "mapreduce/client/process.h"
#include "mapreduce/client/program_application.h"
#include "quant/job/cluster_quant.h"
#include "quant/job/wire/job_files.h"
#include "quant/job/wire/quant_job.rpc.h"

namespace tusk::quant {
namespace {

using mapreduce::ProgramApplication;

constexpr auto kPollPause = std::chrono::milliseconds(50);

class QuantClient {
 public:
  QuantClient(ClusterQuant job, const QuantProgram& program, const ClusterQuantHooks& hooks) : job_(std::move(job)), program_(program), hooks_(hooks) {}

  Status Run() {
    ASSIGN_OR_RETURN(Configuration conf, process_.LoadConfiguration());
    for (const auto& [key, value] : hooks_.settings) conf.Set(key, value);
    ASSIGN_OR_RETURN(files_, process_.MakeFileSystems(conf));
    RETURN_IF_ERROR(Check());
    ProgramApplication application(process_, std::move(conf), *files_);
    mapreduce::ApplicationPlan plan;
    plan.name = job_.name;
    plan.type = "TUSK-QUANT";
    plan.queue = job_.queue;
    plan.master_role = kMasterRole;
    plan.launch_arguments = program_.launch_arguments;
    plan.stage = [this](const ProgramApplication&, Configuration&) { return std::map<std::string, std::string>{{kJobName, EncodeJob(job_)}}; };
    plan.paths = {job_.output};
    plan.paths.insert(plan.paths.end(), job_.inputs.begin(), job_.inputs.end());
    plan.token_kind = kJobTokenKind;
    plan.token_alias = kJobTokenAlias;
    submitted_ = process_.clock().Now();
    RETURN_IF_ERROR(application.Submit(plan));
    progress_.application = application.id();
    Say("submitted");
    return Watch(application);
  }

 private:
  Status Check() {
    if (job_.workers < 1) return Status(Code::kInvalidArgument, "a job needs at least one worker");
    // Containers have other working folders and may be on other machines.
    ASSIGN_OR_RETURN(const mapreduce::Location output, files_->Resolve(job_.output));
    job_.output = output.ToString();
    if (job_.name.empty()) job_.name = "quant " + output.path;
    const Result<mapreduce::FileStatus> there = output.fs->Stat(output.path);
    if (there.ok()) return Status(Code::kFileAlreadyExists, job_.output + " is there already");
    return there.code() == Code::kFileNotFound ? Status::Ok() : there.status();
  }

  void Say(std::string message) {
    if (!hooks_.on_progress) return;
    progress_.message = std::move(message);
    hooks_.on_progress(progress_);
    progress_.message.clear();
  }

  bool cancelled() const { return hooks_.cancelled != nullptr && hooks_.cancelled->load(); }

  Status Watch(ProgramApplication& application) {
    std::string waiting_for;
    while (true) {
      if (cancelled()) {
        RETURN_IF_ERROR(application.Kill());
        return Status(Code::kCancelled, application.id() + " was stopped; the same command goes on with what is made");
      }
      ASSIGN_OR_RETURN(const ProgramApplication::Standing standing, application.Ask());
      if (standing.stage == ProgramApplication::Stage::kSucceeded) return Status::Ok();
      if (standing.stage == ProgramApplication::Stage::kFailed) {
        application.RemoveStaging();
        return Status(Code::kIOError, application.id() + " failed: " + (error_.empty() ? standing.diagnostics : error_) +
                                          "\nThe logs of its containers: yarn logs -applicationId " + application.id());
      }
      if (standing.stage == ProgramApplication::Stage::kRunning) {
        Follow(application, standing.master);
      } else if (standing.diagnostics != waiting_for) {
        waiting_for = standing.diagnostics;
        if (!waiting_for.empty()) Say(waiting_for);
      }
      application.Pause(kPollPause);
    }
  }

  void TakeFigures(const wire::JobFigures& figures) {
    progress_.at_work = figures.at_work();
    progress_.worker_peak_bytes = std::max(progress_.worker_peak_bytes, figures.worker_peak_bytes());
    if (figures.made_again() < made_again_) made_again_before_ += made_again_;   // another master counts anew
    made_again_ = figures.made_again();
    progress_.made_again = made_again_before_ + made_again_;
    const double seconds = std::chrono::duration<double>(process_.clock().Now() - submitted_).count();
    if (figures.begun() && progress_.begun_seconds < 0) progress_.begun_seconds = seconds;
    if (!figures.made() || progress_.made_seconds >= 0) return;
    progress_.made_seconds = seconds;
    char text[120];
    std::snprintf(text, sizeof(text), "the first piece was begun %.2f s after submission began, and made after %.2f s", progress_.begun_seconds, seconds);
    Say(text);
  }

  // Until the master has said that it is over, or does not answer.
  void Follow(ProgramApplication& application, const HostPort& address) {
    if (address != master_) next_message_ = 0;  // another master counts anew
    master_ = address;
    const wire::QuantMasterClient master(application.MasterChannel(address));
    while (!cancelled()) {
      wire::WatchRequest request;
      request.set_from(next_message_);
      const Result<wire::WatchResponse> response = application.thread().Run(master.Watch(request));
      if (!response.ok()) return;
      next_message_ = response->next();
      progress_.pieces = response->pieces();
      progress_.pieces_done = response->pieces_done();
      progress_.bytes = response->bytes();
      progress_.bytes_done = response->bytes_done();
      progress_.workers = static_cast<int>(response->workers());
      TakeFigures(response->figures());
      for (const std::string& message : response->messages()) Say(message);
      if (hooks_.on_progress) hooks_.on_progress(progress_);
      error_ = response->error();
      if (response->ended()) return;
      application.Pause(kPollPause);
    }
  }

  ClusterQuant job_;
  const QuantProgram& program_;
  const ClusterQuantHooks& hooks_;
  mapreduce::Process process_;
  std::unique_ptr<mapreduce::FileSystems> files_;
  ClusterQuantProgress progress_;
  std::string error_;
  TimePoint submitted_;
  uint64_t made_again_ = 0, made_again_before_ = 0;
  HostPort master_;
  uint64_t next_message_ = 0;
};

}  // namespace

Status RunQuantOnCluster(ClusterQuant job, const QuantProgram& program, const ClusterQuantHooks& hooks) {
  return QuantClient(std::move(job), program, hooks).Run();
}

}  // namespace tusk::quant
