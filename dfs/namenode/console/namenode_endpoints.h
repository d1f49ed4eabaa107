// The namenode itself: what it is, safe mode, checkpoint, edit log. Administrators of the console act in its name.
#pragma once

#include "base/rpc/local_client.h"
#include "base/web/api.h"
#include "dfs/namenode/console/console_context.h"

namespace tusk::dfs {

class NameNodeEndpoints {
 public:
  // Both outlive it.
  NameNodeEndpoints(const ConsoleContext& context, const rpc::LocalServices& services) : context_(context), services_(services) {}
  void AddTo(web::Api& api);

 private:
  using Answer = Result<web::ApiAnswer>;
  Task<Answer> Show(web::ApiCall& call);
  Task<Answer> SetSafeMode(web::ApiCall& call);
  Task<Answer> Checkpoint(web::ApiCall& call);
  Task<Answer> RollEdits(web::ApiCall& call);
  // Name and size of each, oldest first.
  Task<Result<std::vector<std::pair<Txid, uint64_t>>>> Segments();
  // The folders of the namespace with their states, as a JSON array.
  Task<std::string> Storage();
  ProtocolCaller AsNameNode(const web::ApiCall& call) const;

  const ConsoleContext& context_;
  const rpc::LocalServices& services_;
};

}  // namespace tusk::dfs
