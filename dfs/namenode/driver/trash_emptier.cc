// Rounds of the emptier, as operations of the superuser on the namespace.
#include "dfs/namenode/driver/trash_emptier.h"

#include "base/async/event_loop.h"
#include "base/log/log.h"
#include "dfs/common/trash_names.h"
#include "dfs/namenode/namespace/directory_ops.h"
#include "dfs/namenode/namespace/query_ops.h"

namespace tusk::dfs {
namespace {

constexpr const char* kHomes = "/user";
constexpr int kNameTries = 1000;

int64_t Millis(Duration duration) { return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count(); }

}  // namespace

TrashEmptier::TrashEmptier(Env env, NamespaceDriver& driver, TrashOptions options)
    : env_(env), driver_(driver), options_(std::move(options)) {
  if (options_.checkpoint_interval <= Duration{} || options_.checkpoint_interval > options_.deletion_interval) {
    options_.checkpoint_interval = options_.deletion_interval;
  }
  caller_.user = options_.process_user;
  caller_.superuser = true;
}

Call TrashEmptier::MakeCall() const {
  return Call{caller_, env_.loop.Now(), env_.clock.WallMillis()};
}

std::vector<std::string> TrashEmptier::Children(const std::string& folder) const {
  std::vector<std::string> names;
  std::string after;
  for (;;) {
    auto page = GetListing(driver_.namesystem(), MakeCall(), folder, after, false);
    if (!page.ok() || !page->has_value() || (*page)->of_file) return names;
    for (const InodeRef& entry : (*page)->entries) {
      after = entry->name;
      if (entry->is_directory()) names.push_back(entry->name);
    }
    if ((*page)->remaining == 0 || (*page)->entries.empty()) return names;
  }
}

Task<Status> TrashEmptier::DeleteTree(std::string path) {
  CO_RETURN_IF_ERROR(co_await driver_.Room());
  const Call call = MakeCall();
  Edit edit(driver_.namesystem().counters());
  auto deleted = Delete(driver_.namesystem(), call, path, true, edit);
  Status committed = co_await driver_.Commit(std::move(edit), CommitNote{"delete", {}, {}}, call);
  driver_.DeletionsWait();
  if (!deleted.ok()) co_return deleted.status();
  co_return committed;
}

Task<Status> TrashEmptier::Move(std::string from, std::string to) {
  CO_RETURN_IF_ERROR(co_await driver_.Room());
  const Call call = MakeCall();
  Edit edit(driver_.namesystem().counters());
  Status renamed = Rename2(driver_.namesystem(), call, from, to, false, edit);
  Status committed = co_await driver_.Commit(std::move(edit), CommitNote{"rename", {}, {}}, call);
  if (!renamed.ok()) co_return renamed;
  co_return committed;
}

Task<Status> TrashEmptier::DeleteOld(std::string trash, int64_t wall_ms) {
  const int64_t oldest = wall_ms - Millis(options_.deletion_interval);
  for (const std::string& name : Children(trash)) {
    if (name == kTrashCurrent) continue;
    auto made = TrashCheckpointTime(name);
    if (!made.has_value()) {
      LogWarn("namenode.trash", "unexpected item in trash: {}/{}", trash, name);
      continue;
    }
    if (*made >= oldest) continue;
    CO_RETURN_IF_ERROR(co_await DeleteTree(trash + "/" + name));
    LogInfo("namenode.trash", "deleted trash checkpoint: {}/{}", trash, name);
  }
  co_return Status::Ok();
}

Task<Status> TrashEmptier::MakeCheckpoint(std::string trash, int64_t wall_ms) {
  const std::string current = trash + "/" + std::string(kTrashCurrent);
  auto exists = GetFileInfo(driver_.namesystem(), MakeCall(), current);
  if (!exists.ok()) co_return exists.status();
  if (*exists == nullptr) co_return Status::Ok();
  const std::string name = trash + "/" + TrashCheckpointName(wall_ms);
  std::string target = name;
  for (int tried = 1; tried < kNameTries; ++tried) {
    Status moved = co_await Move(current, target);
    if (moved.ok()) {
      LogInfo("namenode.trash", "created trash checkpoint: {}", target);
      co_return moved;
    }
    if (moved.code() != Code::kFileAlreadyExists) co_return moved;
    target = name + "-" + std::to_string(tried);
  }
  co_return Status(Code::kIOError, "Failed to checkpoint trash: " + target);
}

Task<void> TrashEmptier::RunOnce(int64_t wall_ms) {
  for (const std::string& user : Children(kHomes)) {
    if (options_.may_change && !options_.may_change()) co_return;
    const std::string trash = std::string(kHomes) + "/" + user + "/" + std::string(kTrashFolder);
    Status done = co_await DeleteOld(trash, wall_ms);
    if (done.ok()) done = co_await MakeCheckpoint(trash, wall_ms);
    if (!done.ok()) LogWarn("namenode.trash", "{}: {}", trash, done.ToString());
  }
}

Task<void> TrashEmptier::Run(std::stop_token stop) {
  if (options_.deletion_interval <= Duration{}) co_return;
  const int64_t interval = Millis(options_.checkpoint_interval);
  for (;;) {
    const int64_t now = env_.clock.WallMillis();
    const int64_t next = now / interval * interval + interval;
    Status slept = co_await SleepFor(env_.loop, std::chrono::milliseconds(next - now), stop);
    if (!slept.ok()) co_return;
    co_await RunOnce(next);
  }
}

}  // namespace tusk::dfs
