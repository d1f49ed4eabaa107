// Words of a file.
#include "yarn_like/resourcemanager/nodes/node_admission.h"

#include <sstream>

namespace tusk::yarn {
namespace {

constexpr uint64_t kListBytesMax = 16 << 20;

void AddWords(const std::string& text, std::set<std::string>* hosts) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    for (std::string word; words >> word;) hosts->insert(word);
  }
}

void AddXmlNames(const std::string& text, std::set<std::string>* hosts) {
  constexpr std::string_view kOpen = "<name>", kClose = "</name>";
  for (size_t at = text.find(kOpen); at != std::string::npos; at = text.find(kOpen, at)) {
    at += kOpen.size();
    const size_t end = text.find(kClose, at);
    if (end == std::string::npos) return;
    // One name may hold several, separated by commas.
    std::string names = text.substr(at, end - at);
    for (char& c : names) {
      if (c == ',') c = ' ';
    }
    AddWords(names, hosts);
  }
}

Status ReadList(Disk& disk, const std::string& path, std::set<std::string>* hosts) {
  if (path.empty()) return Status::Ok();
  ASSIGN_OR_RETURN(const std::string text, disk.ReadFile(path, kListBytesMax));
  if (path.ends_with(".xml")) {
    AddXmlNames(text, hosts);
  } else {
    AddWords(text, hosts);
  }
  return Status::Ok();
}

}  // namespace

Result<NodeAdmission> ReadAdmission(Disk& disk, const Configuration& configuration) {
  NodeAdmission admission;
  RETURN_IF_ERROR(ReadList(disk, configuration.Get("yarn.resourcemanager.nodes.include-path", ""), &admission.included));
  RETURN_IF_ERROR(ReadList(disk, configuration.Get("yarn.resourcemanager.nodes.exclude-path", ""), &admission.excluded));
  return admission;
}

}  // namespace tusk::yarn
