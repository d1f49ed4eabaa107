// From answered calls to lines.
#include "dfs/namenode/audit/namenode_audit.h"

#include <algorithm>
#include <iterator>

#include "base/web/audit_view.h"
#include "dfs/namenode/audit/audit_facts.h"
#include "dfs/namenode/namespace/namesystem.h"

namespace tusk::dfs {
namespace {

std::string UserText(const rpc::CallUser& user) {
  const char* method = user.method == rpc::AuthMethod::kToken ? " (auth:TOKEN)" : " (auth:SIMPLE)";
  if (user.real_user.empty() || user.real_user == user.name) return user.name + method;
  return user.name + " (auth:PROXY) via " + user.real_user + method;
}

// What was known when the call was answered.
struct CallRecord : AuditRecord {
  const AuditRow* row = nullptr;
  std::string user, ip, request, response, perm, context, debug_commands;
  std::string_view transport;
  bool denied = false;

  std::string Text() const override {
    AuditFacts facts = row->read(request, response);
    if (denied) facts.allowed = false;
    if (!facts.logged && !denied) return {};
    if (!debug_commands.empty() && ("," + debug_commands + ",").find("," + facts.cmd + ",") != std::string::npos) return {};
    if (!perm.empty()) facts.perm = perm;
    if (!facts.allowed) facts.perm.clear();
    std::string text = facts.allowed ? "allowed=true\tugi=" : "allowed=false\tugi=";
    text += user + "\tip=/" + ip + "\tcmd=" + facts.cmd;
    text += "\tsrc=" + (facts.src ? EscapeJava(*facts.src) : "null");
    text += "\tdst=" + (facts.dst ? EscapeJava(*facts.dst) : "null");
    text += "\tperm=" + (facts.perm.empty() ? "null" : facts.perm) + "\tproto=";
    text += transport;
    if (!context.empty()) text += "\tcallerContext=" + context;
    return text;
  }
};

bool OnlyLooks(std::string_view cmd) {
  constexpr std::string_view kLooks[] = {"open", "contentSummary", "quotaUsage", "checkAccess", "safemode_get", "metaSave", "fsck"};
  return cmd.starts_with("get") || cmd.starts_with("list") || cmd.ends_with("Report") ||
         std::find(std::begin(kLooks), std::end(kLooks), cmd) != std::end(kLooks);
}

}  // namespace

NameNodeAuditOptions NameNodeAuditOptions::From(const Configuration& conf) {
  NameNodeAuditOptions options;
  options.caller_context = conf.GetBool("hadoop.caller.context.enabled", false).value_or(false);
  options.caller_context_bytes_max = static_cast<size_t>(conf.GetInt("hadoop.caller.context.max.size", 128).value_or(128));
  options.debug_commands = conf.Get("dfs.namenode.audit.log.debug.cmdlist", "");
  return options;
}

NameNodeAudit::NameNodeAudit(const Clock& clock, NamespaceDriver& driver, AuditLog& log, NameNodeAuditOptions options)
    : clock_(clock), driver_(driver), log_(log), options_(std::move(options)) {}

bool NameNodeAudit::Wants(const rpc::CallContext& call) const {
  if (FindAuditRow(call.method) == nullptr) return false;
  // Hadoop's WebHDFS writes no line for GETFILESTATUS.
  return call.transport == "rpc" || call.method != "getFileInfo";
}

void NameNodeAudit::Finished(const rpc::CallContext& call, std::string request, const Result<std::string>& response) {
  const AuditRow* row = FindAuditRow(call.method);
  const bool denied = !response.ok() && response.code() == Code::kAccessControl;
  if (row == nullptr || (!response.ok() && !denied)) return;
  auto record = std::make_unique<CallRecord>();
  record->wall_ms = clock_.WallMillis();
  record->row = row;
  record->user = UserText(call.user);
  record->ip = call.remote.host;
  record->transport = call.transport;
  record->denied = denied;
  record->debug_commands = options_.debug_commands;
  if (response.ok() && row->perm_path != nullptr) record->perm = PermissionOf(row->perm_path(request), call.method);
  // Other answers may be long, and no row reads them.
  if (response.ok() && (call.method == "create" || response->size() < 16)) record->response = *response;
  if (options_.caller_context && !call.caller_context.empty()) {
    record->context = EscapeJava(call.caller_context).substr(0, options_.caller_context_bytes_max);
  }
  record->request = std::move(request);
  log_.Append(std::move(record));
}

// Of the path as it is now: the change has been applied.
std::string NameNodeAudit::PermissionOf(const std::string& path, std::string_view) const {
  Caller superuser;
  superuser.superuser = true;
  const Call call{superuser, clock_.Now(), 0};
  Result<ResolvedPath> resolved = driver_.namesystem().Resolve(call, path, PathUse::kRead);
  if (!resolved.ok() || !resolved->exists()) return {};
  const InodeRef inode = resolved->target();
  return AuditPermission(inode->owner, inode->group, inode->mode);
}

void NameNodeAudit::Note(const std::string& user, const std::string& ip, const std::string& cmd, const std::string& src,
                         bool allowed, const std::string& proto) {
  log_.AppendText(clock_.WallMillis(), false,
                  std::string("allowed=") + (allowed ? "true" : "false") + "\tugi=" + user + " (auth:SIMPLE)\tip=/" + ip +
                      "\tcmd=" + cmd + "\tsrc=" + EscapeJava(src) + "\tdst=null\tperm=null\tproto=" + proto);
}

bool ReadAuditLine(const AuditLog::Line& line, web::AuditEntry* entry) {
  entry->via = web::AuditField(line.text, "proto=");
  if (entry->via == kConsoleTransport) return false;
  const auto unless_null = [&line](std::string_view key) {
    std::string value = web::AuditField(line.text, key);
    return value == "null" ? std::string() : value;
  };
  const std::string ugi = web::AuditField(line.text, "ugi=");
  entry->user = ugi.substr(0, ugi.find(' '));
  entry->address = web::AuditField(line.text, "ip=");
  if (entry->address.starts_with('/')) entry->address.erase(0, 1);
  entry->action = web::AuditField(line.text, "cmd=");
  entry->target = unless_null("src=");
  entry->destination = unless_null("dst=");
  entry->allowed = line.text.starts_with("allowed=true");
  entry->changes = !OnlyLooks(entry->action);
  if (entry->via == "null") entry->via.clear();
  return true;
}

}  // namespace tusk::dfs
