// What the console does to files, as the session's user: the same calls, checks and audit as of a client. Quotas are the
// superuser's in Hadoop; here an administrator of the console sets them in the namenode's name.
#pragma once

#include "base/rpc/local_client.h"
#include "base/web/api.h"
#include "dfs/namenode/console/console_context.h"

namespace tusk::dfs {

class FileActions {
 public:
  // Both outlive it.
  FileActions(const ConsoleContext& context, const rpc::LocalServices& services) : context_(context), services_(services) {}
  void AddTo(web::Api& api);

 private:
  using Answer = Result<web::ApiAnswer>;
  Task<Answer> Mkdir(web::ApiCall& call);
  Task<Answer> Rename(web::ApiCall& call);
  Task<Answer> Delete(web::ApiCall& call);
  Task<Answer> SetPermission(web::ApiCall& call);
  Task<Answer> SetOwner(web::ApiCall& call);
  Task<Answer> ChangeAcl(web::ApiCall& call);
  Task<Answer> SetReplication(web::ApiCall& call);
  Task<Answer> SetQuota(web::ApiCall& call);
  ProtocolCaller As(const web::ApiCall& call) const;

  const ConsoleContext& context_;
  const rpc::LocalServices& services_;
};

// Hadoop's permission of "755"; kInvalidArgument for anything else.
Result<uint32_t> ParsePermission(const std::string& octal);
// The body's "path" or another of its names, checked.
Result<std::string> BodyPath(const web::ApiCall& call, std::string_view name = "path");
Task<Status> MakeFolder(const ProtocolCaller& caller, std::string path, uint32_t permission);

}  // namespace tusk::dfs
