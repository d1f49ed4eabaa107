// OutputCommitter: FileOutputCommitter's folders, so that only whole, committed attempts are ever seen in a job's
// output (algorithm version 1: the job's commit moves the tasks' folders into place).
//
//   out/_temporary/<app attempt>/_temporary/<attempt>/part-r-00000   while an attempt writes
//   out/_temporary/<app attempt>/<task>/part-r-00000                 after the task's commit (one rename)
//   out/part-r-00000, out/_SUCCESS                                   after the job's commit
#pragma once

#include <string>

#include "base/config/configuration.h"
#include "mapreduce/api/file_system.h"

namespace tusk::mapreduce {

class OutputCommitter {
 public:
  // Without an output path (`output` null fs) all calls do nothing.
  OutputCommitter(Location output, int app_attempt) : output_(std::move(output)), app_attempt_(app_attempt) {}

  Status SetupJob();
  // Moves what the tasks committed into the output folder, removes _temporary, writes _SUCCESS (unless
  // mapreduce.fileoutputcommitter.marksuccessfuljobs is false).
  Status CommitJob(const Configuration& conf);
  // Removes _temporary.
  Status AbortJob();

  // Where this attempt writes.
  std::string AttemptFolder(const std::string& attempt_id) const;
  Status CommitTask(const std::string& attempt_id);
  Status AbortTask(const std::string& attempt_id);

  bool has_output() const { return output_.fs != nullptr; }

 private:
  std::string JobAttemptFolder() const;
  std::string CommittedTaskFolder(const std::string& attempt_id) const;
  Status Merge(const FileStatus& from, const std::string& to);

  Location output_;
  int app_attempt_;
};

// attempt_1_0001_r_000002_3 -> task_1_0001_r_000002
std::string TaskIdOf(const std::string& attempt_id);

}  // namespace tusk::mapreduce
