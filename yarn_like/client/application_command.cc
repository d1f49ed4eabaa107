// `yarn application`: -list, -status, -kill.
#include <algorithm>

#include "yarn_like/client/rm_session.h"
#include "yarn_like/client/yarn_cli.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/common/iso_time.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;
using Client = wire::ApplicationClientProtocolClient;

constexpr std::string_view kAllStates[] = {"NEW", "NEW_SAVING", "SUBMITTED", "ACCEPTED",
                                           "RUNNING", "FINISHED", "FAILED", "KILLED"};

constexpr std::string_view kUsage =
    "usage: application\n"
    " -appId <Application ID>         Specify Application Id to be operated\n"
    " -appStates <States>             Works with -list to filter applications based on\n"
    "                                 input comma-separated list of application states.\n"
    "                                 The valid application state can be one of the\n"
    "                                 following: ALL,NEW,NEW_SAVING,SUBMITTED,ACCEPTED,\n"
    "                                 RUNNING,FINISHED,FAILED,KILLED\n"
    " -appTags <Tags>                 Works with -list to filter applications based on\n"
    "                                 input comma-separated list of application tags.\n"
    " -appTypes <Types>               Works with -list to filter applications based on\n"
    "                                 input comma-separated list of application types.\n"
    " -changeQueue <Queue Name>       Moves application to a new queue. ApplicationId is\n"
    "                                 passed using 'appId' option.\n"
    " -help                           Displays help for all commands.\n"
    " -kill <Application ID>          Kills the application. Set of applications can be\n"
    "                                 provided separated with space\n"
    " -list                           List applications. Supports optional use of\n"
    "                                 -appTypes to filter applications based on application\n"
    "                                 type, -appStates to filter applications based on\n"
    "                                 application state and -appTags to filter applications\n"
    "                                 based on application tag.\n"
    " -movetoqueue <Application ID>   Moves the application to a different queue.\n"
    " -queue <Queue Name>             Works with the movetoqueue command to specify which\n"
    "                                 queue to move an application to.\n"
    " -status <Application ID>        Prints the status of the application.\n"
    " -updateLifetime <Timeout>       Update timeout of an application from NOW, in\n"
    "                                 seconds. ApplicationId is passed using 'appId' option.\n"
    " -updatePriority <Priority>      Update priority of an application. ApplicationId is\n"
    "                                 passed using 'appId' option.\n";

bool StateOf(const std::string& name, wire::YarnApplicationStateProto* state) {
  const auto* at = std::find(std::begin(kAllStates), std::end(kAllStates), name);
  if (at == std::end(kAllStates)) return false;
  *state = static_cast<wire::YarnApplicationStateProto>(at - std::begin(kAllStates) + 1);
  return true;
}

int ListApplications(RmSession& session, std::vector<std::string> args) {
  wire::GetApplicationsRequestProto request;
  std::vector<std::string> states, types, tags;
  if (auto text = TakeOption(args, "-appTypes")) types = SplitList(*text);
  if (auto text = TakeOption(args, "-appTags")) tags = SplitList(*text);
  if (auto text = TakeOption(args, "-appStates")) {
    states = SplitList(UpperCase(*text));
    if (std::find(states.begin(), states.end(), "ALL") != states.end()) {
      states.assign(std::begin(kAllStates), std::end(kAllStates));
    }
  } else {
    states = {"SUBMITTED", "ACCEPTED", "RUNNING"};
  }
  for (const std::string& type : types) request.add_application_types(type);
  for (const std::string& tag : tags) request.add_applicationtags(tag);
  for (const std::string& name : states) {
    wire::YarnApplicationStateProto state;
    if (!StateOf(name, &state)) {
      session.Print("The application state {} is invalid.\n", name);
      session.Print("The valid application state can be one of the following: ALL,NEW,NEW_SAVING,SUBMITTED,ACCEPTED,"
                    "RUNNING,FINISHED,FAILED,KILLED\n");
      return kExitFailed;
    }
    request.add_application_states(state);
  }
  const auto response = session.Call(&Client::GetApplications, request);
  if (!response.ok()) return session.Fail(response.status());
  session.Print("Total number of applications (application-types: [{}], states: [{}] and tags: [{}]):{}\n",
                Join(types, ", "), Join(states, ", "), Join(tags, ", "), response.value().applications_size());
  session.Print("{:>30}\t{:>20}\t{:>20}\t{:>10}\t{:>10}\t{:>18}\t{:>18}\t{:>15}\t{:>35}\n", "Application-Id",
                "Application-Name", "Application-Type", "User", "Queue", "State", "Final-State", "Progress",
                "Tracking-URL");
  for (const auto& report : response.value().applications()) {
    session.Print("{:>30}\t{:>20}\t{:>20}\t{:>10}\t{:>10}\t{:>18}\t{:>18}\t{:>15}\t{:>35}\n",
                  FromProto(report.applicationid()).ToString(), report.name(), report.applicationtype(), report.user(),
                  report.queue(), NameOf(report.yarn_application_state()), NameOf(report.final_application_status()),
                  PercentText(report.progress()), report.originaltrackingurl());
  }
  return 0;
}

