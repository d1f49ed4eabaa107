// What hdfs-audit.log says of a call of ClientProtocol: its command, its paths. Read from the request's bytes, which is done
// on the audit log's thread where that is possible.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tusk::dfs {

struct AuditFacts {
  std::string cmd;
  std::optional<std::string> src, dst;
  bool allowed = true;
  bool logged = true;                   // false: Hadoop writes no line for this outcome
  std::string perm = {};                // of a create: from its answer
};

struct AuditRow {
  std::string_view method;              // of ClientProtocol
  // `response`: the answer's bytes; empty where the call failed.
  AuditFacts (*read)(std::string_view request, std::string_view response);
  // The line shows owner and mode of the path that was changed; from the request. Null: perm=null, or from the answer.
  std::string (*perm_path)(std::string_view request) = nullptr;
};

// Null for methods without lines.
const AuditRow* FindAuditRow(std::string_view method);

// "root:supergroup:rwxr-xr-t", as FsPermission prints it.
std::string AuditPermission(std::string_view owner, std::string_view group, uint16_t mode);

}  // namespace tusk::dfs
