// Our RPC with a token at one end, for the test with Java at the other: `serve` serves one method of ClientProtocol to
// token holders only, prints its port and ends with its standard input; `call PORT PASSWORD` calls a Java server.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/rpc/client.h"
#include "base/rpc/server.h"
#include "base/testing/real_world.h"

namespace tusk::rpc {
namespace {

class OneToken : public SecretManager {
 public:
  Result<std::string> PasswordOf(std::string_view identifier) override {
    if (identifier == "attempt-1") return std::string("secret");
    return Status(Code::kInvalidToken, "no such token");
  }
  Result<CallUser> UserOf(std::string_view identifier) override { return CallUser{.name = "user of " + std::string(identifier)}; }
};

class FileInfo : public Service {
 public:
  std::string_view protocol() const override { return "org.apache.hadoop.hdfs.protocol.ClientProtocol"; }
  std::vector<Method> methods() override {
    return {{"getFileInfo", RetryPolicy::kIdempotent, [](CallContext& call, ByteView) { return Refuse(call); }}};
  }
  static Task<Result<std::string>> Refuse(CallContext& call) {
    co_return Status(Code::kIOError, "called by " + call.user.name + (call.user.method == AuthMethod::kToken ? " by token" : ""));
  }
};

Task<Status> ServeUntilInputEnds(RealWorld& world) {
  OneToken tokens;
  FileInfo service;
  CO_ASSIGN_OR_RETURN(auto server, Server::Listen(world.env(), {.bind = {"127.0.0.1", 0},
                                                                .server_name = "peer",
                                                                .allow_simple = false,
                                                                .secret_manager = &tokens}));
  server->AddService(service);
  server->Start();
  std::printf("port %d\n", server->address().port);
  std::fflush(stdout);
  char byte = 0;
  while (co_await world.env().disk_pool.Run([&byte] { return ::read(STDIN_FILENO, &byte, 1); }) > 0) {
  }
  co_await server->Shutdown();
  co_return Status::Ok();
}

Task<Status> CallServer(RealWorld& world, uint16_t port, std::string password) {
  std::unique_ptr<Client> client = Client::Make(world.env());
  Channel channel(*client, {"127.0.0.1", port},
                  {.user = "ignored", .token = Token{"tuskuser", std::move(password), "NAME", ""}});
  constexpr std::string_view kProtocol = "org.apache.hadoop.security.RefreshUserMappingsProtocol";
  for (const char* method : {"refreshUserToGroupsMappings", "refreshSuperUserGroupsConfiguration", "noSuchMethod"}) {
    Result<std::string> answer = co_await client->Call(channel, kProtocol, method, RetryPolicy::kIdempotent, "", {});
    std::printf("%s: %s\n", method, answer.ok() ? "ok" : answer.status().ToString().c_str());
  }
  co_await client->Shutdown();
  co_return Status::Ok();
}

}  // namespace
}  // namespace tusk::rpc

int main(int argc, char** argv) {
  tusk::RealWorld world;
  std::string mode = argc > 1 ? argv[1] : "";
  tusk::Status status(tusk::Code::kInvalidArgument, "serve | call PORT PASSWORD");
  if (mode == "serve") status = world.Run(tusk::rpc::ServeUntilInputEnds(world));
  if (mode == "call" && argc == 4) {
    status = world.Run(tusk::rpc::CallServer(world, static_cast<uint16_t>(std::atoi(argv[2])), argv[3]));
  }
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
