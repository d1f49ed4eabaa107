// RmSession: a command's conversation with the resource manager: blocking calls on a loop of its own.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/async/loop_thread.h"
#include "base/cli/cli_context.h"
#include "base/http/client.h"
#include "base/rpc/client.h"
#include "yarn_like/proto/applicationclient_protocol.rpc.h"

namespace tusk::yarn {

class RmSession {
 public:
  explicit RmSession(CliContext& cli);
  ~RmSession();
  // kInvalidArgument for an address that is none.
  Status Open();

  // session.Call(&Client::GetApplicationReport, request)
  template <typename Request, typename Response>
  Result<Response> Call(Task<Result<Response>> (hadoop::yarn::ApplicationClientProtocolClient::*method)(
                            const Request&, rpc::CallOptions) const,
                        const Request& request) {
    return thread_.Run(((*client_).*method)(request, rpc::CallOptions{std::chrono::seconds(60), 3}));
  }
  // A channel to the administrators' port.
  Result<rpc::Channel> AdminChannel();
  template <typename T>
  T Run(Task<T> task) {
    return thread_.Run(std::move(task));
  }
  // GET http://server/target; the body of a 200, kFileNotFound of a 404.
  Result<std::string> Fetch(const std::string& server, std::string target);
  void Sleep(Duration time);

  template <typename... Args>
  void Print(fmt::format_string<Args...> format, Args&&... args) {
    PrintText(cli_.out, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void PrintError(fmt::format_string<Args...> format, Args&&... args) {
    PrintText(cli_.err, fmt::format(format, std::forward<Args>(args)...));
  }
  // Says on standard error why a call failed; gives the exit code.
  int Fail(const Status& status);
  // The same with the name of the command before it, as `yarn rmadmin` says it.
  int FailWithCommand(const Status& status);
  void SetCommand(std::string command) { command_ = std::move(command); }
  CliContext& cli() { return cli_; }

 private:
  static void PrintText(std::FILE* to, std::string_view text);

  CliContext& cli_;
  std::string command_;
  LoopThread thread_;
  std::unique_ptr<rpc::Client> rpc_;
  std::unique_ptr<http::Client> http_;
  std::unique_ptr<hadoop::yarn::ApplicationClientProtocolClient> client_;
};

// What Java's process ends with for -1.
inline constexpr int kExitFailed = 255;
// And for an exception that leaves it.
inline constexpr int kExitThrown = 1;

// "100%", "84.37%", as DecimalFormat("###.##%").
std::string PercentText(double share);
// As Float.toString: "0.0", "1.9913421".
std::string FloatText(float value);
std::string Join(const std::vector<std::string>& parts, std::string_view separator);
std::vector<std::string> SplitList(std::string_view text);  // "A, b" -> {"A", "b"}
std::string UpperCase(std::string text);
// The value after option `name`, taken out of `args` together with it; nothing where it is not there.
std::optional<std::string> TakeOption(std::vector<std::string>& args, std::string_view name);
bool TakeFlag(std::vector<std::string>& args, std::string_view name);

std::string_view NameOf(hadoop::yarn::YarnApplicationStateProto state);
std::string_view NameOf(hadoop::yarn::YarnApplicationAttemptStateProto state);
std::string_view NameOf(hadoop::yarn::FinalApplicationStatusProto status);
std::string_view NameOf(hadoop::yarn::NodeStateProto state);

}  // namespace tusk::yarn
