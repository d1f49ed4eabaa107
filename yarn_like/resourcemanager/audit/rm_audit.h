// RmAudit: writes rm-audit.log as Hadoop's RMAuditLogger does: who asked the resource manager for what, and how applications
// ended. Beside the RPC handlers, which REST uses too, the console says what was done in it.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/env/clock.h"
#include "base/log/audit_log.h"
#include "base/rpc/call.h"
#include "base/web/audit_trail.h"
#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {

// Operations and targets, as Hadoop names them.
namespace audit {
inline constexpr std::string_view kSubmit = "Submit Application Request", kKill = "Kill Application Request",
                                  kMove = "Move Application Request", kFailAttempt = "Fail Attempt Request",
                                  kReport = "Get Application Report", kApplications = "Get Applications Request",
                                  kAttempts = "Get Application Attempts", kAttemptReport = "Get Application Attempt Report",
                                  kContainers = "Get Containers", kContainerReport = "Get Container Report",
                                  kQueueInfo = "Get Queue Info Request", kPriority = "Update Application Priority",
                                  kTimeouts = "Update Application Timeouts", kSignal = "Signal Container Request",
                                  kRegister = "Register App Master";
inline constexpr std::string_view kClientService = "ClientRMService", kAdminService = "AdminService",
                                  kMasterService = "ApplicationMasterService", kApplication = "RMAppImpl",
                                  kAppManager = "RMAppManager", kConsole = "Console";
inline constexpr std::string_view kUnauthorized = "Unauthorized user";
}  // namespace audit

class RmAudit {
 public:
  // All outlive it.
  RmAudit(const Clock& clock, AuditLog& log) : clock_(clock), log_(log) {}

  // `about`: what App and its like give, behind the rest of the line.
  void Success(const rpc::CallContext& call, std::string_view operation, std::string_view target, std::string_view about = {});
  void Success(std::string_view user, std::string_view ip, std::string_view operation, std::string_view target, std::string_view about);
  void Failure(const rpc::CallContext& call, std::string_view operation, std::string_view target, std::string_view description,
               std::string_view permissions, std::string_view about = {});
  // An action in the console.
  void Console(const web::ConsoleAction& action);
  // An application has ended.
  void Ended(const Application& application);

  static std::string App(const ApplicationId& id) { return "\tAPPID=" + id.ToString(); }
  static std::string Container(const ContainerId& id) { return "\tCONTAINERID=" + id.ToString(); }
  // Where the client has said in whose name it asks.
  static std::string CallerContext(const rpc::CallContext& call);
  static std::string Field(std::string_view key, std::string_view value);

 private:
  void Write(bool failure, std::string text);

  const Clock& clock_;
  AuditLog& log_;
};

// A line of the log, for the console's page; see web::AuditView.
bool ReadRmAuditLine(const AuditLog::Line& line, web::AuditEntry* entry);

// Passes on what the brain tells its journal, and notes each application that ends.
class AuditedJournal : public ApplicationJournal {
 public:
  // Both outlive it.
  AuditedJournal(ApplicationJournal& journal, RmAudit& audit) : journal_(journal), audit_(audit) {}
  void Submitted(const Application& application) override;
  void Changed(const Application& application) override;
  void Forgotten(const ApplicationId& application) override;

 private:
  ApplicationJournal& journal_;
  RmAudit& audit_;
  std::set<ApplicationId> running_;  // and not yet noted as ended
};

}  // namespace tusk::yarn
