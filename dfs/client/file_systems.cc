// Choosing the FileSystem of a path.
#include "dfs/client/file_systems.h"

#include "base/log/log.h"
#include "base/rpc/client.h"
#include "dfs/client/client_config.h"
#include "dfs/client/dfs_file_system.h"
#include "dfs/client/local/local_file_system.h"
#include "dfs/common/delegation_token.h"

namespace tusk::dfs {
namespace {

// The token for that namenode in the files of hadoop.token.files, where HADOOP_TOKEN_FILE_LOCATION's is too. A file
// that is missing counts for nothing, as in Hadoop.
Result<std::optional<Token>> DelegationTokenFor(Env& env, const Configuration& configuration, const HostPort& namenode) {
  for (const std::string& file : configuration.GetStrings("hadoop.token.files")) {
    if (!env.disk.Exists(file)) {
      LogWarn("client", "token file {} does not exist", file);
      continue;
    }
    ASSIGN_OR_RETURN(Credentials credentials, Credentials::ReadFile(env.disk, file));
    if (credentials.tokens.empty()) continue;
    ASSIGN_OR_RETURN(std::string ip, env.network.ResolveBlocking(namenode.host));
    const Token* token = credentials.Find(kDelegationTokenKind, HostPort{ip, namenode.port}.ToString());
    if (token != nullptr) return std::optional<Token>(*token);
  }
  return std::optional<Token>();
}

}  // namespace

FileSystems::FileSystems(Env env, const Configuration& configuration, ClientUser user, Path default_uri)
    : env_(env),
      configuration_(configuration),
      user_(std::move(user)),
      default_uri_(std::move(default_uri)),
      rpc_(rpc::Client::Make(env)) {}

FileSystems::~FileSystems() = default;

Result<std::unique_ptr<FileSystems>> FileSystems::Create(Env env, const Configuration& configuration, ClientUser user) {
  std::string text = configuration.Get("fs.defaultFS", configuration.Get("fs.default.name", "file:///"));
  if (text == "local") text = "file:///";
  if (text.find(':') == std::string::npos) text = "hdfs://" + text + "/";
  auto uri = Path::Parse(text);
  if (!uri.ok()) return uri.status().WithContext("fs.defaultFS");
  Path root(uri->scheme(), uri->authority(), "/");
  return std::unique_ptr<FileSystems>(new FileSystems(env, configuration, std::move(user), std::move(root)));
}

Result<std::unique_ptr<FileSystem>> FileSystems::Make(const std::string& scheme, const std::string& authority) {
  if (scheme == "file") {
    LocalOptions options;
    if (!user_.working_directory.empty()) options.working_directory = user_.working_directory;
    ASSIGN_OR_RETURN(options.umask, ParseUmask(configuration_.Get("fs.permissions.umask-mode", "022")));
    ASSIGN_OR_RETURN(int64_t block_size, configuration_.GetBytes("fs.local.block.size", 32 << 20));
    options.block_size = static_cast<uint64_t>(block_size);
    return MakeLocalFileSystem(env_, std::move(options));
  }
  if (scheme != "hdfs") {
    return Status(Code::kUnsupported, "No FileSystem for scheme \"" + scheme + "\"");
  }
  if (authority.empty()) {
    return Status(Code::kIOError, "Incomplete HDFS URI, no host: " + Path(scheme, authority, "/").ToString());
  }
  ASSIGN_OR_RETURN(HostPort namenode, HostPort::Parse(authority, kNamenodePort));
  ASSIGN_OR_RETURN(DfsClientConfig config, DfsClientConfig::Read(configuration_));
  rpc::ClientIdentity identity;
  identity.user = user_.name;
  ASSIGN_OR_RETURN(identity.token, DelegationTokenFor(env_, configuration_, namenode));
  return MakeDfsFileSystem(env_, std::move(config), *rpc_, std::move(namenode), "hdfs://" + authority,
                           std::move(identity));
}

Result<FileSystems::Place> FileSystems::Resolve(const Path& path) {
  std::string scheme = path.scheme().empty() ? default_uri_.scheme() : path.scheme();
  std::string authority = path.authority();
  // "hdfs:///a" and "/a" mean the default filesystem's authority.
  if (authority.empty() && scheme == default_uri_.scheme()) authority = default_uri_.authority();
  std::string key = scheme + "://" + authority;
  auto made = made_.find(key);
  if (made == made_.end()) {
    ASSIGN_OR_RETURN(std::unique_ptr<FileSystem> fs, Make(scheme, authority));
    made = made_.emplace(std::move(key), std::move(fs)).first;
  }
  FileSystem* fs = made->second.get();
  Path home(scheme, authority, fs->home_directory());
  return Place{fs, path.Under(home).path()};
}

Result<FileSystems::Place> FileSystems::Resolve(std::string_view uri) {
  ASSIGN_OR_RETURN(Path path, Path::Parse(uri));
  return Resolve(path);
}

Result<FileSystem*> FileSystems::Default() {
  ASSIGN_OR_RETURN(Place place, Resolve(default_uri_));
  return place.fs;
}

Task<void> FileSystems::Shutdown() {
  for (auto& [key, fs] : made_) co_await fs->Shutdown();
  co_await rpc_->Shutdown();
}

}  // namespace tusk::dfs
