// Localizer: brings the files that a container asks for onto this node, through the cache. A fetch belongs to the
// localizer, not to the container that caused it: who waits for it may be killed without harm to the others.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/async/sync.h"
#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/store/state_writer.h"
#include "yarn_like/nodemanager/localize/resource_cache.h"
#include "yarn_like/nodemanager/localize/resource_source.h"
#include "yarn_like/nodemanager/recovery/node_records.h"

namespace tusk::yarn {

struct ResourceRequest {
  std::string link;  // name in the container's folder; "*": every file of the resource, which is a folder
  ResourceKey key;
};

struct LocalizerOptions {
  std::vector<std::string> local_dirs;
  uint64_t cache_bytes_target = uint64_t{10240} << 20;  // yarn.nodemanager.localizer.cache.target-size-mb
  Duration fetch_timeout = std::chrono::minutes(30);
};

class Localizer {
 public:
  Localizer(Env env, ResourceSource& source, LocalizerOptions options, StateWriter& state);

  struct Outcome {
    std::vector<std::pair<std::string, std::string>> links;  // cached path -> link
    // LOCALIZATION_COUNTERS: bytes missed and cached, files missed and cached, milliseconds.
    std::string counters;
  };
  // kCancelled on `stop`. Any other error is what the container's diagnostics say.
  Task<Result<Outcome>> Localize(std::string container, std::vector<ResourceRequest> requests, std::stop_token stop);
  // For a container that has its files from before: they are in use again.
  void Hold(const std::string& container, const std::vector<ResourceRequest>& requests);
  // What an earlier node manager fetched and still lies on the disk; the rest of the caches is removed.
  Task<void> Recover(std::map<std::string, ResourceRecord> by_folder);
  // The container uses none of its files any more.
  void Release(const std::string& container);
  void DropApplication(const std::string& application);
  // Removes surplus of the cache from the disk.
  Task<void> Sweep();
  Task<void> Shutdown();
  const ResourceCache& cache() const { return cache_; }

 private:
  struct Fetch {
    explicit Fetch(EventLoop& loop) : done(loop) {}
    AsyncEvent done;
    Status outcome;
    uint64_t bytes = 0;
  };
  // `container`: the one that caused it; failures name it.
  Task<void> RunFetch(ResourceKey key, ResourceCache::Acquired place, std::shared_ptr<Fetch> fetch, std::string container);
  Task<Result<uint64_t>> FetchOne(ResourceKey key, ResourceCache::Acquired place, std::string container);
  Task<Status> CheckSource(ResourceKey key, std::string container);
  void AppendLinks(const ResourceRequest& request, const ResourceCache::Acquired& place, Outcome& outcome);

  Env env_;
  ResourceSource& source_;
  LocalizerOptions options_;
  StateWriter& state_;
  ResourceCache cache_;
  TaskScope scope_;
  std::map<ResourceKey, std::shared_ptr<Fetch>> fetches_;  // shared with those who wait
  std::map<std::string, std::vector<ResourceKey>> held_;   // by container
};

}  // namespace tusk::yarn
