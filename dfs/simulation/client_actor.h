// ClientActor: one client that writes, appends, truncates, renames and deletes in its own folder and reads everybody's,
// notes in the ledger what it was promised, and compares every answer with it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/async/task.h"
#include "dfs/simulation/ledger.h"
#include "dfs/simulation/sim_cluster.h"

namespace tusk::dfs::simulation {

struct ActorOptions {
  bool power_fails = false;       // what was only flushed may be lost: hflush promises nothing
  Duration pause_max = std::chrono::seconds(2);
  size_t write_bytes_max = 60'000;
};

class ClientActor {
 public:
  ClientActor(SimCluster& cluster, size_t index, Ledger& ledger, ActorOptions options);
  // Works until Stop.
  Task<void> Run();
  void Stop() { stopping_ = true; }

  // For the end, when nothing is broken any more: every file of this client's is closed and its length known.
  Task<void> SettleAll();
  // Reads the file whole and compares.
  Task<void> Verify(std::string path);
  const std::string& root() const { return root_; }

 private:
  using File = std::shared_ptr<FileModel>;
  FileSystem& fs() { return cluster_.client(index_); }
  sim::SimRandom& random() { return cluster_.random(); }
  EventLoop& loop() { return cluster_.world().loop(); }
  bool Chance(uint64_t percent) { return random().Below(100) < percent; }
  std::string NewPath();
  std::string SomeFolder();
  // A file of this client; of anybody with `of_all`. "" where there is none.
  std::string SomeFile(bool of_all = false);
  std::vector<File> FilesUnder(const std::string& folder) const;
  std::string Bytes(size_t count);

  Task<void> One();
  Task<void> Create();
  Task<void> Append();
  Task<void> WriteSome(std::unique_ptr<OutputStream> stream, File file, std::string path);
  Task<void> Read();
  Task<void> MakeFolder();
  Task<void> RenameFile();
  Task<void> RenameFolder();
  Task<void> DeleteFile();
  Task<void> DeleteFolder();
  Task<void> Truncate();
  Task<void> Concat();
  Task<void> ChangeReplication();
  Task<void> LookAt();
  // Brings a file whose writer failed to a certain length. False if it could not now.
  Task<bool> Settle(std::string path, File file);
  // After an answer that left doubt: whether the path is there, when that is certain.
  Task<bool> IsThere(std::string path);
  // Whether it has happened, also where the answer left doubt.
  Task<bool> Move(std::string from, std::string to);
  Task<bool> Remove(std::string path, bool recursive);

  bool Expect(bool good, const std::string& what, const Status& status = {});

  SimCluster& cluster_;
  const size_t index_;
  Ledger& ledger_;
  const ActorOptions options_;
  const std::string root_;
  uint64_t next_name_ = 0;
  bool stopping_ = false;
};

}  // namespace tusk::dfs::simulation
