// AppMasterClient: an app master's side of its conversations with the resource manager (register, allocate, finish) and node
// managers (start, stop), for app masters that ask for one kind of container. Keeps tokens, what is asked for and what
// was granted; asks again after the resource manager's restart. One loop's thread. Include from .cc files only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/env/env.h"
#include "base/rpc/client.h"
#include "base/security/token.h"
#include "yarn_like/common/ids.h"
#include "yarn_like/proto/yarn_protos.pb.h"

namespace tusk::yarn {

struct AppMasterClientSetup {
  ApplicationAttemptId attempt;
  HostPort scheduler;
  Token am_rm_token;
  std::string host;              // where clients find the app master
  int client_port = 0;
  std::string tracking_url;
  hadoop::yarn::ResourceProto capability;   // of a container
};

class AppMasterClient {
 public:
  // Nested: the resource manager in the same binary has its own granted and ended containers.
  struct Granted {
    std::string id;
    std::string node;            // "host:port"
  };
  struct Ended {
    std::string id;
    int exit_status = 0;
    std::string diagnostics;
  };
  struct Answer {
    std::vector<Granted> granted;
    std::vector<Ended> ended;
  };

  AppMasterClient(Env env, AppMasterClientSetup setup);

  // The containers that the job's earlier app masters have left running.
  Task<Result<std::vector<Granted>>> Register();
  // One heartbeat. `wanted`: containers that are still to be granted. kApplicationAttemptNotFound, kInvalidToken: it is over.
  Task<Result<Answer>> Allocate(int wanted, double progress);
  Task<Status> Launch(std::string container, hadoop::yarn::ContainerLaunchContextProto context);
  Task<void> Stop(std::string container);
  // Gives a container back at the next heartbeat, started or not.
  void Release(const std::string& container);
  Task<Status> Finish(hadoop::yarn::FinalApplicationStatusProto outcome, std::string diagnostics);
  Task<void> Shutdown() { return rpc_->Shutdown(); }
  // What the scheduler says about the room that is left, for a person.
  const std::string& headroom() const { return headroom_; }

 private:
  rpc::Channel SchedulerChannel();
  Result<rpc::Channel> NodeChannel(const std::string& node);

  Env env_;
  AppMasterClientSetup setup_;
  std::unique_ptr<rpc::Client> rpc_;
  int32_t response_id_ = 0;
  int asked_ = 0;                 // what the resource manager still has to grant, as far as we know
  std::map<std::string, hadoop::yarn::ContainerProto> containers_;
  std::map<std::string, Token> node_tokens_;   // by "host:port"
  std::vector<hadoop::yarn::ContainerIdProto> releases_;
  std::string headroom_;
};

}  // namespace tusk::yarn
