// Data sets from files of every format, in any cut; and errors that name file and line.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstring>

#include "mlkit/data/array_format.h"
#include "mlkit/data/csv_format.h"
#include "mlkit/data/file_dataset.h"
#include "mlkit/data/gzip.h"
#include "mlkit/data/memory_sources.h"
#include "mlkit/data/number_text.h"
#include "mlkit/device/cpu/thread_pool.h"

namespace tusk::ml {
namespace {

std::string Gzip(const std::string& bytes) {
  std::string out(bytes.size() + 1024, '\0');
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string BigEndian(uint32_t value) {
  std::string bytes(4, '\0');
  StoreBigEndian(reinterpret_cast<uint8_t*>(bytes.data()), value);
  return bytes;
}

std::string Idx(uint8_t type, const std::vector<uint32_t>& shape, const std::string& data) {
  std::string bytes = {'\0', '\0', static_cast<char>(type), static_cast<char>(shape.size())};
  for (const uint32_t size : shape) bytes += BigEndian(size);
  return bytes + data;
}

class FilesTest : public testing::Test {
 protected:
  Result<OpenedData> Open(DataOptions options, const Schema* like = nullptr) {
    return OpenData(std::make_shared<MemorySources>(files_), options, pool_, like);
  }
  // All rows in one block.
  Block Rows(const DataOptions& options, const Schema* like = nullptr) {
    const Result<OpenedData> data = Open(options, like);
    EXPECT_TRUE(data.ok()) << data.status().ToString();
    if (!data.ok()) return {};
    schema_ = data->dataset->schema();
    Result<Block> block = Reshard(data->dataset, 1)->Load(0);
    EXPECT_TRUE(block.ok()) << block.status().ToString();
    return block.ok() ? std::move(block).value() : Block{};
  }
  // The message of opening, or of loading a shard.
  std::string Error(const DataOptions& options, const Schema* like = nullptr) {
    const Result<OpenedData> data = Open(options, like);
    if (!data.ok()) return std::string(data.status().message());
    for (size_t shard = 0; shard < data->dataset->shards(); ++shard) {
      const Result<Block> block = data->dataset->Load(shard);
      if (!block.ok()) return std::string(block.status().message());
    }
    return "";
  }

  MemorySources files_;
  ThreadPool pool_{2};
  Schema schema_;
};

TEST_F(FilesTest, CsvWithHeaderQuotesAndMissingValues) {
  files_.Put("a.csv", "id,\"age, years\",label,city\r\n1,30.5,yes,Rome\r\n\r\n2,,no,\"Pa\"\"ris\"\r\n3,NA,yes,Rome");
  const Block block = Rows({.paths = {"a.csv"}, .categorical = {"city"}});
  EXPECT_EQ(block.rows, 3u);
  EXPECT_EQ(schema_.column_names, (std::vector<std::string>{"id", "age, years", "city"}));
  EXPECT_EQ(schema_.class_labels, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(schema_.label_name, "label");
  EXPECT_EQ(schema_.categories[2], (std::vector<std::string>{"Pa\"ris", "Rome"}));
  EXPECT_EQ(block.labels, (std::vector<float>{1, 0, 1}));
  EXPECT_EQ(block.dense[1], 30.5F);
  EXPECT_EQ(block.dense[2], 1.0F);
  EXPECT_TRUE(std::isnan(block.dense[4]));
  EXPECT_EQ(block.dense[5], 0.0F);
}

TEST_F(FilesTest, AnyCutGivesTheSameRows) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += std::to_string(i % 3) + "," + std::to_string(i) + "." + std::to_string(i) + (i % 2 ? "\n" : "\r\n");
  files_.Put("a.csv", text);
  const Block whole = Rows({.paths = {"a.csv"}, .shard_bytes = 1 << 20});
  ASSERT_EQ(whole.rows, 100u);
  for (uint64_t bytes = 1; bytes < 60; bytes += 3) {
    const Block cut = Rows({.paths = {"a.csv"}, .shard_bytes = bytes});
    EXPECT_EQ(cut.dense, whole.dense) << bytes;
    EXPECT_EQ(cut.labels, whole.labels) << bytes;
  }
  files_.Put("a.csv", Gzip(text));
  EXPECT_EQ(Rows({.paths = {"a.csv"}, .shard_bytes = 50}).dense, whole.dense);
}

TEST_F(FilesTest, AFolderOfPartsWithHeadersIsOneDataSet) {
  files_.Put("d/part-0", "y\tx\n1.5\t2\n");
  files_.Put("d/part-1", "");
  files_.Put("d/part-2", "y\tx\n2.5\t3\n");
  const Block block = Rows({.paths = {"d"}});
  EXPECT_EQ(schema_.classes, 0u);
  EXPECT_EQ(block.labels, (std::vector<float>{1.5F, 2.5F}));
  EXPECT_EQ(block.dense, (std::vector<float>{2, 3}));
}

TEST_F(FilesTest, LabelsAreOrderedAsNumbers) {
  files_.Put("a.csv", "10,0\n9,0\n-1,0\n+9.0,0\n");
  EXPECT_EQ(Rows({.paths = {"a.csv"}}).labels, (std::vector<float>{2, 1, 0, 1}));
  EXPECT_EQ(schema_.class_labels, (std::vector<std::string>{"-1", "9", "10"}));
  EXPECT_EQ(Rows({.paths = {"a.csv"}, .task = LabelKind::kRegression}).labels, (std::vector<float>{10, 9, -1, 9}));
}

TEST_F(FilesTest, BadCsvIsAnErrorWithFileAndLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"1,2\n0,2,3\n", "a.csv: line 2: 3 fields instead of 2"},
      {"1,2\n0\n", "a.csv: line 2: 1 fields instead of 2"},
      {"y,x\n1,2\n\n0,abc\n", "a.csv: line 4: column 'x': 'abc' is not a finite number (a column of texts is to be named in --categorical)"},
      {"1,2\n0,inf\n", "a.csv: line 2: column 1: 'inf' is not a finite number (a column of texts is to be named in --categorical)"},
      {"1,2\n0,1e39\n", "a.csv: line 2: column 1: '1e39' is not a finite number (a column of texts is to be named in --categorical)"},
      {"1,2\n,3\n", "a.csv: line 2: column 0: the label is missing"},
      {"1,\"2\n0,3\n", "a.csv: line 1: column 1: quotes that do not end with the field"},
      {"1,2\n0,\"3\n1,4\n", "a.csv: line 2: a quote that is not closed"},
      {"1,2\n1,3\n", "a.csv: all labels are '1'; a classification needs two classes at least"},
      {"", "a.csv: the file is empty"},
      {"\n\n", "a.csv: there are no rows"},
      {"a,b\n", "a.csv: there are no rows"},
      {"1\n2\n", "a.csv: there are no columns beside the label (is the delimiter right?)"},
      {"1\0002\n", "a.csv: there are no columns beside the label (is the delimiter right?)"},
  };
  for (const auto& [text, message] : cases) {
    files_.Put("a.csv", text);
    EXPECT_EQ(Error({.paths = {"a.csv"}}), message);
  }
  EXPECT_EQ(Error({.paths = {"none"}}), "none: not found");
  files_.Put("a.csv", "p,q\n1,2\n0,3\n");
  EXPECT_EQ(Error({.paths = {"a.csv"}, .label = "z"}), "a.csv: no label column 'z' among the 2 columns (p, q)");
  files_.Put("a.csv", std::string("1,2\n0,\0\n", 8));
  EXPECT_EQ(Error({.paths = {"a.csv"}}), "a.csv: neither text nor IDX nor .npy (there is a zero byte in its beginning)");
}

TEST_F(FilesTest, LineBreaksInsideQuotesAreRowsOfSeveralLinesHoweverTheFileIsCut) {
  std::string text = "y,\"a\nb\",t\n";
  for (int i = 0; i < 30; ++i) {
    text += std::to_string(i % 2) + "," + std::to_string(i) + (i % 3 == 0 ? ",\"x, \"\"\n\ny\"\r\n" : i % 3 == 1 ? ",5\" pipe\n" : ",z\n");
  }
  files_.Put("a.csv", text);
  const Block whole = Rows({.paths = {"a.csv"}, .categorical = {"t"}});
  EXPECT_EQ(schema_.column_names, (std::vector<std::string>{"a\nb", "t"}));
  EXPECT_EQ(schema_.categories[1], (std::vector<std::string>{"5\" pipe", "x, \"\n\ny", "z"}));
  ASSERT_EQ(whole.rows, 30u);
  for (const uint64_t bytes : {1U, 7U, 40U, 200U}) {
    const Block cut = Rows({.paths = {"a.csv"}, .categorical = {"t"}, .shard_bytes = bytes});
    EXPECT_EQ(cut.dense, whole.dense) << bytes;
    EXPECT_EQ(cut.labels, whole.labels) << bytes;
  }
  files_.Put("a.csv", text + "0,w,z\n");
  EXPECT_EQ(Error({.paths = {"a.csv"}, .categorical = {"t"}, .shard_bytes = 40}).substr(0, 23), "a.csv: line 53: column ");
}

TEST_F(FilesTest, ErrorsOfLaterShardsKnowTheirLine) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += std::to_string(i % 2) + (i == 40 ? ",x\n" : ",1\n");
  files_.Put("a.csv", text);
  EXPECT_TRUE(Error({.paths = {"a.csv"}, .shard_bytes = 10}).starts_with("a.csv: line 41: column 1: 'x'"));
}

