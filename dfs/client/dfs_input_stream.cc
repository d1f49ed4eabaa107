// Reading a file of hdfs://: locations, choice of replicas, falling over to another one, reports of bad ones.
#include "dfs/client/dfs_input_stream.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/log/log.h"
#include "dfs/client/block_reader.h"
#include "dfs/client/local/short_circuit.h"
#include "dfs/common/block_token.h"
#include "dfs/common/data_transfer.h"
#include "dfs/proto/ClientDatanodeProtocol.pb.h"
#include "dfs/proto/ClientDatanodeProtocol.rpc.h"
#include "dfs/proto/ClientNamenodeProtocol.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {
namespace {

namespace pb = hadoop::hdfs;

constexpr int kLastBlockRetries = 3;              // Hadoop's dfs.client.retry.times.get-last-block-length
constexpr Duration kLastBlockPause = std::chrono::seconds(4);  // ...interval-ms.get-last-block-length

class DfsInputStream : public InputStream {
 public:
  DfsInputStream(std::shared_ptr<DfsContext> context, std::string path, bool verify)
      : context_(std::move(context)), path_(std::move(path)), verify_(verify) {}

  Task<Status> Open();
  Task<Result<size_t>> Read(MutableByteView out) override;
  Task<Result<size_t>> ReadAt(uint64_t offset, MutableByteView out) override;
  Status Seek(uint64_t offset) override;
  uint64_t position() const override { return position_; }
  uint64_t length() const override { return length_; }
  Task<Status> Close() override {
    reader_ = nullptr;
    closed_ = true;
    co_return Status::Ok();
  }

 private:
  // Locations of [offset, offset+length), merged into blocks_.
  Task<Status> Locate(uint64_t offset, uint64_t length);
  // What open() knows. False where nobody is known to have the last block, which is being written.
  Task<Result<bool>> Fetch();
  Task<Result<uint64_t>> VisibleLength(const pb::LocatedBlockProto& block);
  // The block that holds `offset`; fetched if it is not known yet.
  Task<Result<pb::LocatedBlockProto*>> BlockAt(uint64_t offset);
  uint64_t SizeOf(const pb::LocatedBlockProto& block) const;
  // A reader of [offset, end) within one block, from the first replica that answers. Sets node_.
  Task<Result<std::unique_ptr<BlockSource>>> OpenReader(uint64_t offset, uint64_t end);
  Task<Result<std::unique_ptr<BlockSource>>> OpenReplica(const pb::LocatedBlockProto& block, int node, uint64_t from, uint64_t length);
  // `source` has failed with `why` at `offset` of the file.
  Task<void> NoteFailure(const BlockSource& source, const Status& why, uint64_t offset);

