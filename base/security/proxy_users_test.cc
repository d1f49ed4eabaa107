// Goal: hadoop.proxyuser.* is applied as Hadoop does: users or groups, and hosts.
#include "base/security/proxy_users.h"

#include "base/testing/matchers.h"

namespace tusk {
namespace {

Result<std::string> Resolve(const std::string& host) {
  if (host == "gateway") return std::string("10.0.0.7");
  return host;
}

ProxyUsers Rules() {
  Configuration configuration;
  configuration.Set("hadoop.proxyuser.root.users", "*");
  configuration.Set("hadoop.proxyuser.root.hosts", "*");
  configuration.Set("hadoop.proxyuser.hive.groups", "analysts, staff");
  configuration.Set("hadoop.proxyuser.hive.hosts", "gateway,192.168.0.0/16");
  configuration.Set("hadoop.proxyuser.o.dd.users", "alice");
  return ProxyUsers(
      configuration,
      [](const std::string& user) { return user == "alice" ? std::vector<std::string>{"staff"} : std::vector<std::string>{}; },
      Resolve);
}

TEST(ProxyUsersTest, UsersGroupsAndHostsAllCount) {
  ProxyUsers rules = Rules();
  EXPECT_OK(rules.Authorize("root", "anyone", "1.2.3.4"));
  EXPECT_OK(rules.Authorize("hive", "alice", "10.0.0.7"));
  EXPECT_OK(rules.Authorize("hive", "alice", "192.168.3.4"));
  EXPECT_STATUS(Code::kAuthorization, rules.Authorize("hive", "bob", "10.0.0.7"));
  Status from_elsewhere = rules.Authorize("hive", "alice", "10.0.0.8");
  EXPECT_EQ(from_elsewhere.message(), "Unauthorized connection for super-user: hive from IP 10.0.0.8");
  EXPECT_EQ(rules.Authorize("bob", "alice", "127.0.0.1").message(), "User: bob is not allowed to impersonate alice");
  EXPECT_STATUS(Code::kAuthorization, rules.Authorize("o.dd", "alice", "127.0.0.1"));  // no host is allowed
}

TEST(ProxyUsersTest, NetworksMatchByPrefix) {
  EXPECT_TRUE(AddressIsIn("0.0.0.0/0", "9.9.9.9"));
  EXPECT_TRUE(AddressIsIn("10.1.0.0/16", "10.1.255.1"));
  EXPECT_FALSE(AddressIsIn("10.1.0.0/16", "10.2.0.1"));
  EXPECT_FALSE(AddressIsIn("10.1.0.0/99", "10.1.0.1"));
  EXPECT_FALSE(AddressIsIn("nonsense/8", "10.1.0.1"));
}

}  // namespace
}  // namespace tusk