TEST_F(FilesTest, AModelsSchemaMapsColumnsByNameAndLabelsByClass) {
  files_.Put("train.csv", "label,a,b\nno,1,2\nyes,3,4\n");
  Rows({.paths = {"train.csv"}});
  const Schema model = schema_;
  files_.Put("test.csv", "b,extra,a,label\n20,x,10,yes\n");
  Block block = Rows({.paths = {"test.csv"}}, &model);
  EXPECT_EQ(block.dense, (std::vector<float>{10, 20}));
  EXPECT_EQ(block.labels, (std::vector<float>{1}));
  files_.Put("test.csv", "b,a\n20,10\n");
  block = Rows({.paths = {"test.csv"}}, &model);
  EXPECT_EQ(block.dense, (std::vector<float>{10, 20}));
  EXPECT_TRUE(block.labels.empty());
  files_.Put("test.csv", "b,label\n20,yes\n");
  EXPECT_EQ(Error({.paths = {"test.csv"}}, &model), "test.csv: the model's column 'a' is missing");
  files_.Put("test.csv", "a,b,label\n1,20,maybe\n");
  EXPECT_EQ(Error({.paths = {"test.csv"}}, &model), "test.csv: line 2: column 'label': the label 'maybe' is none of the classes");
  files_.Put("test.csv", "1,2\n");
  EXPECT_EQ(Rows({.paths = {"test.csv"}}, &model).dense, (std::vector<float>{1, 2}));
}

