// Jobs in containers: a resource manager and node managers in this process, the app master and the tasks in processes
// of their own. Output must be the same whatever fails, and a failed attempt's never seen.
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "mapreduce/testing/mini_yarn.h"

namespace tusk::mapreduce {
namespace {

class YarnJobsTest : public testing::Test {
 protected:
  void SetUp() override {
    MiniYarnOptions options;
    options.folder = world_.folder();
    options.nodes = 2;
    Result<std::unique_ptr<MiniYarn>> yarn = MiniYarn::Start(options);
    ASSERT_OK(yarn);
    yarn_ = std::move(yarn).value();
    ASSERT_OK(world_.disk().MakeDirs(In(), 0755));
    for (int file = 0; file < 3; ++file) {
      std::string text;
      for (int i = 0; i < 2000; ++i) {
        std::string word = "word" + std::to_string((i * 7919 + file) % 500);
        ++expected_[word];
        text += word + (i % 10 == 9 ? "\n" : " ");
      }
      ASSERT_OK(world_.disk().WriteFileAtomic(In() + "/file" + std::to_string(file), AsBytes(text)));
    }
  }

  std::string In() const { return world_.folder() + "/in"; }
  std::string Out() const { return world_.folder() + "/out"; }

  // Exit code of the program; what it printed is in console_.
  int RunJob(const std::string& settings) {
    std::string log = world_.folder() + "/console";
    std::string command = "HADOOP_CONF_DIR=" + yarn_->conf_folder() + " timeout 100 " + TEST_PROGRAM + " -Dmapreduce.job.reduces=2 " + settings +
                          " " + In() + " " + Out() + " >" + log + " 2>&1";
    int status = std::system(command.c_str());
    std::ifstream in(log);
    std::stringstream text;
    text << in.rdbuf();
    console_ = text.str();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void ExpectWholeOutput() {
    std::map<std::string, int> got;
    for (const char* part : {"part-r-00000", "part-r-00001"}) {
      std::ifstream in(Out() + "/" + part);
      std::string word;
      int count = 0;
      while (in >> word >> count) {
        EXPECT_FALSE(got.contains(word)) << word << " twice";
        got[word] = count;
      }
    }
    EXPECT_TRUE(got == expected_) << got.size() << " words\n" << console_;
    EXPECT_TRUE(world_.disk().Exists(Out() + "/_SUCCESS"));
    EXPECT_FALSE(world_.disk().Exists(Out() + "/_temporary"));
  }
  bool Printed(const std::string& text) const { return console_.find(text) != std::string::npos; }

  RealWorld world_;
  std::unique_ptr<MiniYarn> yarn_;
  std::map<std::string, int> expected_;
  std::string console_;
};

TEST_F(YarnJobsTest, WordsAreCounted) {
  EXPECT_EQ(RunJob(""), 0) << console_;
  ExpectWholeOutput();
  EXPECT_TRUE(Printed("map 100% reduce 100%"));
  EXPECT_TRUE(Printed("completed successfully"));
  EXPECT_TRUE(Printed("Map input records=600"));
  EXPECT_TRUE(Printed("Launched map tasks=3"));
  ASSERT_OK_AND_ASSIGN(auto left, world_.disk().List(world_.folder() + "/staging/root/.staging"));
  EXPECT_TRUE(left.empty()) << left[0];
}

TEST_F(YarnJobsTest, AMapThatThrowsIsTriedAgain) {
  EXPECT_EQ(RunJob("-Dtest.map.failures=2 -Dtest.combine=false"), 0) << console_;
  ExpectWholeOutput();
  EXPECT_TRUE(Printed("Failed map tasks=2")) << console_;
  EXPECT_TRUE(Printed("Launched map tasks=5"));
}

TEST_F(YarnJobsTest, AReduceThatCrashesAfterWritingLeavesNothing) {
  EXPECT_EQ(RunJob("-Dtest.reduce.failures=1 -Dtest.failure=crash"), 0) << console_;
  ExpectWholeOutput();
  EXPECT_TRUE(Printed("Failed reduce tasks=1")) << console_;
}

TEST_F(YarnJobsTest, AMapThatCallsFailIsTriedAgain) {
  EXPECT_EQ(RunJob("-Dtest.map.failures=1 -Dtest.failure=fail"), 0) << console_;
  ExpectWholeOutput();
}

TEST_F(YarnJobsTest, FourFailuresFailTheJobWithItsError) {
  EXPECT_EQ(RunJob("-Dtest.map.failures=4"), 1);
  EXPECT_TRUE(Printed("failed with state FAILED due to: Task failed task_")) << console_;
  EXPECT_TRUE(Printed("thrown on purpose")) << console_;
  EXPECT_FALSE(world_.disk().Exists(Out() + "/_SUCCESS"));
  EXPECT_FALSE(world_.disk().Exists(Out() + "/part-r-00000"));
}

TEST_F(YarnJobsTest, ANodeThatDiesWhileReducesRunCostsItsWorkOnly) {
  std::thread killer([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    yarn_->StopNode(1);
  });
  int code = RunJob("-Dtest.reduce.sleep.ms=4000");
  killer.join();
  EXPECT_EQ(code, 0) << console_;
  ExpectWholeOutput();
}

}  // namespace
}  // namespace tusk::mapreduce
