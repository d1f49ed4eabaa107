// The site files of a cluster's conf folder.
#pragma once

#include "tools/tusk/cluster/cluster_layout.h"

namespace tusk::tools {

Status WriteSiteFiles(Disk& disk, const ClusterLayout& layout, MachineSize machine);

}  // namespace tusk::tools
