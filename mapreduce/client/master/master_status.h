// What the master of a job of another kind (mlkit/job, quant/job) shows of it: while it runs a page for people and JSON behind the
// tracking URL; afterwards a file in the history folder, which the console reads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/http/server.h"
#include "mapreduce/api/file_system.h"

namespace tusk::mapreduce {

// GET <folder><name>[?<position>=N]: N is 0 where nothing is said. An empty text: nothing is known yet.
struct StatusPage {
  std::string name, position;
  std::function<std::string(uint64_t)> json;
};

struct StatusPages {
  std::string folder;              // "/ws/v1/ml/"
  const char* for_people = "";     // HTML, at "/"; addresses in it are relative: it is read behind the resource manager's proxy
  std::vector<StatusPage> json;
};

class MasterStatusServer {
 public:
  static Result<std::unique_ptr<MasterStatusServer>> Listen(Env env, const std::string& host, StatusPages pages);
  uint16_t port() const { return server_->address().port; }
  tusk::Task<void> Shutdown() { return server_->Shutdown(); }

 private:
  MasterStatusServer(std::unique_ptr<http::Server> server, StatusPages pages);
  static tusk::Task<void> Answer(http::Exchange* exchange, const StatusPage* page);

  std::unique_ptr<http::Server> server_;
  StatusPages pages_;
};

// Writes <staging root>/history/done_intermediate/<user>/<application>.<kind>.json, on the default file system.
Status KeepMasterStatus(const Configuration& conf, FileSystems& files, const std::string& application, const std::string& kind, const std::string& json);
// Where the tracking URL leads once the master is gone: the application's page of the resource manager; "" where it has none.
std::string PageAfterMaster(const Configuration& conf, const std::string& application);

}  // namespace tusk::mapreduce
