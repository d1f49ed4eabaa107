// WebHDFS without a namenode: who a request acts as, what it asks of ClientProtocol, and how errors, long listings and
// redirects are answered. Method: requests over real sockets, a protocol whose answers the test has.
#include "dfs/namenode/web/webhdfs.h"

#include <array>

#include "base/http/client.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::dfs {
namespace {

namespace wire = hadoop::hdfs;

// Serves three methods and remembers who called.
class FakeNamenode : public wire::ClientNamenodeProtocolService {
 public:
  std::vector<rpc::Method> methods() override {
    constexpr std::array<std::string_view, 3> kServed = {"getFileInfo", "getListing", "delete"};
    std::vector<rpc::Method> all = wire::ClientNamenodeProtocolService::methods();
    std::erase_if(all, [&](const rpc::Method& method) {
      return std::find(kServed.begin(), kServed.end(), method.name) == kServed.end();
    });
    return all;
  }
  Task<Result<wire::GetFileInfoResponseProto>> GetFileInfo(rpc::CallContext& call,
                                                           const wire::GetFileInfoRequestProto& request) override {
    user = call.user;
    path = request.src();
    wire::GetFileInfoResponseProto response;
    if (request.src() == "/file") Fill("", 7, *response.mutable_fs());
    co_return response;
  }
  // 3 entries a page.
  Task<Result<wire::GetListingResponseProto>> GetListing(rpc::CallContext&,
                                                         const wire::GetListingRequestProto& request) override {
    wire::GetListingResponseProto response;
    int next = request.startafter().empty() ? 100 : std::atoi(request.startafter().c_str()) + 1;
    for (int i = next; i < std::min(next + 3, 108); ++i) Fill(std::to_string(i), 1, *response.mutable_dirlist()->add_partiallisting());
    response.mutable_dirlist()->set_remainingentries(static_cast<uint32_t>(std::max(0, 108 - next - 3)));
    co_return response;
  }
  Task<Result<wire::DeleteResponseProto>> Delete(rpc::CallContext&, const wire::DeleteRequestProto&) override {
    co_return Status(Code::kSafeMode, "Cannot delete /x. Name node is in safe mode.");
  }
  static void Fill(const std::string& name, uint64_t length, wire::HdfsFileStatusProto& to) {
    to.set_filetype(wire::HdfsFileStatusProto::IS_FILE);
    to.set_path(name);
    to.set_length(length);
    to.mutable_permission()->set_perm(0644);
    to.set_owner("o");
    to.set_group("g");
    to.set_modification_time(1);
    to.set_access_time(2);
  }

  rpc::CallUser user;
  std::string path;
};

class WebHdfsTest : public testing::Test {
 protected:
  WebHdfsTest() {
    auto server = http::Server::Listen(world_.env(), {.bind = {"127.0.0.1", 0}});
    TUSK_CHECK(server.ok()) << server.status().ToString();
    server_ = std::move(*server);
    WebHdfsIdentity identity;
    identity.authorize_proxy = [](const std::string& real, const std::string& effective, const std::string&) {
      if (real == "proxy") return Status::Ok();
      return Status(Code::kAuthorization, "User: " + real + " is not allowed to impersonate " + effective);
    };
    identity.user_of_token = [](const Token& token) -> Result<rpc::CallUser> {
      if (token.password != "good") return Status(Code::kInvalidToken, "no");
      rpc::CallUser user;
      user.name = token.identifier;
      user.method = rpc::AuthMethod::kToken;
      return user;
    };
    webhdfs_ = std::make_unique<WebHdfs>(WebHdfsContext{world_.env(), "nn:8020", 3, registry_}, std::move(identity));
    webhdfs_->Serve(namenode_);
    webhdfs_->Mount(*server_);
    server_->Start();
    client_ = http::Client::Make(world_.env());
  }
  ~WebHdfsTest() override {
    client_.reset();
    world_.Run(Down());
  }
  Task<bool> Down() {
    co_await server_->Shutdown();
    co_return true;
  }
  http::Response Ask(const std::string& method, const std::string& target) {
    http::ClientRequest request;
    request.method = method;
    request.server = server_->address();
    request.target = "/webhdfs/v1" + target;
    auto response = world_.Run(client_->Fetch(std::move(request), "", world_.clock().Now() + std::chrono::seconds(30)));
    EXPECT_OK(response);
    return response.ok() ? std::move(*response) : http::Response{};
  }
  static std::string TokenText(const std::string& owner, const std::string& password) {
    return TokenToUrlString({owner, password, "WEBHDFS delegation", "nn:8020"});
  }

