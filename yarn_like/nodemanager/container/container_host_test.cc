// Goal: containers run, fail, are stopped, exceed their memory and are left over as Hadoop's node manager has it.
// Method: real processes under a real ContainerHost, with control groups where this machine has them, and without.
#include "yarn_like/nodemanager/container/container_host.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <csignal>

#include "base/async/asio_loop.h"
#include "base/security/token.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "yarn_like/nodemanager/container/process_tree.h"

namespace tusk::yarn {
namespace {

// Serves files of one local folder as "test:<path>".
class FolderSource : public ResourceSource {
 public:
  explicit FolderSource(RealWorld& world) : world_(world) {}
  Task<Result<SourceStat>> Stat(std::string uri, std::string, bool) override {
    CO_ASSIGN_OR_RETURN(FileStat stat, world_.disk().Stat(uri.substr(5)));
    co_return SourceStat{stat.size, stat.mtime_wall_ms, stat.is_directory, true};
  }
  Task<Result<uint64_t>> Copy(std::string uri, std::string, std::string local_path) override {
    ++copies;
    CO_ASSIGN_OR_RETURN(std::string bytes, world_.disk().ReadFile(uri.substr(5)));
    CO_RETURN_IF_ERROR(world_.disk().WriteFileAtomic(local_path, AsBytes(bytes)));
    co_return bytes.size();
  }
  int copies = 0;

 private:
  RealWorld& world_;
};

class ContainerHostTest : public ::testing::TestWithParam<bool> {
 protected:
  ContainerHostTest() : launcher_(MakeProcessLauncher(world_.loop())), source_(world_) {
    config_.local_dirs = {world_.folder() + "/local"};
    config_.log_dirs = {world_.folder() + "/logs"};
    config_.monitor_interval = 50ms;
    config_.sigkill_delay = 250ms;
    config_.kill_wait = 5s;
    config_.home_dir = "/home/";
    config_.use_cgroups = GetParam();
    MakeHost();
    TUSK_CHECK(world_.Run(host_->Prepare(nullptr)).ok());
  }
  ~ContainerHostTest() override { Down(); }

  void MakeHost() {
    auto map = DurableMap::Open(world_.disk(), world_.folder() + "/state");
    TUSK_CHECK(map.ok()) << map.status().ToString();
    records_ = NodeRecords::Parse((*map)->entries());
    state_ = std::make_unique<StateWriter>(world_.env(), std::move(*map));
    LocalizerOptions options;
    options.local_dirs = config_.local_dirs;
    localizer_ = std::make_unique<Localizer>(world_.env(), source_, options, *state_);
    host_ = std::make_unique<ContainerHost>(world_.env(), *launcher_, config_, *localizer_,
                                            NodeDirs(config_.local_dirs, config_.log_dirs), *state_);
    NodeFacts facts;
    facts.host = "localhost";
    facts.port = 28041;
    host_->SetFacts(facts);
  }
  void Down() {
    if (!host_) return;
    world_.Run(DownTask(false));
    host_.reset();
    localizer_.reset();
    state_.reset();
  }
  Task<bool> DownTask(bool leave) {
    if (leave) {
      co_await host_->Leave();
    } else {
      co_await host_->Shutdown();
    }
    co_await localizer_->Shutdown();
    co_await state_->Shutdown();
    co_return true;
  }
  // As kill -9 and a new node manager: the processes live on, and only the state store tells of them.
  void Restart() {
    world_.Run(DownTask(true));
    host_.reset();
    localizer_.reset();
    state_.reset();
    MakeHost();
    TUSK_CHECK(world_.Run(host_->Prepare(&records_)).ok());
    world_.Run(RecoverTask());
  }
  Task<bool> RecoverTask() {
    co_await localizer_->Recover(records_.resources);
    for (const auto& [name, record] : records_.containers) {
      auto id = ContainerId::Parse(name);
      TUSK_CHECK(id.ok());
      host_->Recover(GrantOf(*id, 256), contexts_[*id], record);
    }
    co_return true;
  }
  ContainerTokenIdentifier GrantOf(ContainerId id, int64_t memory_mb) {
    ContainerTokenIdentifier grant;
    grant.container = id;
    grant.submitter = "root";
    grant.resource = Resource(memory_mb, 1);
    grant.resource.amounts[2] = gpus_wanted_;
    return grant;
  }

