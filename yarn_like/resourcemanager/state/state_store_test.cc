// Goal: a resource manager that dies at any moment goes on as Hadoop's does: applications, masters and containers are
// found again, what ended meanwhile is told, what is over stays listed, and nothing foreign gets in. Method: the brain
// with its store on a simulated disk, stopped and started again by hand; nodes and masters are played.
#include "yarn_like/resourcemanager/state/state_store.h"

#include <gtest/gtest.h>

#include "base/sim/sim_world.h"
#include "base/testing/matchers.h"
#include "yarn_like/resourcemanager/state/rm_delegation_tokens.h"

namespace tusk::yarn {
namespace {

struct NoEffects : ClusterEffects {
  void LaunchMaster(const ApplicationAttemptId& /*attempt*/) override { ++launches; }
  void StopMaster(const ApplicationAttemptId& /*attempt*/, const ContainerId& /*container*/,
                  const NodeId& /*node*/) override {}
  int launches = 0;
};

class StateStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { Start(); }
  void TearDown() override { Stop(); }

  void Start() {
    stored_ = StoredState();
    auto store = StateStore::Open(machine_.env(), "/rm", types_, &stored_);
    ASSERT_OK(store);
    store_ = std::move(store).value();
    ClusterConfig config;
    config.scheduler.minimum = {256, 1};
    config.scheduler.am_share_max = 0.5;
    config.scheduler.epoch = stored_.epoch;
    config.start_wall_ms = 1000 + stored_.epoch;
    config.completed_applications_max = 2;
    config.priority_max = 10;
    cluster_ = std::make_unique<Cluster>(config, effects_, store_.get());
    cluster_->Recover(stored_.applications, now_);
  }
  void Stop() {
    struct Body {
      static Task<bool> Go(StateStore& store) {
        co_await store.Shutdown();
        co_return true;
      }
    };
    world_.Run(Body::Go(*store_));
    cluster_.reset();
    store_.reset();
  }
  void Restart() {
    Stop();
    Start();
  }
  void Pass(Duration time) {
    now_.time += time;
    now_.wall_ms += ToMillis(time);
    cluster_->Tick(now_);
  }
  void AddNode(std::vector<ContainerReport> containers = {}, std::vector<ApplicationId> applications = {}) {
    NodeRegistration registration;
    registration.node.id = node_;
    registration.node.http_port = 8042;
    registration.node.total = {4096, 8};
    registration.containers = std::move(containers);
    registration.applications = std::move(applications);
    ASSERT_OK(cluster_->RegisterNode(std::move(registration), now_));
    Beat();
  }
  void Beat(std::vector<ContainerReport> reports = {}) {
    NodeHeartbeat heartbeat;
    heartbeat.node = node_;
    heartbeat.response_id = cluster_->nodes().Find(node_)->response_id;
    heartbeat.containers = std::move(reports);
    cluster_->Heartbeat(heartbeat, now_);
  }
  ApplicationAttemptId Submit(bool keep = false) {
    Submission submission;
    submission.id = cluster_->NewApplicationId();
    submission.user = "ann";
    submission.name = "job";
    submission.launch_context = "context";
    submission.keep_containers = keep;
    submission.priority = 3;
    submission.max_attempts = 0;
    Ask ask;
    ask.capability = {512, 1};
    ask.count = 1;
    submission.am_asks = {ask};
    const ApplicationId id = submission.id;
    EXPECT_OK(cluster_->Submit(std::move(submission), now_));
    return {id, 1};
  }
  ApplicationAttemptId RunMaster(bool keep = false) {
    const ApplicationAttemptId attempt = Submit(keep);
    cluster_->MasterLaunched(attempt, now_);
    EXPECT_OK(cluster_->RegisterMaster(attempt, "host", 1234, "http://ui", now_));
    return attempt;
  }
  Result<AllocateResult> Allocate(const ApplicationAttemptId& id, int64_t want = -1) {
    AllocateCall call;
    call.response_id = std::max(0, cluster_->FindAttempt(id)->session.response_id);
    if (want >= 0) {
      Ask ask;
      ask.priority = 1;
      ask.capability = {256, 1};
      ask.count = want;
      call.asks = {ask};
    }
    return cluster_->Allocate(id, std::move(call), now_);
  }
  static ContainerReport Report(ContainerId id, bool complete = false, int32_t exit_status = -1000) {
    ContainerReport report;
    report.container = id;
    report.complete = complete;
    report.exit_status = exit_status;
    report.resource = {256, 1};
    report.priority = 1;
    return report;
  }
  const Application& App(const ApplicationAttemptId& id) { return *cluster_->Find(id.application); }

