// `tusk why`: what an application waits for, one line for each pending request.
#include "yarn_like/client/rm_session.h"
#include "yarn_like/client/yarn_cli.h"
#include "yarn_like/common/conversions.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;
using Client = wire::ApplicationClientProtocolClient;

constexpr int kUsageError = 255;

int Tell(RmSession& session, const ApplicationId& id) {
  wire::GetApplicationReportRequestProto request;
  ToProto(id, request.mutable_application_id());
  const auto response = session.Call(&Client::GetApplicationReport, request);
  if (!response.ok()) return session.Fail(response.status());
  const wire::ApplicationReportProto& report = response->application_report();
  const auto state = report.yarn_application_state();
  session.Print("{} is {}", id.ToString(), NameOf(state));
  if (state == wire::FINISHED || state == wire::FAILED || state == wire::KILLED) {
    session.Print(" ({}).\n{}", NameOf(report.final_application_status()),
                  report.diagnostics().empty() ? "" : report.diagnostics() + "\n");
    return 0;
  }
  wire::GetApplicationAttemptReportRequestProto current;
  *current.mutable_application_attempt_id() = report.currentapplicationattemptid();
  const auto attempt = session.Call(&Client::GetApplicationAttemptReport, current);
  if (!attempt.ok()) return session.Fail(attempt.status());
  const std::string& why = attempt->application_attempt_report().diagnostics();
  session.Print(": {}\n{}", why.empty() ? "nothing of it waits." : "", why.empty() ? "" : why + "\n");
  return 0;
}

}  // namespace

int RunWhy(CliContext& cli, std::vector<std::string> args) {
  RmSession session(cli);
  if (args.size() != 1 || args[0].starts_with("-")) {
    session.PrintError("Usage: tusk why APPLICATION_ID\nWhat an application waits for: a line for each pending request.\n");
    return kUsageError;
  }
  const Result<ApplicationId> id = ApplicationId::Parse(args[0]);
  if (!id.ok()) return session.Fail(id.status());
  if (const Status opened = session.Open(); !opened.ok()) return session.Fail(opened);
  return Tell(session, *id);
}

}  // namespace tusk::yarn