  RealWorld world_;
  FakeNamenode namenode_;
  DatanodeRegistry registry_{DatanodeLimits()};
  std::unique_ptr<WebHdfs> webhdfs_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Client> client_;
};

TEST_F(WebHdfsTest, ActsForWhomTheRequestNames) {
  Ask("GET", "/file?op=GETFILESTATUS");
  EXPECT_EQ(namenode_.user.name, "dr.who");
  Ask("GET", "/a%20b%2Bc?op=getfilestatus&USER.NAME=alice");
  EXPECT_EQ(namenode_.user.name, "alice");
  EXPECT_EQ(namenode_.path, "/a b+c");
  Ask("GET", "/file?op=GETFILESTATUS&user.name=proxy&doas=bob");
  EXPECT_EQ(namenode_.user.name, "bob");
  EXPECT_EQ(namenode_.user.real_user, "proxy");
  Ask("GET", "/file?op=GETFILESTATUS&user.name=mallory&delegation=" + TokenText("carol", "good"));
  EXPECT_EQ(namenode_.user.name, "carol");
}

TEST_F(WebHdfsTest, RefusesWhoMayNotAct) {
  namenode_.user.name = "untouched";
  EXPECT_EQ(Ask("GET", "/file?op=GETFILESTATUS&user.name=mallory&doas=bob").head.status, 403);
  EXPECT_EQ(Ask("GET", "/file?op=GETFILESTATUS&user.name=bad%20name").head.status, 400);
  for (const std::string& token : {TokenText("carol", "guessed"), std::string("AAAA"), std::string("%%%")}) {
    http::Response refused = Ask("GET", "/file?op=GETFILESTATUS&user.name=carol&delegation=" + token);
    EXPECT_EQ(refused.head.status, 403) << token;
    EXPECT_NE(refused.body.find("SecretManager$InvalidToken"), std::string::npos) << refused.body;
  }
  EXPECT_EQ(namenode_.user.name, "untouched");
}

TEST_F(WebHdfsTest, AnswersErrorsAsRemoteExceptions) {
  EXPECT_EQ(Ask("GET", "/none?op=GETFILESTATUS").head.status, 404);
  http::Response safe_mode = Ask("DELETE", "/x?op=DELETE");
  EXPECT_EQ(safe_mode.head.status, 403);
  EXPECT_EQ(safe_mode.body,
            R"({"RemoteException":{"exception":"SafeModeException","javaClassName":)"
            R"("org.apache.hadoop.hdfs.server.namenode.SafeModeException",)"
            R"("message":"Cannot delete /x. Name node is in safe mode."}})");
  EXPECT_EQ(Ask("GET", "/x?op=DELETE").head.status, 400);
  EXPECT_EQ(Ask("GET", "/x").head.status, 400);
}

TEST_F(WebHdfsTest, ListsPageByPage) {
  http::Response listed = Ask("GET", "/dir?op=LISTSTATUS");
  EXPECT_EQ(listed.head.status, 200);
  size_t entries = 0;
  for (size_t at = 0; (at = listed.body.find("pathSuffix", at)) != std::string::npos; ++at) ++entries;
  EXPECT_EQ(entries, 8u);
  EXPECT_TRUE(listed.body.starts_with("{\"FileStatuses\":{\"FileStatus\":[\n{"));
  EXPECT_TRUE(listed.body.ends_with("}\n]}}\n"));
}

TEST_F(WebHdfsTest, RedirectsToALivingDatanode) {
  http::Response nowhere = Ask("PUT", "/new?op=CREATE");
  EXPECT_EQ(nowhere.head.status, 403);
  EXPECT_NE(nowhere.body.find("Failed to find datanode"), std::string::npos);
  DatanodeIdentity identity;
  identity.uuid = "u";
  identity.ip = "10.0.0.1";
  identity.host = "node1";
  identity.xfer_port = 9866;
  identity.info_port = 9864;
  registry_.Register(identity, world_.clock().Now());
  http::Response there = Ask("PUT", "/n%20w?op=CREATE&user.name=alice&overwrite=true&permission=600");
  EXPECT_EQ(there.head.status, 307);
  EXPECT_EQ(there.head.headers.Get("Location", ""),
            "http://node1:9864/webhdfs/v1/n%20w?op=CREATE&user.name=alice&namenoderpcaddress=nn:8020&createflag=&"
            "createparent=true&overwrite=true&permission=600");
  EXPECT_EQ(Ask("PUT", "/new?op=CREATE&noredirect=true").head.status, 200);
  EXPECT_EQ(Ask("PUT", "/new?op=CREATE&excludedatanodes=10.0.0.1:9866").head.status, 403);
}

}  // namespace
}  // namespace tusk::dfs
