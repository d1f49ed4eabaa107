// IFile, its index, codecs and SequenceFile against bytes that Hadoop 3.4.2 wrote (tests/golden/mapreduce), and
// against damage.
#include "mapreduce/task/ifile.h"

#include <fstream>
#include <sstream>

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "mapreduce/api/writable.h"
#include "mapreduce/task/local_file_system.h"
#include "mapreduce/task/sequence_file.h"

namespace tusk::mapreduce {
namespace {

std::string Golden(const std::string& name) {
  std::ifstream in(std::string(TUSK_GOLDEN_DIR) + "/mapreduce/" + name, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  EXPECT_FALSE(bytes.str().empty()) << name;
  return bytes.str();
}

std::string TextOf(std::string_view body) {
  std::string framed;
  Text::Write(body, framed);
  return framed;
}
std::string IntOf(int32_t value) {
  std::string framed;
  IntWritable::Write(value, framed);
  return framed;
}

// The records of golden ifile-plain.
std::string GoldenRecords(Codec codec, SegmentIndex* index) {
  std::string bytes;
  StringSink sink(bytes);
  IFileWriter writer(sink, codec);
  for (int i = 0; i < 4; ++i) {
    EXPECT_OK(writer.Append(AsBytes(TextOf("key" + std::to_string(i))), AsBytes(IntOf(i * 1000))));
  }
  EXPECT_OK(writer.Append(AsBytes(TextOf(std::string(200, 'x'))), AsBytes(IntOf(-1))));
  Result<SegmentIndex> finished = writer.Finish();
  EXPECT_OK(finished);
  *index = *finished;
  return bytes;
}

TEST(VLongTest, WritesAndReadsHadoopsBytes) {
  std::istringstream lines(Golden("vlong.tsv"));
  int64_t value;
  std::string hex;
  int count = 0;
  while (lines >> value >> hex) {
    std::string bytes;
    AppendVLong(bytes, value);
    std::string got;
    for (unsigned char c : bytes) {
      char two[3];
      snprintf(two, sizeof(two), "%02x", c);
      got += two;
    }
    EXPECT_EQ(got, hex) << value;
    int64_t back = 0;
    const uint8_t* end = AsBytes(bytes).data() + bytes.size();
    EXPECT_EQ(ReadVLong(AsBytes(bytes).data(), end, &back), end);
    EXPECT_EQ(back, value);
    EXPECT_EQ(ReadVLong(AsBytes(bytes).data(), end - 1, &back), nullptr) << "truncated";
    ++count;
  }
  EXPECT_EQ(count, 20);
}

TEST(IFileTest, WritesHadoopsBytes) {
  SegmentIndex index;
  EXPECT_EQ(GoldenRecords(Codec::kNone, &index), Golden("ifile-plain"));
  EXPECT_EQ(index.raw_length, 255u);
  EXPECT_EQ(index.part_length, 259u);
  std::string empty;
  StringSink sink(empty);
  IFileWriter writer(sink, Codec::kNone);
  ASSERT_OK_AND_ASSIGN(SegmentIndex nothing, writer.Finish());
  EXPECT_EQ(empty, Golden("ifile-empty-plain"));
  EXPECT_EQ(nothing.raw_length, 2u);
  EXPECT_EQ(nothing.part_length, 6u);
}

void ExpectGoldenRecords(IFileReader& reader) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_OK_AND_ASSIGN(bool more, reader.Next());
    ASSERT_TRUE(more);
    EXPECT_EQ(AsText(reader.key()), TextOf("key" + std::to_string(i)));
    EXPECT_EQ(AsText(reader.value()), IntOf(i * 1000));
  }
  ASSERT_OK_AND_ASSIGN(bool more, reader.Next());
  ASSERT_TRUE(more);
  EXPECT_EQ(AsText(reader.key()), TextOf(std::string(200, 'x')));
  ASSERT_OK_AND_ASSIGN(bool after, reader.Next());
  EXPECT_FALSE(after);
}

TEST(IFileTest, ReadsHadoopsSegmentsFromMemoryAndDisk) {
  for (auto [name, codec] : {std::pair{"ifile-plain", Codec::kNone}, std::pair{"ifile-deflate", Codec::kDeflate}}) {
    std::string bytes = Golden(name);
    ASSERT_OK_AND_ASSIGN(auto memory, IFileReader::OpenMemory(bytes, codec));
    ExpectGoldenRecords(*memory);
    auto disk = IFileReader::Open(std::make_unique<MemorySource>(AsBytes(bytes)), bytes.size(), codec);
    ExpectGoldenRecords(*disk);
  }
}

TEST(IFileTest, RoundTripsThroughEveryCodec) {
  for (Codec codec : {Codec::kNone, Codec::kDeflate, Codec::kGzip, Codec::kLz4}) {
    SegmentIndex index;
    std::string bytes = GoldenRecords(codec, &index);
    EXPECT_EQ(index.part_length, bytes.size());
    ASSERT_OK_AND_ASSIGN(auto reader, IFileReader::OpenMemory(bytes, codec));
    ExpectGoldenRecords(*reader);
  }
}

TEST(IFileTest, EveryFlippedByteIsAnErrorAndNeverACrash) {
  std::string good = Golden("ifile-plain");
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x41);
    EXPECT_FALSE(IFileReader::OpenMemory(bad, Codec::kNone).ok()) << i;
    auto reader = IFileReader::Open(std::make_unique<MemorySource>(AsBytes(bad)), bad.size(), Codec::kNone);
    Result<bool> more = true;
    while (more.ok() && *more) more = reader->Next();
    EXPECT_FALSE(more.ok()) << i;
  }
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(IFileReader::OpenMemory(good.substr(0, size), Codec::kNone).ok()) << size;
  }
}

