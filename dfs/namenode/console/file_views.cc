// Questions about files.
#include "dfs/namenode/console/file_views.h"

#include <algorithm>

#include "base/security/token.h"
#include "base/web/text.h"
#include "dfs/common/webhdfs/params.h"
#include "dfs/common/webhdfs/reply.h"
#include "dfs/namenode/blocks/block_manager.h"
#include "dfs/namenode/console/file_json.h"
#include "dfs/namenode/namespace/storage_policies.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;
using web::JsonArray;
using web::JsonObject;

namespace {

constexpr size_t kConsolePathBytesMax = 8000;

JsonObject& SetQuota(JsonObject& json, std::string_view name, uint64_t quota) {
  const auto value = static_cast<int64_t>(quota);
  return value < 0 ? json.SetNull(name) : json.Set(name, value);
}

}  // namespace

Result<std::string> CheckPath(std::string path) {
  const auto wrong = [&path](const char* what) { return Status(Code::kInvalidPath, "Invalid path: " + path.substr(0, 256) + " " + what); };
  if (!path.starts_with('/')) return wrong("is not absolute");
  if (path.size() > kConsolePathBytesMax) return wrong("is too long");
  if (path.find('\0') != std::string::npos) return wrong("has a NUL");
  if (path == "/") return path;
  if (path.ends_with('/')) path.pop_back();
  for (std::string_view component : web::Split(std::string_view(path).substr(1), '/')) {
    if (component.empty() || component == "." || component == "..") return wrong("has an empty or relative component");
  }
  return path;
}

Result<std::string> QueryPath(const web::ApiCall& call) {
  if (!call.query().Get("path")) return Status(Code::kInvalidArgument, "path: is missing");
  return CheckPath(call.Text("path"));
}

Task<Result<wire::HdfsFileStatusProto>> StatusOf(const ProtocolCaller& caller, std::string path) {
  wire::GetFileInfoRequestProto request;
  request.set_src(path);
  CO_ASSIGN_OR_RETURN(wire::GetFileInfoResponseProto response, co_await caller->GetFileInfo(request));
  if (!response.has_fs()) co_return Status(Code::kFileNotFound, "File does not exist: " + path);
  co_return std::move(*response.mutable_fs());
}

std::string TrashRoot(std::string_view user) { return "/user/" + std::string(user) + "/.Trash"; }

std::string TrashPathOf(std::string_view user, std::string_view path) {
  const std::string root = TrashRoot(user);
  if (path == "/" || path == root || path.starts_with(root + "/") || root.starts_with(std::string(path) + "/")) return "";
  return root + "/Current" + std::string(path);
}

void FileViews::AddTo(web::Api& api) {
  api.Handle({"GET", "/dfs/files"}, [this](web::ApiCall& call) { return List(call); });
  api.Handle({"GET", "/dfs/files/status"}, [this](web::ApiCall& call) { return Details(call); });
  api.Handle({"GET", "/dfs/files/blocks"}, [this](web::ApiCall& call) { return Blocks(call); });
  api.Handle({"POST", "/dfs/files/upload", web::Role::kOperator, "uploadFile"}, [this](web::ApiCall& call) { return Upload(call); });
  api.Handle({"GET", "/dfs/files/download"}, [this](web::ApiCall& call) { return Download(call); });
}

ProtocolCaller FileViews::As(const web::ApiCall& call) const {
  return ProtocolCaller(services_, context_.env.clock, call.who.user, call.who.address);
}

Task<Result<web::ApiAnswer>> FileViews::List(web::ApiCall& call) {
  CO_ASSIGN_OR_RETURN(std::string path, QueryPath(call));
  CO_ASSIGN_OR_RETURN(int64_t limit, call.Int("limit", 100, 1, 1000));
  const std::string start_after = call.Text("startAfter");
  if (start_after.size() > 1024 || start_after.find('/') != std::string::npos) co_return Status(Code::kInvalidArgument, "startAfter: is no name");
  const ProtocolCaller caller = As(call);
  CO_ASSIGN_OR_RETURN(wire::HdfsFileStatusProto folder, co_await StatusOf(caller, path));
  if (folder.filetype() != wire::HdfsFileStatusProto::IS_DIR) co_return Status(Code::kParentNotDirectory, path + " is no folder");
  wire::GetListingRequestProto request;
  request.set_src(path);
  request.set_startafter(start_after);
  request.set_needlocation(false);
  CO_ASSIGN_OR_RETURN(wire::GetListingResponseProto response, co_await caller->GetListing(request));
  const wire::DirectoryListingProto& listing = response.dirlist();
  const auto shown = std::min<int64_t>(limit, listing.partiallisting_size());
  const uint64_t remaining = listing.remainingentries() + static_cast<uint64_t>(listing.partiallisting_size() - shown);
  JsonArray entries;
  for (int i = 0; i < shown; ++i) {
    const wire::HdfsFileStatusProto& status = listing.partiallisting(i);
    entries.Add(FileEntryJson(status, ChildPath(path, status.path())));
  }
  JsonObject json;
  json.Set("path", path).SetJson("entries", entries.Done()).Set("remaining", remaining);
  if (remaining > 0 && shown > 0) json.Set("next", listing.partiallisting(static_cast<int>(shown) - 1).path());
  else json.SetNull("next");
  co_return web::ApiAnswer{json.Done()};
}

