// One call of the protocol each.
#include "dfs/namenode/console/file_actions.h"

#include "dfs/common/acl.h"
#include "dfs/namenode/console/file_views.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

namespace {

constexpr int64_t kNumberMax = 9007199254740991;  // what JSON's readers hold exactly
constexpr uint32_t kFolderPermission = 0755;

template <typename Request>
Request RequestOf(const std::string& path) {
  Request request;
  request.set_src(path);
  return request;
}

template <typename Request>
Request AclRequest(const std::string& path, const std::vector<AclEntry>& entries) {
  Request request = RequestOf<Request>(path);
  for (const AclEntry& entry : entries) {
    wire::AclEntryProto& to = *request.add_aclspec();
    to.set_scope(static_cast<wire::AclEntryProto::AclEntryScopeProto>(entry.scope));
    to.set_type(static_cast<wire::AclEntryProto::AclEntryTypeProto>(entry.type));
    to.set_permissions(static_cast<wire::AclEntryProto::FsActionProto>(entry.permission));
    if (!entry.name.empty()) to.set_name(entry.name);
  }
  return request;
}

// What the protocol answered with nothing in it.
template <typename Response>
Result<web::ApiAnswer> DoneIf(const Result<Response>& response) {
  if (!response.ok()) return response.status();
  return web::Done();
}

// -1 clears, absent leaves: as the protocol counts.
Result<uint64_t> QuotaOf(const web::JsonBody& body, std::string_view name) {
  constexpr uint64_t kClear = UINT64_MAX;
  constexpr auto kLeave = static_cast<uint64_t>(INT64_MAX);
  if (!body.Has(name)) return kLeave;
  if (body.IsNull(name)) return kClear;
  ASSIGN_OR_RETURN(int64_t quota, body.Int(name, 1, kNumberMax));
  return static_cast<uint64_t>(quota);
}

}  // namespace

Result<uint32_t> ParsePermission(const std::string& octal) {
  const bool fine = (octal.size() == 3 || (octal.size() == 4 && octal[0] <= '1')) && octal.find_first_not_of("01234567") == std::string::npos;
  if (!fine) return Status(Code::kInvalidArgument, "permission: is not octal as 755 or 1777");
  return static_cast<uint32_t>(std::strtoul(octal.c_str(), nullptr, 8));
}

Result<std::string> BodyPath(const web::ApiCall& call, std::string_view name) {
  ASSIGN_OR_RETURN(std::string path, call.body.Text(name));
  return CheckPath(std::move(path));
}

Task<Status> MakeFolder(const ProtocolCaller& caller, std::string path, uint32_t permission) {
  auto request = RequestOf<wire::MkdirsRequestProto>(path);
  request.mutable_masked()->set_perm(permission);
  request.set_createparent(true);
  CO_ASSIGN_OR_RETURN(wire::MkdirsResponseProto response, co_await caller->Mkdirs(request));
  if (!response.result()) co_return Status(Code::kIOError, path + " could not be made");
  co_return Status::Ok();
}

void FileActions::AddTo(web::Api& api) {
  using web::Role;
  api.Handle({"POST", "/dfs/files/mkdir", Role::kOperator, "makeDirectory"}, [this](web::ApiCall& call) { return Mkdir(call); });
  api.Handle({"POST", "/dfs/files/rename", Role::kOperator, "renameFile"}, [this](web::ApiCall& call) { return Rename(call); });
  api.Handle({"POST", "/dfs/files/delete", Role::kOperator, "deleteFile"}, [this](web::ApiCall& call) { return Delete(call); });
  api.Handle({"POST", "/dfs/files/permission", Role::kOperator, "setPermission"}, [this](web::ApiCall& call) { return SetPermission(call); });
  api.Handle({"POST", "/dfs/files/owner", Role::kOperator, "setOwner"}, [this](web::ApiCall& call) { return SetOwner(call); });
  api.Handle({"POST", "/dfs/files/acl", Role::kOperator, "setAcl"}, [this](web::ApiCall& call) { return ChangeAcl(call); });
  api.Handle({"POST", "/dfs/files/replication", Role::kOperator, "setReplication"}, [this](web::ApiCall& call) { return SetReplication(call); });
  api.Handle({"POST", "/dfs/files/quota", Role::kAdmin, "setQuota"}, [this](web::ApiCall& call) { return SetQuota(call); });
}

ProtocolCaller FileActions::As(const web::ApiCall& call) const {
  return ProtocolCaller(services_, context_.env.clock, call.who.user, call.who.address);
}

Task<FileActions::Answer> FileActions::Mkdir(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"path", "permission"}));
  CO_ASSIGN_OR_RETURN(std::string path, BodyPath(call));
  uint32_t permission = kFolderPermission;
  if (call.body.Has("permission")) {
    CO_ASSIGN_OR_RETURN(std::string octal, call.body.Text("permission"));
    CO_ASSIGN_OR_RETURN(permission, ParsePermission(octal));
  }
  const ProtocolCaller caller = As(call);
  if (auto there = co_await StatusOf(caller, path); there.ok()) co_return Status(Code::kFileAlreadyExists, path + " exists already");
  CO_RETURN_IF_ERROR(co_await MakeFolder(caller, path, permission));
  co_return web::Done();
}

Task<FileActions::Answer> FileActions::Rename(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"from", "to"}));
  CO_ASSIGN_OR_RETURN(std::string from, BodyPath(call, "from"));
  CO_ASSIGN_OR_RETURN(std::string to, BodyPath(call, "to"));
  const ProtocolCaller caller = As(call);
  CO_RETURN_IF_ERROR(co_await StatusOf(caller, from));
  auto request = RequestOf<wire::RenameRequestProto>(from);
  request.set_dst(to);
  CO_ASSIGN_OR_RETURN(wire::RenameResponseProto response, co_await caller->Rename(request));
  // Hadoop says no more than no.
  if (!response.result()) co_return Status(Code::kFileAlreadyExists, from + " cannot become " + to + ": it exists, or its folder does not, or it lies below");
  co_return web::Done();
}

