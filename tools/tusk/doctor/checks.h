// The table of checks: a name for `tusk doctor NAME`, what it looks at, and the function that does.
#pragma once

#include <span>
#include <string_view>

#include "tools/tusk/doctor/patient.h"

namespace tusk::tools {

struct Check {
  std::string_view name;
  std::string_view what;
  void (*run)(Patient& patient);
};
std::span<const Check> Checks();

// checks_config.cc
void CheckSyntax(Patient& patient);
void CheckKeys(Patient& patient);
void CheckValues(Patient& patient);
void CheckSecrets(Patient& patient);
// checks_storage.cc
void CheckFolders(Patient& patient);
void CheckDiskSpace(Patient& patient);
void CheckSyncTime(Patient& patient);
void CheckLogSpace(Patient& patient);
void CheckStorageIds(Patient& patient);
void CheckLeftovers(Patient& patient);
// checks_host.cc
void CheckLimits(Patient& patient);
void CheckKernel(Patient& patient);
void CheckCpu(Patient& patient);
void CheckControlGroups(Patient& patient);
void CheckGpu(Patient& patient);
// checks_network.cc
void CheckNames(Patient& patient);
void CheckReverseNames(Patient& patient);
void CheckPorts(Patient& patient);
void CheckDaemons(Patient& patient);
void CheckPeers(Patient& patient);
void CheckClocks(Patient& patient);
// checks_cluster.cc
void CheckVersions(Patient& patient);
void CheckSafeMode(Patient& patient);
void CheckDatanodes(Patient& patient);
void CheckBlocks(Patient& patient);
void CheckNodes(Patient& patient);

}  // namespace tusk::tools
