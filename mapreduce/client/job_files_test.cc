// Split files against Hadoop's bytes.
#include "mapreduce/client/job_files.h"

#include <fstream>
#include <sstream>

#include "base/testing/matchers.h"

namespace tusk::mapreduce {
namespace {

std::string Golden(const std::string& name) {
  std::ifstream in(std::string(TUSK_GOLDEN_DIR) + "/mapreduce/" + name, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

TEST(JobFilesTest, SplitsAreReadAndWrittenAsHadoopDoes) {
  std::string split = Golden("job.split"), meta = Golden("job.splitmetainfo");
  ASSERT_OK_AND_ASSIGN(auto splits, DecodeSplits(AsBytes(split), AsBytes(meta)));
  ASSERT_EQ(splits.size(), 2u);
  EXPECT_EQ(splits[0].path, "hdfs://127.0.0.1:18020/probe-yarn/in/a.txt");
  EXPECT_EQ(splits[0].length, 472u);
  EXPECT_EQ(splits[1].hosts, std::vector<std::string>{"localhost"});
  SplitFiles written = EncodeSplits(splits);
  EXPECT_EQ(written.split, split);
  EXPECT_EQ(written.meta, meta);
  for (size_t size = 0; size < split.size(); ++size) EXPECT_FALSE(DecodeSplits(AsBytes(split).first(size), AsBytes(meta)).ok());
  for (size_t size = 0; size < meta.size(); ++size) EXPECT_FALSE(DecodeSplits(AsBytes(split), AsBytes(meta).first(size)).ok());
}

TEST(JobFilesTest, ArgumentsSurviveAnything) {
  std::vector<std::string> arguments = {"", "a,b", "100%", "${x}", "line\nend", "\xc3\xa9", "plain"};
  ASSERT_OK_AND_ASSIGN(auto back, DecodeArguments(EncodeArguments(arguments)));
  EXPECT_EQ(back, arguments);
  EXPECT_FALSE(DecodeArguments("%4").ok());
}

}  // namespace
}  // namespace tusk::mapreduce
