// ClusterLayout: the folder of a `tusk up` cluster: how many daemons, which ports, and the Hadoop configuration that
// follows from them. Kept in DIR/conf/cluster.json, written last, so that its presence means a whole configuration.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "base/env/disk.h"
#include "base/env/random.h"

namespace tusk::tools {

// Of one kind in one cluster folder.
inline constexpr int kDaemonsMax = 64;

struct DatanodePorts {
  uint16_t transfer = 0;
  uint16_t http = 0;
  uint16_t ipc = 0;
};
struct NodemanagerPorts {
  uint16_t rpc = 0;
  uint16_t localizer = 0;
  uint16_t http = 0;
  uint16_t shuffle = 0;
};

struct ClusterLayout {
  std::string folder;
  int datanodes = 1;
  int nodemanagers = 1;
  std::string hadoop_jars;  // folder of Hadoop's jars for Java jobs; "" for none
  std::string java_home;
  std::map<std::string, std::string> settings;  // the user's own (up -D key=value); they win in the site files
  uint16_t namenode_rpc = 0;
  uint16_t namenode_http = 0;
  uint16_t rm_client = 0;
  uint16_t rm_scheduler = 0;
  uint16_t rm_tracker = 0;
  uint16_t rm_admin = 0;
  uint16_t rm_http = 0;
  uint16_t history_rpc = 0;
  uint16_t history_http = 0;
  uint16_t history_admin = 0;
  std::vector<DatanodePorts> datanode_ports;        // at least `datanodes`
  std::vector<NodemanagerPorts> nodemanager_ports;  // at least `nodemanagers`

  std::string conf_folder() const { return folder + "/conf"; }
  std::string logs_folder() const { return folder + "/logs"; }
  std::string run_folder() const { return folder + "/run"; }
  std::vector<uint16_t> Ports() const;
};

enum class PortChoice { kAuto, kHadoop };

// Fills in every port that is 0 and extends the lists to the counts: Hadoop's own numbers (further daemons counted up
// by ten), or free ones between 10000 and 32767, below the range that the kernel hands out to clients.
Status ChoosePorts(ClusterLayout& layout, PortChoice choice, Random& random);
// kAddressInUse naming the first port of the layout on which somebody listens already.
Status CheckPortsFree(const ClusterLayout& layout);

// kFileNotFound: no cluster there yet. kInconsistentState: a configuration without its cluster.json.
Result<ClusterLayout> LoadLayout(Disk& disk, const std::string& folder);
// Writes the four site files, then cluster.json.
Status SaveLayout(Disk& disk, const ClusterLayout& layout);

struct MachineSize {
  uint64_t memory_bytes = 0;
  int cores = 1;
};
MachineSize ThisMachine();

// What the i-th datanode or nodemanager has of its own, as -D settings.
std::vector<std::string> DatanodeSettings(const ClusterLayout& layout, int index);
std::vector<std::string> NodemanagerSettings(const ClusterLayout& layout, int index);

}  // namespace tusk::tools
