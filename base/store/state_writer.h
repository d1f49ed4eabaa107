// StateWriter: commits to a DurableMap from coroutines of one loop. Changes are queued in order; whoever must not answer
// before they are durable awaits Sync. What is queued while a commit is under way goes out together in the next one.
//
//   writer.Put(key, value); ... CO_RETURN_IF_ERROR(co_await writer.Sync());
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/async/sync.h"
#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/store/durable_map.h"

namespace tusk {

class StateWriter {
 public:
  // Without a map everything is accepted and forgotten (recovery switched off).
  StateWriter(Env env, std::unique_ptr<DurableMap> map);
  ~StateWriter();

  void Put(std::string key, std::string value);
  void Erase(std::string key);
  // Until everything queued so far is durable. A failed commit is kept and tried again, so the error says only that it
  // is not durable yet.
  Task<Status> Sync();
  // Waits for what is under way, tries what is left once.
  Task<void> Shutdown();

 private:
  struct Batch;
  void Queue(DurableMap::Change change);
  Task<void> Write();

  Env env_;
  std::unique_ptr<DurableMap> map_;
  std::vector<DurableMap::Change> queued_;
  uint64_t queued_to_ = 0;   // changes ever queued
  uint64_t durable_to_ = 0;  // of them, durable
  bool writing_ = false;
  Status last_error_;
  AsyncEvent round_;  // set at the end of each commit
  TaskScope scope_;
};

}  // namespace tusk
