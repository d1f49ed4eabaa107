// The console's trash: moving there, listing what lies there and where it came from, and taking it back. As the shell's
// `-rm` does it: /user/NAME/.Trash/Current/PATH.
#pragma once

#include "base/rpc/local_client.h"
#include "base/web/api.h"
#include "dfs/namenode/console/console_context.h"

namespace tusk::dfs {

class TrashEndpoints {
 public:
  // Both outlive it.
  TrashEndpoints(const ConsoleContext& context, const rpc::LocalServices& services) : context_(context), services_(services) {}
  void AddTo(web::Api& api);

 private:
  struct Entry {
    std::string trash_path;
    std::string original_path;
    std::string type;
    uint64_t size = 0;
    std::string checkpoint;
    int64_t deleted_wall_ms = 0;
  };
  using Answer = Result<web::ApiAnswer>;
  Task<Answer> List(web::ApiCall& call);
  Task<Answer> Trash(web::ApiCall& call);
  Task<Answer> Restore(web::ApiCall& call);
  // What lies below a checkpoint: folders that still are where they were are only the way to what was deleted.
  Task<Status> Collect(const ProtocolCaller& caller, std::string checkpoint, std::string folder, std::vector<Entry>& entries);
  ProtocolCaller As(const web::ApiCall& call) const;

  const ConsoleContext& context_;
  const rpc::LocalServices& services_;
};

// "/user/ann/.Trash/Current/a/b" -> "/a/b"; "" for what is in no checkpoint of this user's trash.
std::string OriginalPathOf(std::string_view user, std::string_view trash_path);
// When a checkpoint "YYMMDDHHMMSS" was made; 0 for Current and other names.
int64_t CheckpointTime(std::string_view name);

}  // namespace tusk::dfs
