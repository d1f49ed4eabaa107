// Goal: applications, attempts and nodes change state as Hadoop's clients and application masters expect. Method: the
// brain is driven by hand with explicit time, as RPC handlers would; effects are recorded.
#include "yarn_like/resourcemanager/cluster.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/testing/matchers.h"

namespace tusk::yarn {
namespace {

struct RecordedEffects : ClusterEffects {
  void LaunchMaster(const ApplicationAttemptId& attempt) override { launches.push_back(attempt); }
  void StopMaster(const ApplicationAttemptId& /*attempt*/, const ContainerId& container,
                  const NodeId& /*node*/) override {
    stops.push_back(container);
  }
  std::vector<ApplicationAttemptId> launches;
  std::vector<ContainerId> stops;
};

class ClusterTest : public ::testing::Test {
 protected:
  static ClusterConfig Config() {
    ClusterConfig config;
    config.scheduler.minimum = {256, 1};
    config.scheduler.am_share_max = 0.5;
    config.start_wall_ms = 1000;
    config.completed_applications_max = 3;
    config.web_address = "localhost:8088";
    return config;
  }
  void SetUp() override { AddNode(); }
  void Pass(Duration time) {
    now_.time += time;
    now_.wall_ms += ToMillis(time);
  }
  void AddNode(std::vector<ContainerReport> containers = {}, std::vector<ApplicationId> applications = {},
               bool beats = true) {
    NodeRegistration registration;
    registration.applications = std::move(applications);
    registration.node.id = node_;
    registration.node.http_port = 8042;
    registration.node.total = {4096, 4};
    registration.containers = std::move(containers);
    ASSERT_OK(cluster_.RegisterNode(std::move(registration), now_));
    if (beats) Beat();
  }
  ApplicationId Submit(int max_attempts = 0) {
    Submission submission;
    submission.id = cluster_.NewApplicationId();
    submission.user = "ann";
    submission.max_attempts = max_attempts;
    Ask ask;
    ask.capability = {512, 1};
    ask.count = 1;
    submission.am_asks = {ask};
    const ApplicationId id = submission.id;
    EXPECT_OK(cluster_.Submit(std::move(submission), now_));
    return id;
  }
  // Submitted, launched and registered.
  ApplicationAttemptId RunMaster(int max_attempts = 0) {
    const ApplicationAttemptId attempt{Submit(max_attempts), 1};
    cluster_.MasterLaunched(attempt, now_);
    EXPECT_OK(cluster_.RegisterMaster(attempt, "host", 1234, "http://ui", now_));
    return attempt;
  }
  HeartbeatOrder Beat(std::vector<ContainerReport> reports = {}) {
    NodeHeartbeat heartbeat;
    heartbeat.node = node_;
    heartbeat.response_id = cluster_.nodes().Find(node_)->response_id;
    heartbeat.containers = std::move(reports);
    return cluster_.Heartbeat(heartbeat, now_);
  }
  static ContainerReport Done(ContainerId id, int32_t exit_status, std::string text = "") {
    ContainerReport report;
    report.container = id;
    report.complete = true;
    report.exit_status = exit_status;
    report.diagnostics = std::move(text);
    return report;
  }
  static ContainerReport Running(ContainerId id) {
    ContainerReport report;
    report.container = id;
    return report;
  }
  Result<AllocateResult> Allocate(const ApplicationAttemptId& id, int64_t want = -1,
                                  std::vector<ContainerId> releases = {}) {
    AllocateCall call;
    call.response_id = cluster_.FindAttempt(id) ? cluster_.FindAttempt(id)->session.response_id : 0;
    call.releases = std::move(releases);
    if (want >= 0) {
      Ask ask;
      ask.priority = 1;
      ask.capability = {256, 1};
      ask.count = want;
      call.asks = {ask};
    }
    return cluster_.Allocate(id, std::move(call), now_);
  }
  const Application& App(const ApplicationAttemptId& id) { return *cluster_.Find(id.application); }