  ContainerId Id(int64_t number) { return ContainerId{{{1795249456226, 1}, 1}, number}; }
  ContainerId Start(std::string command, int64_t memory_mb = 256) {
    ContainerTokenIdentifier grant = GrantOf(Id(++last_), memory_mb);
    LaunchContext context;
    context.retry = retry_;
    context.commands = {std::move(command)};
    context.resources = resources_;
    context.tokens = tokens_;
    ContainerId id = grant.container;
    contexts_[id] = context;
    EXPECT_OK(world_.Run(StartTask(std::move(grant), std::move(context))));
    return id;
  }
  Task<Status> StartTask(ContainerTokenIdentifier grant, LaunchContext context) {
    co_return host_->Start(std::move(grant), std::move(context), "request");
  }
  void Stop(ContainerId id, std::string reason) { world_.Run(StopTask(id, std::move(reason))); }
  Task<bool> StopTask(ContainerId id, std::string reason) {
    host_->Stop(id, kExitKilledByAppMaster, reason);
    co_return true;
  }
  Container& AwaitDone(ContainerId id) {
    EXPECT_OK(world_.Run(WaitDone(id)));
    return *host_->Find(id);
  }
  Task<Status> WaitDone(ContainerId id) { co_return co_await host_->Find(id)->done.Wait(world_.loop().In(60s)); }
  void AwaitFile(const std::string& path) { EXPECT_OK(world_.Run(WaitFile(path))); }
  Task<Status> WaitFile(std::string path) {
    TimePoint give_up = world_.loop().In(60s);
    while (!world_.disk().Exists(path) && world_.clock().Now() < give_up) CO_RETURN_IF_ERROR(co_await SleepFor(world_.loop(), 5ms));
    co_return world_.disk().Exists(path) ? Status::Ok() : Status(Code::kTimedOut, path);
  }
  // A container's program may be at work, and leave files, before the host has read whose process it is: until then
  // there is none to ask for.
  ContainerProcess& AwaitProcess(ContainerId id) {
    TUSK_CHECK(world_.Run(WaitRunning(id)).ok()) << id.ToString();
    return *host_->Find(id)->process;
  }
  Task<Status> WaitRunning(ContainerId id) {
    TimePoint give_up = world_.loop().In(60s);
    while (host_->Find(id)->machine.state() != ContainerState::kRunning || !host_->Find(id)->process) {
      if (host_->Find(id)->machine.done()) co_return Status(Code::kInternal, host_->Find(id)->machine.diagnostics());
      if (world_.clock().Now() >= give_up) co_return Status(Code::kTimedOut, id.ToString());
      CO_RETURN_IF_ERROR(co_await SleepFor(world_.loop(), 5ms));
    }
    co_return Status::Ok();
  }
  std::string Log(ContainerId id, const std::string& file) {
    return world_.disk()
        .ReadFile(config_.log_dirs[0] + "/" + id.attempt.application.ToString() + "/" + id.ToString() + "/" + file)
        .value_or("(absent)");
  }
  bool AnyProcessNamed(const std::string& word) {  // that sleeps so long
    for (const auto& sample : ReadProcesses(world_.disk())) {
      if (sample.command_line.find("sleep " + word) != std::string::npos && sample.resident_pages > 0) return true;
    }
    return false;
  }
  std::string Path(const std::string& name) { return world_.folder() + "/" + name; }

