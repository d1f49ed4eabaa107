// Taking datanodes out of service and back: what an administrator does by editing the exclude file (or the combined hosts
// file) and `dfsadmin -refreshNodes`, done by the console in one step.
#pragma once

#include "base/async/sync.h"
#include "base/web/api.h"
#include "dfs/namenode/console/console_context.h"

namespace tusk::dfs {

class DatanodeActions {
 public:
  explicit DatanodeActions(const ConsoleContext& context) : context_(context), editing_(context.env.loop) {}
  void AddTo(web::Api& api);

 private:
  using Answer = Result<web::ApiAnswer>;
  Task<Answer> Decommission(web::ApiCall& call);
  Task<Answer> Recommission(web::ApiCall& call);
  Task<Answer> Maintain(web::ApiCall& call);
  // Edits the file that says so, durably, reads it again, and answers with the datanode as it is then.
  Task<Answer> Change(web::ApiCall& call, AdminState wanted, int64_t until_wall_ms);

  const ConsoleContext& context_;
  AsyncMutex editing_;
};

}  // namespace tusk::dfs