  NodeId node_{"localhost", 8041};
  Now now_{TimePoint{}, 5000};
  RecordedEffects effects_;
  Cluster cluster_{Config(), effects_};
};

TEST_F(ClusterTest, AnApplicationRunsFromSubmissionToFinished) {
  const ApplicationAttemptId id = RunMaster();
  EXPECT_EQ(effects_.launches, (std::vector{id}));
  EXPECT_EQ(App(id).state, AppState::kRunning);
  ASSERT_OK_AND_ASSIGN(auto granted, Allocate(id, 2));
  ASSERT_EQ(granted.granted.size(), 2u);
  EXPECT_EQ(granted.token_nodes, (std::vector{node_}));
  EXPECT_EQ(granted.granted[0].grant.container.sequence(), 2);
  const ContainerId task = granted.granted[0].grant.container;
  Beat({Running({id, 1}), Done(task, 7, "exit 7")});
  ASSERT_OK_AND_ASSIGN(auto ended, Allocate(id));
  ASSERT_EQ(ended.completed.size(), 1u);
  EXPECT_EQ(ended.completed[0].exit_status, 7);
  EXPECT_TRUE(cluster_.nodes().Find(node_)->containers_to_remove.empty()) << "the reply may still be lost";
  ASSERT_OK(Allocate(id));
  EXPECT_TRUE(cluster_.nodes().Find(node_)->containers_to_remove.contains(task));

  ASSERT_OK_AND_ASSIGN(bool unregistered, cluster_.FinishMaster(id, FinalStatus::kSucceeded, "", "http://h", now_));
  EXPECT_TRUE(unregistered);
  EXPECT_EQ(NameOf(App(id).state), "FINISHED");
  Beat({Done({id, 1}, 0)});
  EXPECT_EQ(App(id).state, AppState::kFinished);
  EXPECT_EQ(App(id).final_status, FinalStatus::kSucceeded);
  EXPECT_TRUE(cluster_.nodes().Find(node_)->applications_to_cleanup.contains(id.application));
  EXPECT_TRUE(cluster_.nodes().Find(node_)->containers_to_cleanup.contains(granted.granted[1].grant.container));
  EXPECT_EQ(cluster_.scheduler().used(), Resource());
}

TEST_F(ClusterTest, ResponseIdsServeOnceRepeatAndRefuse) {
  const ApplicationAttemptId id = RunMaster();
  AllocateCall call;
  call.response_id = 0;
  ASSERT_OK_AND_ASSIGN(auto first, cluster_.Allocate(id, call, now_));
  EXPECT_EQ(first.response_id, 1);
  ASSERT_OK_AND_ASSIGN(auto repeat, cluster_.Allocate(id, call, now_));
  EXPECT_TRUE(repeat.duplicate);
  call.response_id = 6;
  const auto skipped = cluster_.Allocate(id, call, now_);
  EXPECT_STATUS(Code::kInvalidApplicationMasterRequest, skipped);
  EXPECT_EQ(std::string(skipped.status().message()),
            "Invalid responseId in AllocateRequest from application attempt: appattempt_1000_0001_000001 expect "
            "responseId to be 1 but get 6");
  call.response_id = 1;
  Ask ask;
  ask.capability = {100000, 1};
  ask.count = 1;
  call.asks = {ask};
  EXPECT_STATUS(Code::kInvalidResourceRequest, cluster_.Allocate(id, call, now_));
  call.asks.clear();
  EXPECT_OK(cluster_.Allocate(id, call, now_));  // a call that throws does not advance the id
}

TEST_F(ClusterTest, MastersMustRegisterOnceAndBelongToALiveAttempt) {
  const ApplicationAttemptId id{Submit(), 1};
  cluster_.MasterLaunched(id, now_);
  EXPECT_STATUS(Code::kApplicationMasterNotRegistered, Allocate(id));
  EXPECT_OK(cluster_.RegisterMaster(id, "h", 1, "", now_));
  EXPECT_STATUS(Code::kInvalidApplicationMasterRequest, cluster_.RegisterMaster(id, "h", 1, "", now_));
  EXPECT_STATUS(Code::kApplicationAttemptNotFound, Allocate({id.application, 2}));
  EXPECT_STATUS(Code::kInvalidContainerRelease, Allocate(id, -1, {ContainerId{{{1000, 998}, 1}, 2}}));
}

TEST_F(ClusterTest, AMasterThatFailsIsTriedAgainThenTheApplicationFailsWithItsText) {
  const ApplicationAttemptId first = RunMaster();
  Beat({Done({first, 1}, 1, "boom\n")});
  EXPECT_EQ(App(first).state, AppState::kAccepted);
  const ApplicationAttemptId second{first.application, 2};
  EXPECT_EQ(effects_.launches.back(), second);
  EXPECT_STATUS(Code::kApplicationAttemptNotFound, Allocate(first));
  Beat({Done({second, 1}, 1, "boom\n")});
  EXPECT_EQ(App(first).state, AppState::kFailed);
  EXPECT_EQ(App(first).diagnostics,
            "Application application_1000_0001 failed 2 times due to AM Container for appattempt_1000_0001_000002 "
            "exited with  exitCode: 1\nFailing this attempt.Diagnostics: boom\nFor more detailed output, check the "
            "application tracking page: http://localhost:8088/cluster/app/application_1000_0001 Then click on links "
            "to logs of each attempt.\n. Failing the application.");
  EXPECT_EQ(cluster_.scheduler().used(), Resource());
}

TEST_F(ClusterTest, ALaunchThatFailsAndALocalLimitAreSaid) {
  const ApplicationAttemptId id{Submit(1), 1};
  cluster_.MasterLaunchFailed(id, "java.io.EOFException", now_);
  EXPECT_EQ(App(id).state, AppState::kFailed);
  EXPECT_NE(App(id).diagnostics.find("failed 1 times (global limit =2; local limit is =1) due to Error launching"),
            std::string::npos);
}

TEST_F(ClusterTest, KillEndsTheApplicationItsContainersAndStopsTheMaster) {
  const ApplicationAttemptId id = RunMaster();
  ASSERT_OK_AND_ASSIGN(auto granted, Allocate(id, 1));
  EXPECT_OK(cluster_.Kill(id.application, "Application was killed by user ann", now_));
  EXPECT_EQ(App(id).state, AppState::kKilled);
  EXPECT_EQ(App(id).current()->rpc_port, -1);
  EXPECT_EQ(App(id).current()->original_tracking_url, "http://localhost:8088/cluster/app/application_1000_0001");
  EXPECT_EQ(effects_.stops, (std::vector{ContainerId{id, 1}}));
  EXPECT_TRUE(cluster_.nodes().Find(node_)->containers_to_cleanup.contains(granted.granted[0].grant.container));
  EXPECT_STATUS(Code::kApplicationAttemptNotFound, Allocate(id));
  ASSERT_OK_AND_ASSIGN(bool over, cluster_.Kill(id.application, "again", now_));
  EXPECT_TRUE(over);
  EXPECT_STATUS(Code::kApplicationNotFound, cluster_.Kill({1, 1}, "", now_));
}

TEST_F(ClusterTest, ASilentMasterAndASilentNodeExpire) {
  const ApplicationAttemptId id = RunMaster();
  Pass(600s);
  cluster_.Tick(now_);
  EXPECT_EQ(cluster_.nodes().Find(node_)->state, NodeState::kLost);
  EXPECT_EQ(App(id).state, AppState::kAccepted) << "a lost node does not count against the attempts";
  EXPECT_EQ(Beat(), HeartbeatOrder::kResync);
  AddNode();
  const ApplicationAttemptId second{id.application, 2};
  EXPECT_EQ(effects_.launches.back(), second);
  cluster_.MasterLaunched(second, now_);
  for (int minute = 0; minute < 15; ++minute) {
    Pass(60s);
    Beat({Running({second, 1})});
    cluster_.Tick(now_);
  }
  EXPECT_EQ(cluster_.FindAttempt(second)->state, AttemptState::kFailed);
  EXPECT_NE(cluster_.FindAttempt(second)->diagnostics.find("timed out"), std::string::npos);
}

TEST_F(ClusterTest, AnUnusedContainerExpires) {
  const ApplicationAttemptId id = RunMaster();
  ASSERT_OK_AND_ASSIGN(auto granted, Allocate(id, 1));
  for (int minute = 0; minute < 10; ++minute) {
    Pass(60s);
    Beat({Running({id, 1})});
    ASSERT_OK(Allocate(id));
  }
  cluster_.Tick(now_);
  ASSERT_OK_AND_ASSIGN(auto after, Allocate(id));
  ASSERT_EQ(after.completed.size(), 1u);
  EXPECT_EQ(after.completed[0].exit_status, kExitAborted);
  EXPECT_EQ(after.completed[0].diagnostics, "Container expired since it was unused");
}

TEST_F(ClusterTest, ANodeThatComesBackEmptyHasLostItsContainersAndGetsTokensAgain) {
  const ApplicationAttemptId id = RunMaster();
  ASSERT_OK_AND_ASSIGN(auto granted, Allocate(id, 2));
  const ContainerId kept = granted.granted[0].grant.container;
  AddNode({Running({id, 1}), Running(kept), Running({{{7, 7}, 1}, 1})});
  ASSERT_OK_AND_ASSIGN(auto after, Allocate(id, 1));
  ASSERT_EQ(after.completed.size(), 1u);
  EXPECT_EQ(after.completed[0].container, granted.granted[1].grant.container);
  EXPECT_EQ(after.completed[0].diagnostics, "Container released on a *lost* node");
  EXPECT_EQ(after.token_nodes.size(), 1u);
  EXPECT_EQ(after.updated_nodes, (std::vector{node_}));
  EXPECT_TRUE(cluster_.nodes().Find(node_)->containers_to_cleanup.contains({{{7, 7}, 1}, 1}));
  EXPECT_TRUE(cluster_.nodes().Find(node_)->applications_to_cleanup.contains({7, 7}));
}

TEST_F(ClusterTest, AnotherKeyOfNmTokensBringsNewTokensWithTheNextGrants) {
  const ApplicationAttemptId id = RunMaster();
  ASSERT_OK(Allocate(id, 1));
  ASSERT_OK_AND_ASSIGN(auto known, Allocate(id, 1));
  EXPECT_TRUE(known.token_nodes.empty());
  cluster_.NmKeyChanged();
  ASSERT_OK_AND_ASSIGN(auto nothing, Allocate(id));
  EXPECT_TRUE(nothing.token_nodes.empty());
  ASSERT_OK_AND_ASSIGN(auto fresh, Allocate(id, 1));
  EXPECT_EQ(fresh.token_nodes, (std::vector{node_}));
}

TEST_F(ClusterTest, ContainersAreUpdatedOrRefusedInHadoopsWords) {
  const ApplicationAttemptId id = RunMaster();
  ASSERT_OK_AND_ASSIGN(auto granted, Allocate(id, 1));
  const ContainerId task = granted.granted[0].grant.container;
  const Resource had = granted.granted[0].grant.resource;
  auto update = [&](int32_t version, UpdateType type, Resource size = {}, std::optional<ContainerId> other = {}) {
    AllocateCall call;
    call.response_id = cluster_.FindAttempt(id)->session.response_id;
    call.updates = {{other.value_or(task), version, type, size}};
    auto result = cluster_.Allocate(id, std::move(call), now_);
    TUSK_CHECK(result.ok()) << result.status().ToString();
    return *result;
  };
  auto refusal = [](const AllocateResult& result) {
    return result.update_errors.empty() ? "" : fmt::format("{} {}", result.update_errors[0].reason, result.update_errors[0].current_version);
  };
  auto larger = update(0, UpdateType::kIncrease, {1024, 1});
  ASSERT_EQ(larger.updated.size(), 1u);
  EXPECT_EQ(larger.updated[0].second.grant.resource, Resource(1024, 1));
  EXPECT_EQ(larger.updated[0].second.version, 1);
  EXPECT_EQ(refusal(update(0, UpdateType::kDecrease, had)), "INCORRECT_CONTAINER_VERSION_ERROR 1");
  EXPECT_EQ(refusal(update(1, UpdateType::kIncrease, {1 << 20, 1})), "RESOURCE_OUTSIDE_ALLOWED_RANGE 1");
  EXPECT_EQ(refusal(update(1, UpdateType::kDecrease, {2048, 1})), "INVALID_CONTAINER_RESOURCE 1");
  EXPECT_EQ(refusal(update(0, UpdateType::kIncrease, {1024, 1}, ContainerId{id, 99})), "INVALID_CONTAINER_ID -1");
  auto demoted = update(1, UpdateType::kDemote);
  ASSERT_EQ(demoted.updated.size(), 1u);
  EXPECT_EQ(demoted.updated[0].second.grant.execution, ExecutionType::kOpportunistic);
  EXPECT_EQ(demoted.updated[0].second.version, 2);
  EXPECT_TRUE(update(2, UpdateType::kDemote).updated.empty());  // it is already
  EXPECT_EQ(update(2, UpdateType::kPromote).updated.at(0).second.grant.execution, ExecutionType::kGuaranteed);

  // What does not fit waits, and nothing else may be asked meanwhile.
  EXPECT_TRUE(update(3, UpdateType::kIncrease, {4096, 1}).updated.empty());
  EXPECT_EQ(refusal(update(3, UpdateType::kDemote)), "UPDATE_OUTSTANDING_ERROR 3");
}

TEST_F(ClusterTest, ANodeThatComesBackWithItsApplicationsIsStillToStartWhatWasGrantedOnIt) {
  const ApplicationAttemptId id = RunMaster();
  ASSERT_OK_AND_ASSIGN(auto granted, Allocate(id, 2));
  const ContainerId started = granted.granted[0].grant.container;
  const ContainerId awaited = granted.granted[1].grant.container;
  (void)Beat({Running({id, 1}), Running(started)});
  AddNode({Running({id, 1})}, {id.application});  // the one that ran is gone, the other had not been asked for
  ASSERT_OK_AND_ASSIGN(auto after, Allocate(id));
  ASSERT_EQ(after.completed.size(), 1u);
  EXPECT_EQ(after.completed[0].container, started);
  EXPECT_TRUE(cluster_.FindAttempt(id)->containers.contains(awaited));
  (void)Beat({Running({id, 1}), Running(awaited)});
  (void)Beat({Done(awaited, 0)});
  ASSERT_OK_AND_ASSIGN(auto last, Allocate(id));
  ASSERT_EQ(last.completed.size(), 1u);
  EXPECT_EQ(last.completed[0].exit_status, 0);
}

TEST_F(ClusterTest, SubmissionIsIdempotentAndUnknownQueuesFail) {
  Submission submission;
  submission.id = {1000, 44};
  submission.queue = "nope";
  submission.user = "ann";
  EXPECT_OK(cluster_.Submit(submission, now_));
  EXPECT_OK(cluster_.Submit(submission, now_));
  EXPECT_EQ(cluster_.Find({1000, 44})->diagnostics,
            "Application application_1000_0044 submitted by user ann to unknown queue: nope");
  EXPECT_EQ(cluster_.NewApplicationId().id, 45);
}

TEST_F(ClusterTest, CompletedApplicationsAreBounded) {
  std::vector<ApplicationId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(Submit());
    EXPECT_OK(cluster_.Kill(ids.back(), "", now_));
  }
  EXPECT_EQ(cluster_.applications().size(), 3u);
  EXPECT_EQ(cluster_.Find(ids[0]), nullptr);
  EXPECT_NE(cluster_.Find(ids[4]), nullptr);
}

TEST_F(ClusterTest, OfLongDiagnosticsTheEndIsKept) {
  const ApplicationAttemptId id = RunMaster();
  EXPECT_OK(cluster_.FinishMaster(id, FinalStatus::kFailed, std::string(1 << 20, 'x') + "the end", "", now_));
  EXPECT_EQ(App(id).diagnostics.size(), kDiagnosticsBytesMax);
  EXPECT_TRUE(App(id).diagnostics.ends_with("the end"));
}

TEST_F(ClusterTest, AnUnmanagedMasterNeedsNoContainer) {
  Submission submission;
  submission.id = cluster_.NewApplicationId();
  submission.unmanaged = true;
  const ApplicationAttemptId id{submission.id, 1};
  EXPECT_OK(cluster_.Submit(submission, now_));
  EXPECT_TRUE(effects_.launches.empty());
  EXPECT_OK(cluster_.RegisterMaster(id, "h", -1, "", now_));
  ASSERT_OK_AND_ASSIGN(auto granted, Allocate(id, 1));
  EXPECT_EQ(granted.granted.size(), 1u);
  EXPECT_OK(cluster_.FinishMaster(id, FinalStatus::kSucceeded, "", "", now_));
  EXPECT_EQ(App(id).state, AppState::kFinished);
}

// Before that it has no keys to check the container's tokens with.
TEST_F(ClusterTest, ANodeThatComesBackIsGivenWorkFromItsFirstHeartbeatOn) {
  const ApplicationAttemptId first = RunMaster();
  Pass(1s);
  AddNode({}, {}, false);  // its application master is gone with it
  ASSERT_EQ(App(first).attempts.size(), 2u);
  EXPECT_EQ(App(first).current()->state, AttemptState::kScheduled);
  EXPECT_EQ(Beat(), HeartbeatOrder::kNew);
  EXPECT_EQ(App(first).current()->state, AttemptState::kAllocated);
}

TEST_F(ClusterTest, AHeartbeatIsServedOnce) {
  NodeHeartbeat heartbeat;
  heartbeat.node = node_;
  heartbeat.response_id = 1;  // SetUp's was the first
  EXPECT_EQ(cluster_.Heartbeat(heartbeat, now_), HeartbeatOrder::kNew);
  EXPECT_EQ(cluster_.Heartbeat(heartbeat, now_), HeartbeatOrder::kDuplicate);
  heartbeat.response_id = 9;
  EXPECT_EQ(cluster_.Heartbeat(heartbeat, now_), HeartbeatOrder::kResync);
  heartbeat.node = {"other", 1};
  EXPECT_EQ(cluster_.Heartbeat(heartbeat, now_), HeartbeatOrder::kResync);
}

TEST_F(ClusterTest, ANodeOfAnImpossibleSizeIsRefused) {
  NodeRegistration registration;
  registration.node.id = {"small", 1};
  for (const Resource& total : {Resource(100, 1), Resource(INT64_MAX, 1), Resource(4096, -1)}) {
    registration.node.total = total;
    EXPECT_STATUS(Code::kInvalidArgument, cluster_.RegisterNode(registration, now_));
  }
}

TEST_F(ClusterTest, WhyAnApplicationWaitsNamesUnhealthyNodes) {
  NodeHeartbeat heartbeat;
  heartbeat.node = node_;
  heartbeat.response_id = cluster_.nodes().Find(node_)->response_id;
  heartbeat.healthy = false;
  heartbeat.health_report = "1/1 local-dirs are bad";
  cluster_.Heartbeat(heartbeat, now_);
  const ApplicationId id = Submit();
  const auto why = cluster_.WhyWaiting(*cluster_.Find(id), now_, 10);
  ASSERT_EQ(why.size(), 1u);
  EXPECT_EQ(why[0].cause, WaitCause::kNodesUnusable);
  EXPECT_NE(why[0].sentence.find("1 unhealthy (" + node_.ToString() + ": 1/1 local-dirs are bad)"), std::string::npos)
      << why[0].sentence;
}

TEST_F(ClusterTest, WhyAnApplicationWaitsFollowsItsMaster) {
  const ApplicationId id = Submit();
  auto why = cluster_.WhyWaiting(*cluster_.Find(id), now_, 10);
  ASSERT_EQ(why.size(), 1u);
  EXPECT_EQ(why[0].cause, WaitCause::kMasterLaunching);
  cluster_.MasterLaunched({id, 1}, now_);
  why = cluster_.WhyWaiting(*cluster_.Find(id), now_, 10);
  ASSERT_EQ(why.size(), 1u);
  EXPECT_EQ(why[0].cause, WaitCause::kMasterRegistering);
  ASSERT_OK(cluster_.RegisterMaster({id, 1}, "host", 1, "", now_));
  EXPECT_TRUE(cluster_.WhyWaiting(*cluster_.Find(id), now_, 10).empty());
}

TEST_F(ClusterTest, WhyAGangWaitsCountsWhatItHolds) {
  const ApplicationAttemptId attempt = RunMaster();
  AllocateCall call;
  Ask ask;
  ask.capability = {1024, 1};
  ask.count = 10;
  call.asks = {ask};
  call.response_id = 0;
  auto first = cluster_.Allocate(attempt, call, now_);
  ASSERT_OK(first.status());
  ASSERT_EQ(first->granted.size(), 3u);
  auto why = cluster_.WhyWaiting(*cluster_.Find(attempt.application), now_, 10);
  ASSERT_EQ(why.size(), 1u);
  EXPECT_EQ(why[0].cause, WaitCause::kFull) << why[0].sentence;
  Pass(std::chrono::seconds(3));
  why = cluster_.WhyWaiting(*cluster_.Find(attempt.application), now_, 10);
  EXPECT_EQ(why[0].cause, WaitCause::kGang);
  EXPECT_NE(why[0].sentence.find("3 container(s) that it has been granted wait for these."), std::string::npos)
      << why[0].sentence;
}

TEST_F(ClusterTest, ADecommissionedNodeThatSaysGoodbyeStaysDecommissioned) {
  NodeAdmission admission;
  admission.excluded = {node_.host};
  cluster_.SetAdmission(admission, /*graceful=*/false, {}, now_);
  EXPECT_EQ(Beat(), HeartbeatOrder::kShutdown);
  cluster_.UnregisterNode(node_, now_);
  EXPECT_EQ(cluster_.nodes().Find(node_)->state, NodeState::kDecommissioned);
}

}  // namespace
}  // namespace tusk::yarn
