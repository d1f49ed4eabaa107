// Goal: children run with what they were given and nothing else; their ends and signals are told as shells tell them.
#include <csignal>

#include "base/async/asio_loop.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk {
namespace {

Task<Result<int>> RunToEnd(RealWorld& world, SpawnRequest request) {
  auto launcher = MakeProcessLauncher(world.loop());
  CO_ASSIGN_OR_RETURN(auto process, launcher->Spawn(request));
  co_return co_await process->Wait(world.loop().In(10s), {});
}

SpawnRequest Shell(RealWorld& world, std::string script) {
  SpawnRequest request;
  request.argv = {"/bin/sh", "-c", std::move(script)};
  request.environment = {"GREETING=hi"};
  request.directory = world.folder();
  request.stdout_path = world.folder() + "/out";
  request.stderr_path = world.folder() + "/err";
  return request;
}

TEST(ProcessTest, AChildGetsItsEnvironmentFolderAndFiles) {
  RealWorld world;
  ASSERT_OK_AND_ASSIGN(int code, world.Run(RunToEnd(world, Shell(world, "echo $GREETING; pwd; ls /proc/self/fd | wc -l; exit 7"))));
  EXPECT_EQ(code, 7);
  ASSERT_OK_AND_ASSIGN(std::string out, world.disk().ReadFile(world.folder() + "/out"));
  EXPECT_EQ(out, "hi\n" + world.folder() + "\n4\n");  // 0, 1, 2 and ls's own
}

TEST(ProcessTest, ADeathBySignalIs128PlusItsNumber) {
  RealWorld world;
  ASSERT_OK_AND_ASSIGN(int code, world.Run(RunToEnd(world, Shell(world, "kill -TERM $$"))));
  EXPECT_EQ(code, 143);
}

TEST(ProcessTest, WhatCannotBeExecutedIsSaid) {
  RealWorld world;
  SpawnRequest request;
  request.argv = {"/no/such/program"};
  EXPECT_STATUS(Code::kFileNotFound, world.Run(RunToEnd(world, request)));
  request.argv = {"relative"};
  EXPECT_STATUS(Code::kInvalidArgument, world.Run(RunToEnd(world, request)));
}

Task<Result<int>> KillGroup(RealWorld& world) {
  auto launcher = MakeProcessLauncher(world.loop());
  CO_ASSIGN_OR_RETURN(auto process, launcher->Spawn(Shell(world, "sleep 100 & sleep 100")));
  EXPECT_STATUS(Code::kTimedOut, co_await process->Wait(world.loop().In(50ms), {}));
  EXPECT_TRUE(process->running());
  EXPECT_OK(process->SignalGroup(SIGKILL));
  Result<int> code = co_await process->Wait(world.loop().In(10s), {});
  EXPECT_FALSE(process->running());
  // The grandchild of the group is gone too, once init has reaped it.
  for (int i = 0; i < 1000 && ::kill(static_cast<pid_t>(-process->pid()), 0) == 0; ++i) {
    Status slept = co_await SleepFor(world.loop(), 10ms);
    EXPECT_OK(slept);
  }
  EXPECT_NE(::kill(static_cast<pid_t>(-process->pid()), 0), 0);
  co_return code;
}

TEST(ProcessTest, AGroupIsKilledWithItsGrandchildren) {
  RealWorld world;
  ASSERT_OK_AND_ASSIGN(int code, world.Run(KillGroup(world)));
  EXPECT_EQ(code, 137);
}

}  // namespace
}  // namespace tusk
