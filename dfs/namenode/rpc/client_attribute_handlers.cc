// Access control lists and extended attributes.
#include "dfs/namenode/rpc/client_attribute_handlers.h"

#include <array>

#include "dfs/namenode/namespace/acl_ops.h"
#include "dfs/namenode/namespace/xattr_ops.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

namespace {

constexpr std::array<std::string_view, 10> kMethods = {
    "modifyAclEntries", "removeAclEntries", "removeDefaultAcl", "removeAcl",  "setAcl",
    "getAclStatus",     "setXAttr",         "getXAttrs",        "listXAttrs", "removeXAttr"};

template <typename Repeated>
std::vector<AclEntry> EntriesFrom(const Repeated& from) {
  std::vector<AclEntry> entries;
  entries.reserve(static_cast<size_t>(from.size()));
  for (const wire::AclEntryProto& entry : from) {
    entries.push_back({static_cast<AclScope>(entry.scope()), static_cast<AclType>(entry.type()), entry.name(),
                       static_cast<uint8_t>(entry.permissions())});
  }
  return entries;
}

XAttr AttributeFrom(const wire::XAttrProto& from) {
  return {static_cast<XAttrNamespace>(from.namespace_()), from.name(), from.value()};
}

void FillAttributes(const std::vector<XAttr>& attributes, auto add) {
  for (const XAttr& attribute : attributes) {
    wire::XAttrProto& to = *add();
    to.set_namespace_(static_cast<wire::XAttrProto_XAttrNamespaceProto>(attribute.space));
    to.set_name(attribute.name);
    if (!attribute.value.empty()) to.set_value(attribute.value);
  }
}

template <typename Resp>
Result<Resp> Done(const Status& status) {
  if (!status.ok()) return status;
  return Resp();
}

}  // namespace

std::vector<rpc::Method> ClientAttributeHandlers::methods() {
  return OnlyMethods(wire::ClientNamenodeProtocolService::methods(), kMethods);
}

Task<Result<wire::ModifyAclEntriesResponseProto>> ClientAttributeHandlers::ModifyAclEntries(
    rpc::CallContext& call, const wire::ModifyAclEntriesRequestProto& request) {
  return Change<wire::ModifyAclEntriesResponseProto>(
      call, "modifyAclEntries", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
        return Done<wire::ModifyAclEntriesResponseProto>(
            dfs::ModifyAclEntries(ns(), at, request.src(), EntriesFrom(request.aclspec()), edit));
      });
}

Task<Result<wire::RemoveAclEntriesResponseProto>> ClientAttributeHandlers::RemoveAclEntries(
    rpc::CallContext& call, const wire::RemoveAclEntriesRequestProto& request) {
  return Change<wire::RemoveAclEntriesResponseProto>(
      call, "removeAclEntries", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
        return Done<wire::RemoveAclEntriesResponseProto>(
            dfs::RemoveAclEntries(ns(), at, request.src(), EntriesFrom(request.aclspec()), edit));
      });
}

Task<Result<wire::RemoveDefaultAclResponseProto>> ClientAttributeHandlers::RemoveDefaultAcl(
    rpc::CallContext& call, const wire::RemoveDefaultAclRequestProto& request) {
  return Change<wire::RemoveDefaultAclResponseProto>(
      call, "removeDefaultAcl", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
        return Done<wire::RemoveDefaultAclResponseProto>(dfs::RemoveDefaultAcl(ns(), at, request.src(), edit));
      });
}

Task<Result<wire::RemoveAclResponseProto>> ClientAttributeHandlers::RemoveAcl(rpc::CallContext& call,
                                                                              const wire::RemoveAclRequestProto& request) {
  return Change<wire::RemoveAclResponseProto>(
      call, "removeAcl", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
        return Done<wire::RemoveAclResponseProto>(dfs::RemoveAcl(ns(), at, request.src(), edit));
      });
}

