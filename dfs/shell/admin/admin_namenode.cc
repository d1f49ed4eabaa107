// Verbs of `hdfs dfsadmin` that are one order to the namenode: safe mode, saving, upgrades, snapshots.
#include <strings.h>

#include <chrono>
#include <ostream>
#include <thread>

#include "dfs/client/admin/dfs_admin.h"
#include "dfs/shell/admin/admin_internal.h"

namespace tusk::dfs {
namespace {

bool SameWord(const std::string& a, const char* b) { return ::strcasecmp(a.c_str(), b) == 0; }

Result<int> ShowUpgrade(AdminSession& session) {
  ASSIGN_OR_RETURN(bool finalized, session.Run(UpgradeFinalized(session.fs)));
  session.out() << (finalized ? "Upgrade finalized\n" : "Upgrade not finalized\n");
  return 0;
}

// Hadoop's toString of a rolling upgrade.
std::string TextOf(const RollingUpgradeState& state) {
  auto time = [](uint64_t wall_ms) {
    if (wall_ms == 0) return std::string("<NOT FINALIZED>");
    return JavaDateText(static_cast<int64_t>(wall_ms)) + " (=" + std::to_string(wall_ms) + ")";
  };
  return "  Block Pool ID: " + state.block_pool + "\n     Start Time: " +
         (state.start_wall_ms == 0 ? std::string("<NOT STARTED>") : time(state.start_wall_ms)) +
         "\n  Finalize Time: " + time(state.finalize_wall_ms);
}

}  // namespace

Result<int> AdminSafeMode(AdminSession& session, AdminArgs args) {
  SafeModeAction what = SafeModeAction::kGet;
  bool wait = false;
  if (SameWord(args[0], "leave")) {
    what = SafeModeAction::kLeave;
  } else if (SameWord(args[0], "enter")) {
    what = SafeModeAction::kEnter;
  } else if (SameWord(args[0], "forceExit")) {
    what = SafeModeAction::kForceExit;
  } else if (SameWord(args[0], "wait")) {
    wait = true;
  } else if (!SameWord(args[0], "get")) {
    PrintAdminUsage(session.err(), session.verb);  // and no error, as in Hadoop
    return 0;
  }
  ASSIGN_OR_RETURN(bool on, session.Run(SetSafeMode(session.fs, what)));
  auto pause = std::chrono::milliseconds(10);
  while (wait && on) {
    std::this_thread::sleep_for(pause);
    if (pause < std::chrono::seconds(1)) pause *= 2;
    ASSIGN_OR_RETURN(on, session.Run(SetSafeMode(session.fs, what)));
  }
  session.out() << "Safe mode is " << (on ? "ON" : "OFF") << "\n";
  return 0;
}

Result<int> AdminSaveNamespace(AdminSession& session, AdminArgs args) {
  uint64_t window_seconds = 0;
  uint64_t transactions = 0;
  if (!args.empty() && args[0] == "-beforeShutdown") {
    const Configuration& conf = session.context.configuration;
    ASSIGN_OR_RETURN(Duration period, conf.GetDuration("dfs.namenode.checkpoint.period", std::chrono::seconds(3600), std::chrono::seconds(1)));
    ASSIGN_OR_RETURN(int64_t count, conf.GetInt("dfs.namenode.checkpoint.txns", 1000000));
    ASSIGN_OR_RETURN(int64_t periods, conf.GetInt("dfs.namenode.missing.checkpoint.periods.before.shutdown", 3));
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(period).count();
    window_seconds = static_cast<uint64_t>(seconds * periods);
    transactions = static_cast<uint64_t>(count * periods);
    session.out() << "Do checkpoint if necessary before stopping namenode. The time window is " << window_seconds
                  << " seconds, and the transaction gap is " << transactions << "\n";
  }
  ASSIGN_OR_RETURN(bool saved, session.Run(SaveNamespace(session.fs, window_seconds, transactions)));
  session.out() << (saved ? "Save namespace successful\n" : "No extra checkpoint has been made\n");
  return 0;
}

Result<int> AdminRollEdits(AdminSession& session, AdminArgs) {
  ASSIGN_OR_RETURN(uint64_t first, session.Run(RollEdits(session.fs)));
  session.out() << "Successfully rolled edit logs.\nNew segment starts at txid " << first << "\n";
  return 0;
}

Result<int> AdminRestoreFailedStorage(AdminSession& session, AdminArgs args) {
  if (args[0] != "check" && args[0] != "true" && args[0] != "false") {
    session.err() << "restoreFailedStorage valid args are true|false|check\n";
    return 255;
  }
  ASSIGN_OR_RETURN(bool set, session.Run(RestoreFailedStorage(session.fs, args[0])));
  session.out() << "restoreFailedStorage is set to " << (set ? "true" : "false") << "\n";
  return 0;
}

Result<int> AdminRefreshNodes(AdminSession& session, AdminArgs) {
  RETURN_IF_ERROR(session.Run(RefreshNodes(session.fs)));
  session.out() << "Refresh nodes successful\n";
  return 0;
}

Result<int> AdminFinalizeUpgrade(AdminSession& session, AdminArgs) {
  RETURN_IF_ERROR(session.Run(FinalizeUpgrade(session.fs)));
  session.out() << "Finalize upgrade successful\n";
  return 0;
}

Result<int> AdminUpgrade(AdminSession& session, AdminArgs args) {
  if (SameWord(args[0], "query")) return ShowUpgrade(session);
  if (SameWord(args[0], "finalize")) return AdminFinalizeUpgrade(session, {});
  PrintAdminUsage(session.err(), session.verb);
  return 255;
}

Result<int> AdminRollingUpgrade(AdminSession& session, AdminArgs args) {
  std::string word = args.empty() ? "query" : args[0];
  RollingUpgradeAction action = RollingUpgradeAction::kQuery;
  std::string shown = "QUERY";
  if (SameWord(word, "prepare")) {
    action = RollingUpgradeAction::kStart;
    shown = "PREPARE";
  } else if (SameWord(word, "finalize")) {
    action = RollingUpgradeAction::kFinalize;
    shown = "FINALIZE";
  } else if (!SameWord(word, "query")) {
    return Status(Code::kInvalidArgument, "Failed to convert \"" + word + "\" to RollingUpgradeAction");
  }
  session.out() << shown << " rolling upgrade ...\n";
  ASSIGN_OR_RETURN(std::optional<RollingUpgradeState> state, session.Run(RollUpgrade(session.fs, action)));
  if (!state.has_value()) {
    session.out() << "There is no rolling upgrade in progress or rolling upgrade has already been finalized.\n";
  } else if (state->finalized) {
    session.out() << "Rolling upgrade is finalized.\n" << TextOf(*state) << "\n";
  } else if (!state->created_rollback_images) {
    session.out() << "Preparing for upgrade. Data is being saved for rollback.\n"
                     "Run \"dfsadmin -rollingUpgrade query\" to check the status\n"
                     "for proceeding with rolling upgrade\n"
                  << TextOf(*state) << "\n";
  } else {
    session.out() << "Proceed with rolling upgrade:\n" << TextOf(*state) << "\n";
  }
  return 0;
}

Result<int> AdminMetaSave(AdminSession& session, AdminArgs args) {
  RETURN_IF_ERROR(session.Run(SaveMeta(session.fs, args[0])));
  session.out() << "Created metasave file " << args[0] << " in the log directory of namenode " << session.fs.uri() << "\n";
  return 0;
}

Result<int> AdminSetBalancerBandwidth(AdminSession& session, AdminArgs args) {
  auto bandwidth = ParseBinaryNumber(args[0]);
  if (!bandwidth.ok()) {
    session.err() << "NumberFormatException: " << bandwidth.status().message() << "\n";
    PrintAdminUsage(session.err(), session.verb);
    return 255;
  }
  if (*bandwidth < 0) {
    session.err() << "Bandwidth should be a non-negative integer\n";
    return 255;
  }
  Status set = session.Run(SetBalancerBandwidth(session.fs, *bandwidth));
  if (!set.ok()) {
    session.err() << "Balancer bandwidth is set failed.\n";
    return set;
  }
  session.out() << "Balancer bandwidth is set to " << *bandwidth << "\n";
  return 0;
}

Result<int> AdminSnapshot(AdminSession& session, AdminArgs args) {
  ASSIGN_OR_RETURN(BlockingFileSystems::Place place, session.file_systems.Resolve(args[0]));
  bool allow = session.verb == "-allowSnapshot";
  FileSystem& fs = *place.fs.async();
  RETURN_IF_ERROR(session.Run(allow ? AllowSnapshot(fs, place.path) : DisallowSnapshot(fs, place.path)));
  session.out() << (allow ? "Allowing" : "Disallowing") << " snapshot on " << args[0] << " succeeded\n";
  return 0;
}

// Our namespace is a store and an edit log, not an image; Java's namenode is asked with Java's own command.
Result<int> AdminFetchImage(AdminSession&, AdminArgs) {
  return Status(Code::kUnsupported, "tusk fetches no images: its namenode keeps none");
}

}  // namespace tusk::dfs
