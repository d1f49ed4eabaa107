// NodeMetrics: the numbers of Hadoop's NodeManagerMetrics bean, also for Prometheus.
#pragma once

#include "base/metrics/metrics.h"
#include "yarn_like/nodemanager/container/container_host.h"

namespace tusk::yarn {

class NodeMetrics {
 public:
  // All outlive it.
  NodeMetrics(MetricRegistry& registry, const ContainerHost& host, Resource capacity, std::string host_name);
  void NoteStarted();
  void NoteDone(const Container& container);

 private:
  Counter& launched_;
  Counter& completed_;
  Counter& failed_;
  Counter& killed_;
};

}  // namespace tusk::yarn
