// One call of ClientProtocol each.
#include "dfs/client/dfs_attributes.h"

#include "dfs/client/dfs_context.h"
#include "dfs/proto/ClientNamenodeProtocol.pb.h"

namespace tusk::dfs {
namespace {

namespace pb = hadoop::hdfs;

template <typename Response>
Status StatusOf(const Result<Response>& response) {
  return response.ok() ? Status::Ok() : response.status();
}

template <typename Request>
void FillEntries(const std::vector<AclEntry>& entries, Request& to) {
  for (const AclEntry& entry : entries) {
    pb::AclEntryProto& added = *to.add_aclspec();
    added.set_type(static_cast<pb::AclEntryProto_AclEntryTypeProto>(entry.type));
    added.set_scope(static_cast<pb::AclEntryProto_AclEntryScopeProto>(entry.scope));
    added.set_permissions(static_cast<pb::AclEntryProto_FsActionProto>(entry.permission & 7));
    if (!entry.name.empty()) added.set_name(entry.name);
  }
}

void FillAttribute(const XAttr& attribute, pb::XAttrProto& to) {
  to.set_namespace_(static_cast<pb::XAttrProto_XAttrNamespaceProto>(attribute.space));
  to.set_name(attribute.name);
  if (!attribute.value.empty()) to.set_value(attribute.value);
}

template <typename Repeated>
std::vector<XAttr> AttributesFrom(const Repeated& from) {
  std::vector<XAttr> attributes;
  for (const pb::XAttrProto& one : from) {
    attributes.push_back({static_cast<XAttrNamespace>(one.namespace_()), one.name(), one.value()});
  }
  return attributes;
}

std::vector<int32_t> TypesFrom(const pb::StorageTypesProto& from) {
  std::vector<int32_t> types;
  for (int type : from.storagetypes()) types.push_back(type);
  return types;
}

StoragePolicyInfo PolicyFrom(const pb::BlockStoragePolicyProto& from) {
  return {from.policyid(), from.name(), TypesFrom(from.creationpolicy()), TypesFrom(from.creationfallbackpolicy()),
          TypesFrom(from.replicationfallbackpolicy())};
}

}  // namespace

Task<Status> ModifyAclEntries(SharedContext context, std::string path, std::vector<AclEntry> entries) {
  pb::ModifyAclEntriesRequestProto request;
  request.set_src(path);
  FillEntries(entries, request);
  co_return StatusOf(co_await context->namenode().ModifyAclEntries(std::move(request)));
}

Task<Status> RemoveAclEntries(SharedContext context, std::string path, std::vector<AclEntry> entries) {
  pb::RemoveAclEntriesRequestProto request;
  request.set_src(path);
  FillEntries(entries, request);
  co_return StatusOf(co_await context->namenode().RemoveAclEntries(std::move(request)));
}

Task<Status> SetAcl(SharedContext context, std::string path, std::vector<AclEntry> entries) {
  pb::SetAclRequestProto request;
  request.set_src(path);
  FillEntries(entries, request);
  co_return StatusOf(co_await context->namenode().SetAcl(std::move(request)));
}

Task<Status> RemoveDefaultAcl(SharedContext context, std::string path) {
  pb::RemoveDefaultAclRequestProto request;
  request.set_src(path);
  co_return StatusOf(co_await context->namenode().RemoveDefaultAcl(std::move(request)));
}

Task<Status> RemoveAcl(SharedContext context, std::string path) {
  pb::RemoveAclRequestProto request;
  request.set_src(path);
  co_return StatusOf(co_await context->namenode().RemoveAcl(std::move(request)));
}

Task<Status> UnsetStoragePolicy(SharedContext context, std::string path) {
  pb::UnsetStoragePolicyRequestProto request;
  request.set_src(path);
  co_return StatusOf(co_await context->namenode().UnsetStoragePolicy(std::move(request)));
}

Task<Status> SatisfyStoragePolicy(SharedContext context, std::string path) {
  pb::SatisfyStoragePolicyRequestProto request;
  request.set_src(path);
  co_return StatusOf(co_await context->namenode().SatisfyStoragePolicy(std::move(request)));
}

Task<Result<AclStatus>> GetAclStatus(SharedContext context, std::string path) {
  pb::GetAclStatusRequestProto request;
  request.set_src(path);
  auto response = co_await context->namenode().GetAclStatus(std::move(request));
  if (!response.ok()) co_return response.status();
  const pb::AclStatusProto& from = response->result();
  AclStatus status{from.owner(), from.group(), from.sticky(), from.permission().perm() & 01777, {}};
  for (const pb::AclEntryProto& entry : from.entries()) {
    status.entries.push_back({static_cast<AclScope>(entry.scope()), static_cast<AclType>(entry.type()), entry.name(),
                              static_cast<uint8_t>(entry.permissions())});
  }
  co_return status;
}

Task<Status> SetXAttr(SharedContext context, std::string path, XAttr attribute, uint32_t flags) {
  pb::SetXAttrRequestProto request;
  request.set_src(path);
  FillAttribute(attribute, *request.mutable_xattr());
  request.set_flag(flags);
  co_return StatusOf(co_await context->namenode().SetXAttr(std::move(request)));
}

Task<Status> RemoveXAttr(SharedContext context, std::string path, XAttr attribute) {
  pb::RemoveXAttrRequestProto request;
  request.set_src(path);
  FillAttribute(attribute, *request.mutable_xattr());
  co_return StatusOf(co_await context->namenode().RemoveXAttr(std::move(request)));
}

Task<Result<std::vector<XAttr>>> GetXAttrs(SharedContext context, std::string path, std::vector<XAttr> wanted) {
  pb::GetXAttrsRequestProto request;
  request.set_src(path);
  for (const XAttr& attribute : wanted) FillAttribute(attribute, *request.add_xattrs());
  auto response = co_await context->namenode().GetXAttrs(std::move(request));
  if (!response.ok()) co_return response.status();
  co_return AttributesFrom(response->xattrs());
}

Task<Result<std::vector<XAttr>>> ListXAttrs(SharedContext context, std::string path) {
  pb::ListXAttrsRequestProto request;
  request.set_src(path);
  auto response = co_await context->namenode().ListXAttrs(std::move(request));
  if (!response.ok()) co_return response.status();
  co_return AttributesFrom(response->xattrs());
}

Task<Status> SetStoragePolicy(SharedContext context, std::string path, std::string policy) {
  pb::SetStoragePolicyRequestProto request;
  request.set_src(path);
  request.set_policyname(policy);
  co_return StatusOf(co_await context->namenode().SetStoragePolicy(std::move(request)));
}

Task<Result<StoragePolicyInfo>> GetStoragePolicy(SharedContext context, std::string path) {
  pb::GetStoragePolicyRequestProto request;
  request.set_path(path);
  auto response = co_await context->namenode().GetStoragePolicy(std::move(request));
  if (!response.ok()) co_return response.status();
  co_return PolicyFrom(response->storagepolicy());
}

Task<Result<std::vector<StoragePolicyInfo>>> GetStoragePolicies(SharedContext context) {
  auto response = co_await context->namenode().GetStoragePolicies(pb::GetStoragePoliciesRequestProto());
  if (!response.ok()) co_return response.status();
  std::vector<StoragePolicyInfo> policies;
  for (const auto& policy : response->policies()) policies.push_back(PolicyFrom(policy));
  co_return policies;
}

Task<Result<QuotaUsage>> GetQuotaUsage(SharedContext context, std::string path) {
  pb::GetQuotaUsageRequestProto request;
  request.set_path(path);
  auto response = co_await context->namenode().GetQuotaUsage(std::move(request));
  if (!response.ok()) co_return response.status();
  const pb::QuotaUsageProto& from = response->usage();
  QuotaUsage usage{from.fileanddirectorycount(), from.spaceconsumed(), static_cast<int64_t>(from.quota()),
                   static_cast<int64_t>(from.spacequota()), {}};
  for (const auto& info : from.typequotainfos().typequotainfo()) {
    usage.type_quotas.push_back(
        {info.type(), static_cast<int64_t>(info.quota()), static_cast<int64_t>(info.consumed())});
  }
  co_return usage;
}

Task<Result<std::string>> GetLinkTarget(SharedContext context, std::string path) {
  pb::GetLinkTargetRequestProto request;
  request.set_path(path);
  auto response = co_await context->namenode().GetLinkTarget(std::move(request));
  if (!response.ok()) co_return response.status();
  co_return response->targetpath();
}

Task<Status> CheckAccess(SharedContext context, std::string path, uint8_t access) {
  pb::CheckAccessRequestProto request;
  request.set_path(path);
  request.set_mode(static_cast<pb::AclEntryProto_FsActionProto>(access & 7));
  co_return StatusOf(co_await context->namenode().CheckAccess(std::move(request)));
}

}  // namespace tusk::dfs
