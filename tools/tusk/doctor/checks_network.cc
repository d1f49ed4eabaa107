// Checks of names, ports, daemons that should listen, masters elsewhere, and clocks.
#include <algorithm>
#include <array>
#include <ctime>
#include <set>

#include <fmt/core.h>

#include "base/env/network.h"
#include "tools/tusk/doctor/checks.h"

#include <unistd.h>

namespace tusk::tools {
namespace {

constexpr int kConnectMs = 2000;
constexpr double kSkewWarning = 5;
constexpr double kSkewError = 60;
constexpr size_t kPeersMax = 32;

std::string OwnHostName() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

bool IsAny(const std::string& host) { return host == "0.0.0.0" || host == "::" || host.empty(); }

// Seconds since 1970 of "Sun, 22 Nov 2026 01:18:45 GMT"; nothing for other text.
std::optional<int64_t> ParseHttpDate(const std::string& text) {
  std::tm parts{};
  if (text.empty() || ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return std::nullopt;
  return ::timegm(&parts);
}

void CompareClock(Patient& patient, const std::string& who, const HostPort& web) {
  auto page = patient.Get(web, "/jmx");
  if (!page.ok()) return;
  const auto theirs = ParseHttpDate((*page)->date);
  if (!theirs) return;
  // The header has whole seconds.
  const double skew = static_cast<double>(*theirs) + 0.5 - static_cast<double>((*page)->asked_wall_ms) / 1000;
  const std::string said = fmt::format("the clock of the {} at {} is {:.0f} s {} this machine's", who, web.ToString(), std::abs(skew), skew > 0 ? "ahead of" : "behind");
  const std::string remedy = "run chrony or systemd-timesyncd on both (`timedatectl set-ntp true`); tokens and leases go by the clock";
  if (std::abs(skew) > kSkewError) patient.Error(said, remedy);
  else if (std::abs(skew) > kSkewWarning) patient.Warn(said, remedy);
}

// A worker as its master knows it: where nobody else can go, or where nobody answers.
void CheckWorker(Patient& patient, const HostPort& master, const std::string& who, const HostPort& at, const std::string& remedy) {
  const auto of_master = ResolveName(master.host);
  if (IsLoopback(at.host) && std::none_of(of_master.begin(), of_master.end(), IsLoopback)) {
    return patient.Error(who + " is known to its master as " + at.ToString() + ": other machines would be told to go to themselves",
                         "give it an address in the cluster's network: its -hostname key, or its name in /etc/hosts");
  }
  const Status reached = TryConnect(at, kConnectMs);
  if (!reached.ok()) patient.Error(who + " cannot be reached from here at " + at.ToString() + ": " + std::string(reached.message()), remedy);
}

void CheckWorkers(Patient& patient) {
  size_t tried = 0;
  const auto namenode = patient.Master("namenode");
  const auto* info = namenode ? patient.NamenodeInfo() : nullptr;
  if (info != nullptr) {
    const auto live = InnerJson(*info, "LiveNodes");
    for (const auto& [name, node] : live.items()) {
      auto at = HostPort::Parse(node.value("xferaddr", ""));
      if (!at.ok() || at->port == 0 || ++tried > kPeersMax) continue;
      CheckWorker(patient, *namenode, "datanode " + name, *at,
                  "open the port in its firewall; or dfs.client.use.datanode.hostname=true where its address is not routed");
    }
  }
  const auto resource_manager = patient.Master("resourcemanager");
  const auto* nodes = resource_manager ? patient.ClusterNodes() : nullptr;
  if (nodes == nullptr) return;
  for (const auto& node : *nodes) {
    auto at = HostPort::Parse(node.value("id", ""));
    if (node.value("state", "") != "RUNNING" || !at.ok() || at->port == 0 || ++tried > 2 * kPeersMax) continue;
    CheckWorker(patient, *resource_manager, "nodemanager " + at->ToString(), *at,
                "open the port of yarn.nodemanager.address in its firewall: application masters start containers there");
  }
}

bool HoldsAllFree(const Patient& patient, const Role& role) {
  return std::none_of(role.ports.begin(), role.ports.end(), [&](const RolePort& port) { return patient.PortHolder(port.address.port).has_value(); });
}

}  // namespace

void CheckNames(Patient& patient) {
  std::set<std::string> seen;
  auto resolve = [&](const std::string& host, const std::string& why) {
    if (IsAny(host) || !seen.insert(host).second) return;
    if (ResolveName(host).empty()) {
      patient.Error("the name " + host + " (" + why + ") does not resolve", "correct it, or add it to DNS or /etc/hosts");
    }
  };
  bool only_loopback = true;
  for (const std::string kind : {"namenode", "resourcemanager"}) {
    const auto master = patient.Master(kind);
    if (!master) continue;
    resolve(master->host, "address of the " + kind);
    const auto found = ResolveName(master->host);
    only_loopback = only_loopback && std::all_of(found.begin(), found.end(), IsLoopback);
  }
  for (const char* key : {"dfs.datanode.hostname", "yarn.nodemanager.hostname"}) {
    if (auto host = patient.conf.Get(key)) resolve(*host, key);
  }
  for (const Role& role : patient.roles) {
    for (const RolePort& port : role.ports) {
      if (IsAny(port.address.host)) continue;
      resolve(port.address.host, port.key);
      const auto found = ResolveName(port.address.host);
      if (!found.empty() && std::none_of(found.begin(), found.end(), IsOwnAddress)) {
        patient.Error(port.address.host + " (" + port.key + " of the " + role.name + ") resolves to " + found[0] + ", which is no address of this machine",
                      "correct the key, DNS or /etc/hosts; or, behind address translation, set the -bind-host key to 0.0.0.0");
      }
    }
  }
  // With other machines in the cluster this one's own name must lead here from there.
  if (only_loopback || patient.roles.empty()) return;
  const std::string own = OwnHostName();
  const auto found = ResolveName(own);
  if (found.empty()) {
    patient.Warn("this machine's own name, " + own + ", does not resolve", "add it to DNS or /etc/hosts with its address in the cluster's network");
  } else if (std::all_of(found.begin(), found.end(), IsLoopback)) {
    patient.Warn("this machine's own name, " + own + ", resolves to " + found[0] + ": other machines would be told to come there",
                 "give it its address in the cluster's network in /etc/hosts (Debian writes 127.0.1.1 there)");
  }
}

void CheckPorts(Patient& patient) {
  for (const Role& role : patient.roles) {
    const auto process = patient.ProcessOf(role);
    for (const RolePort& port : role.ports) {
      const auto holder = patient.PortHolder(port.address.port);
      if (!holder || (process && holder->pid == process->pid)) continue;
      if (holder->pid == 0 && process) continue;
      // A master whose only word is its address may be somebody else's daemon behind a port that we guessed.
      patient.Error(fmt::format("port {} ({} of the {}) is held by {}", port.address.port, port.key, role.name, holder->Short()),
                    holder->pid == 0 ? "run `ss -ltnp` as root to see whose it is" : fmt::format("stop it (kill {}), or give {} another port", holder->pid, port.key));
    }
  }
}

void CheckDaemons(Patient& patient) {
  std::vector<const Role*> down;
  for (const Role& role : patient.roles) {
    if (!role.ports.empty() && !patient.ProcessOf(role) && HoldsAllFree(patient, role)) down.push_back(&role);
  }
  if (!down.empty() && down.size() == patient.roles.size() && !patient.options.cluster_folder.empty()) {
    return patient.Error("nothing of the cluster in " + patient.options.cluster_folder + " runs", "tusk up --dir " + patient.options.cluster_folder);
  }
  for (const Role* role : down) {
    const std::string log = role->log_folder.empty() ? "its log (journalctl -u tusk-" + role->kind + ")" : role->log_folder + "/" + role->name + ".log";
    patient.Error("the " + role->name + " is configured here and does not run: nothing listens on " + role->ports[0].address.ToString(),
                  "see the end of " + log + ", then start it: " + (role->kind == "namenode" || role->kind == "datanode" ? "hdfs " : "yarn ") + role->kind);
  }
}

void CheckPeers(Patient& patient) {
  for (const std::string kind : {"namenode", "resourcemanager"}) {
    const auto master = patient.Master(kind);
    if (!master || patient.IsHere(kind)) continue;
    if (IsAny(master->host)) continue;
    const Status reached = TryConnect(*master, kConnectMs);
    if (reached.ok() || reached.code() == Code::kUnknownHost) continue;  // the latter is the names' check
    patient.Error("the " + kind + " at " + master->ToString() + " cannot be reached: " + std::string(reached.message()),
                  reached.code() == Code::kConnectionRefused ? "start it there; if it runs, it listens on another address: see its -bind-host key"
                                                             : "look at the machine, the network and its firewall");
  }
  CheckWorkers(patient);
}

// Hadoop's namenodes, and tusk's, refuse a datanode whose address has no name.
void CheckReverseNames(Patient& patient) {
  const bool has_datanode = std::any_of(patient.roles.begin(), patient.roles.end(), [](const Role& role) { return role.kind == "datanode"; });
  const auto master = patient.Master("namenode");
  const bool refused = patient.conf.GetBool("dfs.namenode.datanode.registration.ip-hostname-check", true).value_or(true);
  if (!has_datanode || !master || patient.IsHere("namenode")) return;
  const std::string own = AddressToward(*master);
  if (own.empty()) return;  // the peers' check
  const std::string name = NameOfAddress(own);
  if (name.empty()) {
    const std::string said = own + ", from where the datanode here reaches the namenode, has no name (reverse DNS)";
    const std::string remedy = "add it to DNS or to /etc/hosts of the namenode's machine; or dfs.namenode.datanode.registration.ip-hostname-check=false there";
    return refused ? patient.Error(said + ": a namenode refuses the datanode", remedy) : patient.Info(said);
  }
  const auto back = ResolveName(name);
  if (std::find(back.begin(), back.end(), own) == back.end()) {
    patient.Warn(own + " has the name " + name + ", which " + (back.empty() ? "does not resolve" : "leads to " + back[0]),
                 "make DNS's two directions, or /etc/hosts, agree");
  }
}

void CheckClocks(Patient& patient) {
  for (const std::string kind : {"namenode", "resourcemanager"}) {
    if (auto web = patient.MasterWeb(kind)) CompareClock(patient, kind, *web);
  }
  size_t asked = 0;
  if (const auto* info = patient.NamenodeInfo()) {
    const auto live = InnerJson(*info, "LiveNodes");
    for (const auto& [name, node] : live.items()) {
      auto web = HostPort::Parse(node.value("infoAddr", ""));
      if (web.ok() && web->port != 0 && ++asked <= kPeersMax) CompareClock(patient, "datanode " + name, *web);
    }
  }
  if (const auto* nodes = patient.ClusterNodes()) {
    for (const auto& node : *nodes) {
      auto web = HostPort::Parse(node.value("nodeHTTPAddress", ""));
      if (node.value("state", "") == "RUNNING" && web.ok() && web->port != 0 && ++asked <= 2 * kPeersMax) {
        CompareClock(patient, "nodemanager " + node.value("id", ""), *web);
      }
    }
  }
}

}  // namespace tusk::tools
