// Mailboxes, and a thread for each server.
#include "mlkit/parameter_server/testing/in_process_servers.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace tusk::ml {
namespace {

class Mailbox {
 public:
  void Put(Letter letter) {
    std::lock_guard lock(mutex_);
    letters_.push_back(std::move(letter));
    changed_.notify_one();
  }
  void Cancel() {
    std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }
  Result<Letter> Take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(60), [&] { return cancelled_ || !letters_.empty(); })) {
      return Status(Code::kTimedOut, "no letter for a minute");
    }
    if (cancelled_) return Status(Code::kCancelled, "the membership has ended");
    Letter letter = std::move(letters_.front());
    letters_.pop_front();
    return letter;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Letter> letters_;
  bool cancelled_ = false;
};

using Mailboxes = std::vector<std::unique_ptr<Mailbox>>;

class MailboxPost final : public Post {
 public:
  MailboxPost(Mailboxes& boxes, size_t own) : boxes_(boxes), own_(own) {}
  Status Send(int to, std::vector<uint8_t> bytes) override {
    boxes_[static_cast<size_t>(to)]->Put({static_cast<int>(own_), std::move(bytes)});
    return Status::Ok();
  }
  Result<Letter> Receive() override { return boxes_[own_]->Take(); }

 private:
  Mailboxes& boxes_;
  size_t own_;
};

}  // namespace

struct InProcessServers::Impl {
  Mailboxes boxes;   // servers, then workers
  std::vector<std::unique_ptr<MailboxPost>> posts;
  size_t servers = 0;
  std::vector<std::jthread> threads;

  // An empty letter of a worker says that it is lost.
  void Serve(size_t number, const ServerSettings& settings) {
    ParameterServer server(settings, number);
    while (true) {
      const Result<Letter> letter = posts[number]->Receive();
      if (letter.code() == Code::kTimedOut) continue;
      if (!letter.ok()) return;
      const int worker = letter.value().from - static_cast<int>(servers);
      for (ParameterServer::Reply& reply : letter.value().bytes.empty() ? server.WorkerLost(worker) : server.Handle(letter.value().bytes)) {
        boxes[servers + static_cast<size_t>(reply.worker)]->Put({static_cast<int>(number), std::move(reply.bytes)});
      }
    }
  }
};

InProcessServers::InProcessServers(const ServerSettings& settings) : impl_(std::make_unique<Impl>()) {
  impl_->servers = settings.layout.servers();
  for (size_t i = 0; i < impl_->servers + static_cast<size_t>(settings.workers); ++i) {
    impl_->boxes.push_back(std::make_unique<Mailbox>());
    impl_->posts.push_back(std::make_unique<MailboxPost>(impl_->boxes, i));
  }
  for (size_t server = 0; server < impl_->servers; ++server) {
    impl_->threads.emplace_back([impl = impl_.get(), server, settings] { impl->Serve(server, settings); });
  }
}

InProcessServers::~InProcessServers() { Cancel(); }

Post& InProcessServers::post(int worker) { return *impl_->posts[impl_->servers + static_cast<size_t>(worker)]; }

void InProcessServers::LoseWorker(int worker) {
  for (size_t server = 0; server < impl_->servers; ++server) {
    impl_->boxes[server]->Put({static_cast<int>(impl_->servers) + worker, {}});
  }
}

void InProcessServers::Cancel() {
  for (const auto& box : impl_->boxes) box->Cancel();
}

}  // namespace tusk::ml
