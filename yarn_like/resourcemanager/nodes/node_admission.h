// Reading the lists of nodes that may take part (yarn.resourcemanager.nodes.include-path, exclude-path), and the racks
// that a topology script gives (net.topology.script.file.name).
#pragma once

#include <string>

#include "base/config/configuration.h"
#include "base/env/disk.h"
#include "yarn_like/resourcemanager/nodes/node_table.h"

namespace tusk::yarn {

// Hosts of a plain list (words, # comments) or of XML (<hosts><host><name>, <timeout> in seconds is not read).
// An absent setting is an empty list; a file that cannot be read is an error. Blocks.
Result<NodeAdmission> ReadAdmission(Disk& disk, const Configuration& configuration);

}  // namespace tusk::yarn
