// Reading and applying the rules.
#include "base/security/proxy_users.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/core/bytes.h"

namespace tusk {
namespace {

constexpr std::string_view kPrefix = "hadoop.proxyuser.";

bool Has(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool ParseV4(const std::string& text, uint32_t& address) {
  in_addr parsed{};
  if (::inet_pton(AF_INET, text.c_str(), &parsed) != 1) return false;
  address = ntohl(parsed.s_addr);
  return true;
}

}  // namespace

bool AddressIsIn(std::string_view network, const std::string& address) {
  size_t slash = network.find('/');
  if (slash == std::string_view::npos) return false;
  uint32_t base = 0;
  uint32_t candidate = 0;
  if (!ParseV4(std::string(network.substr(0, slash)), base) || !ParseV4(address, candidate)) return false;
  unsigned bits = 0;
  std::string_view length = network.substr(slash + 1);
  auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || end != length.data() + length.size() || bits > 32) return false;
  uint32_t mask = bits == 0 ? 0 : ~uint32_t{0} << (32 - bits);
  return (base & mask) == (candidate & mask);
}

ProxyUsers::ProxyUsers(const Configuration& configuration, GroupsOf groups_of, const Resolve& resolve)
    : groups_of_(std::move(groups_of)) {
  for (const auto& [key, entry] : configuration.entries()) {
    if (!key.starts_with(kPrefix)) continue;
    size_t dot = key.rfind('.');
    if (dot < kPrefix.size()) continue;
    std::string what = key.substr(dot + 1);
    Rule& rule = rules_[key.substr(kPrefix.size(), dot - kPrefix.size())];
    std::vector<std::string> items = configuration.GetStrings(key);
    bool any = Has(items, "*");
    if (what == "users") {
      rule.any_user = any;
      rule.users = std::move(items);
    } else if (what == "groups") {
      rule.any_group = any;
      rule.groups = std::move(items);
    } else if (what == "hosts") {
      rule.any_host = any;
      for (std::string& item : items) {
        Result<std::string> address = any || item.find('/') != std::string::npos ? Result<std::string>(item) : resolve(item);
        if (address.ok()) rule.hosts.push_back(std::move(address).value());
      }
    }
  }
}

Status ProxyUsers::Authorize(const std::string& real, const std::string& effective, const std::string& remote_address) const {
  Status refused(Code::kAuthorization, "User: " + real + " is not allowed to impersonate " + effective);
  auto found = rules_.find(real);
  if (found == rules_.end()) return refused;
  const Rule& rule = found->second;
  bool allowed = rule.any_user || rule.any_group || Has(rule.users, effective);
  if (!allowed && !rule.groups.empty() && groups_of_) {
    for (const std::string& group : groups_of_(effective)) allowed = allowed || Has(rule.groups, group);
  }
  if (!allowed) return refused;
  if (rule.any_host || Has(rule.hosts, remote_address)) return Status::Ok();
  for (const std::string& host : rule.hosts) {
    if (AddressIsIn(host, remote_address)) return Status::Ok();
  }
  return Status(Code::kAuthorization, "Unauthorized connection for super-user: " + real + " from IP " + remote_address);
}

}  // namespace tusk
