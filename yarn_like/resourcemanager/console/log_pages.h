// LogPages: a container's log files, from its node manager while it has them (live: what is written is sent on), else
// from the DFS where they were aggregated. Callers have checked who may look.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/http/client.h"
#include "base/http/server.h"
#include "yarn_like/resourcemanager/cluster_view.h"

namespace tusk::yarn {

struct LogPart {
  int64_t start = 0;  // below 0: so many before the end
  int64_t end = -1;   // below 0: as much as one answer gives
  bool follow = false;
};

class LogPages {
 public:
  // `conf` outlives it; `user`: as whom the DFS is read.
  LogPages(Env env, const Cluster& cluster, const Configuration& conf, std::string user);

  // YarnLogFiles. kContainerNotFound for one whose application is not known.
  Task<Result<std::string>> List(ContainerId id);
  // Sends text/plain on the exchange. An error is one from before anything was sent.
  Task<Status> Send(http::Exchange& exchange, ContainerId id, std::string file, LogPart part);
  // Ends followers soon.
  void Stop() { stopped_ = true; }

 private:
  struct File {
    std::string name;
    int64_t size = 0;
    std::optional<int64_t> modified;
  };
  struct Place {
    std::string owner;
    std::string node_http_address;  // empty: not known
    std::string node;
    bool over = false;
  };
  struct Piece {
    std::string bytes;
    int64_t size = 0;      // of the file
    bool running = false;
  };
  Result<Place> Find(const ContainerId& id) const;
  Task<Result<std::vector<File>>> ListOnNode(Place place, ContainerId id);
  Task<Result<Piece>> ReadOnNode(Place place, ContainerId id, std::string file, int64_t start, int64_t end);
  Task<Result<std::vector<File>>> ListAggregated(Place place, ContainerId id);
  Task<Result<Piece>> ReadAggregated(Place place, ContainerId id, std::string file, LogPart part, int64_t* start);
  Task<Status> Follow(http::Exchange& exchange, Place place, ContainerId id, std::string file, int64_t at);
  // Walks the application's aggregated files. Blocks.
  template <typename Visitor>
  Status WalkAggregated(const Place& place, const ContainerId& id, const Visitor& visitor) const;

  Env env_;
  const Cluster& cluster_;
  const Configuration& conf_;
  std::string user_;
  std::unique_ptr<http::Client> client_;
  bool stopped_ = false;
};

}  // namespace tusk::yarn
