// Questions about the namespace.
#include "dfs/namenode/rpc/client_read_handlers.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "dfs/namenode/namespace/query_ops.h"
#include "dfs/namenode/rpc/namespace_wire.h"
#include "dfs/namenode/namespace/storage_policies.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

namespace {

constexpr std::array<std::string_view, 19> kMethods = {
    "getBatchedListing", "getFileInfo",        "getFileLinkInfo",  "getLocatedFileInfo",     "getListing",           "getBlockLocations",
    "getContentSummary",  "getQuotaUsage",    "getPreferredBlockSize",  "isFileClosed",         "checkAccess",
    "getLinkTarget",      "getServerDefaults", "getStoragePolicy",      "getStoragePolicies",   "getEnclosingRoot", "msync",              "getDataEncryptionKey", "getCurrentEditLogTxid"};

constexpr int64_t kWholeFile = INT64_MAX;
constexpr int kBatchedPathsMax = 100;  // dfs.batched.ls.limit

}  // namespace

std::vector<rpc::Method> ClientReadHandlers::methods() {
  return OnlyMethods(wire::ClientNamenodeProtocolService::methods(), kMethods);
}

Task<Result<wire::GetFileInfoResponseProto>> ClientReadHandlers::GetFileInfo(rpc::CallContext& call,
                                                                             const wire::GetFileInfoRequestProto& request) {
  Caller caller = CallerOf(call);
  CO_ASSIGN_OR_RETURN(InodeRef inode, dfs::GetFileInfo(ns(), At(caller), request.src()));
  wire::GetFileInfoResponseProto answer;
  if (inode != nullptr) FillFileStatus(ns(), *inode, "", *answer.mutable_fs());
  co_return answer;
}

Task<Result<wire::GetFileLinkInfoResponseProto>> ClientReadHandlers::GetFileLinkInfo(
    rpc::CallContext& call, const wire::GetFileLinkInfoRequestProto& request) {
  Caller caller = CallerOf(call);
  CO_ASSIGN_OR_RETURN(InodeRef inode, dfs::GetFileInfo(ns(), At(caller), request.src()));
  wire::GetFileLinkInfoResponseProto answer;
  if (inode != nullptr) FillFileStatus(ns(), *inode, "", *answer.mutable_fs());
  co_return answer;
}

Task<Result<wire::GetLocatedFileInfoResponseProto>> ClientReadHandlers::GetLocatedFileInfo(
    rpc::CallContext& call, const wire::GetLocatedFileInfoRequestProto& request) {
  Caller caller = CallerOf(call);
  Call at = At(caller);
  CO_ASSIGN_OR_RETURN(InodeRef inode, dfs::GetFileInfo(ns(), at, request.src()));
  wire::GetLocatedFileInfoResponseProto answer;
  if (inode == nullptr) co_return answer;
  if (ns().ChecksPermissions(at) && inode->is_file()) {
    CO_RETURN_IF_ERROR(dfs::GetExisting(ns(), at, request.src(), kReadAccess));
  }
  FillFileStatus(ns(), *inode, "", *answer.mutable_fs());
  if (inode->is_file()) {
    FileBlocks blocks = BlocksOf(ns(), inode, 0, kWholeFile);
    FillLocatedBlocks(ns(), blocks, caller.host, at.now, *answer.mutable_fs()->mutable_locations());
    Sign(caller, kAccessRead, answer.mutable_fs()->mutable_locations());
  }
  co_return answer;
}

Task<Result<wire::GetListingResponseProto>> ClientReadHandlers::GetListing(rpc::CallContext& call,
                                                                           const wire::GetListingRequestProto& request) {
  Caller caller = CallerOf(call);
  Call at = At(caller);
  CO_ASSIGN_OR_RETURN(std::optional<Listing> listing, dfs::GetListing(ns(), at, request.src(), request.startafter(),
                                                                      request.needlocation()));
  wire::GetListingResponseProto answer;
  if (!listing) co_return answer;
  answer.mutable_dirlist()->set_remainingentries(static_cast<uint32_t>(listing->remaining));
  FillListing(*listing, caller, at.now, request.needlocation(),
              [&answer] { return answer.mutable_dirlist()->add_partiallisting(); });
  co_return answer;
}

