// AuditTrail: the last actions of a daemon's users, whichever way they came, for the console's page. The audit log on
// disk is the record; this is what can be looked through at once.
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
  std::string via;  // "rpc", "webhdfs", "console"
};

std::string AuditEntryJson(const AuditEntry& entry);

class AuditTrail {
 public:
  explicit AuditTrail(size_t entries_max = 20000) : entries_max_(entries_max) {}
  // Long texts are cut: memory is bounded.
  void Add(AuditEntry entry);
  // GET /…/audit?q&offset&limit: newest first.
  Result<ApiAnswer> Answer(const ApiCall& call) const;
  int64_t last_id() const { return last_id_; }
  // Entries behind `id`, oldest first, at most `count_max` (the newest ones).
  std::vector<AuditEntry> Since(int64_t id, size_t count_max) const;

 private:
  const size_t entries_max_;
  std::deque<AuditEntry> entries_;
  int64_t last_id_ = 0;
};

}  // namespace tusk::web
