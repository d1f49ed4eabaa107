// WebHDFS: ACLs, extended attributes, storage policies; and erasure coding and snapshots, whose answers are whatever
// the namenode's protocol says of them.
#include <algorithm>

#include "dfs/common/acl.h"
#include "dfs/common/webhdfs/reply.h"
#include "dfs/common/xattr.h"
#include "dfs/namenode/web/webhdfs_call.h"
#include "dfs/namenode/web/webhdfs_json.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

namespace {

using Answer = Result<WebHdfsAnswer>;

// ---- ACLs

template <typename Request>
Status FillAcl(const WebHdfsCall& call, bool with_permissions, Request& request) {
  ASSIGN_OR_RETURN(std::string spec, call.params.AclSpec(call.op));
  ASSIGN_OR_RETURN(std::vector<AclEntry> entries, ParseAclSpec(spec, with_permissions));
  for (const AclEntry& entry : entries) {
    wire::AclEntryProto& to = *request.add_aclspec();
    to.set_scope(static_cast<wire::AclEntryProto::AclEntryScopeProto>(entry.scope));
    to.set_type(static_cast<wire::AclEntryProto::AclEntryTypeProto>(entry.type));
    to.set_permissions(static_cast<wire::AclEntryProto::FsActionProto>(entry.permission));
    if (!entry.name.empty()) to.set_name(entry.name);
  }
  request.set_src(call.path);
  return Status::Ok();
}

Task<Answer> ModifyAclEntries(WebHdfsCall& call) {
  wire::ModifyAclEntriesRequestProto request;
  CO_RETURN_IF_ERROR(FillAcl(call, true, request));
  co_return EmptyAnswer(co_await call.namenode.ModifyAclEntries(request));
}
Task<Answer> RemoveAclEntries(WebHdfsCall& call) {
  wire::RemoveAclEntriesRequestProto request;
  CO_RETURN_IF_ERROR(FillAcl(call, false, request));
  co_return EmptyAnswer(co_await call.namenode.RemoveAclEntries(request));
}
Task<Answer> SetAcl(WebHdfsCall& call) {
  wire::SetAclRequestProto request;
  CO_RETURN_IF_ERROR(FillAcl(call, true, request));
  co_return EmptyAnswer(co_await call.namenode.SetAcl(request));
}
Task<Answer> RemoveDefaultAcl(WebHdfsCall& call) {
  wire::RemoveDefaultAclRequestProto request;
  request.set_src(call.path);
  co_return EmptyAnswer(co_await call.namenode.RemoveDefaultAcl(request));
}
Task<Answer> RemoveAcl(WebHdfsCall& call) {
  wire::RemoveAclRequestProto request;
  request.set_src(call.path);
  co_return EmptyAnswer(co_await call.namenode.RemoveAcl(request));
}
Task<Answer> GetAclStatus(WebHdfsCall& call) {
  wire::GetAclStatusRequestProto request;
  request.set_src(call.path);
  CO_ASSIGN_OR_RETURN(wire::GetAclStatusResponseProto response, co_await call.namenode.GetAclStatus(request));
  co_return WebHdfsAnswer{AclStatusJson(response.result()), false, false};
}

// ---- extended attributes

Status FillXAttr(const std::string& prefixed, std::string value, wire::XAttrProto& to) {
  ASSIGN_OR_RETURN(XAttr attribute, ParseXAttrName(prefixed, std::move(value)));
  to.set_namespace_(static_cast<wire::XAttrProto::XAttrNamespaceProto>(attribute.space));
  to.set_name(attribute.name);
  if (!attribute.value.empty()) to.set_value(attribute.value);
  return Status::Ok();
}

Task<Answer> SetXAttr(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(std::string name, call.params.Required("xattr.name", call.op));
  CO_RETURN_IF_ERROR(call.params.Required("flag", call.op));
  CO_ASSIGN_OR_RETURN(std::vector<std::string> flags,
                      call.params.SomeOf("flag", {"CREATE", "REPLACE"}, "org.apache.hadoop.fs.XAttrSetFlag"));
  wire::SetXAttrRequestProto request;
  request.set_src(call.path);
  CO_ASSIGN_OR_RETURN(std::string value, DecodeXAttrValue(call.params.Text("xattr.value")));
  CO_RETURN_IF_ERROR(FillXAttr(name, std::move(value), *request.mutable_xattr()));
  uint32_t bits = 0;
  for (const std::string& flag : flags) bits |= flag == "CREATE" ? wire::XATTR_CREATE : wire::XATTR_REPLACE;
  request.set_flag(bits);
  co_return EmptyAnswer(co_await call.namenode.SetXAttr(request));
}

Task<Answer> RemoveXAttr(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(std::string name, call.params.Required("xattr.name", call.op));
  wire::RemoveXAttrRequestProto request;
  request.set_src(call.path);
  CO_RETURN_IF_ERROR(FillXAttr(name, {}, *request.mutable_xattr()));
  co_return EmptyAnswer(co_await call.namenode.RemoveXAttr(request));
}

Task<Answer> GetXAttrs(WebHdfsCall& call) {
  CO_RETURN_IF_ERROR(call.params.Required("encoding", call.op));
  CO_ASSIGN_OR_RETURN(std::string encoding, call.params.OneOf("encoding", {"TEXT", "HEX", "BASE64"},
                                                              "org.apache.hadoop.fs.XAttrCodec"));
  const XAttrCodec codec = ParseXAttrCodec(encoding).value_or(XAttrCodec::kText);
  wire::GetXAttrsRequestProto request;
  request.set_src(call.path);
  for (const std::string& name : call.params.All("xattr.name")) {
    if (!name.empty()) CO_RETURN_IF_ERROR(FillXAttr(name, {}, *request.add_xattrs()));
  }
  CO_ASSIGN_OR_RETURN(wire::GetXAttrsResponseProto response, co_await call.namenode.GetXAttrs(request));
  std::string json;
  for (const wire::XAttrProto& attribute : response.xattrs()) {
    json += (json.empty() ? "" : ",") + ("{\"name\":" + webhdfs::JsonString(XAttrName(attribute))) + ",\"value\":" +
            (attribute.value().empty() ? "null" : webhdfs::JsonString(EncodeXAttrValue(attribute.value(), codec))) +
            "}";
  }
  co_return WebHdfsAnswer{"{\"XAttrs\":[" + json + "]}", false, false};
}

Task<Answer> ListXAttrs(WebHdfsCall& call) {
  wire::ListXAttrsRequestProto request;
  request.set_src(call.path);
  CO_ASSIGN_OR_RETURN(wire::ListXAttrsResponseProto response, co_await call.namenode.ListXAttrs(request));
  std::string names;
  for (const wire::XAttrProto& attribute : response.xattrs()) {
    names += (names.empty() ? "" : ",") + webhdfs::JsonString(XAttrName(attribute));
  }
  co_return WebHdfsAnswer{"{\"XAttrNames\":" + webhdfs::JsonString("[" + names + "]") + "}", false, false};
}

// ---- storage policies

Task<Answer> GetAllStoragePolicy(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(wire::GetStoragePoliciesResponseProto response,
                      co_await call.namenode.GetStoragePolicies(wire::GetStoragePoliciesRequestProto()));
  std::vector<wire::BlockStoragePolicyProto> policies(response.policies().begin(), response.policies().end());
  std::sort(policies.begin(), policies.end(), [](const auto& a, const auto& b) { return a.policyid() < b.policyid(); });
  std::string json;
  for (const auto& policy : policies) json += (json.empty() ? "" : ",") + StoragePolicyJson(policy);
  co_return WebHdfsAnswer{"{\"BlockStoragePolicies\":{\"BlockStoragePolicy\":[" + json + "]}}", false, false};
}

Task<Answer> GetStoragePolicy(WebHdfsCall& call) {
  wire::GetStoragePolicyRequestProto request;
  request.set_path(call.path);
  CO_ASSIGN_OR_RETURN(wire::GetStoragePolicyResponseProto response, co_await call.namenode.GetStoragePolicy(request));
  co_return WebHdfsAnswer{"{\"BlockStoragePolicy\":" + StoragePolicyJson(response.storagepolicy()) + "}", false, false};
}

Task<Answer> SetStoragePolicy(WebHdfsCall& call) {
  const std::string name = call.params.Text("storagepolicy");
  if (name.empty()) co_return Status(Code::kInvalidArgument, "Storage policy name is empty.");
  wire::SetStoragePolicyRequestProto request;
  request.set_src(call.path);
  request.set_policyname(name);
  co_return EmptyAnswer(co_await call.namenode.SetStoragePolicy(request));
}

Task<Answer> UnsetStoragePolicy(WebHdfsCall& call) {
  wire::UnsetStoragePolicyRequestProto request;
  request.set_src(call.path);
  co_return EmptyAnswer(co_await call.namenode.UnsetStoragePolicy(request), true);
}

Task<Answer> SatisfyStoragePolicy(WebHdfsCall& call) {
  wire::SatisfyStoragePolicyRequestProto request;
  request.set_src(call.path);
  co_return EmptyAnswer(co_await call.namenode.SatisfyStoragePolicy(request));
}

// ---- erasure coding

Task<Answer> GetEcPolicy(WebHdfsCall& call) {
  wire::GetErasureCodingPolicyRequestProto request;
  request.set_src(call.path);
  CO_ASSIGN_OR_RETURN(auto response, co_await call.namenode.GetErasureCodingPolicy(request));
  co_return WebHdfsAnswer{response.has_ecpolicy() ? ErasureCodingPolicyJson(response.ecpolicy()) : "null", false, false};
}

Task<Answer> GetEcPolicies(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(auto response,
                      co_await call.namenode.GetErasureCodingPolicies(wire::GetErasureCodingPoliciesRequestProto()));
  std::string json;
  for (const auto& policy : response.ecpolicies()) {
    json += (json.empty() ? "" : ",") + ("{\"state\":" + webhdfs::JsonString(
                wire::ErasureCodingPolicyState_Name(policy.state()))) + ",\"policy\":" + ErasureCodingPolicyJson(policy) + "}";
  }
  co_return WebHdfsAnswer{"{\"ErasureCodingPolicies\":{\"ErasureCodingPolicyInfo\":[" + json + "]}}", false, false};
}

Task<Answer> GetEcCodecs(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(auto response,
                      co_await call.namenode.GetErasureCodingCodecs(wire::GetErasureCodingCodecsRequestProto()));
  std::string json;
  for (const auto& codec : response.codec()) {
    json += (json.empty() ? "" : ",") + webhdfs::JsonString(codec.codec()) + ":" + webhdfs::JsonString(codec.coders());
  }
  co_return WebHdfsAnswer{"{\"ErasureCodingCodecs\":{" + json + "}}", false, false};
}

Task<Answer> SetEcPolicy(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(std::string name, call.params.Required("ecpolicy", call.op));
  wire::SetErasureCodingPolicyRequestProto request;
  request.set_src(call.path);
  request.set_ecpolicyname(name);
  co_return EmptyAnswer(co_await call.namenode.SetErasureCodingPolicy(request));
}
Task<Answer> EnableEcPolicy(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(std::string name, call.params.Required("ecpolicy", call.op));
  wire::EnableErasureCodingPolicyRequestProto request;
  request.set_ecpolicyname(name);
  co_return EmptyAnswer(co_await call.namenode.EnableErasureCodingPolicy(request));
}
Task<Answer> DisableEcPolicy(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(std::string name, call.params.Required("ecpolicy", call.op));
  wire::DisableErasureCodingPolicyRequestProto request;
  request.set_ecpolicyname(name);
  co_return EmptyAnswer(co_await call.namenode.DisableErasureCodingPolicy(request));
}
Task<Answer> UnsetEcPolicy(WebHdfsCall& call) {
  wire::UnsetErasureCodingPolicyRequestProto request;
  request.set_src(call.path);
  co_return EmptyAnswer(co_await call.namenode.UnsetErasureCodingPolicy(request), true);
}

// ---- snapshots

Task<Answer> AllowSnapshot(WebHdfsCall& call) {
  wire::AllowSnapshotRequestProto request;
  request.set_snapshotroot(call.path);
  co_return EmptyAnswer(co_await call.namenode.AllowSnapshot(request));
}
Task<Answer> DisallowSnapshot(WebHdfsCall& call) {
  wire::DisallowSnapshotRequestProto request;
  request.set_snapshotroot(call.path);
  co_return EmptyAnswer(co_await call.namenode.DisallowSnapshot(request));
}
Task<Answer> CreateSnapshot(WebHdfsCall& call) {
  wire::CreateSnapshotRequestProto request;
  request.set_snapshotroot(call.path);
  const std::string name = call.params.Text("snapshotname");
  if (!name.empty()) request.set_snapshotname(name);
  CO_ASSIGN_OR_RETURN(auto response, co_await call.namenode.CreateSnapshot(request));
  co_return WebHdfsAnswer{"{\"Path\":" + webhdfs::JsonString(response.snapshotpath()) + "}", false, false};
}
Task<Answer> RenameSnapshot(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(std::string old_name, call.params.Required("oldsnapshotname", call.op));
  CO_ASSIGN_OR_RETURN(std::string new_name, call.params.Required("snapshotname", call.op));
  wire::RenameSnapshotRequestProto request;
  request.set_snapshotroot(call.path);
  request.set_snapshotoldname(old_name);
  request.set_snapshotnewname(new_name);
  co_return EmptyAnswer(co_await call.namenode.RenameSnapshot(request));
}
Task<Answer> DeleteSnapshot(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(std::string name, call.params.Required("snapshotname", call.op));
  wire::DeleteSnapshotRequestProto request;
  request.set_snapshotroot(call.path);
  request.set_snapshotname(name);
  co_return EmptyAnswer(co_await call.namenode.DeleteSnapshot(request));
}
Task<Answer> GetSnapshotDiff(WebHdfsCall& call) {
  wire::GetSnapshotDiffReportRequestProto request;
  request.set_snapshotroot(call.path);
  request.set_fromsnapshot(call.params.Text("oldsnapshotname"));
  request.set_tosnapshot(call.params.Text("snapshotname"));
  CO_RETURN_IF_ERROR((co_await call.namenode.GetSnapshotDiffReport(request)).status());
  co_return Status(Code::kUnsupported, "Snapshots are not supported");
}
Task<Answer> GetSnapshottableDirectories(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(auto response, co_await call.namenode.GetSnapshottableDirListing(
                                         wire::GetSnapshottableDirListingRequestProto()));
  if (response.snapshottabledirlist().snapshottabledirlisting_size() > 0) {
    co_return Status(Code::kUnsupported, "Snapshots are not supported");
  }
  co_return WebHdfsAnswer{"{\"SnapshottableDirectoryList\":null}", false, false};
}
Task<Answer> GetSnapshotList(WebHdfsCall& call) {
  wire::GetSnapshotListingRequestProto request;
  request.set_snapshotroot(call.path);
  CO_RETURN_IF_ERROR((co_await call.namenode.GetSnapshotListing(request)).status());
  co_return Status(Code::kUnsupported, "Snapshots are not supported");
}

constexpr WebHdfsRow kRows[] = {
    {"PUT", "MODIFYACLENTRIES", ModifyAclEntries},
    {"PUT", "REMOVEACLENTRIES", RemoveAclEntries},
    {"PUT", "REMOVEDEFAULTACL", RemoveDefaultAcl},
    {"PUT", "REMOVEACL", RemoveAcl},
    {"PUT", "SETACL", SetAcl},
    {"GET", "GETACLSTATUS", GetAclStatus},
    {"PUT", "SETXATTR", SetXAttr},
    {"PUT", "REMOVEXATTR", RemoveXAttr},
    {"GET", "GETXATTRS", GetXAttrs},
    {"GET", "LISTXATTRS", ListXAttrs},
    {"GET", "GETALLSTORAGEPOLICY", GetAllStoragePolicy},
    {"GET", "GETSTORAGEPOLICY", GetStoragePolicy},
    {"PUT", "SETSTORAGEPOLICY", SetStoragePolicy},
    {"POST", "UNSETSTORAGEPOLICY", UnsetStoragePolicy},
    {"PUT", "SATISFYSTORAGEPOLICY", SatisfyStoragePolicy},
    {"GET", "GETECPOLICY", GetEcPolicy},
    {"GET", "GETECPOLICIES", GetEcPolicies},
    {"GET", "GETECCODECS", GetEcCodecs},
    {"PUT", "SETECPOLICY", SetEcPolicy},
    {"PUT", "ENABLEECPOLICY", EnableEcPolicy},
    {"PUT", "DISABLEECPOLICY", DisableEcPolicy},
    {"POST", "UNSETECPOLICY", UnsetEcPolicy},
    {"PUT", "ALLOWSNAPSHOT", AllowSnapshot},
    {"PUT", "DISALLOWSNAPSHOT", DisallowSnapshot},
    {"PUT", "CREATESNAPSHOT", CreateSnapshot},
    {"PUT", "RENAMESNAPSHOT", RenameSnapshot},
    {"DELETE", "DELETESNAPSHOT", DeleteSnapshot},
    {"GET", "GETSNAPSHOTDIFF", GetSnapshotDiff},
    {"GET", "GETSNAPSHOTDIFFLISTING", GetSnapshotDiff},
    {"GET", "GETSNAPSHOTTABLEDIRECTORYLIST", GetSnapshottableDirectories},
    {"GET", "GETSNAPSHOTLIST", GetSnapshotList},
};

}  // namespace

std::span<const WebHdfsRow> WebHdfsAttributes() { return kRows; }

}  // namespace tusk::dfs
