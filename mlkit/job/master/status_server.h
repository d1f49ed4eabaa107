// StatusServer: the web server behind a training's tracking URL: a page for people, and the JSON that it is drawn from
// (docs/formats/mlkit_job.md).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/env/env.h"
#include "base/http/server.h"

namespace tusk::ml {

struct StatusPages {
  std::function<std::string()> job;
  std::function<std::string(uint64_t after)> steps;
  std::function<std::string(uint64_t from)> events;
};

class StatusServer {
 public:
  static Result<std::unique_ptr<StatusServer>> Listen(Env env, const std::string& host, StatusPages pages);
  uint16_t port() const { return server_->address().port; }
  tusk::Task<void> Shutdown() { return server_->Shutdown(); }

 private:
  using Page = std::function<std::string(uint64_t)>;
  StatusServer(std::unique_ptr<http::Server> server, StatusPages pages);
  void Serve(const std::string& path, const std::string& position, Page page);
  static tusk::Task<void> Answer(http::Exchange* exchange, const std::string* position, const Page* page);

  std::unique_ptr<http::Server> server_;
  StatusPages pages_;
};

}  // namespace tusk::ml
