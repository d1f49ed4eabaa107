// Properties of the map side: whatever is emitted comes out of file.out once, in order, in its partition; also through
// many spills and several merge passes, with and without a combiner.
#include "mapreduce/task/map_output.h"

#include <algorithm>
#include <map>
#include <random>

#include "base/testing/matchers.h"
#include "mapreduce/task/test_task.h"

namespace tusk::mapreduce {
namespace {

using Record = std::pair<std::string, std::string>;

class Sum : public Reducer<Text, LongWritable, Text, LongWritable> {
 public:
  void Reduce(std::string_view key, Values& values, Context& context) override {
    int64_t sum = 0;
    for (int64_t value : values) sum += value;
    context.Emit(key, sum);
  }
};

class MapOutputTest : public testing::Test {
 protected:
  MapOutputOptions Options(int partitions, size_t buffer_bytes, Codec codec) {
    MapOutputOptions options;
    options.disk = &world_.disk();
    options.folder = world_.folder();
    options.partitions = partitions;
    options.buffer_bytes = buffer_bytes;
    options.merge_factor = 3;
    options.codec = codec;
    options.order = KeyOrder::Of(TypeOf<Text>(), nullptr);
    options.task = &task_;
    return options;
  }

  std::vector<std::vector<Record>> ReadBack(const MapOutputFile& file, Codec codec) {
    Result<std::unique_ptr<File>> opened = world_.disk().Open(file.path, OpenMode::kRead);
    EXPECT_OK(opened);
    std::vector<std::vector<Record>> partitions;
    for (const SegmentIndex& segment : file.segments) {
      auto reader = IFileReader::Open(std::make_unique<FileRangeSource>(**opened, segment.start, segment.part_length),
                                      segment.part_length, codec);
      partitions.emplace_back();
      for (;;) {
        Result<bool> more = reader->Next();
        EXPECT_OK(more);
        if (!more.ok() || !*more) break;
        partitions.back().emplace_back(AsText(reader->key()), AsText(reader->value()));
      }
    }
    return partitions;
  }

  std::string RandomKey(int distinct) {
    int number = static_cast<int>(random_() % static_cast<unsigned>(distinct));
    std::string key = number % 3 == 0 ? "shared-prefix-longer-than-eight-" + std::to_string(number) : std::to_string(number);
    if (number % 7 == 0) key.push_back('\0');
    if (number % 11 == 0) key = "\xff" + key;
    if (number == 0) key.clear();
    std::string framed;
    Text::Write(key, framed);
    return framed;
  }

  static bool Before(const Record& a, const Record& b) {
    return Text::Compare(AsBytes(a.first).subspan(1), AsBytes(b.first).subspan(1)) < 0;
  }

  RealWorld world_;
  TestTask task_{world_};
  std::mt19937 random_{12345};
};

TEST_F(MapOutputTest, SortsStablyLikeStdSortThroughSpillsAndMerges) {
  for (size_t buffer : {size_t{64} << 10, size_t{4} << 20}) {
    for (int partitions : {1, 3}) {
      for (Codec codec : {Codec::kNone, Codec::kLz4}) {
        ASSERT_OK_AND_ASSIGN(auto output, MakeMapOutput(Options(partitions, buffer, codec)));
        std::vector<std::vector<Record>> expected(static_cast<size_t>(partitions));
        for (int i = 0; i < 20'000; ++i) {
          std::string key = RandomKey(5000), value = std::to_string(i);
          ASSERT_OK(output->Take(AsBytes(key), AsBytes(value)));
          int partition = partitions == 1 ? 0 : (TypeOf<Text>().hash(AsBytes(key)) & 0x7fffffff) % partitions;
          expected[static_cast<size_t>(partition)].emplace_back(key, value);
        }
        ASSERT_OK_AND_ASSIGN(MapOutputFile file, output->Finish());
        for (auto& records : expected) {
          std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) {
            if (Before(a, b) || Before(b, a)) return Before(a, b);
            return std::stoi(a.second) < std::stoi(b.second);  // the order of emission
          });
        }
        EXPECT_TRUE(ReadBack(file, codec) == expected) << buffer << " " << partitions;
      }
    }
  }
}

