// Entries, holders and eviction.
#include "yarn_like/nodemanager/localize/resource_cache.h"

#include <algorithm>
#include <charconv>

namespace tusk::yarn {
namespace {
// At most so many entries lie in one folder; more go into subfolders named in base 36 (Hadoop's layout).
constexpr uint64_t kFirstNumber = 10;
constexpr uint64_t kEntriesPerFolder = 8192 - 36;

std::string Base36(uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string text;
  do {
    text.insert(text.begin(), kDigits[value % 36]);
    value /= 36;
  } while (value > 0);
  return text;
}
}  // namespace

Result<std::string> ResourceNameOf(std::string_view uri) {
  std::string_view path = uri.substr(0, uri.find_first_of("?#"));
  while (path.ends_with('/')) path.remove_suffix(1);
  std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.empty() || name == "." || name == ".." || name.size() > 255 || name.find('\0') != std::string_view::npos) {
    return Status(Code::kInvalidArgument, "Invalid resource path: " + std::string(uri.substr(0, 500)));
  }
  return std::string(name);
}

std::string ResourceCache::FolderOf(const ResourceKey& key) {
  std::string folder = local_dirs_[next_dir_++ % local_dirs_.size()];
  if (key.visibility != Visibility::kPublic) folder += "/usercache/" + key.user;
  if (key.visibility == Visibility::kApplication) folder += "/appcache/" + key.application;
  folder += "/filecache";
  uint64_t& next = next_number_[folder];
  if (next == 0) next = kFirstNumber;
  uint64_t number = next++;
  uint64_t group = (number - kFirstNumber) / kEntriesPerFolder;
  if (group > 0) folder += "/" + Base36(group - 1);
  return folder + "/" + std::to_string(number);
}

Result<ResourceCache::Acquired> ResourceCache::Acquire(const ResourceKey& key, const std::string& container, TimePoint now) {
  auto found = entries_.find(key);
  if (found != entries_.end()) {
    Entry& entry = found->second;
    entry.holders.insert(container);
    entry.last_used = now;
    return Acquired{entry.ready ? Outcome::kReady : Outcome::kWait, entry.folder, entry.name, entry.bytes};
  }
  Entry entry;
  ASSIGN_OR_RETURN(entry.name, ResourceNameOf(key.uri));
  entry.folder = FolderOf(key);
  entry.holders.insert(container);
  entry.last_used = now;
  Acquired acquired{Outcome::kFetch, entry.folder, entry.name, 0};
  entries_.emplace(key, std::move(entry));
  return acquired;
}

void ResourceCache::Fetched(const ResourceKey& key, uint64_t bytes) {
  auto found = entries_.find(key);
  if (found == entries_.end() || found->second.ready) return;
  found->second.ready = true;
  found->second.bytes = bytes;
  bytes_ += bytes;
}

void ResourceCache::FetchFailed(const ResourceKey& key) { entries_.erase(key); }

ResourceCache::State ResourceCache::state(const ResourceKey& key) const {
  auto found = entries_.find(key);
  if (found == entries_.end()) return State::kAbsent;
  return found->second.ready ? State::kReady : State::kFetching;
}

void ResourceCache::Release(const ResourceKey& key, const std::string& container, TimePoint now) {
  auto found = entries_.find(key);
  if (found == entries_.end()) return;
  found->second.holders.erase(container);
  found->second.last_used = now;
}

std::vector<std::string> ResourceCache::TakeSurplus(uint64_t bytes_target) {
  std::vector<std::map<ResourceKey, Entry>::iterator> unused;
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    bool kept = it->first.visibility == Visibility::kApplication || !it->second.ready || !it->second.holders.empty();
    if (!kept) unused.push_back(it);
  }
  std::sort(unused.begin(), unused.end(), [](const auto& a, const auto& b) { return a->second.last_used < b->second.last_used; });
  std::vector<std::string> folders;
  for (auto it : unused) {
    if (bytes_ <= bytes_target) break;
    bytes_ -= it->second.bytes;
    folders.push_back(it->second.folder);
    entries_.erase(it);
  }
  return folders;
}

std::vector<std::string> ResourceCache::DropApplication(const std::string& application) {
  std::vector<std::string> folders;
  for (auto it = entries_.begin(); it != entries_.end();) {
    bool its = it->first.visibility == Visibility::kApplication && it->first.application == application;
    if (its && it->second.ready) bytes_ -= it->second.bytes;
    if (its) folders.push_back(it->second.folder);
    it = its ? entries_.erase(it) : std::next(it);
  }
  std::erase_if(next_number_, [&](const auto& entry) { return entry.first.ends_with("/appcache/" + application + "/filecache"); });
  return folders;
}

bool ResourceCache::Restore(const ResourceKey& key, const std::string& folder, const std::string& name, uint64_t bytes) {
  size_t end = folder.find("/filecache/");
  bool ours = std::any_of(local_dirs_.begin(), local_dirs_.end(), [&](const std::string& local) { return folder.starts_with(local + "/"); });
  if (entries_.contains(key) || !ours || end == std::string::npos) return false;
  uint64_t number = 0;
  std::string_view last = std::string_view(folder).substr(folder.rfind('/') + 1);
  auto [stop, error] = std::from_chars(last.data(), last.data() + last.size(), number);
  if (error != std::errc() || stop != last.data() + last.size()) return false;
  uint64_t& next = next_number_[folder.substr(0, end) + "/filecache"];
  next = std::max({next, kFirstNumber, number + 1});
  Entry entry;
  entry.folder = folder;
  entry.name = name;
  entry.ready = true;
  entry.bytes = bytes;
  bytes_ += bytes;
  entries_.emplace(key, std::move(entry));
  return true;
}

}  // namespace tusk::yarn