TEST(SpillIndexTest, IsHadoopsAndKnowsItsChecksum) {
  std::string bytes = Golden("m_000000_0.file.out.index");
  ASSERT_OK_AND_ASSIGN(auto segments, DecodeSpillIndex(AsBytes(bytes)));
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[0].raw_length, 0x38u);
  EXPECT_EQ(segments[1].start, 0x3cu);
  EXPECT_EQ(EncodeSpillIndex(segments), bytes);
  std::string output = Golden("m_000000_0.file.out");
  for (const SegmentIndex& segment : segments) {
    ASSERT_OK_AND_ASSIGN(auto reader, IFileReader::OpenMemory(output.substr(segment.start, segment.part_length), Codec::kNone));
    Result<bool> more = true;
    while (more.ok() && *more) more = reader->Next();
    EXPECT_OK(more);
    EXPECT_GT(reader->records(), 0u);
  }
  bytes[3] ^= 1;
  EXPECT_STATUS(Code::kChecksumError, DecodeSpillIndex(AsBytes(bytes)));
}

class SequenceFileTest : public testing::Test {
 protected:
  std::unique_ptr<InputFile> OpenGolden(const std::string& name) {
    Result<std::unique_ptr<InputFile>> file = fs_->Open(std::string(TUSK_GOLDEN_DIR) + "/mapreduce/" + name);
    EXPECT_OK(file);
    return std::move(file).value();
  }
  RealWorld world_;
  std::unique_ptr<FileSystem> fs_ = MakeLocalFileSystem(world_.disk());
};

TEST_F(SequenceFileTest, ReadsAllThreeKindsThatHadoopWrote) {
  for (const char* name : {"seq-none.seq", "seq-record.seq", "seq-block.seq"}) {
    ASSERT_OK_AND_ASSIGN(auto reader, SequenceReader::Open(OpenGolden(name)));
    EXPECT_EQ(reader->header().key_class, "org.apache.hadoop.io.IntWritable");
    EXPECT_EQ(reader->header().metadata.at("k1"), "v1");
    ByteView key, value;
    for (int i = 0; i < 5; ++i) {
      ASSERT_OK_AND_ASSIGN(bool more, reader->Next(key, value));
      ASSERT_TRUE(more) << name << i;
      EXPECT_EQ(AsText(key), IntOf(i)) << name;
      EXPECT_EQ(AsText(value), TextOf("value " + std::to_string(i)));
    }
    ASSERT_OK_AND_ASSIGN(bool after, reader->Next(key, value));
    EXPECT_FALSE(after);
    ASSERT_OK(reader->Sync(reader->header().length + 1));
    ASSERT_OK_AND_ASSIGN(bool again, reader->Next(key, value));
    ASSERT_TRUE(again);
    EXPECT_TRUE(reader->sync_seen());
    EXPECT_EQ(AsText(key), IntOf(3)) << name;
  }
}

