// HistoryStore: which finished jobs there are, and the last ones that were asked for. Blocking; its callers hold Lock.
//
// App masters leave a job's files in <intermediate>/<user>; a Hadoop history server moves them to <done>/YYYY/MM/DD/NNNNNN.
// Both are looked at; nothing is moved.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/config/configuration.h"
#include "base/env/clock.h"
#include "mapreduce/api/file_system.h"
#include "mapreduce/history/job_record.h"

namespace tusk::mapreduce {

// What a history file's name says.
struct JobIndex {
  std::string job, user, name, state, queue;
  int64_t submit_ms = 0, start_ms = 0, finish_ms = 0;
  int64_t maps = 0, reduces = 0;
  int64_t number = 0, cluster_ms = 0;  // of the job's id
  std::string file, conf_file;         // whole paths
};
// Nothing where it is no name of a history file.
std::optional<JobIndex> JobIndexOf(const std::string& file_name);

struct StoredJob {
  JobIndex index;
  JobRecord record;
};

class HistoryStore {
 public:
  HistoryStore(Clock& clock, FileSystems& files, std::string intermediate, std::string done)
      : clock_(clock), files_(files), intermediate_(std::move(intermediate)), done_(std::move(done)) {}
  // Where mapreduce.jobhistory.{intermediate-done-dir,done-dir} say.
  static std::string IntermediateFolder(const Configuration& conf);
  static std::string DoneFolder(const Configuration& conf);

  [[nodiscard]] std::unique_lock<std::mutex> Lock() { return std::unique_lock(mutex_); }
  // Lists the folders again where the last listing is older than a second (the done folders: 3 minutes).
  Status Refresh();
  // After Refresh: by id, the oldest first.
  const std::map<std::string, JobIndex>& jobs() const { return jobs_; }
  // kFileNotFound where there is no such job.
  Result<std::shared_ptr<const StoredJob>> Load(const std::string& job);
  // Its configuration, and where that is.
  Result<std::pair<Configuration, std::string>> LoadConf(const std::string& job);

 private:
  Status ListIntermediate();
  Status ListDone();
  void AddFolder(FileSystem& fs, const std::string& folder, std::map<std::string, JobIndex>* found) const;

  std::mutex mutex_;
  Clock& clock_;
  FileSystems& files_;
  std::string intermediate_, done_;
  std::map<std::string, JobIndex> waiting_, moved_;  // of the two folders
  std::map<std::string, JobIndex> jobs_;
  TimePoint listed_{}, listed_done_{};
  bool ever_ = false;
  std::list<std::shared_ptr<const StoredJob>> loaded_;  // the last used first
};

}  // namespace tusk::mapreduce
