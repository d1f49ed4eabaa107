// namenode and datanode.
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

}  // namespace

int RunNamenode(CliContext& context, std::vector<std::string> args) {
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
      std::fprintf(context.err, "Usage: hdfs namenode [-format [-clusterId cid] [-force] [-nonInteractive]] | [-regular]\n");
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
