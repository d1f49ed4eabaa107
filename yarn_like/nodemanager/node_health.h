// NodeHealth: whether the folders that containers need can be used: there, writable, and not too full. Blocks.
#pragma once

#include <string>
#include <vector>

#include "base/env/disk.h"

namespace tusk::yarn {

struct HealthOptions {
  std::vector<std::string> local_dirs;
  std::vector<std::string> log_dirs;
  double utilization_percent_max = 90;  // yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage
  double healthy_fraction_min = 0.25;   // yarn.nodemanager.disk-health-checker.min-healthy-disks
};

struct HealthReport {
  bool healthy = true;
  std::string text;  // what is wrong, as Hadoop words it; empty when nothing is
};

HealthReport CheckHealth(Disk& disk, const HealthOptions& options);

}  // namespace tusk::yarn
