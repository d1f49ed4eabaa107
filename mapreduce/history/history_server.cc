// Composition: the store, its two interfaces, and the pages that every daemon has.
#include "mapreduce/history/history_server.h"

#include "base/http/server.h"
#include "base/log/log.h"
#include "base/metrics/metrics.h"
#include "base/rpc/server.h"
#include "base/server/pages.h"
#include "mapreduce/client/dfs_file_systems.h"
#include "mapreduce/history/history_handlers.h"
#include "mapreduce/history/history_rest.h"
#include "mapreduce/history/history_store.h"
#include "mapreduce/history/log_page.h"

namespace tusk::mapreduce {
namespace {

struct HistoryAddresses {
  HostPort rpc{"127.0.0.1", 10020};
  HostPort web{"127.0.0.1", 19888};
};

// As Hadoop's, but on loopback where no address says otherwise.
Status ReadAddress(const Configuration& configuration, const char* key, HostPort* address) {
  const std::string text = configuration.Get(key, "");
  if (text.empty()) return Status::Ok();
  ASSIGN_OR_RETURN(*address, HostPort::Parse(text, address->port));
  return Status::Ok();
}

class HistoryServerImpl : public HistoryServer {
 public:
  HistoryServerImpl(Env env, const Configuration& configuration, HistoryAddresses addresses, std::unique_ptr<FileSystems> files,
                    const std::string& user)
      : env_(env),
        addresses_(std::move(addresses)),
        files_(std::move(files)),
        store_(env.clock, *files_, HistoryStore::IntermediateFolder(configuration), HistoryStore::DoneFolder(configuration)),
        rest_(env, store_),
        handlers_(env, store_),
        logs_(env, configuration, user),
        pages_(env, metrics_, configuration, {.daemon = "JobHistoryServer"}) {}

  Task<Status> Start() override {
    const Status opened = Open();
    if (!opened.ok()) {
      co_await Stop();
      co_return opened;
    }
    rpc_server_->Start();
    web_server_->Start();
    LogInfo("historyserver", "started: clients {}, web {}", rpc_server_->address().ToString(), web_server_->address().ToString());
    co_return Status::Ok();
  }

  Task<void> Stop() override {
    if (rpc_server_ != nullptr) co_await rpc_server_->Shutdown();
    if (web_server_ != nullptr) co_await web_server_->Shutdown();
  }

 private:
  Status Open() {
    rpc::ServerOptions options;
    options.bind = addresses_.rpc;
    options.server_name = "historyserver";
    ASSIGN_OR_RETURN(rpc_server_, rpc::Server::Listen(env_, std::move(options)));
    rpc_server_->AddService(handlers_);
    ASSIGN_OR_RETURN(web_server_, http::Server::Listen(env_, {.bind = addresses_.web, .name = "historyserver"}));
    pages_.Mount(*web_server_);
    rest_.Mount(*web_server_);
    logs_.Mount(*web_server_);
    rest_.SetAddress(web_server_->address().ToString());
    handlers_.SetAddress(web_server_->address().ToString());
    return Status::Ok();
  }

  Env env_;
  HistoryAddresses addresses_;
  std::unique_ptr<FileSystems> files_;
  HistoryStore store_;
  HistoryRest rest_;
  HistoryHandlers handlers_;
  HistoryLogs logs_;
  MetricRegistry metrics_;
  DaemonPages pages_;
  std::unique_ptr<rpc::Server> rpc_server_;
  std::unique_ptr<http::Server> web_server_;
};

}  // namespace

Result<std::unique_ptr<HistoryServer>> HistoryServer::Create(Env env, const Configuration& configuration, const std::string& user) {
  HistoryAddresses addresses;
  RETURN_IF_ERROR(ReadAddress(configuration, "mapreduce.jobhistory.address", &addresses.rpc));
  RETURN_IF_ERROR(ReadAddress(configuration, "mapreduce.jobhistory.webapp.address", &addresses.web));
  ASSIGN_OR_RETURN(auto files, MakeDfsFileSystems(env.clock, env.random, env.disk, configuration, user, "/user/" + user));
  return std::unique_ptr<HistoryServer>(new HistoryServerImpl(env, configuration, std::move(addresses), std::move(files), user));
}

}  // namespace tusk::mapreduce
