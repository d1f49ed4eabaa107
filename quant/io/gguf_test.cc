// GGUF headers: there and back; every field broken in turn is an error that names offset and field; every cut is one too.
#include "quant/io/gguf.h"

#include <gtest/gtest.h>

#include <cstring>

namespace tusk::quant {
namespace {

GgufHeader Sample() {
  GgufHeader header;
  header.Set("general.architecture", GgufValue::String("llama"));
  header.Set("general.alignment", GgufValue::U32(64));
  header.Set("llama.rope.freq_base", GgufValue::F32(10000));
  header.Set("tokenizer.ggml.add_bos_token", GgufValue::Bool(true));
  const std::string tokens[] = {"a", "", "\xe2\x96\x81the"};
  header.Set("tokenizer.ggml.tokens", GgufValue::Strings(tokens));
  const int32_t types[] = {1, 3, -1};
  header.Set("tokenizer.ggml.token_type", GgufValue::I32s(types));
  header.alignment = 64;
  header.tensors.push_back({.name = "token_embd.weight", .type = TensorType::kQ8_0, .dims = {64, 3}});
  header.tensors.push_back({.name = "blk.0.norm.weight", .type = TensorType::kF32, .dims = {5}});
  return header;
}

std::vector<uint8_t> SampleFile() {
  GgufHeader header = Sample();
  std::vector<uint8_t> bytes = EncodeGgufHeader(header).value();
  bytes.resize(bytes.size() + header.data_bytes);
  return bytes;
}

Result<GgufHeader> Read(ByteView bytes) { return ReadGgufHeader(MemoryRanges("/m.gguf", bytes)); }

TEST(GgufTest, ThereAndBackWithEqualBytes) {
  const std::vector<uint8_t> file = SampleFile();
  Result<GgufHeader> header = Read(file);
  ASSERT_TRUE(header.ok()) << header.status().ToString();
  EXPECT_EQ(header->data_offset % 64, 0U);
  EXPECT_EQ(header->tensors[0].bytes, 3 * 2 * 34U);
  EXPECT_EQ(header->tensors[1].offset, 256U);
  EXPECT_EQ(header->data_bytes, 320U);
  EXPECT_EQ(*header->Find("general.architecture")->AsString(), "llama");
  EXPECT_EQ(header->Find("general.alignment")->AsUnsigned(), 64U);
  EXPECT_EQ(header->Find("llama.rope.freq_base")->AsNumber(), 10000.0);
  EXPECT_EQ(header->Find("tokenizer.ggml.tokens")->AsStrings()[2], "\xe2\x96\x81the");
  EXPECT_EQ(header->Find("tokenizer.ggml.token_type")->ToText(2), "[1, 3, ... 3 of i32]");
  EXPECT_EQ(header->Find("absent"), nullptr);
  std::vector<uint8_t> again = EncodeGgufHeader(*header).value();
  again.resize(file.size());
  EXPECT_EQ(again, file);
}

TEST(GgufTest, VersionTwoIsReadThePaddingOfTheLastTensorMayBeMissing) {
  std::vector<uint8_t> file = SampleFile();
  file[4] = 2;
  EXPECT_TRUE(Read(file).ok());
  const uint64_t unpadded = file.size() - 64 + 20;
  EXPECT_TRUE(Read(ByteView(file).first(unpadded)).ok());
  EXPECT_FALSE(Read(ByteView(file).first(unpadded - 1)).ok());
}

TEST(GgufTest, SettingAValueMovesItToTheEnd) {
  GgufHeader header = Sample();
  header.Set("general.architecture", GgufValue::String("gpt2"));
  EXPECT_EQ(header.metadata.back().first, "general.architecture");
  EXPECT_EQ(header.metadata.size(), 6U);
}

TEST(GgufTest, EveryCutIsAnErrorThatNamesTheFile) {
  const std::vector<uint8_t> file = SampleFile();
  for (size_t size = 0; size < file.size() - 44; ++size) {
    const Result<GgufHeader> read = Read(ByteView(file).first(size));
    ASSERT_FALSE(read.ok()) << size;
    EXPECT_EQ(read.code(), Code::kCorruption);
    EXPECT_TRUE(read.status().message().starts_with("/m.gguf: ")) << read.status().ToString();
    EXPECT_NE(read.status().message().find("truncated"), std::string_view::npos) << read.status().ToString();
    EXPECT_NE(read.status().message().find("at byte "), std::string_view::npos) << read.status().ToString();
  }
}

// Every field of a header, in the file's order: its name in messages, where it lies, how long it is, and a value that it must not have.
struct Field {
  std::string name;
  uint64_t at = 0, size = 0;
  uint64_t bad = 0;
};

// Walks a file as the format says.
class Walk {
 public:
  explicit Walk(const std::vector<uint8_t>& file) : file_(file) {}