std::string_view AggregationName(wire::LogAggregationStatusProto status) {
  constexpr std::string_view kNames[] = {"",          "DISABLED", "NOT_START", "RUNNING",
                                         "SUCCEEDED", "FAILED",   "TIME_OUT",  "RUNNING_WITH_FAILURE"};
  return kNames[status];
}

void PrintReport(RmSession& session, const wire::ApplicationReportProto& report) {
  const auto& usage = report.app_resource_usage();
  session.Print("Application Report : \n\tApplication-Id : {}\n\tApplication-Name : {}\n\tApplication-Type : {}\n",
                FromProto(report.applicationid()).ToString(), report.name(), report.applicationtype());
  session.Print("\tUser : {}\n\tQueue : {}\n\tApplication Priority : {}\n\tStart-Time : {}\n\tFinish-Time : {}\n",
                report.user(), report.queue(), report.priority().priority(), report.starttime(), report.finishtime());
  session.Print("\tProgress : {}\n\tState : {}\n\tFinal-State : {}\n\tTracking-URL : {}\n\tRPC Port : {}\n",
                PercentText(report.progress()), NameOf(report.yarn_application_state()),
                NameOf(report.final_application_status()), report.originaltrackingurl(), report.rpc_port());
  session.Print("\tAM Host : {}\n\tAggregate Resource Allocation : {} MB-seconds, {} vcore-seconds\n", report.host(),
                usage.memory_seconds(), usage.vcore_seconds());
  session.Print("\tAggregate Resource Preempted : {} MB-seconds, {} vcore-seconds\n",
                usage.preempted_memory_seconds(), usage.preempted_vcore_seconds());
  session.Print("\tLog Aggregation Status : {}\n",
                report.has_log_aggregation_status() ? AggregationName(report.log_aggregation_status()) : "N/A");
  session.Print("\tDiagnostics : {}\n\tUnmanaged Application : {}\n\tApplication Node Label Expression : {}\n",
                report.diagnostics(), report.unmanaged_application(), report.appnodelabelexpression());
  session.Print("\tAM container Node Label Expression : {}\n", report.amnodelabelexpression());
  for (const auto& entry : report.apptimeouts()) {
    session.Print("\tTimeoutType : LIFETIME\tExpiryTime : {}\tRemainingTime : {}seconds\n",
                  entry.application_timeout().expire_time(), entry.application_timeout().remaining_time());
  }
  session.Print("\n");
}

Result<wire::ApplicationReportProto> GetReport(RmSession& session, const ApplicationId& id) {
  wire::GetApplicationReportRequestProto request;
  ToProto(id, request.mutable_application_id());
  ASSIGN_OR_RETURN(auto response, session.Call(&Client::GetApplicationReport, request));
  return response.application_report();
}

int ShowStatus(RmSession& session, const std::string& text) {
  const Result<ApplicationId> id = ApplicationId::Parse(text);
  if (!id.ok()) return session.Fail(id.status());
  const auto report = GetReport(session, *id);
  if (report.code() == Code::kApplicationNotFound) {
    session.Print("Application with id '{}' doesn't exist in RM or Timeline Server.\n", text);
    return kExitFailed;
  }
  if (!report.ok()) return session.Fail(report.status());
  PrintReport(session, *report);
  return 0;
}

Status KillOne(RmSession& session, const ApplicationId& id) {
  ASSIGN_OR_RETURN(const auto report, GetReport(session, id));
  const auto state = report.yarn_application_state();
  if (state == wire::FINISHED || state == wire::KILLED || state == wire::FAILED) {
    session.Print("Application {} has already finished \n", id.ToString());
    return Status::Ok();
  }
  session.Print("Killing application {}\n", id.ToString());
  wire::KillApplicationRequestProto request;
  ToProto(id, request.mutable_application_id());
  while (true) {
    ASSIGN_OR_RETURN(const auto response, session.Call(&Client::ForceKillApplication, request));
    if (response.is_kill_completed()) return Status::Ok();
    session.Sleep(std::chrono::milliseconds(200));
  }
}

// Well enough where one of them is.
int KillApplications(RmSession& session, const std::vector<std::string>& names) {
  int exit_code = kExitFailed;
  for (const std::string& name : names) {
    const Result<ApplicationId> id = ApplicationId::Parse(name);
    const Status killed = id.ok() ? KillOne(session, *id) : id.status();
    if (killed.ok()) {
      exit_code = 0;
    } else if (killed.code() == Code::kApplicationNotFound) {
      session.Print("Application with id '{}' doesn't exist in RM.\n", name);
    } else {
      return session.Fail(killed);
    }
  }
  return exit_code;
}

