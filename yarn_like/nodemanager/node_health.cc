// Looking at the node's folders.
#include "yarn_like/nodemanager/node_health.h"

#include <fmt/format.h>

namespace tusk::yarn {
namespace {

struct Verdict {
  bool healthy = true;
  std::string text;
};

Status TryWrite(Disk& disk, const std::string& folder) {
  std::string probe = folder + "/.tusk-health";
  ASSIGN_OR_RETURN(auto file, disk.Open(probe, OpenMode::kCreateTruncate));
  RETURN_IF_ERROR(file->WriteAt(0, AsBytes("ok")));
  file.reset();
  return disk.RemoveFile(probe);
}

Verdict CheckFolders(Disk& disk, const std::vector<std::string>& folders, const HealthOptions& options, std::string_view kind) {
  std::string broken;
  std::string full;
  size_t broken_count = 0;
  size_t full_count = 0;
  for (const auto& folder : folders) {
    Status written = TryWrite(disk, folder);
    Result<DiskSpace> space = disk.Space(folder);
    if (!written.ok() || !space.ok()) {
      ++broken_count;
      broken += (broken.empty() ? "" : ", ") + folder + " : " + (written.ok() ? space.status() : written).ToString();
      continue;
    }
    double used = space->capacity_bytes == 0 ? 0
                                             : 100.0 * static_cast<double>(space->capacity_bytes - space->available_bytes) /
                                                   static_cast<double>(space->capacity_bytes);
    if (used > options.utilization_percent_max) {
      ++full_count;
      full += fmt::format("{}{} : used space above threshold of {:.1f}%", full.empty() ? "" : ", ", folder, options.utilization_percent_max);
    }
  }
  Verdict verdict;
  if (full_count > 0) {
    verdict.text = fmt::format("{}/{} {} usable space is below configured utilization percentage/no more usable space [ {} ] ; ",
                               full_count, folders.size(), kind, full);
  }
  if (broken_count > 0) verdict.text += fmt::format("{}/{} {} have errors:  [ {} ] ", broken_count, folders.size(), kind, broken);
  auto good = static_cast<double>(folders.size() - full_count - broken_count);
  verdict.healthy = good > 0 && good / static_cast<double>(folders.size()) >= options.healthy_fraction_min;
  return verdict;
}

}  // namespace

HealthReport CheckHealth(Disk& disk, const HealthOptions& options) {
  Verdict local = CheckFolders(disk, options.local_dirs, options, "local-dirs");
  Verdict log = CheckFolders(disk, options.log_dirs, options, "log-dirs");
  return {local.healthy && log.healthy, local.text + log.text};
}

}  // namespace tusk::yarn
