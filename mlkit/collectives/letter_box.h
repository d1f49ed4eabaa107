// LetterBox: what every implementation of Post has on its rank: answers that the worker has not taken yet, and the server with the
// letters that came while there was none. For several threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "mlkit/collectives/post.h"

namespace tusk::ml {

class LetterBox {
 public:
  explicit LetterBox(Seconds seconds) : seconds_(std::move(seconds)) {}

  void Put(Letter answer) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
    changed_.notify_one();
  }

  // `why` is not OK: what every wait ends with from now on. The first reason stays.
  void Close(Status why) {
    const std::lock_guard lock(mutex_);
    if (closed_.ok()) closed_ = std::move(why);
    changed_.notify_all();
  }

  Status closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  Result<Letter> Take(double deadline_seconds) {
    std::unique_lock lock(mutex_);
    const double begin = Now();
    const bool come = changed_.wait_for(lock, std::chrono::duration<double>(deadline_seconds), [&] { return !closed_.ok() || !answers_.empty(); });
    waited_ += Now() - begin;
    RETURN_IF_ERROR(Status(closed_));
    if (!come) return Status(Code::kTimedOut, "a server did not answer in time");
    Letter letter = std::move(answers_.front());
    answers_.pop_front();
    return letter;
  }

  // `answer` is given what the server says to `letter`, now or once there is one. In order.
  template <typename Answer>
  void Handle(Letter letter, const Answer& answer) {
    const std::lock_guard lock(server_mutex_);
    if (server_) return answer(server_(letter));
    early_.push_back(std::move(letter));
  }
  template <typename Answer>
  void Serve(Post::Server server, const Answer& answer) {
    const std::lock_guard lock(server_mutex_);
    server_ = std::move(server);
    for (; server_ && !early_.empty(); early_.pop_front()) answer(server_(early_.front()));
  }

  double Now() const { return seconds_ ? seconds_() : 0; }
  double waited() const { return waited_; }

 private:
  const Seconds seconds_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Letter> answers_;
  Status closed_;
  double waited_ = 0;            // of the worker's thread only
  std::mutex server_mutex_;
  Post::Server server_;
  std::deque<Letter> early_;
};

}  // namespace tusk::ml
