// Goal: pages of tasks and timelines from what a master says, which is not trusted; the list of excluded nodes keeps what
// else stands in it. Method: texts.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/testing/matchers.h"
#include "yarn_like/resourcemanager/console/master_pages.h"
#include "yarn_like/resourcemanager/console/node_exclusion.h"

namespace tusk::yarn {
namespace {

using Json = nlohmann::json;

constexpr char kTasks[] = R"({"tasks":[
  {"id":"task_1_0001_m_000000","type":"MAP","index":0,"state":"SUCCEEDED","progress":1,"startedAt":100,"finishedAt":300,"failures":0,
   "attempts":[{"id":"attempt_1_0001_m_000000_0","number":0,"state":"SUCCEEDED","progress":1,"container":"c1","node":"h1:1","startedAt":100,"finishedAt":300}]},
  {"id":"task_1_0001_m_000001","type":"MAP","index":1,"state":"RUNNING","progress":0.5,"startedAt":150,"finishedAt":null,"failures":1,
   "attempts":[{"id":"attempt_1_0001_m_000001_0","number":0,"state":"FAILED","node":"h2:1","startedAt":150,"finishedAt":160,"diagnostics":"boom"},
               {"id":"attempt_1_0001_m_000001_1","number":1,"state":"RUNNING","node":"h1:1","startedAt":170,"finishedAt":null}]},
  {"id":"task_1_0001_r_000000","type":"REDUCE","index":0,"state":"PENDING","progress":0,"startedAt":null,"finishedAt":null,"failures":0,"attempts":[]}]})";

Json Page(const ListQuery& query, const std::string& type = "") {
  auto text = TaskPageJson(kTasks, "master", query, type, 1000);
  EXPECT_TRUE(text.ok()) << text.status().ToString();
  return Json::parse(text.ok() ? *text : "{}");
}

TEST(TaskPageTest, InTheMastersOrderWithCounts) {
  const Json page = Page({});
  EXPECT_EQ(page["total"], 3);
  EXPECT_EQ(page["counts"]["RUNNING"], 1);
  EXPECT_EQ(page["tasks"][1]["elapsedMs"], 850);
  EXPECT_EQ(page["tasks"][1]["attempts"][0]["diagnostics"], "boom");
  EXPECT_EQ(page["tasks"][2]["startedAt"], nullptr);
}

TEST(TaskPageTest, FilteredSortedPaged) {
  ListQuery query;
  EXPECT_EQ(Page(query, "REDUCE")["total"], 1);
  query.states = "RUNNING";
  EXPECT_EQ(Page(query)["tasks"][0]["index"], 1);
  query = {};
  query.q = "H2";
  EXPECT_EQ(Page(query)["total"], 1);
  query = {};
  query.sort = "-elapsedMs";
  query.limit = 1;
  EXPECT_EQ(Page(query)["tasks"][0]["index"], 1);
  query.sort = "shoe";
  EXPECT_EQ(TaskPageJson(kTasks, "master", query, "", 1000).code(), Code::kInvalidArgument);
}

TEST(TaskPageTest, WhatAMasterSaysIsNotTrusted) {
  EXPECT_FALSE(TaskPageJson("[1]", "master", {}, "", 0).ok());
  EXPECT_FALSE(TaskPageJson("{", "master", {}, "", 0).ok());
  for (const char* odd : {R"({"tasks":7})", R"({"tasks":[1,"x",null,{}]})", R"({"tasks":[{"id":5,"attempts":[3,{}],"startedAt":"x"}]})", ""}) {
    EXPECT_TRUE(TaskPageJson(odd, "master", {}, "", 0).ok()) << odd;
    EXPECT_TRUE(TimelineJson(odd, "", "master", 0).ok()) << odd;
  }
}

TEST(TimelineTest, AttemptsInOrderOfTheirStart) {
  auto text = TimelineJson(kTasks, R"({"startedAt":90,"finishedAt":null})", "master", 1000);
  ASSERT_TRUE(text.ok());
  const Json timeline = Json::parse(*text);
  EXPECT_EQ(timeline["start"], 90);
  ASSERT_EQ(timeline["spans"].size(), 3u);
  EXPECT_EQ(timeline["spans"][1]["state"], "FAILED");
  EXPECT_EQ(timeline["spans"][2]["end"], nullptr);
  EXPECT_EQ(timeline["total"], 3);
}

TEST(NodeExclusionTest, OneHostComesAndGoesTheRestStays) {
  const std::string list = "# broken\nh1 h2 # both\n\nh3\n";
  EXPECT_EQ(ListWith(list, "h4"), "# broken\nh1 h2 # both\n\nh3\nh4\n");
  EXPECT_EQ(ListWith("h1", "h1"), "h1\n");
  EXPECT_EQ(ListWithout(list, "h1", ""), "# broken\nh2 # both\n\nh3\n");
  EXPECT_EQ(ListWithout(list, "h3", "10.0.0.3"), "# broken\nh1 h2 # both\n\n");
  EXPECT_EQ(ListWithout("10.0.0.3\nh30\n", "h3", "10.0.0.3"), "h30\n");
  EXPECT_EQ(ListWithout("", "h1", ""), "");
}

}  // namespace
}  // namespace tusk::yarn
