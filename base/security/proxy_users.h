// ProxyUsers: hadoop.proxyuser.<user>.{users,groups,hosts}: who may act for whom, and from where.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/configuration.h"
#include "base/core/result.h"

namespace tusk {

class ProxyUsers {
 public:
  using GroupsOf = std::function<std::vector<std::string>(const std::string& user)>;
  // The numeric address of a host name.
  using Resolve = std::function<Result<std::string>(const std::string& host)>;

  // Host names in the settings are resolved here, once; those that have no address match nothing.
  ProxyUsers(const Configuration& configuration, GroupsOf groups_of, const Resolve& resolve);
  // kAuthorization with Hadoop's text unless `real` may act for `effective` from `remote_address`.
  Status Authorize(const std::string& real, const std::string& effective, const std::string& remote_address) const;

 private:
  struct Rule {
    bool any_user = false;
    bool any_group = false;
    bool any_host = false;
    std::vector<std::string> users;
    std::vector<std::string> groups;
    std::vector<std::string> hosts;  // addresses and networks "10.0.0.0/8"
  };
  std::map<std::string, Rule, std::less<>> rules_;
  GroupsOf groups_of_;
};

// Whether the IPv4 `address` is in `network` ("10.0.0.0/8").
bool AddressIsIn(std::string_view network, const std::string& address);

}  // namespace tusk
