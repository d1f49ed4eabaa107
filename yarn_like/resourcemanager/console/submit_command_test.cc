// Goal: what the page's form says becomes exactly one of tusk's own commands, and nothing that leads out of the cluster or
// could be taken for an option gets through. Method: bodies as the page sends them.
#include "yarn_like/resourcemanager/console/submit_command.h"

#include <gtest/gtest.h>

#include "base/testing/matchers.h"

namespace tusk::yarn {
namespace {

SubmitContext Cluster() { return {"hdfs://namenode:9000", {{"logistic", "two classes"}}, {{"Q4_K_M", "4 bits"}}}; }

Result<SubmitCommand> Make(const std::string& json) {
  auto body = web::JsonBody::Parse(json);
  EXPECT_TRUE(body.ok()) << json;
  return MakeSubmitCommand(*body, Cluster());
}

std::string Line(const std::string& json) {
  auto command = Make(json);
  return command.ok() ? command->Line() : std::string(command.status().message());
}

void ExpectRefused(const std::string& json, const std::string& part) {
  auto command = Make(json);
  ASSERT_FALSE(command.ok()) << command->Line();
  EXPECT_EQ(command.code(), Code::kInvalidArgument);
  EXPECT_NE(command.status().message().find(part), std::string::npos) << command.status().message();
}

TEST(SubmitCommandTest, WordCountWithWholePaths) {
  EXPECT_EQ(Line(R"({"kind":"program","fields":{"program":"wordcount","input":["/in","hdfs://namenode:9000/more"],"output":"/out",
                     "reducers":2,"properties":{"mapreduce.map.memory.mb":"512"}}})"),
            "tusk examples wordcount -D mapreduce.job.reduces=2 -D mapreduce.map.memory.mb=512 hdfs://namenode:9000/in "
            "hdfs://namenode:9000/more hdfs://namenode:9000/out");
}

TEST(SubmitCommandTest, EachProgramHasItsWords) {
  EXPECT_EQ(Line(R"({"kind":"program","fields":{"program":"pi","maps":4,"samples":1000}})"), "tusk examples pi 4 1000");
  EXPECT_EQ(Line(R"({"kind":"program","fields":{"program":"teragen","rows":10,"output":"/t"}})"),
            "tusk examples teragen 10 hdfs://namenode:9000/t");
  EXPECT_EQ(Line(R"({"kind":"program","fields":{"program":"grep","input":["/a"],"output":"/b","regex":"dfs[a-z.]+"}})"),
            "tusk examples grep hdfs://namenode:9000/a hdfs://namenode:9000/b 'dfs[a-z.]+'");
}

TEST(SubmitCommandTest, StreamingQuotesForAShellButRunsOneWord) {
  auto command = Make(R"({"kind":"streaming","fields":{"input":["/in"],"output":"/out","mapper":"awk '{print $1}'","reducer":"NONE",
                          "files":["/tools/m.py"]}})");
  ASSERT_OK(command.status());
  EXPECT_EQ(command->argv, (std::vector<std::string>{"tusk", "streaming", "-files", "hdfs://namenode:9000/tools/m.py", "-input",
                                                     "hdfs://namenode:9000/in", "-output", "hdfs://namenode:9000/out", "-mapper",
                                                     "awk '{print $1}'", "-reducer", "NONE"}));
  EXPECT_NE(command->Line().find(R"('awk '\''{print $1}'\''')"), std::string::npos) << command->Line();
}

TEST(SubmitCommandTest, TrainingAndQuantizing) {
  EXPECT_EQ(Line(R"({"kind":"ml","fields":{"algorithm":"logistic","input":["/d.csv"],"output":"/m","workers":2,"settings":{"epochs":"5"}}})"),
            "tusk ml train -a logistic --input=hdfs://namenode:9000/d.csv --output=hdfs://namenode:9000/m --cluster --workers=2 --epochs=5");
  EXPECT_EQ(Line(R"({"kind":"quant","fields":{"input":"/m.gguf","output":"/q.gguf","type":"Q4_K_M","workers":3,"pure":true}})"),
            "tusk quant hdfs://namenode:9000/m.gguf hdfs://namenode:9000/q.gguf --type=Q4_K_M --pure --cluster --workers=3");
}

