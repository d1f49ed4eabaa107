// hdfs://: one method per call of ClientProtocol.
#include "dfs/client/dfs_file_system.h"

#include "base/env/env.h"
#include "base/rpc/client.h"
#include "dfs/client/dfs_attributes.h"
#include "dfs/client/dfs_context.h"
#include "dfs/client/dfs_input_stream.h"
#include "dfs/client/dfs_output_stream.h"
#include "dfs/client/file_checksum.h"
#include "dfs/client/path.h"
#include "dfs/client/status_from_proto.h"
#include "dfs/proto/ClientNamenodeProtocol.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {
namespace {

namespace pb = hadoop::hdfs;

constexpr uint32_t kCreateFlag = 1;
constexpr uint32_t kOverwriteFlag = 2;
constexpr uint32_t kAppendFlag = 4;
constexpr uint32_t kLazyPersistFlag = 0x10;
constexpr uint32_t kNewBlockFlag = 0x20;

Status NotFound(const std::string& path) { return Status(Code::kFileNotFound, "File does not exist: " + path); }

class DfsFileSystem : public FileSystem {
 public:
  DfsFileSystem(std::shared_ptr<DfsContext> context, std::string uri)
      : context_(std::move(context)), uri_(std::move(uri)), home_("/user/" + context_->identity().user) {}

  const std::string& uri() const override { return uri_; }
  const std::string& home_directory() const override { return home_; }

  Task<Result<FileStatus>> GetFileStatus(std::string path) override {
    pb::GetFileInfoRequestProto request;
    request.set_src(path);
    auto response = co_await namenode().GetFileInfo(std::move(request));
    if (!response.ok()) co_return response.status();
    if (!response->has_fs()) co_return NotFound(path);
    co_return StatusFromProto(response->fs(), path);
  }

  Task<Result<std::vector<FileStatus>>> List(std::string path) override {
    std::vector<FileStatus> found;
    std::string after;
    for (;;) {
      pb::GetListingRequestProto request;
      request.set_src(path);
      request.set_startafter(after);
      request.set_needlocation(false);
      auto response = co_await namenode().GetListing(std::move(request));
      if (!response.ok()) co_return response.status();
      if (!response->has_dirlist()) co_return NotFound(path);
      const auto& page = response->dirlist();
      for (const auto& entry : page.partiallisting()) {
        found.push_back(StatusFromProto(entry, entry.path().empty() ? path : ChildPath(path, entry.path())));
      }
      // A namenode that says "more" without giving any must not hold us for ever.
      if (page.remainingentries() == 0 || page.partiallisting().empty()) co_return found;
      after = page.partiallisting(page.partiallisting_size() - 1).path();
    }
  }

  Task<Status> Mkdirs(std::string path, uint32_t permission) override {
    pb::MkdirsRequestProto request;
    request.set_src(path);
    request.mutable_masked()->set_perm(permission & ~context_->config().umask);
    request.mutable_unmasked()->set_perm(permission);
    request.set_createparent(true);
    auto response = co_await namenode().Mkdirs(std::move(request));
    if (!response.ok()) co_return response.status();
    if (!response->result()) co_return Status(Code::kIOError, "mkdirs of " + path + " was refused");
    co_return Status::Ok();
  }

  Task<Result<std::unique_ptr<OutputStream>>> Create(std::string path, CreateOptions options) override {
    const DfsClientConfig& config = context_->config();
    WrittenFile file;
    file.path = path;
    file.block_size = options.block_size.value_or(config.block_size);
    file.replication = options.replication.value_or(config.replication);
    file.checksum = config.checksum;
    file.lazy_persist = options.lazy_persist;
    if (file.block_size == 0 || file.block_size % config.checksum.bytes_per_checksum != 0) {
      co_return Status(Code::kIOError, "Invalid values: dfs.bytes-per-checksum (=" +
                                           std::to_string(config.checksum.bytes_per_checksum) +
                                           ") must divide block size (=" + std::to_string(file.block_size) + ").");
    }
    pb::CreateRequestProto request;
    request.set_src(path);
    uint32_t masked = options.apply_umask ? options.permission & ~config.umask : options.permission;
    request.mutable_masked()->set_perm(masked);
    request.mutable_unmasked()->set_perm(options.unmasked_permission.value_or(options.permission));
    request.set_clientname(context_->client_name());
    request.set_createflag(kCreateFlag | (options.overwrite ? kOverwriteFlag : 0) |
                           (options.lazy_persist ? kLazyPersistFlag : 0));
    request.set_createparent(options.create_parent);
    request.set_replication(file.replication);
    request.set_blocksize(file.block_size);
    auto response = co_await namenode().Create(std::move(request));
    if (!response.ok()) co_return response.status();
    file.file_id = response->fs().fileid();
    co_return MakeDfsOutputStream(context_, std::move(file));
  }