Task<FileActions::Answer> FileActions::Delete(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"path", "recursive"}));
  CO_ASSIGN_OR_RETURN(std::string path, BodyPath(call));
  CO_ASSIGN_OR_RETURN(bool recursive, call.body.Bool("recursive", false));
  if (path == "/") co_return Status(Code::kInvalidArgument, "path: the root stays");
  auto request = RequestOf<wire::DeleteRequestProto>(path);
  request.set_recursive(recursive);
  const ProtocolCaller caller = As(call);
  CO_ASSIGN_OR_RETURN(wire::DeleteResponseProto response, co_await caller->Delete(request));
  if (!response.result()) co_return Status(Code::kFileNotFound, "File does not exist: " + path);
  co_return web::Done();
}

Task<FileActions::Answer> FileActions::SetPermission(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"path", "permission"}));
  CO_ASSIGN_OR_RETURN(std::string path, BodyPath(call));
  CO_ASSIGN_OR_RETURN(std::string octal, call.body.Text("permission"));
  CO_ASSIGN_OR_RETURN(uint32_t permission, ParsePermission(octal));
  auto request = RequestOf<wire::SetPermissionRequestProto>(path);
  request.mutable_permission()->set_perm(permission);
  const ProtocolCaller caller = As(call);
  co_return DoneIf(co_await caller->SetPermission(request));
}

Task<FileActions::Answer> FileActions::SetOwner(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"path", "owner", "group"}));
  CO_ASSIGN_OR_RETURN(std::string path, BodyPath(call));
  CO_ASSIGN_OR_RETURN(std::string owner, call.body.Text("owner", ""));
  CO_ASSIGN_OR_RETURN(std::string group, call.body.Text("group", ""));
  if (owner.size() > 256 || group.size() > 256) co_return Status(Code::kInvalidArgument, "owner, group: 256 bytes at most");
  if (owner.empty() && group.empty()) co_return Status(Code::kInvalidArgument, "owner, group: one is needed");
  auto request = RequestOf<wire::SetOwnerRequestProto>(path);
  if (!owner.empty()) request.set_username(owner);
  if (!group.empty()) request.set_groupname(group);
  const ProtocolCaller caller = As(call);
  co_return DoneIf(co_await caller->SetOwner(request));
}

Task<FileActions::Answer> FileActions::ChangeAcl(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"path", "action", "spec"}));
  CO_ASSIGN_OR_RETURN(std::string path, BodyPath(call));
  CO_ASSIGN_OR_RETURN(std::string action, call.body.Text("action"));
  CO_ASSIGN_OR_RETURN(std::string spec, call.body.Text("spec", ""));
  const ProtocolCaller caller = As(call);
  if (action == "removeDefault") co_return DoneIf(co_await caller->RemoveDefaultAcl(RequestOf<wire::RemoveDefaultAclRequestProto>(path)));
  if (action == "removeAll") co_return DoneIf(co_await caller->RemoveAcl(RequestOf<wire::RemoveAclRequestProto>(path)));
  if (action != "set" && action != "modify" && action != "remove") co_return Status(Code::kInvalidArgument, "action: there is no " + action);
  if (spec.empty() || spec.size() > 8192) co_return Status(Code::kInvalidArgument, "spec: 1 to 8192 bytes");
  CO_ASSIGN_OR_RETURN(std::vector<AclEntry> entries, ParseAclSpec(spec, action != "remove"));
  if (action == "set") co_return DoneIf(co_await caller->SetAcl(AclRequest<wire::SetAclRequestProto>(path, entries)));
  if (action == "modify") co_return DoneIf(co_await caller->ModifyAclEntries(AclRequest<wire::ModifyAclEntriesRequestProto>(path, entries)));
  co_return DoneIf(co_await caller->RemoveAclEntries(AclRequest<wire::RemoveAclEntriesRequestProto>(path, entries)));
}

Task<FileActions::Answer> FileActions::SetReplication(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"path", "replication"}));
  CO_ASSIGN_OR_RETURN(std::string path, BodyPath(call));
  CO_ASSIGN_OR_RETURN(int64_t replication, call.body.Int("replication", 1, 512));
  auto request = RequestOf<wire::SetReplicationRequestProto>(path);
  request.set_replication(static_cast<uint32_t>(replication));
  const ProtocolCaller caller = As(call);
  CO_RETURN_IF_ERROR(co_await StatusOf(caller, path));
  CO_ASSIGN_OR_RETURN(wire::SetReplicationResponseProto response, co_await caller->SetReplication(request));
  if (!response.result()) co_return Status(Code::kIOError, path + " is no file");
  co_return web::Done();
}

Task<FileActions::Answer> FileActions::SetQuota(web::ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"path", "names", "space"}));
  CO_ASSIGN_OR_RETURN(std::string path, BodyPath(call));
  if (!call.body.Has("names") && !call.body.Has("space")) co_return Status(Code::kInvalidArgument, "names, space: one is needed");
  wire::SetQuotaRequestProto request;
  request.set_path(path);
  CO_ASSIGN_OR_RETURN(uint64_t names, QuotaOf(call.body, "names"));
  CO_ASSIGN_OR_RETURN(uint64_t space, QuotaOf(call.body, "space"));
  request.set_namespacequota(names);
  request.set_storagespacequota(space);
  const ProtocolCaller namenode(services_, context_.env.clock, context_.process_user, call.who.address);
  co_return DoneIf(co_await namenode->SetQuota(request));
}

}  // namespace tusk::dfs
