// HistoryLogs: /jobhistory/logs/NODE/CONTAINER/ENTITY/USER[/FILE]?start=-4096&end=: what a container of a finished application wrote,
// from where node managers have aggregated it. Job attempts' links, and node managers that have forgotten a container, lead here.
#pragma once

#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/http/server.h"

namespace tusk::mapreduce {

class HistoryLogs {
 public:
  // `user`: who reads the files.
  HistoryLogs(Env env, const Configuration& configuration, std::string user);
  // Before the server starts; this outlives it.
  void Mount(http::Server& server);

 private:
  struct Wanted {
    std::string node, container, application, owner;
    std::string file;  // empty: all
    int64_t start = -4096, end = INT64_MAX;
  };
  Task<void> Page(http::Exchange& exchange);
  // Blocking; on the pool. The body of the page.
  Result<std::string> Text(const Wanted& wanted) const;

  Env env_;
  const Configuration configuration_;
  const std::string user_;
};

}  // namespace tusk::mapreduce
