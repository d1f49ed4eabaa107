// DataNodeWebHdfs: what the namenode's WebHDFS redirects to a datanode: reading, writing, appending and checksums, by
// an ordinary client of the filesystem that speaks for the user whom the request names. Wire: hdfs-wire §6.1.
#pragma once

#include <memory>

#include "base/http/server.h"
#include "base/rpc/client.h"
#include "dfs/client/client_config.h"
#include "dfs/client/file_system.h"
#include "dfs/common/webhdfs/params.h"

namespace tusk::dfs::datanode {

class DataNodeWebHdfs {
 public:
  // `rpc` outlives it.
  static Result<std::unique_ptr<DataNodeWebHdfs>> Create(Env env, const Configuration& conf, rpc::Client& rpc);
  // This outlives the server.
  void Mount(http::Server& server);

 private:
  DataNodeWebHdfs(Env env, DfsClientConfig config, std::string static_user, rpc::Client& rpc)
      : env_(env), config_(std::move(config)), static_user_(std::move(static_user)), rpc_(rpc) {}
  struct Call;

  Task<void> Handle(http::Exchange& exchange);
  Task<void> Options(http::Exchange& exchange);
  static Task<void> Refuse(http::Exchange& exchange, Status status);
  Task<Status> Run(Call& call);
  Task<Status> Open(Call& call);
  Task<Status> SendRange(Call& call, InputStream& file, uint64_t length);
  Task<Status> CreateFile(Call& call);
  Task<Status> Append(Call& call);
  Task<Status> Receive(Call& call, OutputStream& file);
  Task<Status> GetFileChecksum(Call& call);
  Result<rpc::ClientIdentity> IdentityOf(const webhdfs::Params& params) const;

  Env env_;
  const DfsClientConfig config_;
  const std::string static_user_;
  rpc::Client& rpc_;
};

}  // namespace tusk::dfs::datanode
