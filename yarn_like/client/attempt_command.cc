// `yarn applicationattempt` and `yarn container`: -list, -status.
#include <algorithm>
#include <ctime>

#include "yarn_like/client/rm_session.h"
#include "yarn_like/client/yarn_cli.h"
#include "yarn_like/common/conversions.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;
using Client = wire::ApplicationClientProtocolClient;

// As Times.format: "Sat Nov 21 12:58:04 +0000 2026", "N/A" for 0.
std::string TimeText(int64_t wall_ms) {
  if (wall_ms <= 0) return "N/A";
  const std::time_t seconds = wall_ms / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[64];
  std::strftime(text, sizeof(text), "%a %b %d %H:%M:%S %z %Y", &local);
  return text;
}

std::string_view ContainerStateName(wire::ContainerStateProto state) {
  constexpr std::string_view kNames[] = {"", "NEW", "RUNNING", "COMPLETE"};
  return kNames[state];
}

// An unmanaged master has none.
std::string AmContainerText(const wire::ApplicationAttemptReportProto& report) {
  return report.has_am_container_id() ? FromProto(report.am_container_id()).ToString() : "N/A";
}

int ListAttempts(RmSession& session, const std::string& text) {
  const Result<ApplicationId> id = ApplicationId::Parse(text);
  if (!id.ok()) return session.Fail(id.status());
  wire::GetApplicationAttemptsRequestProto request;
  ToProto(*id, request.mutable_application_id());
  const auto response = session.Call(&Client::GetApplicationAttempts, request);
  if (!response.ok()) return session.Fail(response.status());
  session.Print("Total number of application attempts :{}\n", response.value().application_attempts_size());
  session.Print("{:>30}\t{:>20}\t{:>35}\t{:>35}\n", "ApplicationAttempt-Id", "State", "AM-Container-Id",
                "Tracking-URL");
  for (const auto& report : response.value().application_attempts()) {
    session.Print("{:>30}\t{:>20}\t{:>35}\t{:>35}\n", FromProto(report.application_attempt_id()).ToString(),
                  NameOf(report.yarn_application_attempt_state()), AmContainerText(report),
                  report.tracking_url());
  }
  return 0;
}

int ShowAttempt(RmSession& session, const std::string& text) {
  const Result<ApplicationAttemptId> id = ApplicationAttemptId::Parse(text);
  if (!id.ok()) return session.Fail(id.status());
  wire::GetApplicationAttemptReportRequestProto request;
  ToProto(*id, request.mutable_application_attempt_id());
  const auto response = session.Call(&Client::GetApplicationAttemptReport, request);
  if (response.code() == Code::kApplicationNotFound) {
    session.Print("Application for AppAttempt with id '{}' doesn't exist in RM or Timeline Server.\n", text);
    return kExitFailed;
  }
  if (response.code() == Code::kApplicationAttemptNotFound) {
    session.Print("Application Attempt with id '{}' doesn't exist in RM or Timeline Server.\n", text);
    return kExitFailed;
  }
  if (!response.ok()) return session.Fail(response.status());
  const auto& report = response.value().application_attempt_report();
  session.Print("Application Attempt Report : \n\tApplicationAttempt-Id : {}\n\tState : {}\n\tAMContainer : {}\n", text,
                NameOf(report.yarn_application_attempt_state()), AmContainerText(report));
  session.Print("\tTracking-URL : {}\n\tRPC Port : {}\n\tAM Host : {}\n\tDiagnostics : {}\n", report.tracking_url(),
                report.rpc_port(), report.host(), report.diagnostics());
  return 0;
}

int ListContainers(RmSession& session, const std::string& text) {
  const Result<ApplicationAttemptId> id = ApplicationAttemptId::Parse(text);
  if (!id.ok()) return session.Fail(id.status());
  wire::GetContainersRequestProto request;
  ToProto(*id, request.mutable_application_attempt_id());
  const auto response = session.Call(&Client::GetContainers, request);
  if (!response.ok()) return session.Fail(response.status());
  session.Print("Total number of containers :{}\n", response.value().containers_size());
  session.Print("{:>30}\t{:>20}\t{:>20}\t{:>20}\t{:>20}\t{:>20}\t{:>35}\n", "Container-Id", "Start Time",
                "Finish Time", "State", "Host", "Node Http Address", "LOG-URL");
  for (const auto& report : response.value().containers()) {
    session.Print("{:>30}\t{:>20}\t{:>20}\t{:>20}\t{:>20}\t{:>20}\t{:>35}\n",
                  FromProto(report.container_id()).ToString(), TimeText(report.creation_time()),
                  TimeText(report.finish_time()), ContainerStateName(report.container_state()),
                  FromProto(report.node_id()).ToString(), report.node_http_address(), report.log_url());
  }
  return 0;
}

