// The system's users and groups.
#include "dfs/namenode/permission/caller.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <unordered_map>

namespace tusk::dfs {
namespace {

constexpr size_t kUsersMax = 10'000;

std::vector<std::string> LookUp(const std::string& user) {
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
  std::vector<std::string> names;
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

class SystemGroups : public GroupMapping {
 public:
  SystemGroups(const Clock& clock, Duration remembered) : clock_(clock), remembered_(remembered) {}
  std::vector<std::string> GroupsOf(const std::string& user) override {
    TimePoint now = clock_.Now();
    if (auto found = cache_.find(user); found != cache_.end() && now < found->second.until) return found->second.groups;
    if (cache_.size() >= kUsersMax) cache_.clear();
    return (cache_[user] = Entry{LookUp(user), now + remembered_}).groups;
  }

 private:
  struct Entry {
    std::vector<std::string> groups;
    TimePoint until;
  };
  const Clock& clock_;
  const Duration remembered_;
  std::unordered_map<std::string, Entry> cache_;
};

}  // namespace

std::unique_ptr<GroupMapping> MakeSystemGroups(const Clock& clock, Duration remembered) {
  return std::make_unique<SystemGroups>(clock, remembered);
}

std::string ProcessUser() {
  char buffer[16384];
  passwd entry;
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer, sizeof(buffer), &found) == 0 && found != nullptr) return entry.pw_name;
  return std::to_string(::geteuid());
}

}  // namespace tusk::dfs
