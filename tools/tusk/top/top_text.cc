// See the header.
#include "tools/tusk/top/top_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <set>

namespace tusk::tools {
namespace {

std::string Bytes(int64_t bytes) {
  constexpr std::array<const char*, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto amount = static_cast<double>(bytes);
  size_t unit = 0;
  while (amount >= 1024 && unit + 1 < kUnits.size()) {
    amount /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", amount, unit == 0 ? 0 : 1, kUnits[unit]);
}
std::string Megabytes(int64_t mb) { return Bytes(mb * (int64_t{1} << 20)); }

double Percent(int64_t part, int64_t whole) { return whole <= 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole); }

std::string Clock(int64_t wall_ms) {
  const std::time_t seconds = wall_ms / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

// "0d, 0:14", as Hadoop's.
std::string UpTime(int64_t ms) {
  const int64_t minutes = std::max<int64_t>(0, ms) / 60000;
  return fmt::format("{}d, {}:{:02}", minutes / 1440, minutes / 60 % 24, minutes % 60);
}
std::string Elapsed(int64_t ms) {
  const int64_t seconds = std::max<int64_t>(0, ms) / 1000;
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

// What comes from users is shown without control characters.
std::string Plain(std::string text, size_t width) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = '?';
  }
  return text.size() > width ? text.substr(0, width - 1) + "~" : text;
}

void More(std::vector<std::string>& lines, size_t shown, size_t all) {
  if (all > shown) lines.push_back(fmt::format("... and {} more", all - shown));
}

}  // namespace

std::optional<TopSort> TopSortNamed(std::string_view name) {
  constexpr std::pair<std::string_view, TopSort> kNames[] = {{"memory", TopSort::kMemory}, {"vcores", TopSort::kVcores}, {"containers", TopSort::kContainers},
                                                             {"time", TopSort::kTime}, {"progress", TopSort::kProgress}, {"user", TopSort::kUser}, {"name", TopSort::kName}};
  for (const auto& [text, sort] : kNames) {
    if (text == name) return sort;
  }
  return std::nullopt;
}

void SortTop(TopSnapshot& top, TopSort sort) {
  auto before = [sort](const TopApplication& a, const TopApplication& b) {
    switch (sort) {
      case TopSort::kMemory: return a.memory_mb > b.memory_mb;
      case TopSort::kVcores: return a.vcores > b.vcores;
      case TopSort::kContainers: return a.containers > b.containers;
      case TopSort::kTime: return a.elapsed_ms > b.elapsed_ms;
      case TopSort::kProgress: return a.progress > b.progress;
      case TopSort::kUser: return a.user < b.user;
      case TopSort::kName: return a.name < b.name;
    }
    return false;
  };
  auto by_id = [&before](const TopApplication& a, const TopApplication& b) { return before(a, b) || (!before(b, a) && a.id < b.id); };
  std::sort(top.applications.begin(), top.applications.end(), by_id);
  std::sort(top.nodes.begin(), top.nodes.end(), [](const TopNode& a, const TopNode& b) {
    return a.memory_used_mb != b.memory_used_mb ? a.memory_used_mb > b.memory_used_mb : a.id < b.id;
  });
  std::sort(top.datanodes.begin(), top.datanodes.end(), [](const TopDatanode& a, const TopDatanode& b) { return a.used != b.used ? a.used > b.used : a.name < b.name; });
}

std::vector<std::string> TopLines(const TopSnapshot& top, size_t rows) {
  std::vector<std::string> lines;
  const TopDfs& dfs = top.dfs;
  const TopYarn& yarn = top.yarn;
  lines.push_back(fmt::format("tusk top - {}  filesystem {}  yarn {}", Clock(top.wall_ms), dfs.address, yarn.address));
  if (!dfs.trouble.empty()) lines.push_back("dfs   down: " + Plain(dfs.trouble, 150));
  else {
    lines.push_back(fmt::format("dfs   up {}; {} of {} used ({:.1f} %), {} free; {} files, {} blocks ({} missing, {} to copy); datanodes {} live, {} dead{}{}",
                                UpTime(top.wall_ms - dfs.started_wall_ms), Bytes(dfs.used), Bytes(dfs.capacity), Percent(dfs.used, dfs.capacity), Bytes(dfs.remaining),
                                dfs.files, dfs.blocks, dfs.missing, dfs.under_replicated, dfs.live, dfs.dead,
                                dfs.decommissioning > 0 ? fmt::format(", {} leaving", dfs.decommissioning) : "", dfs.safe_mode.empty() ? "" : "; SAFE MODE"));
  }
  if (!yarn.trouble.empty()) lines.push_back("yarn  down: " + Plain(yarn.trouble, 150));
  else {
    lines.push_back(fmt::format("yarn  up {}; memory {} of {} ({:.0f} %), vcores {} of {}; {} running, {} waiting; containers {}, {} waiting; nodes {} active, {} unhealthy, {} lost",
                                UpTime(top.wall_ms - yarn.started_wall_ms), Megabytes(yarn.memory_used_mb), Megabytes(yarn.memory_mb), Percent(yarn.memory_used_mb, yarn.memory_mb),
                                yarn.vcores_used, yarn.vcores, yarn.running, yarn.pending, yarn.containers, yarn.containers_pending, yarn.nodes, yarn.unhealthy, yarn.lost));
  }
  lines.emplace_back();
  lines.push_back(fmt::format("{:<32} {:<10} {:<12} {:<9} {:>5} {:>10} {:>6} {:>6} {:>9}  {}", "APPLICATION", "USER", "TYPE", "STATE", "CONT", "MEMORY", "VCORES", "DONE%", "TIME", "NAME"));
  for (size_t i = 0; i < std::min(rows, top.applications.size()); ++i) {
    const TopApplication& app = top.applications[i];
    lines.push_back(fmt::format("{:<32} {:<10} {:<12} {:<9} {:>5} {:>10} {:>6} {:>6.1f} {:>9}  {}", app.id, Plain(app.user, 10), Plain(app.type, 12), app.state, app.containers,
                                Megabytes(app.memory_mb), app.vcores, app.progress, Elapsed(app.elapsed_ms), Plain(app.name, 60)));
  }
  More(lines, rows, top.applications.size());
  lines.emplace_back();
  lines.push_back(fmt::format("{:<32} {:<16} {:>5} {:>10} {:>10} {:>6} {:>6} {:>6}", "NODE", "STATE", "CONT", "MEMORY", "FREE", "VCORES", "FREE", "CPU%"));
  for (size_t i = 0; i < std::min(rows, top.nodes.size()); ++i) {
    const TopNode& node = top.nodes[i];
    lines.push_back(fmt::format("{:<32} {:<16} {:>5} {:>10} {:>10} {:>6} {:>6} {:>6.1f}", Plain(node.id, 32), node.state, node.containers, Megabytes(node.memory_used_mb),
                                Megabytes(node.memory_free_mb), node.vcores_used, node.vcores_free, node.cpu_percent));
  }
  More(lines, rows, top.nodes.size());
  lines.emplace_back();
  lines.push_back(fmt::format("{:<32} {:<16} {:>10} {:>10} {:>10} {:>9} {:>8}", "DATANODE", "STATE", "CAPACITY", "USED", "FREE", "BLOCKS", "CONTACT"));
  for (size_t i = 0; i < std::min(rows, top.datanodes.size()); ++i) {
    const TopDatanode& node = top.datanodes[i];
    lines.push_back(fmt::format("{:<32} {:<16} {:>10} {:>10} {:>10} {:>9} {:>6} s{}", Plain(node.name, 32), node.state, Bytes(node.capacity), Bytes(node.used), Bytes(node.remaining),
                                node.blocks, node.last_contact, node.failed_volumes > 0 ? fmt::format("  {} disk(s) failed", node.failed_volumes) : ""));
  }
  More(lines, rows, top.datanodes.size());
  return lines;
}

std::vector<std::string> YarnTopLines(const TopSnapshot& top, size_t rows) {
  const TopYarn& yarn = top.yarn;
  if (!yarn.trouble.empty()) return {yarn.trouble};
  std::set<std::string> users;
  for (const TopApplication& app : top.applications) users.insert(app.user);
  auto gb = [](int64_t mb) { return mb / 1024; };
  std::vector<std::string> lines = {
      fmt::format("YARN top - {}, up {}, {} active users, queue(s): root", Clock(top.wall_ms), UpTime(top.wall_ms - yarn.started_wall_ms), users.size()),
      fmt::format("NodeManager(s): {} total, {} active, {} unhealthy, {} decommissioned, {} lost, {} rebooted", yarn.total_nodes, yarn.nodes, yarn.unhealthy,
                  yarn.decommissioned, yarn.lost, yarn.rebooted),
      fmt::format("Queue(s) Applications: {} running, {} submitted, {} pending, {} completed, {} killed, {} failed", yarn.running, yarn.submitted, yarn.pending,
                  yarn.completed, yarn.killed, yarn.failed),
      fmt::format("Queue(s) Mem(GB): {} available, {} allocated, {} pending, {} reserved", gb(yarn.memory_mb - yarn.memory_used_mb), gb(yarn.memory_used_mb),
                  gb(yarn.memory_pending_mb), gb(yarn.memory_reserved_mb)),
      fmt::format("Queue(s) VCores: {} available, {} allocated, {} pending, {} reserved", yarn.vcores - yarn.vcores_used, yarn.vcores_used, yarn.vcores_pending, yarn.vcores_reserved),
      fmt::format("Queue(s) Containers: {} allocated, {} pending, {} reserved", yarn.containers, yarn.containers_pending, yarn.containers_reserved),
      "",
      fmt::format("{:>31} {:>10} {:>11} {:>8} {:>5} {:>5} {:>6} {:>6} {:>7} {:>5} {:>5} {:>9} {:>8} {:>6} {:>9} {}", "APPLICATIONID", "USER", "TYPE", "QUEUE", "PRIOR", "#CONT",
                  "#RCONT", "VCORES", "RVCORES", "MEM", "RMEM", "VCORESECS", "MEMSECS", "%PROGR", "TIME", "NAME")};
  for (size_t i = 0; i < std::min(rows, top.applications.size()); ++i) {
    const TopApplication& app = top.applications[i];
    const int64_t minutes = app.elapsed_ms / 60000;
    lines.push_back(fmt::format("{:>31} {:>10} {:>11} {:>8} {:>5} {:>5} {:>6} {:>6} {:>7} {:>4}G {:>4}G {:>9} {:>8} {:>6.2f} {:>9} {}", app.id, Plain(app.user, 10), Plain(app.type, 11),
                                Plain(app.queue, 8), app.priority, app.containers, app.containers_reserved, app.vcores, app.vcores_reserved, gb(app.memory_mb), gb(app.memory_reserved_mb),
                                app.vcore_seconds, app.memory_seconds / 1024, app.progress, fmt::format("{:02}:{:02}:{:02}", minutes / 1440, minutes / 60 % 24, minutes % 60), Plain(app.name, 60)));
  }
  return lines;
}

}  // namespace tusk::tools
