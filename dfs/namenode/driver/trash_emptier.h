// TrashEmptier: what `hdfs dfs -expunge` does, for all users, on time: puts /user/NAME/.Trash/Current aside as a
// checkpoint, and deletes checkpoints that are older than fs.trash.interval.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "dfs/namenode/driver/namespace_driver.h"

namespace tusk::dfs {

struct TrashOptions {
  Duration deletion_interval{};    // fs.trash.interval; 0: no trash
  Duration checkpoint_interval{};  // fs.trash.checkpoint.interval; 0 or more than the other: as the other
  std::string process_user;
  // Nothing is changed while it says no (safe mode).
  std::function<bool()> may_change;
};

class TrashEmptier {
 public:
  TrashEmptier(Env env, NamespaceDriver& driver, TrashOptions options);
  // Until `stop`; at the multiples of the checkpoint interval, as Hadoop's.
  Task<void> Run(std::stop_token stop);
  // One round at this wall time.
  Task<void> RunOnce(int64_t wall_ms);

 private:
  std::vector<std::string> Children(const std::string& folder) const;  // folders only
  Call MakeCall() const;
  Task<Status> DeleteOld(std::string trash, int64_t wall_ms);
  Task<Status> MakeCheckpoint(std::string trash, int64_t wall_ms);
  Task<Status> DeleteTree(std::string path);
  Task<Status> Move(std::string from, std::string to);

  Env env_;
  NamespaceDriver& driver_;
  TrashOptions options_;
  Caller caller_;
};

}  // namespace tusk::dfs
