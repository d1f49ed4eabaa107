// Datanodes as the console shows them: a filtered page of all, one with its volumes, and what has changed since last told.
#pragma once

#include <map>
#include <string>

#include "base/web/api.h"
#include "dfs/namenode/console/console_context.h"

namespace tusk::dfs {

// "live", "stale", "dead", "decommissioning", ...
std::string_view StateOfDatanode(const DatanodeRegistry& registry, const Datanode& node, TimePoint now);
std::string DatanodeJson(const ConsoleContext& context, const Datanode& node, bool with_volumes);
// By "ip:port", "host:port" or uuid; kFileNotFound if there is none.
Result<DatanodeIndex> FindDatanode(const DatanodeRegistry& registry, std::string_view id);

class DatanodeEndpoints {
 public:
  explicit DatanodeEndpoints(const ConsoleContext& context) : context_(context) {}
  void AddTo(web::Api& api);
  // {counts, changed:[...]} of datanodes that look otherwise than at the last call; "" if none does.
  std::string Changes();

 private:
  Task<Result<web::ApiAnswer>> List(web::ApiCall& call);
  Task<Result<web::ApiAnswer>> One(web::ApiCall& call);

  const ConsoleContext& context_;
  std::map<DatanodeIndex, size_t> told_;  // hash of what was told
};

}  // namespace tusk::dfs
