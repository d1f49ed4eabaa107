// What a page costs the resource manager: lists of 10,000 applications and 2,000 nodes.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>

#include "yarn_like/resourcemanager/console/cluster_json.h"

namespace tusk::yarn {
namespace {

struct NoEffects : ClusterEffects {
  void LaunchMaster(const ApplicationAttemptId&) override {}
  void StopMaster(const ApplicationAttemptId&, const ContainerId&, const NodeId&) override {}
};

struct World {
  World() {
    for (int i = 0; i < 2000; ++i) {
      NodeRegistration registration;
      registration.node.id = {"host" + std::to_string(i), 8041};
      registration.node.total = {65536, 32};
      if (!cluster.RegisterNode(std::move(registration), now).ok()) std::abort();
      NodeHeartbeat heartbeat;
      heartbeat.node = {"host" + std::to_string(i), 8041};
      cluster.Heartbeat(heartbeat, now);
    }
    for (int i = 0; i < 10'000; ++i) {
      Submission submission;
      submission.id = cluster.NewApplicationId();
      submission.user = "user" + std::to_string(i % 50);
      submission.name = "application number " + std::to_string(i);
      submission.type = i % 3 == 0 ? "SPARK" : "MAPREDUCE";
      Ask ask;
      ask.capability = {32768, 1};
      ask.count = 1;
      submission.am_asks = {ask};
      if (!cluster.Submit(std::move(submission), now).ok()) std::abort();
    }
  }
  static ClusterConfig Config() {
    ClusterConfig config;
    config.scheduler.am_share_max = 1;
    config.scheduler.maximum = {65536, 32};
    return config;
  }
  NoEffects effects;
  Cluster cluster{Config(), effects};
  Now now{TimePoint{}, 1};
};

// CPU milliseconds of one call, the median of 21.
void Measure(const char* name, const std::function<size_t()>& call) {
  std::vector<double> times;
  size_t bytes = 0;
  for (int i = 0; i < 21; ++i) {
    const std::clock_t begin = std::clock();
    bytes = call();
    times.push_back(1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  std::sort(times.begin(), times.end());
  std::printf("%-40s %8.2f ms %10zu bytes\n", name, times[times.size() / 2], bytes);
}

}  // namespace

void Run() {
  const World world;
  const auto apps = [&](ListQuery query) { return ApplicationListJson(world.cluster, query, world.now).value_or("").size(); };
  Measure("apps, newest 100", [&] { return apps({}); });
  Measure("apps, pending, longest first", [&] {
    ListQuery query;
    query.states = "ACCEPTED";
    query.sort = "-elapsedMs";
    return apps(query);
  });
  Measure("apps, searched by text", [&] {
    ListQuery query;
    query.q = "number 99";
    query.sort = "name";
    return apps(query);
  });
  Measure("apps, by memory", [&] {
    ListQuery query;
    query.sort = "-memory";
    return apps(query);
  });
  Measure("nodes, all 2,000", [&] {
    ListQuery query;
    query.limit = 5000;
    return NodeListJson(world.cluster, query, world.now).value_or("").size();
  });
  Measure("overview", [&] { return OverviewJson(world.cluster, {}, world.now).size(); });
}

}  // namespace tusk::yarn

int main() {
  tusk::yarn::Run();
  return 0;
}
