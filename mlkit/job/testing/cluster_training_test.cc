// Trainings in containers: a resource manager and node managers in this process, master and workers in processes of their own.
// The model's bytes are the local run's, whatever is killed; checkpoints are gone on from, bad ones refused.
#include <poll.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "mapreduce/testing/mini_yarn.h"

namespace tusk::ml {
namespace {

class ClusterTrainingTest : public testing::Test {
 protected:
  void SetUp() override {
    mapreduce::MiniYarnOptions options;
    options.folder = world_.folder();
    options.nodes = 2;
    options.extra.Set("yarn.resourcemanager.am.max-attempts", "5");
    Settings(options.extra);
    auto yarn = mapreduce::MiniYarn::Start(options);
    ASSERT_OK(yarn);
    yarn_ = std::move(yarn).value();
  }

  virtual void Settings(Configuration&) {}

  // Exit code of the program; what it printed is in console_.
  int Train(const std::string& arguments) { return Run(TRAIN_PROGRAM, arguments); }
  int Run(const std::string& program, const std::string& arguments) {
    const std::string log = world_.folder() + "/console";
    const std::string command =
        "HADOOP_CONF_DIR=" + yarn_->conf_folder() + " timeout 100 " + program + " " + arguments + " >" + log + " 2>&1";
    const int status = std::system(command.c_str());
    console_ = Text(log);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  static std::string Text(const std::string& path) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  std::string Path(const std::string& name) const { return world_.folder() + "/" + name; }
  bool Printed(const std::string& text) const { return console_.find(text) != std::string::npos; }

  // What the master of the last job left.
  std::string History() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(Path("staging/history"))) {
      if (entry.path().string().ends_with(".training.json")) return Text(entry.path());
    }
    return "";
  }

  // A process of a container of this role, of this test's cluster; 0 if there is none.
  pid_t FindProcess(const std::string& role) const {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const int pid = std::atoi(entry.path().filename().c_str());
      if (pid <= 0) continue;
      const std::string command = Text(entry.path() / "cmdline");
      std::error_code error;
      const std::string folder = std::filesystem::read_symlink(entry.path() / "cwd", error).string();
      const bool program = command.find("job.exe") != std::string::npos && command.find("bash") == std::string::npos;
      if (!error && program && command.find("--tusk-mr-role=ml-" + role) != std::string::npos && folder.starts_with(world_.folder())) return pid;
    }
    return 0;
  }

  // The last step that the client has printed.
  int LastStep() const {
    const std::string text = Text(Path("console"));
    const size_t at = text.rfind("\nstep ");
    return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + 6);
  }
  // Kills one process of the role while all ranks wait at step `gate`, then lets them go on.
  void KillAt(int gate, const std::string& role) {
    for (int tries = 0; tries < 1200 && LastStep() < gate - 1; ++tries) Pause();
    EXPECT_EQ(LastStep(), gate - 1);
    const pid_t pid = FindProcess(role);
    EXPECT_NE(pid, 0) << "no " << role;
    if (pid != 0) ::kill(pid, SIGKILL);
    std::ofstream(Path("gate." + std::to_string(gate))) << "open";
  }
  static void Pause() { ::poll(nullptr, 0, 50); }

  RealWorld world_;
  std::unique_ptr<mapreduce::MiniYarn> yarn_;
  std::string console_;
};

TEST_F(ClusterTrainingTest, TheModelIsTheLocalRunsWhoeverIsKilled) {
  const std::string work = " rows=30000 columns=20 shards=31 steps=120 ";
  ASSERT_EQ(Train("local" + work + "output=" + Path("local")), 0) << console_;
  int exit_code = -1;
  std::thread training([&] { exit_code = Train("cluster" + work + "workers=3 gate=" + Path("gate") + " output=" + Path("killed")); });
  KillAt(30, "worker");
  KillAt(60, "master");
  KillAt(90, "worker");
  training.join();
  EXPECT_EQ(exit_code, 0) << console_;
  EXPECT_TRUE(Printed("lost: its process has ended")) << console_;
  EXPECT_TRUE(Printed("master 2 takes over")) << console_;
  EXPECT_TRUE(Text(Path("killed")) == Text(Path("local")));
  EXPECT_FALSE(Text(Path("local")).empty());
  const std::string history = History();
  EXPECT_NE(history.find("\"state\":\"SUCCEEDED\""), std::string::npos) << history.substr(0, 2000);
  EXPECT_NE(history.find("\"step\":120"), std::string::npos);
}

TEST_F(ClusterTrainingTest, CheckpointsAreGoneOnFromAndBadOnesRefused) {
  const std::string work = " workers=2 steps=20 every=5 checkpoint=" + Path("checkpoints") + " ";
  ASSERT_EQ(Train("cluster" + work + "output=" + Path("first")), 0) << console_;
  EXPECT_TRUE(Printed("checkpoint file:" + Path("checkpoints") + "/step-000000000015")) << console_;
  EXPECT_EQ(Train("cluster" + work + "output=" + Path("second")), 1);
  EXPECT_TRUE(Printed("holds checkpoints of an earlier training")) << console_;

  ASSERT_EQ(Train("cluster" + work + "resume=1 output=" + Path("second")), 0) << console_;
  EXPECT_TRUE(Printed("goes on from checkpoint " + Path("checkpoints") + "/step-000000000015")) << console_;
  EXPECT_FALSE(Printed("\nstep 15 ")) << console_;
  EXPECT_TRUE(Text(Path("second")) == Text(Path("first")));

  const std::string piece = Path("checkpoints") + "/step-000000000015/piece-0";
  std::filesystem::resize_file(piece, std::filesystem::file_size(piece) / 2);
  ASSERT_EQ(Train("cluster" + work + "resume=1 output=" + Path("third")), 0) << console_;
  EXPECT_TRUE(Printed("step-000000000015 is refused")) << console_;
  EXPECT_TRUE(Printed("goes on from checkpoint " + Path("checkpoints") + "/step-000000000010")) << console_;
  EXPECT_TRUE(Text(Path("third")) == Text(Path("first")));

  EXPECT_EQ(Train("cluster" + work + "steps=21 resume=1 output=" + Path("fourth")), 1);
  EXPECT_TRUE(Printed("is of another training: its steps is 20, not 21")) << console_;
}

