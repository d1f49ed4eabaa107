// namenode and datanode.
#include <cctype>
#include <csignal>
#include <cstdlib>

#include "base/log/log.h"
#include "dfs/client/file_systems.h"
#include "dfs/client/lost_and_found.h"
#include "dfs/datanode/datanode.h"
#include "dfs/namenode/namenode.h"
#include "tools/tusk/daemons/daemon_main.h"
#include "tools/tusk/daemons/daemons.h"

namespace tusk::tools {
namespace {

// The namespace can no longer be written: what was not acknowledged must not become visible to anybody.
void EndProcess(const Status& why) {
  LogError("namenode", "ends: {}", why.ToString());
  std::_Exit(1);
}

// A client of this very namenode, as the user who runs fsck.
class ClientRepairs : public dfs::FsckRepairs {
 public:
  ClientRepairs(std::unique_ptr<dfs::FileSystems> all, dfs::FileSystem& fs) : all_(std::move(all)), fs_(fs) {}
  Task<Status> Salvage(std::string path) override { co_return co_await dfs::LostAndFound(fs_).Salvage(std::move(path)); }
  Task<Status> Delete(std::string path) override {
    auto deleted = co_await fs_.Delete(std::move(path), true);
    co_return deleted.status();
  }
  Task<void> Shutdown() override { co_await all_->Shutdown(); }

