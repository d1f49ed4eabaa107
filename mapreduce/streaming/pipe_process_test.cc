// Children that read and print in awkward orders; lines; commands; keys by field.
#include "mapreduce/streaming/pipe_process.h"

#include "base/testing/matchers.h"
#include "mapreduce/client/form_encoding.h"
#include "mapreduce/streaming/key_fields.h"
#include "mapreduce/streaming/stream_command.h"

namespace tusk::mapreduce {
namespace {

struct Child {
  std::vector<std::string> output, error;
  uint64_t bytes = 0;
  std::unique_ptr<PipeProcess> process;

  Status Start(const std::string& script) {
    PipeProcess::Readers readers;
    readers.output = [this](std::string_view line) {
      bytes += line.size() + 1;
      if (output.size() < 100) output.emplace_back(line);
      return Status::Ok();
    };
    readers.error = [this](std::string_view line) {
      error.emplace_back(line);
      return Status::Ok();
    };
    PipeRequest request{{"sh", "-c", script}, {"PATH=/usr/bin:/bin", "WHAT=thing"}, "/"};
    ASSIGN_OR_RETURN(process, PipeProcess::Start(request, std::move(readers)));
    return Status::Ok();
  }
};

TEST(PipeProcessTest, EchoesMoreThanPipesHold) {
  Child child;
  ASSERT_OK(child.Start("cat"));
  std::string line(99, 'x');
  for (int i = 0; i < 100'000; ++i) ASSERT_OK(child.process->Write(line + "\n"));
  ASSERT_OK_AND_ASSIGN(int code, child.process->Finish());
  EXPECT_EQ(code, 0);
  EXPECT_EQ(child.bytes, 10'000'000u);
}

TEST(PipeProcessTest, PrintsMuchBeforeItReads) {
  Child child;
  ASSERT_OK(child.Start("head -c 3000000 /dev/zero | tr '\\0' 'y' | fold -w 99; head -c 1000000 /dev/zero | tr '\\0' 'e' | fold -w 99 >&2; cat >/dev/null; echo end"));
  for (int i = 0; i < 10'000; ++i) ASSERT_OK(child.process->Write(std::string(100, 'x')));
  ASSERT_OK(child.process->Finish());
  EXPECT_GT(child.bytes, 3'000'000u);
  EXPECT_GT(child.error.size(), 10'000u);
}

TEST(PipeProcessTest, ExitCodesAndSignalsAreTold) {
  Child failing, killed;
  ASSERT_OK(failing.Start("cat >/dev/null; exit 3"));
  ASSERT_OK_AND_ASSIGN(int code, failing.process->Finish());
  EXPECT_EQ(code, 3);
  ASSERT_OK(killed.Start("kill -9 $$"));
  ASSERT_OK_AND_ASSIGN(code, killed.process->Finish());
  EXPECT_EQ(code, 137);
}

TEST(PipeProcessTest, AChildThatDoesNotReadBreaksThePipe) {
  Child child;
  ASSERT_OK(child.Start("exec <&-; exit 4"));
  Status written;
  for (int i = 0; i < 10'000 && written.ok(); ++i) written = child.process->Write(std::string(100, 'x'));
  EXPECT_EQ(written.message(), "Broken pipe");
  EXPECT_FALSE(child.process->input_is_open());
  ASSERT_OK_AND_ASSIGN(int code, child.process->Finish());
  EXPECT_EQ(code, 4);
}

TEST(PipeProcessTest, HasTheEnvironmentAndFolderGivenAndNoOtherFiles) {
  Child child;
  ASSERT_OK(child.Start("echo $WHAT $PWD; ls /proc/self/fd | wc -l"));
  ASSERT_OK(child.process->Finish());
  ASSERT_EQ(child.output.size(), 2u);
  EXPECT_EQ(child.output[0], "thing /");
  EXPECT_EQ(child.output[1], "4");  // its three, and the folder that ls reads
}

TEST(PipeProcessTest, AMissingProgramIsNamed) {
  Result<std::unique_ptr<PipeProcess>> started = PipeProcess::Start({{"/nowhere/map.py"}, {}, ""}, {});
  EXPECT_EQ(started.status().message(), "Cannot run program \"/nowhere/map.py\": error=2, No such file or directory");
}

TEST(LineCutterTest, CutsAsHadoopsLineReaderDoes) {
  for (size_t step : {1, 2, 3, 100}) {
    std::vector<std::string> lines;
    LineCutter cutter(100);
    auto take = [&](std::string_view line) {
      lines.emplace_back(line);
      return Status::Ok();
    };
    std::string text = "a\nb\r\nc\rd\n\ne";
    for (size_t at = 0; at < text.size(); at += step) ASSERT_OK(cutter.Feed(std::string_view(text).substr(at, step), take));
    ASSERT_OK(cutter.Finish(take));
    EXPECT_EQ(lines, (std::vector<std::string>{"a", "b", "c", "d", "", "e"}));
  }
}

TEST(StreamCommandTest, WordsAndEncodings) {
  EXPECT_EQ(SplitCommand("python3  map.py -x 'a b' \"c 'd'\""), (std::vector<std::string>{"python3", "map.py", "-x", "a b", "c 'd'"}));
  EXPECT_EQ(FormEncode("a b/c'é"), "a+b%2Fc%27%C3%A9");
  EXPECT_EQ(FormDecode(FormEncode("a b/c'é%+")), "a b/c'é%+");
  EXPECT_EQ(FormDecode("100%"), "100%");
}

KeyFields Comparing(const std::string& options, const std::string& separator = "\t") {
  Configuration conf;
  conf.Set("mapreduce.partition.keycomparator.options", options);
  conf.Set("mapreduce.map.output.key.field.separator", separator);
  return KeyFields::ForComparing(conf).value();
}

TEST(KeyFieldsTest, ComparesByFieldsNumbersAndBackwards) {
  EXPECT_LT(Comparing("").Compare("10", "9"), 0);
  EXPECT_GT(Comparing("-n").Compare("10", "9"), 0);
  EXPECT_LT(Comparing("-nr").Compare("10", "9"), 0);
  EXPECT_LT(Comparing("-k2,2n", ".").Compare("a.9.x", "a.10.b"), 0);
  EXPECT_EQ(Comparing("-k2,2", ".").Compare("a.9.x", "b.9.b"), 0);
  EXPECT_GT(Comparing("-k2,2nr -k1,1", ".").Compare("b.9", "a.9"), 0);
  EXPECT_LT(Comparing("-k1.2,1.3").Compare("zab9", "aac1"), 0);
  EXPECT_LT(Comparing("-k3").Compare("a\tb", "a\tb\tc"), 0);
  EXPECT_STATUS(Code::kInvalidArgument, [] {
    Configuration conf;
    conf.Set("mapreduce.partition.keycomparator.options", "-k1x");
    return KeyFields::ForComparing(conf);
  }());
}

TEST(KeyFieldsTest, NumbersCompareAsSortDoes) {
  EXPECT_EQ(CompareNumbers("007", "7.0"), 0);
  EXPECT_EQ(CompareNumbers("-0.0", "0"), 0);
  EXPECT_LT(CompareNumbers("-3", "2"), 0);
  EXPECT_LT(CompareNumbers("-10", "-9"), 0);
  EXPECT_LT(CompareNumbers("1.25", "1.3"), 0);
  EXPECT_LT(CompareNumbers("abc", "1"), 0);
}

TEST(KeyFieldsTest, PartitionsByFieldsWithJavasHash) {
  Configuration conf;
  conf.Set("mapreduce.partition.keypartitioner.options", "-k1,2");
  conf.Set("mapreduce.map.output.key.field.separator", ".");
  ASSERT_OK_AND_ASSIGN(KeyFields fields, KeyFields::ForPartitioning(conf));
  EXPECT_EQ(fields.PartitionOf("11.12.1.2", 1000), fields.PartitionOf("11.12.9.9", 1000));
  uint32_t hash = 0;
  for (char c : std::string("11.12")) hash = 31 * hash + static_cast<uint8_t>(c);
  EXPECT_EQ(fields.PartitionOf("11.12.1.2", 1000), static_cast<int>((hash & 0x7fffffff) % 1000));
  EXPECT_EQ(fields.PartitionOf("", 7), 0);
}

}  // namespace
}  // namespace tusk::mapreduce
