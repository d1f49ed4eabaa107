// Names of files, listings, and a small cache.
#include "mapreduce/history/history_store.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "base/log/log.h"
#include "mapreduce/client/form_encoding.h"
#include "mapreduce/history/jhist_reader.h"

namespace tusk::mapreduce {
namespace {

constexpr size_t kLoadedMax = 5;
constexpr size_t kJobsMax = 200'000;
constexpr uint64_t kConfBytesMax = 64 << 20;
constexpr Duration kListEvery = std::chrono::seconds(1);
constexpr Duration kListDoneEvery = std::chrono::minutes(3);

bool ParseNumber(std::string_view text, int64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

// job_1_0001 sorts after job_1_9999 by number, not by letter.
std::string SortKey(const JobIndex& index) { return fmt::format("{:020}_{:010}", index.cluster_ms, index.number); }

}  // namespace

std::optional<JobIndex> JobIndexOf(const std::string& file_name) {
  if (!file_name.ends_with(".jhist") || !file_name.starts_with("job_")) return std::nullopt;
  std::vector<std::string> parts(1);
  for (const char c : file_name.substr(0, file_name.size() - 6)) {
    if (c == '-') parts.emplace_back();
    else parts.back() += c;
  }
  // Older files have no queue and start, or fewer.
  if (parts.size() < 8) return std::nullopt;
  JobIndex index;
  index.job = parts[0];
  const size_t cut = index.job.rfind('_');
  if (cut < 4 || !ParseNumber(std::string_view(index.job).substr(cut + 1), &index.number) ||
      !ParseNumber(std::string_view(index.job).substr(4, cut - 4), &index.cluster_ms)) {
    return std::nullopt;
  }
  if (!ParseNumber(parts[1], &index.submit_ms) || !ParseNumber(parts[4], &index.finish_ms) ||
      !ParseNumber(parts[5], &index.maps) || !ParseNumber(parts[6], &index.reduces)) {
    return std::nullopt;
  }
  index.user = FormDecode(parts[2]);
  index.name = FormDecode(parts[3]);
  index.state = FormDecode(parts[7]);
  if (parts.size() > 8) index.queue = FormDecode(parts[8]);
  index.start_ms = index.submit_ms;
  if (parts.size() > 9) (void)ParseNumber(parts[9], &index.start_ms);
  return index;
}

std::string HistoryStore::IntermediateFolder(const Configuration& conf) {
  const std::string folder = conf.Get("mapreduce.jobhistory.intermediate-done-dir", "");
  return folder.empty() ? conf.Get("yarn.app.mapreduce.am.staging-dir", "/tmp/hadoop-yarn/staging") + "/history/done_intermediate" : folder;
}

std::string HistoryStore::DoneFolder(const Configuration& conf) {
  const std::string folder = conf.Get("mapreduce.jobhistory.done-dir", "");
  return folder.empty() ? conf.Get("yarn.app.mapreduce.am.staging-dir", "/tmp/hadoop-yarn/staging") + "/history/done" : folder;
}

void HistoryStore::AddFolder(FileSystem& fs, const std::string& folder, std::map<std::string, JobIndex>* found) const {
  Result<std::vector<FileStatus>> entries = fs.List(folder);
  if (!entries.ok()) {
    LogWarn("historyserver", "{}: {}", folder, entries.status().ToString());
    return;
  }
  for (const FileStatus& entry : *entries) {
    if (entry.is_directory || found->size() >= kJobsMax) continue;
    std::optional<JobIndex> index = JobIndexOf(entry.path.substr(entry.path.rfind('/') + 1));
    if (!index) continue;
    index->file = fs.uri() + entry.path;
    index->conf_file = fs.uri() + folder + "/" + index->job + "_conf.xml";
    (*found)[SortKey(*index)] = std::move(*index);
  }
}

Status HistoryStore::ListIntermediate() {
  ASSIGN_OR_RETURN(const Location root, files_.Resolve(intermediate_));
  std::map<std::string, JobIndex> found;
  Result<std::vector<FileStatus>> users = root.fs->List(root.path);
  if (users.ok()) {
    for (const FileStatus& user : *users) {
      if (user.is_directory) AddFolder(*root.fs, user.path, &found);
    }
  } else if (users.status().code() != Code::kFileNotFound) {
    return users.status();
  }
  waiting_ = std::move(found);
  return Status::Ok();
}

Status HistoryStore::ListDone() {
  ASSIGN_OR_RETURN(const Location root, files_.Resolve(done_));
  std::map<std::string, JobIndex> found;
  // done/YYYY/MM/DD/NNNNNN
  std::vector<std::string> folders = {root.path};
  for (int depth = 0; depth < 4; ++depth) {
    std::vector<std::string> deeper;
    for (const std::string& folder : folders) {
      Result<std::vector<FileStatus>> entries = root.fs->List(folder);
      if (!entries.ok() && entries.status().code() == Code::kFileNotFound) continue;
      if (!entries.ok()) return entries.status();
      for (const FileStatus& entry : *entries) {
        if (entry.is_directory) deeper.push_back(entry.path);
      }
    }
    folders = std::move(deeper);
  }
  for (const std::string& folder : folders) AddFolder(*root.fs, folder, &found);
  moved_ = std::move(found);
  return Status::Ok();
}

Status HistoryStore::Refresh() {
  const TimePoint now = clock_.Now();
  if (ever_ && now - listed_ < kListEvery) return Status::Ok();
  RETURN_IF_ERROR(ListIntermediate());
  if (!ever_ || now - listed_done_ >= kListDoneEvery) {
    RETURN_IF_ERROR(ListDone());
    listed_done_ = now;
  }
  listed_ = now;
  ever_ = true;
  jobs_ = moved_;
  for (const auto& [key, index] : waiting_) jobs_[key] = index;
  return Status::Ok();
}

Result<std::shared_ptr<const StoredJob>> HistoryStore::Load(const std::string& job) {
  for (auto at = loaded_.begin(); at != loaded_.end(); ++at) {
    if ((*at)->index.job != job) continue;
    loaded_.splice(loaded_.begin(), loaded_, at);
    return loaded_.front();
  }
  RETURN_IF_ERROR(Refresh());
  for (const auto& [key, index] : jobs_) {
    if (index.job != job) continue;
    ASSIGN_OR_RETURN(const Location place, files_.Resolve(index.file));
    ASSIGN_OR_RETURN(const std::string bytes, place.fs->ReadFile(place.path, kHistoryBytesMax));
    auto stored = std::make_shared<StoredJob>();
    stored->index = index;
    ASSIGN_OR_RETURN(stored->record, ReadHistoryFile(bytes));
    if (stored->record.queue.empty()) stored->record.queue = index.queue;
    if (stored->record.state.empty() || stored->record.finish_ms == 0) stored->record.state = index.state;
    loaded_.push_front(stored);
    if (loaded_.size() > kLoadedMax) loaded_.pop_back();
    return loaded_.front();
  }
  return Status(Code::kFileNotFound, "job, " + job + ", is not found");
}

Result<std::pair<Configuration, std::string>> HistoryStore::LoadConf(const std::string& job) {
  ASSIGN_OR_RETURN(const auto stored, Load(job));
  ASSIGN_OR_RETURN(const Location place, files_.Resolve(stored->index.conf_file));
  ASSIGN_OR_RETURN(const std::string text, place.fs->ReadFile(place.path, kConfBytesMax));
  std::pair<Configuration, std::string> result;
  result.second = place.ToString();
  RETURN_IF_ERROR(result.first.LoadXml(text, result.second));
  return result;
}

}  // namespace tusk::mapreduce
