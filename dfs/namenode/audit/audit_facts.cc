// One row per method.
#include "dfs/namenode/audit/audit_facts.h"

#include <climits>
#include <unordered_map>

#include "dfs/proto/ClientNamenodeProtocol.pb.h"
#include "dfs/proto/acl.pb.h"
#include "dfs/proto/encryption.pb.h"
#include "dfs/proto/xattr.pb.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

namespace {

constexpr uint64_t kQuotaDontSet = INT64_MAX;
constexpr uint64_t kQuotaReset = UINT64_MAX;

template <typename Message>
Message Parse(std::string_view bytes) {
  Message message;
  // The handler has parsed these bytes before; a message that is malformed never came here.
  (void)message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return message;
}

template <typename Response>
bool ResultOf(std::string_view response) {
  return response.empty() || Parse<Response>(response).result();
}

// "[/a, /b]", as Java prints an array.
template <typename Strings>
std::string ListText(const Strings& paths) {
  std::string text = "[";
  for (const std::string& path : paths) text += (text.size() > 1 ? ", " : "") + path;
  return text + "]";
}

template <typename Request>
std::string Src(std::string_view request) {
  return Parse<Request>(request).src();
}
template <typename Request>
std::string Target(std::string_view request) {
  return Parse<Request>(request).trg();
}
std::string Dst(std::string_view request) { return Parse<wire::RenameRequestProto>(request).dst(); }
std::string Dst2(std::string_view request) { return Parse<wire::Rename2RequestProto>(request).dst(); }

// A command with a path.
#define TUSK_AUDIT_SRC(command, Request) \
  [](std::string_view request, std::string_view) { return AuditFacts{command, Parse<wire::Request>(request).src(), {}}; }
// A command without.
#define TUSK_AUDIT_PLAIN(command) [](std::string_view, std::string_view) { return AuditFacts{command, {}, {}}; }

AuditFacts Delete(std::string_view request, std::string_view response) {
  AuditFacts facts{"delete", Parse<wire::DeleteRequestProto>(request).src(), {}};
  facts.allowed = ResultOf<wire::DeleteResponseProto>(response);
  return facts;
}

AuditFacts Rename(std::string_view request, std::string_view response) {
  auto parsed = Parse<wire::RenameRequestProto>(request);
  AuditFacts facts{"rename", parsed.src(), parsed.dst()};
  facts.allowed = ResultOf<wire::RenameResponseProto>(response);
  return facts;
}

AuditFacts Rename2(std::string_view request, std::string_view) {
  auto parsed = Parse<wire::Rename2RequestProto>(request);
  std::string options = parsed.overwritedest() ? "OVERWRITE" : "";
  if (parsed.movetotrash()) options += options.empty() ? "TO_TRASH" : ", TO_TRASH";
  if (options.empty()) options = "NONE";
  return {"rename (options=[" + options + "])", parsed.src(), parsed.dst()};
}

AuditFacts SetReplication(std::string_view request, std::string_view response) {
  AuditFacts facts{"setReplication", Parse<wire::SetReplicationRequestProto>(request).src(), {}};
  facts.logged = ResultOf<wire::SetReplicationResponseProto>(response);
  return facts;
}

AuditFacts Create(std::string_view request, std::string_view response) {
  AuditFacts facts{"create", Parse<wire::CreateRequestProto>(request).src(), {}};
  if (response.empty()) return facts;
  auto answer = Parse<wire::CreateResponseProto>(response);
  const wire::HdfsFileStatusProto& file = answer.fs();
  facts.perm = AuditPermission(file.owner(), file.group(), static_cast<uint16_t>(file.permission().perm()));
  return facts;
}

AuditFacts Concat(std::string_view request, std::string_view) {
  auto parsed = Parse<wire::ConcatRequestProto>(request);
  return {"concat", ListText(parsed.srcs()), parsed.trg()};
}

AuditFacts BatchedListing(std::string_view request, std::string_view) {
  return {"listStatus", ListText(Parse<wire::GetBatchedListingRequestProto>(request).paths()), {}};
}

AuditFacts LocatedFileInfo(std::string_view request, std::string_view) {
  auto parsed = Parse<wire::GetLocatedFileInfoRequestProto>(request);
  return {parsed.needblocktoken() ? "open" : "getfileinfo", parsed.src(), {}};
}

AuditFacts SetQuota(std::string_view request, std::string_view) {
  auto parsed = Parse<wire::SetQuotaRequestProto>(request);
  const uint64_t names = parsed.namespacequota(), space = parsed.storagespacequota();
  std::string cmd = "setQuota";
  if (names == kQuotaReset && space == kQuotaDontSet) {
    cmd = "clearQuota";
  } else if (names == kQuotaDontSet && space == kQuotaReset) {
    cmd = "clearSpaceQuota";
  } else if (names == kQuotaDontSet && space != kQuotaDontSet) {
    cmd = "setSpaceQuota";
  }
  return {cmd, parsed.path(), {}};
}

AuditFacts SafeMode(std::string_view request, std::string_view) {
  switch (Parse<wire::SetSafeModeRequestProto>(request).action()) {
    case wire::SAFEMODE_LEAVE: return {"safemode_leave", {}, {}};
    case wire::SAFEMODE_ENTER: return {"safemode_enter", {}, {}};
    case wire::SAFEMODE_FORCE_EXIT: return {"safemode_force_exit", {}, {}};
    default: return {"safemode_get", {}, {}};
  }
}

AuditFacts AllowSnapshot(std::string_view request, std::string_view) {
  return {"allowSnapshot", Parse<wire::AllowSnapshotRequestProto>(request).snapshotroot(), {}};
}
AuditFacts DisallowSnapshot(std::string_view request, std::string_view) {
  return {"disallowSnapshot", Parse<wire::DisallowSnapshotRequestProto>(request).snapshotroot(), {}};
}
AuditFacts CheckAccess(std::string_view request, std::string_view) {
  return {"checkAccess", Parse<wire::CheckAccessRequestProto>(request).path(), {}};
}

const AuditRow kRows[] = {
    {"mkdirs", TUSK_AUDIT_SRC("mkdirs", MkdirsRequestProto), Src<wire::MkdirsRequestProto>},
    {"delete", Delete},
    {"rename", Rename, Dst},
    {"rename2", Rename2, Dst2},
    {"create", Create},
    {"append", TUSK_AUDIT_SRC("append", AppendRequestProto)},
    {"truncate", TUSK_AUDIT_SRC("truncate", TruncateRequestProto), Src<wire::TruncateRequestProto>},
    {"concat", Concat, Target<wire::ConcatRequestProto>},
    {"recoverLease", TUSK_AUDIT_SRC("recoverLease", RecoverLeaseRequestProto)},
    {"getBlockLocations", TUSK_AUDIT_SRC("open", GetBlockLocationsRequestProto)},
    {"getFileInfo", TUSK_AUDIT_SRC("getfileinfo", GetFileInfoRequestProto)},
    {"getFileLinkInfo", TUSK_AUDIT_SRC("getfileinfo", GetFileLinkInfoRequestProto)},
    {"getLocatedFileInfo", LocatedFileInfo},
    {"getListing", TUSK_AUDIT_SRC("listStatus", GetListingRequestProto)},
    {"getBatchedListing", BatchedListing},
    {"getContentSummary",
     [](std::string_view request, std::string_view) {
       return AuditFacts{"contentSummary", Parse<wire::GetContentSummaryRequestProto>(request).path(), {}};
     }},
    {"getQuotaUsage",
     [](std::string_view request, std::string_view) {
       return AuditFacts{"quotaUsage", Parse<wire::GetQuotaUsageRequestProto>(request).path(), {}};
     }},
    {"setReplication", SetReplication},
    {"setPermission", TUSK_AUDIT_SRC("setPermission", SetPermissionRequestProto), Src<wire::SetPermissionRequestProto>},
    {"setOwner", TUSK_AUDIT_SRC("setOwner", SetOwnerRequestProto), Src<wire::SetOwnerRequestProto>},
    {"setTimes", TUSK_AUDIT_SRC("setTimes", SetTimesRequestProto), Src<wire::SetTimesRequestProto>},
    {"setQuota", SetQuota},
    {"setStoragePolicy", TUSK_AUDIT_SRC("setStoragePolicy", SetStoragePolicyRequestProto),
     Src<wire::SetStoragePolicyRequestProto>},
    {"unsetStoragePolicy", TUSK_AUDIT_SRC("unsetStoragePolicy", UnsetStoragePolicyRequestProto),
     Src<wire::UnsetStoragePolicyRequestProto>},
    {"modifyAclEntries", TUSK_AUDIT_SRC("modifyAclEntries", ModifyAclEntriesRequestProto),
     Src<wire::ModifyAclEntriesRequestProto>},
    {"removeAclEntries", TUSK_AUDIT_SRC("removeAclEntries", RemoveAclEntriesRequestProto),
     Src<wire::RemoveAclEntriesRequestProto>},
    {"removeDefaultAcl", TUSK_AUDIT_SRC("removeDefaultAcl", RemoveDefaultAclRequestProto),
     Src<wire::RemoveDefaultAclRequestProto>},
    {"removeAcl", TUSK_AUDIT_SRC("removeAcl", RemoveAclRequestProto), Src<wire::RemoveAclRequestProto>},
    {"setAcl", TUSK_AUDIT_SRC("setAcl", SetAclRequestProto), Src<wire::SetAclRequestProto>},
    {"getAclStatus", TUSK_AUDIT_SRC("getAclStatus", GetAclStatusRequestProto)},
    {"setXAttr", TUSK_AUDIT_SRC("setXAttr", SetXAttrRequestProto), Src<wire::SetXAttrRequestProto>},
    {"removeXAttr", TUSK_AUDIT_SRC("removeXAttr", RemoveXAttrRequestProto), Src<wire::RemoveXAttrRequestProto>},
    {"getXAttrs", TUSK_AUDIT_SRC("getXAttrs", GetXAttrsRequestProto)},
    {"listXAttrs", TUSK_AUDIT_SRC("listXAttrs", ListXAttrsRequestProto)},
    {"checkAccess", CheckAccess},
    {"getEZForPath", TUSK_AUDIT_SRC("getEZForPath", GetEZForPathRequestProto), Src<wire::GetEZForPathRequestProto>},
    {"setSafeMode", SafeMode},
    {"getDatanodeReport", TUSK_AUDIT_PLAIN("datanodeReport")},
    {"getDatanodeStorageReport", TUSK_AUDIT_PLAIN("getDatanodeStorageReport")},
    {"getSlowDatanodeReport", TUSK_AUDIT_PLAIN("slowDataNodesReport")},
    {"saveNamespace", TUSK_AUDIT_PLAIN("saveNamespace")},
    {"rollEdits", TUSK_AUDIT_PLAIN("rollEditLog")},
    {"restoreFailedStorage", TUSK_AUDIT_PLAIN("checkRestoreFailedStorage")},
    {"refreshNodes", TUSK_AUDIT_PLAIN("refreshNodes")},
    {"finalizeUpgrade", TUSK_AUDIT_PLAIN("finalizeUpgrade")},
    {"setBalancerBandwidth", TUSK_AUDIT_PLAIN("setBalancerBandwidth")},
    {"metaSave", TUSK_AUDIT_PLAIN("metaSave")},
    {"listOpenFiles", TUSK_AUDIT_PLAIN("listOpenFiles")},
    {"allowSnapshot", AllowSnapshot},
    {"disallowSnapshot", DisallowSnapshot},
};
#undef TUSK_AUDIT_SRC
#undef TUSK_AUDIT_PLAIN

}  // namespace

const AuditRow* FindAuditRow(std::string_view method) {
  static const std::unordered_map<std::string_view, const AuditRow*> rows = [] {
    std::unordered_map<std::string_view, const AuditRow*> by_name;
    for (const AuditRow& row : kRows) by_name.emplace(row.method, &row);
    return by_name;
  }();
  auto row = rows.find(method);
  return row == rows.end() ? nullptr : row->second;
}

std::string AuditPermission(std::string_view owner, std::string_view group, uint16_t mode) {
  std::string text(owner);
  text += ':';
  text += group;
  text += ':';
  for (int bit = 8; bit >= 0; --bit) text += (mode >> bit & 1) != 0 ? "xwr"[bit % 3] : '-';
  if ((mode & 01000) != 0) text.back() = (mode & 1) != 0 ? 't' : 'T';
  return text;
}

}  // namespace tusk::dfs
