// safetensors headers: there and back, and every field broken in turn is an error.
#include "quant/io/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

namespace tusk::quant {
namespace {

std::vector<uint8_t> File(const std::string& header, size_t data) {
  std::vector<uint8_t> bytes(8);
  const uint64_t size = header.size();
  std::memcpy(bytes.data(), &size, 8);
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.resize(bytes.size() + data);
  return bytes;
}

Result<SafetensorsHeader> Read(ByteView bytes) { return ReadSafetensorsHeader(MemoryRanges("/m.safetensors", bytes)); }

SafetensorsHeader Sample() {
  SafetensorsHeader header;
  header.metadata["format"] = "pt";
  header.tensors.push_back({.name = "scale", .dtype = Dtype::kF8E4M3, .shape = {3}});
  header.tensors.push_back({.name = "w", .dtype = Dtype::kBF16, .shape = {2, 3}});
  header.tensors.push_back({.name = "empty", .dtype = Dtype::kI64, .shape = {0, 7}});
  SortForAlignment(header.tensors);
  return header;
}

TEST(SafetensorsTest, ThereAndBackLargeElementsFirst) {
  SafetensorsHeader header = Sample();
  std::vector<uint8_t> bytes = EncodeSafetensorsHeader(header).value();
  EXPECT_EQ(bytes.size() % 8, 0U);
  EXPECT_EQ(bytes.size(), header.data_offset);
  bytes.resize(bytes.size() + header.data_bytes);
  const Result<SafetensorsHeader> read = Read(bytes);
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->metadata.at("format"), "pt");
  ASSERT_EQ(read->tensors.size(), 3U);
  EXPECT_EQ(read->tensors[0].name, "empty");
  EXPECT_EQ(read->tensors[1].name, "w");
  EXPECT_EQ(read->tensors[1].shape, (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(read->tensors[1].dtype, Dtype::kBF16);
  EXPECT_EQ(read->tensors[2].begin, 12U);
  EXPECT_EQ(read->tensors[2].end, 15U);
}

TEST(SafetensorsTest, EveryCutIsAnError) {
  SafetensorsHeader header = Sample();
  std::vector<uint8_t> bytes = EncodeSafetensorsHeader(header).value();
  bytes.resize(bytes.size() + header.data_bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Result<SafetensorsHeader> read = Read(ByteView(bytes).first(size));
    ASSERT_FALSE(read.ok()) << size;
    EXPECT_TRUE(read.status().message().starts_with("/m.safetensors: truncated")) << read.status().ToString();
  }
}

struct Broken {
  const char* header;
  size_t data;
  const char* text;
};

TEST(SafetensorsTest, EachBrokenFieldIsNamed) {
  const Broken files[] = {
      {"[]", 0, "the header (from byte 8) is not a JSON object"},
      {R"({"a":)", 0, "the header (from byte 8) is not a JSON object"},
      {"{\"\xff\":1}", 0, "the header (from byte 8) is not a JSON object in UTF-8"},
      {R"({"a":[[[[[[1]]]]]]})", 0, "nested too deeply"},
      {R"({"a":1})", 0, "tensor 'a' is not an object"},
      {R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4, "tensor 'a' has no dtype"},
      {R"({"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}})", 4, "tensor 'a' has no dtype"},
      {R"({"a":{"dtype":"F9","shape":[1],"data_offsets":[0,4]}})", 4, "unknown dtype F9"},
      {R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4, "tensor 'a' has no shape"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "tensor 'a' has no shape"},
      {R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4, "tensor 'a' has no shape"},
      {R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4, "has no shape of at most 16"},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0, "too large a shape"},
      {R"({"a":{"dtype":"F32","shape":[1]}})", 4, "tensor 'a' has no data_offsets"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "tensor 'a' has no data_offsets"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,-4]}})", 4, "tensor 'a' has no data_offsets"},
      {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[8,4]}})", 4, "its data_offsets are 8 and 4"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4, "its shape wants 8 bytes"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "data_offsets begin at byte 4 of the data, not at 0"},
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", 3,
       "tensor 'b': its data_offsets begin at byte 1 of the data, not at 2"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 9, "5 bytes behind the last tensor"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 7, "truncated: tensor 'a' ends at byte 8"},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1,
       "the header (from byte 8) names 'a' twice"},
      {R"({"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}})", 1, "names 'dtype' twice"},
      {R"({"__metadata__":[]})", 0, "__metadata__ is not an object"},
      {R"({"__metadata__":{"a":1}})", 0, "__metadata__.a is not a text"},
  };
  for (const Broken& broken : files) {
    const Result<SafetensorsHeader> read = Read(File(broken.header, broken.data));
    ASSERT_FALSE(read.ok()) << broken.header;
    EXPECT_EQ(read.code(), Code::kCorruption);
    EXPECT_NE(read.status().message().find(broken.text), std::string_view::npos) << read.status().ToString() << " lacks " << broken.text;
  }
  // Where the field stands.
  const Broken places[] = {
      {R"({"a":1})", 0, "(at byte 9)"},
      {R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4, "(at byte 9)"},
      {R"({"b":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F9","shape":[1],"data_offsets":[0,4]}})", 4, "unknown dtype F9 (at byte 66)"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4, "(at byte 28)"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,-4]}})", 4, "no data_offsets (at byte 40)"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8, "not at 0 (at byte 40)"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 7, "(at byte 40)"},
      {R"({"__metadata__":{"b":"","a":1}})", 0, "__metadata__.a is not a text (at byte 32)"},
  };
  for (const Broken& broken : places) {
    const Status status = Read(File(broken.header, broken.data)).status();
    EXPECT_NE(status.message().find(broken.text), std::string_view::npos) << status.ToString() << " lacks " << broken.text;
  }
  std::vector<uint8_t> huge(16, 0xff);
  EXPECT_NE(Read(huge).status().message().find("its first 8 bytes name a header of"), std::string_view::npos);
}

TEST(SafetensorsTest, WhatReadersRefuseIsNotWritten) {
  SafetensorsHeader header = Sample();
  header.tensors.push_back(header.tensors[0]);
  EXPECT_EQ(EncodeSafetensorsHeader(header).code(), Code::kInvalidArgument);
  header = Sample();
  header.tensors[0].name = "__metadata__";
  EXPECT_EQ(EncodeSafetensorsHeader(header).code(), Code::kInvalidArgument);
  header = Sample();
  header.tensors[0].shape = {uint64_t{1} << 62, 8};
  EXPECT_EQ(EncodeSafetensorsHeader(header).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace tusk::quant
