// RetryGate: a RetryCache before the handlers of at-most-once calls, on one loop.
//
//   Task<Result<MkdirResponse>> Handlers::Mkdir(CallContext& call, const MkdirRequest& request) {
//     co_return co_await gate_.Once<MkdirResponse>(call, DoMkdir(call, request));
//   }
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/async/sync.h"
#include "base/rpc/retry_cache.h"

namespace tusk::rpc {

class RetryGate {
 public:
  RetryGate(EventLoop& loop, RetryCache& cache) : loop_(loop), cache_(cache) {}

  // Runs `work` unless the call was answered before; while another copy of the call runs, waits for its outcome.
  template <typename Response>
  Task<Result<Response>> Once(const CallContext& call, Task<Result<Response>> work) {
    CallKey key = call.key;
    CO_ASSIGN_OR_RETURN(bool covered, RetryCache::Covers(key));
    if (!covered) co_return co_await std::move(work);
    for (;;) {
      RetryCache::Lookup before = cache_.Begin(key, loop_.Now());
      if (before.found == RetryCache::Found::kNew) break;
      if (before.found == RetryCache::Found::kDone) {
        Response response;
        if (response.ParseFromString(before.payload)) co_return response;
        co_return Status(Code::kInternal, "the retry cache keeps no answer of this call's kind");
      }
      std::shared_ptr<AsyncEvent> ended = Ended(key);
      [[maybe_unused]] Status waited = co_await ended->Wait();
    }
    Result<Response> response = co_await std::move(work);
    if (response.ok()) {
      cache_.Finish(key, response->SerializeAsString(), loop_.Now());
    } else {
      cache_.Abandon(key);
    }
    Wake(key);
    co_return response;
  }

 private:
  std::shared_ptr<AsyncEvent> Ended(const CallKey& key) {
    std::shared_ptr<AsyncEvent>& event = running_[key];
    if (!event) event = std::make_shared<AsyncEvent>(loop_);
    return event;
  }
  void Wake(const CallKey& key) {
    auto waiting = running_.find(key);
    if (waiting == running_.end()) return;
    waiting->second->Set();
    running_.erase(waiting);
  }

  EventLoop& loop_;
  RetryCache& cache_;
  std::map<CallKey, std::shared_ptr<AsyncEvent>> running_;  // only those that someone waits for
};

}  // namespace tusk::rpc