  std::vector<Field> Run() {
    Take("the magic", 4, 0x67676767);
    Take("the version", 4, 4);
    const uint64_t tensors = Take("the count of tensors", 8, ~uint64_t{0}), values = Take("the count of metadata", 8, ~uint64_t{0});
    for (uint64_t i = 0; i < values; ++i) Entry(i);
    for (uint64_t i = 0; i < tensors; ++i) Tensor(i);
    return fields_;
  }

 private:
  uint64_t Take(const std::string& name, uint64_t size, uint64_t bad) {
    uint64_t value = 0;
    std::memcpy(&value, file_.data() + at_, std::min<uint64_t>(size, 8));
    fields_.push_back({name, at_, size, bad});
    at_ += size;
    return value;
  }
  std::string Text(const std::string& name) {
    const uint64_t size = Take(name + "'s length", 8, uint64_t{1} << 40);
    const std::string text(AsText(ByteView(file_).subspan(at_, size)));
    if (size > 0) Take(name, size, 0xff);
    return text;
  }
  void Entry(uint64_t number) {
    const std::string value = "the value of '" + Text("key " + std::to_string(number)) + "'";
    const auto type = static_cast<GgufType>(Take(value + "'s type", 4, 13));
    if (type == GgufType::kString) {
      Text(value);
    } else if (type == GgufType::kArray) {
      const auto element = static_cast<GgufType>(Take(value + "'s element type", 4, 99));
      const uint64_t count = Take(value + "'s count", 8, ~uint64_t{0});
      for (uint64_t i = 0; i < count; ++i) {
        if (element == GgufType::kString) at_ += 8 + Take(value + "'s length", 8, ~uint64_t{0}) - 8;
        else at_ += 4;
      }
    } else {
      at_ += type == GgufType::kBool ? 1 : 4;
      if (type == GgufType::kBool) fields_.push_back({value, at_ - 1, 1, 7});
    }
  }
  void Tensor(uint64_t number) {
    const std::string field = "tensor '" + Text("tensor " + std::to_string(number) + "'s name") + "'";
    const uint64_t dimensions = Take(field + "'s count of dimensions", 4, 0xffffffff);
    for (uint64_t i = 0; i < dimensions; ++i) Take(field + "'s dimension " + std::to_string(i), 8, ~uint64_t{0});
    Take(field + "'s type", 4, 0xffff);
    Take(field + "'s offset", 8, 7);
  }

