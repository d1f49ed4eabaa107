// `yarn node` and `yarn queue`.
#include <algorithm>
#include <ctime>

#include "yarn_like/client/rm_session.h"
#include "yarn_like/client/yarn_cli.h"
#include "yarn_like/common/conversions.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;
using Client = wire::ApplicationClientProtocolClient;

constexpr std::string_view kNodeUsage =
    "usage: node\n"
    " -all                  Works with -list to list all nodes.\n"
    " -help                 Displays help for all commands.\n"
    " -list                 List all running nodes. Supports optional use of -states to\n"
    "                       filter nodes based on node state, all -all to list all\n"
    "                       nodes, -showDetails to display more details about each\n"
    "                       node.\n"
    " -showDetails          Works with -list to show more details about each node.\n"
    " -states <States>      Works with -list to filter nodes based on input\n"
    "                       comma-separated list of node states.\n"
    " -status <NodeId>      Prints the status report of the node.\n";

// "Sat 21/Nov/26 12:58:04:897UTC": hours run to 12, as in Hadoop's pattern.
std::string HealthTimeText(int64_t wall_ms) {
  const std::time_t seconds = wall_ms / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char date[64], zone[16];
  std::strftime(date, sizeof(date), "%a %d/%b/%y %I:%M:%S", &local);
  std::strftime(zone, sizeof(zone), "%Z", &local);
  return fmt::format("{}:{:02}{}", date, wall_ms % 1000, zone);
}

std::string UtilizationText(const wire::ResourceUtilizationProto& use) {
  return fmt::format("PMem:{} MB, VMem:{} MB, VCores:{}", use.pmem(), use.vmem(), FloatText(use.cpu()));
}

// "<memory:8192, vCores:4>" and the further types with their names.
std::string ResourceText(const wire::ResourceProto& resource) {
  std::string text = fmt::format("<memory:{}, vCores:{}", resource.memory(), resource.virtual_cores());
  for (const auto& entry : resource.resource_value_map()) {
    if (entry.key() == kMemoryName || entry.key() == kVcoresName) continue;
    text += fmt::format(", {}: {}{}", entry.key(), entry.value(), entry.units());
  }
  return text + ">";
}

std::string LabelsText(const wire::NodeReportProto& report) {
  std::vector<std::string> labels(report.node_labels().begin(), report.node_labels().end());
  std::sort(labels.begin(), labels.end());
  return Join(labels, ",");
}

Result<std::vector<wire::NodeReportProto>> GetNodes(RmSession& session, const std::vector<int>& states) {
  wire::GetClusterNodesRequestProto request;
  for (const int state : states) request.add_nodestates(static_cast<wire::NodeStateProto>(state));
  ASSIGN_OR_RETURN(const auto response, session.Call(&Client::GetClusterNodes, request));
  return std::vector<wire::NodeReportProto>(response.nodereports().begin(), response.nodereports().end());
}

int ListNodes(RmSession& session, std::vector<std::string> args) {
  std::vector<int> states;
  if (auto text = TakeOption(args, "-states")) {
    for (const std::string& name : SplitList(UpperCase(*text))) {
      int state = wire::NS_NEW;
      while (state <= wire::NS_SHUTDOWN && NameOf(static_cast<wire::NodeStateProto>(state)) != name) ++state;
      if (state > wire::NS_SHUTDOWN) {
        session.PrintError("The node state {} is invalid.\n", name);
        session.PrintError("The valid node state can be one of the following: NEW,RUNNING,UNHEALTHY,DECOMMISSIONED,"
                           "LOST,REBOOTED,DECOMMISSIONING,SHUTDOWN\n");
        return kExitFailed;
      }
      states.push_back(state);
    }
  } else if (!TakeFlag(args, "-all")) {
    states.push_back(wire::NS_RUNNING);
  }
  const bool details = TakeFlag(args, "-showDetails");
  const auto nodes = GetNodes(session, states);
  if (!nodes.ok()) return session.Fail(nodes.status());
  session.Print("Total Nodes:{}\n", nodes.value().size());
  session.Print("{:>16}\t{:>15}\t{:>17}\t{:>28}\n", "Node-Id", "Node-State", "Node-Http-Address",
                "Number-of-Running-Containers");
  for (const auto& report : nodes.value()) {
    session.Print("{:>16}\t{:>15}\t{:>17}\t{:>28}\n", FromProto(report.nodeid()).ToString(), NameOf(report.node_state()),
                  report.httpaddress(), report.numcontainers());
    if (!details) continue;
    session.Print("Detailed Node Information :\n\tConfigured Resources : {}\n\tAllocated Resources : {}\n",
                  ResourceText(report.capability()), ResourceText(report.used()));
    session.Print("\tResource Utilization by Node : {}\n\tResource Utilization by Containers : {}\n\tNode-Labels : {}\n",
                  UtilizationText(report.node_utilization()), UtilizationText(report.containers_utilization()),
                  LabelsText(report));
  }
  return 0;
}

std::string AttributesText(const wire::NodeReportProto& report) {
  std::vector<std::string> texts;
  for (const auto& attribute : report.node_attributes()) {
    const auto& key = attribute.attributekey();
    texts.push_back(fmt::format("{}/{}({})={}", key.attributeprefix(), key.attributename(), "STRING",
                                attribute.attributevalue()));
  }
  if (texts.empty()) return "";
  return texts[0] + (texts.size() > 1 ? "\n\t                  " : "") +
         Join(std::vector<std::string>(texts.begin() + 1, texts.end()), "\n\t                  ");
}

