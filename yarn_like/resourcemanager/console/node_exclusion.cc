// Editing the list.
#include "yarn_like/resourcemanager/console/node_exclusion.h"

#include <sstream>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "yarn_like/resourcemanager/nodes/node_admission.h"

namespace tusk::yarn {
namespace {

constexpr uint64_t kListBytesMax = 16 << 20;

}  // namespace

std::string ListWith(const std::string& text, const std::string& host) {
  std::string list = ListWithout(text, host, "");
  if (!list.empty() && !list.ends_with('\n')) list += '\n';
  return list + host + "\n";
}

std::string ListWithout(const std::string& text, const std::string& host, const std::string& other_name) {
  std::istringstream lines(text);
  std::string list;
  for (std::string line; std::getline(lines, line);) {
    const size_t hash = std::min(line.find('#'), line.size());
    std::istringstream words(line.substr(0, hash));
    std::string kept;
    bool changed = false;
    for (std::string word; words >> word;) {
      if (word == host || (!other_name.empty() && word == other_name)) changed = true;
      else kept += (kept.empty() ? "" : " ") + word;
    }
    if (!changed) list += line + "\n";
    else if (!kept.empty() || hash < line.size()) list += kept + (kept.empty() || hash == line.size() ? "" : " ") + line.substr(hash) + "\n";
  }
  return list;
}

Task<Status> NodeExclusion::Change(std::string host, std::string other_name, bool excluded, Manner manner) {
  if (busy_) co_return Status(Code::kIllegalState, "the list of excluded nodes is being changed: try again");
  busy_ = true;
  Result<NodeAdmission> admission = co_await env_.disk_pool.Run([this, &host, &other_name, excluded]() -> Result<NodeAdmission> {
    ASSIGN_OR_RETURN(const Configuration fresh, reload_());
    const std::string path = fresh.Get("yarn.resourcemanager.nodes.exclude-path", "");
    if (path.empty()) {
      return Status(Code::kIllegalState, "yarn.resourcemanager.nodes.exclude-path is not set: there is no list to write the node into");
    }
    if (path.ends_with(".xml")) return Status(Code::kIllegalState, path + " is XML, which is not edited from here");
    std::string text;
    if (env_.disk.Exists(path)) {
      ASSIGN_OR_RETURN(text, env_.disk.ReadFile(path, kListBytesMax));
    }
    const std::string changed = excluded ? ListWith(text, host) : ListWithout(text, host, other_name);
    RETURN_IF_ERROR(env_.disk.WriteFileAtomic(path, AsBytes(changed)));
    return ReadAdmission(env_.disk, fresh);
  });
  busy_ = false;
  if (!admission.ok()) co_return admission.status();
  const Duration timeout = manner.timeout_s ? std::chrono::duration_cast<Duration>(std::chrono::seconds(*manner.timeout_s)) : Duration::max();
  LogInfo("console", "{} {}: {} nodes are excluded now", host, excluded ? "leaves" : "may come back", admission->excluded.size());
  cluster_.SetAdmission(std::move(*admission), manner.graceful, timeout, {env_.clock.Now(), env_.clock.WallMillis()});
  co_return Status::Ok();
}

Task<Status> NodeExclusion::Exclude(NodeId node, Manner manner) { return Change(node.host, "", true, manner); }

Task<Status> NodeExclusion::Readmit(NodeId node) {
  const NodeRecord* record = cluster_.nodes().Find(node);
  return Change(node.host, record == nullptr ? "" : record->ip, false, {});
}

}  // namespace tusk::yarn
