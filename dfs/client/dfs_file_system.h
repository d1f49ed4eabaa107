// DfsFileSystem: hdfs:// paths over the namenode's ClientProtocol and the datanodes' data transfer.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/security/token.h"
#include "dfs/client/client_config.h"
#include "dfs/client/file_system.h"

namespace tusk::rpc {
class Client;
struct ClientIdentity;
}  // namespace tusk::rpc

namespace hadoop::hdfs {
class ClientNamenodeProtocolClient;
}

namespace tusk {
class Network;
struct Env;
struct HostPort;
}  // namespace tusk

namespace tusk::dfs {

class DfsContext;

// `rpc` outlives it. `uri` as a user wrote it, "hdfs://host:port".
std::unique_ptr<FileSystem> MakeDfsFileSystem(Env env, DfsClientConfig config, rpc::Client& rpc, HostPort namenode,
                                              std::string uri, rpc::ClientIdentity identity);
// What stands behind a filesystem of hdfs://; null for any other.
DfsContext* ContextOf(FileSystem& fs);

inline constexpr uint16_t kNamenodePort = 8020;

// A new delegation token, with the address under which clients look it up as its service. Nothing where the namenode gives out
// no tokens.
Task<Result<std::optional<Token>>> FetchDelegationToken(hadoop::hdfs::ClientNamenodeProtocolClient namenode, Network& network,
                                                        HostPort server, std::string renewer);

// The token with which a job's container reaches this file system: the one that it is reached with here, else a new one. Nothing
// where none is needed. `fs` outlives the task.
Task<Result<std::optional<Token>>> TokenForContainers(FileSystem& fs, std::string renewer);

}  // namespace tusk::dfs
