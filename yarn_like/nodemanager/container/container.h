// What the node manager knows about one container: what was asked, where it lies, how it does.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/async/sync.h"
#include "yarn_like/common/ids.h"
#include "yarn_like/common/token_identifiers.h"
#include "yarn_like/nodemanager/container/container_machine.h"
#include "yarn_like/nodemanager/container/container_process.h"
#include "yarn_like/nodemanager/localize/localizer.h"

namespace tusk::yarn {

// The launch context of an application, without its protobuf.
struct LaunchContext {
  std::vector<ResourceRequest> resources;
  std::string tokens;  // credentials file as sent; may have bytes behind it
  std::vector<std::pair<std::string, std::string>> service_data;  // aux service -> bytes
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> commands;
  std::vector<std::pair<int, std::string>> acls;  // access type -> users and groups
  RetryPolicy retry;
};

// A launch context with its files on this node.
struct PreparedLaunch {
  LaunchContext context;
  Localizer::Outcome files;
};

struct Container {
  Container(EventLoop& loop, ContainerTokenIdentifier grant_in, LaunchContext context_in)
      : grant(std::move(grant_in)),
        name(grant.container.ToString()),
        application(grant.container.attempt.application.ToString()),
        machine(name),
        done(loop) {
    launch.context = std::move(context_in);
    machine.SetRetryPolicy(launch.context.retry);
  }

  ContainerTokenIdentifier grant;
  PreparedLaunch launch;
  std::optional<PreparedLaunch> previous;  // before a re-initialization that is not committed
  std::string name;         // container_..
  std::string application;  // application_..
  ContainerMachine machine;

  // Set while it is prepared.
  std::string work_dir;
  std::string private_dir;
  std::string log_dir;
  // Shared: who waits for a process to end keeps it while another launch replaces it here.
  std::shared_ptr<ContainerProcess> process;
  std::stop_source abandon;  // ends localization and pauses; asked with every kill
  // Files localized while it runs: link -> how that went; absent: under way.
  std::map<std::string, std::optional<Status>> extra_files;
  int64_t start_wall_ms = 0;
  int64_t finish_wall_ms = 0;
  uint64_t resident_bytes = 0;  // as last measured
  uint64_t virtual_bytes = 0;
  uint64_t cpu_ms = 0;
  bool over_limit_before = false;
  // Without control groups: processes seen in its tree, by pid and start, to end those that leave the session.
  std::vector<std::pair<int64_t, uint64_t>> family;
  AsyncEvent done;  // set once it is in state DONE
};

}  // namespace tusk::yarn
