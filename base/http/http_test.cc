// Goal: messages cross real sockets whole, whatever their framing; limits hold; malformed ones cost only their own
// connection. Method: our server against our client, and against raw bytes.
#include <string>

#include "base/async/task_scope.h"
#include "base/http/client.h"
#include "base/http/server.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::http {
namespace {

TEST(MessageTest, QueriesAndEscapesDecode) {
  Query query = Query::Parse("op=OPEN&a=x%20y&b=1+2&flag&n=12");
  EXPECT_EQ(query.Get("op", ""), "OPEN");
  EXPECT_EQ(query.Get("a", ""), "x y");
  EXPECT_EQ(query.Get("b", ""), "1 2");
  EXPECT_TRUE(query.Get("flag").has_value());
  ASSERT_OK_AND_ASSIGN(int64_t number, query.GetInt("n", 0));
  EXPECT_EQ(number, 12);
  EXPECT_STATUS(Code::kInvalidArgument, query.GetInt("op", 0));
  EXPECT_EQ(PercentDecode("%2"), std::nullopt);
  EXPECT_EQ(PercentDecode("a%00"), std::nullopt);
  EXPECT_EQ(PercentEncode("/a b+c"), "/a%20b%2Bc");
  ASSERT_OK_AND_ASSIGN(Url url, Url::Parse("http://h:8088/x?y=1#z"));
  EXPECT_EQ(url.host.ToString(), "h:8088");
  EXPECT_EQ(url.target, "/x?y=1");
}

class HttpTest : public ::testing::Test {
 protected:
  HttpTest() {
    ServerOptions options;
    options.bind = {"127.0.0.1", 0};
    options.header_bytes_max = 4096;
    auto server = Server::Listen(world_.env(), options);
    TUSK_CHECK(server.ok()) << server.status().ToString();
    server_ = std::move(*server);
    server_->Handle("", "/echo", [](Exchange& exchange) { return Echo(exchange); });
    server_->Handle("GET", "/chunks", [](Exchange& exchange) { return Chunks(exchange); });
    server_->Handle("GET", "/file", [this](Exchange& exchange) { return SendRange(exchange); });
    server_->Handle("PUT", "/refuse", [](Exchange& exchange) { return Refuse(exchange); });
    server_->Start();
    client_ = Client::Make(world_.env());
  }
  ~HttpTest() override {
    client_.reset();
    world_.Run(Down());
  }
  Task<bool> Down() {
    co_await server_->Shutdown();
    co_return true;
  }
  static Task<void> Echo(Exchange& exchange) {
    Result<std::string> body = co_await exchange.ReadWholeBody();
    std::string text = body.ok() ? *body : body.status().ToString();
    Status replied = co_await exchange.Reply(200, "text/plain", exchange.request().method + " " + exchange.request().path + " " + text);
    EXPECT_OK(replied);
  }
  static Task<void> Chunks(Exchange& exchange) {
    EXPECT_OK(co_await exchange.Begin({}));
    for (int i = 0; i < 100; ++i) EXPECT_OK(co_await exchange.Write(std::string_view("0123456789")));
  }
  Task<void> SendRange(Exchange& exchange) {
    auto file = world_.disk().Open(world_.folder() + "/data", OpenMode::kRead);
    TUSK_CHECK(file.ok());
    EXPECT_OK(co_await exchange.Begin({}, 7));
    EXPECT_OK(co_await exchange.Write(std::string_view("<")));
    EXPECT_OK(co_await exchange.WriteFile(**file, 2, 5));
    EXPECT_OK(co_await exchange.Write(std::string_view(">")));
    EXPECT_STATUS(Code::kInternal, co_await exchange.Write(std::string_view("too much")));
  }
  static Task<void> Refuse(Exchange& exchange) { EXPECT_OK(co_await exchange.Reply(403, "text/plain", "no")); }