  Task<Result<std::unique_ptr<OutputStream>>> Append(std::string path, bool new_block) override {
    pb::AppendRequestProto request;
    request.set_src(path);
    request.set_clientname(context_->client_name());
    request.set_flag(new_block ? kAppendFlag | kNewBlockFlag : kAppendFlag);
    auto response = co_await namenode().Append(std::move(request));
    if (!response.ok()) co_return response.status();
    const auto& stat = response->stat();
    WrittenFile file;
    file.path = path;
    file.file_id = stat.fileid();
    file.block_size = stat.blocksize();
    file.replication = stat.block_replication();
    file.checksum = context_->config().checksum;
    std::optional<pb::LocatedBlockProto> last;
    if (response->has_block()) last = response->block();
    co_return co_await MakeDfsAppendStream(context_, std::move(file), stat.length(), std::move(last));
  }

  Task<Result<std::unique_ptr<InputStream>>> Open(std::string path, bool verify) override {
    return OpenDfsFile(context_, std::move(path), verify);
  }

  Task<Result<bool>> Rename(std::string from, std::string to) override {
    pb::RenameRequestProto request;
    request.set_src(from);
    request.set_dst(to);
    auto response = co_await namenode().Rename(std::move(request));
    if (!response.ok()) co_return response.status();
    co_return response->result();
  }

  Task<Status> RenameTo(std::string from, std::string to, bool overwrite) override {
    pb::Rename2RequestProto request;
    request.set_src(from);
    request.set_dst(to);
    request.set_overwritedest(overwrite);
    auto response = co_await namenode().Rename2(std::move(request));
    co_return response.ok() ? Status::Ok() : response.status();
  }

  Task<Result<bool>> Delete(std::string path, bool recursive) override {
    pb::DeleteRequestProto request;
    request.set_src(path);
    request.set_recursive(recursive);
    auto response = co_await namenode().Delete(std::move(request));
    if (!response.ok()) co_return response.status();
    co_return response->result();
  }

  Task<Status> SetPermission(std::string path, uint32_t permission) override {
    pb::SetPermissionRequestProto request;
    request.set_src(path);
    request.mutable_permission()->set_perm(permission);
    auto response = co_await namenode().SetPermission(std::move(request));
    co_return response.ok() ? Status::Ok() : response.status();
  }

  Task<Status> SetOwner(std::string path, std::string owner, std::string group) override {
    pb::SetOwnerRequestProto request;
    request.set_src(path);
    if (!owner.empty()) request.set_username(owner);
    if (!group.empty()) request.set_groupname(group);
    auto response = co_await namenode().SetOwner(std::move(request));
    co_return response.ok() ? Status::Ok() : response.status();
  }

  Task<Status> SetTimes(std::string path, int64_t mtime_wall_ms, int64_t atime_wall_ms) override {
    pb::SetTimesRequestProto request;
    request.set_src(path);
    request.set_mtime(static_cast<uint64_t>(mtime_wall_ms));
    request.set_atime(static_cast<uint64_t>(atime_wall_ms));
    auto response = co_await namenode().SetTimes(std::move(request));
    co_return response.ok() ? Status::Ok() : response.status();
  }

  Task<Result<bool>> SetReplication(std::string path, uint32_t replication) override {
    pb::SetReplicationRequestProto request;
    request.set_src(path);
    request.set_replication(replication);
    auto response = co_await namenode().SetReplication(std::move(request));
    if (!response.ok()) co_return response.status();
    co_return response->result();
  }

