// NameNodeAudit: writes hdfs-audit.log, byte for byte as Hadoop's FSNamesystem.audit does, for calls over RPC and WebHDFS.
// On the loop a call costs a copy of its request and, for changes, one lookup of the changed path; the text is made by the
// log's thread.
#pragma once

#include <memory>
#include <string>

#include "base/config/configuration.h"
#include "base/env/clock.h"
#include "base/log/audit_log.h"
#include "base/rpc/call.h"
#include "base/web/audit_trail.h"
#include "dfs/namenode/driver/namespace_driver.h"

namespace tusk::dfs {

// proto= of calls that the console makes.
inline constexpr std::string_view kConsoleTransport = "console";

struct NameNodeAuditOptions {
  bool caller_context = false;          // hadoop.caller.context.enabled
  size_t caller_context_bytes_max = 128;  // hadoop.caller.context.max.size
  std::string debug_commands = {};      // dfs.namenode.audit.log.debug.cmdlist: comma-separated, not logged
  static NameNodeAuditOptions From(const Configuration& conf);
};

class NameNodeAudit : public rpc::CallObserver {
 public:
  // All outlive it.
  NameNodeAudit(const Clock& clock, NamespaceDriver& driver, AuditLog& log, NameNodeAuditOptions options);

  bool Wants(const rpc::CallContext& call) const override;
  void Finished(const rpc::CallContext& call, std::string request, const Result<std::string>& response) override;
  // A line for what is no call of ClientProtocol: fsck, an action in the console. `proto`: how it came; null is Hadoop's word.
  void Note(const std::string& user, const std::string& ip, const std::string& cmd, const std::string& src, bool allowed,
            const std::string& proto = "null");

 private:
  std::string PermissionOf(const std::string& path, std::string_view source_name) const;

  const Clock& clock_;
  NamespaceDriver& driver_;
  AuditLog& log_;
  const NameNodeAuditOptions options_;
};

// A line of the log, for the console's page; see web::AuditView.
bool ReadAuditLine(const AuditLog::Line& line, web::AuditEntry* entry);

}  // namespace tusk::dfs