 private:
  std::unique_ptr<dfs::FileSystems> all_;
  dfs::FileSystem& fs_;
};

dfs::FsckRepairs::Factory RepairsOf(Env env, const Configuration& conf) {
  return [env, &conf](const HostPort& namenode, const std::string& user) -> Result<std::unique_ptr<dfs::FsckRepairs>> {
    ASSIGN_OR_RETURN(auto all, dfs::FileSystems::Create(env, conf, dfs::ClientUser{user, "/"}));
    ASSIGN_OR_RETURN(auto root, all->Resolve("hdfs://" + namenode.ToString() + "/"));
    return std::unique_ptr<dfs::FsckRepairs>(std::make_unique<ClientRepairs>(std::move(all), *root.fs));
  };
}

Result<std::unique_ptr<Daemon>> MakeNamenode(DaemonParts parts) {
  ASSIGN_OR_RETURN(auto namenode, dfs::NameNode::Create(parts.env, parts.context.conf, EndProcess));
  namenode->set_launcher(&parts.launcher);
  namenode->set_fsck_repairs(RepairsOf(parts.env, parts.context.conf));
  return std::unique_ptr<Daemon>(std::make_unique<DaemonOf<dfs::NameNode>>(std::move(namenode)));
}

Result<std::unique_ptr<Daemon>> MakeDatanode(DaemonParts parts) {
  ASSIGN_OR_RETURN(auto datanode, dfs::datanode::DataNode::Create(parts.env, parts.context.conf));
  EventLoop& loop = parts.env.loop;
  // shutdownDatanode ends the process as SIGTERM does.
  datanode->OnShutdownRequest([&loop] { loop.Post([] { std::raise(SIGTERM); }); });
  return std::unique_ptr<Daemon>(std::make_unique<DaemonOf<dfs::datanode::DataNode>>(std::move(datanode)));
}

int Format(CliContext& context, const dfs::NameNodeFormat& format) {
  OpenLogStderr(LogLevel::kInfo);
  AsioLoop loop(context.clock);
  auto pool = MakeThreadPool("disk", 1);
  auto network = MakeAsioNetwork(loop, *pool);
  Env env{context.clock, context.random, context.disk, loop, *network, *pool};
  auto formatted = dfs::NameNode::Format(env, context.conf, format);
  if (formatted.ok()) {
    LogInfo("namenode", "Storage has been successfully formatted.");
    return 0;
  }
  std::fprintf(context.err, "namenode -format: %s\n", formatted.status().ToString().c_str());
  return 1;
}

// The next line of what the user types; empty at the end.
std::string ReadLine(CliContext& context) {
  std::string line;
  for (int c = std::fgetc(context.in); c != EOF && c != '\n' && c != '\r'; c = std::fgetc(context.in)) {
    line.push_back(static_cast<char>(std::tolower(c)));
    if (line.size() > 100) break;
  }
  return line;
}

// Asks as Hadoop does: continue, stop, quit, or always take the first.
dfs::DamageChoice AskOperator(CliContext& context, bool& always_first, const std::string& what, const std::string& continuing) {
  std::fprintf(context.err, "%s\n", what.c_str());
  while (true) {
    std::fprintf(context.err,
                 "\nEnter 'c' to continue, %s\nEnter 's' to stop reading the edit log here, abandoning any later edits\n"
                 "Enter 'q' to quit without saving\nEnter 'a' to always select the first choice in the future without "
                 "prompting. (c/s/q/a)\n",
                 continuing.c_str());
    if (always_first) {
      std::fputs("automatically choosing c\n", context.out);
      return dfs::DamageChoice::kContinue;
    }
    const std::string answer = ReadLine(context);
    always_first = answer == "a";
    if (answer == "c" || answer == "a") return dfs::DamageChoice::kContinue;
    if (answer == "s") return dfs::DamageChoice::kStop;
    if (answer == "q" || std::feof(context.in) != 0) return dfs::DamageChoice::kRefuse;
    std::fputs("I'm sorry, I cannot understand your response.\n", context.err);
  }
}

int Recover(CliContext& context, bool force) {
  OpenLogStderr(LogLevel::kInfo);
  if (!force) {
    std::fputs("You have selected Metadata Recovery mode. It makes what can be read of a damaged edit log the namespace; what "
               "cannot be read is lost for good. A copy of the namenode's folders is made before anything is changed.\n\n"
               "Are you ready to proceed? (Y/N)\n",
               context.err);
    if (ReadLine(context) != "y") {
      std::fputs("Recovery aborted at user request.\n\n", context.err);
      return 0;
    }
  }
  AsioLoop loop(context.clock);
  auto pool = MakeThreadPool("disk", 1);
  auto network = MakeAsioNetwork(loop, *pool);
  Env env{context.clock, context.random, context.disk, loop, *network, *pool};
  bool always_first = force;
  auto report = dfs::NameNode::Recover(env, context.conf, [&](const std::string& what, const std::string& continuing) {
    return AskOperator(context, always_first, what, continuing);
  });
  if (!report.ok()) {
    std::fprintf(context.err, "RECOVERY FAILED: %s\n", report.status().ToString().c_str());
    return 1;
  }
  if (report->quit) {
    std::fputs("Exiting on user request.\n", context.err);
    return 0;
  }
  for (const std::string& line : report->mended) std::fprintf(context.out, "%s\n", line.c_str());
  for (const std::string& folder : report->backups) std::fprintf(context.out, "what was there is kept in %s\n", folder.c_str());
  if (report->damages == 0) std::fputs("The edit log is whole: nothing was changed.\n", context.out);
  std::fputs("RECOVERY COMPLETE\n", context.out);
  return 0;
}

}  // namespace

int RunNamenode(CliContext& context, std::vector<std::string> args) {
  if (!args.empty() && args[0] == "-recover" && (args.size() == 1 || (args.size() == 2 && args[1] == "-force"))) {
    return Recover(context, args.size() == 2);
  }
  bool formats = false;
  bool interactive = true;
  dfs::NameNodeFormat format;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string& option = args[i];
    if (option == "-format") formats = true;
    else if (formats && option == "-force") format.force = true;
    else if (formats && option == "-nonInteractive") interactive = false;
    else if (formats && option == "-clusterId" && i + 1 < args.size()) format.cluster_id = args[++i];
    else if (option != "-regular") {
      std::fprintf(context.err, "Usage: hdfs namenode [-format [-clusterId cid] [-force] [-nonInteractive]] | [-recover [-force]] | [-regular]\n");
      return 1;
    }
  }
  if (!formats) return RunDaemon(context, "namenode", MakeNamenode);
  int code = Format(context, format);
  if (code == 0 || !interactive || format.force) return code;
  std::fputs("Re-format filesystem in Storage Directory ? (Y or N) ", context.err);
  if (std::fgetc(context.in) != 'Y') {
    std::fputs("Format aborted\n", context.err);
    return 1;
  }
  format.force = true;
  return Format(context, format);
}

int RunDatanode(CliContext& context, std::vector<std::string> args) {
  if (!args.empty() && args[0] != "-regular") {
    std::fprintf(context.err, "Usage: hdfs datanode [-regular]\n");
    return 1;
  }
  return RunDaemon(context, "datanode", MakeDatanode);
}

}  // namespace tusk::tools