  std::shared_ptr<DfsContext> context_;
  std::string path_;
  bool verify_;
  bool closed_ = false;
  uint64_t length_ = 0;
  bool last_is_open_ = false;  // the last block was being written when the file was opened
  uint64_t position_ = 0;
  std::vector<std::unique_ptr<pb::LocatedBlockProto>> blocks_;  // sorted by offset; pointers stay valid
  std::vector<std::unique_ptr<pb::LocatedBlockProto>> retired_;  // replaced, maybe still used by a reader
  std::unique_ptr<BlockSource> reader_;  // of sequential reads
  ByteView piece_;                       // what reader_ has given and is not consumed
  std::string node_;                     // whom the last reader asked
  std::set<std::string> dead_;           // addresses that failed this stream
  int failures_ = 0;                     // since the last byte that arrived
};

Task<Status> DfsInputStream::Locate(uint64_t offset, uint64_t length) {
  pb::GetBlockLocationsRequestProto request;
  request.set_src(path_);
  request.set_offset(offset);
  request.set_length(length);
  auto response = co_await context_->namenode().GetBlockLocations(std::move(request));
  if (!response.ok()) co_return response.status();
  if (!response->has_locations()) co_return Status(Code::kFileNotFound, "File does not exist: " + path_);
  for (auto& block : *response->mutable_locations()->mutable_blocks()) {
    auto at = std::lower_bound(blocks_.begin(), blocks_.end(), block.offset(),
                               [](const auto& known, uint64_t wanted) { return known->offset() < wanted; });
    auto fresh = std::make_unique<pb::LocatedBlockProto>(std::move(block));
    if (at != blocks_.end() && (*at)->offset() == fresh->offset()) {
      retired_.push_back(std::move(*at));
      *at = std::move(fresh);
    } else {
      blocks_.insert(at, std::move(fresh));
    }
  }
  co_return Status::Ok();
}

// The first that has promised bytes to a reader says how many. Where none has, the block is empty only if all say that
// they have not got it: of one that cannot be asked, or has found its replica after a crash, nobody knows.
Task<Result<uint64_t>> DfsInputStream::VisibleLength(const pb::LocatedBlockProto& block) {
  int without = 0;
  for (const auto& node : block.locs()) {
    HostPort address{node.id().ipaddr(), static_cast<uint16_t>(node.id().ipcport())};
    rpc::CallOptions options;
    options.retries_max = 0;
    options.timeout = context_->config().socket_timeout;
    rpc::ClientIdentity identity = context_->identity();
    if (!block.blocktoken().identifier().empty()) {
      // A connection of its own, as it may ask about this block only.
      identity.user = ExtendedBlock(FromProto(block.b())).block.ToString();
      identity.token = FromProto(block.blocktoken());
    }
    pb::ClientDatanodeProtocolClient client(rpc::Channel(context_->rpc(), address, std::move(identity), options));
    pb::GetReplicaVisibleLengthRequestProto request;
    *request.mutable_block() = block.b();
    auto response = co_await client.GetReplicaVisibleLength(std::move(request));
    if (response.ok() && response->length() != kNoVisibleLength) co_return response->length();
    if (response.code() == Code::kReplicaNotFound && block.b().numbytes() == 0) ++without;
    LogInfo("dfs-client", "visible length of {} from {}: {}", block.b().blockid(), address.ToString(),
            response.ok() ? "it waits for its recovery" : response.status().ToString());
  }
  if (without == block.locs_size() && without > 0) co_return uint64_t{0};  // allocated, and nothing sent yet
  co_return Status(Code::kIOError, "Cannot obtain block length for " + std::to_string(block.b().blockid()) + " of " + path_);
}

Task<Result<bool>> DfsInputStream::Fetch() {
  pb::GetBlockLocationsRequestProto request;
  request.set_src(path_);
  request.set_offset(0);
  request.set_length(10 * context_->config().block_size);
  auto response = co_await context_->namenode().GetBlockLocations(std::move(request));
  if (!response.ok()) co_return response.status();
  if (!response->has_locations()) co_return Status(Code::kFileNotFound, "File does not exist: " + path_);
  const pb::LocatedBlocksProto& locations = response->locations();
  if (locations.has_ecpolicy() || locations.has_fileencryptioninfo()) {
    co_return Status(Code::kUnsupported, path_ + " is erasure coded or encrypted, which this client cannot read yet");
  }
  length_ = locations.filelength();
  blocks_.clear();
  for (const auto& block : locations.blocks()) {
    blocks_.push_back(std::make_unique<pb::LocatedBlockProto>(block));
  }
  last_is_open_ = locations.has_lastblock() && !locations.islastblockcomplete();
  if (!last_is_open_) co_return true;
  if (locations.lastblock().locs_size() == 0) co_return false;
  auto last = std::make_unique<pb::LocatedBlockProto>(locations.lastblock());
  CO_ASSIGN_OR_RETURN(const uint64_t visible, co_await VisibleLength(*last));
  last->mutable_b()->set_numbytes(visible);
  length_ += visible;
  while (!blocks_.empty() && blocks_.back()->offset() >= last->offset()) blocks_.pop_back();
  if (visible > 0) blocks_.push_back(std::move(last));
  co_return true;
}

// A namenode that has just started knows an open block from the reports of its datanodes only.
Task<Status> DfsInputStream::Open() {
  for (int tries = 0;; ++tries) {
    CO_ASSIGN_OR_RETURN(const bool located, co_await Fetch());
    if (located) co_return Status::Ok();
    if (tries == kLastBlockRetries) co_return Status(Code::kIOError, "Could not obtain the last block locations of " + path_ + ".");
    LogWarn("dfs-client", "last block of {}: no datanode has reported it; asking again", path_);
    CO_RETURN_IF_ERROR(co_await SleepFor(context_->env().loop, kLastBlockPause));
  }
}

uint64_t DfsInputStream::SizeOf(const pb::LocatedBlockProto& block) const {
  return std::min<uint64_t>(block.b().numbytes(), length_ - std::min(length_, block.offset()));
}

Task<Result<pb::LocatedBlockProto*>> DfsInputStream::BlockAt(uint64_t offset) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto after = std::upper_bound(blocks_.begin(), blocks_.end(), offset,
                                  [](uint64_t wanted, const auto& known) { return wanted < known->offset(); });
    if (after != blocks_.begin()) {
      pb::LocatedBlockProto* block = (after - 1)->get();
      if (offset < block->offset() + SizeOf(*block)) co_return block;
    }
    if (attempt == 0) CO_RETURN_IF_ERROR(co_await Locate(offset, 10 * context_->config().block_size));
  }
  co_return Status(Code::kIOError, "no block at offset " + std::to_string(offset) + " of " + path_);
}

