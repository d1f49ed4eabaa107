// Letters by function calls.
#include "mlkit/collectives/in_process_post.h"

#include "mlkit/collectives/letter_box.h"

namespace tusk::ml {

struct InProcessPost::Impl {
  Impl(int ranks, const Seconds& seconds, double limit) : deadline(limit) {
    for (int rank = 0; rank < ranks; ++rank) boxes.emplace_back(seconds);
  }

  void Deliver(int server, std::vector<Letter> answers) {
    for (Letter& answer : answers) boxes[static_cast<size_t>(answer.peer)].Put({server, std::move(answer.bytes)});
  }

  std::deque<LetterBox> boxes;
  const double deadline;
};

namespace {

class RankPost final : public Post {
 public:
  RankPost(InProcessPost::Impl& group, int rank) : group_(group), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(group_.boxes.size()); }
  Status Send(int to, std::vector<uint8_t> bytes) override {
    RETURN_IF_ERROR(box().closed());
    if (to != rank_) sent_ += bytes.size();
    group_.boxes[static_cast<size_t>(to)].Handle({rank_, std::move(bytes)}, [&](std::vector<Letter> answers) { group_.Deliver(to, std::move(answers)); });
    return Status::Ok();
  }
  Result<Letter> Receive() override { return box().Take(group_.deadline); }
  void Serve(Server server) override {
    box().Serve(std::move(server), [&](std::vector<Letter> answers) { group_.Deliver(rank_, std::move(answers)); });
  }
  double Now() const override { return box().Now(); }
  double waited() const override { return box().waited(); }
  uint64_t bytes_sent() const override { return sent_; }

 private:
  LetterBox& box() const { return group_.boxes[static_cast<size_t>(rank_)]; }
  InProcessPost::Impl& group_;
  const int rank_;
  uint64_t sent_ = 0;
};

}  // namespace

InProcessPost::InProcessPost(int ranks, Seconds seconds, double deadline_seconds)
    : impl_(std::make_unique<Impl>(ranks, seconds, deadline_seconds)) {
  for (int rank = 0; rank < ranks; ++rank) posts_.push_back(std::make_unique<RankPost>(*impl_, rank));
}
InProcessPost::~InProcessPost() = default;

void InProcessPost::Cancel() {
  for (LetterBox& box : impl_->boxes) box.Close(Status(Code::kCancelled, "the membership has ended"));
}

}  // namespace tusk::ml
