// Lines belong to exactly one split, whatever the line ends and wherever the splits are cut.
#include <zlib.h>

#include "base/testing/matchers.h"
#include "mapreduce/task/codec.h"
#include "mapreduce/task/line_reader.h"
#include "mapreduce/task/test_task.h"

namespace tusk::mapreduce {
namespace {

class TextInputTest : public testing::Test {
 protected:
  void SetUp() override { path_ = world_.folder() + "/in.txt"; }
  void WriteInput(const std::string& bytes) { ASSERT_OK(fs_->WriteFile(path_, bytes)); }

  std::vector<std::string> Read(InputFormat& format, uint64_t start, uint64_t length) {
    std::vector<std::string> lines;
    auto reader = format.Open({path_, start, length, {}}, task_);
    EXPECT_OK(reader);
    if (!reader.ok()) return lines;
    RecordView record;
    for (;;) {
      Result<bool> more = (*reader)->Next(record);
      EXPECT_OK(more);
      if (!more.ok() || !*more) return lines;
      lines.emplace_back(AsText(record.value));
    }
  }
  std::vector<std::string> ReadInSplits(InputFormat& format, uint64_t size, uint64_t split) {
    std::vector<std::string> all;
    for (uint64_t start = 0; start < size; start += split) {
      for (std::string& line : Read(format, start, std::min(split, size - start))) all.push_back(std::move(line));
    }
    return all;
  }