  const std::vector<uint8_t>& file_;
  uint64_t at_ = 0;
  std::vector<Field> fields_;
};

TEST(GgufTest, EveryFieldBrokenInTurnIsAnErrorThatNamesItsOffsetAndField) {
  const std::vector<uint8_t> file = SampleFile();
  const std::vector<Field> fields = Walk(file).Run();
  EXPECT_GT(fields.size(), 40U);
  for (const Field& field : fields) {
    std::vector<uint8_t> broken = file;
    if (field.size <= 8) std::memcpy(broken.data() + field.at, &field.bad, std::min<uint64_t>(field.size, 8));
    else broken[field.at] = 0xff;   // a text that is none
    const Result<GgufHeader> read = Read(broken);
    ASSERT_FALSE(read.ok()) << field.name << " at " << field.at;
    EXPECT_EQ(read.code(), Code::kCorruption) << field.name;
    const std::string text(read.status().message());
    // What a length promises is missing behind it.
    const bool length = field.name.ends_with("'s length");
    const std::string name = length ? field.name.substr(0, field.name.size() - 9) : field.name;
    EXPECT_NE(text.find(name), std::string::npos) << text << " lacks " << name;
    EXPECT_TRUE(text.find("(at byte " + std::to_string(field.at) + ")") != std::string::npos ||
                (length && text.find("(at byte " + std::to_string(field.at + 8) + ")") != std::string::npos)) << text << " lacks " << field.at;
  }
}

class BrokenGguf : public ::testing::Test {
 protected:
  // The file with `bytes` written at `at` is an error whose message holds `text`.
  template <typename T>
  void Expect(uint64_t at, T value, const std::string& text) {
    std::vector<uint8_t> broken = file;
    std::memcpy(broken.data() + at, &value, sizeof(value));
    const Result<GgufHeader> read = Read(broken);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.code(), Code::kCorruption);
    EXPECT_NE(read.status().message().find(text), std::string_view::npos) << read.status().ToString() << " lacks " << text;
  }
  uint64_t Find(std::string_view text) const {
    const std::string_view all = AsText(file);
    const size_t at = all.find(text);
    EXPECT_NE(at, std::string_view::npos);
    return at;
  }

