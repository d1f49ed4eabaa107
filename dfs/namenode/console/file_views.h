// What the console shows of files: folders page by page, everything about one path, its blocks, and where its bytes are
// fetched from or sent to. As the session's user.
#pragma once

#include "base/rpc/local_client.h"
#include "base/web/api.h"
#include "dfs/namenode/console/console_context.h"

namespace tusk::dfs {

class FileViews {
 public:
  // Both outlive it.
  FileViews(const ConsoleContext& context, const rpc::LocalServices& services) : context_(context), services_(services) {}
  void AddTo(web::Api& api);

 private:
  Task<Result<web::ApiAnswer>> List(web::ApiCall& call);
  Task<Result<web::ApiAnswer>> Details(web::ApiCall& call);
  Task<Result<web::ApiAnswer>> Blocks(web::ApiCall& call);
  Task<Result<web::ApiAnswer>> Upload(web::ApiCall& call);
  Task<Result<web::ApiAnswer>> Download(web::ApiCall& call);
  ProtocolCaller As(const web::ApiCall& call) const;
  // A datanode in service, on the browser's machine if there is one.
  Result<HostPort> AnyDatanode(const std::string& near) const;
  // http://DATANODE/webhdfs/v1/PATH?op=…, with what says who asks.
  Task<Result<std::string>> TransferUrl(web::ApiCall& call, const ProtocolCaller& caller, HostPort datanode, std::string path, std::string op);

  const ConsoleContext& context_;
  const rpc::LocalServices& services_;
};

// "path" of the query or of the body: absolute, no component of "." or "..", nothing empty between slashes.
Result<std::string> CheckPath(std::string path);
Result<std::string> QueryPath(const web::ApiCall& call);
// kFileNotFound with Hadoop's words where nothing is.
Task<Result<hadoop::hdfs::HdfsFileStatusProto>> StatusOf(const ProtocolCaller& caller, std::string path);
// Where `user` keeps what he deletes.
std::string TrashRoot(std::string_view user);
// "" for what cannot go to the trash: the root, and what is in it.
std::string TrashPathOf(std::string_view user, std::string_view path);

}  // namespace tusk::dfs
