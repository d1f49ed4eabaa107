// WebHDFS: changes of the namespace.
#include "dfs/namenode/web/webhdfs_call.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

WebHdfsAnswer BooleanAnswer(bool value) { return {value ? "{\"boolean\":true}" : "{\"boolean\":false}", false, false}; }

namespace {

using Answer = Result<WebHdfsAnswer>;

constexpr uint32_t kDirectoryPermission = 0755;
constexpr uint32_t kLinkPermission = 0777;

Task<Answer> Mkdirs(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(auto permission, call.params.Permission("permission"));
  CO_ASSIGN_OR_RETURN(auto unmasked, call.params.Permission("unmaskedpermission"));
  wire::MkdirsRequestProto request;
  request.set_src(call.path);
  request.mutable_masked()->set_perm(static_cast<uint32_t>(permission.value_or(kDirectoryPermission)));
  if (unmasked) request.mutable_unmasked()->set_perm(static_cast<uint32_t>(*unmasked));
  request.set_createparent(true);
  CO_ASSIGN_OR_RETURN(wire::MkdirsResponseProto response, co_await call.namenode.Mkdirs(request));
  co_return BooleanAnswer(response.result());
}

Task<Answer> CreateSymlink(WebHdfsCall& call) {
  CO_RETURN_IF_ERROR(call.params.Required("destination", call.op));
  CO_ASSIGN_OR_RETURN(std::string target, call.params.AbsolutePath("destination"));
  CO_ASSIGN_OR_RETURN(bool create_parent, call.params.Bool("createparent", true));
  wire::CreateSymlinkRequestProto request;
  request.set_target(target);
  request.set_link(call.path);
  request.mutable_dirperm()->set_perm(kLinkPermission);
  request.set_createparent(create_parent);
  co_return EmptyAnswer(co_await call.namenode.CreateSymlink(request));
}

Task<Answer> RenameWithOptions(WebHdfsCall& call, const std::string& destination,
                               const std::vector<std::string>& options) {
  wire::Rename2RequestProto request;
  request.set_src(call.path);
  request.set_dst(destination);
  request.set_overwritedest(false);
  for (const std::string& option : options) {
    if (option == "OVERWRITE") request.set_overwritedest(true);
    if (option == "TO_TRASH") request.set_movetotrash(true);
  }
  co_return EmptyAnswer(co_await call.namenode.Rename2(request));
}

Task<Answer> Rename(WebHdfsCall& call) {
  CO_RETURN_IF_ERROR(call.params.Required("destination", call.op));
  CO_ASSIGN_OR_RETURN(std::string destination, call.params.AbsolutePath("destination"));
  CO_ASSIGN_OR_RETURN(std::vector<std::string> options,
                      call.params.SomeOf("renameoptions", {"NONE", "OVERWRITE", "TO_TRASH"},
                                         "org.apache.hadoop.fs.Options.Rename"));
  if (!options.empty()) co_return co_await RenameWithOptions(call, destination, options);
  wire::RenameRequestProto request;
  request.set_src(call.path);
  request.set_dst(destination);
  CO_ASSIGN_OR_RETURN(wire::RenameResponseProto response, co_await call.namenode.Rename(request));
  co_return BooleanAnswer(response.result());
}

Task<Answer> Delete(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(bool recursive, call.params.Bool("recursive", false));
  wire::DeleteRequestProto request;
  request.set_src(call.path);
  request.set_recursive(recursive);
  CO_ASSIGN_OR_RETURN(wire::DeleteResponseProto response, co_await call.namenode.Delete(request));
  co_return BooleanAnswer(response.result());
}

Task<Answer> SetReplication(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(int64_t replication, call.params.Number("replication", webhdfs::kReplication,
                                                              call.context.default_replication));
  wire::SetReplicationRequestProto request;
  request.set_src(call.path);
  request.set_replication(static_cast<uint32_t>(replication));
  CO_ASSIGN_OR_RETURN(wire::SetReplicationResponseProto response, co_await call.namenode.SetReplication(request));
  co_return BooleanAnswer(response.result());
}

Task<Answer> SetOwner(WebHdfsCall& call) {
  const std::string owner = call.params.Text("owner");
  const std::string group = call.params.Text("group");
  if (owner.empty() && group.empty()) co_return Status(Code::kInvalidArgument, "Both owner and group are empty.");
  wire::SetOwnerRequestProto request;
  request.set_src(call.path);
  if (!owner.empty()) request.set_username(owner);
  if (!group.empty()) request.set_groupname(group);
  co_return EmptyAnswer(co_await call.namenode.SetOwner(request));
}

Task<Answer> SetPermission(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(auto permission, call.params.Permission("permission"));
  wire::SetPermissionRequestProto request;
  request.set_src(call.path);
  request.mutable_permission()->set_perm(static_cast<uint32_t>(permission.value_or(kDirectoryPermission)));
  co_return EmptyAnswer(co_await call.namenode.SetPermission(request));
}

Task<Answer> SetTimes(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(int64_t mtime, call.params.Number("modificationtime", webhdfs::kTime, -1));
  CO_ASSIGN_OR_RETURN(int64_t atime, call.params.Number("accesstime", webhdfs::kTime, -1));
  wire::SetTimesRequestProto request;
  request.set_src(call.path);
  request.set_mtime(static_cast<uint64_t>(mtime));
  request.set_atime(static_cast<uint64_t>(atime));
  co_return EmptyAnswer(co_await call.namenode.SetTimes(request));
}

Task<Answer> SetQuota(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(int64_t names, call.params.Number("namespacequota", webhdfs::kQuota, INT64_MAX));
  CO_ASSIGN_OR_RETURN(int64_t space, call.params.Number("storagespacequota", webhdfs::kQuota, INT64_MAX));
  wire::SetQuotaRequestProto request;
  request.set_path(call.path);
  request.set_namespacequota(static_cast<uint64_t>(names));
  request.set_storagespacequota(static_cast<uint64_t>(space));
  co_return EmptyAnswer(co_await call.namenode.SetQuota(request));
}

Task<Answer> SetQuotaByStorageType(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(int64_t space, call.params.Number("storagespacequota", webhdfs::kQuota, INT64_MAX));
  CO_ASSIGN_OR_RETURN(std::string type_name, call.params.Required("storagetype", call.op));
  wire::StorageTypeProto type = wire::DISK;
  for (char& c : type_name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!wire::StorageTypeProto_Parse(type_name, &type)) {
    co_return Status(Code::kInvalidArgument, "No enum constant org.apache.hadoop.fs.StorageType." + type_name);
  }
  wire::SetQuotaRequestProto request;
  request.set_path(call.path);
  request.set_namespacequota(static_cast<uint64_t>(INT64_MAX));
  request.set_storagespacequota(static_cast<uint64_t>(space));
  request.set_storagetype(type);
  co_return EmptyAnswer(co_await call.namenode.SetQuota(request));
}

Task<Answer> Concat(WebHdfsCall& call) {
  CO_ASSIGN_OR_RETURN(std::string sources, call.params.Required("sources", call.op));
  wire::ConcatRequestProto request;
  request.set_trg(call.path);
  for (size_t start = 0; start <= sources.size();) {
    size_t comma = std::min(sources.find(',', start), sources.size());
    if (comma > start) request.add_srcs(sources.substr(start, comma - start));
    start = comma + 1;
  }
  co_return EmptyAnswer(co_await call.namenode.Concat(request), true);
}

Task<Answer> Truncate(WebHdfsCall& call) {
  CO_RETURN_IF_ERROR(call.params.Required("newlength", call.op));
  CO_ASSIGN_OR_RETURN(int64_t length, call.params.Number("newlength", webhdfs::kOffset, 0));
  wire::TruncateRequestProto request;
  request.set_src(call.path);
  request.set_newlength(static_cast<uint64_t>(length));
  request.set_clientname("DFSClient_" + std::to_string(static_cast<int64_t>(call.context.env.random.Next64())));
  CO_ASSIGN_OR_RETURN(wire::TruncateResponseProto response, co_await call.namenode.Truncate(request));
  co_return BooleanAnswer(response.result());
}

constexpr WebHdfsRow kRows[] = {
    {"PUT", "MKDIRS", Mkdirs},
    {"PUT", "CREATESYMLINK", CreateSymlink},
    {"PUT", "RENAME", Rename},
    {"DELETE", "DELETE", Delete},
    {"PUT", "SETREPLICATION", SetReplication},
    {"PUT", "SETOWNER", SetOwner},
    {"PUT", "SETPERMISSION", SetPermission},
    {"PUT", "SETTIMES", SetTimes},
    {"PUT", "SETQUOTA", SetQuota},
    {"PUT", "SETQUOTABYSTORAGETYPE", SetQuotaByStorageType},
    {"POST", "CONCAT", Concat},
    {"POST", "TRUNCATE", Truncate},
};

}  // namespace

std::span<const WebHdfsRow> WebHdfsChanges() { return kRows; }

}  // namespace tusk::dfs
