// AppMasterClient: an app master's side of its conversations with the resource manager (register, allocate, finish) and node
// managers (start, stop). Keeps tokens, what is asked for and what was granted; says only what has changed, and everything
// again after the resource manager's restart. One loop's thread. Include from .cc files only.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/env/env.h"
#include "base/rpc/client.h"
#include "base/security/token.h"
#include "yarn_like/common/ids.h"
#include "yarn_like/proto/yarn_protos.pb.h"

namespace hadoop::yarn {
class AllocateRequestProto;
class AllocateResponseProto;
}  // namespace hadoop::yarn

namespace tusk::yarn {

struct AppMasterClientSetup {
  ApplicationAttemptId attempt;
  HostPort scheduler;
  Token am_rm_token;
  std::string host;              // where clients find the app master
  int client_port = 0;
  std::string tracking_url;
};

// Containers of one priority that are still to be granted; all of a priority are alike.
struct ContainersWanted {
  int priority = 20;
  hadoop::yarn::ResourceProto capability;
  int count = 0;
  std::map<std::string, int> by_host;   // how many would rather be there; any other node is taken as well
};

class AppMasterClient {
 public:
  // Nested: the resource manager in the same binary has its own granted and ended containers.
  struct Granted {
    std::string id;
    std::string node;            // "host:port"
    std::string host;
    int priority = 0;
  };
  struct Ended {
    std::string id;
    int exit_status = 0;
    std::string diagnostics;
  };
  struct Answer {
    std::vector<Granted> granted;
    std::vector<Ended> ended;
    std::vector<std::string> lost_nodes;   // "host:port": what ran there is gone
  };
  struct Headroom {
    bool known = false;
    int64_t memory_mb = 0;
    int vcores = 0;
    int nodes = 0;               // of the cluster
  };
  // What a node's auxiliary services said when a container was started there, by their names.
  using ServiceAnswers = std::map<std::string, std::string>;

  AppMasterClient(Env env, AppMasterClientSetup setup);

  // The containers that the job's earlier app masters have left running.
  Task<Result<std::vector<Granted>>> Register();
  // One heartbeat. `wanted`: all that is still to be granted. kApplicationAttemptNotFound, kInvalidToken: it is over.
  Task<Result<Answer>> Allocate(std::vector<ContainersWanted> wanted, double progress);
  // No containers on these hosts, from the next heartbeat on; all others are welcome again.
  void SetAvoided(std::set<std::string> hosts) { avoided_ = std::move(hosts); }
  Task<Result<ServiceAnswers>> Launch(std::string container, hadoop::yarn::ContainerLaunchContextProto context);
  Task<Status> Stop(std::string container);
  // Gives a container back at the next heartbeat, started or not.
  void Release(const std::string& container);
  Task<Status> Finish(hadoop::yarn::FinalApplicationStatusProto outcome, std::string diagnostics, std::string tracking_url = "");
  Task<void> Shutdown() { return rpc_->Shutdown(); }

  const Headroom& headroom() const { return headroom_; }
  const std::string& queue() const { return queue_; }   // as the resource manager calls it

 private:
  using AskKey = std::pair<int, std::string>;   // priority and resource name

  rpc::Channel SchedulerChannel();
  Result<rpc::Channel> NodeChannel(const std::string& node, int retries_max);
  // Adds the rows of `wanted` that differ from what the resource manager has; they become `asked`.
  void FillAsks(const std::vector<ContainersWanted>& wanted, hadoop::yarn::AllocateRequestProto& request, std::map<AskKey, int>& asked) const;
  Answer TakeIn(const hadoop::yarn::AllocateResponseProto& response);

  Env env_;
  AppMasterClientSetup setup_;
  std::unique_ptr<rpc::Client> rpc_;
  std::string queue_ = "default";
  int32_t response_id_ = 0;
  std::map<AskKey, int> asked_;   // what the resource manager still has to grant, as far as we know
  std::set<std::string> avoided_, avoided_told_;
  std::map<std::string, hadoop::yarn::ContainerProto> containers_;   // granted and not yet ended
  std::map<std::string, Token> node_tokens_;   // by "host:port"
  std::vector<hadoop::yarn::ContainerIdProto> releases_;
  Headroom headroom_;
};

// What an app master's servers listen on so that others reach them as `host`, its node's name: that, or all addresses
// where the name is not one of this machine's.
std::string HostToListenOn(Network& network, const std::string& host);

}  // namespace tusk::yarn
