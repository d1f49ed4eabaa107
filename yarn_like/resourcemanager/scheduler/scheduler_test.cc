// Goal: the scheduler grants at once what fits, keeps the rules of Hadoop's asks, and never grants more than there is.
// Method: single cases with explicit time, then random events from seeds with the books checked after each.
#include "yarn_like/resourcemanager/scheduler/scheduler.h"

#include <gtest/gtest.h>

#include <random>

#include "base/testing/matchers.h"

namespace tusk::yarn {
namespace {

const TimePoint kStart{};

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

class SchedulerTest : public ::testing::Test {
 protected:
  static SchedulerConfig Config() {
    SchedulerConfig config;
    config.minimum = {256, 1};
    config.am_share_max = 0.5;
    return config;
  }
  void AddNode(int number, Resource total = {4096, 4}, std::string rack = "/default-rack") {
    Do(NodeAdded{Node(number), std::move(rack), total, {}});
  }
  SchedulerOutcome Do(const SchedulerEvent& event) {
    SchedulerOutcome outcome = scheduler_.Apply(event, now_);
    scheduler_.CheckInvariants();
    return outcome;
  }
  SchedulerOutcome AskFor(const ApplicationAttemptId& app, std::vector<Ask> asks) {
    return Do(AsksChanged{app, std::move(asks), {}, {}});
  }

