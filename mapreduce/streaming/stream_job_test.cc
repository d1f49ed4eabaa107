// Whole streaming jobs by the local runner, from the command line to the files.
#include "mapreduce/streaming/stream_job.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "mapreduce/streaming/stream_options.h"

namespace tusk::mapreduce {
namespace {

class StreamJobTest : public ::testing::Test {
 protected:
  StreamJobTest() {
    ::setenv("HADOOP_CONF_DIR", "", 1);
    std::filesystem::create_directory(Path("in"));
    Write("in/a", "the cat\nthe dog\n");
    Write("in/b", "a cat\n");
  }
  std::string Path(const std::string& name) const { return world_.folder() + "/" + name; }
  void Write(const std::string& name, const std::string& text) { std::ofstream(Path(name)) << text; }
  std::string Read(const std::string& name) {
    Result<std::string> text = world_.disk().ReadFile(Path(name));
    return text.ok() ? *text : text.status().ToString();
  }
  int Run(std::vector<std::string> options, std::vector<std::string> generic = {}) {
    generic.push_back("-Dmapreduce.cluster.local.dir=" + Path("local"));
    for (const std::string& word : {std::string("-input"), Path("in"), std::string("-output"), Path("out")}) generic.push_back(word);
    generic.insert(generic.end(), options.begin(), options.end());
    return RunStreaming(generic, {});
  }

