// Answers while a feature is not in use; texts are Hadoop's.
#include "dfs/namenode/rpc/client_feature_handlers.h"

#include <algorithm>
#include <array>

#include "dfs/proto/ClientNamenodeProtocol.pb.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

namespace {

constexpr std::array<std::string_view, 33> kMethods = {
    "allowSnapshot", "disallowSnapshot", "createSnapshot", "deleteSnapshot", "renameSnapshot",
    "getSnapshottableDirListing", "getSnapshotListing", "getSnapshotDiffReport", "getSnapshotDiffReportListing",
    "addCacheDirective", "modifyCacheDirective", "removeCacheDirective", "listCacheDirectives", "addCachePool",
    "modifyCachePool", "removeCachePool", "listCachePools", "createEncryptionZone", "getEZForPath",
    "listEncryptionZones", "reencryptEncryptionZone", "listReencryptionStatus", "getErasureCodingPolicies",
    "getErasureCodingCodecs", "getErasureCodingPolicy", "setErasureCodingPolicy", "unsetErasureCodingPolicy",
    "addErasureCodingPolicies", "removeErasureCodingPolicy", "enableErasureCodingPolicy", "disableErasureCodingPolicy",
    "getECTopologyResultForPolicies", "getEditsFromTxid"};

Status NotSupported(std::string_view call) {
  return Status(Code::kUnsupported, "tusk's namenode doesn't support " + std::string(call));
}
Status InvalidRequest(std::string text) {
  return Status::FromJava("org.apache.hadoop.fs.InvalidRequestException", std::move(text));
}
Status NotSnapshottable(const std::string& path) {
  return Status(Code::kSnapshot, "Directory is not a snapshottable directory: " + path);
}
Status NoSnapshotRoot(const std::string& path) {
  return Status(Code::kSnapshot, "The path " + path + " is neither snapshottable nor under a snapshot root!");
}

// Hadoop's built-in policies; none is enabled here.
struct ErasurePolicy {
  uint32_t id;
  std::string_view name;
  std::string_view codec;
  uint32_t data;
  uint32_t parity;
};
constexpr std::array<ErasurePolicy, 5> kErasurePolicies = {{{5, "RS-10-4-1024k", "rs", 10, 4},
                                                           {2, "RS-3-2-1024k", "rs", 3, 2},
                                                           {1, "RS-6-3-1024k", "rs", 6, 3},
                                                           {3, "RS-LEGACY-6-3-1024k", "rs-legacy", 6, 3},
                                                           {4, "XOR-2-1-1024k", "xor", 2, 1}}};

bool IsErasurePolicy(const std::string& name) {
  return std::any_of(kErasurePolicies.begin(), kErasurePolicies.end(),
                     [&name](const ErasurePolicy& policy) { return policy.name == name; });
}
Status NoSuchErasurePolicy(const std::string& name) {
  return Status(Code::kHadoopIllegalArgument, "The policy name " + name + " does not exist");
}

}  // namespace

std::vector<rpc::Method> ClientFeatureHandlers::methods() {
  return OnlyMethods(wire::ClientNamenodeProtocolService::methods(), kMethods);
}

// ---- snapshots

