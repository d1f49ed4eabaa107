// NameNodeConsole: the namenode's side of the web console: its endpoints, events and audit on base/web's shared layer.
#pragma once

#include <memory>
#include <stop_token>

#include "base/http/server.h"
#include "base/rpc/local_client.h"
#include "base/web/audit_view.h"
#include "base/web/console.h"
#include "dfs/namenode/console/console_context.h"
#include "dfs/namenode/console/datanode_actions.h"
#include "dfs/namenode/console/datanode_views.h"
#include "dfs/namenode/console/file_actions.h"
#include "dfs/namenode/console/file_views.h"
#include "dfs/namenode/console/namenode_endpoints.h"
#include "dfs/namenode/console/trash_endpoints.h"

namespace tusk::dfs {

class NameNodeConsole {
 public:
  // Blocks shortly: reads the key and users files. What `context` refers to outlives it.
  static Result<std::unique_ptr<NameNodeConsole>> Open(ConsoleContext context);

  // The protocol's handlers; they outlive this. Before Mount.
  void Serve(rpc::Service& service) { services_.Add(service); }
  // Before the server starts; this outlives the server.
  void Mount(http::Server& server);
  // With the server. Tells changes to who listens until `stop`.
  Task<void> Run(std::stop_token stop);
  // Before the server's Shutdown.
  Task<void> Stop() { co_await console_->Stop(); }

 private:
  explicit NameNodeConsole(ConsoleContext context);
  void AddOwn();
  Task<Result<web::ApiAnswer>> Overview(web::ApiCall& call);
  Task<Result<web::ApiAnswer>> History(web::ApiCall& call);
  Task<Result<web::ApiAnswer>> Config(web::ApiCall& call);
  Task<Result<web::ApiAnswer>> Audit(web::ApiCall& call);
  Task<Result<web::ApiAnswer>> Events(web::ApiCall& call);
  void TellChanges();
  std::vector<uint16_t> DatanodePorts() const;

  const ConsoleContext context_;
  rpc::LocalServices services_{kConsoleTransport};
  std::unique_ptr<web::Console> console_;
  std::unique_ptr<web::AuditView> audit_view_;
  DatanodeEndpoints datanodes_;
  DatanodeActions datanode_actions_;
  NameNodeEndpoints namenode_;
  FileViews file_views_;
  FileActions file_actions_;
  TrashEndpoints trash_;
  std::string told_overview_;
};

}  // namespace tusk::dfs