TEST_F(FilesTest, LibsvmOneBasedAndZeroBased) {
  files_.Put("a.svm", "# comment\n+1 1:0.5 3:-2\n-1 qid:7 2:1 # more\n\n-1\n");
  const Block block = Rows({.paths = {"a.svm"}});
  EXPECT_TRUE(block.sparse);
  EXPECT_EQ(schema_.columns, 3u);
  EXPECT_EQ(schema_.class_labels, (std::vector<std::string>{"-1", "1"}));
  EXPECT_EQ(block.labels, (std::vector<float>{1, 0, 0}));
  EXPECT_EQ(block.row_starts, (std::vector<uint64_t>{0, 2, 3, 3}));
  EXPECT_EQ(block.indices, (std::vector<uint32_t>{0, 2, 1}));
  EXPECT_EQ(block.values, (std::vector<float>{0.5F, -2, 1}));
  EXPECT_EQ(Open({.paths = {"a.svm"}})->notes.size(), 1u);
  files_.Put("b.svm", "1 0:1 2:1\n0 1:1\n");
  EXPECT_EQ(Rows({.paths = {"b.svm"}}).indices, (std::vector<uint32_t>{0, 2, 1}));
  EXPECT_EQ(schema_.first_index, 0u);
  const Schema model = schema_;
  files_.Put("b.svm", "1:1\n");  // without labels, and no index 0: still counted from 0
  EXPECT_EQ(Rows({.paths = {"b.svm"}}, &model).indices, (std::vector<uint32_t>{1}));
  files_.Put("b.svm", "1 3:1\n");
  EXPECT_EQ(Error({.paths = {"b.svm"}}, &model), "b.svm: line 1: index 3 is beyond the 3 columns (from 0)");
}