Status ClientFeatureHandlers::CheckSnapshotRoot(const rpc::CallContext& call, const std::string& operation,
                                                const std::string& path_text) {
  Caller caller = CallerOf(call);
  Call at = At(caller);
  RETURN_IF_ERROR(ns().RefuseInSafeMode(operation + path_text, at.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns().Resolve(at, path_text, PathUse::kRead));
  RETURN_IF_ERROR(ns().CheckOwnerOfTarget(at, path));
  if (!path.exists()) return Status(Code::kFileNotFound, "Directory/File does not exist " + path_text);
  if (!path.target()->is_directory()) {
    return Status::FromJava("org.apache.hadoop.fs.PathIsNotDirectoryException", "`" + path_text + "': Is not a directory");
  }
  return Status::Ok();
}

Task<Result<wire::AllowSnapshotResponseProto>> ClientFeatureHandlers::AllowSnapshot(
    rpc::CallContext& call, const wire::AllowSnapshotRequestProto& request) {
  Caller caller = CallerOf(call);
  Call at = At(caller);
  CO_RETURN_IF_ERROR(CheckSuperuser(caller, "allowSnapshot"));
  CO_RETURN_IF_ERROR(ns().RefuseInSafeMode("allow snapshot for " + request.snapshotroot(), at.now));
  CO_ASSIGN_OR_RETURN(ResolvedPath path, ns().Resolve(at, request.snapshotroot(), PathUse::kRead));
  if (!path.exists()) co_return Status(Code::kFileNotFound, "Directory does not exist: " + request.snapshotroot());
  co_return NotSupported("allowSnapshot");
}

Task<Result<wire::DisallowSnapshotResponseProto>> ClientFeatureHandlers::DisallowSnapshot(
    rpc::CallContext& call, const wire::DisallowSnapshotRequestProto& request) {
  Caller caller = CallerOf(call);
  Call at = At(caller);
  CO_RETURN_IF_ERROR(CheckSuperuser(caller, "disallowSnapshot"));
  CO_RETURN_IF_ERROR(ns().RefuseInSafeMode("disallow snapshot for " + request.snapshotroot(), at.now));
  CO_ASSIGN_OR_RETURN(ResolvedPath path, ns().Resolve(at, request.snapshotroot(), PathUse::kRead));
  if (!path.exists()) co_return Status(Code::kFileNotFound, "Directory does not exist: " + request.snapshotroot());
  co_return wire::DisallowSnapshotResponseProto();  // it was not allowed
}

Task<Result<wire::CreateSnapshotResponseProto>> ClientFeatureHandlers::CreateSnapshot(
    rpc::CallContext& call, const wire::CreateSnapshotRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckSnapshotRoot(call, "create snapshot for ", request.snapshotroot()));
  co_return NotSnapshottable(request.snapshotroot());
}

Task<Result<wire::DeleteSnapshotResponseProto>> ClientFeatureHandlers::DeleteSnapshot(
    rpc::CallContext& call, const wire::DeleteSnapshotRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckSnapshotRoot(call, "delete snapshot for ", request.snapshotroot()));
  co_return NotSnapshottable(request.snapshotroot());
}

Task<Result<wire::RenameSnapshotResponseProto>> ClientFeatureHandlers::RenameSnapshot(
    rpc::CallContext& call, const wire::RenameSnapshotRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckSnapshotRoot(call, "rename snapshot for ", request.snapshotroot()));
  co_return NotSnapshottable(request.snapshotroot());
}

Task<Result<wire::GetSnapshottableDirListingResponseProto>> ClientFeatureHandlers::GetSnapshottableDirListing(
    rpc::CallContext&, const wire::GetSnapshottableDirListingRequestProto&) {
  co_return wire::GetSnapshottableDirListingResponseProto();  // none
}

Task<Result<wire::GetSnapshotListingResponseProto>> ClientFeatureHandlers::GetSnapshotListing(
    rpc::CallContext& call, const wire::GetSnapshotListingRequestProto& request) {
  Caller caller = CallerOf(call);
  CO_ASSIGN_OR_RETURN(ResolvedPath path, ns().Resolve(At(caller), request.snapshotroot(), PathUse::kRead));
  if (!path.exists()) co_return Status(Code::kFileNotFound, "Directory does not exist: " + request.snapshotroot());
  co_return NotSnapshottable(request.snapshotroot());
}

Task<Result<wire::GetSnapshotDiffReportResponseProto>> ClientFeatureHandlers::GetSnapshotDiffReport(
    rpc::CallContext&, const wire::GetSnapshotDiffReportRequestProto& request) {
  co_return NoSnapshotRoot(request.snapshotroot());
}

