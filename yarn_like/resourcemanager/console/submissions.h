// Submissions: commands that the console runs as children of the resource manager: exactly one argv each, without a shell, in
// a folder of their own, with an environment of five variables, as the session's user. What they print is kept, bounded.
// They live with the resource manager: its end ends them (the applications that they started go on) and forgets them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/env/process.h"
#include "yarn_like/resourcemanager/cluster.h"
#include "yarn_like/resourcemanager/console/submit_command.h"

namespace tusk::yarn {

struct SubmissionsConfig {
  ProcessLauncher* launcher = nullptr;  // null: submitting is refused
  std::string executable;               // the absolute path of tusk
  std::string conf_folder;              // for HADOOP_CONF_DIR
  std::string folder;                   // scratch; made, and emptied at the start
  size_t running_max = 16;
  size_t running_per_user_max = 8;
  size_t kept_max = 200;                // of those that have ended
  int64_t output_max = 16 << 20;        // of one; beyond it is ended
};

class Submissions {
 public:
  Submissions(Env env, const Cluster& cluster, SubmissionsConfig config);

  // YarnSubmission. kResourceExhausted where too many run.
  Task<Result<std::string>> Start(SubmitCommand command, std::string user);
  // Newest first; YarnSubmissions.
  std::string ListJson(size_t offset, size_t limit) const;
  // YarnSubmission, its output from byte `from`. kFileNotFound.
  Task<Result<std::string>> Show(std::string id, int64_t from);
  // kFileNotFound, kIllegalState where it has ended.
  Status End(const std::string& id);
  // kFileNotFound
  Result<std::string> UserOf(const std::string& id) const;
  // Ends all that run.
  Task<void> Stop();

 private:
  struct Submission {
    std::string id;
    SubmitCommand command;
    std::string user;
    std::string folder;
    std::unique_ptr<Process> process;
    enum class State { kRunning, kSucceeded, kFailed, kStopped } state = State::kRunning;
    std::optional<int> exit_code;
    int64_t started_ms = 0, finished_ms = 0;
    std::string application;
    bool stopping = false;
    std::string note;  // added to the output's end
  };
  struct Output {
    int64_t start = 0, end = 0, dropped = 0;
    std::string text;
  };
  Submission* Find(const std::string& id);
  Task<void> Watch(std::string id);
  Task<Output> ReadOutput(std::string path, int64_t from, std::string note);
  void LookForApplication(Submission& submission, const std::string& text) const;
  web::JsonObject Json(const Submission& submission, const Output& output) const;
  void Forget();

  Env env_;
  const Cluster& cluster_;
  SubmissionsConfig config_;
  bool ready_ = false;  // the folder is there
  int64_t last_ = 0;
  std::deque<std::shared_ptr<Submission>> all_;  // oldest first; shared: waits outlive forgetting
  TaskScope scope_;
};

}  // namespace tusk::yarn
