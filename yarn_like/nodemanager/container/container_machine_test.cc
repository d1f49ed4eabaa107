// Goal: every order of events ends in DONE once, with the code and the words that Hadoop's clients look for.
#include "yarn_like/nodemanager/container/container_machine.h"

#include <gtest/gtest.h>

namespace tusk::yarn {
namespace {

using Step = ContainerMachine::Step;
constexpr int64_t kAt = 1795249471814;
constexpr const char* kId = "container_1795249456226_0001_01_000002";

ContainerMachine Running() {
  ContainerMachine machine(kId);
  EXPECT_EQ(machine.Start(), Step::kLocalize);
  EXPECT_EQ(machine.reported_sub_state(), ReportedSubState::kScheduled);
  EXPECT_EQ(machine.reported_state(), ReportedState::kRunning);
  EXPECT_EQ(machine.Localized(), Step::kLaunch);
  EXPECT_EQ(machine.Launched(), Step::kNone);
  EXPECT_EQ(machine.state(), ContainerState::kRunning);
  return machine;
}

void ExpectDone(ContainerMachine& machine, int status) {
  EXPECT_EQ(machine.exit_status(), kExitInvalid);  // not before it is done
  EXPECT_EQ(machine.CleanedUp(), Step::kReport);
  EXPECT_EQ(machine.CleanedUp(), Step::kNone);
  EXPECT_EQ(machine.exit_status(), status);
  EXPECT_EQ(machine.reported_state(), ReportedState::kComplete);
}

bool Says(const ContainerMachine& machine, std::string_view text) {
  return machine.diagnostics().find(text) != std::string::npos;
}

TEST(ContainerMachineTest, SuccessIsZeroWithoutDiagnostics) {
  ContainerMachine machine = Running();
  EXPECT_EQ(machine.Ended(0, "", kAt), Step::kCleanUp);
  ExpectDone(machine, 0);
  EXPECT_EQ(machine.diagnostics(), "");
}

TEST(ContainerMachineTest, FailureTellsCodeAndTails) {
  ContainerMachine machine = Running();
  EXPECT_EQ(machine.Ended(7, "Last 4096 bytes of prelaunch.err :\n", kAt), Step::kCleanUp);
  ExpectDone(machine, 7);
  EXPECT_TRUE(Says(machine, "Exception from container-launch.\nContainer id: container_1795249456226_0001_01_000002\nExit code: 7\n\n"));
  EXPECT_TRUE(Says(machine, "Container exited with a non-zero exit code 7. Error file: prelaunch.err.\nLast 4096"));
  EXPECT_EQ(machine.diagnostics().front(), '[');
}

TEST(ContainerMachineTest, StopBySignalReportsTheStopperAndATrappedSignalItsOwnCode) {
  ContainerMachine machine = Running();
  EXPECT_EQ(machine.Kill(kExitKilledByAppMaster, "Container killed by the ApplicationMaster.", kAt), Step::kKillProcess);
  EXPECT_EQ(machine.Kill(kExitKilledByResourceManager, "again", kAt), Step::kNone);
  EXPECT_EQ(machine.Ended(143, "", kAt), Step::kCleanUp);
  ExpectDone(machine, kExitKilledByAppMaster);
  EXPECT_TRUE(Says(machine, "]Container killed by the ApplicationMaster.\n"));
  EXPECT_TRUE(Says(machine, "]Container killed on request. Exit code is 143\n"));
  EXPECT_FALSE(Says(machine, "again"));

  ContainerMachine trapped = Running();
  trapped.Kill(kExitKilledByAppMaster, "stop", kAt);
  trapped.Ended(3, "", kAt);
  ExpectDone(trapped, 3);
}

TEST(ContainerMachineTest, AnOutsideKillIsToldAsSuch) {
  ContainerMachine machine = Running();
  EXPECT_EQ(machine.Ended(137, "", kAt), Step::kCleanUp);
  ExpectDone(machine, 137);
  EXPECT_TRUE(machine.diagnostics().ends_with("Killed by external signal\n"));
}

TEST(ContainerMachineTest, KillWorksInEveryEarlierState) {
  ContainerMachine fresh(kId);
  EXPECT_EQ(fresh.Kill(-105, "stop", kAt), Step::kCleanUp);
  EXPECT_EQ(fresh.Start(), Step::kNone);
  ExpectDone(fresh, -105);

  ContainerMachine localizing(kId);
  localizing.Start();
  EXPECT_EQ(localizing.Kill(-105, "stop", kAt), Step::kAbandonLocalizing);
  EXPECT_EQ(localizing.Localized(), Step::kNone);
  EXPECT_EQ(localizing.LocalizationFailed("late", kAt), Step::kNone);
  ExpectDone(localizing, -105);

  ContainerMachine launching(kId);
  launching.Start();
  launching.Localized();
  EXPECT_EQ(launching.Kill(-105, "stop", kAt), Step::kNone);
  EXPECT_EQ(launching.Launched(), Step::kKillProcess);
  EXPECT_EQ(launching.Ended(137, "", kAt), Step::kCleanUp);
  ExpectDone(launching, -105);
}

TEST(ContainerMachineTest, FailedLocalizationIsMinus1000WithItsReason) {
  ContainerMachine machine(kId);
  machine.Start();
  EXPECT_EQ(machine.LocalizationFailed("Resource hdfs://a/b changed on src filesystem", kAt), Step::kCleanUp);
  ExpectDone(machine, kExitInvalid);
  EXPECT_TRUE(Says(machine, "]Resource hdfs://a/b changed on src filesystem\n"));
}

TEST(ContainerMachineTest, DiagnosticsStayBounded) {
  ContainerMachine machine = Running();
  for (int i = 0; i < 100; ++i) machine.AddDiagnostics(std::string(1000, 'x'), kAt);
  EXPECT_LE(machine.diagnostics().size(), 10000u);
}

TEST(ContainerMachineTest, FailuresAreRetriedUntilThePolicyIsUsedUp) {
  ContainerMachine machine = Running();
  RetryPolicy policy;
  policy.when = RetryPolicy::When::kOnAllErrors;
  policy.retries_max = 1;
  policy.failures_validity_ms = 1000;
  machine.SetRetryPolicy(policy);
  EXPECT_EQ(machine.Ended(7, "", kAt), Step::kRelaunch);
  EXPECT_EQ(machine.state(), ContainerState::kRelaunching);
  EXPECT_EQ(machine.reported_state(), ReportedState::kRunning);
  EXPECT_EQ(machine.Launched(), Step::kNone);
  EXPECT_EQ(machine.Ended(7, "", kAt + 1001), Step::kRelaunch);  // the first does not count any more
  EXPECT_EQ(machine.Launched(), Step::kNone);
  EXPECT_EQ(machine.Ended(7, "", kAt + 1002), Step::kCleanUp);
  ExpectDone(machine, 7);

  ContainerMachine stopped = Running();
  stopped.SetRetryPolicy(policy);
  EXPECT_EQ(stopped.Ended(143, "", kAt), Step::kCleanUp);  // signals are no failures of its own
  ContainerMachine waits = Running();
  waits.SetRetryPolicy(policy);
  EXPECT_EQ(waits.Ended(7, "", kAt), Step::kRelaunch);
  EXPECT_EQ(waits.Kill(-105, "stop", kAt), Step::kNone);
  ExpectDone(waits, -105);
}

TEST(ContainerMachineTest, ReinitializationReplacesTheProcessAndIsRolledBackWhenItFails) {
  ContainerMachine machine = Running();
  machine.StartReinitialization();
  EXPECT_EQ(machine.state(), ContainerState::kReinitializing);
  EXPECT_EQ(machine.ReinitializationReady(true), Step::kKillProcess);
  EXPECT_EQ(machine.Ended(143, "", kAt), Step::kLaunch);
  EXPECT_EQ(machine.Launched(), Step::kNone);
  EXPECT_EQ(machine.state(), ContainerState::kRunning);
  EXPECT_EQ(machine.Ended(1, "", kAt), Step::kRollBack);
  EXPECT_EQ(machine.Launched(), Step::kNone);
  EXPECT_EQ(machine.Ended(1, "", kAt), Step::kCleanUp);
  ExpectDone(machine, 1);

  ContainerMachine committed = Running();
  committed.StartReinitialization();
  committed.ReinitializationReady(true);
  committed.Ended(137, "", kAt);
  committed.Launched();
  committed.Commit();
  EXPECT_EQ(committed.Ended(1, "", kAt), Step::kCleanUp);

  ContainerMachine no_files = Running();
  no_files.StartReinitialization();
  no_files.ReinitializationFailed("no such file", kAt);
  EXPECT_EQ(no_files.state(), ContainerState::kRunning);
  no_files.StartReinitialization();
  EXPECT_EQ(no_files.Ended(0, "", kAt), Step::kCleanUp);  // it ended by itself meanwhile
  EXPECT_EQ(no_files.ReinitializationReady(true), Step::kNone);
}

}  // namespace
}  // namespace tusk::yarn
