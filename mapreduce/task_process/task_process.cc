// One attempt from assignment to commit.
#include "mapreduce/task_process/task_process.h"

#include <condition_variable>
#include <cstdio>
#include <thread>

#include "base/log/log.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/shuffle/shuffle_wire.h"
#include "mapreduce/task/counter_names.h"
#include "mapreduce/task/output_committer.h"
#include "mapreduce/task_process/am_connection.h"
#include "mapreduce/task_process/map_output_copier.h"

namespace tusk::mapreduce {
namespace {

constexpr auto kReportInterval = std::chrono::milliseconds(1000);  // mapreduce.task.progress-report.interval, at most
constexpr auto kEndGrace = std::chrono::seconds(10);               // for an attempt that was told to end
constexpr int kReportFailuresMax = 3;

// Tells the app master how far the attempt is, and the attempt when it is not wanted any more.
class Reporter {
 public:
  Reporter(AmConnection& app_master, TaskAttempt& attempt) : app_master_(app_master), attempt_(attempt), thread_([this] { Loop(); }) {}
  ~Reporter() {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

 private:
  void Loop() {
    int failures = 0;
    double last_progress = -1;
    std::string last_status;
    std::map<Counters::Key, int64_t> last_counts;
    std::unique_lock lock(mutex_);
    while (!done_) {
      changed_.wait_for(lock, kReportInterval, [this] { return done_; });
      if (done_) return;
      lock.unlock();
      double progress = attempt_.progress();
      std::string status = attempt_.status_text();
      std::map<Counters::Key, int64_t> counts = attempt_.counters().Values();
      // Records, counters, a new status or a call of Progress() are signs of life; being there is none.
      bool idle = !attempt_.TakeAlive() && progress == last_progress && status == last_status && counts == last_counts;
      Result<bool> wanted = app_master_.Report(attempt_.attempt_id(), progress, status, attempt_.counters(), idle);
      last_progress = progress;
      last_status = std::move(status);
      last_counts = std::move(counts);
      failures = wanted.ok() ? 0 : failures + 1;
      if ((wanted.ok() && !*wanted) || failures >= kReportFailuresMax) EndSoon();
      lock.lock();
    }
  }
  // User code that does not look at its reader or context ends with the process.
  void EndSoon() {
    LogWarn("task", "{} is not wanted any more", attempt_.attempt_id());
    attempt_.Kill();
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kEndGrace, [this] { return done_; })) std::_Exit(143);
  }

  AmConnection& app_master_;
  TaskAttempt& attempt_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

class TaskRun {
 public:
  TaskRun(const TaskProcessSetup& setup, LoopThread& thread, AmConnection& app_master, const umbilical::Assignment& assignment)
      : setup_(setup),
        thread_(thread),
        app_master_(app_master),
        assignment_(assignment),
        attempt_(*setup.job, *setup.files, {assignment.attempt_id(), assignment.task_index(), assignment.app_attempt()}) {}

  int Run() {
    Status status;
    {
      Reporter reporter(app_master_, attempt_);
      status = assignment_.is_map() ? RunMap() : RunReduce();
      if (status.ok()) status = Commit();
    }
    if (status.ok()) {
      Result<bool> accepted = app_master_.Done(attempt_.attempt_id(), attempt_.counters());
      if (accepted.ok()) return 0;
      status = accepted.status();
    }
    std::fprintf(stderr, "Task %s failed: %s\n", attempt_.attempt_id().c_str(), status.ToString().c_str());
    if (Result<Location> output = JobOutput(*setup_.job, *setup_.files); output.ok()) {
      (void)OutputCommitter(*output, assignment_.app_attempt()).AbortTask(attempt_.attempt_id());
    }
    if (attempt_.killed()) return 0;
    (void)app_master_.Failed(attempt_.attempt_id(), "Error: " + status.ToString(), attempt_.counters());
    return 1;
  }

 private:
  // A folder of the node's disks for this attempt, where the shuffle service looks.
  Result<std::string> AttemptFolder() {
    if (setup_.local_dirs.empty()) return Status(Code::kIOError, "LOCAL_DIRS names no folder");
    size_t pick = std::hash<std::string>()(attempt_.attempt_id()) % setup_.local_dirs.size();
    Status last;
    for (size_t i = 0; i < setup_.local_dirs.size(); ++i) {
      std::string folder = setup_.local_dirs[(pick + i) % setup_.local_dirs.size()] + "/output/" + attempt_.attempt_id();
      last = setup_.disk->MakeDirs(folder, 0750);
      if (last.ok()) return folder;
    }
    return last;
  }