  const std::vector<uint8_t> file = SampleFile();
};

TEST_F(BrokenGguf, TheFixedFields) {
  Expect<uint8_t>(0, 'g', "the magic (at byte 0) is not GGUF");
  Expect<uint32_t>(4, 1, "the version (at byte 4) is 1");
  Expect<uint32_t>(4, 4, "the version (at byte 4) is 4");
  Expect<uint32_t>(4, 0x03000000, "big-endian");
  Expect<int64_t>(8, -1, "the count of tensors (at byte 8) is -1");
  Expect<int64_t>(8, int64_t{1} << 60, "the count of tensors (at byte 8)");
  Expect<int64_t>(16, -1, "the count of metadata (at byte 16) is -1");
  Expect<int64_t>(16, int64_t{1} << 60, "the count of metadata (at byte 16)");
}

TEST_F(BrokenGguf, FieldsOfTheMetadata) {
  Expect<uint64_t>(24, 70000, "key 0's length (at byte 24) is 70000, more than 65535");
  Expect<uint64_t>(24, 60000, "key 0 (at byte 32) wants 60000 bytes: truncated");
  Expect<uint64_t>(24, 0, "key 0 (at byte 24) is empty");
  Expect<uint8_t>(32, 0xff, "key 0 (at byte 32) is not UTF-8");
  const uint64_t type = 32 + std::string("general.architecture").size();
  Expect<uint32_t>(type, 13, "'general.architecture''s type (at byte " + std::to_string(type) + ") is 13");
  Expect<uint64_t>(type + 4, uint64_t{1} << 63, "wants 9223372036854775808 bytes: truncated");
  Expect<uint8_t>(type + 12, 0xc0, "is not UTF-8");
  const uint64_t alignment = Find("general.alignment") + std::string("general.alignment").size();
  Expect<uint32_t>(alignment + 4, 0, "is not a power of two");
  Expect<uint32_t>(alignment + 4, 48, "is not a power of two");
  Expect<uint32_t>(alignment, static_cast<uint32_t>(GgufType::kI32), "is not a power of two in a u32");
  const uint64_t flag = Find("add_bos_token") + std::string("add_bos_token").size() + 4;
  Expect<uint8_t>(flag, 2, "is a bool of 2");
  const uint64_t array = Find("tokenizer.ggml.tokens") + std::string("tokenizer.ggml.tokens").size() + 4;
  Expect<uint32_t>(array, static_cast<uint32_t>(GgufType::kArray), "element type");
  Expect<uint32_t>(array, 99, "element type (at byte " + std::to_string(array) + ") is 99");
  Expect<uint64_t>(array + 4, uint64_t{1} << 61, "more elements than the file can hold");
  Expect<uint64_t>(array + 12, uint64_t{1} << 40, "truncated");
  // Two keys of one name: the second made equal to the first of the same length.
  const std::string key = "tokenizer.ggml.token_type", other = "tokenizer.ggml.add_bos_token";
  std::vector<uint8_t> broken = file;
  std::memcpy(broken.data() + Find(key), "general.architecture\0\0\0\0\0", key.size());
  EXPECT_TRUE(Read(broken).ok()) << "another key of the same length";
  GgufHeader twice = Sample();
  twice.metadata.push_back(twice.metadata[0]);
  std::vector<uint8_t> bytes = EncodeGgufHeader(twice).value();
  bytes.resize(bytes.size() + twice.data_bytes);
  EXPECT_NE(Read(bytes).status().message().find("'general.architecture' once more"), std::string_view::npos);
}

TEST_F(BrokenGguf, FieldsOfTheTensors) {
  const uint64_t name = Find("token_embd.weight"), dims = name + std::string("token_embd.weight").size();
  Expect<uint64_t>(name - 8, 64, "tensor 0's name's length (at byte " + std::to_string(name - 8) + ") is 64, more than 63");
  Expect<uint8_t>(name, 0x80, "is not UTF-8");
  Expect<uint32_t>(dims, 0, "count of dimensions (at byte " + std::to_string(dims) + ") is 0");
  Expect<uint32_t>(dims, 5, "is 5, not 1 to 4");
  Expect<int64_t>(dims + 4, -64, "dimension 0 (at byte " + std::to_string(dims + 4) + ") is negative");
  Expect<int64_t>(dims + 4, 63, "in blocks of 32, but rows have 63 elements");
  Expect<int64_t>(dims + 12, int64_t{1} << 62, "makes the tensor too large");
  Expect<int64_t>(dims + 12, int64_t{1} << 56, "a hole or an overlap");
  Expect<uint32_t>(dims + 20, 4, "type (at byte " + std::to_string(dims + 20) + ") is 4");
  Expect<uint32_t>(dims + 20, 4000, "is 4000, which there is not");
  Expect<uint64_t>(dims + 24, 64, "'token_embd.weight''s offset (at byte " + std::to_string(dims + 24) + ") is 64, not 0");
  const uint64_t second = Find("blk.0.norm.weight") + std::string("blk.0.norm.weight").size();
  Expect<uint64_t>(second + 16, 0, "is 0, not 256: a hole or an overlap");
  Expect<int64_t>(second + 4, 50, "truncated");
  std::vector<uint8_t> broken = file;
  const int64_t long_and_empty[] = {int64_t{1} << 62, 0};
  std::memcpy(broken.data() + dims + 4, long_and_empty, sizeof(long_and_empty));
  std::memset(broken.data() + dims + 20, 0, 4);  // F32
  EXPECT_NE(Read(broken).status().message().find("is too large"), std::string_view::npos);
  broken = file;
  std::memcpy(broken.data() + Find("blk.0.norm.weight"), "token_embd.weight", 17);
  EXPECT_NE(Read(broken).status().message().find("is called 'token_embd.weight' once more"), std::string_view::npos);
}

TEST(GgufWriterTest, WhatReadersRefuseIsNotWritten) {
  const auto refused = [](const GgufTensor& tensor) {
    GgufHeader header = Sample();
    header.tensors.push_back(tensor);
    return EncodeGgufHeader(header).status().code() == Code::kInvalidArgument;
  };
  EXPECT_TRUE(refused({.name = "token_embd.weight", .type = TensorType::kF32, .dims = {1}}));
  EXPECT_TRUE(refused({.name = std::string(64, 'a'), .type = TensorType::kF32, .dims = {1}}));
  EXPECT_TRUE(refused({.name = "a", .type = TensorType::kQ4_K, .dims = {255}}));
  EXPECT_TRUE(refused({.name = "a", .type = TensorType::kF32, .dims = {}}));
  EXPECT_TRUE(refused({.name = "a", .type = TensorType::kF32, .dims = {1, 1, 1, 1, 1}}));
  EXPECT_FALSE(refused({.name = "a", .type = TensorType::kF32, .dims = {1}}));
}

}  // namespace
}  // namespace tusk::quant
