// Running one task attempt: a map task from its split to its output file, a reduce task from sorted segments to the
// attempt's part of the job's output. Blocking; the caller fetches segments, commits and reports.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/env/disk.h"
#include "mapreduce/api/job.h"
#include "mapreduce/task/map_output.h"

namespace tusk::mapreduce {

struct AttemptSpec {
  std::string attempt_id;
  int task_index = 0;
  int app_attempt = 0;
};

// The TaskContext of an attempt, and what others may watch of it.
class TaskAttempt : public TaskContext {
 public:
  TaskAttempt(const Job& job, FileSystems& files, AttemptSpec spec);
  void SetStatus(std::string_view text) override;
  void Progress() override { alive_.store(true, std::memory_order_relaxed); }
  // Whether Progress was called since the last time.
  bool TakeAlive() { return alive_.exchange(false, std::memory_order_relaxed); }
  FileSystems& file_systems() override { return files_; }

  const AttemptSpec& spec() const { return spec_; }
  void set_input(std::string path, uint64_t start, uint64_t length) {
    input_path_ = std::move(path);
    input_start_ = start;
    input_length_ = length;
  }
  // From any thread.
  double progress() const { return progress_.load(std::memory_order_relaxed); }
  void set_progress(double progress) { progress_.store(progress, std::memory_order_relaxed); }
  std::string status_text() const;
  // Makes the task fail at its next record.
  void Kill() { killed_.store(true, std::memory_order_relaxed); }
  bool killed() const { return killed_.load(std::memory_order_relaxed); }

 private:
  Counters own_counters_;
  FileSystems& files_;
  AttemptSpec spec_;
  std::atomic<double> progress_{0};
  std::atomic<bool> alive_{false};
  std::atomic<bool> killed_{false};
  mutable std::mutex mutex_;
  std::string status_text_;
};

// Runs the mapper over the split. With reduces: the output stands in `folder` (which exists); without: it is written
// to the attempt's folder of the job's output and the result is empty.
Result<MapOutputFile> RunMapTask(Job& job, TaskAttempt& attempt, const InputSplit& split, Disk& disk, const std::string& folder);

// The codec between map and reduce: mapreduce.map.output.compress (tusk: true), .codec (tusk: Lz4Codec).
Result<Codec> ShuffleCodec(const Configuration& conf);
KeyOrder ReduceKeyOrder(const Job& job);

// Runs the reducer over the merge of `segments`.
Status RunReduceTask(Job& job, TaskAttempt& attempt, std::vector<std::unique_ptr<IFileReader>> segments);

// Where the job's output goes; no file system where its format writes no files.
Result<Location> JobOutput(Job& job, FileSystems& files);

}  // namespace tusk::mapreduce
