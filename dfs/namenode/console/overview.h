// How the filesystem is: one sentence with its causes, alerts, and the numbers behind them. Pure questions to the brain.
#pragma once

#include <string>
#include <vector>

#include "base/web/json.h"
#include "dfs/namenode/blocks/block_types.h"
#include "dfs/namenode/console/console_context.h"
#include "dfs/namenode/datanodes/datanode_registry.h"

namespace tusk::dfs {

struct DatanodeCounts {
  uint64_t live = 0, dead = 0, stale = 0, decommissioning = 0, decommissioned = 0, entering_maintenance = 0, in_maintenance = 0;
  uint64_t failed_volumes = 0;
  StorageSpace space;  // of the living
  static DatanodeCounts Of(const DatanodeRegistry& registry, TimePoint now);
  web::JsonObject ToJson() const;
};

struct Alert {
  std::string severity;  // "info", "warning", "critical"
  std::string code;      // "missingBlocks"
  std::string message;
};

// What is not as it should be, worst first.
std::vector<Alert> AlertsOf(const DatanodeCounts& nodes, const BlockStats& blocks, bool safe_mode, const std::string& safe_mode_tip,
                            uint64_t edits_since_checkpoint);

std::string OverviewJson(const ConsoleContext& context);

}  // namespace tusk::dfs
