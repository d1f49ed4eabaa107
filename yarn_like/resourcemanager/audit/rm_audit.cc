// Lines of key=value pairs between tabs.
#include "yarn_like/resourcemanager/audit/rm_audit.h"

#include <algorithm>

#include "base/web/audit_view.h"

namespace tusk::yarn {
namespace {

// A value is on its line and in its field: what separates them is written as Java escapes it.
std::string Plain(std::string_view value) {
  const bool odd = std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20; });
  return odd ? EscapeJava(value) : std::string(value);
}

std::string Head(std::string_view user, std::string_view ip, std::string_view operation, std::string_view target) {
  std::string text = "USER=" + Plain(user);
  if (!ip.empty()) text += RmAudit::Field("IP", ip);
  return text + RmAudit::Field("OPERATION", operation) + RmAudit::Field("TARGET", target);
}

}  // namespace

std::string RmAudit::Field(std::string_view key, std::string_view value) {
  std::string text = "\t";
  text += key;
  return text + "=" + Plain(value);
}

std::string RmAudit::CallerContext(const rpc::CallContext& call) {
  return call.caller_context.empty() ? std::string() : Field("CALLERCONTEXT", call.caller_context);
}

void RmAudit::Write(bool failure, std::string text) { log_.AppendText(clock_.WallMillis(), failure, std::move(text)); }

void RmAudit::Success(const rpc::CallContext& call, std::string_view operation, std::string_view target, std::string_view about) {
  Success(call.user.name, call.remote.host, operation, target, about);
}

void RmAudit::Success(std::string_view user, std::string_view ip, std::string_view operation, std::string_view target,
                      std::string_view about) {
  Write(false, Head(user, ip, operation, target) + "\tRESULT=SUCCESS" + std::string(about));
}

void RmAudit::Failure(const rpc::CallContext& call, std::string_view operation, std::string_view target,
                      std::string_view description, std::string_view permissions, std::string_view about) {
  Write(true, Head(call.user.name, call.remote.host, operation, target) + "\tRESULT=FAILURE" + Field("DESCRIPTION", description) +
                  Field("PERMISSIONS", permissions) + std::string(about));
}

void RmAudit::Console(const web::ConsoleAction& action) {
  std::string text = Head(action.user, action.address, action.action, audit::kConsole);
  text += action.allowed ? "\tRESULT=SUCCESS" : "\tRESULT=FAILURE" + Field("DESCRIPTION", audit::kUnauthorized) + Field("PERMISSIONS", "");
  if (!action.target.empty()) text += Field(action.target.starts_with("application_") ? "APPID" : "ITEM", action.target);
  Write(!action.allowed, std::move(text));
}

void RmAudit::Ended(const Application& application) {
  const std::string about = App(application.id());
  const std::string& user = application.submission.user;
  if (application.state == AppState::kFailed) {
    Write(true, Head(user, "", "Application Finished - Failed", audit::kAppManager) + "\tRESULT=FAILURE" +
                    Field("DESCRIPTION", "App failed with state: FAILED") + Field("PERMISSIONS", application.diagnostics) + about);
    return;
  }
  const bool killed = application.state == AppState::kKilled;
  Success(user, "", killed ? "Application Finished - Killed" : "Application Finished - Succeeded", audit::kAppManager, about);
}

bool ReadRmAuditLine(const AuditLog::Line& line, web::AuditEntry* entry) {
  const std::string target = web::AuditField(line.text, "TARGET=");
  if (target == audit::kConsole) return false;
  entry->user = web::AuditField(line.text, "USER=");
  entry->address = web::AuditField(line.text, "IP=");
  entry->action = web::AuditField(line.text, "OPERATION=");
  entry->changes = !entry->action.starts_with("Get ");
  for (std::string_view key : {"CONTAINERID=", "APPATTEMPTID=", "APPID=", "QUEUENAME="}) {
    if (entry->target.empty()) entry->target = web::AuditField(line.text, key);
  }
  entry->allowed = web::AuditField(line.text, "RESULT=") == "SUCCESS";
  entry->via = entry->address.empty() ? "" : "rpc";
  return true;
}

void AuditedJournal::Submitted(const Application& application) {
  journal_.Submitted(application);
  running_.insert(application.id());
}

void AuditedJournal::Changed(const Application& application) {
  journal_.Changed(application);
  // After a restart an application that goes on is heard of here first.
  if (!IsOver(application.state)) running_.insert(application.id());
  else if (running_.erase(application.id()) > 0) audit_.Ended(application);
}

void AuditedJournal::Forgotten(const ApplicationId& application) {
  journal_.Forgotten(application);
  running_.erase(application);
}

}  // namespace tusk::yarn
