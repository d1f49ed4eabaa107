// Arrays in files: IDX (MNIST's) and NumPy's .npy, both a header and then elements in C order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::ml {

enum class ArrayElement : uint8_t { kBool, kI8, kU8, kI16, kU16, kI32, kU32, kI64, kU64, kF32, kF64 };

struct ArrayHeader {
  ArrayElement element = ArrayElement::kU8;
  bool big_endian = false;
  std::vector<uint64_t> shape;
  uint64_t data_offset = 0;
  double scale = 1;            // values are multiplied by it: IDX bytes are 0..255 and become 0..1

  uint64_t rows() const { return shape[0]; }
  uint64_t columns() const;    // of the other dimensions, flattened
  size_t element_size() const;
  uint64_t row_size() const { return columns() * element_size(); }
};

inline constexpr size_t kArrayHeaderMax = 64 << 10;

bool LooksLikeIdx(ByteView start);
bool LooksLikeNpy(ByteView start);
// From the first bytes of a file (all of it, or at least kArrayHeaderMax) of `file_size` bytes. The error begins with
// `what` and names field and offset: a shape that does not fit the file's size is a truncated file.
Result<ArrayHeader> ParseIdxHeader(ByteView start, uint64_t file_size, std::string_view what);
Result<ArrayHeader> ParseNpyHeader(ByteView start, uint64_t file_size, std::string_view what);

// out.size() elements of `bytes`, scaled.
void ConvertElements(const ArrayHeader& header, const uint8_t* bytes, std::span<float> out);
void ConvertElements(const ArrayHeader& header, const uint8_t* bytes, std::span<double> out);

// The header of a little-endian .npy file (version 1.0): "<f4" and such.
std::string NpyHeader(std::string_view descr, const std::vector<uint64_t>& shape);

}  // namespace tusk::ml
