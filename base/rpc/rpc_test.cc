// Goal: our client and our server agree over real sockets: results, errors, users, order, repetition, time limits, and
// peers that break off.
#include <functional>

#include "base/async/task_scope.h"
#include "base/rpc/client.h"
#include "base/rpc/server.h"
#include "base/rpc/testing/echo_handlers.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::rpc {
namespace {

using testing::EchoClient;
using testing::EchoRequest;
using testing::EchoResponse;

EchoRequest Say(std::string text, uint32_t delay_ms = 0) {
  EchoRequest request;
  request.set_text(std::move(text));
  if (delay_ms > 0) request.set_delay_ms(delay_ms);
  return request;
}

class RpcTest : public ::testing::Test {
 protected:
  ~RpcTest() override { Stop(); }
  void Listen(ServerOptions options = {}) {
    if (options.bind.host.empty()) options.bind = {"127.0.0.1", 0};
    options.server_name = "test";
    auto server = Server::Listen(world_.env(), std::move(options));
    ASSERT_OK(server);
    server_ = std::move(server).value();
    server_->AddService(handlers_);
    server_->Start();
  }
  EchoClient Proxy(ClientIdentity identity = {.user = "alice"}) {
    return EchoClient(Channel(*client_, server_->address(), std::move(identity)));
  }
  static Task<Status> StopAll(Client* client, Server* server) {
    co_await client->Shutdown();
    if (server != nullptr) co_await server->Shutdown();
    co_return Status::Ok();
  }
  void Stop() {
    if (stopped_) return;
    stopped_ = true;
    EXPECT_OK(world_.Run(StopAll(client_.get(), server_.get())));
  }

