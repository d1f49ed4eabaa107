// One queue of messages for each ordered pair of ranks.
#include "mlkit/testing/memory_link.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>

namespace tusk::ml {

struct MemoryMesh::Impl {
  struct Message {
    MessageTag tag;
    std::vector<uint8_t> bytes;
  };
  explicit Impl(int ranks) : size(static_cast<size_t>(ranks)), queues(size * size) {}

  const size_t size;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::deque<Message>> queues;  // [to * size + from]
  bool cancelled = false;
};

namespace {

class MemoryLink final : public Link {
 public:
  MemoryLink(MemoryMesh::Impl& mesh, int rank) : mesh_(mesh), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(mesh_.size); }
  uint64_t bytes_sent() const override { return sent_; }

  Status Exchange(const MessageTag& tag, int to, ByteView out, int from, const Inbox& in) override {
    std::unique_lock lock(mesh_.mutex);
    if (to != kNobody) {
      sent_ += out.size();
      Queue(to, rank_).push_back({tag, {out.begin(), out.end()}});
      mesh_.changed.notify_all();
    }
    if (from == kNobody) return mesh_.cancelled ? Status(Code::kCancelled, "cancelled") : Status::Ok();
    auto& queue = Queue(rank_, from);
    const bool came = mesh_.changed.wait_for(lock, std::chrono::seconds(60), [&] { return mesh_.cancelled || !queue.empty(); });
    if (!came) return Status(Code::kTimedOut, "rank " + std::to_string(rank_) + " waited a minute for rank " + std::to_string(from));
    if (mesh_.cancelled) return Status(Code::kCancelled, "cancelled");
    const MemoryMesh::Impl::Message message = std::move(queue.front());
    queue.pop_front();
    lock.unlock();
    return Deliver(tag, message, in);
  }

 private:
  std::deque<MemoryMesh::Impl::Message>& Queue(int to, int from) {
    return mesh_.queues[static_cast<size_t>(to) * mesh_.size + static_cast<size_t>(from)];
  }
  static Status Deliver(const MessageTag& tag, const MemoryMesh::Impl::Message& message, const Inbox& in) {
    if (message.tag.sequence != tag.sequence || message.tag.operation != tag.operation) {
      return Status(Code::kInternal, "the ranks make different calls");
    }
    if (in.any_length) {
      *in.any_length = message.bytes;
      return Status::Ok();
    }
    const size_t wanted = in.consume ? in.consume_length : in.exact.size();
    if (message.bytes.size() != wanted) return Status(Code::kInternal, "a message of another length than expected");
    if (!in.consume) {
      if (wanted > 0) std::memcpy(in.exact.data(), message.bytes.data(), wanted);
      return Status::Ok();
    }
    constexpr size_t kPiece = 5 * kPieceUnit;
    for (size_t at = 0; at < wanted; at += kPiece) in.consume(at, ByteView(message.bytes).subspan(at, std::min(kPiece, wanted - at)));
    return Status::Ok();
  }

  MemoryMesh::Impl& mesh_;
  const int rank_;
  uint64_t sent_ = 0;
};

}  // namespace

MemoryMesh::MemoryMesh(int ranks) : impl_(std::make_unique<Impl>(ranks)) {
  for (int rank = 0; rank < ranks; ++rank) links_.push_back(std::make_unique<MemoryLink>(*impl_, rank));
}
MemoryMesh::~MemoryMesh() = default;

Link& MemoryMesh::link(int rank) { return *links_[static_cast<size_t>(rank)]; }

void MemoryMesh::Cancel() {
  std::lock_guard lock(impl_->mutex);
  impl_->cancelled = true;
  impl_->changed.notify_all();
}

}  // namespace tusk::ml
