// Finding and driving the kernel's control groups.
#include "yarn_like/nodemanager/container/cgroups.h"

#include <signal.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "base/log/log.h"
#include "yarn_like/nodemanager/container/process_tree.h"

namespace tusk::yarn {
namespace {

bool HasWord(const std::string& text, std::string_view word) {
  std::istringstream words(text);
  for (std::string each; words >> each;) {
    if (each == word) return true;
  }
  return false;
}

int64_t NumberAfter(const std::string& text, std::string_view key) {
  std::istringstream words(text);
  for (std::string each; words >> each;) {
    int64_t value = 0;
    if (each == key && words >> value) return value;
  }
  return 0;
}

// controller or "unified" -> mount point
std::vector<std::pair<std::string, std::string>> FindMounts(Disk& disk, bool with_devices) {
  std::vector<std::pair<std::string, std::string>> mounts;
  Result<std::string> table = ReadKernelFile(disk, "/proc/self/mounts");
  if (!table.ok()) return mounts;
  std::istringstream lines(*table);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string device, point, type, options;
    if (!(words >> device >> point >> type >> options)) continue;
    if (type == "cgroup2") mounts.emplace_back("unified", point);
    if (type != "cgroup") continue;
    std::replace(options.begin(), options.end(), ',', ' ');
    for (std::string controller : {"memory", "cpu", "pids", "freezer", "devices"}) {
      if (controller == "devices" && !with_devices) continue;
      if (HasWord(options, controller)) mounts.emplace_back(controller, point);
    }
  }
  return mounts;
}

Status MakeGroup(Disk& disk, const std::string& folder) {
  Status made = disk.MakeDir(folder, 0755);
  return made.code() == Code::kAlreadyExists ? Status::Ok() : made;
}

}  // namespace

Cgroups::Cgroups(Disk& disk, std::vector<Hierarchy> hierarchies) : disk_(disk), hierarchies_(std::move(hierarchies)) {
  std::string version_1;
  std::string version_2;
  for (const auto& hierarchy : hierarchies_) {
    if (hierarchy.controller != "unified") {
      version_1 += (version_1.empty() ? "" : ",") + hierarchy.controller;
      continue;
    }
    std::string available = ReadKernelFile(disk_, hierarchy.folder + "/cgroup.controllers").value_or("");
    std::string wanted;
    for (std::string controller : {"memory", "cpu", "pids"}) {
      if (HasWord(available, controller)) wanted += (wanted.empty() ? "+" : " +") + controller;
    }
    Status enabled = wanted.empty() ? Status::Ok()
                                    : WriteKernelFile(disk_, hierarchy.folder + "/cgroup.subtree_control", wanted);
    std::string active = ReadKernelFile(disk_, hierarchy.folder + "/cgroup.subtree_control").value_or("");
    unified_memory_ = enabled.ok() && HasWord(active, "memory");
    unified_cpu_ = enabled.ok() && HasWord(active, "cpu");
    unified_pids_ = enabled.ok() && HasWord(active, "pids");
    version_2 = "kill";
    if (unified_memory_) version_2 += ",memory";
    if (unified_cpu_) version_2 += ",cpu";
    if (unified_pids_) version_2 += ",pids";
  }
  if (!version_1.empty()) description_ = "cgroups v1 (" + version_1 + ")";
  if (!version_2.empty()) description_ += (description_.empty() ? "cgroups" : " and") + std::string(" v2 (") + version_2 + ")";
}

