// The header of a GGUF file: typed metadata and where each tensor lies. Little-endian; "GGUF", u32 version, i64 counts of
// tensors and of metadata, the metadata, the tensors' infos; then, at a multiple of the alignment, each tensor's bytes padded to
// it, in the order of the infos. Versions 2 and 3 are read, 3 is written. The bytes of tensors never pass through here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "quant/io/range_reader.h"
#include "quant/types/tensor_type.h"

namespace tusk::quant {

enum class GgufType : uint32_t {
  kU8 = 0, kI8 = 1, kU16 = 2, kI16 = 3, kU32 = 4, kI32 = 5, kF32 = 6, kBool = 7, kString = 8, kArray = 9,
  kU64 = 10, kI64 = 11, kF64 = 12
};
// "u32", "string", ...
std::string_view NameOf(GgufType type);

// One value, its payload kept as it lies in the file (a string: u64 length and text; an array: its elements): what is copied
// from file to file keeps its bytes.
struct GgufValue {
  GgufType type = GgufType::kU8;
  GgufType element = GgufType::kU8;  // of an array
  uint64_t count = 1;                // of an array's elements
  std::vector<uint8_t> payload;

  static GgufValue U32(uint32_t value);
  static GgufValue I32(int32_t value);
  static GgufValue F32(float value);
  static GgufValue Bool(bool value);
  static GgufValue String(std::string_view value);
  static GgufValue Strings(std::span<const std::string> values);
  static GgufValue I32s(std::span<const int32_t> values);
  static GgufValue F32s(std::span<const float> values);

  // Nothing where the value is of another kind.
  std::optional<uint64_t> AsUnsigned() const;  // of any integer type, not negative
  std::optional<double> AsNumber() const;
  std::optional<std::string_view> AsString() const;
  std::vector<std::string_view> AsStrings() const;
  // For a person: the value, of an array the first `elements_max` and the count.
  std::string ToText(size_t elements_max = 4) const;
};

struct GgufTensor {
  std::string name;
  TensorType type = TensorType::kF32;
  std::vector<uint64_t> dims;  // fastest first; 1 to 4
  uint64_t offset = 0;         // from the begin of the data part
  uint64_t bytes = 0;          // without padding

  uint64_t columns() const { return dims.empty() ? 1 : dims[0]; }
  uint64_t rows() const {
    uint64_t product = 1;
    for (size_t i = 1; i < dims.size(); ++i) product *= dims[i];
    return product;
  }
};

inline uint64_t PaddedTo(uint64_t bytes, uint64_t alignment) { return (bytes + alignment - 1) / alignment * alignment; }

struct GgufHeader {
  uint32_t version = 3;
  std::vector<std::pair<std::string, GgufValue>> metadata;
  std::vector<GgufTensor> tensors;
  uint64_t alignment = 32;
  uint64_t data_offset = 0;  // of the data part within the file
  uint64_t data_bytes = 0;   // of all tensors, padded

  const GgufValue* Find(std::string_view key) const;
  // Replaces: the new value stands last, as with ggml.
  void Set(std::string key, GgufValue value);
  void Remove(std::string_view key);
};

// Whether the file begins as a GGUF file does.
bool LooksLikeGguf(const RangeReader& file);

// Reads and checks the header of a whole file. An error names the file, the offset, and the field.
Result<GgufHeader> ReadGgufHeader(const RangeReader& file);

// Gives each tensor its bytes and its place in their order, and returns the bytes before the data part, padded. Sets
// data_offset and data_bytes. What a reader would refuse is kInvalidArgument.
Result<std::vector<uint8_t>> EncodeGgufHeader(GgufHeader& header);

}  // namespace tusk::quant