Task<Result<web::ApiAnswer>> FileViews::Details(web::ApiCall& call) {
  CO_ASSIGN_OR_RETURN(std::string path, QueryPath(call));
  CO_ASSIGN_OR_RETURN(bool with_summary, call.Bool("summary", true));
  const ProtocolCaller caller = As(call);
  CO_ASSIGN_OR_RETURN(wire::HdfsFileStatusProto status, co_await StatusOf(caller, path));
  JsonObject json = FileEntryJson(status, path);
  wire::GetAclStatusRequestProto acl_request;
  acl_request.set_src(path);
  auto acl = co_await caller->GetAclStatus(acl_request);
  json.SetJson("acl", acl.ok() ? AclJson(acl->result()) : "[]");
  wire::GetXAttrsRequestProto xattr_request;
  xattr_request.set_src(path);
  auto xattrs = co_await caller->GetXAttrs(xattr_request);
  json.SetJson("xattrs", xattrs.ok() ? XAttrsJson(*xattrs) : "[]");
  const bool is_directory = status.filetype() == wire::HdfsFileStatusProto::IS_DIR;
  wire::GetQuotaUsageRequestProto quota_request;
  quota_request.set_path(path);
  auto quota = co_await caller->GetQuotaUsage(quota_request);
  if (is_directory && quota.ok()) {
    JsonObject quota_json;
    SetQuota(quota_json, "names", quota->usage().quota()).Set("namesUsed", quota->usage().fileanddirectorycount());
    SetQuota(quota_json, "space", quota->usage().spacequota()).Set("spaceUsed", quota->usage().spaceconsumed());
    json.Set("quota", quota_json);
  } else {
    json.SetNull("quota");
  }
  wire::GetContentSummaryRequestProto summary_request;
  summary_request.set_path(path);
  Result<wire::GetContentSummaryResponseProto> summary = Status(Code::kInternal, "not asked");
  if (with_summary) summary = co_await caller->GetContentSummary(summary_request);
  if (summary.ok()) {
    const wire::ContentSummaryProto& counts = summary->summary();
    JsonObject summary_json;
    summary_json.Set("files", counts.filecount()).Set("directories", counts.directorycount());
    json.Set("contentSummary", summary_json.Set("bytes", counts.length()).Set("spaceConsumed", counts.spaceconsumed()));
  } else {
    json.SetNull("contentSummary");  // not allowed to look everywhere
  }
  const StoragePolicy* policy = FindStoragePolicy(static_cast<uint8_t>(status.storagepolicy()));
  if (policy != nullptr) json.Set("storagePolicy", policy->name);
  else json.SetNull("storagePolicy");
  const std::string trash = TrashPathOf(call.who.user, path);
  if (trash.empty()) json.SetNull("trashPath");
  else json.Set("trashPath", trash);
  co_return web::ApiAnswer{json.Done()};
}

Task<Result<web::ApiAnswer>> FileViews::Blocks(web::ApiCall& call) {
  CO_ASSIGN_OR_RETURN(std::string path, QueryPath(call));
  CO_ASSIGN_OR_RETURN(web::Page page, web::Page::Of(call));
  const ProtocolCaller caller = As(call);
  wire::GetBlockLocationsRequestProto request;
  request.set_src(path);
  request.set_offset(0);
  request.set_length(INT64_MAX);
  CO_ASSIGN_OR_RETURN(wire::GetBlockLocationsResponseProto response, co_await caller->GetBlockLocations(request));
  if (!response.has_locations()) co_return Status(Code::kFileNotFound, "File does not exist: " + path);
  const wire::LocatedBlocksProto& located = response.locations();
  JsonArray blocks;
  const auto total = static_cast<size_t>(located.blocks_size());
  for (size_t i = page.offset; i < std::min(total, page.offset + page.limit); ++i) blocks.AddJson(BlockJson(located.blocks(static_cast<int>(i))));
  JsonObject json;
  json.Set("path", path).Set("length", located.filelength()).Set("underConstruction", located.underconstruction());
  co_return web::ApiAnswer{json.Set("total", total).SetJson("blocks", blocks.Done()).Done()};
}

Result<HostPort> FileViews::AnyDatanode(const std::string& near) const {
  std::vector<const Datanode*> nodes;
  for (const Datanode& node : context_.registry().datanodes()) {
    if (!node.in_service()) continue;
    if (node.identity.ip == near || node.identity.host == near) return HostPort{node.identity.host, static_cast<uint16_t>(node.identity.info_port)};
    nodes.push_back(&node);
  }
  if (nodes.empty()) return Status(Code::kRetriable, "no datanode is in service");
  const DatanodeIdentity& chosen = nodes[context_.env.random.Below(nodes.size())]->identity;
  return HostPort{chosen.host, static_cast<uint16_t>(chosen.info_port)};
}

