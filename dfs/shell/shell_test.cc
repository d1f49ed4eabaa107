// What the shell prints and exits with, on local files. Method: RunFsCommand with string streams; no cluster.
#include <regex>
#include <sstream>

#include "base/env/real_env.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "dfs/shell/command.h"
#include "dfs/shell/mode.h"

namespace tusk::dfs {
namespace {

class ShellTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = BlockingFileSystems::Create(world_.clock(), *random_, world_.disk(), Configuration(), User());
    ASSERT_OK(made);
    file_systems_ = std::move(made).value();
  }
  ClientUser User() { return ClientUser{"me", world_.folder()}; }
  int Run(std::vector<std::string> args, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    ShellContext context{world_.clock(), *random_, world_.disk(), Configuration(), User(), in, out, err};
    int code = RunFsCommand(context, *file_systems_, std::move(args));
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  RealWorld world_;
  std::unique_ptr<Random> random_ = MakeSystemRandom();
  std::unique_ptr<BlockingFileSystems> file_systems_;
  std::string out_;
  std::string err_;
};

TEST_F(ShellTest, SizesForPeople) {
  EXPECT_EQ(HumanSize(0), "0");
  EXPECT_EQ(HumanSize(512), "512");
  EXPECT_EQ(HumanSize(1536), "1.5 K");
  EXPECT_EQ(HumanSize(64 << 20), "64 M");
  EXPECT_EQ(HumanSize((1 << 20) - 1), "1.0 M");
  EXPECT_EQ(HumanSize(1024), "1 K");
}

TEST_F(ShellTest, PermissionsAsLetters) {
  EXPECT_EQ(PermissionText(0755), "rwxr-xr-x");
  EXPECT_EQ(PermissionText(01777), "rwxrwxrwt");
  EXPECT_EQ(PermissionText(01666), "rw-rw-rwT");
}

TEST_F(ShellTest, ModesOfChmod) {
  auto apply = [](const char* mode, uint32_t before, bool directory = false) {
    auto change = ModeChange::Parse(mode);
    EXPECT_TRUE(change.ok()) << mode;
    return change.ok() ? change->Apply(before, directory) : 0;
  };
  EXPECT_EQ(apply("755", 0600), 0755u);
  EXPECT_EQ(apply("1777", 0600), 01777u);
  EXPECT_EQ(apply("755", 01600), 01755u);
  EXPECT_EQ(apply("u+x,go-r", 0644), 0700u);
  EXPECT_EQ(apply("a=rX", 0600), 0444u);
  EXPECT_EQ(apply("a=rX", 0700), 0555u);
  EXPECT_EQ(apply("a=rX", 0600, true), 0555u);
  EXPECT_EQ(apply("+t", 0755), 01755u);
  EXPECT_FALSE(ModeChange::Parse("99").ok());
  EXPECT_FALSE(ModeChange::Parse("u~x").ok());
  EXPECT_FALSE(ModeChange::Parse("8888").ok());
}

TEST_F(ShellTest, ListsAFolder) {
  ASSERT_EQ(Run({"-mkdir", "d"}), 0);
  ASSERT_EQ(Run({"-put", "-", "d/a"}, "hello"), 0) << err_;
  ASSERT_EQ(Run({"-ls", "d"}), 0);
  EXPECT_TRUE(std::regex_match(
      out_, std::regex("Found 1 items\n-rw-r--r--   1 \\S+ \\S+ +5 \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d d/a\n")))
      << out_;
  ASSERT_EQ(Run({"-ls", "-C", "d"}), 0);
  EXPECT_EQ(out_, "d/a\n");
}

TEST_F(ShellTest, MissingPathsAreErrors) {
  EXPECT_EQ(Run({"-ls", "/no/such"}), 1);
  EXPECT_EQ(err_, "ls: `/no/such': No such file or directory\n");
  EXPECT_EQ(Run({"-cat", "none*"}), 1);
  EXPECT_EQ(err_, "cat: `none*': No such file or directory\n");
  EXPECT_EQ(Run({"-rm", "-f", "none"}), 0);
  EXPECT_EQ(Run({"-test", "-e", "none"}), 1);
  EXPECT_EQ(err_, "");
}

TEST_F(ShellTest, WrongArgumentsShowTheUsage) {
  EXPECT_EQ(Run({"-ls", "-z"}), 255);
  EXPECT_EQ(err_.substr(0, err_.find('\n')), "-ls: Illegal option -z");
  EXPECT_NE(err_.find("Usage: hadoop fs [generic options] -ls [-C]"), std::string::npos);
  EXPECT_EQ(Run({"-cat"}), 255);
  EXPECT_EQ(err_.substr(0, err_.find('\n')), "-cat: Not enough arguments: expected 1 but got 0");
  EXPECT_EQ(Run({"-nope"}), 255);
  EXPECT_EQ(err_.substr(0, err_.find('\n')), "-nope: Unknown command");
  EXPECT_EQ(Run({"ls"}), 255);
  EXPECT_NE(err_.find("Did you mean -ls?  This command begins with a dash."), std::string::npos);
}

TEST_F(ShellTest, PutRefusesWhatExistsAndLeavesNothingBehind) {
  ASSERT_EQ(Run({"-put", "-", "a"}, "1"), 0);
  EXPECT_EQ(Run({"-put", "-", "a"}, "2"), 1);
  EXPECT_EQ(err_, "put: `a': File exists\n");
  EXPECT_EQ(Run({"-put", "-f", "-", "a"}, "2"), 0);
  ASSERT_EQ(Run({"-cat", "a"}), 0);
  EXPECT_EQ(out_, "2");
  EXPECT_FALSE(world_.disk().Exists(world_.folder() + "/a._COPYING_"));
  EXPECT_EQ(Run({"-put", "a", "no/such/folder/a"}), 1);
}

TEST_F(ShellTest, CopiesFoldersAndFindsThem) {
  ASSERT_EQ(Run({"-mkdir", "-p", "s/t"}), 0);
  ASSERT_EQ(Run({"-put", "-", "s/t/a.txt"}, "aaa"), 0);
  ASSERT_EQ(Run({"-cp", "s", "copy"}), 0) << err_;
  ASSERT_EQ(Run({"-find", "copy", "-name", "*.txt"}), 0);
  EXPECT_EQ(out_, "copy/t/a.txt\n");
  EXPECT_EQ(Run({"-cp", "s", "s/t"}), 1);
  EXPECT_NE(err_.find("is a subdirectory of itself"), std::string::npos);
  ASSERT_EQ(Run({"-count", "copy"}), 0);
  EXPECT_EQ(out_, "           2            1                  3 copy\n");
  ASSERT_EQ(Run({"-du", "copy/t"}), 0);
  EXPECT_EQ(out_, "3  3  copy/t/a.txt\n");
}

TEST_F(ShellTest, MergesAppendsAndShowsEnds) {
  ASSERT_EQ(Run({"-mkdir", "m"}), 0);
  ASSERT_EQ(Run({"-put", "-", "m/1"}, "one"), 0);
  ASSERT_EQ(Run({"-put", "-", "m/2"}, "two"), 0);
  ASSERT_EQ(Run({"-getmerge", "-nl", "m", "merged"}), 0) << err_;
  ASSERT_EQ(Run({"-cat", "merged"}), 0);
  EXPECT_EQ(out_, "one\ntwo\n");
  ASSERT_EQ(Run({"-appendToFile", "-", "m/1"}, "+"), 0) << err_;
  ASSERT_EQ(Run({"-tail", "m/1"}), 0);
  EXPECT_EQ(out_, "one+");
  ASSERT_EQ(Run({"-put", "-", "long"}, std::string(2000, 'a') + "b"), 0);
  ASSERT_EQ(Run({"-tail", "long"}), 0);
  EXPECT_EQ(out_, std::string(1023, 'a') + "b");
  ASSERT_EQ(Run({"-head", "long"}), 0);
  EXPECT_EQ(out_, std::string(1024, 'a'));
}

TEST_F(ShellTest, TextShowsSequenceFiles) {
  std::string file("SEQ\x06", 4);
  for (std::string_view type : {"org.apache.hadoop.io.Text", "org.apache.hadoop.io.IntWritable"}) {
    file += static_cast<char>(type.size());
    file += type;
  }
  file += std::string(2, '\0') + std::string(4, '\0') + std::string(16, 's');
  file += std::string("\0\0\0\x08\0\0\0\x04\x03one\0\0\0\x01", 16);
  file += std::string("\xff\xff\xff\xff", 4) + std::string(16, 's');
  file += std::string("\0\0\0\x08\0\0\0\x04\x03two\0\0\0\x02", 16);
  ASSERT_EQ(Run({"-put", "-", "seq"}, file), 0);
  ASSERT_EQ(Run({"-text", "seq"}), 0) << err_;
  EXPECT_EQ(out_, "one\t1\ntwo\t2\n");
}

TEST_F(ShellTest, StatFormats) {
  ASSERT_EQ(Run({"-put", "-", "a"}, "12345"), 0);
  ASSERT_EQ(Run({"-stat", "%F %a %A %b %n %r %", "a"}), 0);
  EXPECT_EQ(out_, "regular file 644 rw-r--r-- 5 a 1 \n");
}

}  // namespace
}  // namespace tusk::dfs
