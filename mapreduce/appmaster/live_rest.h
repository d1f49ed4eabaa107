// LiveRest: the web server behind a running job's tracking URL: Hadoop's /ws/v1/mapreduce, with the same objects as the
// history server's (mapreduce/history/job_rest.h), and a page for people. Reads only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/env/env.h"
#include "base/http/server.h"
#include "base/rest/answer.h"
#include "mapreduce/appmaster/job_run.h"
#include "mapreduce/history/job_record.h"

namespace tusk::mapreduce {

struct LiveRestFacts {
  const JobRun* run = nullptr;
  const Configuration* conf = nullptr;
  std::string application;  // application_…
  std::string attempt_id, container_id, host;
  int64_t node_port = 0, node_http_port = 0;
  std::function<std::string()> queue;
};

class LiveRest {
 public:
  static Result<std::unique_ptr<LiveRest>> Listen(Env env, const std::string& host, LiveRestFacts facts);
  uint16_t port() const { return server_->address().port; }
  Task<void> Shutdown() { return server_->Shutdown(); }

 private:
  LiveRest(Env env, LiveRestFacts facts) : env_(env), facts_(std::move(facts)) {}
  Task<void> Serve(http::Exchange& exchange);
  // For tusk's console: docs/formats/mapreduce_job.md.
  Task<void> ServeStatus(http::Exchange& exchange);
  Task<void> Page(http::Exchange& exchange);
  rest::Answer Answer(const http::Request& request) const;

  Env env_;
  LiveRestFacts facts_;
  std::unique_ptr<http::Server> server_;
};

// What the job is at this moment.
JobRecord RecordOf(const LiveRestFacts& facts, TimePoint now, int64_t now_wall_ms);

}  // namespace tusk::mapreduce
