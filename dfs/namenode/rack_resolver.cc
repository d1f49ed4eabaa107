// RackResolver, see the header.
#include "dfs/namenode/rack_resolver.h"

#include "base/async/blocking_pool.h"
#include "base/log/log.h"

namespace tusk::dfs {
namespace {

constexpr std::string_view kModule = "datanodes";
constexpr Duration kScriptTimeout = std::chrono::seconds(30);
constexpr size_t kTableBytesMax = 16 << 20;
constexpr size_t kAnswerBytesMax = 4096;
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view TakeWord(std::string_view& text) {
  const size_t first = std::min(text.find_first_not_of(kBlanks), text.size());
  text.remove_prefix(first);
  const size_t end = std::min(text.find_first_of(kBlanks), text.size());
  std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

}  // namespace

RackResolver::RackResolver(Env env, const Configuration& conf, std::string scratch)
    : env_(env), scratch_(std::move(scratch)), asking_(env.loop) {
  if (conf.Get("net.topology.node.switch.mapping.impl", "").ends_with("TableMapping")) {
    table_file_ = conf.Get("net.topology.table.file.name", "");
  } else {
    script_ = conf.Get("net.topology.script.file.name", "");
  }
  Reload();
}

std::map<std::string, std::string> RackResolver::ParseTable(std::string_view text) {
  std::map<std::string, std::string> table;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string_view name = TakeWord(line), rack = TakeWord(line);
    if (name.empty() || name.starts_with('#') || rack.empty()) continue;
    table[std::string(name)] = Normalize(rack);
  }
  return table;
}

std::string RackResolver::Normalize(std::string_view rack) {
  while (rack.size() > 1 && rack.ends_with('/')) rack.remove_suffix(1);
  if (rack.size() < 2 || !rack.starts_with('/') || rack.size() > 1024) return std::string(kDefaultRack);
  return std::string(rack);
}

void RackResolver::Reload() {
  if (table_file_.empty()) return;
  auto text = env_.disk.ReadFile(table_file_, kTableBytesMax);
  if (text.ok()) {
    table_ = ParseTable(*text);
  } else {
    LogWarn(kModule, "net.topology.table.file.name: {}", text.status().ToString());
  }
}

Task<std::string> RackResolver::RackOf(DatanodeIdentity identity) {
  for (const std::string& name : {identity.XferAddress(), identity.ip, identity.host}) {
    if (auto known = table_.find(name); known != table_.end()) co_return known->second;
  }
  if (script_.empty()) co_return std::string(kDefaultRack);
  AsyncMutex::Guard guard = co_await asking_.Lock();
  if (auto known = answers_.find(identity.ip); known != answers_.end()) co_return known->second;
  auto answer = co_await AskScript(identity.ip);
  if (!answer.ok()) {
    LogWarn(kModule, "{} does not say the rack of {}: {}", script_, identity.ip, answer.status().ToString());
    co_return std::string(kDefaultRack);
  }
  answers_[identity.ip] = *answer;
  co_return *answer;
}

Task<Result<std::string>> RackResolver::AskScript(std::string name) {
  if (launcher_ == nullptr) co_return Status(Code::kUnsupported, "scripts are not run here");
  const std::string output = JoinPath(scratch_, "topology.out");
  SpawnRequest request;
  request.argv = {script_, name};
  request.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  request.stdout_path = output;
  Disk& disk = env_.disk;
  co_await env_.disk_pool.Run([&] { return disk.RemoveFile(output).ok(); });
  CO_ASSIGN_OR_RETURN(std::unique_ptr<Process> process, launcher_->Spawn(request));
  auto code = co_await process->Wait(env_.loop.In(kScriptTimeout), {});
  if (!code.ok()) {
    (void)process->SignalGroup(9);
    co_return code.status();
  }
  if (*code != 0) co_return Status(Code::kIOError, "exit code " + std::to_string(*code));
  CO_ASSIGN_OR_RETURN(std::string text, co_await env_.disk_pool.Run([&] { return disk.ReadFile(output, kAnswerBytesMax); }));
  std::string_view rest = text;
  std::string_view rack = TakeWord(rest);
  if (rack.empty() || !TakeWord(rest).empty()) co_return Status(Code::kIOError, "one rack was expected, not: " + text);
  co_return Normalize(rack);
}

}  // namespace tusk::dfs