// From this machine's own files where that is possible. What is still being written changes under a reader's hands.
Task<Result<std::unique_ptr<BlockSource>>> DfsInputStream::OpenReplica(const pb::LocatedBlockProto& block, int node, uint64_t from,
                                                                       uint64_t length) {
  if (!last_is_open_ || block.offset() + SizeOf(block) < length_) {
    auto local = co_await context_->short_circuit().Open(block, {node, from, length, verify_});
    if (local != nullptr) co_return local;
  }
  CO_ASSIGN_OR_RETURN(std::unique_ptr<BlockSource> remote, co_await BlockReader::Open(*context_, block, node, from, length, verify_));
  co_return remote;
}

Task<Result<std::unique_ptr<BlockSource>>> DfsInputStream::OpenReader(uint64_t offset, uint64_t end) {
  for (;;) {
    CO_ASSIGN_OR_RETURN(pb::LocatedBlockProto * block, co_await BlockAt(offset));
    uint64_t from = offset - block->offset();
    uint64_t to = std::min(end - block->offset(), SizeOf(*block));
    bool refetch = false;
    for (int i = 0; i < block->locs_size() && !refetch; ++i) {
      std::string address = TransferAddress(block->locs(i).id());
      if (dead_.contains(address)) continue;
      auto reader = co_await OpenReplica(*block, i, from, to - from);
      if (reader.ok()) {
        node_ = address;
        co_return reader;
      }
      LogInfo("dfs-client", "{} of {}: {}", block->b().blockid(), path_, reader.status().ToString());
      refetch = reader.code() == Code::kInvalidToken && failures_ == 0;
      if (refetch) {
        ++failures_;
      } else {
        dead_.insert(address);
      }
    }
    if (!refetch) {
      if (failures_ >= context_->config().block_acquire_failures_max) {
        co_return Status(Code::kIOError, "Could not obtain block: " + block->b().poolid() + ":blk_" +
                                             std::to_string(block->b().blockid()) + "_" +
                                             std::to_string(block->b().generationstamp()) + " file=" + path_ +
                                             " No live nodes contain current block Block locations: Dead nodes: ");
      }
      ++failures_;
      dead_.clear();
      // The first repetition is at once: a datanode may just have come back or a replica have moved.
      if (failures_ > 1) {
        CO_RETURN_IF_ERROR(co_await SleepFor(context_->env().loop, Millis(1000) * failures_));
      }
    }
    uint64_t length_before = length_;
    CO_RETURN_IF_ERROR(co_await Locate(offset, 1));
    length_ = length_before;
  }
}

