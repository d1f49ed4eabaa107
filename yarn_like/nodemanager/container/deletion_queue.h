// DeletionQueue: folders that go away after yarn.nodemanager.delete.debug-delay-sec, so that people can look into them
// first; also across restarts of the node manager.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/store/state_writer.h"

namespace tusk::yarn {

class DeletionQueue {
 public:
  DeletionQueue(Env env, StateWriter& state) : env_(env), state_(state), scope_(env.loop) {}
  // What an earlier node manager had still to do.
  void Recover(const std::map<std::string, int64_t>& due_wall_ms);
  // Removes the folders when the delay is over; at once, before this returns, where it is 0.
  Task<void> Remove(std::vector<std::string> folders, Duration delay);
  Task<void> Shutdown();  // what is not due stays for the next node manager

 private:
  Task<void> RemoveLater(std::string folder, int64_t due_wall_ms);
  Task<void> RemoveNow(std::string folder);

  Env env_;
  StateWriter& state_;
  TaskScope scope_;
};

}  // namespace tusk::yarn
