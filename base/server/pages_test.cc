// Goal: the pages of a daemon answer as Hadoop's tools and Prometheus read them.
#include "base/server/pages.h"

#include "base/http/client.h"
#include "base/log/log.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PagesTest : public ::testing::Test {
 protected:
  PagesTest() {
    configuration_.Set("fs.defaultFS", "hdfs://a<b", "core-site.xml");
    configuration_.Set("my.password", "hunter2");
    auto server = http::Server::Listen(world_.env(), {.bind = {"127.0.0.1", 0}});
    TUSK_CHECK(server.ok());
    server_ = std::move(server).value();
    pages_.Mount(*server_);
    server_->Start();
  }
  ~PagesTest() override {
    struct Stopper {
      static Task<Status> Go(http::Server& server) {
        co_await server.Shutdown();
        co_return Status::Ok();
      }
    };
    EXPECT_OK(world_.Run(Stopper::Go(*server_)));
  }
  static Task<Result<http::Response>> Fetch(Env env, HostPort at, std::string target, http::Headers headers) {
    auto client = http::Client::Make(env);
    http::ClientRequest request;
    request.server = at;
    request.target = std::move(target);
    request.headers = std::move(headers);
    co_return co_await client->Fetch(std::move(request), "", env.loop.In(5s));
  }
  std::string Get(std::string target, http::Headers headers = {}, int status = 200) {
    auto response = world_.Run(Fetch(world_.env(), server_->address(), std::move(target), std::move(headers)));
    EXPECT_OK(response);
    if (!response.ok()) return "";
    EXPECT_EQ(response->head.status, status);
    return response->body;
  }

  RealWorld world_;
  MetricRegistry metrics_;
  Configuration configuration_;
  DaemonPages pages_{world_.env(), metrics_, configuration_, {.daemon = "NameNode"}};
  std::unique_ptr<http::Server> server_;
};

TEST_F(PagesTest, JmxAnswersQueriesAndSingleAttributes) {
  metrics_.AddBean("Hadoop:service=NameNode,name=X", [](Bean& bean) { bean.Set("A", 1).Set("B", 2); });
  EXPECT_THAT(Get("/jmx"), HasSubstr("\"name\" : \"java.lang:type=Memory\""));
  EXPECT_EQ(Get("/jmx?qry=Hadoop:service=NameNode,name=X"),
            "{\n  \"beans\" : [ {\n    \"name\" : \"Hadoop:service=NameNode,name=X\",\n    \"modelerType\" : \"X\",\n"
            "    \"A\" : 1,\n    \"B\" : 2\n  } ]\n}");
  std::string one = Get("/jmx?get=Hadoop:service=NameNode,name=X::B");
  EXPECT_THAT(one, HasSubstr("\"B\" : 2"));
  EXPECT_THAT(one, Not(HasSubstr("\"A\"")));
  EXPECT_THAT(Get("/jmx?get=Hadoop:service=NameNode,name=X::C"), HasSubstr("No attribute with name C was found."));
}

TEST_F(PagesTest, PrometheusSeesTheProcess) { EXPECT_THAT(Get("/metrics"), HasSubstr("process_resident_memory_bytes ")); }

TEST_F(PagesTest, ConfIsXmlOrJsonAndHidesSecrets) {
  std::string xml = Get("/conf");
  EXPECT_THAT(xml, HasSubstr("<name>fs.defaultFS</name><value>hdfs://a&lt;b</value><final>false</final><source>core-site.xml</source>"));
  EXPECT_THAT(xml, Not(HasSubstr("hunter2")));
  std::string json = Get("/conf?name=fs.defaultFS", {{"Accept", "application/json"}});
  EXPECT_EQ(json, "{\"property\":{\"key\":\"fs.defaultFS\",\"value\":\"hdfs://a<b\",\"isFinal\":false,\"resource\":\"core-site.xml\"}}");
  EXPECT_THAT(Get("/conf", {{"Accept", "application/json"}}), Not(HasSubstr("hunter2")));
  Get("/conf?name=absent", {}, 404);
}

TEST_F(PagesTest, LogLevelsAreReadAndSet) {
  EXPECT_THAT(Get("/logLevel?log=pages_test&level=debug"), HasSubstr("Effective Level: <b>DEBUG</b>"));
  EXPECT_EQ(GetLogLevel("pages_test"), LogLevel::kDebug);
  EXPECT_THAT(Get("/logLevel?log=pages_test&level=loud"), HasSubstr("Bad Level"));
}

TEST_F(PagesTest, StatusAndStacksTellOfTheProcess) {
  EXPECT_THAT(Get("/status"), HasSubstr("\"daemon\":\"NameNode\""));
  EXPECT_THAT(Get("/stacks"), HasSubstr("active threads"));
}

}  // namespace
}  // namespace tusk
