// Goal: each pending ask says why it waits, by the thing that truly stands in its way. Method: one situation per cause.
#include <gtest/gtest.h>

#include "yarn_like/resourcemanager/scheduler/scheduler.h"

namespace tusk::yarn {
namespace {

using namespace std::chrono_literals;

ApplicationAttemptId App(int32_t id) { return {{1000, id}, 1}; }
NodeId Node(int number) { return {"h" + std::to_string(number), 8041}; }

Ask Want(int64_t count, Resource size = {1024, 1}, std::string place = "*", int32_t priority = 1) {
  Ask ask;
  ask.priority = priority;
  ask.place = std::move(place);
  ask.capability = size;
  ask.count = count;
  return ask;
}

class ExplainTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int id : {1, 2}) scheduler_.Apply(AttemptAdded{App(id), 0, {}}, now_);
  }
  static SchedulerConfig Config() {
    SchedulerConfig config;
    config.minimum = {256, 1};
    config.am_share_max = 0.5;
    return config;
  }
  void AddNode(int number, Resource total = {4096, 4}) {
    scheduler_.Apply(NodeAdded{Node(number), "/r1", total, {}}, now_);
  }
  void AskFor(int app, std::vector<Ask> asks, std::vector<std::string> excluded = {}) {
    scheduler_.Apply(AsksChanged{App(app), std::move(asks), std::move(excluded), {}}, now_);
  }
  WaitReason Why(int app) {
    auto reasons = scheduler_.WhyWaiting(App(app), types_, now_, 10);
    EXPECT_FALSE(reasons.empty());
    return reasons.empty() ? WaitReason() : reasons.front();
  }
  void Expect(int app, WaitCause cause, const std::string& part) {
    const WaitReason why = Why(app);
    EXPECT_EQ(NameOf(why.cause), NameOf(cause)) << why.sentence;
    EXPECT_NE(why.sentence.find(part), std::string::npos) << why.sentence;
    EXPECT_TRUE(why.sentence.ends_with('.')) << why.sentence;
  }

  Scheduler scheduler_{Config()};
  TimePoint now_{};
  ResourceTypes types_;
};

TEST_F(ExplainTest, NothingIsSaidWhereNothingWaits) {
  AddNode(1);
  AskFor(1, {Want(2)});
  EXPECT_TRUE(scheduler_.WhyWaiting(App(1), types_, now_, 10).empty());
  EXPECT_EQ(scheduler_.WhyWaiting(App(1), types_, now_), "");
}

TEST_F(ExplainTest, NoNode) {
  AskFor(1, {Want(1)});
  Expect(1, WaitCause::kNoNodes, "no node is in the cluster");
}

TEST_F(ExplainTest, FullByTheResourceThatLacksOnMostNodes) {
  AddNode(1, {4096, 2});
  AddNode(2, {2048, 8});
  AskFor(2, {Want(4, {1024, 1})});
  AskFor(1, {Want(3, {1024, 2})});
  const WaitReason why = Why(1);
  EXPECT_EQ(why.cause, WaitCause::kFull) << why.sentence;
  EXPECT_GE(why.count, 2);
  EXPECT_NE(why.sentence.find("largest free room is"), std::string::npos) << why.sentence;
  EXPECT_NE(why.sentence.find("vcores on 1"), std::string::npos) << why.sentence;
}

TEST_F(ExplainTest, FullOfGpus) {
  const size_t gpu = types_.Add(kGpuName).value();
  Resource node(8192, 8), one(256, 1);
  node.amounts[gpu] = 2;
  one.amounts[gpu] = 1;
  AddNode(1, node);
  AskFor(1, {Want(3, one)});
  Expect(1, WaitCause::kFull, "yarn.io/gpu on 1");
  EXPECT_EQ(Why(1).lacking, static_cast<int>(gpu));
}

TEST_F(ExplainTest, TooLargeForEveryNode) {
  AddNode(1, {2048, 4});
  AskFor(1, {Want(1, {4096, 1})});
  Expect(1, WaitCause::kTooLarge, "memory on 1");
  EXPECT_EQ(Why(1).lacking, 0);
}

TEST_F(ExplainTest, ExcludedNodes) {
  AddNode(1);
  AskFor(1, {Want(1)}, {"h1"});
  Expect(1, WaitCause::kExcluded, "excludes every node");
  AddNode(2, {512, 1});
  Expect(1, WaitCause::kTooLarge, "of 2 node(s)");
}

