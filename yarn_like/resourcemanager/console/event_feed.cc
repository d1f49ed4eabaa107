// Finding what has changed: by a number per row, so that only changed rows become JSON.
#include "yarn_like/resourcemanager/console/event_feed.h"

#include <bit>

#include "base/async/event_loop.h"

namespace tusk::yarn {
namespace {

using web::JsonArray;
using web::JsonObject;

constexpr auto kInterval = std::chrono::seconds(1);
constexpr size_t kRowsMax = 200;  // of one event; more: the page asks again

class Mix {
 public:
  Mix& Add(uint64_t value) {
    state_ = (state_ ^ value) * 0x9E3779B97F4A7C15ULL;
    state_ ^= state_ >> 29;
    return *this;
  }
  Mix& Add(const Resource& resource) {
    for (const int64_t amount : resource.amounts) Add(static_cast<uint64_t>(amount));
    return *this;
  }
  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 0x243F6A8885A308D3ULL;
};

uint64_t PrintOf(const Cluster& cluster, const Application& application) {
  Mix mix;
  mix.Add(static_cast<uint64_t>(application.state)).Add(static_cast<uint64_t>(application.final_status));
  mix.Add(static_cast<uint64_t>(application.submission.priority));
  const Attempt* attempt = application.current();
  if (attempt == nullptr || IsOver(application.state)) return mix.Add(application.diagnostics.size()).value();
  mix.Add(static_cast<uint64_t>(attempt->id.attempt)).Add(static_cast<uint64_t>(attempt->state));
  mix.Add(std::bit_cast<uint32_t>(attempt->progress)).Add(attempt->original_tracking_url.size());
  const AttemptUsage usage = cluster.scheduler().UsageOf(attempt->id);
  return mix.Add(usage.used).Add(usage.pending).Add(static_cast<uint64_t>(usage.containers)).value();
}

uint64_t PrintOf(const Cluster& cluster, const NodeRecord& node) {
  Mix mix;
  mix.Add(static_cast<uint64_t>(node.state)).Add(node.total).Add(node.health_report.size());
  // Measured figures move all the time: a step that shows.
  mix.Add(static_cast<uint64_t>(node.containers_utilization.physical_mb / 64));
  mix.Add(static_cast<uint64_t>(node.containers_utilization.cpu * 10));
  if (const SchedulerNode* scheduled = cluster.scheduler().FindNode(node.id)) mix.Add(scheduled->used).Add(scheduled->containers.size());
  return mix.value();
}

std::string ChangedJson(const std::string& changed, const JsonArray& removed, size_t total, bool reload) {
  if (reload) return JsonObject().Set("reload", true).Set("total", total).Done();
  return JsonObject().SetJson("changed", changed).SetJson("removed", removed.Done()).Set("total", total).Done();
}

// Of a table of rows by id: which are new, changed or gone since `told`, which is brought up to date.
template <typename Rows, typename Id, typename Row>
struct Difference {
  std::vector<const Row*> changed;
  std::vector<Id> removed;

  Difference(const Cluster& cluster, const Rows& rows, std::map<Id, uint64_t>& told) {
    auto known = told.begin();
    for (const auto& [id, row] : rows) {
      while (known != told.end() && known->first < id) {
        removed.push_back(known->first);
        known = told.erase(known);
      }
      const uint64_t print = PrintOf(cluster, row);
      if (known == told.end() || !(known->first == id)) {
        known = told.emplace_hint(known, id, print);
        changed.push_back(&row);
      } else if (known->second != print) {
        known->second = print;
        changed.push_back(&row);
      }
      ++known;
    }
    while (known != told.end()) {
      removed.push_back(known->first);
      known = told.erase(known);
    }
  }
};

}  // namespace

EventFeed::EventFeed(Env env, const Cluster& cluster, const ClusterFacts& facts, web::EventHub& hub)
    : env_(env), cluster_(cluster), facts_(facts), hub_(hub), scope_(env.loop) {}

Task<void> EventFeed::Stop() {
  scope_.Cancel();
  co_await scope_.Join();
}

std::vector<web::Event> EventFeed::First() const {
  return {{"overview", OverviewJson(cluster_, facts_, {env_.clock.Now(), env_.clock.WallMillis()})}};
}

void EventFeed::AddApplications(Now now, std::vector<web::Event>& events) {
  const Difference<std::map<ApplicationId, Application>, ApplicationId, Application> difference(cluster_, cluster_.applications(),
                                                                                               applications_);
  if (!knows_ || (difference.changed.empty() && difference.removed.empty())) return;
  const bool reload = difference.changed.size() > kRowsMax || difference.removed.size() > kRowsMax;
  JsonArray changed, removed;
  if (!reload) {
    for (const Application* application : difference.changed) changed.Add(ApplicationRowJson(cluster_, *application, now));
    for (const ApplicationId& id : difference.removed) removed.Add(id.ToString());
  }
  events.push_back({"apps", ChangedJson(changed.Done(), removed, cluster_.applications().size(), reload)});
}

void EventFeed::AddNodes(Now now, std::vector<web::Event>& events) {
  const Difference<std::map<NodeId, NodeRecord>, NodeId, NodeRecord> difference(cluster_, cluster_.nodes().all(), nodes_);
  if (!knows_ || (difference.changed.empty() && difference.removed.empty())) return;
  const bool reload = difference.changed.size() > kRowsMax || difference.removed.size() > kRowsMax;
  JsonArray changed, removed;
  if (!reload) {
    for (const NodeRecord* node : difference.changed) changed.Add(NodeRowJson(cluster_, *node, now));
    for (const NodeId& id : difference.removed) removed.Add(id.ToString());
  }
  events.push_back({"nodes", ChangedJson(changed.Done(), removed, cluster_.nodes().all().size(), reload)});
}

std::vector<web::Event> EventFeed::Changes(Now now) {
  std::vector<web::Event> events;
  // Without its own time, which always changes.
  std::string overview = OverviewJson(cluster_, facts_, {now.time, 0});
  if (overview != overview_) events.push_back({"overview", OverviewJson(cluster_, facts_, now)});
  overview_ = std::move(overview);
  AddApplications(now, events);
  AddNodes(now, events);
  knows_ = true;
  return events;
}

Task<void> EventFeed::Run() {
  while (!scope_.cancelled()) {
    if (!(co_await SleepUntil(env_.loop, env_.loop.In(kInterval), scope_.token())).ok()) co_return;
    if (hub_.streams() == 0) {
      knows_ = false;
      continue;
    }
    for (web::Event& event : Changes({env_.clock.Now(), env_.clock.WallMillis()})) hub_.Publish(event.name, std::move(event.json));
  }
}

}  // namespace tusk::yarn
