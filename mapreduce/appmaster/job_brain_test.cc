// The app master's decisions, event by event, with times given.
#include "mapreduce/appmaster/job_brain.h"

#include "base/testing/matchers.h"

namespace tusk::mapreduce {
namespace {

TimePoint At(int seconds) { return TimePoint(std::chrono::seconds(seconds)); }
AttemptKey Map(int task, int number = 0) { return {TaskKind::kMap, task, number}; }
AttemptKey Reduce(int task, int number = 0) { return {TaskKind::kReduce, task, number}; }

class JobBrainTest : public testing::Test {
 protected:
  JobBrain Make(int maps, int reduces) {
    JobPlan plan;
    plan.job_id = "job_1_0001";
    plan.split_hosts.resize(static_cast<size_t>(maps), {"a"});
    plan.reduces = reduces;
    return JobBrain(plan);
  }
  // Grants and returns the container's name.
  std::string Grant(JobBrain& brain, int priority, const std::string& host = "a") {
    std::string container = "c" + std::to_string(++containers_);
    brain.ContainerGranted(container, host + ":1", host, priority, At(0));
    return container;
  }
  void RunMap(JobBrain& brain, const std::string& host = "a") {
    std::string container = Grant(brain, kMapPriority, host);
    brain.ShufflePortOf(container, 77);
    ASSERT_TRUE(brain.AttemptOf(container));
    ASSERT_TRUE(brain.Done(*brain.AttemptOf(container), At(1)));
  }
  static int Asked(const JobBrain& brain, int priority) {
    for (const ContainerAsk& ask : brain.Asks()) {
      if (ask.priority == priority) return ask.count;
    }
    return 0;
  }
  int containers_ = 0;
};

TEST_F(JobBrainTest, RunsMapsThenReducesThenCommits) {
  JobBrain brain = Make(2, 1);
  EXPECT_EQ(Asked(brain, kMapPriority), 2);
  EXPECT_EQ(Asked(brain, kReducePriority), 0);
  RunMap(brain);
  RunMap(brain, "b");
  EXPECT_EQ(brain.data_local_maps(), 1);
  EXPECT_EQ(Asked(brain, kReducePriority), 1);
  ASSERT_EQ(brain.map_events().size(), 2u);
  EXPECT_EQ(brain.map_events()[1].host, "b");
  EXPECT_EQ(brain.map_events()[1].port, 77);
  std::string reduce = Grant(brain, kReducePriority);
  EXPECT_TRUE(brain.MayCommit(Reduce(0), At(2)));
  EXPECT_TRUE(brain.Done(Reduce(0), At(2)));
  EXPECT_EQ(brain.phase(), JobPhase::kCommitting);
  brain.Committed(Status::Ok());
  EXPECT_EQ(brain.phase(), JobPhase::kSucceeded);
  EXPECT_EQ(brain.AttemptId(Reduce(0)), "attempt_1_0001_r_000000_0");
}

TEST_F(JobBrainTest, ReducesAreNotAskedForWhileMapsWait) {
  JobBrain brain = Make(3, 1);
  RunMap(brain);
  EXPECT_EQ(Asked(brain, kReducePriority), 0) << "two maps still need containers";
  Grant(brain, kMapPriority);
  Grant(brain, kMapPriority);
  EXPECT_EQ(Asked(brain, kReducePriority), 1) << "5 % of the maps are done and none waits";
}

TEST_F(JobBrainTest, AFailedAttemptIsRetriedFourTimesThenTheJobFails) {
  JobBrain brain = Make(1, 0);
  for (int number = 0; number < 4; ++number) {
    EXPECT_EQ(brain.phase(), JobPhase::kRunning);
    std::string container = Grant(brain, number == 0 ? kMapPriority : kFailedMapPriority, "node" + std::to_string(number));
    brain.TakeActions();
    brain.Failed(Map(0, number), "boom", At(1));
    std::vector<Action> actions = brain.TakeActions();
    ASSERT_EQ(actions.size(), 1u);
    EXPECT_EQ(actions[0].kind, Action::Kind::kStop);
    EXPECT_EQ(actions[0].container, container);
  }
  EXPECT_EQ(brain.phase(), JobPhase::kFailed);
  EXPECT_NE(brain.diagnostics().find("Task failed task_1_0001_m_000000"), std::string::npos);
  EXPECT_NE(brain.diagnostics().find("boom"), std::string::npos);
}

TEST_F(JobBrainTest, KilledContainersDoNotCount) {
  JobBrain brain = Make(1, 0);
  for (int i = 0; i < 10; ++i) {
    std::string container = Grant(brain, i == 0 ? kMapPriority : kFailedMapPriority);
    brain.ContainerEnded(container, -102, "preempted", At(1));
  }
  EXPECT_EQ(brain.phase(), JobPhase::kRunning);
  EXPECT_EQ(Asked(brain, kFailedMapPriority), 1);
}

TEST_F(JobBrainTest, AContainerThatEndsSilentlyFailedItsAttempt) {
  JobBrain brain = Make(1, 0);
  std::string container = Grant(brain, kMapPriority);
  brain.ContainerEnded(container, 0, "", At(1));
  EXPECT_EQ(brain.maps()[0].failures, 1);
}

TEST_F(JobBrainTest, OnlyOneAttemptMayCommitAndALaterOneOnlyAfterItsEnd) {
  JobBrain brain = Make(1, 0);
  std::string first = Grant(brain, kMapPriority);
  EXPECT_TRUE(brain.MayCommit(Map(0, 0), At(1)));
  EXPECT_TRUE(brain.MayCommit(Map(0, 0), At(1))) << "asked twice";
  brain.ContainerEnded(first, 137, "", At(2));
  Grant(brain, kFailedMapPriority);
  EXPECT_FALSE(brain.MayCommit(Map(0, 0), At(3)));
  EXPECT_FALSE(brain.Done(Map(0, 0), At(3))) << "a failed attempt that comes back is not believed";
  EXPECT_TRUE(brain.MayCommit(Map(0, 1), At(3)));
  EXPECT_TRUE(brain.Done(Map(0, 1), At(3)));
  EXPECT_EQ(brain.phase(), JobPhase::kCommitting);
}

TEST_F(JobBrainTest, ALostNodesMapsRunAgainAndReducersAreTold) {
  JobBrain brain = Make(2, 1);
  RunMap(brain, "a");
  RunMap(brain, "b");
  Grant(brain, kReducePriority, "b");
  brain.NodeLost("a:1", At(5));
  EXPECT_EQ(Asked(brain, kFailedMapPriority), 1);
  ASSERT_EQ(brain.map_events().size(), 3u);
  EXPECT_TRUE(brain.map_events()[2].obsolete);
  EXPECT_EQ(brain.map_events()[2].map, 0);
  EXPECT_EQ(brain.maps()[0].failures, 0);
  Grant(brain, kFailedMapPriority, "b");
  EXPECT_TRUE(brain.Done(Map(0, 1), At(6)));
  EXPECT_EQ(brain.map_events().back().attempt, 1);
  EXPECT_TRUE(brain.Done(Reduce(0), At(7)));
  EXPECT_EQ(brain.phase(), JobPhase::kCommitting);
}

TEST_F(JobBrainTest, ALostNodeDoesNotMatterToAFinishedMapOnlyTask) {
  JobBrain brain = Make(2, 0);
  RunMap(brain, "a");
  brain.NodeLost("a:1", At(1));
  EXPECT_EQ(brain.maps()[0].state, TaskState::kSucceeded);
}

TEST_F(JobBrainTest, ThreeFetchFailuresRerunTheMap) {
  JobBrain brain = Make(1, 1);
  RunMap(brain);
  Grant(brain, kReducePriority);
  brain.FetchFailed(Reduce(0), 0, 0, At(1));
  brain.FetchFailed(Reduce(0), 0, 0, At(2));
  EXPECT_EQ(brain.maps()[0].state, TaskState::kSucceeded);
  brain.FetchFailed(Reduce(0), 0, 0, At(3));
  EXPECT_EQ(brain.maps()[0].state, TaskState::kPending);
  EXPECT_EQ(brain.maps()[0].failures, 1);
  EXPECT_TRUE(brain.map_events().back().obsolete);
}

TEST_F(JobBrainTest, SilenceForTheTimeoutFailsTheAttempt) {
  JobBrain brain = Make(1, 0);
  Grant(brain, kMapPriority);
  brain.Heard(Map(0), 0.5, At(100));
  EXPECT_TRUE(brain.Heard(Map(0), 0.5, At(650), true)) << "idle, but in time";
  brain.Tick(At(699));
  EXPECT_EQ(brain.maps()[0].failures, 0);
  brain.Tick(At(700));
  EXPECT_EQ(brain.maps()[0].failures, 1);
  EXPECT_FALSE(brain.Heard(Map(0), 0.6, At(701))) << "it is told to end";
}

TEST_F(JobBrainTest, ANodeThatFailsThreeAttemptsIsAvoided) {
  JobBrain brain = Make(3, 0);
  for (int i = 0; i < 3; ++i) {
    std::string container = Grant(brain, kMapPriority, "bad");
    brain.Failed(*brain.AttemptOf(container), "x", At(1));
  }
  EXPECT_TRUE(brain.avoided_nodes().contains("bad:1"));
  brain.TakeActions();
  Grant(brain, kMapPriority, "bad");
  EXPECT_EQ(brain.TakeActions()[0].kind, Action::Kind::kRelease);
  brain.SetClusterNodes(4);
  EXPECT_TRUE(brain.avoided_nodes().contains("bad:1"));
  brain.SetClusterNodes(3);  // a third of the cluster and more: the job goes on with what there is
  EXPECT_TRUE(brain.avoided_nodes().empty());
}

TEST_F(JobBrainTest, SurplusGrantsAreReleased) {
  JobBrain brain = Make(1, 0);
  Grant(brain, kMapPriority);
  brain.TakeActions();
  std::string surplus = Grant(brain, kMapPriority);
  std::vector<Action> actions = brain.TakeActions();
  ASSERT_EQ(actions.size(), 1u);
  EXPECT_EQ(actions[0].kind, Action::Kind::kRelease);
  EXPECT_EQ(actions[0].container, surplus);
}

TEST_F(JobBrainTest, AReduceGivesWayWhenMapsStarve) {
  JobBrain brain = Make(1, 1);
  RunMap(brain);
  Grant(brain, kReducePriority, "b");
  brain.NodeLost("a:1", At(1));
  brain.SetMapFits(false);
  brain.Tick(At(2));
  brain.Tick(At(5));
  EXPECT_EQ(brain.reduces()[0].state, TaskState::kPending);
  EXPECT_EQ(brain.reduces()[0].failures, 0);
}

TEST_F(JobBrainTest, KillStopsEverythingThatRuns) {
  JobBrain brain = Make(2, 1);
  Grant(brain, kMapPriority);
  Grant(brain, kMapPriority);
  brain.TakeActions();
  brain.Kill("by the user", At(1));
  EXPECT_EQ(brain.phase(), JobPhase::kKilled);
  EXPECT_EQ(brain.TakeActions().size(), 2u);
  for (const ContainerAsk& ask : brain.Asks()) EXPECT_EQ(ask.count, 0);
}

TEST_F(JobBrainTest, AJobWithoutMapsAndReducesIsDoneAtOnce) { EXPECT_EQ(Make(0, 0).phase(), JobPhase::kCommitting); }

}  // namespace
}  // namespace tusk::mapreduce
