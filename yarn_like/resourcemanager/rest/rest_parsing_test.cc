// What comes in by REST: query parameters, ids and submissions, well formed and not.
#include <gtest/gtest.h>

#include "yarn_like/resourcemanager/rest/app_query.h"
#include "yarn_like/resourcemanager/rest/submission.h"

namespace tusk::yarn::rm_rest {
namespace {

Result<AppQuery> Ask(const std::string& text) { return AppQueryOf(http::Query::Parse(text)); }

TEST(RestQuery, FiltersAreTakenTogether) {
  const auto query = Ask("states=running,FAILED&state=accepted&user=eva&queue=default&limit=3&applicationTypes=MapReduce"
                         "&applicationTags=A,b&finalStatus=SUCCEEDED&startedTimeBegin=5&startedTimeEnd=9&deSelects=timeouts");
  ASSERT_TRUE(query.ok()) << query.status().ToString();
  EXPECT_EQ(query->filter.states, (std::set<AppState>{AppState::kRunning, AppState::kFailed, AppState::kAccepted}));
  EXPECT_EQ(query->limit, 3);
  EXPECT_EQ(query->filter.types, std::set<std::string>{"mapreduce"});
  EXPECT_EQ(query->filter.tags, (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(query->filter.started_end, 9);
  EXPECT_EQ(query->left_out, std::set<std::string>{"timeouts"});

  Application application;
  application.submission.user = "eva";
  application.submission.queue = "default";
  application.submission.type = "MAPREDUCE";
  application.submission.tags = {"B"};
  application.submission.submit_wall_ms = 7;
  application.state = AppState::kRunning;
  application.final_status = FinalStatus::kSucceeded;
  EXPECT_TRUE(query->filter.Passes(application));
  application.submission.submit_wall_ms = 10;
  EXPECT_FALSE(query->filter.Passes(application));
}

TEST(RestQuery, WhatIsWrongIsSaidInHadoopsWords) {
  EXPECT_EQ(Ask("limit=0").status().message(), "limit value must be greater then 0");
  EXPECT_EQ(Ask("limit=x").status().message(), "limit value must be a number!");
  EXPECT_EQ(Ask("queue=nope").status().message(), "Unknown queue: nope");
  EXPECT_EQ(Ask("finishedTimeBegin=-2").status().message(), "finishedTimeBegin must be greater than 0");
  EXPECT_EQ(Ask("finalStatus=failed").status().code(), Code::kInvalidArgument);
  EXPECT_FALSE(Ask("startedTimeBegin=99999999999999999999").ok());
  EXPECT_FALSE(ApplicationIdOf("job_1_0001").ok());
  EXPECT_FALSE(ApplicationIdOf("application_1_x").ok());
}

TEST(RestSubmission, IsTheMessageThatClientsSend) {
  const auto request = SubmissionOf(
      R"({"application-id":"application_7_0003","application-name":"n","application-type":"T","max-app-attempts":2,)"
      R"("resource":{"memory":256,"vCores":2},"application-tags":{"tag":"one"},"am-container-spec":{"commands":{"command":"run"},)"
      R"("environment":{"entry":{"key":"A","value":"b"}},"local-resources":{"entry":[{"key":"f","value":{"resource":)"
      R"("hdfs://nn:8020/a/b","type":"ARCHIVE","visibility":"PRIVATE","size":5,"timestamp":"6"}}]}}})",
      ResourceTypes());
  ASSERT_TRUE(request.ok()) << request.status().ToString();
  const auto& context = request->application_submission_context();
  EXPECT_EQ(context.application_id().id(), 3);
  EXPECT_EQ(context.resource().memory(), 256);
  EXPECT_EQ(context.applicationtags(0), "one");
  const auto& launch = context.am_container_spec();
  EXPECT_EQ(launch.command(0), "run");
  EXPECT_EQ(launch.environment(0).value(), "b");
  const auto& file = launch.localresources(0).value();
  EXPECT_EQ(file.resource().port(), 8020);
  EXPECT_EQ(file.resource().file(), "/a/b");
  EXPECT_EQ(file.type(), hadoop::yarn::ARCHIVE);
  EXPECT_EQ(file.timestamp(), 6);
}

TEST(RestSubmission, OfAnyOtherShapeIsRefused) {
  EXPECT_EQ(SubmissionOf("{}", ResourceTypes()).status().message(), "Could not parse application id ");
  EXPECT_FALSE(SubmissionOf("[1,2]", ResourceTypes()).ok());
  EXPECT_FALSE(SubmissionOf("{\"application-id\":", ResourceTypes()).ok());
  EXPECT_FALSE(SubmissionOf(R"({"application-id":"application_7_0003","resource":{"resourceInformations":{"resourceInformation":)"
                            R"([{"name":"unknown","value":1}]}}})",
                            ResourceTypes())
                   .ok());
  // Members of another kind count as absent.
  EXPECT_TRUE(SubmissionOf(R"({"application-id":"application_7_0003","am-container-spec":"x","application-tags":7})", ResourceTypes()).ok());
}

}  // namespace
}  // namespace tusk::yarn::rm_rest
