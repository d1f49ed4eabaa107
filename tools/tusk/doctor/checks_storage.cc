// Checks of folders, disks, the ids of storage, and what a dead daemon leaves behind.
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <set>

#include <fmt/core.h>

#include "tools/tusk/cluster/supervisor.h"
#include "tools/tusk/doctor/checks.h"

namespace tusk::tools {
namespace {

constexpr double kFull = 0.99;
constexpr double kNearlyFull = 0.95;
constexpr uint64_t kLogBytesMin = 256 << 20;

std::string Size(uint64_t bytes) {
  if (bytes >= (uint64_t{1} << 30)) return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1 << 30));
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

// "key=value" of a VERSION file.
std::string PropertyOf(const std::string& text, std::string_view key) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=') {
      std::string value(line.substr(key.size() + 1));
      while (!value.empty() && (value.back() == '\r' || value.back() == ' ')) value.pop_back();
      return value;
    }
    at = end + 1;
  }
  return "";
}

std::string VersionText(Patient& patient, const std::string& folder) {
  auto text = patient.cli.disk.ReadFile(folder + "/current/VERSION", 64 << 10);
  return text.ok() ? *text : "";
}

void CheckOneFolder(Patient& patient, const Role& role, const std::string& folder, const std::string& owner) {
  const FolderFacts facts = FolderOf(folder);
  const std::string whose = folder + " of the " + role.name;
  if (!facts.exists) {
    const bool namenode = role.kind == "namenode";
    patient.Error(whose + " is not there", namenode ? "mount its disk; for a new cluster only: hdfs namenode -format"
                                                    : "mount its disk, or mkdir -p " + folder + " && chown " + owner + " " + folder);
    return;
  }
  if (!facts.is_folder) return patient.Error(whose + " is not a folder", "move the file away and mkdir " + folder);
  auto disk = FileSystemOf(folder);
  if (disk.ok() && disk->read_only) {
    return patient.Error(whose + " lies on a disk that is mounted read-only",
                         "see `dmesg` for errors of the disk; then: mount -o remount,rw the file system of " + folder);
  }
  if (facts.owner != owner) {
    return patient.Error(whose + " belongs to " + facts.owner + ", and the daemon runs as " + owner, "chown -R " + owner + " " + folder);
  }
  // root may write whatever the mode says; the daemon's user may not be root.
  if ((facts.mode & 0300) != 0300 || (owner == patient.cli.user && !facts.writable)) {
    patient.Error(fmt::format("{} is not writable for its owner (mode {:03o})", whose, facts.mode), "chmod u+rwx " + folder);
  }
}

void CheckSpaceOf(Patient& patient, const std::string& what, const std::string& folder, std::set<std::string>& seen) {
  auto disk = FileSystemOf(folder);
  if (!disk.ok() || disk->bytes == 0) return;
  // One finding per disk, however many folders are on it.
  if (!seen.insert(fmt::format("{}/{}", disk->bytes, disk->inodes)).second) return;
  const double used = 1 - static_cast<double>(disk->bytes_free) / static_cast<double>(disk->bytes);
  const std::string said = fmt::format("the disk of {} ({}) is {:.1f} % full, {} are left", folder, what, used * 100, Size(disk->bytes_free));
  const std::string remedy = "make room there, or add a folder on another disk";
  if (used >= kFull) patient.Error(said, remedy);
  else if (used >= kNearlyFull) patient.Warn(said, remedy);
  if (disk->inodes > 0 && static_cast<double>(disk->inodes_free) < 0.02 * static_cast<double>(disk->inodes)) {
    patient.Error(fmt::format("the disk of {} ({}) has {} of {} inodes left", folder, what, disk->inodes_free, disk->inodes),
                  "remove small files there");
  }
}

bool IsLocked(Patient& patient, const std::string& path) { return patient.cli.disk.Lock(path).code() == Code::kAlreadyExists; }

void CheckPidFiles(Patient& patient, const std::string& folder) {
  auto names = patient.cli.disk.List(folder);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!name.ends_with(".pid") || !(name.starts_with("hadoop-") || name.starts_with("tusk-"))) continue;
    auto text = patient.cli.disk.ReadFile(JoinPath(folder, name), 64);
    int pid = 0;
    if (!text.ok() || std::from_chars(text->data(), text->data() + text->size(), pid).ec != std::errc()) continue;
    if (!IsProcessAlive(pid)) {
      patient.Warn(JoinPath(folder, name) + " names process " + std::to_string(pid) + ", which is gone", "rm " + JoinPath(folder, name));
    }
  }
}

}  // namespace

void CheckFolders(Patient& patient) {
  for (const Role& role : patient.roles) {
    const auto process = patient.ProcessOf(role);
    const bool made_at_start = !process && role.kind != "namenode" && role.kind != "datanode";
    const std::string owner = process ? process->user : SystemUserName();
    for (const std::string& folder : role.folders) {
      // Makes its own at the start, where it may.
      if (made_at_start && !FolderOf(folder).exists && FolderOf(ParentPath(folder)).writable) continue;
      CheckOneFolder(patient, role, folder, owner);
    }
  }
}

void CheckDiskSpace(Patient& patient) {
  std::set<std::string> seen;
  for (const Role& role : patient.roles) {
    for (const std::string& folder : role.folders) CheckSpaceOf(patient, role.name, folder, seen);
  }
}

