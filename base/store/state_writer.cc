// One commit at a time on the disk pool.
#include "base/store/state_writer.h"

#include <iterator>

#include "base/async/blocking_pool.h"

namespace tusk {

StateWriter::StateWriter(Env env, std::unique_ptr<DurableMap> map)
    : env_(env), map_(std::move(map)), round_(env.loop), scope_(env.loop) {}
StateWriter::~StateWriter() = default;

void StateWriter::Put(std::string key, std::string value) { Queue({std::move(key), std::move(value)}); }
void StateWriter::Erase(std::string key) { Queue({std::move(key), std::nullopt}); }

void StateWriter::Queue(DurableMap::Change change) {
  if (map_ == nullptr) return;
  queued_.push_back(std::move(change));
  ++queued_to_;
  if (writing_ || scope_.cancelled()) return;
  writing_ = true;
  round_.Reset();
  scope_.Spawn(Write());
}

Task<void> StateWriter::Write() {
  co_await Yield(env_.loop);  // what is queued in this turn goes together
  while (!queued_.empty()) {
    std::vector<DurableMap::Change> batch;
    batch.swap(queued_);
    DurableMap* map = map_.get();
    const std::vector<DurableMap::Change>* changes = &batch;
    Status committed = co_await env_.disk_pool.Run([map, changes] { return map->Commit(*changes); });
    if (committed.ok()) {
      durable_to_ += batch.size();
    } else {
      batch.insert(batch.end(), std::make_move_iterator(queued_.begin()), std::make_move_iterator(queued_.end()));
      queued_.swap(batch);
    }
    last_error_ = committed;
    round_.Set();
    round_.Reset();
    if (!committed.ok()) break;
  }
  writing_ = false;
}

Task<Status> StateWriter::Sync() {
  const uint64_t wanted = queued_to_;
  while (durable_to_ < wanted) {
    if (!writing_) {
      if (scope_.cancelled()) co_return Status(Code::kCancelled, "the state store is closed");
      writing_ = true;
      scope_.Spawn(Write());
    }
    CO_RETURN_IF_ERROR(co_await round_.Wait());
    if (durable_to_ < wanted && !last_error_.ok()) co_return last_error_;
  }
  co_return Status::Ok();
}

Task<void> StateWriter::Shutdown() {
  (void)co_await Sync();
  scope_.Cancel();
  co_await scope_.Join();
}

}  // namespace tusk
