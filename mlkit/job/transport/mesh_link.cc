// Moving messages over a mesh.
#include "mlkit/job/transport/mesh_link.h"

#include <cstring>
#include <string>

namespace tusk::ml {
namespace {

constexpr uint32_t kMessageMagic = 0x4d4b4d54;  // "TMKM"
constexpr size_t kFirstPiece = 32 << 20;   // of a message of any length

struct MessageHeader {
  uint32_t magic = kMessageMagic;
  uint32_t operation = 0;
  uint64_t epoch = 0;
  uint64_t sequence = 0;
  uint64_t length = 0;
};
static_assert(sizeof(MessageHeader) == 32);

}  // namespace

struct MeshLink::Sending {
  Channel* channel = nullptr;  // null: done
  MessageHeader header;
  ByteView body;
  size_t done = 0;

  size_t total() const { return sizeof header + body.size(); }
};

struct MeshLink::Receiving {
  Channel* channel = nullptr;  // null: done
  const Inbox* in = nullptr;
  MessageTag tag;
  MessageHeader header;
  size_t header_done = 0, body_done = 0;
  MutableByteView target;      // where the body goes, unless it is consumed
};

MeshLink::~MeshLink() = default;

Result<std::unique_ptr<MeshLink>> MeshLink::Connect(MeshSetup setup, const Descriptor& listener, const Clock& clock,
                                                    ::tusk::Random& random, const AbortSignal& abort) {
  ASSIGN_OR_RETURN(std::vector<std::unique_ptr<Channel>> channels, ConnectMesh(setup, listener, clock, random, abort));
  std::unique_ptr<MeshLink> link(new MeshLink(std::move(setup), clock, abort));
  link->channels_ = std::move(channels);
  return link;
}

Status MeshLink::TakeHeader(Receiving& receiving) {
  const MessageHeader& header = receiving.header;
  if (header.magic != kMessageMagic || header.length > kMessageBytesMax) return Status(Code::kCorruption, "not a message of a rank");
  if (header.epoch != setup_.epoch) return Status(Code::kCancelled, "a message of epoch " + std::to_string(header.epoch) + " in " + std::to_string(setup_.epoch));
  if (header.sequence != receiving.tag.sequence || header.operation != receiving.tag.operation) {
    return Status(Code::kInternal, "the ranks make different calls: number " + std::to_string(receiving.tag.sequence) + " is of kind " +
                                       std::to_string(receiving.tag.operation) + " here and " + std::to_string(header.operation) +
                                       " (number " + std::to_string(header.sequence) + ") there");
  }
  if (receiving.in->any_length) {
    receiving.in->any_length->clear();
    return Status::Ok();
  }
  const size_t wanted = receiving.in->consume ? receiving.in->consume_length : receiving.in->exact.size();
  if (header.length != wanted) {
    return Status(Code::kInternal, "a rank sent " + std::to_string(header.length) + " bytes where " + std::to_string(wanted) + " are expected");
  }
  receiving.target = receiving.in->exact;
  return Status::Ok();
}

// Room for what comes next of a message of any length: no more than as much as has come already, beyond a first piece.
void MeshLink::Grow(Receiving& receiving) {
  std::vector<uint8_t>& bytes = *receiving.in->any_length;
  bytes.resize(std::min<size_t>(receiving.header.length, std::max(kFirstPiece, 2 * bytes.size())));
  receiving.target = bytes;
}

// One try at everything; false if nothing moved.
Result<bool> MeshLink::Move(Sending& sending, Receiving& receiving) {
  bool moved = false;
  if (sending.channel) {
    const size_t head = std::min(sending.done, sizeof sending.header), body = sending.done - head;
    const ByteView header = {reinterpret_cast<const uint8_t*>(&sending.header) + head, sizeof sending.header - head};
    ASSIGN_OR_RETURN(const size_t count, sending.channel->TryWrite(header, sending.body.subspan(body)));
    sending.done += count;
    moved = count > 0;
    if (sending.done == sending.total()) sending.channel = nullptr;
  }
  if (!receiving.channel) return moved;
  if (receiving.header_done < sizeof receiving.header) {
    const MutableByteView rest = {reinterpret_cast<uint8_t*>(&receiving.header) + receiving.header_done, sizeof receiving.header - receiving.header_done};
    ASSIGN_OR_RETURN(const size_t count, receiving.channel->TryRead(rest));
    receiving.header_done += count;
    if (receiving.header_done < sizeof receiving.header) return moved || count > 0;
    RETURN_IF_ERROR(TakeHeader(receiving));
    moved = true;
  }
  const size_t left = receiving.header.length - receiving.body_done;
  if (left > 0 && receiving.in->consume) {
    size_t at = receiving.body_done;
    ASSIGN_OR_RETURN(const size_t count, receiving.channel->TryConsume(left, [&](ByteView piece) {
      receiving.in->consume(at, piece);
      at += piece.size();
    }));
    receiving.body_done += count;
    moved = moved || count > 0;
  } else if (left > 0) {
    if (receiving.body_done == receiving.target.size()) Grow(receiving);
    ASSIGN_OR_RETURN(const size_t count, receiving.channel->TryRead(receiving.target.subspan(receiving.body_done)));
    receiving.body_done += count;
    moved = moved || count > 0;
  }
  if (receiving.body_done == receiving.header.length) receiving.channel = nullptr;
  return moved;
}

Status MeshLink::Wait(const Sending& sending, const Receiving& receiving, TimePoint deadline) {
  pollfd polled[2];
  Channel* channels[2];
  size_t count = 0;
  const bool same = sending.channel != nullptr && sending.channel == receiving.channel;
  const auto add = [&](Channel* channel, bool reading, bool writing) -> Result<bool> {
    ASSIGN_OR_RETURN(const std::optional<pollfd> wanted, channel->PrepareWait(reading, writing));
    if (!wanted) return false;
    channels[count] = channel;
    polled[count++] = *wanted;
    return true;
  };
  if (sending.channel) {
    ASSIGN_OR_RETURN(const bool sleep, add(sending.channel, same, true));
    if (!sleep) return Status::Ok();
  }
  if (receiving.channel && !same) {
    ASSIGN_OR_RETURN(const bool sleep, add(receiving.channel, true, false));
    if (!sleep) return Status::Ok();
  }
  RETURN_IF_ERROR(WaitForAny(std::span(polled, count), {clock_, abort_, deadline}));
  for (size_t i = 0; i < count; ++i) RETURN_IF_ERROR(channels[i]->Woken(polled[i].revents));
  return Status::Ok();
}

Status MeshLink::Exchange(const MessageTag& tag, int to, ByteView out, int from, const Inbox& in) {
  if (abort_.raised()) return Status(Code::kCancelled, "the membership has ended");
  Sending sending;
  Receiving receiving;
  const auto channel_of = [&](int peer) { return peer == kNobody ? nullptr : channels_[static_cast<size_t>(peer)].get(); };
  sending.channel = channel_of(to);
  receiving.channel = channel_of(from);
  if ((to != kNobody && !sending.channel) || (from != kNobody && !receiving.channel)) return Status(Code::kCancelled, "the membership has ended");
  sending.header = {.operation = tag.operation, .epoch = setup_.epoch, .sequence = tag.sequence, .length = out.size()};
  sending.body = out;
  receiving.in = &in;
  receiving.tag = tag;
  const TimePoint deadline = clock_.Now() + setup_.message_timeout;
  Status status;
  for (int idle = 0; status.ok() && (sending.channel || receiving.channel);) {
    Result<bool> moved = Move(sending, receiving);
    if (!moved.ok()) {
      status = moved.status();
    } else if (moved.value()) {
      idle = 0;
    } else if (++idle > setup_.spins) {
      status = Wait(sending, receiving, deadline);
    }
  }
  if (to != kNobody) sent_ += out.size();
  if (!status.ok()) channels_.clear(), channels_.resize(setup_.ranks.size());  // the others see it at once
  return status;
}

}  // namespace tusk::ml