  sim::SimWorld world_{1};
  sim::SimNode& machine_ = world_.AddNode("rm");
  ResourceTypes types_;
  NodeId node_{"localhost", 8041};
  Now now_{TimePoint{} + 1h, 500'000};
  NoEffects effects_;
  StoredState stored_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<Cluster> cluster_;
};

TEST_F(StateStoreTest, RunningContainersAreKeptAndTheMasterRegistersAgain) {
  AddNode();
  const ApplicationAttemptId id = RunMaster();
  ASSERT_OK_AND_ASSIGN(auto granted, Allocate(id, 2));
  const ContainerId first = granted.granted.at(0).grant.container, second = granted.granted.at(1).grant.container;
  Restart();
  EXPECT_EQ(App(id).state, AppState::kAccepted);
  EXPECT_EQ(App(id).submission.launch_context, "context");
  EXPECT_EQ(App(id).submission.priority, 3);
  EXPECT_STATUS(Code::kApplicationMasterNotRegistered, Allocate(id));
  ASSERT_OK(cluster_->RegisterMaster(id, "host", 1235, "", now_));
  ASSERT_OK_AND_ASSIGN(auto early, Allocate(id, 1));
  EXPECT_TRUE(early.granted.empty());
  // One task has ended while nobody listened.
  AddNode({Report({id, 1}), Report(first), Report(second, true, 7)}, {id.application});
  EXPECT_EQ(App(id).state, AppState::kRunning);
  EXPECT_EQ(effects_.launches, 1);
  EXPECT_EQ(cluster_->scheduler().UsageOf(id).containers, 2);
  EXPECT_EQ(cluster_->scheduler().used(), Resource(512 + 256, 2));
  ASSERT_OK_AND_ASSIGN(auto told, Allocate(id));
  ASSERT_EQ(told.completed.size(), 1u);
  EXPECT_EQ(told.completed[0].exit_status, 7);
  EXPECT_TRUE(told.granted.empty()) << "nothing is granted before the nodes had time to come back";
  Pass(11s);
  ASSERT_OK_AND_ASSIGN(auto later, Allocate(id));
  ASSERT_EQ(later.granted.size(), 1u);
  EXPECT_EQ(later.granted[0].grant.container.epoch(), 1);
  EXPECT_EQ(later.granted[0].grant.container.sequence(), 1);
}

TEST_F(StateStoreTest, AMasterThatDiedMeanwhileIsReplaced) {
  AddNode();
  const ApplicationAttemptId id = RunMaster();
  Restart();
  AddNode({Report({id, 1}, true, 1)}, {id.application});
  EXPECT_EQ(App(id).attempts.size(), 2u);
  EXPECT_EQ(App(id).attempts[0].am_exit_status, 1);
  Restart();
  Pass(11s);
  AddNode();  // the second attempt had not been placed yet: it is now
  EXPECT_EQ(App(id).attempts.size(), 2u);
  EXPECT_EQ(effects_.launches, 2);
}

TEST_F(StateStoreTest, AMasterThatItsNodeDoesNotKnowIsReplacedAndDoesNotCount) {
  AddNode();
  const ApplicationAttemptId id = Submit();  // stored as placed; the launch itself was lost
  Restart();
  AddNode();
  ASSERT_EQ(App(id).attempts.size(), 2u);
  EXPECT_FALSE(App(id).attempts[0].counts);
}

TEST_F(StateStoreTest, WhatIsOverStaysListedAndOnlyTheLastOnesDo) {
  AddNode();
  std::vector<ApplicationAttemptId> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(RunMaster());
    ASSERT_OK(cluster_->FinishMaster(ids.back(), FinalStatus::kSucceeded, "fine", "http://history", now_));
    Pass(1s);
    if (i == 2) break;  // this one's master has not exited
    Beat({Report({ids.back(), 1}, true, 0)});
  }
  Restart();
  EXPECT_EQ(cluster_->applications().size(), 2u);
  EXPECT_EQ(cluster_->Find(ids[0].application), nullptr);
  const Application& done = App(ids[1]);
  EXPECT_EQ(done.state, AppState::kFinished);
  EXPECT_EQ(done.final_status, FinalStatus::kSucceeded);
  EXPECT_EQ(done.diagnostics, "fine");
  EXPECT_EQ(done.submission.launch_context, "");
  EXPECT_EQ(done.current()->original_tracking_url, "http://history");
  EXPECT_EQ(done.current()->past.size(), 1u);
  EXPECT_EQ(App(ids[2]).state, AppState::kFinished) << "unregistered is as good as finished";
  Restart();
  EXPECT_EQ(cluster_->applications().size(), 2u);
}

TEST_F(StateStoreTest, ForeignAndEndedContainersAreNotTakenIn) {
  AddNode();
  const ApplicationAttemptId id = RunMaster();
  const ApplicationAttemptId killed = RunMaster();
  ASSERT_OK(cluster_->Kill(killed.application, "no more", now_));
  Restart();
  const ContainerId of_killed{killed, 2}, of_nobody{{{7, 7}, 1}, 3}, later_attempt{{id.application, 2}, 1};
  const ContainerId this_epoch{id, (int64_t{1} << ContainerId::kSequenceBits) | 5};
  AddNode({Report({id, 1}), Report(of_killed), Report(of_nobody), Report(later_attempt), Report(this_epoch)});
  const auto& cleanup = cluster_->nodes().Find(node_)->containers_to_cleanup;
  EXPECT_EQ(cleanup, (std::set{of_killed, of_nobody, later_attempt, this_epoch}));
  EXPECT_EQ(cluster_->scheduler().container_count(), 1u);
}

TEST_F(StateStoreTest, ContainersOfEarlierAttemptsGoToTheirSuccessorWhereTheyAreKept) {
  AddNode();
  const ApplicationAttemptId id = RunMaster(/*keep=*/true);
  ASSERT_OK_AND_ASSIGN(auto granted, Allocate(id, 2));
  const ContainerId task = granted.granted.at(0).grant.container;
  const ApplicationAttemptId second{id.application, 2};
  ASSERT_OK(cluster_->FailAttemptByUser(id, now_));
  ASSERT_EQ(App(id).attempts.size(), 2u);
  EXPECT_EQ(App(id).current()->containers.size(), 3u) << "two tasks and the new master";
  EXPECT_EQ(cluster_->scheduler().UsageOf(second).containers, 3);
  cluster_->MasterLaunched(second, now_);
  Restart();
  AddNode({Report({second, 1}), Report(task)});
  ASSERT_OK(cluster_->RegisterMaster(second, "host", 1, "", now_));
  EXPECT_TRUE(App(id).current()->containers.contains(task));
  EXPECT_EQ(cluster_->scheduler().UsageOf(second).containers, 2);
  EXPECT_OK(cluster_->SignalContainer(task, 1));
  EXPECT_STATUS(Code::kYarn, cluster_->SignalContainer(granted.granted.at(1).grant.container, 1));
  cluster_->scheduler().CheckInvariants();
}

TEST_F(StateStoreTest, KeysAndDelegationTokensSurvive) {
  EXPECT_FALSE(stored_.keys.has_value());
  const TokenPolicy policy;
  TokenIssuer issuer(NewTokenKeys(world_.random(), policy), policy, 1, types_, now_.time);
  EXPECT_TRUE(issuer.Tick(now_.time + 25h, world_.random()));  // a next key is announced
  store_->KeysChanged(issuer.Export(now_.time + 25h));
  DelegationTokens tokens({.kind = "RM_DELEGATION_TOKEN"}, EncodeRmDelegation, DecodeRmDelegation, store_.get(),
                          world_.random());
  ASSERT_OK_AND_ASSIGN(const auto issued, tokens.Issue("ann", "yarn", "", now_.wall_ms));
  ASSERT_OK_AND_ASSIGN(const auto cancelled, tokens.Issue("ann", "yarn", "", now_.wall_ms));
  ASSERT_OK(tokens.Cancel(cancelled.identifier, "ann"));
  Restart();
  ASSERT_TRUE(stored_.keys.has_value());
  TokenIssuer again(std::move(*stored_.keys), policy, 2, types_, now_.time);
  EXPECT_EQ(again.amrm_key_id(), issuer.amrm_key_id());
  EXPECT_EQ(again.nm_key(), issuer.nm_key());
  EXPECT_NE(again.nm_key().id, 0);
  DelegationTokens restored({.kind = "RM_DELEGATION_TOKEN"}, EncodeRmDelegation, DecodeRmDelegation, store_.get(),
                            world_.random());
  restored.Restore(stored_.delegation);
  ASSERT_OK_AND_ASSIGN(const std::string password, restored.PasswordOf(issued.identifier, now_.wall_ms));
  EXPECT_EQ(password, issued.password);
  EXPECT_STATUS(Code::kInvalidToken, restored.PasswordOf(cancelled.identifier, now_.wall_ms));
}

TEST_F(StateStoreTest, AWaitingMasterOfHigherPriorityGoesFirst) {
  const ApplicationAttemptId first = Submit(), second = Submit();
  ASSERT_OK_AND_ASSIGN(const int32_t priority, cluster_->SetPriority(second.application, 99, now_));
  EXPECT_EQ(priority, 10) << "the cluster's largest";
  Restart();
  EXPECT_EQ(App(second).submission.priority, 10);
  Pass(11s);
  NodeRegistration small;
  small.node.id = node_;
  small.node.total = {600, 8};
  ASSERT_OK(cluster_->RegisterNode(std::move(small), now_));
  Beat();
  EXPECT_EQ(App(second).current()->state, AttemptState::kAllocated);
  EXPECT_EQ(App(first).current()->state, AttemptState::kScheduled);
}

TEST_F(StateStoreTest, ALifetimeEndsTheApplicationAfterARestartToo) {
  AddNode();
  const ApplicationAttemptId id = RunMaster();
  ASSERT_OK(cluster_->SetExpiry(id.application, now_.wall_ms + 30'000, now_));
  EXPECT_STATUS(Code::kYarn, cluster_->SetExpiry(id.application, now_.wall_ms - 1, now_));
  Restart();
  Pass(29s);
  EXPECT_FALSE(IsOver(App(id).state));
  Pass(1s);
  EXPECT_EQ(App(id).state, AppState::kKilled);
}

}  // namespace
}  // namespace tusk::yarn