int ShowContainer(RmSession& session, const std::string& text) {
  const Result<ContainerId> id = ContainerId::Parse(text);
  if (!id.ok()) return session.Fail(id.status());
  wire::GetContainerReportRequestProto request;
  ToProto(*id, request.mutable_container_id());
  const auto response = session.Call(&Client::GetContainerReport, request);
  if (response.code() == Code::kApplicationNotFound || response.code() == Code::kContainerNotFound ||
      response.code() == Code::kApplicationAttemptNotFound) {
    session.Print("Container with id '{}' doesn't exist in RM or Timeline Server.\n", text);
    return kExitFailed;
  }
  if (!response.ok()) return session.Fail(response.status());
  const auto& report = response.value().container_report();
  session.Print("Container Report : \n\tContainer-Id : {}\n\tStart-Time : {}\n\tFinish-Time : {}\n\tState : {}\n", text,
                report.creation_time(), report.finish_time(), ContainerStateName(report.container_state()));
  session.Print("\tExecution-Type : GUARANTEED\n\tLOG-URL : {}\n\tHost : {}\n\tNodeHttpAddress : {}\n\tExposedPorts : "
                "{}\n\tDiagnostics : {}\n",
                report.log_url(), FromProto(report.node_id()).ToString(), report.node_http_address(),
                report.exposed_ports(), report.diagnostics_info());
  return 0;
}

// Hadoop's names of SignalContainerCommandProto.
int SignalContainer(RmSession& session, const std::vector<std::string>& args) {
  constexpr std::string_view kNames[] = {"OUTPUT_THREAD_DUMP", "GRACEFUL_SHUTDOWN", "FORCEFUL_SHUTDOWN"};
  const Result<ContainerId> id = ContainerId::Parse(args[0]);
  if (!id.ok()) return session.Fail(id.status());
  const std::string command = args.size() > 1 ? args[1] : "OUTPUT_THREAD_DUMP";
  const auto* at = std::find(std::begin(kNames), std::end(kNames), command);
  if (at == std::end(kNames)) {
    session.PrintError("No enum constant org.apache.hadoop.yarn.api.records.SignalContainerCommand.{}\n", command);
    return kExitThrown;
  }
  wire::SignalContainerRequestProto request;
  ToProto(*id, request.mutable_container_id());
  request.set_command(static_cast<wire::SignalContainerCommandProto>(at - std::begin(kNames) + 1));
  session.Print("Signalling container {}\n", args[0]);
  const auto done = session.Call(&Client::SignalToContainer, request);
  return done.ok() ? 0 : session.Fail(done.status());
}

int FailAttempt(RmSession& session, const std::string& text) {
  const Result<ApplicationAttemptId> id = ApplicationAttemptId::Parse(text);
  if (!id.ok()) return session.Fail(id.status());
  wire::FailApplicationAttemptRequestProto request;
  ToProto(*id, request.mutable_application_attempt_id());
  session.Print("Failing attempt {} of application {}\n", text, id->application.ToString());
  const auto done = session.Call(&Client::FailApplicationAttempt, request);
  return done.ok() ? 0 : session.Fail(done.status());
}

int RunListOrStatus(CliContext& cli, std::vector<std::string> args, std::string_view name, const char* list_of,
                    int (*list)(RmSession&, const std::string&), int (*show)(RmSession&, const std::string&)) {
  RmSession session(cli);
  if (const Status opened = session.Open(); !opened.ok()) return session.Fail(opened);
  if (auto id = TakeOption(args, "-list")) return list(session, *id);
  if (auto id = TakeOption(args, "-status")) return show(session, *id);
  if (name == "container" && TakeFlag(args, "-signal") && !args.empty()) return SignalContainer(session, args);
  if (auto id = name == "applicationattempt" ? TakeOption(args, "-fail") : std::nullopt) return FailAttempt(session, *id);
  session.PrintError("Invalid Command Usage : \n");
  session.Print("usage: {}\n -help                 Displays help for all commands.\n -list <{}>\n -status <id>\n", name,
                list_of);
  return args.empty() || args[0] == "-help" ? 0 : kExitFailed;
}

}  // namespace

int RunYarnAttempt(CliContext& cli, std::vector<std::string> args) {
  return RunListOrStatus(cli, std::move(args), "applicationattempt", "Application ID", ListAttempts, ShowAttempt);
}

int RunYarnContainer(CliContext& cli, std::vector<std::string> args) {
  return RunListOrStatus(cli, std::move(args), "container", "Application Attempt ID", ListContainers, ShowContainer);
}

}  // namespace tusk::yarn
