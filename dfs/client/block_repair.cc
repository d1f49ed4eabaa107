// Repair of a write pipeline: who failed, who takes the place, a new generation stamp, and everything that was not
// acknowledged once more.
#include "base/log/log.h"
#include "dfs/client/block_pipeline_internal.h"
#include "dfs/proto/ClientNamenodeProtocol.pb.h"
#include "dfs/proto/datatransfer.pb.h"

namespace tusk::dfs {

namespace pb = hadoop::hdfs;

namespace {
constexpr int kRepairsWithoutProgressMax = 5;
}

Task<Status> TellNamenode(DfsContext& context, pb::ExtendedBlockProto& block, uint64_t new_stamp,
                          const std::vector<pb::DatanodeInfoProto>& nodes, const std::vector<std::string>& storage_ids) {
  pb::UpdatePipelineRequestProto request;
  request.set_clientname(context.client_name());
  *request.mutable_oldblock() = block;
  *request.mutable_newblock() = block;
  request.mutable_newblock()->set_generationstamp(new_stamp);
  for (const auto& node : nodes) *request.add_newnodes() = node.id();
  for (const auto& id : storage_ids) request.add_storageids(id);
  auto told = co_await context.namenode().UpdatePipeline(std::move(request));
  if (!told.ok()) co_return told.status();
  block.set_generationstamp(new_stamp);
  co_return Status::Ok();
}

Task<Status> BlockWriter::RemoveBadNode() {
  if (bad_node_ < 0) co_return Status::Ok();
  auto bad = static_cast<size_t>(bad_node_);
  bad_node_ = -1;
  if (bad >= nodes_.size()) co_return Status::Ok();
  LogWarn("dfs-client", "datanode {} left out of the pipeline of block {}: {}", TransferAddress(nodes_[bad].id()),
          block_.blockid(), failure_.ToString());
  if (nodes_.size() == 1) {
    co_return Status(Code::kIOError, "All datanodes [DatanodeInfoWithStorage[" + TransferAddress(nodes_[bad].id()) +
                                         "," + storage_ids_[bad] + ",DISK]] are bad. Aborting...");
  }
  file_.failed.push_back(nodes_[bad]);
  nodes_.erase(nodes_.begin() + static_cast<ptrdiff_t>(bad));
  storage_types_.erase(storage_types_.begin() + static_cast<ptrdiff_t>(bad));
  storage_ids_.erase(storage_ids_.begin() + static_cast<ptrdiff_t>(bad));
  co_return Status::Ok();
}

bool BlockWriter::WantsReplacement() const {
  size_t live = nodes_.size();
  if (live == 0 || live >= file_.replication) return false;
  switch (context_.config().replace_datanode) {
    case ReplaceDatanodePolicy::kDisabled:
    case ReplaceDatanodePolicy::kNever: return false;
    case ReplaceDatanodePolicy::kAlways: return true;
    case ReplaceDatanodePolicy::kDefault:
      return file_.replication >= 3 && (live <= file_.replication / 2 || appending_ || flushed_);
  }
  return false;
}

Task<Status> BlockWriter::AddReplacement() {
  pb::GetAdditionalDatanodeRequestProto request;
  request.set_src(file_.path);
  *request.mutable_blk() = block_;
  for (const auto& node : nodes_) *request.add_existings() = node;
  for (const auto& node : file_.failed) *request.add_excludes() = node;
  for (const auto& id : storage_ids_) request.add_existingstorageuuids(id);
  request.set_numadditionalnodes(1);
  request.set_clientname(context_.client_name());
  request.set_fileid(file_.file_id);
  auto response = co_await context_.namenode().GetAdditionalDatanode(std::move(request));
  if (!response.ok()) co_return response.status();
  const pb::LocatedBlockProto& located = response->block();
  for (int i = 0; i < located.locs_size(); ++i) {
    bool known = false;
    for (const auto& node : nodes_) known |= node.id().datanodeuuid() == located.locs(i).id().datanodeuuid();
    if (known) continue;
    CO_RETURN_IF_ERROR(co_await Transfer(nodes_[0], located, i));
    nodes_.push_back(located.locs(i));
    storage_types_.push_back(i < located.storagetypes_size() ? located.storagetypes(i) : pb::DISK);
    storage_ids_.push_back(i < located.storageids_size() ? located.storageids(i) : "");
    co_return Status::Ok();
  }
  co_return Status(Code::kIOError,
                   "Failed to replace a bad datanode on the existing pipeline due to no more good datanodes being "
                   "available to try.");
}

Task<Status> BlockWriter::Transfer(const pb::DatanodeInfoProto& from, const pb::LocatedBlockProto& to, int index) {
  pb::OpTransferBlockProto op;
  auto* header = op.mutable_header();
  header->set_clientname(context_.client_name());
  *header->mutable_baseheader()->mutable_block() = block_;
  *header->mutable_baseheader()->mutable_token() = to.blocktoken();
  *op.add_targets() = to.locs(index);
  op.add_targetstoragetypes(index < to.storagetypes_size() ? to.storagetypes(index) : pb::DISK);
  op.add_targetstorageids(index < to.storageids_size() ? to.storageids(index) : "");
  std::string bytes = EncodeOp(Op::kTransferBlock, op);
  Env& env = context_.env();
  // The whole replica travels before the answer: allow for a slow disk.
  TimePoint deadline = env.clock.Now() + context_.config().socket_timeout * 5;
  auto stream = co_await env.network.Connect(context_.connections().AddressOf(from.id()), deadline);
  if (!stream.ok()) co_return stream.status();
  CO_RETURN_IF_ERROR(co_await (*stream)->Write(AsBytes(bytes), deadline));
  FrameReader reader(**stream, 4096);
  pb::BlockOpResponseProto response;
  CO_RETURN_IF_ERROR(co_await reader.ReadMessage(response, deadline));
  if (response.status() == pb::SUCCESS) co_return Status::Ok();
  co_return Status(Code::kIOError, "transfer of the block to " + TransferAddress(to.locs(index).id()) + " failed: " +
                                       response.message());
}

Task<Status> BlockWriter::RepairOnce(bool closing) {
  CO_RETURN_IF_ERROR(co_await RemoveBadNode());
  if (!closing && WantsReplacement()) {
    Status added = co_await AddReplacement();
    if (!added.ok()) {
      if (!context_.config().replace_best_effort) co_return added;
      LogWarn("dfs-client", "going on with {} datanodes: {}", nodes_.size(), added.ToString());
    }
  }
  pb::UpdateBlockForPipelineRequestProto request;
  *request.mutable_block() = block_;
  request.set_clientname(context_.client_name());
  auto updated = co_await context_.namenode().UpdateBlockForPipeline(std::move(request));
  if (!updated.ok()) co_return updated.status();
  uint64_t stamp = updated->block().b().generationstamp();
  token_ = updated->block().blocktoken();
  // Of an append that never got its pipeline some replicas are open and some finalized still.
  const Stage streaming = appending_ && !connected_once_ ? Stage::kAppendRecovery : Stage::kStreamingRecovery;
  Status connected = co_await Connect(closing ? Stage::kCloseRecovery : streaming, stamp);
  if (!connected.ok()) {
    failure_ = connected;
    if (bad_node_ < 0) bad_node_ = 0;
    co_return Status::Ok();  // once more, without that node
  }
  CO_RETURN_IF_ERROR(co_await TellNamenode(context_, block_, stamp, nodes_, storage_ids_));
  if (!closing && !unacked_.empty()) CO_RETURN_IF_ERROR(co_await Write(0));
  co_return Status::Ok();
}

Task<Status> BlockWriter::Repair(bool closing) {
  while (!failure_.ok()) {
    if (last_acked_seqno_ == last_repair_seqno_ && ++repairs_without_progress_ > kRepairsWithoutProgressMax) {
      co_return Status(Code::kIOError, "Failing write. Tried pipeline recovery 5 times without success.");
    }
    if (last_acked_seqno_ != last_repair_seqno_) repairs_without_progress_ = 0;
    last_repair_seqno_ = last_acked_seqno_;
    CO_RETURN_IF_ERROR(co_await RepairOnce(closing));
  }
  co_return Status::Ok();
}

}  // namespace tusk::dfs