Task<Result<wire::GetSnapshotDiffReportListingResponseProto>> ClientFeatureHandlers::GetSnapshotDiffReportListing(
    rpc::CallContext&, const wire::GetSnapshotDiffReportListingRequestProto& request) {
  co_return NoSnapshotRoot(request.snapshotroot());
}

// ---- caching

Task<Result<wire::AddCacheDirectiveResponseProto>> ClientFeatureHandlers::AddCacheDirective(
    rpc::CallContext&, const wire::AddCacheDirectiveRequestProto& request) {
  co_return InvalidRequest("Unknown pool " + request.info().pool());
}

Task<Result<wire::ModifyCacheDirectiveResponseProto>> ClientFeatureHandlers::ModifyCacheDirective(
    rpc::CallContext&, const wire::ModifyCacheDirectiveRequestProto& request) {
  co_return InvalidRequest("No directive with ID " + std::to_string(request.info().id()) + " found.");
}

Task<Result<wire::RemoveCacheDirectiveResponseProto>> ClientFeatureHandlers::RemoveCacheDirective(
    rpc::CallContext&, const wire::RemoveCacheDirectiveRequestProto& request) {
  co_return InvalidRequest("No directive with ID " + std::to_string(request.id()) + " found.");
}

Task<Result<wire::ListCacheDirectivesResponseProto>> ClientFeatureHandlers::ListCacheDirectives(
    rpc::CallContext&, const wire::ListCacheDirectivesRequestProto&) {
  wire::ListCacheDirectivesResponseProto answer;
  answer.set_hasmore(false);
  co_return answer;
}

Task<Result<wire::AddCachePoolResponseProto>> ClientFeatureHandlers::AddCachePool(
    rpc::CallContext& call, const wire::AddCachePoolRequestProto&) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "addCachePool"));
  co_return NotSupported("addCachePool");
}

Task<Result<wire::ModifyCachePoolResponseProto>> ClientFeatureHandlers::ModifyCachePool(
    rpc::CallContext& call, const wire::ModifyCachePoolRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "modifyCachePool"));
  co_return InvalidRequest("Cache pool " + request.info().poolname() + " does not exist.");
}

Task<Result<wire::RemoveCachePoolResponseProto>> ClientFeatureHandlers::RemoveCachePool(
    rpc::CallContext& call, const wire::RemoveCachePoolRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "removeCachePool"));
  co_return InvalidRequest("Cannot remove non-existent cache pool " + request.poolname());
}

Task<Result<wire::ListCachePoolsResponseProto>> ClientFeatureHandlers::ListCachePools(
    rpc::CallContext&, const wire::ListCachePoolsRequestProto&) {
  wire::ListCachePoolsResponseProto answer;
  answer.set_hasmore(false);
  co_return answer;
}

// ---- encryption zones

Task<Result<wire::CreateEncryptionZoneResponseProto>> ClientFeatureHandlers::CreateEncryptionZone(
    rpc::CallContext& call, const wire::CreateEncryptionZoneRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "createEncryptionZone"));
  co_return Status(Code::kIOError, "Can't create an encryption zone for " + request.src() +
                                       " since no key provider is available.");
}

Task<Result<wire::GetEZForPathResponseProto>> ClientFeatureHandlers::GetEZForPath(
    rpc::CallContext&, const wire::GetEZForPathRequestProto&) {
  co_return wire::GetEZForPathResponseProto();  // none
}

Task<Result<wire::ListEncryptionZonesResponseProto>> ClientFeatureHandlers::ListEncryptionZones(
    rpc::CallContext& call, const wire::ListEncryptionZonesRequestProto&) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "listEncryptionZones"));
  wire::ListEncryptionZonesResponseProto answer;
  answer.set_hasmore(false);
  co_return answer;
}