TEST_F(ClusterTrainingTest, AProgramOfAUsersOwnIsDistributedAsItIs) {
  std::string rows = "a,b,label\n";
  for (int i = 0; i < 500; ++i) {
    const double a = (i * 37 % 101) / 50.0 - 1, b = (i * 53 % 97) / 48.0 - 1;
    rows += std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(1 + 2 * a - 3 * b) + "\n";
  }
  ASSERT_OK(world_.disk().WriteFileAtomic(Path("rows.csv"), AsBytes(rows)));
  const std::string work = "-i " + Path("rows.csv") + " steps=50 -o ";
  ASSERT_EQ(Run(OWN_PROGRAM, work + Path("here")), 0) << console_;
  ASSERT_EQ(Run(OWN_PROGRAM, work + Path("there") + " --cluster --workers 2 --memory 256"), 0) << console_;
  EXPECT_TRUE(Text(Path("here")) == Text(Path("there")));
  EXPECT_EQ(Run(OWN_PROGRAM, work + Path("never") + " --cluster setps=3"), 1);
  EXPECT_TRUE(Printed("setps")) << console_;
  const std::string endless = std::string(OWN_PROGRAM) + " -i " + Path("rows.csv") + " steps=1000000 -o " + Path("never");
  EXPECT_EQ(Run("timeout --preserve-status -s INT 2", endless), 130) << console_;   // Ctrl-C
}

TEST_F(ClusterTrainingTest, GangsThatDoNotFitTogetherRunOneAfterTheOther) {
  // One worker of this size fits on a node beside a master; each job wants both nodes.
  const auto run = [&](const std::string& name, int& exit_code) {
    const std::string command = "HADOOP_CONF_DIR=" + yarn_->conf_folder() + " timeout 100 " + TRAIN_PROGRAM +
                                " cluster workers=2 memory=2500 hold=1 gather=80 steps=2000 output=" + Path(name) + " >" + Path(name + ".console") + " 2>&1";
    const int status = std::system(command.c_str());
    exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  int exit_codes[3] = {-1, -1, -1};
  std::vector<std::thread> jobs;
  for (int job = 0; job < 3; ++job) jobs.emplace_back(run, "gang" + std::to_string(job), std::ref(exit_codes[job]));
  for (std::thread& job : jobs) job.join();
  for (int job = 0; job < 3; ++job) {
    EXPECT_EQ(exit_codes[job], 0) << Text(Path("gang" + std::to_string(job) + ".console"));
    EXPECT_TRUE(Text(Path("gang" + std::to_string(job))) == Text(Path("gang0")));
  }
}

TEST_F(ClusterTrainingTest, WorkersThatCannotBeHadAreAClearError) {
  EXPECT_EQ(Train("cluster workers=40 gather=2 output=" + Path("never")), 1);
  EXPECT_TRUE(Printed("0 of 40 workers after 2 s; a worker needs 256 MB, 1 cores; ")) << console_;
  EXPECT_TRUE(Printed(" were granted at once")) << console_;
  EXPECT_EQ(Train("cluster workers=40 gather=4 hold=1 output=" + Path("never")), 1);
  EXPECT_TRUE(Printed(" of 40 workers could be had; they are given back for others to use and asked for again in 1 s (a worker needs 256 MB, 1 cores; ")) << console_;
  EXPECT_EQ(Train("cluster workers=2 memory=100000 output=" + Path("never")), 1);
  EXPECT_TRUE(Printed("Invalid resource request")) << console_;
}

class GpuTrainingTest : public ClusterTrainingTest {
 protected:
  void Settings(Configuration& conf) override {
    conf.Set("yarn.resource-types", "yarn.io/gpu");
    conf.Set("yarn.nodemanager.resource-plugins", "yarn.io/gpu");
    conf.Set("tusk.nodemanager.gpu.fake-devices", "0:250,1:251");
  }
};

TEST_F(GpuTrainingTest, EachWorkerHasAGpuOfItsOwnAndSaysWhereItComputes) {
  ASSERT_EQ(Train("cluster workers=4 gpus=1 steps=3 output=" + Path("model")), 0) << console_;
  for (const char* device : {" has GPU 0; it computes on the CPU: ", " has GPU 1; it computes on the CPU: "}) {
    const size_t first = console_.find(device);
    ASSERT_NE(first, std::string::npos) << console_;
    EXPECT_NE(console_.find(device, first + 1), std::string::npos) << console_;   // on the other node
  }
  EXPECT_EQ(Train("cluster workers=5 gpus=1 gather=2 output=" + Path("never")), 1);
  EXPECT_TRUE(Printed("a worker needs 256 MB, 1 cores, 1 GPUs; ")) << console_;
  EXPECT_TRUE(Printed("4 were granted at once")) << console_;
}

}  // namespace
}  // namespace tusk::ml
