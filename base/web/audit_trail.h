// AuditTrail: the last actions in a daemon's console. The audit log on disk is the record of what came by other ways;
// audit_view.h shows both.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/web/api.h"

namespace tusk::web {

struct AuditEntry {
  int64_t id = 0;  // set by Add
  int64_t at_wall_ms = 0;
  std::string user;
  std::string address;
  std::string action;
  std::string target;
  std::string destination;
  bool allowed = false;
  bool changes = true;  // false: it only looked
  std::string via;  // "rpc", "webhdfs", "rest", "console"
};

std::string AuditEntryJson(const AuditEntry& entry);

class AuditTrail {
 public:
  explicit AuditTrail(size_t entries_max = 20000) : entries_max_(entries_max) {}
  // Long texts are cut: memory is bounded.
  void Add(AuditEntry entry);
  int64_t last_id() const { return last_id_; }
  const std::deque<AuditEntry>& entries() const { return entries_; }  // oldest first

 private:
  const size_t entries_max_;
  std::deque<AuditEntry> entries_;
  int64_t last_id_ = 0;
};

}  // namespace tusk::web