  Result<Response> Fetch(std::string method, std::string target, std::string body = "") {
    ClientRequest request;
    request.method = std::move(method);
    request.server = server_->address();
    request.target = std::move(target);
    return world_.Run(client_->Fetch(request, std::move(body), world_.loop().In(10s)));
  }
  // Sends raw bytes, reads until the server closes.
  std::string Raw(std::string bytes) { return world_.Run(RawTask(std::move(bytes))); }
  Task<std::string> RawTask(std::string bytes) {
    auto stream = co_await world_.network().Connect(server_->address(), world_.loop().In(5s));
    TUSK_CHECK(stream.ok());
    for (size_t i = 0; i < bytes.size(); i += 7) {  // in small pieces
      Status written = co_await (*stream)->Write(AsBytes(std::string_view(bytes).substr(i, 7)), world_.loop().In(5s));
      if (!written.ok()) break;
    }
    (*stream)->ShutdownWrite();
    std::string answer;
    std::array<uint8_t, 4096> part;
    for (;;) {
      Result<size_t> count = co_await (*stream)->ReadSome(part, world_.loop().In(5s));
      if (!count.ok() || *count == 0) break;
      answer.append(reinterpret_cast<char*>(part.data()), *count);
    }
    co_return answer;
  }

  RealWorld world_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

TEST_F(HttpTest, BodiesComeBackAndTheConnectionIsKept) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(Response answer, Fetch("PUT", "/echo/a%20b?x=1", "hello"));
    EXPECT_EQ(answer.head.status, 200);
    EXPECT_EQ(answer.body, "PUT /echo/a b hello");
  }
  std::string big(3 << 20, 'x');
  ASSERT_OK_AND_ASSIGN(Response answer, Fetch("POST", "/echo", big));
  EXPECT_EQ(answer.body.size(), big.size() + 11);
}

TEST_F(HttpTest, ChunksAndFileRangesArriveWhole) {
  ASSERT_OK_AND_ASSIGN(Response chunks, Fetch("GET", "/chunks"));
  EXPECT_EQ(chunks.body.size(), 1000u);
  ASSERT_OK(world_.disk().WriteFileAtomic(world_.folder() + "/data", AsBytes("abcdefghij")));
  ASSERT_OK_AND_ASSIGN(Response range, Fetch("GET", "/file"));
  EXPECT_EQ(range.body, "<cdefg>");
}

TEST_F(HttpTest, UnknownPathsMethodsAndHeadAreAnswered) {
  ASSERT_OK_AND_ASSIGN(Response missing, Fetch("GET", "/echoes"));
  EXPECT_EQ(missing.head.status, 404);
  ASSERT_OK_AND_ASSIGN(Response wrong, Fetch("DELETE", "/chunks"));
  EXPECT_EQ(wrong.head.status, 405);
  ASSERT_OK_AND_ASSIGN(Response asked, Fetch("OPTIONS", "/chunks"));  // as Java's clients do before they talk
  EXPECT_EQ(asked.head.status, 200);
  ASSERT_OK_AND_ASSIGN(Response head, Fetch("HEAD", "/chunks"));
  EXPECT_EQ(head.head.status, 200);
  EXPECT_EQ(head.body, "");
}

TEST_F(HttpTest, ChunkedRequestsArriveInAnyPieces) {
  std::string answer = Raw(
      "PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: 1\r\n\r\n");
  EXPECT_NE(answer.find("PUT /echo hello world"), std::string::npos) << answer;
}

