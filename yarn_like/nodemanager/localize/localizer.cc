// Fetching into the cache: check the source, copy beside the final place, unpack, rename.
#include "yarn_like/nodemanager/localize/localizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <regex>
#include <set>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "yarn_like/nodemanager/localize/archive.h"

namespace tusk::yarn {
namespace {

// "2026-11-21T08:17:45.061+0000"
std::string IsoTime(int64_t wall_ms) {
  std::time_t seconds = wall_ms / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+0000", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, wall_ms % 1000);
}

std::string_view KindName(ResourceKind kind) {
  return kind == ResourceKind::kArchive ? "ARCHIVE" : kind == ResourceKind::kPattern ? "PATTERN" : "FILE";
}

// The Java regular expressions that jobs send are simple; MapReduce's own default needs no machine at all.
Result<std::function<bool(std::string_view)>> MatcherOf(const std::string& pattern) {
  if (pattern.empty() || pattern == ".*") return std::function<bool(std::string_view)>();
  if (pattern == "(?:classes/|lib/).*") {
    return std::function<bool(std::string_view)>(
        [](std::string_view name) { return name.starts_with("classes/") || name.starts_with("lib/"); });
  }
  try {
    std::regex compiled(pattern, std::regex::ECMAScript | std::regex::optimize);
    return std::function<bool(std::string_view)>([compiled](std::string_view name) {
      if (name.size() > 1024) return false;  // the matcher recurses per character
      try {
        return std::regex_match(name.begin(), name.end(), compiled);
      } catch (const std::regex_error&) {
        return false;
      }
    });
  } catch (const std::regex_error& error) {
    return Status(Code::kInvalidArgument, "bad resource pattern " + pattern + ": " + error.what());
  }
}

struct Modes {
  uint32_t file;
  uint32_t folder;
};
Modes ModesOf(Visibility visibility) {
  return visibility == Visibility::kPublic ? Modes{0555, 0755} : Modes{0500, 0700};
}

Status MakeFolders(Disk& disk, const std::string& folder, const ResourceKey& key) {
  // Folders on the way: 0755 where everybody passes, 0710 within a user's part (and 0750 for the user's own).
  uint32_t mode = key.visibility == Visibility::kPublic ? 0755 : 0710;
  std::vector<std::string> missing;
  for (std::string at = folder; at.size() > 1 && !disk.Exists(at); at = ParentPath(at)) missing.push_back(at);
  for (auto it = missing.rbegin(); it != missing.rend(); ++it) {
    Status made = disk.MakeDir(*it, mode);
    if (!made.ok() && made.code() != Code::kAlreadyExists) return made;
    if (made.ok()) RETURN_IF_ERROR(disk.SetMode(*it, mode));
  }
  return Status::Ok();
}

// Turns the fetched file into what containers see. Blocks.
Result<uint64_t> Arrange(Disk& disk, const ResourceKey& key, const std::string& folder, const std::string& name) {
  Modes modes = ModesOf(key.visibility);
  std::string file = folder + "/" + name;
  ASSIGN_OR_RETURN(FileStat stat, disk.Stat(file));
  uint64_t bytes = stat.size;
  ArchiveKind kind = key.kind == ResourceKind::kFile ? ArchiveKind::kNone : ArchiveKindOf(name);
  RETURN_IF_ERROR(disk.SetMode(file, modes.file));
  if (kind == ArchiveKind::kNone) return bytes;
  UnpackOptions options;
  options.file_mode = modes.file;
  options.folder_mode = modes.folder;
  if (key.kind == ResourceKind::kPattern) {
    ASSIGN_OR_RETURN(options.wanted, MatcherOf(key.pattern));
  }
  std::string packed = folder + "/.packed";
  RETURN_IF_ERROR(disk.Rename(file, packed));
  RETURN_IF_ERROR(disk.MakeDir(file, modes.folder));
  RETURN_IF_ERROR(disk.SetMode(file, modes.folder));
  Result<uint64_t> unpacked = kind == ArchiveKind::kZip
                                  ? UnpackZip(disk, packed, file, options)
                                  : UnpackTar(disk, packed, file, kind == ArchiveKind::kTarGzip, options);
  if (!unpacked.ok()) return unpacked.status();
  if (key.kind == ResourceKind::kPattern) {  // the jar itself lies beside its classes
    RETURN_IF_ERROR(disk.Rename(packed, file + "/" + name));
    return bytes + *unpacked;
  }
  RETURN_IF_ERROR(disk.RemoveFile(packed));
  return *unpacked;
}

ResourceRecord RecordOf(const ResourceKey& key, const std::string& name, uint64_t bytes) {
  ResourceRecord record;
  record.visibility = static_cast<int>(key.visibility);
  record.kind = static_cast<int>(key.kind);
  record.user = key.user;
  record.application = key.application;
  record.uri = key.uri;
  record.pattern = key.pattern;
  record.name = name;
  record.timestamp_wall_ms = key.timestamp_wall_ms;
  record.bytes = bytes;
  return record;
}

ResourceKey KeyOf(const ResourceRecord& record) {
  return {static_cast<Visibility>(record.visibility), record.user, record.application, record.uri, record.timestamp_wall_ms,
          static_cast<ResourceKind>(record.kind), record.pattern};
}

// Every filecache folder under the local dirs.
std::vector<std::string> FileCaches(Disk& disk, const std::vector<std::string>& local_dirs) {
  std::vector<std::string> folders;
  for (const auto& local : local_dirs) {
    folders.push_back(local + "/filecache");
    for (const auto& user : disk.List(local + "/usercache").value_or({})) {
      std::string user_dir = local + "/usercache/" + user;
      folders.push_back(user_dir + "/filecache");
      for (const auto& app : disk.List(user_dir + "/appcache").value_or({})) {
        folders.push_back(user_dir + "/appcache/" + app + "/filecache");
      }
    }
  }
  return folders;
}

// Fetches that were under way, and what nobody wrote down.
Status RemoveOthers(Disk& disk, const std::vector<std::string>& local_dirs, const std::set<std::string>& known) {
  Status outcome;
  for (const auto& filecache : FileCaches(disk, local_dirs)) {
    for (const auto& name : disk.List(filecache).value_or({})) {
      std::string folder = filecache + "/" + name;
      bool holds_known = std::any_of(known.begin(), known.end(), [&](const std::string& each) {
        return each == folder || each.starts_with(folder + "/");
      });
      if (holds_known) continue;
      Status removed = disk.RemoveTree(folder);
      if (!removed.ok()) outcome = removed;
    }
  }
  return outcome;
}

}  // namespace

Localizer::Localizer(Env env, ResourceSource& source, LocalizerOptions options, StateWriter& state)
    : env_(env), source_(source), options_(std::move(options)), state_(state), cache_(options_.local_dirs), scope_(env.loop) {}

Task<Result<Localizer::Outcome>> Localizer::Localize(std::string container, std::vector<ResourceRequest> requests,
                                                     std::stop_token stop) {
  TimePoint started = env_.clock.Now();
  uint64_t bytes_missed = 0, bytes_cached = 0, files_missed = 0, files_cached = 0;
  Outcome outcome;
  struct Waiting {
    std::shared_ptr<Fetch> fetch;
    bool ours;
  };
  std::vector<Waiting> waiting;
  for (const auto& request : requests) {
    CO_ASSIGN_OR_RETURN(auto place, cache_.Acquire(request.key, container, env_.clock.Now()));
    held_[container].push_back(request.key);
    if (place.outcome == ResourceCache::Outcome::kFetch) {
      auto fetch = std::make_shared<Fetch>(env_.loop);
      fetches_[request.key] = fetch;
      waiting.push_back({fetch, true});
      scope_.Spawn(RunFetch(request.key, place, fetch, container));
    } else if (place.outcome == ResourceCache::Outcome::kWait) {
      waiting.push_back({fetches_.at(request.key), false});
    } else {
      ++files_cached;
      bytes_cached += place.bytes;
    }
    if (request.link != "*") outcome.links.emplace_back(place.folder + "/" + place.name, request.link);
  }
  for (auto& wait : waiting) {
    CO_RETURN_IF_ERROR(co_await wait.fetch->done.Wait(env_.clock.Now() + options_.fetch_timeout, stop));
    CO_RETURN_IF_ERROR(wait.fetch->outcome);
    if (wait.ours) {
      ++files_missed;
      bytes_missed += wait.fetch->bytes;
    } else {
      ++files_cached;
      bytes_cached += wait.fetch->bytes;
    }
  }
  for (const auto& request : requests) {
    if (request.link != "*") continue;
    auto place = cache_.Acquire(request.key, container, env_.clock.Now());
    if (place.ok()) AppendLinks(request, *place, outcome);
  }
  outcome.counters = fmt::format("{},{},{},{},{}", bytes_missed, bytes_cached, files_missed, files_cached,
                                 ToMillis(env_.clock.Now() - started));
  co_return outcome;
}

void Localizer::AppendLinks(const ResourceRequest&, const ResourceCache::Acquired& place, Outcome& outcome) {
  std::string folder = place.folder + "/" + place.name;
  auto names = env_.disk.List(folder);
  if (!names.ok()) return;
  for (const auto& name : *names) outcome.links.emplace_back(folder + "/" + name, name);
}

void Localizer::Release(const std::string& container) {
  auto found = held_.find(container);
  if (found == held_.end()) return;
  for (const auto& key : found->second) cache_.Release(key, container, env_.clock.Now());
  held_.erase(found);
}

Task<void> Localizer::RunFetch(ResourceKey key, ResourceCache::Acquired place, std::shared_ptr<Fetch> fetch, std::string container) {
  Result<uint64_t> bytes = co_await FetchOne(key, place, container);
  if (bytes.ok()) {
    fetch->bytes = *bytes;
    cache_.Fetched(key, *bytes);
    state_.Put("r/" + place.folder, RecordOf(key, place.name, *bytes).Encode());
  } else {
    LogWarn("localizer", "{} failed: {}", key.uri, bytes.status().ToString());
    fetch->outcome = bytes.status();
    cache_.FetchFailed(key);
  }
  auto found = fetches_.find(key);
  if (found != fetches_.end() && found->second == fetch) fetches_.erase(found);
  fetch->done.Set();
}

Task<Status> Localizer::CheckSource(ResourceKey key, std::string container) {
  bool check_public = key.visibility == Visibility::kPublic;
  Result<SourceStat> stat = co_await source_.Stat(key.uri, key.user, check_public);
  if (stat.code() == Code::kFileNotFound) {
    co_return Status(Code::kFileNotFound, fmt::format("File does not exist: {}\njava.io.FileNotFoundException: File does not exist: {}",
                                                      key.uri, key.uri));
  }
  if (!stat.ok()) co_return stat.status().WithContext(key.uri);
  if (check_public && !stat->is_public) {
    co_return Status(Code::kIOError,
                     fmt::format("Failed to download resource {{ {{ {}, {}, {}, null }},pending,[({})],{},DOWNLOADING}} "
                                 "java.io.IOException: Resource {} is not publicly accessible and as such cannot be part "
                                 "of the public cache.",
                                 key.uri, key.timestamp_wall_ms, KindName(key.kind), container,
                                 ToMillis(env_.clock.Now().time_since_epoch()), key.uri));
  }
  if (stat->mtime_wall_ms != key.timestamp_wall_ms) {
    std::string text =
        fmt::format("Resource {} changed on src filesystem - expected: \"{}\", was: \"{}\", current time: \"{}\"", key.uri,
                    IsoTime(key.timestamp_wall_ms), IsoTime(stat->mtime_wall_ms), IsoTime(env_.clock.WallMillis()));
    co_return Status(Code::kIOError, text + "\njava.io.IOException: " + text);
  }
  if (stat->is_directory && key.kind != ResourceKind::kFile) {
    co_return Status(Code::kIOError, "Resource " + key.uri + " is a folder and no archive");
  }
  co_return Status::Ok();
}

Task<Result<uint64_t>> Localizer::FetchOne(ResourceKey key, ResourceCache::Acquired place, std::string container) {
  CO_RETURN_IF_ERROR(co_await CheckSource(key, container));
  std::string temporary = place.folder + "_tmp";
  Status prepared = co_await env_.disk_pool.Run([this, key, temporary, place] {
    RETURN_IF_ERROR(env_.disk.RemoveTree(temporary));
    RETURN_IF_ERROR(env_.disk.RemoveTree(place.folder));  // left by a node manager before this one
    RETURN_IF_ERROR(MakeFolders(env_.disk, ParentPath(temporary), key));
    RETURN_IF_ERROR(env_.disk.MakeDir(temporary, 0755));
    return env_.disk.SetMode(temporary, 0755);
  });
  CO_RETURN_IF_ERROR(prepared);
  Result<uint64_t> bytes = co_await source_.Copy(key.uri, key.user, temporary + "/" + place.name);
  if (bytes.ok()) {
    bytes = co_await env_.disk_pool.Run([this, key, temporary, place]() -> Result<uint64_t> {
      ASSIGN_OR_RETURN(uint64_t size, Arrange(env_.disk, key, temporary, place.name));
      RETURN_IF_ERROR(env_.disk.Rename(temporary, place.folder));
      return size;
    });
  }
  if (!bytes.ok()) {
    Status removed = co_await env_.disk_pool.Run([this, temporary] { return env_.disk.RemoveTree(temporary); });
    if (!removed.ok()) LogWarn("localizer", "{}", removed.ToString());
  }
  co_return bytes;
}

Task<void> Localizer::Sweep() {
  std::vector<std::string> folders = cache_.TakeSurplus(options_.cache_bytes_target);
  for (const auto& folder : folders) {
    state_.Erase("r/" + folder);
    Status removed = co_await env_.disk_pool.Run([this, folder] { return env_.disk.RemoveTree(folder); });
    if (!removed.ok()) LogWarn("localizer", "{}", removed.ToString());
  }
}

void Localizer::Hold(const std::string& container, const std::vector<ResourceRequest>& requests) {
  for (const auto& request : requests) {
    if (cache_.state(request.key) != ResourceCache::State::kReady) continue;  // gone from the disk: nothing to keep
    auto held = cache_.Acquire(request.key, container, env_.clock.Now());
    if (held.ok()) held_[container].push_back(request.key);
  }
}

Task<void> Localizer::Recover(std::map<std::string, ResourceRecord> by_folder) {
  std::set<std::string> present = co_await env_.disk_pool.Run([&] {
    std::set<std::string> folders;
    for (const auto& [folder, record] : by_folder) {
      if (env_.disk.Exists(folder + "/" + record.name)) folders.insert(folder);
    }
    return folders;
  });
  for (const auto& [folder, record] : by_folder) {
    bool kept = present.contains(folder) && cache_.Restore(KeyOf(record), folder, record.name, record.bytes);
    if (kept) continue;
    present.erase(folder);
    state_.Erase("r/" + folder);
  }
  Status removed = co_await env_.disk_pool.Run([&] { return RemoveOthers(env_.disk, options_.local_dirs, present); });
  if (!removed.ok()) LogWarn("localizer", "{}", removed.ToString());
}

void Localizer::DropApplication(const std::string& application) {
  for (const auto& folder : cache_.DropApplication(application)) state_.Erase("r/" + folder);
}

Task<void> Localizer::Shutdown() {
  scope_.Cancel();
  co_await scope_.Join();
}

}  // namespace tusk::yarn
