// Files being written.
#include "dfs/namenode/rpc/client_write_handlers.h"

#include <array>

#include "dfs/namenode/blocks/block_messages.h"
#include "dfs/namenode/namespace/file_ops.h"
#include "dfs/namenode/namespace/lease_ops.h"
#include "dfs/namenode/rpc/namespace_wire.h"

namespace tusk::dfs {

namespace wire = hadoop::hdfs;

namespace {

constexpr std::array<std::string_view, 12> kMethods = {
    "create", "append",     "addBlock",     "abandonBlock", "complete", "fsync", "updateBlockForPipeline",
    "updatePipeline", "renewLease", "recoverLease", "truncate", "concat"};

// Blocks of another pool are none of ours.
Status CheckPool(const Namesystem& ns, const wire::ExtendedBlockProto& block) {
  if (block.poolid() == ns.identity().block_pool_id) return Status::Ok();
  return Status(Code::kIOError, "Unexpected BlockPoolId " + block.poolid() + " - expected " + ns.identity().block_pool_id);
}

CreateRequest FromRequest(const wire::CreateRequestProto& request, const std::string& machine) {
  CreateRequest create;
  create.path = request.src();
  create.mode = static_cast<uint16_t>(request.masked().perm() & 01777);
  if (request.has_unmasked()) create.unmasked = static_cast<uint16_t>(request.unmasked().perm() & 01777);
  create.client_name = request.clientname();
  create.client_machine = machine;
  create.flags = request.createflag();
  create.create_parent = request.createparent();
  create.storage_policy = request.storagepolicy();
  create.replication = request.replication();
  create.block_size = static_cast<int64_t>(request.blocksize());
  return create;
}

}  // namespace

std::vector<rpc::Method> ClientWriteHandlers::methods() {
  return OnlyMethods(wire::ClientNamenodeProtocolService::methods(), kMethods);
}

Task<Result<wire::CreateResponseProto>> ClientWriteHandlers::Create(rpc::CallContext& call,
                                                                    const wire::CreateRequestProto& request) {
  if (!request.ecpolicyname().empty() && request.ecpolicyname() != "replication") {
    co_return Status(Code::kHadoopIllegalArgument, "Policy '" + request.ecpolicyname() +
                                                       "' does not match any enabled erasure coding policies: []. An "
                                                       "erasure coding policy can be enabled by enableErasureCodingPolicy "
                                                       "API.");
  }
  CreateRequest create = FromRequest(request, call.remote.host);
  Result<wire::CreateResponseProto> response = co_await Change<wire::CreateResponseProto>(
      call, "create", Remember::kYes,
      [this, &create](const Call& at, Edit& edit) -> Result<wire::CreateResponseProto> {
        ASSIGN_OR_RETURN(InodeRef file, dfs::Create(ns(), at, create, edit));
        wire::CreateResponseProto answer;
        FillFileStatus(*file, ns().EffectivePolicy(*file, &edit), "", *answer.mutable_fs());
        return answer;
      });
  co_return response;
}

Task<Result<wire::AppendResponseProto>> ClientWriteHandlers::Append(rpc::CallContext& call,
                                                                    const wire::AppendRequestProto& request) {
  const std::string& machine = call.remote.host;
  return Change<wire::AppendResponseProto>(
      call, "append", Remember::kYes,
      [this, &request, &machine](const Call& at, Edit& edit) -> Result<wire::AppendResponseProto> {
        bool new_block = (request.flag() & kFlagNewBlock) != 0;
        ASSIGN_OR_RETURN(Appended appended,
                         dfs::Append(ns(), at, request.src(), request.clientname(), machine, new_block, edit));
        wire::AppendResponseProto answer;
        FillFileStatus(ns(), *appended.file, "", *answer.mutable_stat());
        if (appended.last_block) {
          const AllocatedBlock& last = *appended.last_block;
          FillAllocatedBlock(ns(), last.block, last.offset, last.targets, *answer.mutable_block());
          Sign(at.caller, kAccessWrite, answer.mutable_block());
        }
        return answer;
      });
}

Task<Result<wire::AddBlockResponseProto>> ClientWriteHandlers::AddBlock(rpc::CallContext& call,
                                                                        const wire::AddBlockRequestProto& request) {
  return Change<wire::AddBlockResponseProto>(
      call, "addBlock", Remember::kNo,
      [this, &request](const Call& at, Edit& edit) -> Result<wire::AddBlockResponseProto> {
        AddBlockRequest add;
        add.path = request.src();
        add.client_name = request.clientname();
        add.file_id = static_cast<InodeId>(request.fileid());
        if (request.has_previous()) {
          RETURN_IF_ERROR(CheckPool(ns(), request.previous()));
          add.previous = SpecFrom(request.previous());
        }
        const DatanodeRegistry& registry = ns().blocks().registry();
        for (const wire::DatanodeInfoProto& node : request.excludenodes()) {
          if (const Datanode* known = registry.FindByUuid(node.id().datanodeuuid())) add.excluded.push_back(known->index);
        }
        add.favored.assign(request.favorednodes().begin(), request.favorednodes().end());
        for (int flag : request.flags()) {
          add.avoid_local = add.avoid_local || flag == wire::NO_LOCAL_WRITE;
          add.ignore_locality = add.ignore_locality || flag == wire::IGNORE_CLIENT_LOCALITY;
        }
        ASSIGN_OR_RETURN(AllocatedBlock block, dfs::AddBlock(ns(), at, add, edit));
        wire::AddBlockResponseProto answer;
        FillAllocatedBlock(ns(), block.block, block.offset, block.targets, *answer.mutable_block());
        Sign(at.caller, kAccessWrite, answer.mutable_block());
        return answer;
      });
}

Task<Result<wire::AbandonBlockResponseProto>> ClientWriteHandlers::AbandonBlock(
    rpc::CallContext& call, const wire::AbandonBlockRequestProto& request) {
  return Change<wire::AbandonBlockResponseProto>(
      call, "abandonBlock", Remember::kNo,
      [this, &request](const Call& at, Edit& edit) -> Result<wire::AbandonBlockResponseProto> {
        RETURN_IF_ERROR(dfs::AbandonBlock(ns(), at, request.src(), static_cast<InodeId>(request.fileid()),
                                          request.holder(), SpecFrom(request.b()), edit));
        return wire::AbandonBlockResponseProto();
      });
}

Task<Result<wire::CompleteResponseProto>> ClientWriteHandlers::Complete(rpc::CallContext& call,
                                                                        const wire::CompleteRequestProto& request) {
  return Change<wire::CompleteResponseProto>(
      call, "complete", Remember::kNo,
      [this, &request](const Call& at, Edit& edit) -> Result<wire::CompleteResponseProto> {
        std::optional<BlockSpec> last;
        if (request.has_last()) {
          RETURN_IF_ERROR(CheckPool(ns(), request.last()));
          last = SpecFrom(request.last());
        }
        ASSIGN_OR_RETURN(bool closed, dfs::Complete(ns(), at, request.src(), static_cast<InodeId>(request.fileid()),
                                                    request.clientname(), last, edit));
        wire::CompleteResponseProto answer;
        answer.set_result(closed);
        return answer;
      });
}

Task<Result<wire::FsyncResponseProto>> ClientWriteHandlers::Fsync(rpc::CallContext& call,
                                                                  const wire::FsyncRequestProto& request) {
  return Change<wire::FsyncResponseProto>(
      call, "fsync", Remember::kNo, [this, &request](const Call& at, Edit& edit) -> Result<wire::FsyncResponseProto> {
        RETURN_IF_ERROR(dfs::Fsync(ns(), at, request.src(), static_cast<InodeId>(request.fileid()), request.client(),
                                   request.lastblocklength(), edit));
        return wire::FsyncResponseProto();
      });
}

Task<Result<wire::UpdateBlockForPipelineResponseProto>> ClientWriteHandlers::UpdateBlockForPipeline(
    rpc::CallContext& call, const wire::UpdateBlockForPipelineRequestProto& request) {
  return Change<wire::UpdateBlockForPipelineResponseProto>(
      call, "updateBlockForPipeline", Remember::kNo,
      [this, &request](const Call& at, Edit& edit) -> Result<wire::UpdateBlockForPipelineResponseProto> {
        ASSIGN_OR_RETURN(BlockSpec block,
                         dfs::UpdateBlockForPipeline(ns(), at, SpecFrom(request.block()), request.clientname(), edit));
        wire::UpdateBlockForPipelineResponseProto answer;
        FillAllocatedBlock(ns(), block, -1, {}, *answer.mutable_block());
        Sign(at.caller, kAccessWrite, answer.mutable_block());
        return answer;
      });
}

Task<Result<wire::UpdatePipelineResponseProto>> ClientWriteHandlers::UpdatePipeline(
    rpc::CallContext& call, const wire::UpdatePipelineRequestProto& request) {
  return Change<wire::UpdatePipelineResponseProto>(
      call, "updatePipeline", Remember::kYes,
      [this, &request](const Call& at, Edit& edit) -> Result<wire::UpdatePipelineResponseProto> {
        RETURN_IF_ERROR(CheckPool(ns(), request.oldblock()));
        const DatanodeRegistry& registry = ns().blocks().registry();
        std::vector<StorageIndex> targets;
        for (int i = 0; i < request.newnodes_size() && i < request.storageids_size(); ++i) {
          StorageIndex storage = registry.FindStorage(request.newnodes(i).datanodeuuid(), request.storageids(i));
          if (storage != kNoIndex) targets.push_back(storage);
        }
        RETURN_IF_ERROR(dfs::UpdatePipeline(ns(), at, request.clientname(), SpecFrom(request.oldblock()),
                                            SpecFrom(request.newblock()), targets, edit));
        return wire::UpdatePipelineResponseProto();
      });
}

Task<Result<wire::RenewLeaseResponseProto>> ClientWriteHandlers::RenewLease(rpc::CallContext&,
                                                                            const wire::RenewLeaseRequestProto& request) {
  ns().leases().Renew(request.clientname(), context().env.loop.Now());
  co_return wire::RenewLeaseResponseProto();
}

Task<Result<wire::RecoverLeaseResponseProto>> ClientWriteHandlers::RecoverLease(
    rpc::CallContext& call, const wire::RecoverLeaseRequestProto& request) {
  const std::string& machine = call.remote.host;
  return Change<wire::RecoverLeaseResponseProto>(
      call, "recoverLease", Remember::kNo,
      [this, &request, &machine](const Call& at, Edit& edit) -> Result<wire::RecoverLeaseResponseProto> {
        ASSIGN_OR_RETURN(bool closed, dfs::RecoverLease(ns(), at, request.src(), request.clientname(), machine, edit));
        wire::RecoverLeaseResponseProto answer;
        answer.set_result(closed);
        return answer;
      });
}

Task<Result<wire::TruncateResponseProto>> ClientWriteHandlers::Truncate(rpc::CallContext& call,
                                                                        const wire::TruncateRequestProto& request) {
  const std::string& machine = call.remote.host;
  return Change<wire::TruncateResponseProto>(
      call, "truncate", Remember::kYes,
      [this, &request, &machine](const Call& at, Edit& edit) -> Result<wire::TruncateResponseProto> {
        ASSIGN_OR_RETURN(bool done, dfs::Truncate(ns(), at, request.src(), static_cast<int64_t>(request.newlength()),
                                                  request.clientname(), machine, edit));
        wire::TruncateResponseProto answer;
        answer.set_result(done);
        return answer;
      });
}

Task<Result<wire::ConcatResponseProto>> ClientWriteHandlers::Concat(rpc::CallContext& call,
                                                                    const wire::ConcatRequestProto& request) {
  return Change<wire::ConcatResponseProto>(
      call, "concat", Remember::kYes, [this, &request](const Call& at, Edit& edit) -> Result<wire::ConcatResponseProto> {
        std::vector<std::string> sources(request.srcs().begin(), request.srcs().end());
        RETURN_IF_ERROR(dfs::Concat(ns(), at, request.trg(), sources, edit));
        return wire::ConcatResponseProto();
      });
}

}  // namespace tusk::dfs
