// AccessControlList: Hadoop's "users groups": two comma-separated lists with a blank between them; "*" is everybody, a
// blank alone nobody.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tusk {

class AccessControlList {
 public:
  AccessControlList() = default;  // nobody
  explicit AccessControlList(std::string_view text);
  bool Allows(const std::string& user, const std::vector<std::string>& groups) const;
  bool everybody() const { return everybody_; }

 private:
  bool everybody_ = false;
  std::set<std::string> users_;
  std::set<std::string> groups_;
};

}  // namespace tusk
