// DfsFileSystem: hdfs:// paths over the namenode's ClientProtocol and the datanodes' data transfer.
#pragma once

#include <memory>

#include "dfs/client/client_config.h"
#include "dfs/client/file_system.h"

namespace tusk::rpc {
class Client;
struct ClientIdentity;
}  // namespace tusk::rpc

namespace tusk {
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

}  // namespace tusk::dfs