std::unique_ptr<Cgroups> Cgroups::Detect(Disk& disk, const std::string& folder, bool with_devices, std::string* why_not) {
  std::vector<Hierarchy> usable;
  std::string last_error = "no control groups are mounted";
  for (const auto& [controller, mount] : FindMounts(disk, with_devices)) {
    // Children of the unified root get a controller only if the root hands it down.
    if (controller == "unified") {
      for (std::string_view handed : {"+memory", "+cpu", "+pids"}) {
        Status enabled = WriteKernelFile(disk, mount + "/cgroup.subtree_control", handed);
        if (!enabled.ok()) LogDebug("cgroups", "{}: {}", handed, enabled.ToString());
      }
    }
    std::string group = mount + "/" + folder;
    Status made = MakeGroup(disk, group);
    if (made.ok()) {
      usable.push_back({controller, group});
    } else {
      last_error = made.ToString();
    }
  }
  if (usable.empty()) {
    if (why_not != nullptr) *why_not = last_error;
    return nullptr;
  }
  return std::unique_ptr<Cgroups>(new Cgroups(disk, std::move(usable)));
}

const Cgroups::Hierarchy* Cgroups::Find(const std::string& controller) const {
  for (const auto& hierarchy : hierarchies_) {
    if (hierarchy.controller == controller) return &hierarchy;
  }
  return nullptr;
}

void Cgroups::SetNodeWeight(int64_t vcores) {
  // Without it a whole node's containers weigh as much as one process beside them.
  const int64_t count = std::clamp<int64_t>(vcores, 1, 256);
  Status written = Status::Ok();
  if (const Hierarchy* cpu = Find("cpu")) {
    written = WriteKernelFile(disk_, cpu->folder + "/cpu.shares", std::to_string(count * 1024));
  } else if (unified_cpu_) {
    written = WriteKernelFile(disk_, Find("unified")->folder + "/cpu.weight", std::to_string(std::min<int64_t>(count * 100, 10000)));
  }
  if (!written.ok()) LogDebug("cgroups", "{}", written.ToString());
}

bool Cgroups::limits_memory() const { return unified_memory_ || Find("memory") != nullptr; }

Result<std::vector<std::string>> Cgroups::Make(const std::string& container, const CgroupLimits& limits) {
  std::vector<std::string> procs;
  for (const auto& hierarchy : hierarchies_) {
    std::string group = hierarchy.folder + "/" + container;
    RETURN_IF_ERROR(MakeGroup(disk_, group));
    procs.push_back(group + "/cgroup.procs");
  }
  RETURN_IF_ERROR(SetLimits(container, limits));
  return procs;
}

Status Cgroups::SetLimits(const std::string& container, const CgroupLimits& limits) {
  auto write = [&](const Hierarchy& hierarchy, std::string_view file, const std::string& value) {
    return WriteKernelFile(disk_, hierarchy.folder + "/" + container + "/" + std::string(file), value);
  };
  auto optional = [&](Status status) {
    if (!status.ok()) LogDebug("cgroups", "{}: {}", container, status.ToString());
  };
  if (const Hierarchy* memory = Find("memory"); memory != nullptr && limits.memory_bytes > 0) {
    // Memory and swap together never below memory alone: raised first, lowered last.
    Status swap = write(*memory, "memory.memsw.limit_in_bytes", std::to_string(limits.memory_bytes));
    RETURN_IF_ERROR(write(*memory, "memory.limit_in_bytes", std::to_string(limits.memory_bytes)));
    if (!swap.ok()) optional(write(*memory, "memory.memsw.limit_in_bytes", std::to_string(limits.memory_bytes)));
  } else if (unified_memory_ && limits.memory_bytes > 0) {
    RETURN_IF_ERROR(write(*Find("unified"), "memory.max", std::to_string(limits.memory_bytes)));
    optional(write(*Find("unified"), "memory.swap.max", "0"));
  }
  if (const Hierarchy* cpu = Find("cpu")) {
    optional(write(*cpu, "cpu.shares", std::to_string(std::clamp<int64_t>(limits.vcores, 1, 256) * 1024)));
  } else if (unified_cpu_) {
    optional(write(*Find("unified"), "cpu.weight", std::to_string(std::clamp<int64_t>(limits.vcores * 100, 1, 10000))));
  }
  constexpr int kNvidiaMajor = 195;
  for (int minor : limits.denied_gpu_minors) {
    if (const Hierarchy* devices = Find("devices")) {
      RETURN_IF_ERROR(write(*devices, "devices.deny", "c " + std::to_string(kNvidiaMajor) + ":" + std::to_string(minor) + " rwm"));
    }
  }
  if (limits.pids_max > 0) {
    if (const Hierarchy* pids = Find("pids")) {
      optional(write(*pids, "pids.max", std::to_string(limits.pids_max)));
    } else if (unified_pids_) {
      optional(write(*Find("unified"), "pids.max", std::to_string(limits.pids_max)));
    }
  }
  return Status::Ok();
}