  Task<Result<ContentSummary>> GetContentSummary(std::string path) override {
    pb::GetContentSummaryRequestProto request;
    request.set_path(path);
    auto response = co_await namenode().GetContentSummary(std::move(request));
    if (!response.ok()) co_return response.status();
    co_return SummaryFromProto(response->summary());
  }

  Task<Result<std::vector<BlockLocation>>> GetBlockLocations(std::string path, uint64_t offset,
                                                             uint64_t length) override {
    pb::GetBlockLocationsRequestProto request;
    request.set_src(path);
    request.set_offset(offset);
    request.set_length(length);
    auto response = co_await namenode().GetBlockLocations(std::move(request));
    if (!response.ok()) co_return response.status();
    if (!response->has_locations()) co_return NotFound(path);
    std::vector<BlockLocation> locations;
    for (const auto& block : response->locations().blocks()) locations.push_back(LocationFromProto(block));
    co_return locations;
  }

  Task<Result<std::optional<FileChecksum>>> GetFileChecksum(std::string path) override {
    auto checksum = co_await ComputeFileChecksum(context_, std::move(path));
    if (!checksum.ok()) co_return checksum.status();
    co_return std::optional<FileChecksum>(std::move(checksum).value());
  }

  Task<Result<FsUsage>> GetUsage(std::string) override {
    auto response = co_await namenode().GetFsStats(pb::GetFsStatusRequestProto());
    if (!response.ok()) co_return response.status();
    co_return FsUsage{response->capacity(), response->used(), response->remaining()};
  }

  Task<Result<ServerDefaults>> GetServerDefaults() override {
    auto response = co_await namenode().GetServerDefaults(pb::GetServerDefaultsRequestProto());
    if (!response.ok()) co_return response.status();
    const auto& defaults = response->serverdefaults();
    co_return ServerDefaults{defaults.blocksize(), defaults.replication(), defaults.trashinterval()};
  }

  Task<Status> Truncate(std::string path, uint64_t length, bool* done) override {
    pb::TruncateRequestProto request;
    request.set_src(path);
    request.set_newlength(length);
    request.set_clientname(context_->client_name());
    auto response = co_await namenode().Truncate(std::move(request));
    if (!response.ok()) co_return response.status();
    *done = response->result();
    co_return Status::Ok();
  }

  Task<Result<bool>> IsClosed(std::string path) override {
    pb::IsFileClosedRequestProto request;
    request.set_src(path);
    auto response = co_await namenode().IsFileClosed(std::move(request));
    if (!response.ok()) co_return response.status();
    co_return response->result();
  }

  Task<Status> Concat(std::string target, std::vector<std::string> sources) override {
    pb::ConcatRequestProto request;
    request.set_trg(target);
    for (const auto& source : sources) request.add_srcs(source);
    auto response = co_await namenode().Concat(std::move(request));
    co_return response.ok() ? Status::Ok() : response.status();
  }

