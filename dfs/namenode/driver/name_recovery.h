// "hdfs namenode -recover": makes what can be read of a damaged edit log the namespace. Whoever is asked decides at each
// damage; nothing is changed before the last answer, and what was there is kept in <name dir>/before-recover-<time>.
#pragma once

#include <string>
#include <vector>

#include "base/env/env.h"
#include "dfs/namenode/driver/name_directory.h"
#include "dfs/namenode/editlog/edit_log_reader.h"

namespace tusk::dfs {

struct RecoveryReport {
  bool quit = false;      // AskOnDamage said kRefuse: nothing was changed
  uint64_t damages = 0;   // how often it was asked; 0: the log is whole, and nothing was changed
  uint64_t applied = 0;   // records read behind the tables
  Txid last_txid = 0;     // the next start goes on from here
  std::vector<std::string> mended;   // what no longer fitted together, and was made to fit
  std::vector<std::string> backups;  // folders
};

// Blocks. No namenode may be running. kRefuse of `ask` quits.
Result<RecoveryReport> RecoverNamespace(Env env, const std::vector<NameFolder>& folders, const AskOnDamage& ask);

}  // namespace tusk::dfs
