// SimFabric: the wires between simulated machines, and what can go wrong on them. Streams deliver in order after a
// delay, in pieces of any size, with a bounded window; machines can be cut off from each other (also one way),
// connections broken, machines slowed down or switched off. Requests on different connections overtake each other, and
// what a client sends again on a new one may arrive twice: streams are TCP's, which neither lose nor reorder bytes.
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
  // The network as the machine `name` sees it. Its address is "10.0.0.<n>"; names resolve everywhere. After a SwitchOff
  // the machine joins again; the network that it had before stays dead.
  std::unique_ptr<Network> Join(const std::string& name);
  std::string AddressOf(const std::string& name) const;

  // Nothing passes between the two: connects hang, bytes wait until Heal.
  void Cut(const std::string& a, const std::string& b);
  // Nothing passes from `from` to `to`; the other direction works.
  void CutOneWay(const std::string& from, const std::string& to);
  void Heal(const std::string& a, const std::string& b);
  void HealAll();
  // What the machine sends and receives takes `factor` times as long; 1: as the others.
  void SetSlowness(const std::string& name, int factor);
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
  bool IsCut(const std::string& from, const std::string& to) const { return cuts_.contains({from, to}); }
  Duration DelayBetween(const std::string& a, const std::string& b);
  std::vector<std::shared_ptr<Connection>> Living();
  Task<Result<std::unique_ptr<Stream>>> Connect(std::string from, HostPort to, TimePoint deadline);

  SimLoop& loop_;
  SimRandom& random_;
  WireConditions conditions_;
  std::map<std::string, std::string> address_of_;  // name -> address
  std::map<std::string, std::shared_ptr<bool>> power_of_;  // name -> whether the network it joined last is alive
  std::map<std::string, int> slowness_of_;              // address -> factor
  std::set<std::pair<std::string, std::string>> cuts_;  // addresses, from and to
  std::map<HostPort, SimListener*> listeners_;
  std::vector<std::weak_ptr<Connection>> connections_;
  uint16_t next_port_ = 40000;
};

}  // namespace tusk::sim