Task<Result<wire::ReencryptEncryptionZoneResponseProto>> ClientFeatureHandlers::ReencryptEncryptionZone(
    rpc::CallContext& call, const wire::ReencryptEncryptionZoneRequestProto&) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "reencryptEncryptionZone"));
  co_return Status(Code::kIOError, "No key provider configured, re-encryption operation is rejected");
}

Task<Result<wire::ListReencryptionStatusResponseProto>> ClientFeatureHandlers::ListReencryptionStatus(
    rpc::CallContext& call, const wire::ListReencryptionStatusRequestProto&) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "listReencryptionStatus"));
  wire::ListReencryptionStatusResponseProto answer;
  answer.set_hasmore(false);
  co_return answer;
}

// ---- erasure coding

Task<Result<wire::GetErasureCodingPoliciesResponseProto>> ClientFeatureHandlers::GetErasureCodingPolicies(
    rpc::CallContext&, const wire::GetErasureCodingPoliciesRequestProto&) {
  wire::GetErasureCodingPoliciesResponseProto answer;
  for (const ErasurePolicy& policy : kErasurePolicies) {
    wire::ErasureCodingPolicyProto& to = *answer.add_ecpolicies();
    to.set_id(policy.id);
    to.set_name(std::string(policy.name));
    to.set_cellsize(1 << 20);
    to.set_state(wire::DISABLED);
    to.mutable_schema()->set_codecname(std::string(policy.codec));
    to.mutable_schema()->set_dataunits(policy.data);
    to.mutable_schema()->set_parityunits(policy.parity);
  }
  co_return answer;
}

Task<Result<wire::GetErasureCodingCodecsResponseProto>> ClientFeatureHandlers::GetErasureCodingCodecs(
    rpc::CallContext&, const wire::GetErasureCodingCodecsRequestProto&) {
  co_return wire::GetErasureCodingCodecsResponseProto();  // none
}

Task<Result<wire::GetErasureCodingPolicyResponseProto>> ClientFeatureHandlers::GetErasureCodingPolicy(
    rpc::CallContext& call, const wire::GetErasureCodingPolicyRequestProto& request) {
  Caller caller = CallerOf(call);
  CO_ASSIGN_OR_RETURN(ResolvedPath path, ns().Resolve(At(caller), request.src(), PathUse::kRead));
  if (!path.exists()) co_return Status(Code::kFileNotFound, "Path not found: " + request.src());
  co_return wire::GetErasureCodingPolicyResponseProto();  // none
}

// MapReduce asks for plain replication on every staging folder; there is nothing else here.
Task<Result<wire::SetErasureCodingPolicyResponseProto>> ClientFeatureHandlers::SetErasureCodingPolicy(
    rpc::CallContext& call, const wire::SetErasureCodingPolicyRequestProto& request) {
  Caller caller = CallerOf(call);
  Call at = At(caller);
  CO_RETURN_IF_ERROR(ns().RefuseInSafeMode("set erasure coding policy on " + request.src(), at.now));
  if (!request.ecpolicyname().empty() && request.ecpolicyname() != "replication") {
    co_return Status(Code::kHadoopIllegalArgument, "Policy '" + request.ecpolicyname() +
                                                       "' does not match any enabled erasure coding policies: []. An "
                                                       "erasure coding policy can be enabled by enableErasureCodingPolicy "
                                                       "API.");
  }
  CO_ASSIGN_OR_RETURN(ResolvedPath path, ns().Resolve(at, request.src(), PathUse::kRead));
  CO_RETURN_IF_ERROR(ns().CheckTarget(at, path, kWriteAccess));
  if (!path.exists()) co_return Status(Code::kFileNotFound, "Path not found: " + request.src());
  if (!path.target()->is_directory()) {
    co_return Status(Code::kIOError, "Attempt to set an erasure coding policy for a file " + request.src());
  }
  co_return wire::SetErasureCodingPolicyResponseProto();
}