TEST(SubmitCommandTest, PathsStayOnTheClustersFilesystem) {
  const auto path = [](const std::string& input) {
    return R"({"kind":"program","fields":{"program":"wordcount","input":[")" + input + R"("],"output":"/out"}})";
  };
  for (const char* bad : {"file:///etc/passwd", "etc/passwd", "-D", "hdfs://other:9000/a", "/a/../b", "s3a://x/y", "http://x/y", "",
                          "/a\\nb", "hdfs://namenode:9000"}) {
    ExpectRefused(path(bad), "input: ");
  }
}

TEST(SubmitCommandTest, NoWordIsTakenForAnOption) {
  ExpectRefused(R"({"kind":"program","fields":{"program":"grep","input":["/a"],"output":"/b","regex":"-Dx=y"}})", "regex: begins with '-'");
  ExpectRefused(R"({"kind":"streaming","fields":{"input":["/in"],"output":"/out","mapper":"-background"}})", "mapper: begins with");
  ExpectRefused(R"({"kind":"ml","fields":{"algorithm":"--config","input":["/a"],"output":"/b"}})", "algorithm: ");
}

TEST(SubmitCommandTest, SettingsThatLeadElsewhereAreRefused) {
  for (const char* name : {"fs.defaultFS", "mapreduce.framework.name", "yarn.resourcemanager.address", "hadoop.tmp.dir",
                           "mapreduce.job.user.name", "mapreduce.input.fileinputformat.inputdir", "mapreduce.job.cache.files",
                           "mapreduce.job.jar", "mapreduce.job.end-notification.url", "mapreduce.job.credentials.binary", "a b"}) {
    ExpectRefused(R"({"kind":"program","fields":{"program":"pi","maps":1,"samples":1,"properties":{")" + std::string(name) + R"(":"x"}}})",
                  "properties.");
  }
  ExpectRefused(R"({"kind":"program","fields":{"program":"pi","maps":1,"samples":1,"properties":{"mapreduce.map.env":"A=${user.home}"}}})",
                "refused");
  for (const char* name : {"config", "input", "models", "fitness", "checkpoint_dir", "checkpoint-dir", "labels", "output_model"}) {
    ExpectRefused(R"({"kind":"ml","fields":{"algorithm":"logistic","input":["/a"],"output":"/b","settings":{")" + std::string(name) + R"(":"x"}}})",
                  "settings.");
  }
}

TEST(SubmitCommandTest, ProgramsAndFieldsComeFromAFixedTable) {
  ExpectRefused(R"({"kind":"program","fields":{"program":"sh","input":["/a"],"output":"/b"}})", "program: ");
  ExpectRefused(R"({"kind":"shell","fields":{}})", "kind: ");
  ExpectRefused(R"({"kind":"program","fields":{"program":"pi","maps":1,"samples":1,"jar":"x"}})", "jar");
  ExpectRefused(R"({"kind":"program","fields":{"program":"pi","maps":0,"samples":1}})", "maps");
  ExpectRefused(R"({"kind":"program","fields":{"program":"wordcount","output":"/out"}})", "input: is missing");
}

TEST(SubmitCommandTest, WithoutADfsNothingIsSubmitted) {
  auto body = web::JsonBody::Parse(R"({"kind":"program","fields":{"program":"wordcount","input":["/a"],"output":"/b"}})");
  ASSERT_OK(body.status());
  EXPECT_EQ(MakeSubmitCommand(*body, {"file:///", {}, {}}).code(), Code::kInvalidArgument);
}

TEST(SubmitCommandTest, ShellQuoting) {
  EXPECT_EQ(ShellQuoted("plain-word_1.txt"), "plain-word_1.txt");
  EXPECT_EQ(ShellQuoted("a b"), "'a b'");
  EXPECT_EQ(ShellQuoted("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellQuoted("$(rm)"), "'$(rm)'");
}

}  // namespace
}  // namespace tusk::yarn
