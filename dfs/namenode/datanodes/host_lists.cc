// HostLists, see the header.
#include "dfs/namenode/datanodes/host_lists.h"

namespace tusk::dfs {
namespace {

std::set<std::string> Words(std::string_view text) {
  std::set<std::string> words;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    line = line.substr(0, line.find('#'));
    while (true) {
      const size_t first = line.find_first_not_of(" \t\r,");
      if (first == std::string_view::npos) break;
      const size_t last = line.find_first_of(" \t\r,", first);
      words.emplace(line.substr(first, last - first));
      if (last == std::string_view::npos) break;
      line.remove_prefix(last);
    }
  }
  return words;
}

}  // namespace

HostLists HostLists::Parse(std::string_view include, std::string_view exclude) {
  HostLists lists;
  lists.include_ = Words(include);
  lists.exclude_ = Words(exclude);
  return lists;
}

bool HostLists::Names(const std::set<std::string>& list, const DatanodeIdentity& identity) {
  const std::string port = ":" + std::to_string(identity.xfer_port);
  return list.contains(identity.ip) || list.contains(identity.host) || list.contains(identity.ip + port) ||
         list.contains(identity.host + port);
}

}  // namespace tusk::dfs
