// Parsing: the first blank ends the users, whatever follows are groups.
#include "base/security/access_control_list.h"

#include <algorithm>

namespace tusk {
namespace {

std::set<std::string> Names(std::string_view list) {
  std::set<std::string> names;
  std::string name;
  const auto take = [&] {
    if (!name.empty()) names.insert(name);
    name.clear();
  };
  for (const char c : list) {
    if (c == ',' || c == ' ' || c == '\t' || c == '\n') {
      take();
    } else {
      name.push_back(c);
    }
  }
  take();
  return names;
}

}  // namespace

AccessControlList::AccessControlList(std::string_view text) {
  everybody_ = text.find('*') != std::string_view::npos;
  const size_t blank = text.find(' ');
  users_ = Names(text.substr(0, blank));
  if (blank != std::string_view::npos) groups_ = Names(text.substr(blank));
}

bool AccessControlList::Allows(const std::string& user, const std::vector<std::string>& groups) const {
  if (everybody_ || users_.contains(user)) return true;
  return std::any_of(groups.begin(), groups.end(), [&](const std::string& group) { return groups_.contains(group); });
}

}  // namespace tusk
