// SimFabric: the wires between simulated machines, and what can go wrong on them. Streams deliver in order after a
// delay, in pieces of any size, with a bounded window; machines can be cut off from each other, connections broken,
// machines switched off.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/env/network.h"
#include "base/sim/sim_loop.h"

namespace tusk::sim {

struct WireConditions {
  Duration delay_min = std::chrono::microseconds(50);
  Duration delay_max = std::chrono::microseconds(500);
  size_t window_bytes = 256 << 10;  // what a sender may have under way
};

struct Connection;
class SimListener;

class SimFabric {
 public:
  SimFabric(SimLoop& loop, SimRandom& random, WireConditions conditions = {});
  ~SimFabric();
  // The network as the machine `name` sees it. Its address is "10.0.0.<n>"; names resolve everywhere.
  std::unique_ptr<Network> Join(const std::string& name);
  std::string AddressOf(const std::string& name) const;

  // Nothing passes between the two: connects hang, bytes wait until Heal.
  void Cut(const std::string& a, const std::string& b);
  void Heal(const std::string& a, const std::string& b);
  // Every connection between the two is reset at both ends.
  void BreakConnections(const std::string& a, const std::string& b);
  // The machine loses its power: its listeners are gone, its peers see resets.
  void SwitchOff(const std::string& name);
  size_t open_connections() const;

 private:
  friend class SimNetwork;
  friend class SimStream;
  friend class SimListener;
  friend struct Connection;
  bool IsCut(const std::string& a, const std::string& b) const;
  std::vector<std::shared_ptr<Connection>> Living();
  Task<Result<std::unique_ptr<Stream>>> Connect(std::string from, HostPort to, TimePoint deadline);

  SimLoop& loop_;
  SimRandom& random_;
  WireConditions conditions_;
  std::map<std::string, std::string> address_of_;  // name -> address
  std::set<std::pair<std::string, std::string>> cuts_;  // addresses, smaller first
  std::map<HostPort, SimListener*> listeners_;
  std::vector<std::weak_ptr<Connection>> connections_;
  uint16_t next_port_ = 40000;
};

}  // namespace tusk::sim
