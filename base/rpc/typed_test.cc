// Goal: generated services parse, answer and refuse as Hadoop's do; method: call their method tables directly.
#include "base/rpc/typed.h"

#include "base/rpc/testing/echo.rpc.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::rpc {
namespace {

class Handlers : public testing::EchoService {
 public:
  Task<Result<testing::EchoResponse>> Echo(CallContext&, const testing::EchoRequest& request) override {
    testing::EchoResponse response;
    response.set_text(request.text());
    co_return response;
  }
};

const Method& Find(const std::vector<Method>& methods, std::string_view name) {
  for (const Method& method : methods) {
    if (method.name == name) return method;
  }
  TUSK_CHECK(false) << "no method " << name;
  return methods.front();
}

class TypedTest : public ::testing::Test {
 protected:
  Result<std::string> Serve(std::string_view method, const std::string& request) {
    call_.protocol = handlers_.protocol();
    call_.method = method;
    return world_.Run(Find(methods_, method).body(call_, AsBytes(request)));
  }
  RealWorld world_;
  Handlers handlers_;
  std::vector<Method> methods_ = handlers_.methods();
  CallContext call_;
};

TEST_F(TypedTest, NamesAndPoliciesComeFromTheProto) {
  EXPECT_EQ(handlers_.protocol(), "org.example.EchoProtocol");
  EXPECT_EQ(Find(methods_, "countUp").retry, RetryPolicy::kAtMostOnce);
  EXPECT_EQ(Find(methods_, "fail").retry, RetryPolicy::kNever);
  EXPECT_EQ(Find(methods_, "whoAmI").retry, RetryPolicy::kIdempotent);
}

TEST_F(TypedTest, ARequestReachesItsHandler) {
  testing::EchoRequest request;
  request.set_text("hello");
  ASSERT_OK_AND_ASSIGN(std::string answer, Serve("echo", request.SerializeAsString()));
  testing::EchoResponse response;
  ASSERT_TRUE(response.ParseFromString(answer));
  EXPECT_EQ(response.text(), "hello");
}

TEST_F(TypedTest, MissingFieldsAreNamedAsJavaNamesThem) {
  auto answer = Serve("echo", "");
  EXPECT_STATUS(Code::kInvalidProtobuf, answer);
  EXPECT_EQ(answer.status().message(), "Message missing required fields: text");
  testing::EchoRequest request;
  request.add_parts()->set_number(1);
  request.add_parts();
  EXPECT_EQ(Serve("echo", request.SerializePartialAsString()).status().message(),
            "Message missing required fields: text, parts[1].number");
}

TEST_F(TypedTest, GarbageIsRefused) { EXPECT_STATUS(Code::kInvalidProtobuf, Serve("echo", "\xff\xff\xff")); }

TEST_F(TypedTest, AMethodNobodyOverridesIsUnknown) {
  auto answer = Serve("missing", "");
  EXPECT_STATUS(Code::kRpcNoSuchMethod, answer);
  EXPECT_EQ(answer.status().message(), "Unknown method missing called on org.example.EchoProtocol protocol.");
}

}  // namespace
}  // namespace tusk::rpc
