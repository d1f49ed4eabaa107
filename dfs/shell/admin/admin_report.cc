// `hdfs dfsadmin -report`, -printTopology, -listOpenFiles: what the namenode knows, as tables.
#include <algorithm>
#include <map>
#include <ostream>

#include <fmt/core.h>

#include "dfs/client/admin/dfs_admin.h"
#include "dfs/shell/admin/admin_internal.h"

namespace tusk::dfs {
namespace {

double Percent(uint64_t part, uint64_t whole, double otherwise) {
  return whole == 0 ? otherwise : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

void PrintNode(std::ostream& out, const DatanodeReport& node) {
  constexpr const char* kStates[] = {"Normal", "Decommission in progress", "Decommissioned", "Entering maintenance",
                                     "In maintenance"};
  out << "Name: " << node.address << " (" << node.host_name << ")\n";
  out << "Hostname: " << node.host_name << "\n";
  if (!node.rack.empty() && node.rack != "/default-rack") out << "Rack: " << node.rack << "\n";
  if (!node.upgrade_domain.empty()) out << "Upgrade domain: " << node.upgrade_domain << "\n";
  out << "Decommission Status : " << kStates[node.admin_state >= 0 && node.admin_state < 5 ? node.admin_state : 0] << "\n";
  out << "Configured Capacity: " << WithByteText(node.capacity) << "\n";
  out << "DFS Used: " << WithByteText(node.used) << "\n";
  out << "Non DFS Used: " << WithByteText(node.non_dfs_used) << "\n";
  out << "DFS Remaining: " << WithByteText(node.remaining) << "\n";
  out << fmt::format("DFS Used%: {:.2f}%\n", Percent(node.used, node.capacity, 100));
  out << fmt::format("DFS Remaining%: {:.2f}%\n", Percent(node.remaining, node.capacity, 0));
  uint64_t cache_left = node.cache_capacity - std::min(node.cache_capacity, node.cache_used);
  out << "Configured Cache Capacity: " << WithByteText(node.cache_capacity) << "\n";
  out << "Cache Used: " << WithByteText(node.cache_used) << "\n";
  out << "Cache Remaining: " << WithByteText(cache_left) << "\n";
  out << fmt::format("Cache Used%: {:.2f}%\n", Percent(node.cache_used, node.cache_capacity, 100));
  out << fmt::format("Cache Remaining%: {:.2f}%\n", Percent(cache_left, node.cache_capacity, 0));
  out << "Xceivers: " << node.xceivers << "\n";
  out << "Last contact: " << JavaDateText(node.last_contact_wall_ms) << "\n";
  out << "Last Block Report: "
      << (node.last_block_report_wall_ms != 0 ? JavaDateText(node.last_block_report_wall_ms) : "Never") << "\n";
  out << "Num of Blocks: " << node.blocks << "\n\n\n";
}

void PrintHealth(std::ostream& out, const BlockHealth& blocks, const BlockHealth& groups) {
  out << "Replicated Blocks:\n";
  out << "\tUnder replicated blocks: " << blocks.low_redundancy << "\n";
  out << "\tBlocks with corrupt replicas: " << blocks.corrupt << "\n";
  out << "\tMissing blocks: " << blocks.missing << "\n";
  out << "\tMissing blocks (with replication factor 1): " << blocks.missing_replication_one << "\n";
  out << "\tLow redundancy blocks with highest priority to recover: " << blocks.highest_priority << "\n";
  out << "\tPending deletion blocks: " << blocks.pending_deletion << "\n";
  out << "Erasure Coded Block Groups: \n";
  out << "\tLow redundancy block groups: " << groups.low_redundancy << "\n";
  out << "\tBlock groups with corrupt internal blocks: " << groups.corrupt << "\n";
  out << "\tMissing block groups: " << groups.missing << "\n";
  out << "\tLow redundancy blocks with highest priority to recover: " << groups.highest_priority << "\n";
  out << "\tPending deletion blocks: " << groups.pending_deletion << "\n";
}

void PrintNodes(AdminSession& session, const std::vector<DatanodeReport>& nodes, const char* head, bool even_if_none) {
  if (nodes.empty() && !even_if_none) return;
  session.out() << head << " datanodes (" << nodes.size() << "):\n\n";
  for (const DatanodeReport& node : nodes) PrintNode(session.out(), node);
}

Status PrintNodesOf(AdminSession& session, const AdminArgs& flags) {
  struct Group {
    const char* flag;
    DatanodeKind kind;
    const char* head;
  };
  constexpr Group kGroups[] = {{"-live", DatanodeKind::kLive, "Live"},
                               {"-dead", DatanodeKind::kDead, "Dead"},
                               {"-decommissioning", DatanodeKind::kDecommissioning, "Decommissioning"},
                               {"-enteringmaintenance", DatanodeKind::kEnteringMaintenance, "Entering maintenance"},
                               {"-inmaintenance", DatanodeKind::kInMaintenance, "In maintenance"}};
  auto wants = [&flags](const char* flag) { return std::find(flags.begin(), flags.end(), flag) != flags.end(); };
  bool all = !wants("-slownodes");
  for (const Group& group : kGroups) all = all && !wants(group.flag);
  for (const Group& group : kGroups) {
    if (!all && !wants(group.flag)) continue;
    ASSIGN_OR_RETURN(std::vector<DatanodeReport> nodes, session.Run(ReportDatanodes(session.fs, group.kind)));
    PrintNodes(session, nodes, group.head, wants(group.flag));
  }
  if (all || wants("-slownodes")) {
    ASSIGN_OR_RETURN(std::vector<DatanodeReport> nodes, session.Run(ReportSlowDatanodes(session.fs)));
    PrintNodes(session, nodes, "Slow", wants("-slownodes"));
  }
  return Status::Ok();
}

}  // namespace

Result<int> AdminReport(AdminSession& session, AdminArgs args) {
  ASSIGN_OR_RETURN(FsUsage usage, session.Run(session.fs.GetUsage("/")));
  ASSIGN_OR_RETURN(bool safe_mode, session.Run(SetSafeMode(session.fs, SafeModeAction::kGet)));
  std::ostream& out = session.out();
  if (safe_mode) out << "Safe mode is ON\n";
  uint64_t present = usage.remaining + usage.used;
  out << "Configured Capacity: " << WithByteText(usage.capacity) << "\n";
  out << "Present Capacity: " << WithByteText(present) << "\n";
  out << "DFS Remaining: " << WithByteText(usage.remaining) << "\n";
  out << "DFS Used: " << WithByteText(usage.used) << "\n";
  out << fmt::format("DFS Used%: {:.2f}%\n", Percent(usage.used, present, 0));
  ASSIGN_OR_RETURN(BlockHealth blocks, session.Run(ReplicatedBlockHealth(session.fs)));
  auto groups = session.Run(ErasureCodedBlockHealth(session.fs));  // a namenode without erasure coding may not know it
  PrintHealth(out, blocks, groups.ok() ? *groups : BlockHealth());
  out << "\n-------------------------------------------------\n";
  RETURN_IF_ERROR(PrintNodesOf(session, args));
  return 0;
}

Result<int> AdminPrintTopology(AdminSession& session, AdminArgs) {
  constexpr const char* kStates[] = {"In Service", "Decommission In Progress", "Decommissioned", "Entering Maintenance",
                                     "In Maintenance"};
  ASSIGN_OR_RETURN(std::vector<DatanodeReport> nodes, session.Run(ReportDatanodes(session.fs, DatanodeKind::kAll)));
  std::map<std::string, std::map<std::string, const DatanodeReport*>> racks;
  for (const DatanodeReport& node : nodes) racks[node.rack][node.address] = &node;
  for (const auto& [rack, members] : racks) {
    session.out() << "Rack: " << rack << "\n";
    for (const auto& [address, node] : members) {
      int state = node->admin_state >= 0 && node->admin_state < 5 ? node->admin_state : 0;
      session.out() << "   " << address << " (" << node->host_name << ") " << kStates[state] << "\n";
    }
    session.out() << "\n";
  }
  return 0;
}

Result<int> AdminListOpenFiles(AdminSession& session, AdminArgs args) {
  bool blocking = TakeFlag(args, "-blockingDecommission");
  std::string path = "/";
  auto option = std::find(args.begin(), args.end(), "-path");
  if (option != args.end()) {
    if (option + 1 == args.end()) return Status(Code::kInvalidArgument, "option -path requires 1 argument");
    if (!(option + 1)->empty()) path = *(option + 1);
  }
  session.out() << fmt::format("{:<20}\t{:<20}\t{}\n", "Client Host", "Client Name", "Open File Path");
  int64_t after = 0;
  for (;;) {
    auto page = session.Run(ListOpenFiles(session.fs, after, blocking, path));
    if (!page.ok()) {
      session.out() << "List open files failed.\n";
      return page.status();
    }
    for (const OpenFile& file : page->files) {
      session.out() << fmt::format("{:<20}\t{:<20}\t{:>20}\n", file.client_machine, file.client_name, file.path);
      after = file.id;
    }
    if (!page->more || page->files.empty()) return 0;
  }
}

}  // namespace tusk::dfs