  Task<Status> ModifyAclEntries(std::string path, std::vector<AclEntry> entries) override {
    return dfs::ModifyAclEntries(context_, std::move(path), std::move(entries));
  }
  Task<Status> RemoveAclEntries(std::string path, std::vector<AclEntry> entries) override {
    return dfs::RemoveAclEntries(context_, std::move(path), std::move(entries));
  }
  Task<Status> RemoveDefaultAcl(std::string path) override {
    return dfs::RemoveDefaultAcl(context_, std::move(path));
  }
  Task<Status> RemoveAcl(std::string path) override {
    return dfs::RemoveAcl(context_, std::move(path));
  }
  Task<Status> SetAcl(std::string path, std::vector<AclEntry> entries) override {
    return dfs::SetAcl(context_, std::move(path), std::move(entries));
  }
  Task<Result<AclStatus>> GetAclStatus(std::string path) override {
    return dfs::GetAclStatus(context_, std::move(path));
  }
  Task<Status> SetXAttr(std::string path, XAttr attribute, uint32_t flags) override {
    return dfs::SetXAttr(context_, std::move(path), std::move(attribute), flags);
  }
  Task<Status> RemoveXAttr(std::string path, XAttr attribute) override {
    return dfs::RemoveXAttr(context_, std::move(path), std::move(attribute));
  }
  Task<Result<std::vector<XAttr>>> GetXAttrs(std::string path, std::vector<XAttr> wanted) override {
    return dfs::GetXAttrs(context_, std::move(path), std::move(wanted));
  }
  Task<Result<std::vector<XAttr>>> ListXAttrs(std::string path) override {
    return dfs::ListXAttrs(context_, std::move(path));
  }
  Task<Status> SetStoragePolicy(std::string path, std::string policy) override {
    return dfs::SetStoragePolicy(context_, std::move(path), std::move(policy));
  }
  Task<Status> UnsetStoragePolicy(std::string path) override {
    return dfs::UnsetStoragePolicy(context_, std::move(path));
  }
  Task<Status> SatisfyStoragePolicy(std::string path) override {
    return dfs::SatisfyStoragePolicy(context_, std::move(path));
  }
  Task<Result<StoragePolicyInfo>> GetStoragePolicy(std::string path) override {
    return dfs::GetStoragePolicy(context_, std::move(path));
  }
  Task<Result<std::vector<StoragePolicyInfo>>> GetStoragePolicies() override {
    return dfs::GetStoragePolicies(context_);
  }
  Task<Result<QuotaUsage>> GetQuotaUsage(std::string path) override {
    return dfs::GetQuotaUsage(context_, std::move(path));
  }
  Task<Result<std::string>> GetLinkTarget(std::string path) override {
    return dfs::GetLinkTarget(context_, std::move(path));
  }
  Task<Status> CheckAccess(std::string path, uint8_t access) override {
    return dfs::CheckAccess(context_, std::move(path), access);
  }

  Task<void> Shutdown() override { return context_->Shutdown(); }
  DfsContext& context() { return *context_; }

 private:
  pb::ClientNamenodeProtocolClient& namenode() { return context_->namenode(); }
  static std::string ChildPath(const std::string& folder, const std::string& name) {
    return folder == "/" ? "/" + name : folder + "/" + name;
  }

  std::shared_ptr<DfsContext> context_;
  std::string uri_;
  std::string home_;
};

}  // namespace

DfsContext* ContextOf(FileSystem& fs) {
  auto* dfs = dynamic_cast<DfsFileSystem*>(&fs);
  return dfs == nullptr ? nullptr : &dfs->context();
}

std::unique_ptr<FileSystem> MakeDfsFileSystem(Env env, DfsClientConfig config, rpc::Client& rpc, HostPort namenode,
                                              std::string uri, rpc::ClientIdentity identity) {
  auto context = std::make_shared<DfsContext>(env, std::move(config), rpc, std::move(namenode), std::move(identity));
  return std::make_unique<DfsFileSystem>(std::move(context), std::move(uri));
}

Task<Result<std::optional<Token>>> FetchDelegationToken(hadoop::hdfs::ClientNamenodeProtocolClient namenode, Network& network,
                                                        HostPort server, std::string renewer) {
  hadoop::common::GetDelegationTokenRequestProto request;
  request.set_renewer(renewer);
  CO_ASSIGN_OR_RETURN(auto response, co_await namenode.GetDelegationToken(request));
  if (!response.has_token()) co_return std::optional<Token>();
  CO_ASSIGN_OR_RETURN(std::string ip, network.ResolveBlocking(server.host));
  co_return Token{response.token().identifier(), response.token().password(), response.token().kind(),
                  HostPort{ip, server.port}.ToString()};
}

Task<Result<std::optional<Token>>> TokenForContainers(FileSystem& fs, std::string renewer) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return std::optional<Token>();
  if (context->identity().token) co_return context->identity().token;
  CO_ASSIGN_OR_RETURN(const Path uri, Path::Parse(fs.uri()));
  CO_ASSIGN_OR_RETURN(HostPort server, HostPort::Parse(uri.authority(), kNamenodePort));
  co_return co_await FetchDelegationToken(context->namenode(), context->env().network, std::move(server), std::move(renewer));
}

}  // namespace tusk::dfs