void ClientReadHandlers::FillListing(const Listing& listing, const Caller& caller, TimePoint now, bool locations,
                                     const std::function<wire::HdfsFileStatusProto*()>& add) {
  uint8_t inherited = 0;
  if (!listing.entries.empty()) {
    Result<InodeRef> parent = ns().tree().ById(listing.entries.front()->parent);
    if (parent.ok() && *parent != nullptr) inherited = ns().EffectivePolicy(**parent);
  }
  for (const InodeRef& entry : listing.entries) {
    wire::HdfsFileStatusProto& status = *add();
    uint8_t policy = entry->storage_policy != 0 ? entry->storage_policy : inherited;
    FillFileStatus(*entry, policy, listing.of_file ? std::string_view() : std::string_view(entry->name), status);
    if (locations && entry->is_file()) {
      FileBlocks blocks = BlocksOf(ns(), entry, 0, kWholeFile);
      FillLocatedBlocks(ns(), blocks, caller.host, now, *status.mutable_locations());
      Sign(caller, kAccessRead, status.mutable_locations());
    }
  }
}

namespace {

// Where a batched listing goes on: index of the path, then the last name given in it.
std::string BatchKey(int path, const std::string& after) { return std::to_string(path) + ":" + after; }
int PathOfBatchKey(const std::string& key, std::string& after) {
  size_t colon = key.find(':');
  if (colon == std::string::npos) return 0;
  after = key.substr(colon + 1);
  return static_cast<int>(std::strtol(key.c_str(), nullptr, 10));
}

}  // namespace

Task<Result<wire::GetBatchedListingResponseProto>> ClientReadHandlers::GetBatchedListing(
    rpc::CallContext& call, const wire::GetBatchedListingRequestProto& request) {
  if (request.paths_size() > kBatchedPathsMax) {
    co_return Status(Code::kInvalidArgument, "Too many source paths (" + std::to_string(request.paths_size()) + " > " +
                                                 std::to_string(kBatchedPathsMax) + ")");
  }
  Caller caller = CallerOf(call);
  Call at = At(caller);
  wire::GetBatchedListingResponseProto answer;
  answer.set_hasmore(false);
  answer.set_startafter("");
  std::string after;
  int entries = 0;
  for (int i = std::max(0, PathOfBatchKey(request.startafter(), after)); i < request.paths_size(); ++i) {
    wire::BatchedDirectoryListingProto& one = *answer.add_listings();
    one.set_parentidx(static_cast<uint32_t>(i));
    Result<std::optional<Listing>> listing =
        dfs::GetListing(ns(), at, request.paths(i), std::exchange(after, {}), request.needlocation());
    Status missing(Code::kFileNotFound, "Path " + request.paths(i) + " does not exist");
    if (!listing.ok() || !listing->has_value()) {
      const Status& error = listing.ok() ? missing : listing.status();
      one.mutable_exception()->set_classname(std::string(error.java_class()));
      one.mutable_exception()->set_message(std::string(error.message()));
      continue;
    }
    FillListing(**listing, caller, at.now, request.needlocation(), [&one] { return one.add_partiallisting(); });
    entries += one.partiallisting_size();
    const bool more_here = (*listing)->remaining > 0;
    if (!more_here && (entries < ns().limits().listing_max || i + 1 == request.paths_size())) continue;
    answer.set_hasmore(true);
    answer.set_startafter(more_here ? BatchKey(i, (*listing)->entries.back()->name) : BatchKey(i + 1, ""));
    break;
  }
  co_return answer;
}

Task<Result<wire::GetBlockLocationsResponseProto>> ClientReadHandlers::GetBlockLocations(
    rpc::CallContext& call, const wire::GetBlockLocationsRequestProto& request) {
  Caller caller = CallerOf(call);
  Call at = At(caller);
  Edit edit(ns().counters());
  CO_ASSIGN_OR_RETURN(FileBlocks blocks, dfs::GetBlockLocations(ns(), at, request.src(),
                                                                static_cast<int64_t>(request.offset()),
                                                                static_cast<int64_t>(request.length()), edit));
  wire::GetBlockLocationsResponseProto answer;
  FillLocatedBlocks(ns(), blocks, caller.host, at.now, *answer.mutable_locations());
  // In safe mode a block without a place may get one when its datanode reports: the reader had better come back.
  for (const auto& block : answer.locations().blocks()) {
    if (block.locs_size() > 0) continue;
    CO_RETURN_IF_ERROR(ns().blocks().safe_mode().Refuse("Zero blocklocations for " + request.src(),
                                                        ns().identity().host_name, at.now));
    break;
  }
  Sign(caller, kAccessRead, answer.mutable_locations());
  context().driver.CommitLater(std::move(edit), {"accessTime", {}, {}}, at);
  co_return answer;
}

