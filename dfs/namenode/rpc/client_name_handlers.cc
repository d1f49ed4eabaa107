// Names and attributes.
#include "dfs/namenode/rpc/client_name_handlers.h"

#include <array>

#include "dfs/namenode/namespace/attribute_ops.h"
#include "dfs/namenode/namespace/directory_ops.h"
#include "dfs/namenode/namespace/storage_policies.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

namespace {

constexpr std::array<std::string_view, 13> kMethods = {
    "mkdirs",   "delete",         "rename",           "rename2",            "setPermission",          "setOwner",
    "setTimes", "setReplication", "setStoragePolicy", "unsetStoragePolicy", "satisfyStoragePolicy", "createSymlink",
    "setQuota"};

template <typename Resp>
Result<Resp> Answer(const Status& status) {
  if (!status.ok()) return status;
  return Resp();
}

template <typename Resp>
Result<Resp> Answer(const Result<bool>& result) {
  if (!result.ok()) return result.status();
  Resp response;
  response.set_result(*result);
  return response;
}

// Set-uid and set-gid bits and whatever stands above them are dropped.
uint16_t ModeOf(const wire::FsPermissionProto& permission) { return static_cast<uint16_t>(permission.perm() & 01777); }

}  // namespace

std::vector<rpc::Method> ClientNameHandlers::methods() {
  return OnlyMethods(wire::ClientNamenodeProtocolService::methods(), kMethods);
}

Task<Result<wire::MkdirsResponseProto>> ClientNameHandlers::Mkdirs(rpc::CallContext& call,
                                                                   const wire::MkdirsRequestProto& request) {
  return Change<wire::MkdirsResponseProto>(call, "mkdirs", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
    std::optional<uint16_t> unmasked;
    if (request.has_unmasked()) unmasked = ModeOf(request.unmasked());
    return Answer<wire::MkdirsResponseProto>(
        dfs::Mkdirs(ns(), at, request.src(), ModeOf(request.masked()), request.createparent(), edit, unmasked));
  });
}

Task<Result<wire::DeleteResponseProto>> ClientNameHandlers::Delete(rpc::CallContext& call,
                                                                   const wire::DeleteRequestProto& request) {
  Result<wire::DeleteResponseProto> response = co_await Change<wire::DeleteResponseProto>(
      call, "delete", Remember::kYes, [this, &request](const Call& at, Edit& edit) {
        return Answer<wire::DeleteResponseProto>(dfs::Delete(ns(), at, request.src(), request.recursive(), edit));
      });
  context().driver.DeletionsWait();
  co_return response;
}

Task<Result<wire::RenameResponseProto>> ClientNameHandlers::Rename(rpc::CallContext& call,
                                                                   const wire::RenameRequestProto& request) {
  return Change<wire::RenameResponseProto>(call, "rename", Remember::kYes, [this, &request](const Call& at, Edit& edit) {
    return Answer<wire::RenameResponseProto>(dfs::Rename(ns(), at, request.src(), request.dst(), edit));
  });
}

Task<Result<wire::Rename2ResponseProto>> ClientNameHandlers::Rename2(rpc::CallContext& call,
                                                                     const wire::Rename2RequestProto& request) {
  return Change<wire::Rename2ResponseProto>(call, "rename2", Remember::kYes, [this, &request](const Call& at, Edit& edit) {
    Status allowed = request.movetotrash() ? CheckDelete(ns(), at, request.src()) : Status::Ok();
    if (!allowed.ok()) return Answer<wire::Rename2ResponseProto>(std::move(allowed));
    return Answer<wire::Rename2ResponseProto>(
        dfs::Rename2(ns(), at, request.src(), request.dst(), request.overwritedest(), edit));
  });
}

Task<Result<wire::SetPermissionResponseProto>> ClientNameHandlers::SetPermission(
    rpc::CallContext& call, const wire::SetPermissionRequestProto& request) {
  return Change<wire::SetPermissionResponseProto>(
      call, "setPermission", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
        return Answer<wire::SetPermissionResponseProto>(
            dfs::SetPermission(ns(), at, request.src(), ModeOf(request.permission()), edit));
      });
}