  RealWorld world_;
};

TEST_F(StreamJobTest, ScriptsThatAreShippedCountWords) {
  Write("map.sh", "#!/bin/sh\ntr ' ' '\\n' | sed 's/$/\\t1/'\n");
  Write("reduce.py",
        "import sys\nfrom itertools import groupby\nrows = (line.rstrip('\\n').split('\\t') for line in sys.stdin)\n"
        "for word, group in groupby(rows, lambda row: row[0]): print(word, sum(int(row[1]) for row in group), sep='\\t')\n");
  EXPECT_EQ(Run({"-mapper", "map.sh", "-reducer", "python3 reduce.py", "-combiner", "python3 reduce.py", "-file", Path("map.sh"), Path("reduce.py")}), 0);
  EXPECT_EQ(Read("out/part-00000"), "a\t1\ncat\t2\ndog\t1\nthe\t2\n");
  EXPECT_TRUE(world_.disk().Exists(Path("out/_SUCCESS")));
}

TEST_F(StreamJobTest, WithoutReducesWhatMapsPrintIsTheOutput) {
  EXPECT_EQ(Run({"-mapper", "cat", "-reducer", "NONE"}), 0);
  EXPECT_EQ(Read("out/part-00000") + Read("out/part-00001"), "the cat\t\nthe dog\t\na cat\t\n");
}

TEST_F(StreamJobTest, FieldsOfKeysDecidePartitionAndOrder) {
  Write("in/a", "1.b.10\n1.a.9\n2.c.3\n");
  Write("in/b", "1.c.100\n2.d.1\n");
  EXPECT_EQ(Run({"-mapper", "cat", "-reducer", "cat", "-numReduceTasks", "2", "-partitioner", "org.apache.hadoop.mapred.lib.KeyFieldBasedPartitioner"},
                {"-Dstream.map.output.field.separator=.", "-Dstream.num.map.output.key.fields=3", "-Dmapreduce.map.output.key.field.separator=.",
                 "-Dmapreduce.partition.keypartitioner.options=-k1,1", "-Dmapreduce.partition.keycomparator.options=-k3,3nr",
                 "-Dmapreduce.job.output.key.comparator.class=org.apache.hadoop.mapreduce.lib.partition.KeyFieldBasedComparator"}),
            0);
  EXPECT_EQ(Read("out/part-00000"), "2.c.3\t\n2.d.1\t\n");
  EXPECT_EQ(Read("out/part-00001"), "1.c.100\t\n1.b.10\t\n1.a.9\t\n");
}

TEST_F(StreamJobTest, ProgramsSeeTheConfigurationAsVariables) {
  Write("map.sh", "#!/bin/sh\ncat >/dev/null\necho \"$mapreduce_task_ismap $my_own_key $GIVEN $(basename $map_input_file) $mapreduce_map_input_length $mapred_reduce_tasks\"\n");
  EXPECT_EQ(Run({"-mapper", "map.sh", "-reducer", "NONE", "-cmdenv", "GIVEN=yes", "-file", Path("map.sh")}, {"-Dmy.own-key=value"}), 0);
  EXPECT_EQ(Read("out/part-00000"), "true value yes a 16 0\t\n");
}

TEST_F(StreamJobTest, AFailingProgramFailsTheJobUnlessItsCodeDoesNotMatter) {
  EXPECT_EQ(Run({"-mapper", "sh -c 'cat; exit 5'", "-reducer", "NONE"}), 1);
  EXPECT_FALSE(world_.disk().Exists(Path("out/_SUCCESS")));
  std::filesystem::remove_all(Path("out"));
  EXPECT_EQ(Run({"-mapper", "sh -c 'cat; exit 5'", "-reducer", "NONE"}, {"-Dstream.non.zero.exit.is.failure=false"}), 0);
  EXPECT_EQ(Read("out/part-00001"), "a cat\t\n");
}

TEST_F(StreamJobTest, LazyOutputLeavesNoEmptyFiles) {
  EXPECT_EQ(Run({"-mapper", "grep -e dog -e never", "-reducer", "cat", "-numReduceTasks", "3", "-lazyOutput"}, {"-Dstream.non.zero.exit.is.failure=false"}), 0);
  int files = 0;
  for (int i = 0; i < 3; ++i) files += world_.disk().Exists(Path("out/part-0000" + std::to_string(i))) ? 1 : 0;
  EXPECT_EQ(files, 1);
}

TEST_F(StreamJobTest, AggregateSumsByTheKeysOwnWord) {
  EXPECT_EQ(Run({"-mapper", "sed 's/.*/LongValueSum:lines\\t1/'", "-reducer", "aggregate"}), 0);
  EXPECT_EQ(Read("out/part-00000"), "lines\t3\n");
}

TEST_F(StreamJobTest, IdentityNeedsTypesThatFit) {
  EXPECT_EQ(Run({"-inputformat", "KeyValueTextInputFormat", "-mapper", "org.apache.hadoop.mapred.lib.IdentityMapper", "-reducer", "org.apache.hadoop.mapred.lib.IdentityReducer"}), 0);
  EXPECT_EQ(Read("out/part-00000"), "a cat\t\nthe cat\t\nthe dog\t\n");
  std::filesystem::remove_all(Path("out"));
  EXPECT_EQ(Run({"-reducer", "cat"}), 3);  // offsets are no texts
}

TEST_F(StreamJobTest, MistakesHaveHadoopsCodes) {
  EXPECT_EQ(Run({"-mapper", "cat", "-bogus"}), 1);
  EXPECT_EQ(Run({"-mapper", "cat", "-inputformat", "com.example.Mine"}), 1);
  EXPECT_EQ(Run({"-mapper", "cat", "-file", Path("missing.py")}), 1);
  EXPECT_EQ(RunStreaming({"-input", Path("absent"), "-output", Path("out"), "-mapper", "cat"}, {}), 5);
  std::filesystem::create_directory(Path("out"));
  EXPECT_EQ(Run({"-mapper", "cat"}), 4);
  EXPECT_STATUS(Code::kInvalidArgument, ParseStreamOptions({"-output", "x"}));
  EXPECT_EQ(ParseStreamOptions({"-input", "x"}).status().message(), "Required argument: -output ");
  EXPECT_EQ(ParseStreamOptions({"-input", "x", "-output", "y", "z"}).status().message(), "Found 1 unexpected arguments on the command line [z]");
}

}  // namespace
}  // namespace tusk::mapreduce
