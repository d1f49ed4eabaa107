// Goal: lists are filtered, sorted and paged as asked, and what they show is what the brain knows. Method: a cluster driven
// by hand, its JSON read back.
#include "yarn_like/resourcemanager/console/cluster_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/testing/matchers.h"

namespace tusk::yarn {
namespace {

using Json = nlohmann::json;

struct NoEffects : ClusterEffects {
  void LaunchMaster(const ApplicationAttemptId&) override {}
  void StopMaster(const ApplicationAttemptId&, const ContainerId&, const NodeId&) override {}
};

class ClusterJsonTest : public ::testing::Test {
 protected:
  static ClusterConfig Config() {
    ClusterConfig config;
    config.scheduler.minimum = {256, 1};
    config.scheduler.am_share_max = 1;
    config.start_wall_ms = 1000;
    EXPECT_OK(config.types.Add(kGpuName).status());
    return config;
  }
  void AddNode(const std::string& host, Resource total) {
    NodeRegistration registration;
    registration.node.id = {host, 8041};
    registration.node.http_port = 8042;
    registration.node.rack = "/rack-" + host;
    registration.node.total = total;
    ASSERT_OK(cluster_.RegisterNode(std::move(registration), now_));
    NodeHeartbeat heartbeat;
    heartbeat.node = {host, 8041};
    cluster_.Heartbeat(heartbeat, now_);
  }
  ApplicationId Submit(const std::string& user, const std::string& name, const std::string& type, int64_t memory = 512) {
    Submission submission;
    submission.id = cluster_.NewApplicationId();
    submission.user = user;
    submission.name = name;
    submission.type = type;
    Ask ask;
    ask.capability = {memory, 1};
    ask.count = 1;
    submission.am_asks = {ask};
    const ApplicationId id = submission.id;
    now_.wall_ms += 10;
    EXPECT_OK(cluster_.Submit(std::move(submission), now_));
    return id;
  }
  Json Apps(ListQuery query) {
    auto text = ApplicationListJson(cluster_, query, now_);
    EXPECT_OK(text.status());
    return Json::parse(text.ok() ? *text : "{}");
  }
  static std::vector<std::string> Names(const Json& list) {
    std::vector<std::string> names;
    for (const Json& app : list["apps"]) names.push_back(app["name"]);
    return names;
  }