TEST_F(HttpTest, PipelinedRequestsAreAnsweredInOrder) {
  std::string answer = Raw(
      "GET /echo/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /echo/2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  size_t first = answer.find("GET /echo/1 ");
  size_t second = answer.find("GET /echo/2 ");
  EXPECT_NE(first, std::string::npos);
  EXPECT_NE(second, std::string::npos);
  EXPECT_LT(first, second);
}

TEST_F(HttpTest, ExpectContinueIsGrantedOnlyToAReader) {
  std::string granted = Raw(
      "PUT /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
  EXPECT_TRUE(granted.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")) << granted;
  std::string refused = Raw("PUT /refuse HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 403 Forbidden\r\n")) << refused;
  EXPECT_NE(refused.find("Connection: close"), std::string::npos);
}

TEST_F(HttpTest, MalformedAndOversizedHeadsAreRefused) {
  EXPECT_TRUE(Raw("NONSENSE\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(Raw("GET /a%zz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(Raw("GET /echo HTTP/1.1\r\nA: " + std::string(5000, 'a') + "\r\n\r\n").starts_with("HTTP/1.1 431"));
  EXPECT_TRUE(Raw("PUT /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc")
                  .starts_with("HTTP/1.1 400"));
  EXPECT_EQ(Raw("GET /ec"), "");
}

TEST_F(HttpTest, AnHttp10ClientGetsABodyUntilClose) {
  std::string answer = Raw("GET /chunks HTTP/1.0\r\n\r\n");
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(answer.find("chunked"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("0123456789"));
}

Task<Status> StreamUp(Client& client, HostPort server, EventLoop& loop, std::string& out) {
  ClientRequest request;
  request.method = "PUT";
  request.server = server;
  request.target = "/echo";
  request.headers.Add("Expect", "100-continue");
  CO_ASSIGN_OR_RETURN(auto exchange, co_await client.Open(request, BodyKind::kChunked, 0, loop.In(5s)));
  CO_ASSIGN_OR_RETURN(bool go, co_await exchange->AwaitContinue(loop.In(5s)));
  EXPECT_TRUE(go);
  for (int i = 0; i < 10; ++i) CO_RETURN_IF_ERROR(co_await exchange->WriteBody(AsBytes("part."), loop.In(5s)));
  CO_ASSIGN_OR_RETURN(ResponseHead head, co_await exchange->ReadHead(loop.In(5s)));
  EXPECT_EQ(head.status, 200);
  std::array<uint8_t, 16> part;
  for (;;) {
    CO_ASSIGN_OR_RETURN(size_t count, co_await exchange->ReadBody(part, loop.In(5s)));
    if (count == 0) co_return Status::Ok();
    out.append(reinterpret_cast<char*>(part.data()), count);
  }
}

TEST_F(HttpTest, AStreamedUploadWaitsForTheGoAhead) {
  std::string out;
  EXPECT_OK(world_.Run(StreamUp(*client_, server_->address(), world_.loop(), out)));
  EXPECT_EQ(out.size(), 10u + 50u);
}

// Opens connections that say nothing (or half a head), one more than the server takes, then asks on a fresh one.
Task<Result<Response>> AskOverACrowd(Env env, Client& client, HostPort server, std::string_view half_a_head, int crowd) {
  std::vector<std::unique_ptr<Stream>> idle;
  for (int i = 0; i < crowd; ++i) {
    CO_ASSIGN_OR_RETURN(auto stream, co_await env.network.Connect(server, env.loop.In(5s)));
    if (!half_a_head.empty()) CO_RETURN_IF_ERROR(co_await stream->Write(AsBytes(half_a_head), env.loop.In(5s)));
    idle.push_back(std::move(stream));
  }
  co_return co_await client.Get("http://" + server.ToString() + "/echo", env.loop.In(5s));
}

TEST_F(HttpTest, AFullHouseMakesPlaceForWhoAsks) {
  ServerOptions options;
  options.bind = {"127.0.0.1", 0};
  options.connections_max = 8;
  ASSERT_OK_AND_ASSIGN(auto small, Server::Listen(world_.env(), options));
  small->Handle("GET", "/echo", [](Exchange& exchange) { return Echo(exchange); });
  small->Start();
  for (std::string_view head : {"", "GET /echo HTTP/1.1\r\nHost: x\r\nA: "}) {
    auto answer = world_.Run(AskOverACrowd(world_.env(), *client_, small->address(), head, 40));
    ASSERT_OK(answer.status());
    EXPECT_EQ(answer->head.status, 200);
  }
  struct Down {
    static Task<bool> Run(Server& server) {
      co_await server.Shutdown();
      co_return true;
    }
  };
  world_.Run(Down::Run(*small));
}

Task<void> SayGuarded(Exchange& exchange) { EXPECT_OK(co_await exchange.Reply(401, "text/plain", "guarded")); }

TEST_F(HttpTest, AGuardServesInsteadAndExactRoutesTakeNothingBelow) {
  static const Handler guarded = SayGuarded;
  server_->HandleExact("GET", "/", [](Exchange& exchange) { return Echo(exchange); });
  server_->set_guard([](const Request& request) { return request.path == "/chunks" ? &guarded : nullptr; });
  EXPECT_TRUE(Raw("GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(Raw("GET /nobody HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 404"));
  EXPECT_TRUE(Raw("GET /chunks HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 401"));
}

}  // namespace
}  // namespace tusk::http