void CheckSyncTime(Patient& patient) {
  constexpr double kSlowMs = 100, kVerySlowMs = 1000;
  std::set<std::string> seen;
  for (const Role& role : patient.roles) {
    if (role.kind != "namenode" && role.kind != "datanode") continue;
    for (const std::string& folder : role.folders) {
      if (!seen.insert(folder).second || !FolderOf(folder).writable) continue;
      const auto took = SyncMillis(patient.cli.clock, folder);
      if (!took.ok()) {
        if (took.status().error_number() == EIO) patient.Error("the disk of " + folder + " (" + role.name + ") fails: " + std::string(took.status().message()), "replace it; `dmesg` says more");
        continue;  // a full or odd file system is another check's finding
      }
      const std::string said = fmt::format("a synced write of 4 KB to {} ({}) takes {:.0f} ms", folder, role.name, *took);
      const std::string remedy = role.kind == "namenode" ? "every change waits for it: put the name folder on a disk of its own, or one with a write cache that outlives power loss"
                                                         : "look at the disk (`smartctl -a`, `iostat -x 1`)";
      if (*took >= kVerySlowMs) patient.Error(said, remedy);
      else if (*took >= kSlowMs) patient.Warn(said, remedy);
    }
  }
}

void CheckLogSpace(Patient& patient) {
  std::set<std::string> seen;
  std::vector<std::string> folders = patient.conf.GetStrings("hadoop.log.dir");
  if (auto named = EnvironmentVariable("HADOOP_LOG_DIR")) folders.push_back(*named);
  for (const Role& role : patient.roles) {
    if (!role.log_folder.empty()) folders.push_back(role.log_folder);
    if (role.kind != "nodemanager") continue;
    for (auto& folder : FoldersOf(role.conf, "yarn.nodemanager.log-dirs", "/tmp")) folders.push_back(std::move(folder));
  }
  for (const std::string& folder : folders) {
    auto disk = FileSystemOf(folder);
    if (!disk.ok() || !seen.insert(fmt::format("{}/{}", disk->bytes, disk->inodes)).second) continue;
    if (disk->bytes_free < std::min(kLogBytesMin, disk->bytes / 10)) {
      patient.Warn("the disk of the logs in " + folder + " has " + Size(disk->bytes_free) + " left", "remove old logs there, or move hadoop.log.dir");
    }
  }
}

void CheckStorageIds(Patient& patient) {
  struct Id {
    std::string cluster, name_space, pool, where;
  };
  std::optional<Id> first;
  for (const Role& role : patient.roles) {
    if (role.kind != "namenode") continue;
    for (const std::string& folder : role.folders) {
      const std::string text = VersionText(patient, folder);
      if (text.empty()) {
        if (FolderOf(folder).exists) patient.Error(folder + " of the namenode has no current/VERSION: it was never formatted", "for a new cluster only: hdfs namenode -format");
        continue;
      }
      Id id{PropertyOf(text, "clusterID"), PropertyOf(text, "namespaceID"), PropertyOf(text, "blockpoolID"), folder};
      if (!first) first = id;
      else if (first->cluster != id.cluster || first->name_space != id.name_space) {
        patient.Error("the name folders " + first->where + " and " + folder + " are of different namespaces",
                      "take the wrong one out of dfs.namenode.name.dir");
      }
    }
  }
  // The namenode may be another machine's.
  if (const auto* info = patient.NamenodeInfo(); !first && info != nullptr) {
    first = Id{info->value("ClusterId", ""), "", info->value("BlockPoolId", ""), "the namenode"};
  }
  if (!first) return;
  for (const Role& role : patient.roles) {
    if (role.kind != "datanode") continue;
    for (const std::string& folder : role.folders) {
      const std::string text = VersionText(patient, folder);
      if (text.empty()) continue;
      const std::string cluster = PropertyOf(text, "clusterID");
      if (cluster != first->cluster) {
        patient.Error("cluster id of " + folder + " of the " + role.name + " is " + cluster + ", that of " + first->where + " is " + first->cluster,
                      "the folder is another cluster's: point dfs.datanode.data.dir elsewhere, or empty the folder if its blocks are not needed");
        continue;
      }
      const std::string pool = PropertyOf(VersionText(patient, folder + "/current/" + first->pool), "namespaceID");
      if (!pool.empty() && !first->name_space.empty() && pool != first->name_space) {
        patient.Error("namespace id of " + folder + "/current/" + first->pool + " is " + pool + ", that of " + first->where + " is " + first->name_space,
                      "the block pool is another namespace's: move " + folder + "/current/" + first->pool + " away");
      }
    }
  }
}

void CheckLeftovers(Patient& patient) {
  CheckPidFiles(patient, EnvironmentVariable("HADOOP_PID_DIR").value_or("/tmp"));
  const std::string& cluster = patient.options.cluster_folder;
  if (!cluster.empty() && !IsLocked(patient, cluster + "/run/supervisor.lock")) {
    auto status = ReadClusterStatus(patient.cli.disk, cluster);
    const bool stopped = status.ok() && std::all_of(status->daemons.begin(), status->daemons.end(), [](const DaemonStatus& daemon) {
      return daemon.state == "stopped" || daemon.state == "waiting";
    });
    if (status.ok() && !stopped && !IsProcessAlive(static_cast<int>(status->supervisor_pid))) {
      patient.Warn(cluster + "/run/status.json is of supervisor " + std::to_string(status->supervisor_pid) + ", which died without stopping its daemons",
                   "tusk up --dir " + cluster + " starts it again");
    }
  }
  for (const Role& role : patient.roles) {
    if (role.kind != "namenode" && role.kind != "datanode") continue;
    const auto process = patient.ProcessOf(role);
    for (const std::string& folder : role.folders) {
      const std::string lock = folder + "/in_use.lock";
      if (!patient.cli.disk.Exists(lock)) continue;
      if (!process && IsLocked(patient, lock)) {
        patient.Error(lock + " is held, and no " + role.name + " listens: another process uses the folder, or the daemon hangs in its start",
                      "`fuser " + lock + "` names it");
      }
    }
  }
}

}  // namespace tusk::tools