  NoEffects effects_;
  Cluster cluster_{Config(), effects_};
  Now now_{TimePoint{}, 5000};
};

using Texts = std::vector<std::string>;

TEST_F(ClusterJsonTest, NewestFirstAndPaged) {
  for (const char* name : {"a", "b", "c", "d"}) Submit("ann", name, "MAPREDUCE");
  ListQuery query;
  EXPECT_EQ(Names(Apps(query)), (Texts{"d", "c", "b", "a"}));
  query.offset = 1;
  query.limit = 2;
  const Json page = Apps(query);
  EXPECT_EQ(Names(page), (Texts{"c", "b"}));
  EXPECT_EQ(page["total"], 4);
  query.offset = 10;
  EXPECT_TRUE(Names(Apps(query)).empty());
}

TEST_F(ClusterJsonTest, FilteredByStateUserTypeAndText) {
  AddNode("h1", {1024, 4});
  Submit("ann", "sums", "MAPREDUCE");
  Submit("bob", "model", "TUSK-ML");
  const ApplicationId gone = Submit("bob", "dead", "SPARK");
  ASSERT_OK(cluster_.Kill(gone, "why not", now_).status());
  ListQuery query;
  query.user = "bob";
  EXPECT_EQ(Names(Apps(query)), (Texts{"dead", "model"}));
  query = {};
  query.states = "over";
  EXPECT_EQ(Names(Apps(query)), (Texts{"dead"}));
  query.states = "ACCEPTED,RUNNING";
  const Json active = Apps(query);
  EXPECT_EQ(Names(active), (Texts{"model", "sums"}));
  EXPECT_EQ(active["counts"]["KILLED"], 1);
  EXPECT_EQ(active["apps"][0]["kind"], "ml");
  EXPECT_EQ(active["types"], Json::array({"MAPREDUCE", "SPARK", "TUSK-ML"}));
  query = {};
  query.q = "ODE";
  EXPECT_EQ(Names(Apps(query)), (Texts{"model"}));
  query.q = gone.ToString().substr(12);
  EXPECT_EQ(Names(Apps(query)), (Texts{"dead"}));
  query.states = "NONSENSE";
  EXPECT_EQ(ApplicationListJson(cluster_, query, now_).code(), Code::kInvalidArgument);
}

TEST_F(ClusterJsonTest, SortedByAnyColumn) {
  AddNode("h1", {8192, 8});
  Submit("ann", "b", "X", 512);
  Submit("bob", "a", "X", 2048);
  Submit("ann", "c", "X", 1024);
  ListQuery query;
  query.sort = "name";
  EXPECT_EQ(Names(Apps(query)), (Texts{"a", "b", "c"}));
  query.sort = "-memory";
  EXPECT_EQ(Names(Apps(query)), (Texts{"a", "c", "b"}));
  query.sort = "user";
  EXPECT_EQ(Names(Apps(query)), (Texts{"c", "b", "a"}));
  query.sort = "shoe";
  EXPECT_EQ(ApplicationListJson(cluster_, query, now_).code(), Code::kInvalidArgument);
}

TEST_F(ClusterJsonTest, ADetailSaysWhyEachRequestWaits) {
  AddNode("h1", {1024, 4});
  Submit("ann", "first", "X", 1024);
  const ApplicationId id = Submit("ann", "<img onerror=x>", "X", 1024);
  const Json detail = Json::parse(ApplicationDetailJson(cluster_, *cluster_.Find(id), true, now_));
  EXPECT_EQ(detail["name"], "<img onerror=x>");
  EXPECT_EQ(detail["state"], "ACCEPTED");
  EXPECT_EQ(detail["pending"]["memory"], 1024LL << 20);
  ASSERT_EQ(detail["whyPending"].size(), 1u);
  EXPECT_EQ(detail["whyPending"][0]["master"], true);
  EXPECT_EQ(detail["why"], detail["whyPending"][0]["sentence"]);
  EXPECT_EQ(detail["mayKill"], true);
  EXPECT_EQ(detail["finishedAt"], nullptr);
  EXPECT_EQ(detail["attempts"][0]["state"], "SCHEDULED");
}

TEST_F(ClusterJsonTest, NodesWithWhatTheyHold) {
  AddNode("h2", {1024, 4});
  AddNode("h1", {2048, 4});
  Submit("ann", "x", "X", 1024);
  ListQuery query;
  query.sort = "-containers";
  const Json nodes = Json::parse(NodeListJson(cluster_, query, now_).value_or("{}"));
  ASSERT_EQ(nodes["total"], 2);
  const Json& full = nodes["nodes"][0];
  EXPECT_EQ(full["containers"], 1);
  EXPECT_EQ(full["used"]["memory"], 1024LL << 20);
  const NodeId id = NodeId::Parse(full["id"].get<std::string>()).value();
  const Json detail = Json::parse(NodeDetailJson(cluster_, *cluster_.nodes().Find(id), now_));
  ASSERT_EQ(detail["containerList"].size(), 1u);
  EXPECT_EQ(detail["containerList"][0]["appName"], "x");
  EXPECT_EQ(detail["containerList"][0]["master"], true);
  query = {};
  query.q = "RACK-h1";
  EXPECT_EQ(Json::parse(NodeListJson(cluster_, query, now_).value_or("{}"))["total"], 1);
  query.states = "LOST";
  EXPECT_EQ(Json::parse(NodeListJson(cluster_, query, now_).value_or("{}"))["total"], 0);
}

TEST_F(ClusterJsonTest, HealthNamesWhatIsWrong) {
  const ClusterFacts facts{"id", "3.4.2", "*", "*"};
  Json overview = Json::parse(OverviewJson(cluster_, facts, now_));
  EXPECT_EQ(overview["health"]["state"], "critical");
  EXPECT_EQ(overview["alerts"][0]["code"], "noNodes");
  AddNode("h1", {2048, 4});
  overview = Json::parse(OverviewJson(cluster_, facts, now_));
  EXPECT_EQ(overview["health"]["state"], "healthy") << overview["health"];
  EXPECT_EQ(overview["resources"]["total"]["memory"], 2048LL << 20);
  const Json queues = Json::parse(QueuesJson(cluster_, facts, now_));
  EXPECT_EQ(queues["queues"][1]["path"], "root.default");
  EXPECT_EQ(queues["queues"][1]["parent"], "root");
}

}  // namespace
}  // namespace tusk::yarn