Task<Result<wire::UnsetErasureCodingPolicyResponseProto>> ClientFeatureHandlers::UnsetErasureCodingPolicy(
    rpc::CallContext& call, const wire::UnsetErasureCodingPolicyRequestProto& request) {
  Caller caller = CallerOf(call);
  Call at = At(caller);
  CO_RETURN_IF_ERROR(ns().RefuseInSafeMode("unset erasure coding policy on " + request.src(), at.now));
  CO_ASSIGN_OR_RETURN(ResolvedPath path, ns().Resolve(at, request.src(), PathUse::kRead));
  CO_RETURN_IF_ERROR(ns().CheckTarget(at, path, kWriteAccess));
  if (!path.exists()) co_return Status(Code::kFileNotFound, "Path not found: " + request.src());
  co_return Status(Code::kNoECPolicySet, "No erasure coding policy explicitly set on " + request.src());
}

Task<Result<wire::AddErasureCodingPoliciesResponseProto>> ClientFeatureHandlers::AddErasureCodingPolicies(
    rpc::CallContext& call, const wire::AddErasureCodingPoliciesRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "addErasureCodingPolicies"));
  wire::AddErasureCodingPoliciesResponseProto answer;
  for (const wire::ErasureCodingPolicyProto& policy : request.ecpolicies()) {
    wire::AddErasureCodingPolicyResponseProto& one = *answer.add_responses();
    *one.mutable_policy() = policy;
    one.set_succeed(false);
    one.set_errormsg(std::string(NotSupported("addErasureCodingPolicies").message()));
  }
  co_return answer;
}

Task<Result<wire::RemoveErasureCodingPolicyResponseProto>> ClientFeatureHandlers::RemoveErasureCodingPolicy(
    rpc::CallContext& call, const wire::RemoveErasureCodingPolicyRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "removeErasureCodingPolicy"));
  if (!IsErasurePolicy(request.ecpolicyname())) co_return NoSuchErasurePolicy(request.ecpolicyname());
  co_return Status(Code::kHadoopIllegalArgument,
                   "System erasure coding policy " + request.ecpolicyname() + " cannot be removed");
}

Task<Result<wire::EnableErasureCodingPolicyResponseProto>> ClientFeatureHandlers::EnableErasureCodingPolicy(
    rpc::CallContext& call, const wire::EnableErasureCodingPolicyRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "enableErasureCodingPolicy"));
  if (!IsErasurePolicy(request.ecpolicyname())) co_return NoSuchErasurePolicy(request.ecpolicyname());
  co_return NotSupported("enableErasureCodingPolicy");
}

Task<Result<wire::DisableErasureCodingPolicyResponseProto>> ClientFeatureHandlers::DisableErasureCodingPolicy(
    rpc::CallContext& call, const wire::DisableErasureCodingPolicyRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "disableErasureCodingPolicy"));
  if (!IsErasurePolicy(request.ecpolicyname())) co_return NoSuchErasurePolicy(request.ecpolicyname());
  co_return wire::DisableErasureCodingPolicyResponseProto();  // it is
}

Task<Result<wire::GetECTopologyResultForPoliciesResponseProto>> ClientFeatureHandlers::GetECTopologyResultForPolicies(
    rpc::CallContext&, const wire::GetECTopologyResultForPoliciesRequestProto&) {
  wire::GetECTopologyResultForPoliciesResponseProto answer;
  answer.mutable_response()->set_issupported(false);
  answer.mutable_response()->set_resultmessage("No erasure coding policy is enabled.");
  co_return answer;
}

// ---- inotify

Task<Result<wire::GetEditsFromTxidResponseProto>> ClientFeatureHandlers::GetEditsFromTxid(
    rpc::CallContext& call, const wire::GetEditsFromTxidRequestProto&) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "getEditsFromTxid"));
  co_return NotSupported("getEditsFromTxid");
}

}  // namespace tusk::dfs
