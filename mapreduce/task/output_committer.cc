// FileOutputCommitter, version 1.
#include "mapreduce/task/output_committer.h"

namespace tusk::mapreduce {

namespace {
constexpr char kPending[] = "/_temporary";
}

std::string TaskIdOf(const std::string& attempt_id) {
  size_t last = attempt_id.rfind('_');
  if (!attempt_id.starts_with("attempt_") || last == std::string::npos) return "task_" + attempt_id;
  return "task_" + attempt_id.substr(8, last - 8);
}

std::string OutputCommitter::JobAttemptFolder() const { return output_.path + kPending + "/" + std::to_string(app_attempt_); }
std::string OutputCommitter::AttemptFolder(const std::string& attempt_id) const {
  return JobAttemptFolder() + kPending + "/" + attempt_id;
}
std::string OutputCommitter::CommittedTaskFolder(const std::string& attempt_id) const {
  return JobAttemptFolder() + "/" + TaskIdOf(attempt_id);
}

Status OutputCommitter::SetupJob() {
  return has_output() ? output_.fs->MakeDirs(JobAttemptFolder()) : Status::Ok();
}

Status OutputCommitter::CommitTask(const std::string& attempt_id) {
  if (!has_output()) return Status::Ok();
  std::string from = AttemptFolder(attempt_id);
  ASSIGN_OR_RETURN(bool wrote, output_.fs->Exists(from));
  if (!wrote) return Status::Ok();
  std::string to = CommittedTaskFolder(attempt_id);
  RETURN_IF_ERROR(output_.fs->Remove(to));
  return output_.fs->Rename(from, to);
}

Status OutputCommitter::AbortTask(const std::string& attempt_id) {
  return has_output() ? output_.fs->Remove(AttemptFolder(attempt_id)) : Status::Ok();
}

Status OutputCommitter::AbortJob() {
  return has_output() ? output_.fs->Remove(output_.path + kPending) : Status::Ok();
}

// Files replace files of the same name; folders are merged.
Status OutputCommitter::Merge(const FileStatus& from, const std::string& to) {
  FileSystem& fs = *output_.fs;
  Result<FileStatus> there = fs.Stat(to);
  if (!there.ok() && there.code() != Code::kFileNotFound) return std::move(there).status();
  if (there.ok() && from.is_directory && there->is_directory) {
    ASSIGN_OR_RETURN(std::vector<FileStatus> entries, fs.List(from.path));
    for (const FileStatus& entry : entries) RETURN_IF_ERROR(Merge(entry, JoinPath(to, BaseName(entry.path))));
    return Status::Ok();
  }
  if (there.ok()) RETURN_IF_ERROR(fs.Remove(to));
  return fs.Rename(from.path, to);
}

Status OutputCommitter::CommitJob(const Configuration& conf) {
  if (!has_output()) return Status::Ok();
  FileSystem& fs = *output_.fs;
  ASSIGN_OR_RETURN(std::vector<FileStatus> tasks, fs.List(JobAttemptFolder()));
  for (const FileStatus& task : tasks) {
    if (!task.is_directory || BaseName(task.path) == "_temporary") continue;
    ASSIGN_OR_RETURN(std::vector<FileStatus> entries, fs.List(task.path));
    for (const FileStatus& entry : entries) RETURN_IF_ERROR(Merge(entry, JoinPath(output_.path, BaseName(entry.path))));
  }
  RETURN_IF_ERROR(fs.Remove(output_.path + kPending));
  ASSIGN_OR_RETURN(bool mark, conf.GetBool("mapreduce.fileoutputcommitter.marksuccessfuljobs", true));
  return mark ? fs.WriteFile(JoinPath(output_.path, "_SUCCESS"), "") : Status::Ok();
}

}  // namespace tusk::mapreduce
