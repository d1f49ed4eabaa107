// The header of a safetensors file: u64 length, JSON {name: {dtype, shape, data_offsets}}, then the tensors' bytes, row-major
// and little-endian, without hole or overlap. Reading checks all of that before anything is sized by it; writing lays the
// data out. The bytes of tensors never pass through here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "quant/io/range_reader.h"

namespace tusk::quant {

enum class Dtype : uint8_t {
  kBool, kU8, kI8, kF8E5M2, kF8E4M3, kF8E8M0, kI16, kU16, kF16, kBF16, kI32, kU32, kF32, kF64, kI64, kU64
};
size_t SizeOf(Dtype dtype);
// "BF16", as in the files.
std::string_view NameOf(Dtype dtype);
std::optional<Dtype> DtypeByName(std::string_view name);

struct SafetensorsEntry {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<uint64_t> shape;  // slowest first
  uint64_t begin = 0, end = 0;  // within the data part

  uint64_t bytes() const { return end - begin; }
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<SafetensorsEntry> tensors;  // in the order of their data
  uint64_t data_offset = 0;               // of the data part within the file
  uint64_t data_bytes = 0;
};

// Reads and checks the header of a whole file. An error names the file, the offset or the tensor, and the field.
Result<SafetensorsHeader> ReadSafetensorsHeader(const RangeReader& file);

// The order that keeps every tensor aligned to its own elements: larger elements first, then by name.
void SortForAlignment(std::vector<SafetensorsEntry>& tensors);

// Gives each tensor its place, in the order in which they stand, and returns the bytes before the data part: u64 length
// and JSON, padded to 8. Sets data_offset and data_bytes. Names that stand twice, or too large shapes, are kInvalidArgument.
Result<std::vector<uint8_t>> EncodeSafetensorsHeader(SafetensorsHeader& header);

}  // namespace tusk::quant