  RealWorld world_;
  std::unique_ptr<ProcessLauncher> launcher_;
  FolderSource source_;
  NodeManagerConfig config_;
  NodeRecords records_;
  std::unique_ptr<StateWriter> state_;
  std::unique_ptr<Localizer> localizer_;
  std::unique_ptr<ContainerHost> host_;
  std::map<ContainerId, LaunchContext> contexts_;
  RetryPolicy retry_;
  int64_t gpus_wanted_ = 0;
  std::vector<ResourceRequest> resources_;
  std::string tokens_;
  int64_t last_ = 0;
};

TEST_P(ContainerHostTest, SuccessLeavesLogsAndNoFiles) {
  ContainerId id = Start("echo hi from $CONTAINER_ID 1><LOG_DIR>/stdout 2><LOG_DIR>/stderr");
  Container& container = AwaitDone(id);
  EXPECT_EQ(container.machine.exit_status(), 0) << container.machine.diagnostics();
  EXPECT_EQ(Log(id, "stdout"), "hi from " + id.ToString() + "\n");
  EXPECT_NE(Log(id, "prelaunch.out").find("Launching container\n"), std::string::npos);
  EXPECT_NE(Log(id, "launch_container.sh"), "(absent)");
  EXPECT_FALSE(world_.disk().Exists(container.work_dir));
}

TEST_P(ContainerHostTest, AnExitCodeComesBackWithTheEndOfItsErrors) {
  ContainerId id = Start("echo oops 1>&2 2><LOG_DIR>/stderr; echo oops 2><LOG_DIR>/stderr 1>&2; exit 7");
  Container& container = AwaitDone(id);
  EXPECT_EQ(container.machine.exit_status(), 7);
  EXPECT_NE(container.machine.diagnostics().find("Last 4096 bytes of prelaunch.err :\n"), std::string::npos);
  EXPECT_NE(container.machine.diagnostics().find("oops"), std::string::npos);
}

TEST_P(ContainerHostTest, StopKillsGrandchildrenInOtherSessionsToo) {
  ContainerId id = Start("setsid sleep 98765 & touch " + Path("up") + "; sleep 98765");
  AwaitFile(Path("up"));
  Stop(id, "Container killed by the ApplicationMaster.");
  Container& container = AwaitDone(id);
  EXPECT_EQ(container.machine.exit_status(), kExitKilledByAppMaster);
  EXPECT_NE(container.machine.diagnostics().find("Container killed on request. Exit code is 143\n"), std::string::npos);
  EXPECT_FALSE(AnyProcessNamed("98765"));
}

TEST_P(ContainerHostTest, AProcessThatIgnoresTermIsKilled) {
  ContainerId id = Start("trap '' TERM; touch " + Path("up") + "; sleep 97531; sleep 97531");
  AwaitFile(Path("up"));
  Stop(id, "stop");
  EXPECT_EQ(AwaitDone(id).machine.exit_status(), kExitKilledByAppMaster);
  EXPECT_FALSE(AnyProcessNamed("97531"));
}

TEST_P(ContainerHostTest, MemoryBeyondTheGrantIsKilledInHadoopsWords) {
  ContainerId id = Start("python3 -c 'x = bytearray(200 << 20); import time; time.sleep(1000)'", 64);
  Container& container = AwaitDone(id);
  EXPECT_EQ(container.machine.exit_status(), kExitKilledExceededPmem) << container.machine.diagnostics();
  EXPECT_NE(container.machine.diagnostics().find("of 64 MB physical memory used; "), std::string::npos)
      << container.machine.diagnostics();
}

TEST_P(ContainerHostTest, FilesAreLocalizedOnceLinkedAndChecked) {
  ASSERT_OK(world_.disk().WriteFileAtomic(Path("data.txt"), AsBytes("payload\n")));
  ASSERT_OK_AND_ASSIGN(FileStat stat, world_.disk().Stat(Path("data.txt")));
  ResourceRequest request;
  request.link = "sub/d.txt";
  request.key.visibility = Visibility::kPrivate;
  request.key.user = "root";
  request.key.uri = "test:" + Path("data.txt");
  request.key.timestamp_wall_ms = stat.mtime_wall_ms;
  resources_ = {request};
  ContainerId first = Start("cat sub/d.txt ><LOG_DIR>/stdout; stat -L -c %a sub/d.txt >><LOG_DIR>/stdout");
  EXPECT_EQ(AwaitDone(first).machine.exit_status(), 0) << AwaitDone(first).machine.diagnostics();
  EXPECT_EQ(Log(first, "stdout"), "payload\n500\n");
  EXPECT_EQ(AwaitDone(Start("true")).machine.exit_status(), 0);
  EXPECT_EQ(source_.copies, 1);

  resources_[0].key.timestamp_wall_ms += 1000;
  Container& changed = AwaitDone(Start("true"));
  EXPECT_EQ(changed.machine.exit_status(), kExitInvalid);
  EXPECT_NE(changed.machine.diagnostics().find(" changed on src filesystem - expected: \""), std::string::npos);
  resources_[0].key.uri = "test:" + Path("absent");
  Container& absent = AwaitDone(Start("true"));
  EXPECT_EQ(absent.machine.exit_status(), kExitInvalid);
  EXPECT_NE(absent.machine.diagnostics().find("File does not exist: test:"), std::string::npos);
}

TEST_P(ContainerHostTest, TokensLieInAPrivateFileAndBadOnesFailTheLaunch) {
  Credentials credentials;
  credentials.tokens[""] = Token{"id", "pw", "YARN_AM_RM_TOKEN", ""};
  tokens_ = credentials.Serialize() + std::string(1000, '\0');
  ContainerId good = Start("stat -c %a/%s $HADOOP_TOKEN_FILE_LOCATION ><LOG_DIR>/stdout");
  EXPECT_EQ(AwaitDone(good).machine.exit_status(), 0);
  EXPECT_EQ(Log(good, "stdout"), "600/" + std::to_string(credentials.Serialize().size()) + "\n");
  tokens_ = "nonsense";
  Container& bad = AwaitDone(Start("true"));
  EXPECT_EQ(bad.machine.exit_status(), -1);
  EXPECT_NE(bad.machine.diagnostics().find("Exception from container-launch."), std::string::npos);
}

TEST_P(ContainerHostTest, AnOutsideKillIs137) {
  ContainerId id = Start("touch " + Path("up") + "; exec sleep 96420");
  AwaitFile(Path("up"));
  ::kill(static_cast<pid_t>(AwaitProcess(id).pid()), SIGKILL);
  Container& container = AwaitDone(id);
  EXPECT_EQ(container.machine.exit_status(), 137);
  EXPECT_TRUE(container.machine.diagnostics().ends_with("Killed by external signal\n"));
}

TEST_P(ContainerHostTest, WithoutRecoveryARestartedNodeManagerEndsWhatWasLeft) {
  Start("touch " + Path("up") + "; sleep 95310 & sleep 95310");
  AwaitFile(Path("up"));
  // As after kill -9: another host finds the same folders while the processes still run.
  world_.Run(DownTask(true));
  host_.reset();
  localizer_.reset();
  state_.reset();
  MakeHost();
  ASSERT_OK(world_.Run(host_->Prepare(nullptr)));
  bool left = true;
  for (TimePoint give_up = world_.loop().In(60s); left && world_.clock().Now() < give_up;) {
    left = AnyProcessNamed("95310");
    if (left) EXPECT_OK(world_.Run(SleepFor(world_.loop(), 10ms)));
  }
  EXPECT_FALSE(left);
}

TEST_P(ContainerHostTest, ContainersOutliveTheNodeManagerAndTellTheirExitCode) {
  ContainerId runs = Start("touch " + Path("up") + "; while [ ! -e " + Path("go") + " ]; do sleep 0.02; done; exit 7");
  ContainerId ends = Start("touch " + Path("up2") + "; while [ ! -e " + Path("go2") + " ]; do sleep 0.02; done; exit 9");
  ContainerId killed = Start("touch " + Path("up3") + "; exec sleep 93930");
  ContainerId done = Start("exit 3");
  for (const char* name : {"up", "up2", "up3"}) AwaitFile(Path(name));
  EXPECT_EQ(AwaitDone(done).machine.exit_status(), 3);
  int64_t pid = AwaitProcess(runs).pid();
  // One ends while there is no node manager.
  world_.Run(DownTask(true));
  ASSERT_OK(world_.disk().WriteFileAtomic(Path("go2"), AsBytes("")));
  std::string exit_file = host_->Find(ends)->private_dir + "/" + ends.ToString() + ".pid.exitcode";
  AwaitFile(exit_file);
  host_.reset();
  localizer_.reset();
  state_.reset();
  MakeHost();
  ASSERT_OK(world_.Run(host_->Prepare(&records_)));
  world_.Run(RecoverTask());

  EXPECT_EQ(host_->Find(done)->machine.exit_status(), 3);
  EXPECT_NE(host_->Find(done)->machine.diagnostics().find("Exit code: 3"), std::string::npos);
  EXPECT_EQ(AwaitDone(ends).machine.exit_status(), 9);
  EXPECT_EQ(host_->Find(runs)->machine.state(), ContainerState::kRunning);
  EXPECT_EQ(AwaitProcess(runs).pid(), pid);
  ASSERT_OK(world_.disk().WriteFileAtomic(Path("go"), AsBytes("")));
  EXPECT_EQ(AwaitDone(runs).machine.exit_status(), 7);
  Stop(killed, "Container killed by the ApplicationMaster.");
  EXPECT_EQ(AwaitDone(killed).machine.exit_status(), kExitKilledByAppMaster);
  EXPECT_FALSE(AnyProcessNamed("93930"));
}

TEST_P(ContainerHostTest, AKillThatWasUnderWayGoesOnAfterARestart) {
  ContainerId id = Start("trap '' TERM; touch " + Path("up") + "; sleep 92920; sleep 92920");
  AwaitFile(Path("up"));
  config_.sigkill_delay = 60s;
  Stop(id, "stop");
  config_.sigkill_delay = 250ms;
  Restart();
  EXPECT_EQ(AwaitDone(id).machine.exit_status(), kExitKilledByAppMaster);
  EXPECT_FALSE(AnyProcessNamed("92920"));
}

TEST_P(ContainerHostTest, AFailureIsTriedAgainAsTheRetryPolicySays) {
  retry_.when = RetryPolicy::When::kOnSpecificErrors;
  retry_.codes = {11};
  retry_.retries_max = 2;
  ContainerId id = Start("echo x >>" + Path("tries") + "; exit 11");
  EXPECT_EQ(AwaitDone(id).machine.exit_status(), 11);
  EXPECT_EQ(world_.disk().ReadFile(Path("tries")).value_or(""), "x\nx\nx\n");
  EXPECT_EQ(AwaitDone(Start("echo y >>" + Path("once") + "; exit 12")).machine.exit_status(), 12);
  EXPECT_EQ(world_.disk().ReadFile(Path("once")).value_or(""), "y\n");
}

TEST_P(ContainerHostTest, GpusAreGivenOnceAndSurviveARestart) {
  config_.gpus = {{0, 250}, {1, 251}};  // minors that no machine has
  config_.gpu_position = 2;
  Restart();
  gpus_wanted_ = 1;
  ContainerId first = Start("touch " + Path("up") + "; while [ ! -e " + Path("go") + " ]; do sleep 0.02; done; echo $CUDA_VISIBLE_DEVICES ><LOG_DIR>/stdout");
  AwaitFile(Path("up"));
  Restart();
  ContainerId second = Start("echo $CUDA_VISIBLE_DEVICES ><LOG_DIR>/stdout");
  EXPECT_EQ(AwaitDone(second).machine.exit_status(), 0) << AwaitDone(second).machine.diagnostics();
  EXPECT_EQ(Log(second, "stdout"), "1\n");
  gpus_wanted_ = 2;
  Container& third = AwaitDone(Start("true"));
  EXPECT_EQ(third.machine.exit_status(), -1);
  EXPECT_NE(third.machine.diagnostics().find("Failed to find enough GPUs, requestor="), std::string::npos);
  ASSERT_OK(world_.disk().WriteFileAtomic(Path("go"), AsBytes("")));
  EXPECT_EQ(AwaitDone(first).machine.exit_status(), 0);
  EXPECT_EQ(Log(first, "stdout"), "0\n");
  gpus_wanted_ = 0;
  ContainerId none = Start("echo [$CUDA_VISIBLE_DEVICES] ><LOG_DIR>/stdout");
  AwaitDone(none);
  EXPECT_EQ(Log(none, "stdout"), "[]\n");
}

// mknod asks the devices control group as opening does; the devices themselves need not exist.
TEST_P(ContainerHostTest, AContainerReachesItsGpuAndNoOther) {
  config_.gpus = {{0, 250}, {1, 251}};
  config_.gpu_position = 2;
  Restart();
  if (!host_->limits_devices()) GTEST_SKIP() << "no devices control group here";
  if (::mknod(Path("may").c_str(), S_IFCHR | 0600, makedev(195, 250)) != 0) GTEST_SKIP() << "this machine's root may make no devices";
  const std::string probe = "mknod a c 195 250 2>/dev/null && echo 0 ><LOG_DIR>/stdout; mknod b c 195 251 2>/dev/null && echo 1 >><LOG_DIR>/stdout; "
                            "echo $NVIDIA_VISIBLE_DEVICES >><LOG_DIR>/stdout";
  gpus_wanted_ = 1;
  ContainerId first = Start(probe + "; touch " + Path("up") + "; while [ ! -e " + Path("go") + " ]; do sleep 0.02; done");
  AwaitFile(Path("up"));
  ContainerId second = Start(probe);
  AwaitDone(second);
  EXPECT_EQ(Log(second, "stdout"), "1\n1\n");
  ASSERT_OK(world_.disk().WriteFileAtomic(Path("go"), AsBytes("")));
  AwaitDone(first);
  EXPECT_EQ(Log(first, "stdout"), "0\n0\n");
  gpus_wanted_ = 0;
  ContainerId none = Start(probe);
  AwaitDone(none);
  EXPECT_EQ(Log(none, "stdout"), "void\n");
}

TEST_P(ContainerHostTest, FoldersCanBeLookedIntoForAWhileAlsoAfterARestart) {
  config_.debug_delay = 1h;
  ContainerId id = Start("echo kept >file");
  Container& container = AwaitDone(id);
  std::string folder = container.work_dir;
  EXPECT_TRUE(world_.disk().Exists(folder + "/file"));
  EXPECT_FALSE(world_.disk().Exists(folder + "/container_tokens"));
  EXPECT_FALSE(world_.disk().Exists(folder + "/launch_container.sh"));
  Restart();
  EXPECT_EQ(records_.deletions.count(folder), 1u);
  EXPECT_TRUE(world_.disk().Exists(folder + "/file"));
}

TEST_P(ContainerHostTest, NothingIsLaunchedOnFailedDisks) {
  host_->SetDiskHealth({false, "1/1 local-dirs have errors"});
  Container& container = AwaitDone(Start("true"));
  EXPECT_EQ(container.machine.exit_status(), kExitDisksFailed);
  EXPECT_NE(container.machine.diagnostics().find("Most of the disks failed. 1/1 local-dirs have errors"), std::string::npos);
}

TEST_P(ContainerHostTest, StoppingAnApplicationEndsAllItsContainers) {
  ContainerId a = Start("sleep 94200");
  ContainerId b = Start("sleep 94200");
  world_.Run([](ContainerHost& host, ContainerId id) -> Task<bool> {
    co_await host.StopApplication(id.attempt.application, kExitKilledAfterAppCompletion, "over");
    co_await host.RemoveApplication("root", id.attempt.application);
    co_return true;
  }(*host_, a));
  EXPECT_TRUE(host_->Find(a)->machine.done());
  EXPECT_EQ(host_->Find(b)->machine.exit_status(), kExitKilledAfterAppCompletion);
  EXPECT_FALSE(world_.disk().Exists(NodeDirs::AppDir(config_.local_dirs[0], "root", a.attempt.application.ToString())));
}

INSTANTIATE_TEST_SUITE_P(Limits, ContainerHostTest, ::testing::Values(true, false),
                         [](const auto& i) { return i.param ? "ControlGroups" : "ProcessGroups"; });

}  // namespace
}  // namespace tusk::yarn