Task<void> DfsInputStream::NoteFailure(const BlockSource& source, const Status& why, uint64_t offset) {
  if (source.local()) {
    auto block = co_await BlockAt(offset);
    if (block.ok()) context_->short_circuit().Distrust(**block);
    co_return;
  }
  LogWarn("dfs-client", "reading {} from {}: {}", path_, node_, why.ToString());
  dead_.insert(node_);
  if (why.code() != Code::kChecksumError) co_return;
  auto block = co_await BlockAt(offset);
  if (!block.ok()) co_return;
  pb::ReportBadBlocksRequestProto request;
  auto* bad = request.add_blocks();
  *bad = **block;
  bad->clear_locs();
  bad->clear_storagetypes();
  bad->clear_storageids();
  for (int i = 0; i < (*block)->locs_size(); ++i) {
    if (TransferAddress((*block)->locs(i).id()) != node_) continue;
    *bad->add_locs() = (*block)->locs(i);
    if (i < (*block)->storagetypes_size()) bad->add_storagetypes((*block)->storagetypes(i));
    if (i < (*block)->storageids_size()) bad->add_storageids((*block)->storageids(i));
  }
  auto told = co_await context_->namenode().ReportBadBlocks(std::move(request));
  if (!told.ok()) LogWarn("dfs-client", "bad block not reported: {}", told.status().ToString());
}

Task<Result<size_t>> DfsInputStream::Read(MutableByteView out) {
  if (closed_) co_return Status(Code::kIOError, "Stream is closed!");
  if (out.empty()) co_return size_t{0};
  while (piece_.empty()) {
    if (position_ >= length_) co_return size_t{0};
    if (reader_ == nullptr) {
      auto reader = co_await OpenReader(position_, length_);
      if (!reader.ok()) co_return reader.status();
      reader_ = std::move(reader).value();
    }
    if (reader_->reads_into()) {
      auto count = co_await reader_->ReadInto(out);
      if (count.ok() && *count > 0) {
        failures_ = 0;
        position_ += *count;
        co_return *count;
      }
      auto done = std::move(reader_);
      if (!count.ok()) co_await NoteFailure(*done, count.status(), position_);
      continue;
    }
    auto piece = co_await reader_->Next();
    if (!piece.ok()) {
      auto failed = std::move(reader_);
      co_await NoteFailure(*failed, piece.status(), position_);
      continue;
    }
    piece_ = *piece;
    if (piece_.empty()) reader_ = nullptr;  // this block is read
  }
  failures_ = 0;
  size_t count = std::min(out.size(), piece_.size());
  std::memcpy(out.data(), piece_.data(), count);
  piece_ = piece_.subspan(count);
  position_ += count;
  co_return count;
}

// Of a range that is no longer than `out`.
Task<Result<size_t>> ReadOn(BlockSource& source, MutableByteView out) {
  if (source.reads_into() && !out.empty()) co_return co_await source.ReadInto(out);
  CO_ASSIGN_OR_RETURN(ByteView piece, co_await source.Next());
  if (!piece.empty()) std::memcpy(out.data(), piece.data(), piece.size());
  co_return piece.size();
}

Task<Result<size_t>> DfsInputStream::ReadAt(uint64_t offset, MutableByteView out) {
  if (closed_) co_return Status(Code::kIOError, "Stream is closed!");
  size_t done = 0;
  while (done < out.size() && offset + done < length_) {
    uint64_t at = offset + done;
    auto reader = co_await OpenReader(at, std::min<uint64_t>(length_, offset + out.size()));
    if (!reader.ok()) co_return reader.status();
    std::string node = node_;
    for (;;) {
      auto count = co_await ReadOn(**reader, out.subspan(done));
      if (!count.ok()) {
        node_ = node;
        co_await NoteFailure(**reader, count.status(), at);
        break;
      }
      if (*count == 0) break;
      done += *count;
      failures_ = 0;
    }
  }
  co_return done;
}

Status DfsInputStream::Seek(uint64_t offset) {
  if (closed_) return Status(Code::kIOError, "Stream is closed!");
  if (offset > length_) return Status(Code::kEndOfFile, "Cannot seek after EOF");
  if (offset >= position_ && offset - position_ <= piece_.size() && !piece_.empty()) {
    piece_ = piece_.subspan(offset - position_);
  } else if (offset != position_) {
    reader_ = nullptr;
    piece_ = {};
  }
  position_ = offset;
  return Status::Ok();
}

}  // namespace

Task<Result<std::unique_ptr<InputStream>>> OpenDfsFile(std::shared_ptr<DfsContext> context, std::string path,
                                                       bool verify) {
  auto stream = std::make_unique<DfsInputStream>(std::move(context), std::move(path), verify);
  CO_RETURN_IF_ERROR(co_await stream->Open());
  co_return std::unique_ptr<InputStream>(std::move(stream));
}

}  // namespace tusk::dfs
