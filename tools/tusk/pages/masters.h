// Where the daemons of a configuration listen. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/config/configuration.h"
#include "base/env/network.h"

namespace tusk::tools {

struct PortKey {
  const char* kind;      // "namenode", "datanode", "resourcemanager", "nodemanager"
  const char* key;
  uint16_t port;         // Hadoop's default
  const char* host_key;  // gives the host where the key is not set; "" for none
};
// The first of each kind tells whether the daemon runs.
std::span<const PortKey> PortKeys();
// Nothing where the daemon listens on no port by this key.
std::optional<HostPort> AddressOf(const Configuration& conf, const PortKey& port);

// A master's RPC and HTTP addresses; nothing where the configuration names no such master.
std::optional<HostPort> MasterRpc(const Configuration& conf, const std::string& kind);
std::optional<HostPort> MasterWeb(const Configuration& conf, const std::string& kind);

}  // namespace tusk::tools
