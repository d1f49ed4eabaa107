// Connections, printing and the small texts that several commands share.
#include "yarn_like/client/rm_session.h"

#include <algorithm>
#include <cmath>

namespace tusk::yarn {

namespace wire = hadoop::yarn;

RmSession::RmSession(CliContext& cli) : cli_(cli), thread_(cli.clock, cli.random, cli.disk, "yarn") {}

RmSession::~RmSession() {
  struct Closing {
    static Task<bool> Run(rpc::Client* rpc) {
      if (rpc != nullptr) co_await rpc->Shutdown();
      co_return true;
    }
  };
  thread_.Run(Closing::Run(rpc_.get()));
  // Pooled connections belong to the loop's thread.
  struct Dropping {
    static Task<bool> Run(std::unique_ptr<http::Client>& http) {
      http.reset();
      co_return true;
    }
  };
  thread_.Run(Dropping::Run(http_));
}

Status RmSession::Open() {
  const std::string host = cli_.conf.Get("yarn.resourcemanager.hostname", "0.0.0.0");
  const std::string text = cli_.conf.Get("yarn.resourcemanager.address", host + ":8032");
  ASSIGN_OR_RETURN(HostPort address, HostPort::Parse(text, 8032));
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  rpc_ = rpc::Client::Make(thread_.env());
  http_ = http::Client::Make(thread_.env());
  client_ = std::make_unique<wire::ApplicationClientProtocolClient>(
      rpc::Channel(*rpc_, std::move(address), rpc::ClientIdentity{cli_.user}));
  return Status::Ok();
}

Result<rpc::Channel> RmSession::AdminChannel() {
  const std::string host = cli_.conf.Get("yarn.resourcemanager.hostname", "0.0.0.0");
  const std::string text = cli_.conf.Get("yarn.resourcemanager.admin.address", host + ":8033");
  ASSIGN_OR_RETURN(HostPort address, HostPort::Parse(text, 8033));
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  return rpc::Channel(*rpc_, std::move(address), rpc::ClientIdentity{cli_.user});
}

int RmSession::FailWithCommand(const Status& status) {
  PrintError("{}: {}\n", command_, status.message());
  return kExitFailed;
}

Result<std::string> RmSession::Fetch(const std::string& server, std::string target) {
  const TimePoint deadline = cli_.clock.Now() + std::chrono::seconds(60);
  ASSIGN_OR_RETURN(http::Response response,
                   thread_.Run(http_->Get("http://" + server + target, deadline, size_t{1} << 30)));
  if (response.head.status == 404) return Status(Code::kFileNotFound, response.body);
  if (response.head.status != 200) {
    return Status(Code::kIOError, fmt::format("http://{}{} answers {}", server, target, response.head.status));
  }
  return std::move(response.body);
}

void RmSession::Sleep(Duration time) { (void)thread_.Run(SleepFor(thread_.loop(), time)); }

void RmSession::PrintText(std::FILE* to, std::string_view text) { std::fwrite(text.data(), 1, text.size(), to); }

int RmSession::Fail(const Status& status) {
  PrintError("{}\n", status.message());
  return kExitThrown;
}

std::string PercentText(double share) {
  const double rounded = std::round(share * 10000) / 100;
  std::string text = fmt::format("{:.2f}", rounded);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  if (text.starts_with("0.")) text.erase(0, 1);
  return text + "%";
}

std::string FloatText(float value) {
  const std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string Join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : std::string(text) + ",") {
    if (c == ',') {
      if (!part.empty()) parts.push_back(part);
      part.clear();
    } else if (c != ' ') {
      part += c;
    }
  }
  return parts;
}

std::string UpperCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::optional<std::string> TakeOption(std::vector<std::string>& args, std::string_view name) {
  const auto at = std::find(args.begin(), args.end(), name);
  if (at == args.end() || at + 1 == args.end()) return std::nullopt;
  std::string value = *(at + 1);
  args.erase(at, at + 2);
  return value;
}

bool TakeFlag(std::vector<std::string>& args, std::string_view name) {
  const auto at = std::find(args.begin(), args.end(), name);
  if (at == args.end()) return false;
  args.erase(at);
  return true;
}

std::string_view NameOf(wire::YarnApplicationStateProto state) {
  constexpr std::string_view kNames[] = {"", "NEW", "NEW_SAVING", "SUBMITTED", "ACCEPTED",
                                         "RUNNING", "FINISHED", "FAILED", "KILLED"};
  return kNames[state];
}

std::string_view NameOf(wire::YarnApplicationAttemptStateProto state) {
  constexpr std::string_view kNames[] = {"", "NEW", "SUBMITTED", "SCHEDULED", "ALLOCATED_SAVING", "ALLOCATED",
                                         "LAUNCHED", "FAILED", "RUNNING", "FINISHING", "FINISHED", "KILLED"};
  return kNames[state];
}

std::string_view NameOf(wire::FinalApplicationStatusProto status) {
  constexpr std::string_view kNames[] = {"UNDEFINED", "SUCCEEDED", "FAILED", "KILLED", "ENDED"};
  return kNames[status];
}

std::string_view NameOf(wire::NodeStateProto state) {
  constexpr std::string_view kNames[] = {"", "NEW", "RUNNING", "UNHEALTHY", "DECOMMISSIONED",
                                         "LOST", "REBOOTED", "DECOMMISSIONING", "SHUTDOWN"};
  return kNames[state];
}

}  // namespace tusk::yarn
