// The judgement, and its JSON.
#include "dfs/namenode/console/overview.h"

#include "dfs/namenode/blocks/block_manager.h"

namespace tusk::dfs {
namespace {

using web::JsonArray;
using web::JsonObject;

std::string Count(uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

// A checkpoint that lags so far behind makes a start slow.
constexpr uint64_t kEditsMany = 10000000;

}  // namespace

DatanodeCounts DatanodeCounts::Of(const DatanodeRegistry& registry, TimePoint now) {
  DatanodeCounts counts;
  for (const Datanode& node : registry.datanodes()) {
    counts.decommissioning += node.alive && node.admin_state == AdminState::kDecommissionInProgress;
    counts.decommissioned += node.admin_state == AdminState::kDecommissioned;
    counts.entering_maintenance += node.alive && node.admin_state == AdminState::kEnteringMaintenance;
    counts.in_maintenance += node.admin_state == AdminState::kInMaintenance;
    if (!node.alive) {
      ++counts.dead;
      continue;
    }
    ++counts.live;
    counts.stale += registry.IsStale(node, now);
    counts.failed_volumes += node.load.failed_volumes;
    counts.space.Add(node.space);
  }
  return counts;
}

JsonObject DatanodeCounts::ToJson() const {
  JsonObject json;
  json.Set("live", live).Set("dead", dead).Set("stale", stale).Set("decommissioning", decommissioning);
  json.Set("decommissioned", decommissioned).Set("enteringMaintenance", entering_maintenance).Set("inMaintenance", in_maintenance);
  return json;
}

std::vector<Alert> AlertsOf(const DatanodeCounts& nodes, const BlockStats& blocks, bool safe_mode, const std::string& safe_mode_tip,
                            uint64_t edits_since_checkpoint) {
  std::vector<Alert> alerts;
  const auto add = [&alerts](const char* severity, const char* code, std::string message) {
    alerts.push_back({severity, code, std::move(message)});
  };
  if (nodes.live == 0) add("critical", "noDatanodes", "no datanode is alive");
  if (blocks.missing > 0) add("critical", "missingBlocks", Count(blocks.missing, "block has", "blocks have") + " no replica");
  const uint64_t dead_unplanned = nodes.dead - std::min(nodes.dead, nodes.decommissioned + nodes.in_maintenance);
  const double full = nodes.space.capacity == 0 ? 0 : 1.0 - static_cast<double>(nodes.space.remaining) / static_cast<double>(nodes.space.capacity);
  if (nodes.space.capacity > 0 && full >= 0.97) add("critical", "full", "the filesystem is " + std::to_string(static_cast<int>(full * 100)) + " % full");
  if (safe_mode) add("warning", "safeMode", "safe mode is on: nothing can be changed. " + safe_mode_tip);
  if (dead_unplanned > 0) add("warning", "deadDatanodes", Count(dead_unplanned, "datanode is", "datanodes are") + " dead");
  if (blocks.corrupt > 0) add("warning", "corruptBlocks", Count(blocks.corrupt, "block has", "blocks have") + " a corrupt replica");
  if (blocks.under_replicated > 0) add("warning", "underReplicated", Count(blocks.under_replicated, "block has", "blocks have") + " too few replicas");
  if (nodes.failed_volumes > 0) add("warning", "failedVolumes", Count(nodes.failed_volumes, "volume has", "volumes have") + " failed");
  if (nodes.space.capacity > 0 && full >= 0.90 && full < 0.97) add("warning", "nearlyFull", "the filesystem is " + std::to_string(static_cast<int>(full * 100)) + " % full");
  if (nodes.stale > 0) add("warning", "staleDatanodes", Count(nodes.stale, "datanode is", "datanodes are") + " late with heartbeats");
  if (edits_since_checkpoint > kEditsMany) add("warning", "checkpointOld", std::to_string(edits_since_checkpoint) + " edits since the last checkpoint: a start will be slow");
  if (nodes.decommissioning > 0) add("info", "decommissioning", Count(nodes.decommissioning, "datanode is", "datanodes are") + " being decommissioned");
  if (nodes.entering_maintenance + nodes.in_maintenance > 0) {
    add("info", "maintenance", Count(nodes.entering_maintenance + nodes.in_maintenance, "datanode is", "datanodes are") + " in maintenance");
  }
  return alerts;
}

namespace {

JsonObject HealthJson(const std::vector<Alert>& alerts, const DatanodeCounts& nodes) {
  std::string state = "healthy";
  JsonArray causes;
  std::string sentence;
  size_t told = 0;
  for (const Alert& alert : alerts) {
    if (alert.severity == "info") continue;
    if (alert.severity == "critical") state = "critical";
    else if (state == "healthy") state = "degraded";
    causes.Add(alert.message);
    if (told++ < 3) sentence += (sentence.empty() ? "" : "; ") + alert.message;
  }
  if (told > 3) sentence += "; and " + std::to_string(told - 3) + " more";
  if (state == "healthy") sentence = "All is well: " + Count(nodes.live, "datanode", "datanodes") + ", every block has its replicas.";
  else sentence = (state == "critical" ? "Critical: " : "Degraded: ") + sentence + ".";
  return JsonObject().Set("state", state).Set("sentence", sentence).SetJson("causes", causes.Done());
}

}  // namespace

std::string OverviewJson(const ConsoleContext& context) {
  const TimePoint now = context.env.clock.Now();
  const DatanodeCounts nodes = DatanodeCounts::Of(context.registry(), now);
  const BlockStats blocks = context.blocks().Stats();
  const bool safe_mode = context.blocks().safe_mode().on();
  const std::string tip = safe_mode ? context.blocks().safe_mode().Tip(now) : "";
  const Txid last = context.ns().last_txid();
  const Txid checkpoint = context.driver.checkpoint_txid();
  const std::vector<Alert> alerts = AlertsOf(nodes, blocks, safe_mode, tip, last - std::min(last, checkpoint));

  JsonObject safe;
  safe.Set("on", safe_mode);
  if (safe_mode) safe.Set("reason", tip);
  else safe.SetNull("reason");
  JsonObject capacity;
  capacity.Set("total", nodes.space.capacity).Set("used", nodes.space.dfs_used).Set("remaining", nodes.space.remaining).Set("nonDfs", nodes.space.non_dfs_used);
  JsonObject block_json;
  block_json.Set("total", blocks.blocks).Set("missing", blocks.missing).Set("corrupt", blocks.corrupt).Set("underReplicated", blocks.under_replicated);
  block_json.Set("pendingReplication", blocks.pending_replication).Set("pendingDeletion", blocks.pending_deletion);
  JsonArray alert_list;
  for (const Alert& alert : alerts) alert_list.Add(JsonObject().Set("severity", alert.severity).Set("code", alert.code).Set("message", alert.message));
  JsonObject journal;
  journal.Set("lastTxid", last).Set("durableTxid", context.driver.durable_txid()).Set("checkpointTxid", checkpoint);
  JsonObject json;
  json.Set("health", HealthJson(alerts, nodes)).Set("safemode", safe).Set("capacity", capacity).Set("datanodes", nodes.ToJson());
  json.Set("blocks", block_json).Set("files", context.ns().counters().inodes).Set("openFiles", context.ns().leases().file_count());
  json.SetJson("alerts", alert_list.Done()).Set("journal", journal).Set("startedAt", context.started_wall_ms);
  return json.Done();
}

}  // namespace tusk::dfs
