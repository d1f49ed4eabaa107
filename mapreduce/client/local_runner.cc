// The local runner: all maps, then all reduces, each on a pool of threads of its own.
#include "mapreduce/client/local_runner.h"

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "mapreduce/client/job_files.h"
#include "mapreduce/task/counter_names.h"
#include "mapreduce/task/local_file_system.h"
#include "mapreduce/task/output_committer.h"
#include "mapreduce/task/reduce_input.h"
#include "mapreduce/task/task_runner.h"

namespace tusk::mapreduce {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(100);
constexpr uint64_t kCacheFileBytesMax = 1 << 30;

std::string Padded(int number) {
  std::string digits = std::to_string(number);
  return digits.size() < 6 ? std::string(6 - digits.size(), '0') + digits : digits;
}

class LocalRun {
 public:
  LocalRun(Job& job, const LocalRunnerOptions& options, OutputCommitter committer)
      : job_(job), options_(options), committer_(std::move(committer)), id_(options.job_id.substr(4)) {}

  Status Run(const std::vector<InputSplit>& splits, Counters& totals) {
    splits_ = &splits;
    outputs_.resize(splits.size());
    attempts_.resize(splits.size() + static_cast<size_t>(job_.reduces()));
    for (size_t i = 0; i < splits.size(); ++i) attempts_[i] = NewAttempt('m', static_cast<int>(i));
    for (int i = 0; i < job_.reduces(); ++i) attempts_[splits.size() + static_cast<size_t>(i)] = NewAttempt('r', i);
    Status status = RunPhase(0, splits.size(), &LocalRun::RunMap);
    if (status.ok()) status = RunPhase(splits.size(), attempts_.size(), &LocalRun::RunReduce);
    for (const auto& attempt : attempts_) totals.Add(attempt->counters());
    return status;
  }

  double MapProgress() const { return MeanProgress(0, splits_->size()); }
  double ReduceProgress() const { return MeanProgress(splits_->size(), attempts_.size()); }

 private:
  std::unique_ptr<TaskAttempt> NewAttempt(char kind, int index) {
    AttemptSpec spec{"attempt_" + id_ + "_" + kind + "_" + Padded(index) + "_0", index, 0};
    return std::make_unique<TaskAttempt>(job_, *options_.files, spec);
  }

  std::string FolderOf(const TaskAttempt& attempt) const { return JoinPath(options_.work_folder, attempt.attempt_id()); }

  Status RunMap(size_t task) {
    TaskAttempt& attempt = *attempts_[task];
    std::string folder = FolderOf(attempt);
    RETURN_IF_ERROR(options_.disk->MakeDirs(folder, 0700));
    ASSIGN_OR_RETURN(outputs_[task], RunMapTask(job_, attempt, (*splits_)[task], *options_.disk, folder));
    return job_.reduces() == 0 ? committer_.CommitTask(attempt.attempt_id()) : Status::Ok();
  }

  Status RunReduce(size_t task) {
    TaskAttempt& attempt = *attempts_[task];
    std::string folder = FolderOf(attempt);
    RETURN_IF_ERROR(options_.disk->MakeDirs(folder, 0700));
    ReduceInputOptions input_options{.disk = options_.disk, .folder = folder, .order = ReduceKeyOrder(job_)};
    ASSIGN_OR_RETURN(input_options.codec, ShuffleCodec(job_.configuration()));
    ReduceInput input(input_options);
    uint64_t bytes = 0;
    for (const MapOutputFile& output : outputs_) {
      const SegmentIndex& segment = output.segments[static_cast<size_t>(attempt.task_index())];
      bytes += segment.part_length;
      RETURN_IF_ERROR(input.AddFile(output.path, segment.start, segment.part_length));
    }
    attempt.GetCounter(kTaskCounters, "SHUFFLED_MAPS").Increment(static_cast<int64_t>(outputs_.size()));
    attempt.GetCounter(kTaskCounters, "MERGED_MAP_OUTPUTS").Increment(static_cast<int64_t>(outputs_.size()));
    attempt.GetCounter(kTaskCounters, "REDUCE_SHUFFLE_BYTES").Increment(static_cast<int64_t>(bytes));
    attempt.GetCounter(kFileSystemCounters, "FILE_BYTES_READ").Increment(static_cast<int64_t>(bytes));
    attempt.set_progress(0.333);
    ASSIGN_OR_RETURN(auto readers, input.Finish());
    attempt.set_progress(0.667);
    RETURN_IF_ERROR(RunReduceTask(job_, attempt, std::move(readers)));
    RETURN_IF_ERROR(options_.disk->RemoveTree(folder));
    return committer_.CommitTask(attempt.attempt_id());
  }

  // Runs tasks first..last on threads; the first error stops the rest.
  Status RunPhase(size_t first, size_t last, Status (LocalRun::*run)(size_t)) {
    size_t count = last - first;
    if (count == 0) return Status::Ok();
    size_t threads = options_.threads > 0 ? static_cast<size_t>(options_.threads) : std::max(1u, std::thread::hardware_concurrency());
    std::atomic<size_t> next = first;
    std::mutex mutex;
    std::condition_variable changed;
    size_t running = std::min(threads, count);
    Status outcome;
    std::vector<std::thread> workers;
    for (size_t i = std::min(threads, count); i > 0; --i) {
      workers.emplace_back([&] {
        for (;;) {
          size_t task = next.fetch_add(1);
          if (task >= last) break;
          Status status = (this->*run)(task);
          if (status.ok()) continue;
          std::lock_guard lock(mutex);
          if (outcome.ok()) {
            outcome = status.WithContext("Task " + attempts_[task]->attempt_id());
            next = last;
            for (const auto& attempt : attempts_) attempt->Kill();
          }
          break;
        }
        std::lock_guard lock(mutex);
        --running;
        changed.notify_all();
      });
    }
    {
      std::unique_lock lock(mutex);
      while (!changed.wait_for(lock, kPoll, [&] { return running == 0; })) {
        options_.console->Progress(MapProgress(), ReduceProgress());
      }
    }
    for (std::thread& worker : workers) worker.join();
    if (outcome.ok()) options_.console->Progress(MapProgress(), ReduceProgress());
    return outcome;
  }