  RealWorld world_;
  TestTask task_{world_};
  std::unique_ptr<FileSystem> fs_ = MakeLocalFileSystem(world_.disk());
  std::unique_ptr<InputFormat> text_ = TextInputFormat();
  std::string path_;
};

TEST_F(TextInputTest, EverySplitSizeGivesEveryLineOnce) {
  for (std::string text : {std::string("a\nbb\n\nccc\nd"), std::string("a\r\nbb\r\n\r\nccc\r\nd\r\n"), std::string("a\rbb\r\rccc\rd"),
                           std::string("\n\n\n"), std::string("one line without an end"), std::string("x\n\ry\r\n\nz\r")}) {
    WriteInput(text);
    std::vector<std::string> whole = Read(*text_, 0, text.size());
    for (uint64_t split = 1; split <= text.size(); ++split) {
      EXPECT_EQ(ReadInSplits(*text_, text.size(), split), whole) << split << " of " << text;
    }
  }
}

TEST_F(TextInputTest, LineEndsAreFeedCarriageOrBoth) {
  WriteInput("a\nb\rc\r\nd\n\re");
  EXPECT_EQ(Read(*text_, 0, 100), (std::vector<std::string>{"a", "b", "c", "d", "", "e"}));
}

TEST_F(TextInputTest, KeysAreOffsetsAndAByteOrderMarkIsDropped) {
  WriteInput("\xef\xbb\xbf" "ab\ncd\n");
  ASSERT_OK_AND_ASSIGN(auto reader, text_->Open({path_, 0, 9, {}}, task_));
  RecordView record;
  ASSERT_TRUE(*reader->Next(record));
  EXPECT_EQ(AsText(record.value), "ab");
  ASSERT_TRUE(*reader->Next(record));
  EXPECT_EQ(LoadBigEndian<int64_t>(record.key.data()), 6);
}

TEST_F(TextInputTest, OwnDelimiterNeverLosesARecordAtASplitsEdge) {
  task_.conf.Set("textinputformat.record.delimiter", "<->");
  std::string text = "first<->second<-no<->third<-><->fifth";
  WriteInput(text);
  std::vector<std::string> whole = {"first", "second<-no", "third", "", "fifth"};
  for (uint64_t split = 1; split <= text.size(); ++split) EXPECT_EQ(ReadInSplits(*text_, text.size(), split), whole) << split;
}

TEST_F(TextInputTest, LinesLongerThanTheMaximumAreSkipped) {
  task_.conf.Set("mapreduce.input.linerecordreader.line.maxlength", "3");
  WriteInput("ab\ntoo long\nabc\n");
  EXPECT_EQ(Read(*text_, 0, 100), (std::vector<std::string>{"ab", "abc"}));
}

TEST_F(TextInputTest, GzipIsReadWholeAndConcatenatedStreamsAreOne) {
  ASSERT_OK_AND_ASSIGN(std::string first, Compress(Codec::kGzip, AsBytes("a\nb")));
  ASSERT_OK_AND_ASSIGN(std::string second, Compress(Codec::kGzip, AsBytes("c\nd\n")));
  path_ += ".gz";
  WriteInput(first + second);
  EXPECT_EQ(Read(*text_, 0, first.size() + second.size()), (std::vector<std::string>{"a", "bc", "d"}));
  task_.conf.Set("mapreduce.input.fileinputformat.inputdir", path_);
  task_.conf.Set("mapreduce.input.fileinputformat.split.maxsize", "5");
  ASSERT_OK_AND_ASSIGN(auto splits, text_->Splits(task_.conf, task_.file_systems()));
  EXPECT_EQ(splits.size(), 1u);
}

TEST_F(TextInputTest, SmallBuffersGiveTheSameLines) {
  std::string text = "short\r\n" + std::string(1000, 'l') + "\rnext\n\nend";
  for (size_t buffer : {16, 17, 64, 4096}) {
    MemorySource source(AsBytes(text));
    LineReader lines(source, 0, "", buffer);
    std::vector<std::string> got;
    ByteView line;
    bool too_long = false;
    while (*lines.Next(line, too_long)) got.emplace_back(AsText(line));
    EXPECT_EQ(got, (std::vector<std::string>{"short", std::string(1000, 'l'), "next", "", "end"})) << buffer;
    EXPECT_EQ(lines.position(), text.size());
  }
}

TEST_F(TextInputTest, SplitsFollowTheSlopAndHiddenFilesAreNotInput) {
  std::string folder = world_.folder() + "/in";
  ASSERT_OK(fs_->WriteFile(folder + "/a", std::string(105, 'x')));
  ASSERT_OK(fs_->WriteFile(folder + "/b", std::string(220, 'x')));
  ASSERT_OK(fs_->WriteFile(folder + "/empty", ""));
  ASSERT_OK(fs_->WriteFile(folder + "/_SUCCESS", "x"));
  ASSERT_OK(fs_->WriteFile(folder + "/.hidden", "x"));
  task_.conf.Set("mapreduce.input.fileinputformat.inputdir", folder);
  task_.conf.Set("mapreduce.input.fileinputformat.split.maxsize", "100");
  ASSERT_OK_AND_ASSIGN(auto splits, text_->Splits(task_.conf, task_.file_systems()));
  std::vector<uint64_t> lengths;
  for (const InputSplit& split : splits) lengths.push_back(split.length);
  EXPECT_EQ(lengths, (std::vector<uint64_t>{105, 100, 100, 20, 0}));
}

TEST_F(TextInputTest, MissingInputIsNamed) {
  task_.conf.Set("mapreduce.input.fileinputformat.inputdir", "/no/such/place");
  auto splits = text_->Splits(task_.conf, task_.file_systems());
  EXPECT_STATUS(Code::kInvalidArgument, splits);
  EXPECT_EQ(splits.status().message(), "Input path does not exist: file:/no/such/place");
}

TEST_F(TextInputTest, KeyValueLinesAreCutAtTheFirstTab) {
  WriteInput("k\tv\tw\nalone\n");
  auto format = KeyValueTextInputFormat();
  ASSERT_OK_AND_ASSIGN(auto reader, format->Open({path_, 0, 12, {}}, task_));
  RecordView record;
  ASSERT_TRUE(*reader->Next(record));
  EXPECT_EQ(AsText(record.key), "k");
  EXPECT_EQ(AsText(record.value), "v\tw");
  ASSERT_TRUE(*reader->Next(record));
  EXPECT_EQ(AsText(record.key), "alone");
  EXPECT_EQ(AsText(record.value), "");
}

TEST_F(TextInputTest, NLineSplitsHoldNLinesEach) {
  WriteInput("1\n2\n3\n4\n5\n");
  auto format = NLineInputFormat();
  task_.conf.Set("mapreduce.input.fileinputformat.inputdir", path_);
  task_.conf.Set("mapreduce.input.lineinputformat.linespermap", "2");
  ASSERT_OK_AND_ASSIGN(auto splits, format->Splits(task_.conf, task_.file_systems()));
  ASSERT_EQ(splits.size(), 3u);
  EXPECT_EQ(Read(*format, splits[0].start, splits[0].length), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(Read(*format, splits[1].start, splits[1].length), (std::vector<std::string>{"3", "4"}));
  EXPECT_EQ(Read(*format, splits[2].start, splits[2].length), (std::vector<std::string>{"5"}));
}

}  // namespace
}  // namespace tusk::mapreduce
