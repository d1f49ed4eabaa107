// EventFeed: once a second, while a page listens, tells what has changed of the overview, of applications and of nodes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/web/event_hub.h"
#include "yarn_like/resourcemanager/console/cluster_json.h"

namespace tusk::yarn {

class EventFeed {
 public:
  // All outlive it.
  EventFeed(Env env, const Cluster& cluster, const ClusterFacts& facts, web::EventHub& hub);
  void Start() { scope_.Spawn(Run()); }
  Task<void> Stop();
  // What a page that begins to listen gets.
  std::vector<web::Event> First() const;
  // What has changed since the last call; for tests too.
  std::vector<web::Event> Changes(Now now);

 private:
  Task<void> Run();
  void AddApplications(Now now, std::vector<web::Event>& events);
  void AddNodes(Now now, std::vector<web::Event>& events);

  Env env_;
  const Cluster& cluster_;
  const ClusterFacts& facts_;
  web::EventHub& hub_;
  // Of what was told last: a number that changes with what a row shows.
  std::map<ApplicationId, uint64_t> applications_;
  std::map<NodeId, uint64_t> nodes_;
  std::string overview_;
  bool knows_ = false;  // false: nobody listened, what was told last is old
  TaskScope scope_;
};

}  // namespace tusk::yarn
