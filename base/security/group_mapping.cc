// Groups by configuration and by the system.
#include "base/security/group_mapping.h"

#include <grp.h>
#include <pwd.h>

#include <unordered_map>

namespace tusk {
namespace {

constexpr size_t kUsersMax = 10'000;
constexpr const char* kOverridesKey = "hadoop.user.group.static.mapping.overrides";

using Groups = std::vector<std::string>;

Groups LookUp(const std::string& user) {
  char buffer[16384];
  passwd entry;
  passwd* found = nullptr;
  if (::getpwnam_r(user.c_str(), &entry, buffer, sizeof(buffer), &found) != 0 || found == nullptr) return {};
  std::vector<gid_t> ids(64);
  int count = static_cast<int>(ids.size());
  if (::getgrouplist(user.c_str(), entry.pw_gid, ids.data(), &count) < 0) {
    ids.resize(static_cast<size_t>(count));
    if (::getgrouplist(user.c_str(), entry.pw_gid, ids.data(), &count) < 0) return {};
  }
  Groups names;
  for (int i = 0; i < count; ++i) {
    group group_entry;
    group* group_found = nullptr;
    char group_buffer[16384];
    if (::getgrgid_r(ids[static_cast<size_t>(i)], &group_entry, group_buffer, sizeof(group_buffer), &group_found) == 0 &&
        group_found != nullptr) {
      names.emplace_back(group_entry.gr_name);
    }
  }
  return names;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

// The next piece of `rest` up to `separator`, which goes with it.
std::string_view Next(std::string_view& rest, char separator) {
  size_t end = rest.find(separator);
  std::string_view piece = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return Trim(piece);
}

Result<std::unordered_map<std::string, Groups>> ParseOverrides(std::string_view text) {
  std::unordered_map<std::string, Groups> overrides;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view entry = Next(rest, ';');
    if (entry.empty()) continue;
    std::string_view groups = entry;
    std::string user(Next(groups, '='));
    if (user.empty() || groups.find('=') != std::string_view::npos) {
      return Status(Code::kInvalidArgument, std::string(kOverridesKey) + ": \"" + std::string(entry) +
                                                "\" is not user=group1,group2");
    }
    Groups& names = overrides[user];
    while (!groups.empty()) {
      if (std::string_view name = Next(groups, ','); !name.empty()) names.emplace_back(name);
    }
  }
  return overrides;
}

class ConfiguredGroups : public GroupMapping {
 public:
  ConfiguredGroups(const Clock& clock, Duration remembered, std::unordered_map<std::string, Groups> overrides)
      : clock_(clock), remembered_(remembered), overrides_(std::move(overrides)) {}

  Groups GroupsOf(const std::string& user) override {
    if (auto fixed = overrides_.find(user); fixed != overrides_.end()) return fixed->second;
    TimePoint now = clock_.Now();
    if (auto found = cache_.find(user); found != cache_.end() && now < found->second.until) return found->second.groups;
    if (cache_.size() >= kUsersMax) cache_.clear();
    return (cache_[user] = Entry{LookUp(user), now + remembered_}).groups;
  }
  void Refresh() override { cache_.clear(); }

 private:
  struct Entry {
    Groups groups;
    TimePoint until;
  };
  const Clock& clock_;
  const Duration remembered_;
  const std::unordered_map<std::string, Groups> overrides_;
  std::unordered_map<std::string, Entry> cache_;
};

}  // namespace

Result<std::unique_ptr<GroupMapping>> MakeGroupMapping(const Clock& clock, const Configuration& conf) {
  ASSIGN_OR_RETURN(Duration remembered, conf.GetDuration("hadoop.security.groups.cache.secs", std::chrono::seconds(300),
                                                         std::chrono::seconds(1)));
  ASSIGN_OR_RETURN(auto overrides, ParseOverrides(conf.Get(kOverridesKey, "dr.who=;")));
  return std::unique_ptr<GroupMapping>(
      std::make_unique<ConfiguredGroups>(clock, remembered, std::move(overrides)));
}

}  // namespace tusk