int ChangePriority(RmSession& session, const ApplicationId& id, const std::string& text) {
  wire::UpdateApplicationPriorityRequestProto request;
  ToProto(id, request.mutable_applicationid());
  request.mutable_applicationpriority()->set_priority(std::atoi(text.c_str()));
  session.Print("Updating priority of an application {}\n", id.ToString());
  const auto response = session.Call(&Client::UpdateApplicationPriority, request);
  if (!response.ok()) return session.Fail(response.status());
  const int32_t now_has = response.value().applicationpriority().priority();
  if (now_has == request.applicationpriority().priority()) {
    session.Print("Successfully updated the application {} with priority '{}'\n", id.ToString(), text);
  } else {
    session.Print("Updated priority of an application  {} to cluster max priority OR keeping old priority as application "
                  "is in final states\n",
                  id.ToString());
  }
  return 0;
}

int ChangeLifetime(RmSession& session, const ApplicationId& id, const std::string& text) {
  const int64_t seconds = std::atoll(text.c_str());
  wire::UpdateApplicationTimeoutsRequestProto request;
  ToProto(id, request.mutable_applicationid());
  auto* timeout = request.add_application_timeouts();
  timeout->set_application_timeout_type(wire::APP_TIMEOUT_LIFETIME);
  timeout->set_expire_time(Iso8601Of(session.cli().clock.WallMillis() + seconds * 1000));
  session.Print("Updating timeout for given timeoutType: LIFETIME of an application {}\n", id.ToString());
  const auto response = session.Call(&Client::UpdateApplicationTimeouts, request);
  if (!response.ok()) return session.Fail(response.status());
  session.Print("Successfully updated LIFETIME of an application {}. New expiry time is {}\n", id.ToString(),
                timeout->expire_time());
  return 0;
}

int ChangeQueue(RmSession& session, const ApplicationId& id, const std::string& queue) {
  const auto report = GetReport(session, id);
  if (!report.ok()) return session.Fail(report.status());
  const auto state = report->yarn_application_state();
  if (state == wire::FINISHED || state == wire::KILLED || state == wire::FAILED) {
    session.Print("Application {} has already finished \n", id.ToString());
    return 0;
  }
  wire::MoveApplicationAcrossQueuesRequestProto request;
  ToProto(id, request.mutable_application_id());
  request.set_target_queue(queue);
  session.Print("Moving application {} to queue {}\n", id.ToString(), queue);
  const auto response = session.Call(&Client::MoveApplicationAcrossQueues, request);
  if (!response.ok()) return session.Fail(response.status());
  session.Print("Successfully completed move.\n");
  return 0;
}

// -movetoqueue ID -queue Q; -changeQueue Q, -updatePriority N, -updateLifetime S with -appId ID. Nothing: another command.
std::optional<int> ChangeApplication(RmSession& session, std::vector<std::string> args) {
  std::optional<std::string> id_text = TakeOption(args, "-movetoqueue");
  std::optional<std::string> queue = TakeOption(args, id_text ? "-queue" : "-changeQueue");
  const std::optional<std::string> priority = TakeOption(args, "-updatePriority");
  const std::optional<std::string> lifetime = TakeOption(args, "-updateLifetime");
  if (!id_text && !queue && !priority && !lifetime) return std::nullopt;
  if (!id_text) id_text = TakeOption(args, "-appId");
  if (!id_text || (!queue && !priority && !lifetime)) {
    session.PrintError("Invalid Command Usage : \n");
    session.Print("{}", kUsage);
    return kExitFailed;
  }
  const Result<ApplicationId> id = ApplicationId::Parse(*id_text);
  if (!id.ok()) return session.Fail(id.status());
  if (queue) return ChangeQueue(session, *id, *queue);
  return priority ? ChangePriority(session, *id, *priority) : ChangeLifetime(session, *id, *lifetime);
}

}  // namespace

int RunYarnApplication(CliContext& cli, std::vector<std::string> args) {
  RmSession session(cli);
  if (const Status opened = session.Open(); !opened.ok()) return session.Fail(opened);
  if (TakeFlag(args, "-list")) return ListApplications(session, std::move(args));
  if (TakeFlag(args, "-help")) {
    session.Print("{}", kUsage);
    return 0;
  }
  if (const std::optional<int> changed = ChangeApplication(session, args)) return *changed;
  if (auto id = TakeOption(args, "-status")) return ShowStatus(session, *id);
  if (TakeFlag(args, "-kill") && !args.empty()) return KillApplications(session, args);
  if (!args.empty() && args[0].starts_with("-") && args[0] != "-status" && args[0] != "-kill") {
    session.PrintError("Unrecognized option: {}\n", args[0]);
    return 1;
  }
  session.PrintError("Invalid Command Usage : \n");
  session.Print("{}", kUsage);
  return args.empty() ? 0 : kExitFailed;
}

}  // namespace tusk::yarn