  RealWorld world_;
  testing::EchoHandlers handlers_{world_.loop()};
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_ = Client::Make(world_.env());
  bool stopped_ = false;
};

TEST_F(RpcTest, AnswersComeBack) {
  Listen();
  ASSERT_OK_AND_ASSIGN(EchoResponse response, world_.Run(Proxy().Echo(Say("hello"))));
  EXPECT_EQ(response.text(), "hello");
  std::string large(3 << 20, 'x');
  ASSERT_OK_AND_ASSIGN(response, world_.Run(Proxy().Echo(Say(large))));
  EXPECT_TRUE(response.text() == large);
  EXPECT_EQ(server_->stats().connections_opened, 1u);
}

TEST_F(RpcTest, ErrorsKeepTheirJavaClassAndTheConnection) {
  Listen();
  testing::FailRequest request;
  request.set_java_class("java.io.FileNotFoundException");
  request.set_message("File does not exist: /a");
  auto answer = world_.Run(Proxy().Fail(request));
  EXPECT_STATUS(Code::kFileNotFound, answer);
  EXPECT_EQ(answer.status().message(), "File does not exist: /a");
  request.set_java_class("com.example.Odd");
  answer = world_.Run(Proxy().Fail(request));
  EXPECT_STATUS(Code::kRemote, answer);
  EXPECT_EQ(answer.status().java_class(), "com.example.Odd");
  EXPECT_STATUS(Code::kRpcNoSuchMethod, world_.Run(Proxy().Missing({})));
  EXPECT_EQ(server_->stats().connections_opened, 1u);
}

TEST_F(RpcTest, TheServerSeesTheUser) {
  Listen({.authorize_proxy = [](const std::string& real, const std::string& effective, const std::string&) {
    return effective == "alice" ? Status::Ok()
                                : Status(Code::kAuthorization, real + " may not be " + effective);
  }});
  EXPECT_EQ(world_.Run(Proxy().WhoAmI({})).value().text(), "alice");
  EXPECT_EQ(world_.Run(Proxy({.user = "alice", .real_user = "bob"}).WhoAmI({})).value().text(), "alice by bob");
  auto refused = world_.Run(Proxy({.user = "root", .real_user = "bob"}).WhoAmI({}));
  EXPECT_STATUS(Code::kAuthorization, refused);
  EXPECT_EQ(refused.status().message(), "bob may not be root");
}

TEST_F(RpcTest, CallsHaveSixteenByteClientIdsAndCountUp) {
  Listen();
  EXPECT_EQ(world_.Run(Proxy().CountUp({})).value().text(), "0 16");
  EXPECT_EQ(world_.Run(Proxy().CountUp({})).value().text(), "1 16");
}

struct Caller {
  static Task<void> Go(EchoClient proxy, EchoRequest request, std::vector<std::string>& order) {
    Result<EchoResponse> response = co_await proxy.Echo(request);
    order.push_back(response.ok() ? response->text() : response.status().ToString());
  }
  static Task<Status> Join(TaskScope& scope) {
    co_await scope.Join();
    co_return Status::Ok();
  }
  static Task<Status> Both(RealWorld& world, EchoClient proxy, std::vector<std::string>& order) {
    TaskScope scope(world.loop());
    scope.Spawn(Go(proxy, Say("slow", 50), order));
    scope.Spawn(Go(proxy, Say("fast"), order));
    co_await scope.Join();
    co_return Status::Ok();
  }
  static Task<Status> Many(RealWorld& world, EchoClient proxy, int count, std::vector<std::string>& order) {
    TaskScope scope(world.loop());
    for (int i = 0; i < count; ++i) scope.Spawn(Go(proxy, Say(std::to_string(i)), order));
    co_await scope.Join();
    co_return Status::Ok();
  }
};

TEST_F(RpcTest, AFastCallOvertakesASlowOneOnOneConnection) {
  Listen();
  std::vector<std::string> order;
  ASSERT_OK(world_.Run(Caller::Both(world_, Proxy(), order)));
  EXPECT_EQ(order, (std::vector<std::string>{"fast", "slow"}));
  EXPECT_EQ(server_->stats().connections_opened, 1u);
}

TEST_F(RpcTest, MoreCallsThanAConnectionMayRunAreServedInTurn) {
  Listen({.connection_calls_max = 3});
  std::vector<std::string> order;
  ASSERT_OK(world_.Run(Caller::Many(world_, Proxy(), 500, order)));
  EXPECT_EQ(order.size(), 500u);
  EXPECT_EQ(handlers_.echoes, 500);
}

TEST_F(RpcTest, ABusyServerAnswersRetriableAndTheClientTriesAgain) {
  Listen({.calls_queued_max = 1});
  std::vector<std::string> order;
  ASSERT_OK(world_.Run(Caller::Both(world_, Proxy(), order)));
  EXPECT_EQ(order, (std::vector<std::string>{"slow", "fast"}));
}

TEST_F(RpcTest, ACallEndsAtItsTimeLimit) {
  Listen();
  CallOptions options{.timeout = 20ms, .retries_max = 0};
  auto answer = world_.Run(Proxy().Echo(Say("late", 200), options));
  EXPECT_STATUS(Code::kTimedOut, answer);
}

TEST_F(RpcTest, NobodyListeningIsRefusedAfterTheRetriesAllowed) {
  Listen();
  EchoClient proxy = Proxy();
  ASSERT_OK(world_.Run(StopAll(Client::Make(world_.env()).get(), server_.get())));
  server_.reset();
  CallOptions options{.timeout = 10s, .retries_max = 1};
  auto refused = world_.Run(proxy.Echo(Say("hello"), options));
  EXPECT_STATUS(Code::kConnectionRefused, refused);
  EXPECT_THAT(std::string(refused.status().message()),
              ::testing::MatchesRegex("Call From .+/.* to localhost:[0-9]+ failed on connection exception: "
                                      "java.net.ConnectException: Connection refused; "
                                      "For more details see:  http://wiki.apache.org/hadoop/ConnectionRefused"));
}

// Accepts connections and closes each after the first bytes.
struct Breaker {
  static Task<void> Go(Listener& listener, int& accepted) {
    for (;;) {
      auto stream = co_await listener.Accept();
      if (!stream.ok()) co_return;
      ++accepted;
      std::vector<uint8_t> buffer(100);
      [[maybe_unused]] auto ignored = co_await (*stream)->ReadSome(buffer, kNever);
    }
  }
  static Task<Status> Run(RealWorld& world, Client& client, int& idempotent, int& never) {
    CO_ASSIGN_OR_RETURN(auto listener, world.network().Listen({"127.0.0.1", 0}));
    TaskScope scope(world.loop());
    int accepted = 0;
    scope.Spawn(Go(*listener, accepted));
    EchoClient proxy(Channel(client, listener->local(), {.user = "alice"}));
    CallOptions options{.timeout = 10s, .retries_max = 2};
    auto first = co_await proxy.Echo(Say("hello"), options);
    EXPECT_FALSE(first.ok());
    idempotent = accepted;
    testing::FailRequest request;
    request.set_java_class("a");
    request.set_message("b");
    auto second = co_await proxy.Fail(request, options);
    EXPECT_FALSE(second.ok());
    never = accepted - idempotent;
    listener->Close();
    co_await scope.Join();
    co_return Status::Ok();
  }
};

TEST_F(RpcTest, OnlyCallsThatMayBeRepeatedAreSentAgainAfterABreak) {
  int idempotent = 0;
  int never = 0;
  ASSERT_OK(world_.Run(Breaker::Run(world_, *client_, idempotent, never)));
  EXPECT_EQ(idempotent, 3);
  EXPECT_EQ(never, 1);
}

// Answers whatever comes with the same bytes and waits.
struct Babbler {
  static Task<void> Go(Listener& listener, std::string bytes) {
    for (;;) {
      auto stream = co_await listener.Accept();
      if (!stream.ok()) co_return;
      std::vector<uint8_t> buffer(1000);
      [[maybe_unused]] auto read = co_await (*stream)->ReadSome(buffer, kNever);
      [[maybe_unused]] Status written = co_await (*stream)->Write(AsBytes(bytes), kNever);
      (*stream)->ShutdownWrite();
    }
  }
  static Task<Result<EchoResponse>> Run(RealWorld& world, Client& client, std::string bytes) {
    CO_ASSIGN_OR_RETURN(auto listener, world.network().Listen({"127.0.0.1", 0}));
    TaskScope scope(world.loop());
    scope.Spawn(Go(*listener, std::move(bytes)));
    EchoClient proxy(Channel(client, listener->local(), {.user = "alice"}));
    auto answer = co_await proxy.Echo(Say("hello"), {.timeout = 10s, .retries_max = 0});
    listener->Close();
    co_await scope.Join();
    co_return answer;
  }
};

TEST_F(RpcTest, AServerThatTalksNonsenseIsAnErrorNotAWait) {
  for (std::string bytes : {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string("\0\0\0\0", 4),
                            std::string("\xff\xff\xff\xff", 4), std::string("\0\0\0\x05\x04\x08\0\x10\x07", 9),
                            std::string("\0\0\0\x05\x04\x08\0\x10\0", 9)}) {
    auto answer = world_.Run(Babbler::Run(world_, *client_, bytes));
    EXPECT_FALSE(answer.ok());
    EXPECT_NE(answer.code(), Code::kTimedOut);
  }
}

TEST_F(RpcTest, IdleConnectionsAreClosedAndOpenedAgain) {
  Listen();
  auto impatient = Client::Make(world_.env(), 20ms);
  EchoClient proxy(Channel(*impatient, server_->address(), {.user = "alice"}));
  struct Body {
    static Task<Status> Run(RealWorld& world, EchoClient proxy, Server& server) {
      auto first = co_await proxy.Echo(Say("a"));
      EXPECT_OK(first);
      while (server.stats().connections_open > 0) CO_RETURN_IF_ERROR(co_await SleepFor(world.loop(), 5ms));
      auto second = co_await proxy.Echo(Say("b"));
      EXPECT_OK(second);
      co_return Status::Ok();
    }
  };
  ASSERT_OK(world_.Run(Body::Run(world_, proxy, *server_)));
  EXPECT_EQ(server_->stats().connections_opened, 2u);
  EXPECT_OK(world_.Run(StopAll(impatient.get(), nullptr)));
}

class OneToken : public SecretManager {
 public:
  Result<std::string> PasswordOf(std::string_view identifier) override {
    if (identifier == "attempt-1") return std::string("secret");
    return Status(Code::kInvalidToken, "no such token");
  }
  Result<CallUser> UserOf(std::string_view identifier) override {
    return CallUser{.name = "user of " + std::string(identifier), .token_kind = "TEST"};
  }
};

ClientIdentity Holding(std::string identifier, std::string password) {
  return {.user = "alice", .token = Token{std::move(identifier), std::move(password), "TEST", ""}};
}

TEST_F(RpcTest, ATokenNamesItsUser) {
  OneToken tokens;
  Listen({.allow_simple = false, .secret_manager = &tokens});
  ASSERT_OK_AND_ASSIGN(EchoResponse response, world_.Run(Proxy(Holding("attempt-1", "secret")).WhoAmI({})));
  EXPECT_EQ(response.text(), "user of attempt-1 token TEST");
  std::string large(1 << 20, 'x');
  ASSERT_OK_AND_ASSIGN(response, world_.Run(Proxy(Holding("attempt-1", "secret")).Echo(Say(large))));
  EXPECT_TRUE(response.text() == large);
  EXPECT_EQ(server_->stats().connections_opened, 1u);
  Stop();
}

TEST_F(RpcTest, ForgedUnknownAndMissingTokensAreRefusedWithHadoopsWords) {
  OneToken tokens;
  Listen({.allow_simple = false, .secret_manager = &tokens});
  auto forged = world_.Run(Proxy(Holding("attempt-1", "guess")).WhoAmI({}));
  EXPECT_STATUS(Code::kSasl, forged);
  EXPECT_EQ(forged.status().message(), "DIGEST-MD5: digest response format violation. Mismatched response.");
  EXPECT_STATUS(Code::kInvalidToken, world_.Run(Proxy(Holding("attempt-2", "secret")).WhoAmI({})));
  auto none = world_.Run(Proxy().WhoAmI({}));
  EXPECT_STATUS(Code::kAccessControl, none);
  EXPECT_EQ(none.status().message(), "SIMPLE authentication is not enabled.  Available:[TOKEN]");
  EXPECT_EQ(handlers_.echoes, 0);
  Stop();
}

TEST_F(RpcTest, AHolderOfATokenIsWelcomeWhereThereAreNoTokens) {
  Listen();
  EXPECT_EQ(world_.Run(Proxy(Holding("attempt-1", "secret")).WhoAmI({})).value().text(), "alice");
}

}  // namespace
}  // namespace tusk::rpc
