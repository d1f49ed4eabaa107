// The three coroutines of a write session.
#include "dfs/datanode/xfer/block_receiver.h"

#include <algorithm>
#include <utility>

#include "base/env/bulk_io.h"
#include "base/log/log.h"

namespace tusk::dfs::datanode {
namespace {

constexpr const char* kModule = "datanode.xfer";
constexpr size_t kSlabBytes = 512 << 10;
constexpr size_t kSlabsMax = 4;
constexpr size_t kPendingMax = 1024;
constexpr size_t kAckBatchBytes = 4 << 10;
constexpr uint64_t kBulkBytes = 8 << 20;    // of full packets in a row, after which they are gathered
constexpr size_t kGatherBytes = 256 << 10;  // what is worth a turn
constexpr Duration kGatherMax = std::chrono::milliseconds(10);  // far less than a window of 80 packets takes a slow client
constexpr uint64_t kWritebackBytes = 8 << 20;
constexpr Duration kDrainMax = std::chrono::seconds(10);

}  // namespace

BlockReceiver::BlockReceiver(XferContext& context, Stream& up, FrameReader& up_reader, Stream* down,
                             ReceiveOptions options, OpenReplica open)
    : context_(context),
      up_(up),
      up_reader_(up_reader),
      down_(down),
      options_(std::move(options)),
      open_(std::move(open)),
      tasks_(context.env.loop),
      slab_freed_(context.env.loop),
      work_arrived_(context.env.loop),
      progress_(context.env.loop),
      acked_(context.env.loop) {}

BlockReceiver::~BlockReceiver() = default;

Task<Status> BlockReceiver::Run() {
  ++context_.counters.writers;
  open_.hold->stop = [this] { Fail(Status(Code::kInterrupted, "the writer was stopped for a recovery")); };
  tasks_.Spawn(ReceiveLoop());
  tasks_.Spawn(WriteLoop());
  if (options_.send_acks) tasks_.Spawn(RespondLoop());
  co_await tasks_.Join();
  --context_.counters.writers;
  final_length_ = open_.writer != nullptr ? open_.writer->length() : open_.replica->block.length;
  if (open_.hold != nullptr) {
    open_.hold->stop = nullptr;
    co_await context_.store.Abandon(options_.pool_id, open_);
  }
  if (done_) co_return Status::Ok();
  co_return failure_.ok() ? Status(Code::kEndOfFile, "the writer closed the connection before the last packet") : failure_;
}

// Ends the session: connections are closed, each coroutine runs out.
void BlockReceiver::Fail(Status why) {
  if (failure_.ok()) failure_ = std::move(why);
  input_ended_ = true;
  up_.Close();
  if (down_ != nullptr) down_->Close();
  work_arrived_.Set();
  progress_.Set();
  acked_.Set();
  slab_freed_.Set();
}

// ---- receiving ----

Task<BlockReceiver::Slab*> BlockReceiver::FreeSlab(size_t bytes_min) {
  for (;;) {
    for (auto& slab : slabs_) {
      if (slab->users != 0) continue;
      if (slab->size < bytes_min) {
        slab->bytes.reset(new uint8_t[bytes_min]);
        slab->size = bytes_min;
      }
      slab->users = 1;
      co_return slab.get();
    }
    if (slabs_.size() < kSlabsMax) {
      slabs_.push_back(std::make_unique<Slab>());
      continue;
    }
    slab_freed_.Reset();
    if (!(co_await slab_freed_.Wait()).ok() || !failure_.ok()) co_return nullptr;
  }
}

void BlockReceiver::Release(Slab* slab) {
  if (--slab->users == 0) slab_freed_.Set();
}

Result<size_t> BlockReceiver::TakePackets(Slab& slab, size_t begin, size_t end, size_t* bytes_needed) {
  while (begin < end && !last_seen_) {
    ASSIGN_OR_RETURN(auto packet, ParsePacket(ByteView(slab.bytes.get() + begin, end - begin), bytes_needed));
    if (!packet.has_value()) break;
    ++slab.users;
    arrived_.push_back({*packet, &slab});
    begin += packet->whole.size();
    last_seen_ = packet->header.last_in_block;
    CountForBulk(*packet);
    if (options_.send_acks) {
      const PacketHeader& header = packet->header;
      pending_.push_back({header.seqno, static_cast<uint64_t>(header.offset_in_block) + header.data_length,
                          header.last_in_block, false, kTransferSuccess});
    }
  }
  if (begin == end) *bytes_needed = kPacketLengthsBytes;
  return begin;
}

void BlockReceiver::CountForBulk(const PacketView& packet) {
  bool full = packet.whole.size() >= packet_bytes_ && !packet.header.sync_block && !packet.header.last_in_block;
  bulk_bytes_ = full ? bulk_bytes_ + packet.whole.size() : 0;
  packet_bytes_ = std::max(packet_bytes_, packet.whole.size());
}

// `drained`: the last read took all that there was.
Task<Result<size_t>> BlockReceiver::ReadMore(MutableByteView room, bool drained) {
  bool gather = drained && bulk_bytes_ >= kBulkBytes;
  if (gather) co_await AwaitBytes(up_, std::min(kGatherBytes, room.size()), kGatherMax);
  auto count = co_await up_.ReadSome(room, context_.ReadDeadline());
  // Too slow, or waiting for the ack of each packet: not worth it.
  if (gather && count.ok() && *count < 2 * packet_bytes_) bulk_bytes_ = 0;
  co_return count;
}

Task<void> BlockReceiver::Forward(ByteView bytes) {
  if (down_ == nullptr || down_failed_) co_return;
  const TimePoint began = context_.env.clock.Now();
  Status sent = co_await down_->Write(bytes, context_.WriteDeadline());
  if (const Duration took = context_.env.clock.Now() - began; took > context_.options.slow_io) {
    ++context_.counters.packets_slow_to_mirror;
    LogWarn(kModule, "Slow BlockReceiver write packet to mirror took {}ms (threshold={}ms), downstream DNs=[{}], blockId={}, seqno={}",
            ToMillis(took), ToMillis(context_.options.slow_io), down_->remote().ToString(), open_.replica->block.id,
            arrived_.empty() ? -1 : arrived_.back().packet.header.seqno);
  }
  if (sent.ok() || !failure_.ok()) co_return;
  LogWarn(kModule, "{}: the next datanode is lost: {}", open_.replica->block.ToString(), sent.ToString());
  down_failed_ = true;
  down_->Close();
  progress_.Set();
}

Task<void> BlockReceiver::ReceiveLoop() {
  Slab* slab = co_await FreeSlab(std::max(kSlabBytes, up_reader_.buffered().size()));
  size_t begin = 0;
  size_t filled = up_reader_.buffered().size();
  size_t needed = kPacketLengthsBytes;
  bool drained = true;
  if (filled != 0) std::memcpy(slab->bytes.get(), up_reader_.buffered().data(), filled);
  up_reader_.Consume(filled);
  while (failure_.ok()) {
    auto taken = TakePackets(*slab, begin, filled, &needed);
    if (!taken.ok()) {
      Fail(taken.status());
      break;
    }
    if (*taken != begin) {
      ByteView whole(slab->bytes.get() + begin, *taken - begin);
      begin = *taken;
      work_arrived_.Set();
      co_await Forward(whole);
      if (last_seen_ || answered_error_) break;
    }
    // Room for the rest of the packet that is coming and, where the slab is nearly full, for many more.
    if (slab->size - begin < std::max(needed, kGatherBytes)) {
      Slab* next = co_await FreeSlab(std::max(kSlabBytes, needed));
      if (next == nullptr) break;
      std::memcpy(next->bytes.get(), slab->bytes.get() + begin, filled - begin);
      filled -= begin;
      begin = 0;
      Release(slab);
      slab = next;
    }
    MutableByteView room(slab->bytes.get() + filled, slab->size - filled);
    auto count = co_await ReadMore(room, drained);
    if (!count.ok() || *count == 0) {
      if (!count.ok() && !answered_error_) Fail(count.status());
      break;
    }
    filled += *count;
    drained = *count < room.size();
    while (pending_.size() > kPendingMax && failure_.ok()) {
      acked_.Reset();
      if (!(co_await acked_.Wait()).ok()) break;
    }
  }
  Release(slab);
  input_ended_ = true;
  work_arrived_.Set();
  if (!last_seen_) progress_.Set();
  if (!last_seen_ && (answered_error_ || failure_.code() == Code::kChecksumError)) co_await DrainUntilClosed();
  if (!last_seen_ && failure_.ok()) Fail(Status(Code::kEndOfFile, "the writer closed the connection before the last packet"));
}

// After an error ack: closing with unread input would reset the connection and could lose the ack.
Task<void> BlockReceiver::DrainUntilClosed() {
  std::vector<uint8_t> sink(64 << 10);
  TimePoint deadline = context_.env.loop.In(kDrainMax);
  for (;;) {
    auto count = co_await up_.ReadSome(sink, deadline);
    if (!count.ok() || *count == 0) co_return;
  }
}

// ---- writing ----

// The warnings have Hadoop's words: people search logs for them.
void BlockReceiver::CountBatch(const std::deque<Arrived>& batch, Duration writing, std::optional<Duration> syncing) {
  XferCounters& counters = context_.counters;
  Volume& volume = *open_.replica->volume;
  const int64_t seqno = batch.back().packet.header.seqno, threshold_ms = ToMillis(context_.options.slow_io);
  counters.packets_received += batch.size();
  counters.disk_write.Record(writing);
  volume.traffic.write.Record(writing);
  if (writing > context_.options.slow_io) {
    ++counters.packets_slow_to_disk;
    LogWarn(kModule, "Slow BlockReceiver write data to disk cost:{}ms (threshold={}ms), volume={}, blockId={}, seqno={}", ToMillis(writing),
            threshold_ms, volume.location().path, open_.replica->block.id, seqno);
  }
  if (!syncing) return;
  counters.disk_sync.Record(*syncing);
  volume.traffic.sync.Record(*syncing);
  if (*syncing <= context_.options.slow_io) return;
  ++counters.syncs_slow;
  LogWarn(kModule, "Slow flushOrSync took {}ms (threshold={}ms), isSync:true, flushTotalNanos=0ns, volume={}, blockId={}, seqno={}",
          ToMillis(*syncing), threshold_ms, volume.location().path, open_.replica->block.id, seqno);
}

Task<Status> BlockReceiver::WriteBatch(const std::deque<Arrived>& batch) {
  std::vector<PacketView> packets;
  bool sync = false;
  for (const Arrived& arrived : batch) {
    packets.push_back(arrived.packet);
    sync = sync || arrived.packet.header.sync_block;
  }
  uint64_t before = open_.writer->length();
  const Clock& clock = context_.env.clock;
  const TimePoint began = clock.Now();
  Duration syncing{};
  Status written = co_await context_.env.disk_pool.Run([&]() -> Status {
    RETURN_IF_ERROR(open_.writer->Write(packets, options_.verify));
    uint64_t length = open_.writer->length();
    if (context_.options.sync_behind_writes && length / kWritebackBytes != before / kWritebackBytes) open_.writer->StartWriteback();
    if (!sync) return Status::Ok();
    const TimePoint sync_began = clock.Now();
    const Status synced = open_.writer->Sync();
    syncing = clock.Now() - sync_began;
    return synced;
  });
  CountBatch(batch, clock.Now() - began - syncing, sync ? std::optional(syncing) : std::nullopt);
  options_.sync_each = options_.sync_each || sync;
  const uint64_t grown = open_.writer->length() - before;
  context_.counters.bytes_written += grown;
  open_.replica->volume->traffic.bytes_written += grown;
  if (!written.ok() && written.error_number() != 0) ++open_.replica->volume->traffic.errors;
  context_.store.Wrote(options_.pool_id, open_);
  if (written.ok() && options_.throttle != nullptr) co_return co_await options_.throttle->Take(grown);
  co_return written;
}

Task<void> BlockReceiver::WriteLoop() {
  Volume& volume = *open_.replica->volume;
  while (failure_.ok()) {
    if (arrived_.empty()) {
      if (input_ended_) break;
      work_arrived_.Reset();
      if (!(co_await work_arrived_.Wait()).ok()) break;
      continue;
    }
    std::deque<Arrived> batch;
    batch.swap(arrived_);
    bool last = batch.back().packet.header.last_in_block;
    Status written = co_await WriteBatch(batch);
    for (const Arrived& arrived : batch) Release(arrived.slab);
    if (written.ok() && last && failure_.ok()) {
      written = options_.finalize
                    ? co_await context_.store.Finalize(options_.pool_id, open_, options_.sync_each, options_.delete_hint)
                    : co_await context_.store.ConvertToRbw(options_.pool_id, open_);
      if (written.ok()) {
        ++context_.counters.blocks_written;
        context_.counters.write_op.Record(context_.env.clock.Now() - began_);
        done_ = done_ || !options_.send_acks;
      }
    }
    if (!written.ok()) {
      LogWarn(kModule, "{}: {}", open_.replica->block.ToString(), written.ToString());
      if (written.error_number() != 0) co_await context_.store.CheckVolume(volume, written);
    }
    bool bad_checksum = written.code() == Code::kChecksumError;
    if (bad_checksum) ++context_.counters.checksum_errors;
    if (!written.ok() && (!options_.send_acks || !bad_checksum)) {
      Fail(written);  // the client sees the link break and leaves this node out
      break;
    }
    for (size_t i = 0; i < batch.size() && options_.send_acks; ++i) {
      Pending& pending = pending_[pending_written_ + i];
      pending.written = true;
      if (bad_checksum && pending.end_offset > open_.writer->length()) pending.own = kTransferErrorChecksum;
    }
    pending_written_ += options_.send_acks ? batch.size() : 0;
    progress_.Set();
    if (bad_checksum) {
      failure_ = written;
      break;
    }
  }
  for (const Arrived& arrived : arrived_) Release(arrived.slab);
  arrived_.clear();
}

// ---- answering ----

// What was gathered goes up. False: the peer is lost.
Task<bool> BlockReceiver::SendUp(std::string* acks) {
  if (acks->empty()) co_return true;
  std::string out = std::exchange(*acks, std::string());
  const TimePoint began = context_.env.clock.Now();
  Status sent = co_await up_.Write(AsBytes(out), context_.WriteDeadline());
  if (const Duration took = context_.env.clock.Now() - began; took > context_.options.slow_io) {
    ++context_.counters.acks_slow_to_upstream;
    LogWarn(kModule, "Slow PacketResponder send ack to upstream took {}ms (threshold={}ms), {}", ToMillis(took),
            ToMillis(context_.options.slow_io), open_.replica->block.ToString());
  }
  if (!sent.ok() && !done_) Fail(sent);
  co_return sent.ok();
}

// Adds what the nodes below say of the packet, or that the next one is lost. False: this session has ended.
Task<bool> BlockReceiver::JoinFromBelow(FrameReader& down_reader, int64_t seqno, PipelineAck* ack) {
  Result<PipelineAck> below = Status(Code::kConnectionReset, "the next datanode is lost");
  if (!down_failed_) below = co_await down_reader.ReadPipelineAck(context_.ReadDeadline());
  // A Java datanode that has lost its next one says so with an ack for no packet.
  bool lost_further_down = below.ok() && below->seqno == kUnknownSeqno && !below->success();
  if (below.ok() && below->seqno != seqno && !lost_further_down) {
    below = Status(Code::kCorruption, "an ack for packet " + std::to_string(below->seqno) + " instead of " + std::to_string(seqno));
  }
  if (below.ok() && below->replies.empty()) below = Status(Code::kCorruption, "an ack without a reply");
  if (!failure_.ok() && !below.ok()) co_return false;
  if (!below.ok()) {
    LogInfo(kModule, "{}: no ack from the next datanode: {}", open_.replica->block.ToString(), below.status().ToString());
    down_failed_ = true;
    ack->Add(kTransferError);
    co_return true;
  }
  if (below->StatusOf(0) == kTransferErrorChecksum) {
    // The next node is good: what it got from here was not.
    Fail(Status(Code::kChecksumError, "the next datanode found a checksum error in what it got from this one"));
    co_return false;
  }
  for (size_t i = 0; i < below->replies.size(); ++i) {
    ack->replies.push_back(below->replies[i]);
    ack->flags.push_back(i < below->flags.size() ? below->flags[i] : static_cast<uint32_t>(below->replies[i]));
  }
  co_return true;
}

// One packet is written here: its ack goes up, now or with those of the next ones. False: no more are to be sent.
Task<bool> BlockReceiver::Respond(FrameReader* down_reader, std::string* acks) {
  Pending packet = pending_.front();
  PipelineAck ack;
  ack.seqno = packet.seqno;
  ack.Add(packet.own);
  if (down_reader != nullptr && packet.own == kTransferSuccess) {
    // What is ready need not wait for downstream.
    if (down_reader->buffered().empty() && !co_await SendUp(acks)) co_return false;
    if (!co_await JoinFromBelow(*down_reader, packet.seqno, &ack)) co_return false;
  }
  pending_.pop_front();
  --pending_written_;
  acked_.Set();
  bool good = ack.success();
  if (good && !packet.last) open_.replica->bytes_acked = std::max(open_.replica->bytes_acked, packet.end_offset);
  AppendPipelineAck(ack, acks);
  bool more_at_hand = pending_written_ != 0 && (down_reader == nullptr || !down_reader->buffered().empty());
  if (good && !packet.last && more_at_hand && acks->size() < kAckBatchBytes) co_return true;
  answered_error_ = !good;
  done_ = done_ || (good && packet.last);
  co_return co_await SendUp(acks) && good && !packet.last;
}

Task<void> BlockReceiver::RespondLoop() {
  std::unique_ptr<FrameReader> down_reader;
  if (down_ != nullptr) down_reader = std::make_unique<FrameReader>(*down_, 4 << 10);
  std::string acks;
  for (;;) {
    if (pending_written_ != 0) {
      if (!co_await Respond(down_reader.get(), &acks)) break;
      continue;
    }
    if (!acks.empty()) {
      if (!co_await SendUp(&acks)) break;
      continue;
    }
    if (!failure_.ok() || (input_ended_ && pending_.empty())) break;
    progress_.Reset();
    if (!(co_await progress_.Wait()).ok()) break;
  }
  if (answered_error_ && failure_.ok()) failure_ = Status(Code::kIOError, "a datanode of the pipeline failed");
  work_arrived_.Set();
  acked_.Set();
  slab_freed_.Set();
}

}  // namespace tusk::dfs::datanode
