// Access: who may do what: administrators (yarn.admin.acl), queues (yarn.scheduler.capacity.root[.default].acl_*) and
// applications (the lists that came with the submission). All of it but the first only with yarn.acl.enable.
#pragma once

#include <memory>
#include <string>

#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/rpc/call.h"
#include "base/security/access_control_list.h"
#include "base/security/group_mapping.h"
#include "base/security/proxy_users.h"
#include "yarn_like/resourcemanager/apps/application.h"

namespace tusk::yarn {

// The lists of root and of its leaf as they stand in the configuration.
struct QueueAcls {
  std::string submit, administer, leaf_submit, leaf_administer;
};

class Access {
 public:
  // `daemon_user` is an administrator always.
  static Result<std::unique_ptr<Access>> Make(Env env, const Configuration& configuration, std::string daemon_user);

  // kAccessControl "User x doesn't have permission to call 'refreshQueues'".
  Status CheckAdmin(const std::string& user, std::string_view operation) const;
  // yarn.acl.enable
  bool enabled() const { return enabled_; }
  bool IsAdmin(const std::string& user) const;
  bool MaySubmit(const std::string& user) const;
  bool MayAdministerQueue(const std::string& user) const;
  const QueueAcls& queue_acls() const { return queue_acls_; }
  bool MayView(const std::string& user, const Submission& submission) const;
  bool MayModify(const std::string& user, const Submission& submission) const;
  // hadoop.proxyuser.*
  Status Authorize(const std::string& real, const std::string& effective, const std::string& host) const {
    return proxies_->Authorize(real, effective, host);
  }
  std::vector<std::string> GroupsOf(const std::string& user) const { return groups_->GroupsOf(user); }

  // Takes the lists of a configuration that was read again.
  void RefreshAdmins(const Configuration& configuration);
  void RefreshQueues(const Configuration& configuration);
  void RefreshProxies(const Configuration& configuration);
  void RefreshGroups() { groups_->Refresh(); }

 private:
  Access(Env env, std::string daemon_user, std::unique_ptr<GroupMapping> groups)
      : env_(env), daemon_user_(std::move(daemon_user)), groups_(std::move(groups)) {}
  bool MayUse(const std::string& user, const Submission& submission, const std::string& list) const;

  Env env_;
  std::string daemon_user_;
  std::unique_ptr<GroupMapping> groups_;
  std::unique_ptr<ProxyUsers> proxies_;
  bool enabled_ = false;
  QueueAcls queue_acls_;
  AccessControlList admins_;
  AccessControlList submitters_;    // of root and of its only leaf together
  AccessControlList queue_admins_;
  AccessControlList leaf_submitters_;
  AccessControlList leaf_queue_admins_;
};

}  // namespace tusk::yarn