Task<Result<wire::SetOwnerResponseProto>> ClientNameHandlers::SetOwner(rpc::CallContext& call,
                                                                       const wire::SetOwnerRequestProto& request) {
  return Change<wire::SetOwnerResponseProto>(call, "setOwner", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
    return Answer<wire::SetOwnerResponseProto>(
        dfs::SetOwner(ns(), at, request.src(), request.username(), request.groupname(), edit));
  });
}

Task<Result<wire::SetTimesResponseProto>> ClientNameHandlers::SetTimes(rpc::CallContext& call,
                                                                       const wire::SetTimesRequestProto& request) {
  return Change<wire::SetTimesResponseProto>(call, "setTimes", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
    return Answer<wire::SetTimesResponseProto>(dfs::SetTimes(ns(), at, request.src(),
                                                             static_cast<int64_t>(request.mtime()),
                                                             static_cast<int64_t>(request.atime()), edit));
  });
}

Task<Result<wire::SetReplicationResponseProto>> ClientNameHandlers::SetReplication(
    rpc::CallContext& call, const wire::SetReplicationRequestProto& request) {
  return Change<wire::SetReplicationResponseProto>(
      call, "setReplication", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
        return Answer<wire::SetReplicationResponseProto>(
            dfs::SetReplication(ns(), at, request.src(), request.replication(), edit));
      });
}

Task<Result<wire::SetQuotaResponseProto>> ClientNameHandlers::SetQuota(rpc::CallContext& call,
                                                                       const wire::SetQuotaRequestProto& request) {
  return Change<wire::SetQuotaResponseProto>(
      call, "setQuota", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
        int type = request.has_storagetype() ? static_cast<int>(request.storagetype()) : 0;
        return Answer<wire::SetQuotaResponseProto>(
            dfs::SetQuota(ns(), at, request.path(), static_cast<int64_t>(request.namespacequota()),
                          static_cast<int64_t>(request.storagespacequota()), type, edit));
      });
}

Task<Result<wire::SetStoragePolicyResponseProto>> ClientNameHandlers::SetStoragePolicy(
    rpc::CallContext& call, const wire::SetStoragePolicyRequestProto& request) {
  return Change<wire::SetStoragePolicyResponseProto>(
      call, "setStoragePolicy", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
        return Answer<wire::SetStoragePolicyResponseProto>(
            dfs::SetStoragePolicy(ns(), at, request.src(), request.policyname(), edit));
      });
}

Task<Result<wire::UnsetStoragePolicyResponseProto>> ClientNameHandlers::UnsetStoragePolicy(
    rpc::CallContext& call, const wire::UnsetStoragePolicyRequestProto& request) {
  return Change<wire::UnsetStoragePolicyResponseProto>(
      call, "unsetStoragePolicy", Remember::kNo, [this, &request](const Call& at, Edit& edit) {
        return Answer<wire::UnsetStoragePolicyResponseProto>(dfs::UnsetStoragePolicy(ns(), at, request.src(), edit));
      });
}

// What Hadoop answers while nobody runs its satisfier.
Task<Result<wire::SatisfyStoragePolicyResponseProto>> ClientNameHandlers::SatisfyStoragePolicy(
    rpc::CallContext&, const wire::SatisfyStoragePolicyRequestProto&) {
  co_return UnsupportedAction(
      "Cannot request to satisfy storage policy when storage policy satisfier feature has been disabled by admin. Seek "
      "for an admin help to enable it or use Mover tool.");
}

Task<Result<wire::CreateSymlinkResponseProto>> ClientNameHandlers::CreateSymlink(rpc::CallContext&,
                                                                                 const wire::CreateSymlinkRequestProto&) {
  co_return Status(Code::kUnsupported, "Symlinks not supported");
}

}  // namespace tusk::dfs
