// ResourceCache: which files of applications lie on this node, where, and who uses them. Pure: the localizer fetches,
// this decides. One entry per (scope, source, time stamp, kind): PUBLIC entries are shared by all, PRIVATE ones by a
// user's applications, APPLICATION ones by an application's containers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "base/core/time.h"

namespace tusk::yarn {

enum class Visibility : unsigned char { kPublic = 1, kPrivate = 2, kApplication = 3 };
enum class ResourceKind : unsigned char { kArchive = 1, kFile = 2, kPattern = 3 };

struct ResourceKey {
  Visibility visibility = Visibility::kApplication;
  std::string user;         // empty with kPublic
  std::string application;  // only with kApplication
  std::string uri;
  int64_t timestamp_wall_ms = 0;
  ResourceKind kind = ResourceKind::kFile;
  std::string pattern;
  auto operator<=>(const ResourceKey&) const = default;
};

class ResourceCache {
 public:
  // Rotates over these; each is an absolute path of a local dir.
  explicit ResourceCache(std::vector<std::string> local_dirs) : local_dirs_(std::move(local_dirs)) {}

  enum class Outcome { kReady, kWait, kFetch };
  struct Acquired {
    Outcome outcome = Outcome::kFetch;
    std::string folder;  // absolute: .../filecache/<number>; the resource lies in it under `name`
    std::string name;    // last component of the URI
    uint64_t bytes = 0;  // with kReady
  };
  // `container` holds the entry until Release. kFetch: the caller must fetch it and say Fetched or FetchFailed;
  // kWait: another container's fetch is under way.
  Result<Acquired> Acquire(const ResourceKey& key, const std::string& container, TimePoint now);
  void Fetched(const ResourceKey& key, uint64_t bytes);
  // The entry goes; waiters learn it by state().
  void FetchFailed(const ResourceKey& key);
  enum class State { kAbsent, kFetching, kReady };
  State state(const ResourceKey& key) const;
  void Release(const ResourceKey& key, const std::string& container, TimePoint now);

  // Folders to remove: unused PUBLIC and PRIVATE entries, least recently used first, until the rest is within
  // `bytes_target`; they are forgotten at once.
  std::vector<std::string> TakeSurplus(uint64_t bytes_target);
  // Forgets the application's entries and says where they lie; the caller removes the application's folders whole.
  std::vector<std::string> DropApplication(const std::string& application);
  // An entry of an earlier node manager. False for one that is there twice or in a folder that is not ours.
  bool Restore(const ResourceKey& key, const std::string& folder, const std::string& name, uint64_t bytes);
  uint64_t bytes() const { return bytes_; }
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string folder;
    std::string name;
    bool ready = false;
    uint64_t bytes = 0;
    std::set<std::string> holders;
    TimePoint last_used;
  };
  std::string FolderOf(const ResourceKey& key);

  std::vector<std::string> local_dirs_;
  size_t next_dir_ = 0;
  std::map<ResourceKey, Entry> entries_;
  std::map<std::string, uint64_t> next_number_;  // per filecache folder, from 10 as Hadoop counts
  uint64_t bytes_ = 0;
};

// "hdfs://h:1/a/b.jar" -> "b.jar"; kInvalidArgument where that is no file name.
Result<std::string> ResourceNameOf(std::string_view uri);

}  // namespace tusk::yarn
