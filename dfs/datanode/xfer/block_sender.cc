// Reads of a replica, packet by packet.
#include "dfs/datanode/xfer/block_sender.h"

#include <algorithm>

#include "base/env/page_cache.h"

namespace tusk::dfs::datanode {
namespace {

constexpr uint64_t kWindowBytesMin = 1 << 20;  // small, so that the first bytes leave soon
constexpr uint64_t kWindowBytesMax = 8 << 20;
constexpr uint64_t kThrottledPacketBytes = 64 << 10;  // small, so that the peer sees something come in before its time-out
constexpr Duration kGrowthWaitMax = std::chrono::seconds(3);
constexpr Duration kGrowthPoll = std::chrono::milliseconds(20);

}  // namespace

Task<Result<std::unique_ptr<BlockSender>>> BlockSender::Open(XferContext& context, ExtendedBlock block, uint64_t offset,
                                                             int64_t length, bool send_checksums) {
  EventLoop& loop = context.env.loop;
  TimePoint deadline = loop.In(kGrowthWaitMax);
  for (;;) {
    ReplicaPtr replica = context.store.Find(block.pool_id, block.block.id);
    if (replica == nullptr || replica->is_finalized() || length < 0) break;
    if (replica->block.length >= offset + static_cast<uint64_t>(length) || loop.Now() >= deadline) break;
    CO_RETURN_IF_ERROR(co_await SleepFor(loop, kGrowthPoll));
  }
  CO_ASSIGN_OR_RETURN(ReplicaReader opened, co_await context.store.OpenForRead(block));
  std::unique_ptr<BlockSender> sender(new BlockSender(context, std::move(opened)));
  if (const ReplicaPtr replica = context.store.Find(block.pool_id, block.block.id)) sender->volume_ = replica->volume;
  const ReplicaReader& reader = sender->reader_;
  uint64_t readable = length < 0 ? reader.visible_length : reader.length;
  uint64_t count = length < 0 ? readable - std::min(readable, offset) : static_cast<uint64_t>(length);
  if (offset > readable || count > readable - offset) {
    co_return Status(Code::kIOError, " Offset " + std::to_string(offset) + " and length " + std::to_string(count) +
                                         " don't match block " + block.ToString() + " ( blockLen " +
                                         std::to_string(readable) + " )");
  }
  sender->checksum_ = reader.checksum;
  if (!send_checksums) sender->checksum_.type = ChecksumType::kNull;
  const uint64_t chunk = reader.checksum.bytes_per_checksum;
  sender->begin_ = offset - offset % chunk;
  uint64_t end = offset + count;
  sender->end_ = std::min(reader.length, (end + chunk - 1) / chunk * chunk);
  sender->window_end_ = sender->begin_;
  if (count >= context.options.read_packet_bytes) sender->reader_.data->AdviseSequential(sender->begin_, sender->end_ - sender->begin_);
  co_return sender;
}

// One trip to the disk pool per window: reads its CRCs, and its data into the page cache, so that sendfile, which runs
// on the loop's thread, does not wait for the disk.
Task<Status> BlockSender::PrepareWindow(uint64_t at) {
  const uint64_t chunk = checksum_.bytes_per_checksum;
  window_bytes_ = std::clamp(window_bytes_ * 2, kWindowBytesMin, kWindowBytesMax);
  window_begin_ = at;
  window_end_ = std::min(end_, at + std::max(chunk, window_bytes_ / chunk * chunk));
  sums_.resize(checksum_.ChecksumBytesOf(window_end_ - window_begin_));
  const TimePoint began = context_.env.clock.Now();
  auto count = co_await context_.env.disk_pool.Run([this, at, chunk]() -> Result<size_t> {
    PopulatePageCache(*reader_.data, at, window_end_ - at);
    if (sums_.empty()) return size_t{0};
    return reader_.meta->ReadAt(kMetaHeaderBytes + at / chunk * kChecksumBytes, sums_);
  });
  if (volume_ != nullptr) volume_->traffic.read.Record(context_.env.clock.Now() - began);
  if (!count.ok()) {
    if (volume_ != nullptr) ++volume_->traffic.errors;
    co_return std::move(count).status();
  }
  if (sums_.empty()) co_return Status::Ok();
  bool partial = window_end_ == reader_.length && window_end_ % chunk != 0 && reader_.partial.end == window_end_;
  size_t needed = sums_.size() - (partial ? kChecksumBytes : 0);
  if (*count < needed) co_return Status(Code::kCorruption, "the meta file is too short");
  if (partial) StoreBigEndian(sums_.data() + needed, reader_.partial.crc);
  co_return Status::Ok();
}

Task<Status> BlockSender::SendData(Stream& stream, uint64_t at, uint64_t count) {
  if (reader_.data->fd() >= 0) co_return co_await stream.SendFile(*reader_.data, at, count, context_.WriteDeadline());
  std::vector<uint8_t> bytes(count);  // a simulated disk
  auto read = co_await context_.env.disk_pool.Run([&] { return reader_.data->ReadAt(at, bytes); });
  if (!read.ok()) co_return std::move(read).status();
  if (*read != count) co_return Status(Code::kEndOfFile, "the block file is too short");
  co_return co_await stream.Write(bytes, context_.WriteDeadline());
}

Task<Status> BlockSender::Send(Stream& stream) {
  const uint64_t chunk = checksum_.bytes_per_checksum;
  const uint64_t wanted_bytes = throttle_ != nullptr ? kThrottledPacketBytes : context_.options.read_packet_bytes;
  const uint64_t packet_bytes = std::max<uint64_t>(chunk, wanted_bytes / chunk * chunk);
  uint8_t head[kPacketHeaderRoom];
  int64_t seqno = 0;
  for (uint64_t at = begin_; at < end_;) {
    if (at >= window_end_) CO_RETURN_IF_ERROR(co_await PrepareWindow(at));
    uint64_t count = std::min(packet_bytes, window_end_ - at);
    if (throttle_ != nullptr) CO_RETURN_IF_ERROR(co_await throttle_->Take(count));
    size_t sum_bytes = checksum_.ChecksumBytesOf(count);
    PacketHeader header{static_cast<int64_t>(at), seqno++, false, static_cast<uint32_t>(count), false};
    size_t head_bytes = EncodePacketHeader(header, sum_bytes, head);
    std::vector<ByteView> parts{ByteView(head, head_bytes)};
    if (sum_bytes != 0) parts.push_back(ByteView(sums_).subspan((at - window_begin_) / chunk * kChecksumBytes, sum_bytes));
    CO_RETURN_IF_ERROR(co_await stream.WriteParts(std::move(parts), context_.WriteDeadline()));
    CO_RETURN_IF_ERROR(co_await SendData(stream, at, count));
    context_.counters.bytes_read += count;
    if (volume_ != nullptr) volume_->traffic.bytes_read += count;
    at += count;
  }
  size_t head_bytes = EncodePacketHeader({static_cast<int64_t>(end_), seqno, true, 0, false}, 0, head);
  co_return co_await stream.Write(ByteView(head, head_bytes), context_.WriteDeadline());
}

}  // namespace tusk::dfs::datanode
