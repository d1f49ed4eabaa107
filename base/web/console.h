// Console: one daemon's side of the web console. Serves the embedded page below /console/, /api/v1 (its own endpoints;
// those of the other daemon are passed on), guards Hadoop's revealing pages where there is a login, and keeps sessions.
//
//   ASSIGN_OR_RETURN(console_, web::Console::Open(env_, conf_, {.daemon = web::ConsoleDaemon::kNamenode, ...}));
//   console_->api().Handle(...);           // before Mount
//   console_->Mount(*http_server_);        // before the server starts
//   console_->Start();                     // with the server;   co_await console_->Stop() BEFORE the server's Shutdown
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/http/server.h"
#include "base/web/api.h"
#include "base/web/audit_trail.h"
#include "base/web/event_hub.h"

namespace tusk::web {

enum class ConsoleDaemon { kNamenode, kResourceManager };

struct ConsoleOptions {
  ConsoleDaemon daemon = ConsoleDaemon::kNamenode;
  std::string process_user;                    // who asks on loopback, without a login
  // Ports of datanodes' HTTP servers, for the content security policy. The resource manager asks the namenode.
  std::function<std::vector<uint16_t>()> datanode_ports = {};
  // Told of every action; beside the log and the trail.
  std::function<void(const ConsoleAction&)> audit = {};
  // Hadoop's entry pages that now lead to /console/: "/dfshealth.html".
  std::vector<std::string> legacy_pages = {};
};

class Console {
 public:
  // Blocks: reads or makes the key file, reads the users file. `conf` outlives it.
  static Result<std::unique_ptr<Console>> Open(Env env, const Configuration& conf, ConsoleOptions options);
  virtual ~Console() = default;
  virtual Api& api() = 0;
  // The daemon's own events; its GET /…/events calls events().Serve.
  virtual EventHub& events() = 0;
  // The console's actions come here by themselves; the daemon adds those of its other ways in.
  virtual AuditTrail& audit_trail() = 0;
  // After all Handle, before the server starts. The server's address decides whether there is a login.
  virtual void Mount(http::Server& server) = 0;
  virtual void Start() = 0;
  virtual Task<void> Stop() = 0;
};

}  // namespace tusk::web