TEST_F(ExplainTest, AFullNodeBesideAnExcludedOneSaysBoth) {
  AddNode(1, {1024, 1});
  AddNode(2, {1024, 1});
  AskFor(1, {Want(2)}, {"h2"});
  Expect(1, WaitCause::kFull, "1 excluded by the application");
}

TEST_F(ExplainTest, OnlyPlacesThatAreNotThere) {
  AddNode(1);
  Ask any = Want(1);
  any.relax_locality = false;
  AskFor(1, {any, Want(1, {1024, 1}, "elsewhere")});
  Expect(1, WaitCause::kPlaces, "none is in the cluster");
  EXPECT_EQ(Why(1).places, std::vector<std::string>{"elsewhere"});
}

TEST_F(ExplainTest, AFullPlaceThatItInsistsOn) {
  AddNode(1, {1024, 1});
  AddNode(2);
  Ask any = Want(2);
  any.relax_locality = false;
  AskFor(1, {any, Want(2, {1024, 1}, "h1")});
  Expect(1, WaitCause::kFull, "of 1 node(s) at the places that it insists on 1 are full");
}

TEST_F(ExplainTest, RoomThatIsNotOnTheNamedHostsYet) {
  AddNode(1, {1024, 1});
  AddNode(2);
  AskFor(1, {Want(1), Want(1, {1024, 1}, "h1")});
  AskFor(2, {Want(1), Want(1, {1024, 1}, "/r1"), Want(1, {1024, 1}, "h1")});
  Expect(2, WaitCause::kLocality, "1000 ms more on the hosts");
}

TEST_F(ExplainTest, MastersHoldTheirShare) {
  AddNode(1, {2048, 8});
  scheduler_.Apply(AttemptAdded{App(3), 0, {Want(1, {1536, 1})}}, now_);
  scheduler_.Apply(AttemptAdded{App(4), 0, {Want(1, {256, 1})}}, now_);
  Expect(4, WaitCause::kMasterLimit, "50% of the cluster");
  EXPECT_TRUE(Why(4).is_am);
  EXPECT_EQ(Why(4).lacking, 0);
}

TEST_F(ExplainTest, NodesThatTakeNothingNew) {
  AddNode(1);
  scheduler_.Apply(NodeDrained{Node(1)}, now_);
  AskFor(1, {Want(1)});
  Expect(1, WaitCause::kDraining, "take nothing new");
}

TEST_F(ExplainTest, ReservedForALargerOne) {
  AddNode(1, {2048, 8});
  AskFor(2, {Want(4, {256, 1})});
  AskFor(1, {Want(1, {2048, 1})});
  now_ += 5s;
  scheduler_.Apply(TimePassed{}, now_);
  AskFor(2, {Want(1, {256, 1})});
  Expect(2, WaitCause::kReserved, "1 are reserved for others");
  Expect(1, WaitCause::kFull, "memory on 1");
}

TEST_F(ExplainTest, HeldAfterARestart) {
  AddNode(1);
  scheduler_.Apply(GrantsHeld{now_ + 3s}, now_);
  AskFor(1, {Want(1)});
  Expect(1, WaitCause::kRecovering, "3000 ms more");
}

TEST_F(ExplainTest, EachPendingAskHasItsOwnReasonMostUrgentFirst) {
  AddNode(1, {2048, 4});
  AskFor(1, {Want(1, {8192, 1}, "*", 5), Want(3, {1024, 1}, "*", 10)});
  const auto reasons = scheduler_.WhyWaiting(App(1), types_, now_ + 2s, 10);
  ASSERT_EQ(reasons.size(), 2u);
  EXPECT_EQ(reasons[0].cause, WaitCause::kTooLarge);
  EXPECT_EQ(reasons[0].priority, 5);
  EXPECT_EQ(reasons[0].waiting, Duration(2s));
  EXPECT_EQ(reasons[1].cause, WaitCause::kFull);
  EXPECT_EQ(reasons[1].count, 1);
  EXPECT_EQ(scheduler_.WhyWaiting(App(1), types_, now_, 1).size(), 1u);
}

}  // namespace
}  // namespace tusk::yarn