  double MeanProgress(size_t first, size_t last) const {
    if (first == last) return first == 0 ? 1 : job_.reduces() == 0 ? 0 : 1;
    double sum = 0;
    for (size_t i = first; i < last; ++i) sum += attempts_[i]->progress();
    return sum / static_cast<double>(last - first);
  }

  Job& job_;
  const LocalRunnerOptions& options_;
  OutputCommitter committer_;
  std::string id_;
  const std::vector<InputSplit>* splits_ = nullptr;
  std::vector<MapOutputFile> outputs_;
  std::vector<std::unique_ptr<TaskAttempt>> attempts_;
};

// -files in a folder of links under the names that tasks know them by, which kTaskFolderKey then names.
Status LinkCacheFiles(Job& job, const LocalRunnerOptions& options) {
  Configuration& conf = job.configuration();
  if (!conf.GetStrings("tmparchives").empty() || !conf.GetStrings("mapreduce.job.cache.archives").empty()) {
    return Status(Code::kUnsupported, "-archives needs a cluster");
  }
  std::string folder = JoinPath(options.work_folder, "files");
  bool any = false;
  for (const char* key : {"tmpfiles", "mapreduce.job.cache.files"}) {
    for (const std::string& listed : conf.GetStrings(key)) {
      if (!any) RETURN_IF_ERROR(options.disk->MakeDirs(folder, 0700));
      any = true;
      size_t hash = listed.find('#');
      std::string uri = listed.substr(0, hash);
      std::string link = JoinPath(folder, hash == std::string::npos ? BaseName(CutPath(uri).path) : listed.substr(hash + 1));
      PathParts parts = CutPath(uri);
      if (parts.scheme.empty() && key == std::string_view("tmpfiles")) uri = "file:" + NormalPath(parts.path, options.working_folder);
      ASSIGN_OR_RETURN(Location location, options.files->Resolve(uri));
      ASSIGN_OR_RETURN(FileStatus status, location.fs->Stat(location.path));
      if (location.fs->counter_name() == "FILE") {
        RETURN_IF_ERROR(options.disk->Symlink(location.path, link));
        continue;
      }
      ASSIGN_OR_RETURN(std::string bytes, location.fs->ReadFile(location.path, kCacheFileBytesMax));
      RETURN_IF_ERROR(options.disk->WriteFileAtomic(link, AsBytes(bytes)));
      RETURN_IF_ERROR(options.disk->SetMode(link, 0755));
    }
  }
  if (any) conf.Set(kTaskFolderKey, folder);
  return Status::Ok();
}

}  // namespace

Result<JobResult> RunLocalJob(Job& job, const LocalRunnerOptions& options) {
  RETURN_IF_ERROR(job.Validate());
  RETURN_IF_ERROR(job.output_format().Check(job.configuration(), *options.files));
  ASSIGN_OR_RETURN(std::vector<InputSplit> splits, job.input_format().Splits(job.configuration(), *options.files));
  ASSIGN_OR_RETURN(Location output, JobOutput(job, *options.files));
  Console& console = *options.console;
  console.Info("mapreduce.JobSubmitter", "number of splits:" + std::to_string(splits.size()));
  console.Info("mapreduce.JobSubmitter", "Submitting tokens for job: " + options.job_id);
  console.Info("mapreduce.Job", "The url to track the job: http://localhost:8080/");
  console.Info("mapreduce.Job", "Running job: " + options.job_id);
  OutputCommitter committer(output, 0);
  RETURN_IF_ERROR(committer.SetupJob());
  RETURN_IF_ERROR(options.disk->MakeDirs(options.work_folder, 0700));
  RETURN_IF_ERROR(LinkCacheFiles(job, options));
  console.Info("mapreduce.Job", "Job " + options.job_id + " running in uber mode : false");
  JobResult result;
  result.job_id = options.job_id;
  for (std::string_view name : {"BAD_ID", "CONNECTION", "IO_ERROR", "WRONG_LENGTH", "WRONG_MAP", "WRONG_REDUCE"}) {
    if (job.reduces() > 0) result.counters.Find(kShuffleErrors, name);
  }
  LocalRun run(job, options, committer);
  Status status = run.Run(splits, result.counters);
  if (status.ok()) status = committer.CommitJob(job.configuration());
  if (status.ok()) status = job.output_format().JobCommitted(job.configuration(), *options.files);
  if (!status.ok()) (void)committer.AbortJob();
  (void)options.disk->RemoveTree(options.work_folder);
  result.succeeded = status.ok();
  result.diagnostics = status.ok() ? "" : std::string(status.message());
  if (result.succeeded) {
    console.Info("mapreduce.Job", "Job " + options.job_id + " completed successfully");
  } else {
    console.Info("mapreduce.Job", "Job " + options.job_id + " failed with state FAILED due to: " + result.diagnostics);
  }
  console.Info("mapreduce.Job", PrintCounters(result.counters));
  return result;
}

}  // namespace tusk::mapreduce
