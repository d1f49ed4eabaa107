// Goal: files and values are read as Hadoop reads them, and what is wrong is named with its place.
#include "base/config/configuration.h"

#include "base/testing/matchers.h"

namespace tusk {
namespace {

Configuration Loaded(std::string_view body) {
  Configuration conf([](std::string_view name) -> std::optional<std::string> {
    if (name == "user.name") return "alice";
    return std::nullopt;
  });
  Status loaded = conf.LoadXml("<?xml version=\"1.0\"?><configuration>" + std::string(body) + "</configuration>", "a-site.xml");
  TUSK_CHECK(loaded.ok()) << loaded.ToString();
  return conf;
}
std::string Property(std::string_view key, std::string_view value, std::string_view extra = "") {
  return "<property><name>" + std::string(key) + "</name><value>" + std::string(value) + "</value>" + std::string(extra) +
         "</property>";
}

TEST(ConfigurationTest, LaterResourcesOverrideUnlessFinal) {
  Configuration conf = Loaded(Property("a", "1") + Property("b", "1", "<final>true</final>"));
  ASSERT_OK(conf.LoadXml("<configuration>" + Property("a", "2") + Property("b", "2") + "</configuration>", "b-site.xml"));
  EXPECT_EQ(conf.Get("a", ""), "2");
  EXPECT_EQ(conf.Get("b", ""), "1");
}

TEST(ConfigurationTest, VariablesAreSubstitutedFromSourceAndKeysAndUnknownOnesStay) {
  Configuration conf = Loaded(Property("base", "/data/${user.name}") + Property("dir", "${base}/x/${nope}") +
                              Property("loop", "${loop}"));
  EXPECT_EQ(conf.Get("dir", ""), "/data/alice/x/${nope}");
  EXPECT_EQ(conf.Get("loop", ""), "${loop}");
}

TEST(ConfigurationTest, TypedReadsKnowHadoopsSuffixes) {
  Configuration conf = Loaded(Property("size", "128m") + Property("time", "30s") + Property("bare", " 7 ") +
                              Property("hex", "0x10") + Property("float", "0.999f") + Property("on", "TRUE") +
                              Property("never", "9223372036854775807"));
  EXPECT_EQ(*conf.GetBytes("size", 0), 128 << 20);
  EXPECT_EQ(*conf.GetDuration("time", 0s, 1ms), 30s);
  EXPECT_EQ(*conf.GetDuration("bare", 0s, 1min), 7min);
  EXPECT_EQ(*conf.GetDuration("never", 0s, 1ms), Duration::max());
  EXPECT_EQ(*conf.GetInt("bare", 0), 7);
  EXPECT_EQ(*conf.GetInt("hex", 0), 16);
  EXPECT_EQ(*conf.GetInt("absent", 5), 5);
  EXPECT_DOUBLE_EQ(*conf.GetDouble("float", 0), 0.999);
  EXPECT_TRUE(*conf.GetBool("on", false));
}

TEST(ConfigurationTest, TextThatIsNotTheTypeNamesKeyAndValue) {
  Configuration conf = Loaded(Property("dfs.replication", "three"));
  auto number = conf.GetInt("dfs.replication", 3);
  EXPECT_STATUS(Code::kInvalidArgument, number);
  EXPECT_EQ(number.status().message(), "dfs.replication: \"three\" is not an integer");
  EXPECT_STATUS(Code::kInvalidArgument, conf.GetBytes("dfs.replication", 3));
  EXPECT_STATUS(Code::kInvalidArgument, conf.GetBool("dfs.replication", true));
}

TEST(ConfigurationTest, OldNamesOfKeysMeanTheNewOnes) {
  Configuration conf = Loaded(Property("fs.default.name", "hdfs://nn:1"));
  EXPECT_EQ(conf.Get("fs.defaultFS", ""), "hdfs://nn:1");
  EXPECT_EQ(conf.Get("fs.default.name", ""), "hdfs://nn:1");
}

TEST(ConfigurationTest, MalformedFilesNameTheLine) {
  Configuration conf;
  Status broken = conf.LoadXml("<configuration>\n<property>\n<name>a</nam>\n</configuration>", "core-site.xml");
  EXPECT_STATUS(Code::kInvalidArgument, broken);
  EXPECT_THAT(std::string(broken.message()), testing::StartsWith("core-site.xml:3: "));
  EXPECT_STATUS(Code::kInvalidArgument, conf.LoadXml("<html/>", "x"));
  EXPECT_STATUS(Code::kInvalidArgument, conf.LoadXml("", "x"));
  EXPECT_STATUS(Code::kInvalidArgument, conf.LoadXml("<configuration><property><value>1</value></property></configuration>", "x"));
}

TEST(ConfigurationTest, WhatIsWrittenReadsBackTheSame) {
  Configuration conf = Loaded(Property("a", "x &lt; &amp; y") + Property("list", " p, q ,,r "));
  Configuration again;
  ASSERT_OK(again.LoadXml(conf.ToXml(), "copy"));
  EXPECT_EQ(again.Get("a", ""), "x < & y");
  EXPECT_THAT(again.GetStrings("list"), testing::ElementsAre("p", "q", "r"));
}

}  // namespace
}  // namespace tusk
