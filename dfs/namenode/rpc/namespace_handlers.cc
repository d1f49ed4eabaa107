// Callers and method lists.
#include "dfs/namenode/rpc/namespace_handlers.h"

#include <algorithm>

#include "dfs/namenode/rpc/namespace_services.h"

namespace tusk::dfs {

Caller CallerOf(const NamespaceContext& context, const rpc::CallContext& call) {
  Caller caller;
  caller.user = call.user.name;
  caller.groups = context.groups.GroupsOf(caller.user);
  caller.superuser = caller.user == context.process_user || caller.InGroup(context.supergroup);
  caller.host = call.remote.host;
  return caller;
}

Task<Status> NamespaceServices::CommitSynchronization(RecoveredBlock recovered) {
  NamespaceDriver& driver = context_.driver;
  CO_RETURN_IF_ERROR(co_await driver.Room());
  Caller datanode{context_.process_user, {}, true, ""};
  Call at{datanode, context_.env.loop.Now(), context_.env.clock.WallMillis()};
  Edit edit(driver.namesystem().counters());
  Status outcome = CommitBlockSynchronization(driver.namesystem(), at, recovered, edit);
  Status committed = co_await driver.Commit(std::move(edit), {"commitBlockSynchronization", {}, {}}, at);
  co_return outcome.ok() ? committed : outcome;
}

std::vector<rpc::Method> OnlyMethods(std::vector<rpc::Method> all, std::span<const std::string_view> names) {
  std::erase_if(all, [names](const rpc::Method& method) {
    return std::find(names.begin(), names.end(), method.name) == names.end();
  });
  TUSK_CHECK(all.size() == names.size()) << "a listed method is not in the protocol";
  return all;
}

}  // namespace tusk::dfs