namespace {

// All types with a quota or none, as Hadoop tells them.
void FillTypeQuotas(const SubtreeSummary& sum, wire::StorageTypeQuotaInfosProto& to) {
  for (int type : kQuotaTypes) {
    wire::StorageTypeQuotaInfoProto& info = *to.add_typequotainfo();
    info.set_type(static_cast<wire::StorageTypeProto>(type));
    int64_t quota = kQuotaNone;
    for (const StorageTypeQuota& set : sum.type_quotas) {
      if (set.type == type) quota = set.bytes;
    }
    info.set_quota(static_cast<uint64_t>(quota));
    info.set_consumed(static_cast<uint64_t>(sum.type_consumed[static_cast<size_t>(type)]));
  }
}

bool TellsTypes(const SubtreeSummary& sum) {
  bool consumed = std::any_of(sum.type_consumed.begin(), sum.type_consumed.end(), [](int64_t bytes) { return bytes != 0; });
  return consumed || !sum.type_quotas.empty();
}

}  // namespace

Task<Result<wire::GetContentSummaryResponseProto>> ClientReadHandlers::GetContentSummary(
    rpc::CallContext& call, const wire::GetContentSummaryRequestProto& request) {
  Caller caller = CallerOf(call);
  CO_ASSIGN_OR_RETURN(SubtreeSummary sum, dfs::GetContentSummary(ns(), At(caller), request.path()));
  wire::GetContentSummaryResponseProto answer;
  wire::ContentSummaryProto& to = *answer.mutable_summary();
  to.set_length(sum.length);
  to.set_filecount(sum.files);
  to.set_directorycount(sum.directories);
  to.set_quota(static_cast<uint64_t>(sum.namespace_quota));
  to.set_spaceconsumed(sum.space_consumed);
  to.set_spacequota(static_cast<uint64_t>(sum.space_quota));
  to.set_snapshotlength(0);
  to.set_snapshotfilecount(0);
  to.set_snapshotdirectorycount(0);
  to.set_snapshotspaceconsumed(0);
  to.set_erasurecodingpolicy(sum.of_file ? "Replicated" : "");
  if (TellsTypes(sum)) FillTypeQuotas(sum, *to.mutable_typequotainfos());
  co_return answer;
}

Task<Result<wire::GetQuotaUsageResponseProto>> ClientReadHandlers::GetQuotaUsage(
    rpc::CallContext& call, const wire::GetQuotaUsageRequestProto& request) {
  Caller caller = CallerOf(call);
  CO_ASSIGN_OR_RETURN(SubtreeSummary sum, dfs::GetQuotaUsage(ns(), At(caller), request.path()));
  wire::GetQuotaUsageResponseProto answer;
  wire::QuotaUsageProto& to = *answer.mutable_usage();
  to.set_fileanddirectorycount(sum.files);
  to.set_quota(static_cast<uint64_t>(sum.namespace_quota));
  to.set_spaceconsumed(sum.space_consumed);
  to.set_spacequota(static_cast<uint64_t>(sum.space_quota));
  if (TellsTypes(sum)) FillTypeQuotas(sum, *to.mutable_typequotainfos());
  co_return answer;
}

Task<Result<wire::GetPreferredBlockSizeResponseProto>> ClientReadHandlers::GetPreferredBlockSize(
    rpc::CallContext& call, const wire::GetPreferredBlockSizeRequestProto& request) {
  Caller caller = CallerOf(call);
  CO_ASSIGN_OR_RETURN(InodeRef file, GetExisting(ns(), At(caller), request.filename(), 0));
  if (!file->is_file()) co_return Status(Code::kFileNotFound, "Path is not a file: " + request.filename());
  wire::GetPreferredBlockSizeResponseProto answer;
  answer.set_bsize(static_cast<uint64_t>(file->block_size));
  co_return answer;
}

Task<Result<wire::IsFileClosedResponseProto>> ClientReadHandlers::IsFileClosed(
    rpc::CallContext& call, const wire::IsFileClosedRequestProto& request) {
  Caller caller = CallerOf(call);
  CO_ASSIGN_OR_RETURN(bool closed, dfs::IsFileClosed(ns(), At(caller), request.src()));
  wire::IsFileClosedResponseProto answer;
  answer.set_result(closed);
  co_return answer;
}

Task<Result<wire::CheckAccessResponseProto>> ClientReadHandlers::CheckAccess(rpc::CallContext& call,
                                                                             const wire::CheckAccessRequestProto& request) {
  Caller caller = CallerOf(call);
  Call at = At(caller);
  CO_ASSIGN_OR_RETURN(ResolvedPath path, ns().Resolve(at, request.path(), PathUse::kRead));
  if (!path.exists()) co_return Status(Code::kFileNotFound, "Path not found: " + request.path());
  CO_RETURN_IF_ERROR(ns().CheckTarget(at, path, static_cast<uint8_t>(request.mode())));
  co_return wire::CheckAccessResponseProto();
}