  Status RunMap() {
    ASSIGN_OR_RETURN(std::string folder, AttemptFolder());
    InputSplit split{assignment_.split_path(), assignment_.split_start(), assignment_.split_length(), {}};
    Result<MapOutputFile> output = RunMapTask(*setup_.job, attempt_, split, *setup_.disk, folder);
    return output.ok() ? Status::Ok() : std::move(output).status();
  }

  Status RunReduce() {
    const Configuration& conf = setup_.job->configuration();
    ASSIGN_OR_RETURN(std::string folder, AttemptFolder());
    ReduceInputOptions options{.disk = setup_.disk, .folder = folder, .order = ReduceKeyOrder(*setup_.job)};
    ASSIGN_OR_RETURN(options.codec, ShuffleCodec(conf));
    ASSIGN_OR_RETURN(int64_t memory_mb, conf.GetInt("mapreduce.reduce.memory.mb", 1024));
    options.memory_bytes = static_cast<size_t>(std::max<int64_t>(memory_mb, 64)) << 19;  // half of the container
    ReduceInput input(options);
    MapOutputCopierOptions copier_options;
    std::string id = assignment_.attempt_id();  // attempt_<ts>_<n>_r_...
    copier_options.job_id = "job_" + id.substr(8, id.find('_', id.find('_', 8) + 1) - 8);
    auto secret = setup_.credentials.secrets.find(kShuffleSecretAlias);
    if (secret == setup_.credentials.secrets.end()) return Status(Code::kInvalidToken, "the container has no shuffle secret");
    copier_options.secret = secret->second;
    copier_options.maps = assignment_.maps();
    ASSIGN_OR_RETURN(int64_t parallel, conf.GetInt("mapreduce.reduce.shuffle.parallelcopies", 5));
    copier_options.parallel = static_cast<int>(std::min<int64_t>(std::max<int64_t>(parallel, 1), 64));
    {
      MapOutputCopier copier(thread_, app_master_, attempt_, input, copier_options);
      RETURN_IF_ERROR(copier.CopyAll());
    }
    attempt_.set_progress(0.333);
    ASSIGN_OR_RETURN(auto readers, input.Finish());
    attempt_.set_progress(0.667);
    RETURN_IF_ERROR(RunReduceTask(*setup_.job, attempt_, std::move(readers)));
    return setup_.disk->RemoveTree(folder);
  }

  // Only attempts that write to the job's output ask.
  Status Commit() {
    if (assignment_.is_map() && setup_.job->reduces() > 0) return Status::Ok();
    ASSIGN_OR_RETURN(Location output, JobOutput(*setup_.job, *setup_.files));
    if (output.fs == nullptr) return Status::Ok();
    ASSIGN_OR_RETURN(umbilical::MayCommitResponse answer, app_master_.MayCommit(attempt_.attempt_id()));
    if (!answer.may_commit()) return Status(Code::kCancelled, "another attempt commits this task");
    return OutputCommitter(output, assignment_.app_attempt()).CommitTask(attempt_.attempt_id());
  }

  const TaskProcessSetup& setup_;
  LoopThread& thread_;
  AmConnection& app_master_;
  umbilical::Assignment assignment_;
  TaskAttempt attempt_;
};

}  // namespace

int RunTaskProcess(const TaskProcessSetup& setup) {
  const Token* token = setup.credentials.Find(kJobTokenKind);
  if (token == nullptr) {
    std::fprintf(stderr, "the container has no job token\n");
    return 1;
  }
  LoopThread thread(*setup.clock, *setup.random, *setup.disk, "task");
  AmConnection app_master(thread, setup.app_master, *token);
  Result<umbilical::Assignment> assignment = app_master.GetTask(setup.container_id);
  if (!assignment.ok()) {
    std::fprintf(stderr, "no task from the app master at %s: %s\n", setup.app_master.ToString().c_str(), assignment.status().ToString().c_str());
    return 1;
  }
  if (assignment->should_end()) return 0;
  LogInfo("task", "{} in {}", assignment->attempt_id(), setup.container_id);
  return TaskRun(setup, thread, app_master, *assignment).Run();
}

}  // namespace tusk::mapreduce
