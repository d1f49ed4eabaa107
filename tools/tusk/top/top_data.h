// TopSnapshot: what `tusk top` shows, of one moment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/tusk/pages/page_reader.h"

namespace tusk::tools {

struct TopDfs {
  std::string trouble;  // why there is nothing; "" where there is
  std::string address;
  std::string safe_mode;
  int64_t capacity = 0, used = 0, remaining = 0;
  int64_t files = 0, blocks = 0, missing = 0, under_replicated = 0;
  int64_t live = 0, dead = 0, stale = 0, decommissioning = 0;
  int64_t started_wall_ms = 0;
};
struct TopDatanode {
  std::string name, state;
  int64_t capacity = 0, used = 0, remaining = 0, blocks = 0, last_contact = 0, failed_volumes = 0;
};
struct TopYarn {
  std::string trouble;
  std::string address;
  int64_t nodes = 0, lost = 0, unhealthy = 0, decommissioned = 0, rebooted = 0, total_nodes = 0;
  int64_t memory_mb = 0, memory_used_mb = 0, memory_pending_mb = 0, memory_reserved_mb = 0;
  int64_t vcores = 0, vcores_used = 0, vcores_pending = 0, vcores_reserved = 0;
  int64_t submitted = 0, running = 0, pending = 0, completed = 0, killed = 0, failed = 0;
  int64_t containers = 0, containers_pending = 0, containers_reserved = 0;
  int64_t started_wall_ms = 0;
};
struct TopNode {
  std::string id, state;
  int64_t containers = 0, memory_used_mb = 0, memory_free_mb = 0, vcores_used = 0, vcores_free = 0;
  double cpu_percent = 0;
};
struct TopApplication {
  std::string id, user, type, queue, state, name;
  int64_t priority = 0, containers = 0, containers_reserved = 0, memory_mb = 0, memory_reserved_mb = 0, vcores = 0, vcores_reserved = 0;
  int64_t memory_seconds = 0, vcore_seconds = 0, elapsed_ms = 0;
  double progress = 0;
};

struct TopSnapshot {
  int64_t wall_ms = 0;
  TopDfs dfs;
  TopYarn yarn;
  std::vector<TopDatanode> datanodes;
  std::vector<TopNode> nodes;
  std::vector<TopApplication> applications;  // that wait or run
};

// A master that does not answer leaves `trouble`.
TopSnapshot TakeTopSnapshot(PageReader& pages, const Configuration& conf, int64_t wall_ms);
nlohmann::ordered_json TopJson(const TopSnapshot& snapshot);

}  // namespace tusk::tools