  Scheduler scheduler_{Config()};
  TimePoint now_ = kStart;
  ResourceTypes types_;
};

TEST_F(SchedulerTest, GrantsWhatFitsInTheCallThatAsks) {
  AddNode(1);
  Do(AttemptAdded{App(1), 0, {}});
  const auto outcome = AskFor(App(1), {Want(3)});
  ASSERT_EQ(outcome.grants.size(), 3u);
  EXPECT_EQ(outcome.grants[0].container, (ContainerId{App(1), 1}));
  EXPECT_EQ(outcome.grants[2].container, (ContainerId{App(1), 3}));
  EXPECT_EQ(scheduler_.Headroom(), Resource(1024, 1));
}

TEST_F(SchedulerTest, CountsAreAbsoluteAndZeroCancels) {
  AddNode(1, {1024, 1});
  Do(AttemptAdded{App(1), 0, {}});
  EXPECT_EQ(AskFor(App(1), {Want(3)}).grants.size(), 1u);
  EXPECT_EQ(scheduler_.UsageOf(App(1)).pending_containers, 2);
  AskFor(App(1), {Want(2)});
  EXPECT_EQ(scheduler_.UsageOf(App(1)).pending_containers, 2);
  AskFor(App(1), {Want(0)});
  EXPECT_EQ(Do(ContainerEnded{{App(1), 1}}).grants.size(), 0u);
  EXPECT_EQ(scheduler_.UsageOf(App(1)).pending_containers, 0);
}

TEST_F(SchedulerTest, FirstInFirstOutButALaterAskThatFitsPasses) {
  AddNode(1, {2048, 2});
  for (int id : {1, 2, 3}) Do(AttemptAdded{App(id), 0, {}});
  AskFor(App(1), {Want(1, {1536, 1})});
  AskFor(App(2), {Want(1, {2048, 1})});
  EXPECT_EQ(AskFor(App(3), {Want(1, {512, 1})}).grants.size(), 1u);
  Do(ContainerEnded{{App(3), 1}});
  const auto freed = Do(ContainerEnded{{App(1), 1}});
  ASSERT_EQ(freed.grants.size(), 1u);
  EXPECT_EQ(freed.grants[0].container.attempt, App(2));
}

TEST_F(SchedulerTest, LowerPriorityNumberGoesFirstAndIsEchoed) {
  AddNode(1, {1024, 4});
  Do(AttemptAdded{App(1), 0, {}});
  Ask reduce = Want(1, {1024, 1}, "*", 10);
  reduce.allocation_request_id = 42;
  const auto outcome = AskFor(App(1), {Want(1, {1024, 1}, "*", 20), reduce});
  ASSERT_EQ(outcome.grants.size(), 1u);
  EXPECT_EQ(outcome.grants[0].priority, 10);
  EXPECT_EQ(outcome.grants[0].allocation_request_id, 42);
}

TEST_F(SchedulerTest, NamedHostsRacksAndAnyCountDownTogether) {
  AddNode(1);
  AddNode(2);
  Do(AttemptAdded{App(1), 0, {}});
  const auto outcome = AskFor(
      App(1), {Want(2), Want(2, {1024, 1}, "/default-rack"), Want(1, {1024, 1}, "h2"), Want(1, {1024, 1}, "h1")});
  ASSERT_EQ(outcome.grants.size(), 2u);
  EXPECT_EQ(outcome.grants[0].locality, Locality::kNode);
  EXPECT_EQ(outcome.grants[1].locality, Locality::kNode);
  EXPECT_NE(outcome.grants[0].node, outcome.grants[1].node);
}

TEST_F(SchedulerTest, WaitsForANamedHostThenTakesAnyPlace) {
  AddNode(1, {1024, 1});
  AddNode(2);
  for (int id : {1, 2}) Do(AttemptAdded{App(id), 0, {}});
  AskFor(App(1), {Want(1, {1024, 1}, "h1"), Want(1)});
  EXPECT_TRUE(AskFor(App(2), {Want(1), Want(1, {1024, 1}, "/default-rack"), Want(1, {1024, 1}, "h1")}).grants.empty());
  EXPECT_EQ(scheduler_.next_deadline(), kStart + 1s);
  EXPECT_NE(scheduler_.WhyWaiting(App(2), types_, now_).find("1000 ms more on the hosts"), std::string::npos)
      << scheduler_.WhyWaiting(App(2), types_, now_);
  now_ += 1s;
  const auto outcome = Do(TimePassed{});
  ASSERT_EQ(outcome.grants.size(), 1u);
  EXPECT_EQ(outcome.grants[0].node, Node(2));
  EXPECT_EQ(outcome.grants[0].locality, Locality::kRack);
}

TEST_F(SchedulerTest, ManyNamedHostsAreServedInOneSweepEvenly) {
  constexpr int kHosts = 300;
  std::vector<Ask> asks = {Want(2 * kHosts), Want(2 * kHosts, {1024, 1}, "/default-rack")};
  for (int host = 0; host < kHosts; ++host) {
    AddNode(host);
    asks.push_back(Want(3, {1024, 1}, Node(host).host));
  }
  Do(AttemptAdded{App(1), 0, {}});
  const auto outcome = AskFor(App(1), asks);
  ASSERT_EQ(outcome.grants.size(), 2u * kHosts);
  std::map<NodeId, int> per_node;
  for (const Grant& grant : outcome.grants) {
    EXPECT_EQ(grant.locality, Locality::kNode);
    ++per_node[grant.node];
  }
  for (const auto& [node, count] : per_node) EXPECT_EQ(count, 2) << node.ToString();
}

TEST_F(SchedulerTest, AHostThatIsNotInTheClusterIsNotWaitedFor) {
  AddNode(1);
  Do(AttemptAdded{App(1), 0, {}});
  EXPECT_EQ(AskFor(App(1), {Want(1), Want(1, {1024, 1}, "elsewhere")}).grants.size(), 1u);
}

TEST_F(SchedulerTest, RelaxLocalityFalsePinsToTheNamedHost) {
  AddNode(1, {1024, 1});
  AddNode(2);
  Do(AttemptAdded{App(1), 0, {}});
  Ask any = Want(2);
  any.relax_locality = false;
  Ask rack = Want(2, {1024, 1}, "/default-rack");
  rack.relax_locality = false;
  EXPECT_EQ(AskFor(App(1), {any, rack, Want(2, {1024, 1}, "h1")}).grants.size(), 1u);
  now_ += 1h;
  EXPECT_TRUE(Do(TimePassed{}).grants.empty());
  EXPECT_EQ(Do(ContainerEnded{{App(1), 1}}).grants.size(), 1u);
}

TEST_F(SchedulerTest, AHostRowWithoutItsAnyRowIsNeverGranted) {
  AddNode(1);
  Do(AttemptAdded{App(1), 0, {}});
  EXPECT_TRUE(AskFor(App(1), {Want(1, {1024, 1}, "h1")}).grants.empty());
}

TEST_F(SchedulerTest, BlacklistedHostsAreAvoidedUntilTheyAreNot) {
  AddNode(1);
  Do(AttemptAdded{App(1), 0, {}});
  EXPECT_TRUE(Do(AsksChanged{App(1), {Want(1)}, {"h1"}, {}}).grants.empty());
  EXPECT_NE(scheduler_.WhyWaiting(App(1), types_, now_).find("excludes every node"), std::string::npos);
  EXPECT_EQ(Do(AsksChanged{App(1), {}, {}, {"h1"}}).grants.size(), 1u);
}

TEST_F(SchedulerTest, ALostNodeTakesItsContainers) {
  AddNode(1);
  AddNode(2);
  Do(AttemptAdded{App(1), 0, {}});
  AskFor(App(1), {Want(4)});
  const auto outcome = Do(NodeRemoved{Node(1)});
  EXPECT_EQ(outcome.taken.size(), 2u);
  EXPECT_EQ(scheduler_.total(), Resource(4096, 4));
  EXPECT_TRUE(Do(NodeRemoved{Node(1)}).taken.empty());
}

TEST_F(SchedulerTest, MastersMayNotFillTheClusterButOneAlwaysRuns) {
  AddNode(1, {2048, 8});
  EXPECT_EQ(Do(AttemptAdded{App(1), 0, {Want(1, {1536, 1})}}).grants.size(), 1u);
  EXPECT_TRUE(Do(AttemptAdded{App(2), 0, {Want(1, {256, 1})}}).grants.empty());
  EXPECT_NE(scheduler_.WhyWaiting(App(2), types_, now_).find("50% of the cluster"), std::string::npos);
  const auto outcome = Do(AttemptRemoved{App(1)});
  EXPECT_EQ(outcome.taken.size(), 1u);
  ASSERT_EQ(outcome.grants.size(), 1u);
  EXPECT_TRUE(outcome.grants[0].is_am);
}

TEST_F(SchedulerTest, ALargeAskReservesANodeAndDoesNotStarve) {
  AddNode(1, {2048, 8});
  for (int id : {1, 2}) Do(AttemptAdded{App(id), 0, {}});
  AskFor(App(2), {Want(8, {256, 1})});
  AskFor(App(1), {Want(1, {2048, 1})});
  AskFor(App(2), {Want(100, {256, 1})});
  now_ = kStart + 5s;
  Do(TimePassed{});
  size_t large = 0;
  for (int64_t sequence = 1; sequence <= 8; ++sequence) {
    for (const Grant& grant : Do(ContainerEnded{{App(2), sequence}}).grants) {
      if (grant.container.attempt == App(1)) ++large;
    }
  }
  EXPECT_EQ(large, 1u);
  EXPECT_EQ(scheduler_.UsageOf(App(2)).containers, 0);
  EXPECT_EQ(Do(ContainerEnded{{App(1), 1}}).grants.size(), 8u);
}

TEST_F(SchedulerTest, EveryAmountCounts) {
  ASSERT_OK_AND_ASSIGN(size_t gpu, types_.Add(kGpuName));
  Resource node(8192, 8), ask(256, 1);
  node.amounts[gpu] = 2;
  ask.amounts[gpu] = 1;
  AddNode(1, node);
  Do(AttemptAdded{App(1), 0, {}});
  EXPECT_EQ(AskFor(App(1), {Want(3, ask)}).grants.size(), 2u);
  EXPECT_NE(scheduler_.WhyWaiting(App(1), types_, now_).find("largest free room"), std::string::npos);
}

TEST_F(SchedulerTest, NormalizesAndRefusesAsHadoop) {
  AddNode(1);
  Ask ask = Want(1, {300, 0});
  ASSERT_OK(scheduler_.Normalize(&ask, types_));
  EXPECT_EQ(ask.capability, Resource(512, 1));
  ask = Want(1, {100000, 1});
  EXPECT_EQ(std::string(scheduler_.Normalize(&ask, types_).message()),
            "Invalid resource request! Cannot allocate containers as requested resource is greater than maximum allowed "
            "allocation. Requested resource type=[memory-mb], Requested resource=<memory:100000, vCores:1>, maximum "
            "allowed allocation=<memory:4096, vCores:4>, please note that maximum allowed allocation is calculated by "
            "scheduler based on maximum resource of registered NodeManagers, which might be less than configured "
            "maximum allocation=<memory:8192, vCores:4>");
  ask = Want(1, {-5, 1});
  EXPECT_STATUS(Code::kInvalidResourceRequest, scheduler_.Normalize(&ask, types_));
  ask = Want(-1);
  EXPECT_STATUS(Code::kInvalidResourceRequest, scheduler_.Normalize(&ask, types_));
  ask = Want(1);
  ask.node_label = "gpu";
  EXPECT_STATUS(Code::kInvalidLabelResourceRequest, scheduler_.Normalize(&ask, types_));
}

TEST_F(SchedulerTest, ANodeThatRegistersAgainKeepsWhatItStillRuns) {
  AddNode(1);
  Do(AttemptAdded{App(1), 0, {}});
  AskFor(App(1), {Want(6)});
  const auto outcome = Do(NodeAdded{Node(1), "/default-rack", {4096, 4}, {{{App(1), 2}, {1024, 1}, 1, -1, false, App(1)}}});
  EXPECT_EQ(outcome.taken.size(), 3u);
  EXPECT_EQ(outcome.grants.size(), 2u);
  EXPECT_EQ(scheduler_.UsageOf(App(1)).containers, 3);
  EXPECT_NE(scheduler_.FindContainer({App(1), 2}), nullptr);
}

TEST_F(SchedulerTest, ARecoveredContainerKeepsItsIdAndNewOnesCarryTheEpoch) {
  SchedulerConfig config = Config();
  config.epoch = 1;
  Scheduler restarted(config);
  restarted.Apply(AttemptAdded{App(1), 0, {}}, now_);
  restarted.Apply(NodeAdded{Node(1), "/default-rack", {4096, 4}, {{{App(1), 1}, {1024, 1}, 0, -1, true, App(1)}}}, now_);
  const auto outcome = restarted.Apply(AsksChanged{App(1), {Want(1)}, {}, {}}, now_);
  restarted.CheckInvariants();
  ASSERT_EQ(outcome.grants.size(), 1u);
  EXPECT_EQ(outcome.grants[0].container.id, (int64_t{1} << 40) + 1);
  EXPECT_EQ(restarted.used(), Resource(2048, 2));
}

// Random events. After each the books balance; once time has passed, nothing that fits a node it may use is pending.
TEST_F(SchedulerTest, RandomEventsNeverOverAllocateNorLeaveWhatFits) {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<uint32_t>(bound)); };
    SchedulerConfig config = Config();
    config.reserve_after = 1000h;
    Scheduler scheduler(config);
    std::vector<ContainerId> running;
    TimePoint now = kStart;
    for (int step = 0; step < 400; ++step) {
      now += Millis(below(400));
      SchedulerEvent event = TimePassed{};
      switch (below(9)) {
        case 0: event = NodeAdded{Node(below(6)), below(2) ? "/r1" : "/r2", {1024 * (1 + below(8)), 1 + below(8)}, {}}; break;
        case 1: if (below(4) == 0) event = NodeRemoved{Node(below(6))}; break;
        case 2: event = AttemptAdded{App(below(6)), below(2), {Want(1, {256 * (1 + below(4)), 1})}}; break;
        case 3: if (below(3) == 0) event = AttemptRemoved{App(below(6))}; break;
        case 4: case 5: case 6: {
          AsksChanged asks{App(below(6)), {}, {}, {}};
          const Resource size(256 * (1 + below(8)), 1 + below(2));
          const int priority = below(3);
          asks.asks.push_back(Want(below(6), size, "*", priority));
          if (below(2)) asks.asks.push_back(Want(below(3), size, "h" + std::to_string(below(6)), priority));
          if (below(2)) asks.asks.push_back(Want(below(3), size, "/r1", priority));
          event = asks;
          break;
        }
        case 7: {
          AsksChanged lists{App(below(6)), {}, {}, {}};
          (below(2) ? lists.blacklist_additions : lists.blacklist_removals).push_back("h" + std::to_string(below(6)));
          event = lists;
          break;
        }
        default:
          if (!running.empty()) event = ContainerEnded{running[static_cast<size_t>(below(static_cast<int>(running.size())))]};
      }
      const auto outcome = scheduler.Apply(event, now);
      for (const Grant& grant : outcome.grants) running.push_back(grant.container);
      std::erase_if(running, [&](const ContainerId& id) { return scheduler.FindContainer(id) == nullptr; });
      EXPECT_EQ(running.size(), scheduler.container_count());
      scheduler.CheckInvariants();
      for (int n = 0; n < 6; ++n) {
        const SchedulerNode* node = scheduler.FindNode(Node(n));
        if (node != nullptr) {
          ASSERT_FALSE(node->free().AnyNegative());
        }
      }
    }
    // Delays have run out: every pending ask is one that no node can serve, and says why.
    scheduler.Apply(TimePassed{}, now + 1h);
    for (int app = 0; app < 6; ++app) {
      if (scheduler.UsageOf(App(app)).pending_containers == 0) continue;
      EXPECT_EQ(scheduler.WhyWaiting(App(app), types_, now + 1h).find("turn has not come"), std::string::npos)
          << scheduler.WhyWaiting(App(app), types_, now + 1h);
    }
    scheduler.CheckInvariants();
  }
}

}  // namespace
}  // namespace tusk::yarn