TEST_F(SequenceFileTest, WritesHadoopsUncompressedBytes) {
  std::string golden = Golden("seq-none.seq");
  SequenceHeader header{.key_class = "org.apache.hadoop.io.IntWritable",
                        .value_class = "org.apache.hadoop.io.Text",
                        .metadata = {{"k1", "v1"}},
                        .sync = golden.substr(golden.find("v1") + 2, 16)};
  std::string path = world_.folder() + "/out.seq";
  ASSERT_OK_AND_ASSIGN(auto file, fs_->Create(path, {}));
  ASSERT_OK_AND_ASSIGN(auto writer, SequenceWriter::Create(std::move(file), header));
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK(writer->Append(AsBytes(IntOf(i)), AsBytes(TextOf("value " + std::to_string(i)))));
  }
  ASSERT_OK(writer->Close());
  ASSERT_OK_AND_ASSIGN(std::string bytes, fs_->ReadFile(path, 1000));
  EXPECT_EQ(bytes, golden.substr(0, bytes.size()));
}

TEST_F(SequenceFileTest, RoundTripsRecordsOfEveryKindAcrossSyncMarks) {
  for (SequenceCompression kind : {SequenceCompression::kNone, SequenceCompression::kRecord, SequenceCompression::kBlock}) {
    SequenceHeader header{.key_class = "org.apache.hadoop.io.IntWritable",
                          .value_class = "org.apache.hadoop.io.Text",
                          .compression = kind,
                          .codec = kind == SequenceCompression::kNone ? Codec::kNone : Codec::kLz4,
                          .metadata = {},
                          .sync = "0123456789abcdef"};
    std::string path = world_.folder() + "/many" + std::to_string(static_cast<int>(kind));
    ASSERT_OK_AND_ASSIGN(auto file, fs_->Create(path, {}));
    ASSERT_OK_AND_ASSIGN(auto writer, SequenceWriter::Create(std::move(file), header));
    for (int i = 0; i < 5000; ++i) {
      ASSERT_OK(writer->Append(AsBytes(IntOf(i)), AsBytes(TextOf(std::string(static_cast<size_t>(i % 500), 'v')))));
    }
    ASSERT_OK(writer->Close());
    ASSERT_OK_AND_ASSIGN(auto input, fs_->Open(path));
    ASSERT_OK_AND_ASSIGN(auto reader, SequenceReader::Open(std::move(input)));
    ByteView key, value;
    for (int i = 0; i < 5000; ++i) {
      ASSERT_OK_AND_ASSIGN(bool more, reader->Next(key, value));
      ASSERT_TRUE(more);
      ASSERT_EQ(AsText(key), IntOf(i));
      ASSERT_EQ(AsText(value), TextOf(std::string(static_cast<size_t>(i % 500), 'v')));
    }
    ASSERT_OK_AND_ASSIGN(bool after, reader->Next(key, value));
    EXPECT_FALSE(after);
  }
}

TEST_F(SequenceFileTest, DamageIsAnErrorAndNeverACrash) {
  for (const char* name : {"seq-none.seq", "seq-block.seq", "seq-record.seq"}) {
    std::string good = Golden(name);
    for (size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 0x85);
      std::string path = world_.folder() + "/bad.seq";
      ASSERT_OK(fs_->WriteFile(path, bad));
      ASSERT_OK_AND_ASSIGN(auto file, fs_->Open(path));
      auto reader = SequenceReader::Open(std::move(file));
      if (!reader.ok()) continue;
      ByteView key, value;
      Result<bool> more = true;
      for (int n = 0; n < 100 && more.ok() && *more; ++n) more = (*reader)->Next(key, value);
    }
  }
}

}  // namespace
}  // namespace tusk::mapreduce
