// WebHDFS: ACLs, extended attributes, storage policies; and erasure coding and snapshots, whose answers are whatever
// the namenode's protocol says of them.
#include <algorithm>
#include <array>

#include "base/security/hmac.h"
#include "dfs/common/webhdfs/reply.h"
#include "dfs/namenode/web/webhdfs_call.h"
#include "dfs/namenode/web/webhdfs_json.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

namespace {

using Answer = Result<WebHdfsAnswer>;

// ---- ACLs

std::vector<std::string> SplitAt(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (size_t start = 0; start <= text.size();) {
    size_t end = std::min(text.find(at, start), text.size());
    parts.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

Status InvalidAclSpec(const std::string& entry) {
  return Status(Code::kHadoopIllegalArgument, "Invalid <aclSpec> : " + entry);
}

// "default:user:alice:r-x", whose shape Params has checked.
Status ParseAclEntry(const std::string& text, bool with_permissions, wire::AclEntryProto& entry) {
  std::vector<std::string> parts = SplitAt(text, ':');
  while (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  size_t at = 0;
  entry.set_scope(wire::AclEntryProto::ACCESS);
  if (parts[0] == "default") {
    entry.set_scope(wire::AclEntryProto::DEFAULT);
    ++at;
  }
  if (at >= parts.size()) return InvalidAclSpec(text);
  static constexpr std::array<std::string_view, 4> kTypes = {"user", "group", "mask", "other"};
  auto type = std::find(kTypes.begin(), kTypes.end(), parts[at++]);
  entry.set_type(static_cast<wire::AclEntryProto::AclEntryTypeProto>(type - kTypes.begin()));
  if (at < parts.size() && !parts[at].empty()) entry.set_name(parts[at]);
  ++at;
  int action = 0;
  if (with_permissions) {
    if (at >= parts.size()) return InvalidAclSpec(text);
    for (size_t i = 0; i < 3; ++i) action |= parts[at].at(i) == "rwx"[i] ? 4 >> i : 0;
    ++at;
  }
  entry.set_permissions(static_cast<wire::AclEntryProto::FsActionProto>(action));
  return at < parts.size() ? InvalidAclSpec(text) : Status::Ok();
}

template <typename Request>
Status FillAcl(const WebHdfsCall& call, bool with_permissions, Request& request) {
  ASSIGN_OR_RETURN(std::string spec, call.params.AclSpec(call.op));
  for (const std::string& entry : SplitAt(spec, ',')) {
    RETURN_IF_ERROR(ParseAclEntry(entry, with_permissions, *request.add_aclspec()));
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

Status ParseXAttrName(const std::string& text, wire::XAttrProto& attribute) {
  static constexpr std::array<std::string_view, 5> kNamespaces = {"user", "trusted", "security", "system", "raw"};
  size_t dot = text.find('.');
  std::string space = text.substr(0, std::min(dot, text.size()));
  for (char& c : space) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  auto found = std::find(kNamespaces.begin(), kNamespaces.end(), space);
  if (dot == std::string::npos || dot < 3 || found == kNamespaces.end()) {
    return Status(Code::kHadoopIllegalArgument,
                  "An XAttr name must be prefixed with user/trusted/security/system/raw, followed by a '.'");
  }
  if (dot + 1 == text.size()) return Status(Code::kHadoopIllegalArgument, "XAttr name cannot be empty.");
  attribute.set_namespace_(static_cast<wire::XAttrProto::XAttrNamespaceProto>(found - kNamespaces.begin()));
  attribute.set_name(text.substr(dot + 1));
  return Status::Ok();
}

// 0x and hexadecimal, 0s and Base64, "text", or plain text.
Result<std::string> DecodeXAttrValue(const std::string& text) {
  if (text.size() >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    if (text.size() % 2 != 0) return Status(Code::kIOError, "Odd number of characters.");
    std::string bytes;
    for (size_t i = 2; i < text.size(); i += 2) {
      auto byte = http::PercentDecode("%" + text.substr(i, 2));
      if (text.compare(i, 2, "00") == 0) byte = std::string(1, '\0');
      if (!byte) return Status(Code::kIOError, "Illegal hexadecimal character in " + text);
      bytes += *byte;
    }
    return bytes;
  }
  if (text.size() >= 2 && text[0] == '0' && (text[1] == 's' || text[1] == 'S')) return Base64Decode(text.substr(2));
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

std::string EncodeXAttrValue(const std::string& bytes, const std::string& encoding) {
  if (encoding == "TEXT") return "\"" + bytes + "\"";
  if (encoding == "BASE64") return "0s" + Base64Encode(bytes);
  std::string hex = "0x";
  for (char c : bytes) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    hex += "0123456789abcdef"[c & 15];
  }
  return hex;
}

Task<Answer> SetXAttr(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(std::string name, call.params.Required("xattr.name", call.op));
  CO_RETURN_IF_ERROR(call.params.Required("flag", call.op));
  CO_ASSIGN_OR_RETURN(std::vector<std::string> flags,
                      call.params.SomeOf("flag", {"CREATE", "REPLACE"}, "org.apache.hadoop.fs.XAttrSetFlag"));
  wire::SetXAttrRequestProto request;
  request.set_src(call.path);
  CO_RETURN_IF_ERROR(ParseXAttrName(name, *request.mutable_xattr()));
  const std::string value = call.params.Text("xattr.value");
  if (!value.empty()) {
    CO_ASSIGN_OR_RETURN(std::string bytes, DecodeXAttrValue(value));
    request.mutable_xattr()->set_value(bytes);
  }
  uint32_t bits = 0;
  for (const std::string& flag : flags) bits |= flag == "CREATE" ? wire::XATTR_CREATE : wire::XATTR_REPLACE;
  request.set_flag(bits);
  co_return EmptyAnswer(co_await call.namenode.SetXAttr(request));
}

Task<Answer> RemoveXAttr(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(std::string name, call.params.Required("xattr.name", call.op));
  wire::RemoveXAttrRequestProto request;
  request.set_src(call.path);
  CO_RETURN_IF_ERROR(ParseXAttrName(name, *request.mutable_xattr()));
  co_return EmptyAnswer(co_await call.namenode.RemoveXAttr(request));
}

Task<Answer> GetXAttrs(WebHdfsCall& call) {
  CO_RETURN_IF_ERROR(call.params.Required("encoding", call.op));
  CO_ASSIGN_OR_RETURN(std::string encoding, call.params.OneOf("encoding", {"TEXT", "HEX", "BASE64"},
                                                              "org.apache.hadoop.fs.XAttrCodec"));
  wire::GetXAttrsRequestProto request;
  request.set_src(call.path);
  for (const std::string& name : call.params.All("xattr.name")) {
    if (!name.empty()) CO_RETURN_IF_ERROR(ParseXAttrName(name, *request.add_xattrs()));
  }
  CO_ASSIGN_OR_RETURN(wire::GetXAttrsResponseProto response, co_await call.namenode.GetXAttrs(request));
  std::string json;
  for (const wire::XAttrProto& attribute : response.xattrs()) {
    json += (json.empty() ? "" : ",") + ("{\"name\":" + webhdfs::JsonString(XAttrName(attribute))) + ",\"value\":" +
            (attribute.value().empty() ? "null" : webhdfs::JsonString(EncodeXAttrValue(attribute.value(), encoding))) +
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
