// AuditView: who did what with a daemon, when, in one list: the newest lines of its audit log (calls by RPC and REST) and
// the actions of its console, by time.
#pragma once

#include <cstdint>
#include <string>

#include "base/env/env.h"
#include "base/log/audit_log.h"
#include "base/web/audit_trail.h"

namespace tusk::web {

class AuditView {
 public:
  // What a line of the log says. False: it is no entry here, as the console's own calls are not, whose actions the trail has.
  using Reader = bool (*)(const AuditLog::Line& line, AuditEntry* entry);

  // All outlive it.
  AuditView(Env env, const AuditTrail& trail, const AuditLog& log, Reader reader)
      : env_(env), trail_(trail), log_(log), reader_(reader) {}

  // GET /…/audit?q&via&changes&offset&limit: newest first. The log is looked through beside the loop.
  Task<Result<ApiAnswer>> Answer(const ApiCall& call) const;
  // A JSON array of what has come since the last call, at most `count_max` (the newest); empty text: nothing.
  std::string News(size_t count_max);

 private:
  struct Wanted {
    std::string q, via;
    bool changes = false;  // only those
    bool Takes(const AuditEntry& entry) const;
  };
  std::vector<AuditEntry> LogPage(size_t count, const Wanted& wanted, uint64_t* total) const;

  Env env_;
  const AuditTrail& trail_;
  const AuditLog& log_;
  const Reader reader_;
  int64_t told_actions_ = 0;
  uint64_t told_lines_ = 0;
};

// The value behind `key` ("ip=") in a line of `separator`-separated pairs; empty where it is not.
std::string AuditField(std::string_view line, std::string_view key, char separator = '\t');

}  // namespace tusk::web