Task<Result<std::string>> FileViews::TransferUrl(web::ApiCall& call, const ProtocolCaller& caller, HostPort datanode, std::string path,
                                                 std::string op) {
  std::string url = "http://" + datanode.ToString() + std::string(webhdfs::kPathPrefix) + webhdfs::EscapePath(path) + "?op=" + op;
  if (context_.issues_tokens) {
    hadoop::common::GetDelegationTokenRequestProto request;
    request.set_renewer(call.who.user);
    CO_ASSIGN_OR_RETURN(auto response, co_await caller->GetDelegationToken(request));
    const auto& token = response.token();
    url += "&delegation=" + TokenToUrlString(Token{token.identifier(), token.password(), token.kind(), token.service()});
  } else {
    url += "&user.name=" + webhdfs::EscapeValue(call.who.user);
  }
  co_return url + "&namenoderpcaddress=" + context_.rpc_address.ToString();
}

Task<Result<web::ApiAnswer>> FileViews::Upload(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"path", "overwrite", "replication", "permission"}));
  CO_ASSIGN_OR_RETURN(std::string given, call.body.Text("path"));
  CO_ASSIGN_OR_RETURN(std::string path, CheckPath(std::move(given)));
  CO_ASSIGN_OR_RETURN(bool overwrite, call.body.Bool("overwrite", false));
  CO_ASSIGN_OR_RETURN(int64_t replication, call.body.Int("replication", 0, 1, 512));
  CO_ASSIGN_OR_RETURN(std::string permission, call.body.Text("permission", "644"));
  if (permission.empty() || permission.size() > 4 || permission.find_first_not_of("01234567") != std::string::npos) {
    co_return Status(Code::kInvalidArgument, "permission: is not octal");
  }
  const ProtocolCaller caller = As(call);
  auto there = co_await StatusOf(caller, path);
  if (there.ok() && there->filetype() == wire::HdfsFileStatusProto::IS_DIR) co_return Status(Code::kFileAlreadyExists, path + " is a folder");
  if (there.ok() && !overwrite) co_return Status(Code::kFileAlreadyExists, path + " exists already");
  if (!there.ok() && there.code() != Code::kFileNotFound) co_return there.status();
  CO_ASSIGN_OR_RETURN(HostPort datanode, AnyDatanode(call.who.address));
  CO_ASSIGN_OR_RETURN(std::string url, co_await TransferUrl(call, caller, std::move(datanode), path, "CREATE"));
  url += std::string("&createflag=&createparent=true&overwrite=") + (overwrite ? "true" : "false") + "&permission=" + permission;
  if (replication > 0) url += "&replication=" + std::to_string(replication);
  co_return web::ApiAnswer{JsonObject().Set("url", url).Set("method", "PUT").Done()};
}

Task<Result<web::ApiAnswer>> FileViews::Download(web::ApiCall& call) {
  CO_ASSIGN_OR_RETURN(std::string path, QueryPath(call));
  CO_ASSIGN_OR_RETURN(int64_t offset, call.Int("offset", 0, 0, INT64_MAX));
  CO_ASSIGN_OR_RETURN(int64_t length, call.Int("length", -1, -1, INT64_MAX));
  if (length == 0 || (length < 0 && call.query().Get("length"))) co_return Status(Code::kInvalidArgument, "length: is out of range");
  const ProtocolCaller caller = As(call);
  wire::GetBlockLocationsRequestProto request;
  request.set_src(path);
  request.set_offset(static_cast<uint64_t>(offset));
  request.set_length(1);
  CO_ASSIGN_OR_RETURN(wire::GetBlockLocationsResponseProto response, co_await caller->GetBlockLocations(request));
  if (!response.has_locations()) co_return Status(Code::kFileNotFound, "File does not exist: " + path);
  const wire::LocatedBlocksProto& located = response.locations();
  if (located.filelength() > 0 && static_cast<uint64_t>(offset) >= located.filelength()) {
    co_return Status(Code::kInvalidArgument, "offset: the file has " + std::to_string(located.filelength()) + " bytes");
  }
  HostPort datanode;
  if (located.blocks_size() > 0 && located.blocks(0).locs_size() > 0) {
    const wire::DatanodeIDProto& id = located.blocks(0).locs(0).id();
    datanode = HostPort{id.hostname(), static_cast<uint16_t>(id.infoport())};
  } else {
    CO_ASSIGN_OR_RETURN(datanode, AnyDatanode(call.who.address));
  }
  CO_ASSIGN_OR_RETURN(std::string url, co_await TransferUrl(call, caller, std::move(datanode), path, "OPEN"));
  if (length > 0) url += "&length=" + std::to_string(length);
  url += "&offset=" + std::to_string(offset);
  co_return web::ApiAnswer{JsonObject().Set("url", url).Set("method", "GET").Done()};
}

}  // namespace tusk::dfs