TEST_F(MapOutputTest, CombinerGivesTheSameSumsInOrderWhateverTheMemory) {
  for (size_t buffer : {size_t{64} << 10, size_t{256} << 10, size_t{8} << 20}) {
    for (int distinct : {1, 50, 20'000}) {
      MapOutputOptions options = Options(2, buffer, Codec::kLz4);
      options.combiner = [] { return std::make_unique<internal::TypedReduceBody<Sum>>(); };
      ASSERT_OK_AND_ASSIGN(auto output, MakeMapOutput(std::move(options)));
      std::map<std::string, int64_t> expected;
      for (int i = 0; i < 100'000; ++i) {
        std::string key = RandomKey(distinct), value;
        LongWritable::Write(i, value);
        ASSERT_OK(output->Take(AsBytes(key), AsBytes(value)));
        expected[key] += i;
      }
      ASSERT_OK_AND_ASSIGN(MapOutputFile file, output->Finish());
      std::map<std::string, int64_t> got;
      int partition = 0;
      for (const auto& records : ReadBack(file, Codec::kLz4)) {
        EXPECT_TRUE(std::is_sorted(records.begin(), records.end(), Before));
        for (const auto& [key, value] : records) {
          int64_t count = 0;
          ASSERT_TRUE(LongWritable::Read(AsBytes(value), count));
          got[key] += count;
          EXPECT_EQ((TypeOf<Text>().hash(AsBytes(key)) & 0x7fffffff) % 2, partition);
        }
        ++partition;
      }
      EXPECT_EQ(got, expected) << buffer << " " << distinct;
    }
  }
}

// Doubles every value: a combiner whose output does not shrink.
class KeepAll : public Reducer<Text, Text, Text, Text> {
 public:
  void Reduce(std::string_view key, Values& values, Context& context) override {
    for (std::string_view value : values) context.Emit(key, value);
  }
};

TEST_F(MapOutputTest, CombinerThatKeepsEverythingLosesNothing) {
  MapOutputOptions options = Options(1, 128 << 10, Codec::kNone);
  options.combiner = [] { return std::make_unique<internal::TypedReduceBody<KeepAll>>(); };
  ASSERT_OK_AND_ASSIGN(auto output, MakeMapOutput(std::move(options)));
  std::vector<Record> expected;
  for (int i = 0; i < 20'000; ++i) {
    std::string key = RandomKey(10), value;
    Text::Write("value" + std::to_string(i), value);
    ASSERT_OK(output->Take(AsBytes(key), AsBytes(value)));
    expected.emplace_back(key, value);
  }
  ASSERT_OK_AND_ASSIGN(MapOutputFile file, output->Finish());
  std::vector<Record> got = ReadBack(file, Codec::kNone)[0];
  std::sort(expected.begin(), expected.end());
  std::sort(got.begin(), got.end());
  EXPECT_EQ(got, expected);
}

TEST_F(MapOutputTest, RecordLargerThanTheBufferIsRefusedWithTheKeysName) {
  ASSERT_OK_AND_ASSIGN(auto output, MakeMapOutput(Options(1, 64 << 10, Codec::kNone)));
  std::string value(100'000, 'v');
  EXPECT_STATUS(Code::kResourceExhausted, output->Take(AsBytes("\x01k"), AsBytes(value)));
}

TEST_F(MapOutputTest, NothingEmittedGivesEmptySegments) {
  ASSERT_OK_AND_ASSIGN(auto output, MakeMapOutput(Options(3, 64 << 10, Codec::kNone)));
  ASSERT_OK_AND_ASSIGN(MapOutputFile file, output->Finish());
  EXPECT_EQ(ReadBack(file, Codec::kNone), std::vector<std::vector<Record>>(3));
  EXPECT_TRUE(world_.disk().Exists(file.path + ".index"));
}

TEST_F(MapOutputTest, GroupsOfAMergeMayBeLeftHalfRead) {
  ASSERT_OK_AND_ASSIGN(auto output, MakeMapOutput(Options(1, 64 << 10, Codec::kNone)));
  for (int i = 0; i < 100; ++i) {
    std::string key, value = std::to_string(i);
    Text::Write(std::to_string(i % 10), key);
    ASSERT_OK(output->Take(AsBytes(key), AsBytes(value)));
  }
  ASSERT_OK_AND_ASSIGN(MapOutputFile file, output->Finish());
  ASSERT_OK_AND_ASSIGN(auto opened, world_.disk().Open(file.path, OpenMode::kRead));
  std::vector<std::unique_ptr<IFileReader>> readers;
  readers.push_back(IFileReader::Open(std::make_unique<FileRangeSource>(*opened, 0, file.segments[0].part_length),
                                      file.segments[0].part_length, Codec::kNone));
  KeyOrder order = KeyOrder::Of(TypeOf<Text>(), nullptr);
  MergeReader merge(std::move(readers), order);
  GroupReader groups(merge, order, nullptr);
  for (int group = 0; group < 10; ++group) {
    ASSERT_OK_AND_ASSIGN(bool more, groups.NextGroup());
    ASSERT_TRUE(more);
    EXPECT_EQ(AsText(groups.key()).substr(1), std::to_string(group));
    ByteView value;
    for (int i = 0; i < group; ++i) {
      ASSERT_TRUE(groups.Next(value));
      EXPECT_EQ(AsText(value), std::to_string(i * 10 + group));
    }
  }
  ASSERT_OK_AND_ASSIGN(bool more, groups.NextGroup());
  EXPECT_FALSE(more);
}

}  // namespace
}  // namespace tusk::mapreduce