int ShowNode(RmSession& session, const std::string& text) {
  const Result<NodeId> id = NodeId::Parse(text);
  if (!id.ok()) return session.Fail(id.status());
  const auto nodes = GetNodes(session, {});
  if (!nodes.ok()) return session.Fail(nodes.status());
  const auto at = std::find_if(nodes.value().begin(), nodes.value().end(),
                               [&](const auto& report) { return FromProto(report.nodeid()) == *id; });
  if (at == nodes.value().end()) {
    session.Print("Could not find the node report for node id : {}\n", text);
    return 0;
  }
  session.Print("Node Report : \n\tNode-Id : {}\n\tRack : {}\n\tNode-State : {}\n\tNode-Http-Address : {}\n", text,
                at->rackname(), NameOf(at->node_state()), at->httpaddress());
  session.Print("\tLast-Health-Update : {}\n\tHealth-Report : {}\n\tContainers : {}\n",
                HealthTimeText(at->last_health_report_time()), at->health_report(), at->numcontainers());
  session.Print("\tMemory-Used : {}MB\n\tMemory-Capacity : {}MB\n\tCPU-Used : {} vcores\n\tCPU-Capacity : {} vcores\n",
                at->used().memory(), at->capability().memory(), at->used().virtual_cores(),
                at->capability().virtual_cores());
  session.Print("\tNode-Labels : {}\n\tNode Attributes : {}\n", LabelsText(*at), AttributesText(*at));
  session.Print("\tResource Utilization by Node : {}\n\tResource Utilization by Containers : {}\n\n",
                UtilizationText(at->node_utilization()), UtilizationText(at->containers_utilization()));
  return 0;
}

// "100.00%", ".00%", as DecimalFormat("#.00%").
std::string CapacityText(float share) {
  std::string text = fmt::format("{:.2f}%", share * 100);
  return text.starts_with("0.") ? text.substr(1) : text;
}

void PrintQueue(RmSession& session, const wire::QueueInfoProto& queue) {
  const char* state = queue.state() == wire::Q_RUNNING ? "RUNNING" : queue.state() == wire::Q_STOPPED ? "STOPPED"
                                                                                                      : "DRAINING";
  session.Print("Scheduler Name : {}\nQueue Name : {}\nQueue Path : {}\n\tState : {}\n", queue.schedulertype(),
                queue.queuename(), queue.queuepath(), state);
  session.Print("\tCapacity : {}\n\tCurrent Capacity : {}\n\tMaximum Capacity : {}\n\tWeight : {:.2f}\n",
                CapacityText(queue.capacity()), CapacityText(queue.currentcapacity()),
                CapacityText(queue.maximumcapacity()), queue.weight());
  session.Print("\tMaximum Parallel Apps : {}\n\tDefault Node Label expression : {}\n", queue.maxparallelapps(),
                queue.defaultnodelabelexpression().empty() ? "<DEFAULT_PARTITION>" : queue.defaultnodelabelexpression());
  session.Print("\tAccessible Node Labels : {}\n\tPreemption : {}\n\tIntra-queue Preemption : {}\n",
                Join({queue.accessiblenodelabels().begin(), queue.accessiblenodelabels().end()}, ","),
                queue.preemptiondisabled() ? "disabled" : "enabled",
                queue.intraqueuepreemptiondisabled() ? "disabled" : "enabled");
}

int ShowQueue(RmSession& session, const std::string& name) {
  wire::GetQueueInfoRequestProto request;
  request.set_queuename(name);
  request.set_includeapplications(true);  // as Java's client asks
  const auto response = session.Call(&Client::GetQueueInfo, request);
  if (!response.ok()) return session.Fail(response.status());
  if (!response.value().has_queueinfo()) {
    session.Print("Cannot get queue from RM by queueName = {}, please check.\n", name);
    return kExitFailed;
  }
  session.Print("Queue Information : \n");
  PrintQueue(session, response.value().queueinfo());
  return 0;
}

}  // namespace

int RunYarnNode(CliContext& cli, std::vector<std::string> args) {
  RmSession session(cli);
  if (const Status opened = session.Open(); !opened.ok()) return session.Fail(opened);
  if (auto id = TakeOption(args, "-status")) return ShowNode(session, *id);
  if (TakeFlag(args, "-list")) return ListNodes(session, std::move(args));
  if (TakeFlag(args, "-help")) {
    session.Print("{}", kNodeUsage);
    return 0;
  }
  session.PrintError("Invalid Command Usage : \n");
  session.Print("{}", kNodeUsage);
  return kExitFailed;
}

int RunYarnQueue(CliContext& cli, std::vector<std::string> args) {
  RmSession session(cli);
  if (const Status opened = session.Open(); !opened.ok()) return session.Fail(opened);
  if (auto name = TakeOption(args, "-status")) return ShowQueue(session, *name);
  session.PrintError("Invalid Command Usage : \n");
  session.Print("usage: queue\n -help                   Displays help for all commands.\n"
                " -status <Queue Name>    List queue information about given queue.\n");
  return args.empty() || args[0] == "-help" ? 0 : kExitFailed;
}

}  // namespace tusk::yarn