TEST_F(FilesTest, BadLibsvmIsAnErrorWithFileAndLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"1 1:1\n0 2:1 1:1\n", "a: line 2: index 1 is not larger than the one before it"},
      {"1 1:1\n0 2:x\n", "a: line 2: '2:x': the value is not a finite number"},
      {"1 1:1\n0 2:nan\n", "a: line 2: '2:nan': the value is not a finite number"},
      {"1 1:1\n0 x\n", "a: line 2: 'x' is no index:value with an index of at most 2147483647"},
      {"1 1:1\n0 99999999999:1\n", "a: line 2: '99999999999:1' is no index:value with an index of at most 2147483647"},
      {"1 1:1\n2:1\n", "a: line 2: the label is missing before '2:1'"},
      {"1\n0\n", "a: no row has any feature"},
  };
  for (const auto& [text, message] : cases) {
    files_.Put("a", text);
    EXPECT_EQ(Error({.paths = {"a"}, .format = "libsvm"}), message);
  }
}

TEST_F(FilesTest, IdxImagesFindTheirLabels) {
  files_.Put("m/train-images-idx3-ubyte.gz", Gzip(Idx(8, {3, 2, 2}, std::string("\x00\xff\x33\x00\x01\x02\x03\x04\xff\xff\xff\xff", 12))));
  files_.Put("m/train-labels-idx1-ubyte.gz", Gzip(Idx(8, {3}, std::string("\x07\x00\x07", 3))));
  for (const char* path : {"m/train-images-idx3-ubyte.gz", "m"}) {
    const Block block = Rows({.paths = {path}, .shard_bytes = 4});
    EXPECT_EQ(block.rows, 3u);
    EXPECT_EQ(schema_.columns, 4u);
    EXPECT_EQ(schema_.class_labels, (std::vector<std::string>{"0", "7"}));
    EXPECT_EQ(block.labels, (std::vector<float>{1, 0, 1}));
    EXPECT_FLOAT_EQ(block.dense[1], 1);
    EXPECT_FLOAT_EQ(block.dense[2], 0.2F);
  }
  files_.Put("m/train-labels-idx1-ubyte.gz", Gzip(Idx(8, {2}, std::string("\x07\x00", 2))));
  EXPECT_EQ(Error({.paths = {"m/train-images-idx3-ubyte.gz"}}),
            "m/train-labels-idx1-ubyte.gz: 2 × 1 labels for 3 rows of m/train-images-idx3-ubyte.gz");
  files_.Put("alone-images", Idx(8, {1, 2}, "ab"));
  EXPECT_EQ(Error({.paths = {"alone-images"}}),
            "alone-images: no labels (alone-labels is not there): name their file with --labels");
  files_.Put("cut-images", Idx(8, {5, 2}, "abc"));
  EXPECT_EQ(Error({.paths = {"cut-images"}}),
            "cut-images: truncated: 5 rows of 2 bytes are announced, the file ends after 1 of them (15 bytes)");
}

