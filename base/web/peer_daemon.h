// PeerDaemon: the other daemon of the console. Knows since when it is up or down, and passes requests on to it, streams
// too.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/env/env.h"
#include "base/http/client.h"
#include "base/http/server.h"
#include "base/web/api.h"

namespace tusk::web {

inline constexpr std::string_view kPingPath = "/console/ping";

class PeerDaemon {
 public:
  PeerDaemon(Env env, std::string name, HostPort address);
  const std::string& name() const { return name_; }
  const HostPort& address() const { return address_; }
  bool up() const { return up_.value_or(false); }
  // Up or down since then; nothing: never asked.
  std::optional<int64_t> since_wall_ms() const { return since_wall_ms_; }
  // Ports of datanodes, where it is the namenode.
  const std::vector<uint16_t>& datanode_ports() const { return datanode_ports_; }

  // Asks it every few seconds, until `stop`.
  Task<void> Watch(std::stop_token stop);
  // The same method, target and `body`, with the session's cookie and token; its answer becomes the exchange's.
  // `forwarded`: the header that says who asks. An error: it has not answered (ErrorJson then says so).
  Task<Status> Forward(http::Exchange& exchange, std::string body, std::string forwarded);
  // The same for its own sake: nobody reads the answer.
  Task<void> Tell(const http::Request& request, std::string forwarded);
  // {"error":{"code":"daemonDown",...}}
  std::string DownJson() const;
  // Ends what is under way.
  void Abort();

 private:
  void Note(bool up);
  http::ClientRequest Passed(const http::Request& request, std::string forwarded) const;
  Task<Status> Ping();
  Task<Status> Pass(http::Exchange& exchange, http::ClientExchange& asked);

  Env env_;
  const std::string name_;
  const HostPort address_;
  std::unique_ptr<http::Client> client_;
  std::optional<bool> up_;
  std::optional<int64_t> since_wall_ms_;
  std::vector<uint16_t> datanode_ports_;
  std::set<http::ClientExchange*> asked_;
  bool aborted_ = false;
};

}  // namespace tusk::web
