// One file a job.
#include "tools/tusk/daemons/kept_jobs.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/async/blocking_pool.h"
#include "dfs/client/blocking_file_system.h"

namespace tusk::tools {
namespace {

constexpr uint64_t kBytesMax = 64 << 20;
constexpr size_t kTextsMax = 4;

}  // namespace

Result<std::string> KeptJobs::Read(const yarn::FinishedJob& job) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [application, text] : texts_) {
      if (application == job.application) return text;
    }
  }
  const std::string path = conf_.Get("yarn.app.mapreduce.am.staging-dir", "/tmp/hadoop-yarn/staging") + "/history/done_intermediate/" +
                           job.user + "/" + job.application + (job.kind == "ml" ? ".training.json" : "." + job.kind + ".json");
  ASSIGN_OR_RETURN(auto systems, dfs::BlockingFileSystems::Create(env_.clock, env_.random, env_.disk, conf_, dfs::ClientUser{user_, "/"}));
  ASSIGN_OR_RETURN(auto place, systems->Resolve(path));
  ASSIGN_OR_RETURN(auto in, place.fs.Open(place.path));
  if (in->length() > kBytesMax) return Status(Code::kResourceExhausted, path + " is larger than 64 MiB");
  std::string text(in->length(), '\0');
  size_t at = 0;
  while (at < text.size()) {
    ASSIGN_OR_RETURN(const size_t count,
                     in->ReadAt(at, MutableByteView(reinterpret_cast<uint8_t*>(text.data()) + at, text.size() - at)));
    if (count == 0) return Status(Code::kEndOfFile, path + " is shorter than it was");
    at += count;
  }
  const std::lock_guard lock(mutex_);
  texts_.emplace_back(job.application, text);
  if (texts_.size() > kTextsMax) texts_.pop_front();
  return text;
}

Task<Result<std::string>> KeptJobs::Part(yarn::FinishedJob job, std::string part) {
  co_return co_await env_.disk_pool.Run([this, &job, &part]() -> Result<std::string> {
    ASSIGN_OR_RETURN(const std::string text, Read(job));
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains(part)) return Status(Code::kFileNotFound, "no " + part + " was kept of " + job.application);
    return json[part].dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  });
}

}  // namespace tusk::tools