Task<Result<wire::GetLinkTargetResponseProto>> ClientReadHandlers::GetLinkTarget(
    rpc::CallContext& call, const wire::GetLinkTargetRequestProto& request) {
  Caller caller = CallerOf(call);
  CO_ASSIGN_OR_RETURN(InodeRef inode, dfs::GetFileInfo(ns(), At(caller), request.path()));
  if (inode == nullptr) co_return Status(Code::kFileNotFound, "File does not exist: " + request.path());
  if (inode->type != InodeType::kSymlink) {
    co_return Status(Code::kIOError, "Path " + request.path() + " is not a symbolic link");
  }
  wire::GetLinkTargetResponseProto answer;
  answer.set_targetpath(inode->symlink_target);
  co_return answer;
}

Task<Result<wire::GetServerDefaultsResponseProto>> ClientReadHandlers::GetServerDefaults(
    rpc::CallContext&, const wire::GetServerDefaultsRequestProto&) {
  const ServerDefaultsConfig& defaults = context().defaults;
  wire::GetServerDefaultsResponseProto answer;
  wire::FsServerDefaultsProto& to = *answer.mutable_serverdefaults();
  to.set_blocksize(static_cast<uint64_t>(defaults.block_size));
  to.set_bytesperchecksum(static_cast<uint32_t>(defaults.bytes_per_checksum));
  to.set_writepacketsize(static_cast<uint32_t>(defaults.write_packet_size));
  to.set_replication(static_cast<uint32_t>(defaults.replication));
  to.set_filebuffersize(static_cast<uint32_t>(defaults.file_buffer_size));
  to.set_encryptdatatransfer(defaults.encrypt_data_transfer);
  to.set_trashinterval(static_cast<uint64_t>(defaults.trash_interval_minutes));
  to.set_checksumtype(wire::CHECKSUM_CRC32C);
  to.set_keyprovideruri("");  // absent would let an old configuration of the client decide
  to.set_policyid(kDefaultStoragePolicy);
  to.set_snapshottrashrootenabled(false);
  co_return answer;
}

Task<Result<wire::GetStoragePolicyResponseProto>> ClientReadHandlers::GetStoragePolicy(
    rpc::CallContext& call, const wire::GetStoragePolicyRequestProto& request) {
  Caller caller = CallerOf(call);
  Call at = At(caller);
  CO_ASSIGN_OR_RETURN(ResolvedPath path, ns().Resolve(at, request.path(), PathUse::kRead));
  if (!path.exists()) co_return Status(Code::kFileNotFound, "File/Directory does not exist: " + request.path());
  const StoragePolicy* policy = FindStoragePolicy(ns().EffectivePolicy(*path.target()));
  if (policy == nullptr) policy = FindStoragePolicy(kDefaultStoragePolicy);
  wire::GetStoragePolicyResponseProto answer;
  FillStoragePolicy(*policy, *answer.mutable_storagepolicy());
  co_return answer;
}

Task<Result<wire::GetStoragePoliciesResponseProto>> ClientReadHandlers::GetStoragePolicies(
    rpc::CallContext&, const wire::GetStoragePoliciesRequestProto&) {
  wire::GetStoragePoliciesResponseProto answer;
  for (const StoragePolicy& policy : StoragePolicies()) FillStoragePolicy(policy, *answer.add_policies());
  co_return answer;
}

Task<Result<wire::GetEnclosingRootResponseProto>> ClientReadHandlers::GetEnclosingRoot(
    rpc::CallContext&, const wire::GetEnclosingRootRequestProto&) {
  wire::GetEnclosingRootResponseProto answer;
  answer.set_enclosingrootpath("/");
  co_return answer;
}

Task<Result<wire::MsyncResponseProto>> ClientReadHandlers::Msync(rpc::CallContext&, const wire::MsyncRequestProto&) {
  co_return wire::MsyncResponseProto();
}

Task<Result<wire::GetDataEncryptionKeyResponseProto>> ClientReadHandlers::GetDataEncryptionKey(
    rpc::CallContext&, const wire::GetDataEncryptionKeyRequestProto&) {
  co_return wire::GetDataEncryptionKeyResponseProto();  // data transfer is not encrypted
}

Task<Result<wire::GetCurrentEditLogTxidResponseProto>> ClientReadHandlers::GetCurrentEditLogTxid(
    rpc::CallContext& call, const wire::GetCurrentEditLogTxidRequestProto&) {
  CO_RETURN_IF_ERROR(CheckSuperuser(CallerOf(call), "getCurrentEditLogTxid"));
  wire::GetCurrentEditLogTxidResponseProto answer;
  answer.set_txid(context().driver.durable_txid());
  co_return answer;
}

}  // namespace tusk::dfs
