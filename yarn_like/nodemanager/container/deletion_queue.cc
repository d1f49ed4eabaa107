// Waiting and removing.
#include "yarn_like/nodemanager/container/deletion_queue.h"

#include <algorithm>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"

namespace tusk::yarn {

void DeletionQueue::Recover(const std::map<std::string, int64_t>& due_wall_ms) {
  for (const auto& [folder, due] : due_wall_ms) scope_.Spawn(RemoveLater(folder, due));
}

Task<void> DeletionQueue::Remove(std::vector<std::string> folders, Duration delay) {
  int64_t due = env_.clock.WallMillis() + ToMillis(delay);
  for (const auto& folder : folders) {
    if (delay <= Duration(0)) {
      co_await RemoveNow(folder);
      continue;
    }
    state_.Put("d/" + folder, std::to_string(due));
    scope_.Spawn(RemoveLater(folder, due));
  }
}

Task<void> DeletionQueue::RemoveLater(std::string folder, int64_t due_wall_ms) {
  Duration left = Millis(std::max<int64_t>(0, due_wall_ms - env_.clock.WallMillis()));
  Status slept = co_await SleepFor(env_.loop, left, scope_.token());
  if (!slept.ok()) co_return;
  co_await RemoveNow(folder);
  state_.Erase("d/" + folder);
}

Task<void> DeletionQueue::RemoveNow(std::string folder) {
  Status removed = co_await env_.disk_pool.Run([this, folder] { return env_.disk.RemoveTree(folder); });
  if (!removed.ok()) LogWarn("containers", "{}", removed.ToString());
}

Task<void> DeletionQueue::Shutdown() {
  scope_.Cancel();
  co_await scope_.Join();
}

}  // namespace tusk::yarn