Status Cgroups::Kill(const std::string& container) {
  if (const Hierarchy* unified = Find("unified")) {
    Status killed = WriteKernelFile(disk_, unified->folder + "/" + container + "/cgroup.kill", "1");
    if (killed.ok() || killed.code() == Code::kFileNotFound) {
      if (killed.ok() || !disk_.Exists(unified->folder + "/" + container)) return Status::Ok();
    }
  }
  // Before cgroup.kill: again and again until a look finds nobody, since the killed may fork meanwhile.
  const Hierarchy& any = hierarchies_.front();
  for (int round = 0; round < 100; ++round) {
    Result<std::string> procs = ReadKernelFile(disk_, any.folder + "/" + container + "/cgroup.procs");
    if (!procs.ok() || procs->empty()) return Status::Ok();
    std::istringstream pids(*procs);
    for (int64_t pid = 0; pids >> pid;) {
      if (pid > 1) ::kill(static_cast<pid_t>(pid), SIGKILL);
    }
  }
  return Status(Code::kInternal, "processes of " + container + " do not die");
}

bool Cgroups::Empty(const std::string& container) {
  Result<std::string> procs = ReadKernelFile(disk_, hierarchies_.front().folder + "/" + container + "/cgroup.procs");
  return !procs.ok() || procs->empty();
}

Status Cgroups::Remove(const std::string& container) {
  Status outcome;
  for (const auto& hierarchy : hierarchies_) {
    Status removed = disk_.RemoveDir(hierarchy.folder + "/" + container);
    if (!removed.ok() && removed.code() != Code::kFileNotFound) outcome = removed;
  }
  return outcome;
}

int64_t Cgroups::OomKills(const std::string& container) {
  if (const Hierarchy* memory = Find("memory")) {
    return NumberAfter(ReadKernelFile(disk_, memory->folder + "/" + container + "/memory.oom_control").value_or(""), "oom_kill");
  }
  if (!unified_memory_) return 0;
  return NumberAfter(ReadKernelFile(disk_, Find("unified")->folder + "/" + container + "/memory.events").value_or(""), "oom_kill");
}

int64_t Cgroups::PeakMemoryBytes(const std::string& container) {
  std::string text;
  if (const Hierarchy* memory = Find("memory")) {
    text = ReadKernelFile(disk_, memory->folder + "/" + container + "/memory.max_usage_in_bytes").value_or("");
  } else if (unified_memory_) {
    text = ReadKernelFile(disk_, Find("unified")->folder + "/" + container + "/memory.peak").value_or("");
  }
  return std::atoll(text.c_str());
}

void Cgroups::RemoveFolder() {
  for (const auto& hierarchy : hierarchies_) {
    Status removed = disk_.RemoveDir(hierarchy.folder);
    if (!removed.ok()) LogDebug("cgroups", "{}", removed.ToString());
  }
}

std::vector<std::string> Cgroups::List() {
  std::vector<std::string> groups;
  for (const auto& hierarchy : hierarchies_) {
    Result<std::vector<std::string>> names = disk_.List(hierarchy.folder);
    if (!names.ok()) continue;
    for (const auto& name : *names) {
      if (name.starts_with("container_") && std::find(groups.begin(), groups.end(), name) == groups.end()) groups.push_back(name);
    }
  }
  return groups;
}

}  // namespace tusk::yarn
