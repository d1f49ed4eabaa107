// HistoryRest: /ws/v1/history and the pages of the history server.
#pragma once

#include <memory>
#include <string>

#include "base/env/env.h"
#include "base/http/server.h"
#include "base/rest/answer.h"
#include "mapreduce/history/history_store.h"

namespace tusk::mapreduce {

class HistoryRest {
 public:
  HistoryRest(Env env, HistoryStore& store) : env_(env), store_(store), started_wall_ms_(env.clock.WallMillis()) {}
  // Before the server starts; this outlives it.
  void Mount(http::Server& server);
  // As links say it, once it is known.
  void SetAddress(std::string web_address) { web_address_ = std::move(web_address); }

 private:
  Task<void> Serve(http::Exchange& exchange);
  Task<void> Page(http::Exchange& exchange);
  // Blocking; on the pool.
  rest::Answer Answer(const http::Request& request);
  rest::Answer JobList(const http::Request& request);
  rest::Answer AboutJob(const http::Request& request, const std::vector<std::string>& parts);
  std::string PageText(const std::vector<std::string>& parts);

  Env env_;
  HistoryStore& store_;
  int64_t started_wall_ms_;
  std::string web_address_;
};

}  // namespace tusk::mapreduce
