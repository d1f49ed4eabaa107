// Lists from the configuration, and questions to them.
#include "yarn_like/resourcemanager/access.h"

#include <fmt/format.h>

#include "base/env/network.h"

namespace tusk::yarn {

Result<std::unique_ptr<Access>> Access::Make(Env env, const Configuration& configuration, std::string daemon_user) {
  ASSIGN_OR_RETURN(auto groups, MakeGroupMapping(env.clock, configuration));
  std::unique_ptr<Access> access(new Access(env, std::move(daemon_user), std::move(groups)));
  ASSIGN_OR_RETURN(access->enabled_, configuration.GetBool("yarn.acl.enable", false));
  access->RefreshAdmins(configuration);
  access->RefreshQueues(configuration);
  access->RefreshProxies(configuration);
  return access;
}

void Access::RefreshAdmins(const Configuration& configuration) {
  admins_ = AccessControlList(configuration.Get("yarn.admin.acl", "*"));
}

void Access::RefreshQueues(const Configuration& configuration) {
  const auto list = [&](std::string_view key, std::string_view otherwise) {
    return configuration.Get("yarn.scheduler.capacity." + std::string(key), otherwise);
  };
  queue_acls_ = {list("root.acl_submit_applications", "*"), list("root.acl_administer_queue", "*"),
                 list("root.default.acl_submit_applications", " "), list("root.default.acl_administer_queue", " ")};
  submitters_ = AccessControlList(queue_acls_.submit);
  queue_admins_ = AccessControlList(queue_acls_.administer);
  leaf_submitters_ = AccessControlList(queue_acls_.leaf_submit);
  leaf_queue_admins_ = AccessControlList(queue_acls_.leaf_administer);
}

void Access::RefreshProxies(const Configuration& configuration) {
  const Network& network = env_.network;
  proxies_ = std::make_unique<ProxyUsers>(
      configuration, [this](const std::string& user) { return groups_->GroupsOf(user); },
      [&network](const std::string& host) { return network.ResolveBlocking(host); });
}

bool Access::IsAdmin(const std::string& user) const {
  return admins_.everybody() || user == daemon_user_ || admins_.Allows(user, GroupsOf(user));
}

Status Access::CheckAdmin(const std::string& user, std::string_view operation) const {
  if (IsAdmin(user)) return Status::Ok();
  return {Code::kAccessControl, fmt::format("User {} doesn't have permission to call '{}'", user, operation)};
}

bool Access::MaySubmit(const std::string& user) const {
  if (!enabled_ || submitters_.everybody()) return true;
  const auto groups = GroupsOf(user);
  return submitters_.Allows(user, groups) || leaf_submitters_.Allows(user, groups) || MayAdministerQueue(user);
}

bool Access::MayAdministerQueue(const std::string& user) const {
  if (!enabled_ || queue_admins_.everybody() || IsAdmin(user)) return true;
  const auto groups = GroupsOf(user);
  return queue_admins_.Allows(user, groups) || leaf_queue_admins_.Allows(user, groups);
}

bool Access::MayUse(const std::string& user, const Submission& submission, const std::string& list) const {
  if (!enabled_ || user == submission.user || IsAdmin(user) || MayAdministerQueue(user)) return true;
  const AccessControlList acl(list);
  return acl.everybody() || acl.Allows(user, GroupsOf(user));
}

bool Access::MayView(const std::string& user, const Submission& submission) const {
  return MayUse(user, submission, submission.view_acl);
}

bool Access::MayModify(const std::string& user, const Submission& submission) const {
  return MayUse(user, submission, submission.modify_acl);
}

}  // namespace tusk::yarn