Task<Result<wire::SetAclResponseProto>> ClientAttributeHandlers::SetAcl(rpc::CallContext& call,
                                                                        const wire::SetAclRequestProto& request) {
  return Change<wire::SetAclResponseProto>(call, "setAcl", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
    return Done<wire::SetAclResponseProto>(dfs::SetAcl(ns(), at, request.src(), EntriesFrom(request.aclspec()), edit));
  });
}

Task<Result<wire::GetAclStatusResponseProto>> ClientAttributeHandlers::GetAclStatus(
    rpc::CallContext& call, const wire::GetAclStatusRequestProto& request) {
  Caller caller = CallerOf(call);
  CO_ASSIGN_OR_RETURN(AclStatus status, dfs::GetAclStatus(ns(), At(caller), request.src()));
  wire::GetAclStatusResponseProto answer;
  wire::AclStatusProto& to = *answer.mutable_result();
  to.set_owner(status.owner);
  to.set_group(status.group);
  to.set_sticky(status.sticky);
  to.mutable_permission()->set_perm(status.permission);
  for (const AclEntry& entry : status.entries) {
    wire::AclEntryProto& added = *to.add_entries();
    added.set_type(static_cast<wire::AclEntryProto_AclEntryTypeProto>(entry.type));
    added.set_scope(static_cast<wire::AclEntryProto_AclEntryScopeProto>(entry.scope));
    added.set_permissions(static_cast<wire::AclEntryProto_FsActionProto>(entry.permission));
    if (!entry.name.empty()) added.set_name(entry.name);
  }
  co_return answer;
}

Task<Result<wire::SetXAttrResponseProto>> ClientAttributeHandlers::SetXAttr(rpc::CallContext& call,
                                                                            const wire::SetXAttrRequestProto& request) {
  return Change<wire::SetXAttrResponseProto>(
      call, "setXAttr", Remember::kYes, [this, &request](const Call& at, Edit& edit) {
        return Done<wire::SetXAttrResponseProto>(
            dfs::SetXAttr(ns(), at, request.src(), AttributeFrom(request.xattr()), request.flag(), edit));
      });
}

Task<Result<wire::GetXAttrsResponseProto>> ClientAttributeHandlers::GetXAttrs(rpc::CallContext& call,
                                                                              const wire::GetXAttrsRequestProto& request) {
  Caller caller = CallerOf(call);
  std::vector<XAttr> wanted;
  for (const wire::XAttrProto& attribute : request.xattrs()) wanted.push_back(AttributeFrom(attribute));
  CO_ASSIGN_OR_RETURN(std::vector<XAttr> found, dfs::GetXAttrs(ns(), At(caller), request.src(), wanted));
  wire::GetXAttrsResponseProto answer;
  FillAttributes(found, [&answer] { return answer.add_xattrs(); });
  co_return answer;
}

Task<Result<wire::ListXAttrsResponseProto>> ClientAttributeHandlers::ListXAttrs(
    rpc::CallContext& call, const wire::ListXAttrsRequestProto& request) {
  Caller caller = CallerOf(call);
  CO_ASSIGN_OR_RETURN(std::vector<XAttr> found, dfs::ListXAttrs(ns(), At(caller), request.src()));
  wire::ListXAttrsResponseProto answer;
  FillAttributes(found, [&answer] { return answer.add_xattrs(); });
  co_return answer;
}

Task<Result<wire::RemoveXAttrResponseProto>> ClientAttributeHandlers::RemoveXAttr(
    rpc::CallContext& call, const wire::RemoveXAttrRequestProto& request) {
  return Change<wire::RemoveXAttrResponseProto>(
      call, "removeXAttr", Remember::kYes, [this, &request](const Call& at, Edit& edit) {
        return Done<wire::RemoveXAttrResponseProto>(
            dfs::RemoveXAttr(ns(), at, request.src(), AttributeFrom(request.xattr()), edit));
      });
}

}  // namespace tusk::dfs
