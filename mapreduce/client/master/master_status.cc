// Routes of the tracking URL, and the file that is kept.
#include "mapreduce/client/master/master_status.h"

#include "mapreduce/client/job_files.h"
#include "mapreduce/client/yarn_addresses.h"

namespace tusk::mapreduce {
namespace {

constexpr size_t kConnectionsMax = 64;

tusk::Task<void> ServePage(http::Exchange* exchange, const char* html) {
  (void)co_await exchange->Reply(200, "text/html; charset=utf-8", html);
}

}  // namespace

MasterStatusServer::MasterStatusServer(std::unique_ptr<http::Server> server, StatusPages pages) : server_(std::move(server)), pages_(std::move(pages)) {
  for (const StatusPage& page : pages_.json) {
    server_->Handle("GET", pages_.folder + page.name, [&page](http::Exchange& exchange) { return Answer(&exchange, &page); });
  }
  server_->Handle("GET", "/", [this](http::Exchange& exchange) { return ServePage(&exchange, pages_.for_people); });
}

tusk::Task<void> MasterStatusServer::Answer(http::Exchange* exchange, const StatusPage* page) {
  const Result<int64_t> from = exchange->request().query.GetInt(page->position, 0);
  if (!from.ok() || from.value() < 0) {
    (void)co_await exchange->Reply(400, "application/json", "{\"error\":\"" + page->position + ": a number from 0 on is wanted\"}\n");
    co_return;
  }
  const std::string json = page->json(static_cast<uint64_t>(from.value()));
  if (json.empty()) {
    (void)co_await exchange->Reply(503, "application/json", "{\"error\":\"nothing is known yet\"}\n");
  } else {
    (void)co_await exchange->Reply(200, "application/json", json);
  }
}

Result<std::unique_ptr<MasterStatusServer>> MasterStatusServer::Listen(Env env, const std::string& host, StatusPages pages) {
  http::ServerOptions options;
  options.bind = {host, 0};
  options.name = "master-status";
  options.connections_max = kConnectionsMax;
  ASSIGN_OR_RETURN(std::unique_ptr<http::Server> server, http::Server::Listen(env, std::move(options)));
  std::unique_ptr<MasterStatusServer> status(new MasterStatusServer(std::move(server), std::move(pages)));
  status->server_->Start();
  return status;
}

Status KeepMasterStatus(const Configuration& conf, FileSystems& files, const std::string& application, const std::string& kind, const std::string& json) {
  ASSIGN_OR_RETURN(const Location place, files.Resolve(MasterHistoryPath(conf, conf.Get(kUserKey, ""), application, kind)));
  return place.fs->WriteFile(place.path, json);
}

std::string PageAfterMaster(const Configuration& conf, const std::string& application) {
  const std::string web = conf.Get("yarn.resourcemanager.webapp.address", "");
  return web.empty() ? "" : "http://" + web + "/cluster/app/" + application;
}

}  // namespace tusk::mapreduce
