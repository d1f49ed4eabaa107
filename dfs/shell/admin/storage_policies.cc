// `hdfs storagepolicies`.
#include <algorithm>
#include <ostream>

#include "dfs/common/storage_types.h"
#include "dfs/shell/admin/hdfs_commands.h"
#include "dfs/shell/admin/hdfs_session_internal.h"
#include "dfs/shell/path_data.h"

namespace tusk::dfs {
namespace {

struct PolicyCommand {
  const char* name;
  const char* usage;
};
constexpr PolicyCommand kCommands[] = {{"-listPolicies", ""},
                                       {"-getStoragePolicy", " -path <path>"},
                                       {"-setStoragePolicy", " -path <path> -policy <policy>"},
                                       {"-unsetStoragePolicy", " -path <path>"},
                                       {"-satisfyStoragePolicy", " -path <path>"}};

void PrintUsage(std::ostream& out) {
  out << "Usage: hdfs storagepolicies [COMMAND]\n";
  for (const PolicyCommand& command : kCommands) out << "          [" << command.name << command.usage << "]\n";
  out << "          [-help <command-name>]\n\n";
}

std::string ListOf(const std::vector<int32_t>& types) {
  std::string text = "[";
  for (int32_t type : types) text += (text.size() > 1 ? ", " : "") + std::string(StorageTypeName(type));
  return text + "]";
}

std::string TextOf(const StoragePolicyInfo& policy) {
  return "BlockStoragePolicy{" + policy.name + ":" + std::to_string(policy.id) + ", storageTypes=" + ListOf(policy.creation) +
         ", creationFallbacks=" + ListOf(policy.creation_fallback) +
         ", replicationFallbacks=" + ListOf(policy.replication_fallback) + "}";
}

std::string ValueOf(const std::vector<std::string>& args, const std::string& option) {
  auto found = std::find(args.begin(), args.end(), option);
  return found == args.end() || found + 1 == args.end() ? "" : *(found + 1);
}

// Exit codes and words are Hadoop's: 1 for wrong words, 2 for what the namenode refuses.
class PolicyRun {
 public:
  PolicyRun(HdfsSession& session, std::vector<std::string> args) : session_(session), args_(std::move(args)) {}

  int List() {
    auto fs = session_.file_systems->Default();
    if (!fs.ok()) return Refused(fs.status());
    auto policies = fs->GetStoragePolicies();
    if (!policies.ok()) return Refused(policies.status());
    out() << "Block Storage Policies:\n";
    for (const StoragePolicyInfo& policy : *policies) out() << "\t" << TextOf(policy) << "\n";
    return 0;
  }
  int Show(const std::string& text, const BlockingFileSystems::Place& place) {
    auto status = place.fs.GetFileStatus(place.path);
    if (status.code() == Code::kFileNotFound) {
      err() << "File/Directory does not exist: " << text << "\n";
      return 2;
    }
    if (!status.ok()) return Refused(status.status());
    if (status->storage_policy == 0) {
      out() << "The storage policy of " << text << " is unspecified\n";
      return 0;
    }
    auto policies = place.fs.GetStoragePolicies();
    if (!policies.ok()) return Refused(policies.status());
    for (const StoragePolicyInfo& policy : *policies) {
      if (policy.id != status->storage_policy) continue;
      out() << "The storage policy of " << text << ":\n" << TextOf(policy) << "\n";
      return 0;
    }
    err() << "Cannot identify the storage policy for " << text << "\n";
    return 2;
  }
  int OfPath(const std::string& command) {
    std::string text = ValueOf(args_, "-path");
    if (text.empty()) {
      err() << (command == "-unsetStoragePolicy" ? "Please specify the path from which the storage policy will be unset."
                : command == "-getStoragePolicy" ? "Please specify the path with -path."
                                                 : "Please specify the path for setting the storage policy.")
            << "\nUsage:\n";
      PrintUsage(err());
      return 1;
    }
    auto place = session_.file_systems->Resolve(text);
    if (!place.ok()) return Refused(place.status());
    if (command == "-getStoragePolicy") return Show(text, *place);
    if (command == "-setStoragePolicy") return Set(text, *place);
    bool unset = command == "-unsetStoragePolicy";
    Status done = unset ? place->fs.UnsetStoragePolicy(place->path) : place->fs.SatisfyStoragePolicy(place->path);
    if (!done.ok()) return Refused(done);
    out() << (unset ? "Unset storage policy from " : "Scheduled blocks to move based on the current storage policy on ")
          << text << "\n";
    return 0;
  }

 private:
  int Set(const std::string& text, const BlockingFileSystems::Place& place) {
    std::string policy = ValueOf(args_, "-policy");
    if (policy.empty()) {
      err() << "Please specify the policy name.\nUsage:\n";
      PrintUsage(err());
      return 1;
    }
    Status done = place.fs.SetStoragePolicy(place.path, policy);
    if (!done.ok()) return Refused(done);
    out() << "Set storage policy " << policy << " on " << text << "\n";
    return 0;
  }
  int Refused(const Status& status) {
    std::string_view message = status.message();
    err() << (status.code() == Code::kFileNotFound ? "FileNotFoundException: " : "RemoteException: ")
          << message.substr(0, message.find('\n')) << "\n";
    return 2;
  }
  std::ostream& out() { return session_.context.out; }
  std::ostream& err() { return session_.context.err; }
  HdfsSession& session_;
  std::vector<std::string> args_;
};

}  // namespace

int RunStoragePolicies(CliContext& cli, std::vector<std::string> args) {
  HdfsSession session(cli, args);
  if (!session.ok()) return 255;
  auto known = [&args](const PolicyCommand& command) { return !args.empty() && args[0] == command.name; };
  if (std::none_of(std::begin(kCommands), std::end(kCommands), known)) {
    PrintUsage(session.context.err);
    return 1;
  }
  if (!session.Connect("storagepolicies")) return 255;
  std::string command = args[0];
  args.erase(args.begin());
  PolicyRun run(session, std::move(args));
  return command == "-listPolicies" ? run.List() : run.OfPath(command);
}

}  // namespace tusk::dfs