template <typename T>
std::string Npy(std::string_view descr, const std::vector<uint64_t>& shape, const std::vector<T>& values) {
  return NpyHeader(descr, shape) + std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

TEST_F(FilesTest, NpyWithAFileOfLabelsOrALabelColumn) {
  files_.Put("X.npy", Npy<float>("<f4", {3, 2}, {1, 2, 3, 4, 5, 6}));
  files_.Put("y.npy", Npy<int64_t>("<i8", {3}, {-1, 1, -1}));
  Block block = Rows({.paths = {"X.npy"}});
  EXPECT_EQ(block.dense, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(block.labels, (std::vector<float>{0, 1, 0}));
  block = Rows({.paths = {"X.npy"}, .label = "1", .task = LabelKind::kRegression, .shard_bytes = 8});
  EXPECT_EQ(block.dense, (std::vector<float>{1, 3, 5}));
  EXPECT_EQ(block.labels, (std::vector<float>{2, 4, 6}));
  files_.Put("d.npy", Npy<double>("<f8", {2, 1}, {0.5, 1.5}));
  files_.Put("l.npy", Npy<double>("<f8", {2}, {0.25, NAN}));
  EXPECT_EQ(Error({.paths = {"d.npy"}, .labels_path = "l.npy"}), "l.npy: row 1: the label is not finite");
  files_.Put("s.npy", Npy<float>("<U4", {2, 1}, {0.5, 1.5}));
  EXPECT_EQ(Error({.paths = {"s.npy"}, .label = "none"}), "s.npy: elements of type '<U4' (integers, float32 and float64 can be read)");
}

TEST_F(FilesTest, DamagedGzipIsAnError) {
  const std::string good = Gzip("1,2\n0,3\n1,4\n");
  files_.Put("a.csv.gz", good + good);
  EXPECT_EQ(Rows({.paths = {"a.csv.gz"}}).rows, 6u);  // members follow each other
  files_.Put("a.csv.gz", good.substr(0, good.size() - 9));
  EXPECT_TRUE(Error({.paths = {"a.csv.gz"}}).starts_with("a.csv.gz: truncated gzip file"));
  std::string bad = good;
  bad[bad.size() - 6] ^= 1;
  files_.Put("a.csv.gz", bad);
  EXPECT_TRUE(Error({.paths = {"a.csv.gz"}}).starts_with("a.csv.gz: damaged gzip data"));
  MemoryByteSource source(std::make_shared<const std::vector<uint8_t>>(good.begin(), good.end()));
  EXPECT_EQ(Gunzip(source, "a", 5).code(), Code::kResourceExhausted);
}

TEST_F(FilesTest, APlanGoesThereAndBackAsJson) {
  files_.Put("a.csv", "label,a,b\nno,1,x\nyes,3,y\n");
  auto files = std::make_shared<OpenedFiles>(std::make_shared<MemorySources>(files_));
  const Result<DataPlan> plan = PlanData(*files, {.paths = {"a.csv"}, .categorical = {"b"}, .shard_bytes = 9}, pool_);
  ASSERT_TRUE(plan.ok()) << plan.status().ToString();
  EXPECT_GT(plan->shards.size(), 1u);
  const Result<DataPlan> read = DataPlan::Decode(plan->Encode());
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->Encode(), plan->Encode());
  EXPECT_EQ(Reshard(MakeFileDataset(files, *read), 1)->Load(0)->dense, (std::vector<float>{1, 0, 3, 1}));
  files_.Put("a.csv", "label,a,b\nno,1,x\n\n\n\n\n\n");
  auto changed = std::make_shared<OpenedFiles>(std::make_shared<MemorySources>(files_));
  EXPECT_NE(Reshard(MakeFileDataset(changed, *read), 1)->Load(0).status().message().find("the file was changed"), std::string::npos);
  EXPECT_EQ(DataPlan::Decode("{\"schema\":{}}").code(), Code::kCorruption);
}

TEST(NumberTextTest, EqualsTheCorrectlyRoundedDouble) {
  for (const char* text : {"0", "-0.0", "1", "+1.5", ".5", "5.", "1e5", "1E-5", "123456789012345678901234567890", "9007199254740993",
                           "0.1", "1e22", "1e23", "4.35", "2.2250738585072014e-308", "5e-324", "1.7976931348623157e308", "0.000001"}) {
    double value = -7;
    ASSERT_TRUE(IsNumber(text, value)) << text;
    EXPECT_EQ(value, std::strtod(text, nullptr)) << text;
  }
  double value = 0;
  for (const char* text : {"", "-", ".", "e5", "1e", "0x10", "inf", "nan", "1 ", "1..2", "--1"}) EXPECT_FALSE(IsNumber(text, value)) << text;
  EXPECT_TRUE(IsNumber("1e999999999999", value) && std::isinf(value));
  EXPECT_TRUE(IsNumber("1e-999999999999", value) && value == 0);
  EXPECT_EQ(NumberText(-3.0), "-3");
  EXPECT_EQ(NumberText(0.1), "0.1");
}

}  // namespace
}  // namespace tusk::ml
