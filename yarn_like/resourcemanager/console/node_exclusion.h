// NodeExclusion: takes node managers out of the cluster and back, as an administrator does by hand: edits the file that
// yarn.resourcemanager.nodes.exclude-path names, then has the lists read again (`yarn rmadmin -refreshNodes [-g]`).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/async/sync.h"
#include "base/config/configuration.h"
#include "base/env/env.h"
#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {

class NodeExclusion {
 public:
  // The configuration as its files are now. Blocks.
  using Reload = std::function<Result<Configuration>()>;
  NodeExclusion(Env env, Cluster& cluster, Reload reload) : env_(env), cluster_(cluster), reload_(std::move(reload)) {}

  struct Manner {
    bool graceful = true;
    std::optional<int64_t> timeout_s;  // of graceful; without: until all has ended
  };
  // All node managers of this one's host leave. kIllegalState where no exclude file is configured.
  Task<Status> Exclude(NodeId node, Manner manner);
  Task<Status> Readmit(NodeId node);

 private:
  // Adds or removes the host's line and has the lists read again. One at a time.
  Task<Status> Change(std::string host, std::string other_name, bool excluded, Manner manner);

  Env env_;
  Cluster& cluster_;
  Reload reload_;
  bool busy_ = false;
};

// A plain list of hosts with `host` in it, or without it and `other_name`; comments and order stay. Pure.
std::string ListWith(const std::string& text, const std::string& host);
std::string ListWithout(const std::string& text, const std::string& host, const std::string& other_name);

}  // namespace tusk::yarn
