// Headers of IDX and .npy, and their elements.
#include "mlkit/data/array_format.h"

#include <algorithm>
#include <charconv>

namespace tusk::ml {
namespace {

constexpr uint64_t kColumnsMax = uint64_t{1} << 31;

Status Bad(std::string_view what, const std::string& why) {
  return Status(Code::kCorruption, std::string(what) + ": " + why);
}

// Shape and size of the file agree, and rows are of a sane width.
Status CheckShape(const ArrayHeader& header, uint64_t file_size, std::string_view what) {
  if (header.shape.empty()) return Bad(what, "the array has no dimension");
  uint64_t columns = 1, bytes = header.element_size();
  for (size_t i = 0; i < header.shape.size(); ++i) {
    if (i > 0 && (__builtin_mul_overflow(columns, header.shape[i], &columns) || columns > kColumnsMax)) {
      return Bad(what, "rows of more than " + std::to_string(kColumnsMax) + " columns");
    }
    if (__builtin_mul_overflow(bytes, header.shape[i], &bytes)) return Bad(what, "the array's shape is too large");
  }
  if (columns == 0) return Bad(what, "rows of 0 columns");
  if (header.data_offset > file_size || bytes > file_size - header.data_offset) {
    return Bad(what, "truncated: " + std::to_string(header.rows()) + " rows of " + std::to_string(header.row_size()) +
                         " bytes are announced, the file ends after " +
                         std::to_string(file_size > header.data_offset ? (file_size - header.data_offset) / header.row_size() : 0) +
                         " of them (" + std::to_string(file_size) + " bytes)");
  }
  if (bytes < file_size - header.data_offset) {
    return Bad(what, std::to_string(file_size - header.data_offset - bytes) + " bytes behind the last element");
  }
  return Status::Ok();
}

template <typename Wire, typename Out>
void ConvertAs(const ArrayHeader& header, const uint8_t* bytes, std::span<Out> out) {
  const Out scale = static_cast<Out>(header.scale);
  for (size_t i = 0; i < out.size(); ++i) {
    Wire value;
    if constexpr (sizeof(Wire) == 1) {
      value = static_cast<Wire>(bytes[i]);
    } else {
      uint8_t swapped[sizeof(Wire)];
      std::memcpy(swapped, bytes + i * sizeof(Wire), sizeof(Wire));
      if (header.big_endian) std::reverse(swapped, swapped + sizeof(Wire));
      std::memcpy(&value, swapped, sizeof(Wire));
    }
    out[i] = static_cast<Out>(value);
    if (header.scale != 1) out[i] *= scale;
  }
}

template <typename Out>
void Convert(const ArrayHeader& header, const uint8_t* bytes, std::span<Out> out) {
  switch (header.element) {
    case ArrayElement::kBool:
    case ArrayElement::kU8: return ConvertAs<uint8_t>(header, bytes, out);
    case ArrayElement::kI8: return ConvertAs<int8_t>(header, bytes, out);
    case ArrayElement::kI16: return ConvertAs<int16_t>(header, bytes, out);
    case ArrayElement::kU16: return ConvertAs<uint16_t>(header, bytes, out);
    case ArrayElement::kI32: return ConvertAs<int32_t>(header, bytes, out);
    case ArrayElement::kU32: return ConvertAs<uint32_t>(header, bytes, out);
    case ArrayElement::kI64: return ConvertAs<int64_t>(header, bytes, out);
    case ArrayElement::kU64: return ConvertAs<uint64_t>(header, bytes, out);
    case ArrayElement::kF32: return ConvertAs<float>(header, bytes, out);
    case ArrayElement::kF64: return ConvertAs<double>(header, bytes, out);
  }
}

// The value of 'key' in a header's dictionary literal, up to the comma or brace that ends it.
std::string_view DictionaryValue(std::string_view text, std::string_view key) {
  size_t at = text.find("'" + std::string(key) + "'");
  if (at == std::string_view::npos) return {};
  at = text.find(':', at);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + 1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  const size_t end = text.starts_with('(') ? text.find(')') : text.find_first_of(",}");
  if (end == std::string_view::npos) return {};
  return text.substr(0, text.starts_with('(') ? end + 1 : end);
}

Status ReadDescr(std::string_view descr, std::string_view what, ArrayHeader& header) {
  static constexpr std::pair<std::string_view, ArrayElement> kKinds[] = {
      {"b1", ArrayElement::kBool}, {"i1", ArrayElement::kI8},  {"u1", ArrayElement::kU8},  {"i2", ArrayElement::kI16},
      {"u2", ArrayElement::kU16},  {"i4", ArrayElement::kI32}, {"u4", ArrayElement::kU32}, {"i8", ArrayElement::kI64},
      {"u8", ArrayElement::kU64},  {"f4", ArrayElement::kF32}, {"f8", ArrayElement::kF64}};
  if (descr.size() == 5 && descr.front() == '\'' && descr.back() == '\'') {
    const char order = descr[1];
    for (const auto& [name, element] : kKinds) {
      if (descr.substr(2, 2) != name || (order != '<' && order != '>' && order != '|' && order != '=')) continue;
      header.element = element;
      header.big_endian = order == '>';
      return Status::Ok();
    }
  }
  return Bad(what, "elements of type " + std::string(descr.substr(0, 40)) + " (integers, float32 and float64 can be read)");
}

Status ReadShape(std::string_view shape, std::string_view what, ArrayHeader& header) {
  if (shape.size() < 2 || shape.front() != '(') return Bad(what, "the header has no shape");
  shape = shape.substr(1, shape.size() - 2);
  while (true) {
    while (!shape.empty() && (shape.front() == ' ' || shape.front() == ',')) shape.remove_prefix(1);
    if (shape.empty()) return Status::Ok();
    uint64_t size = 0;
    const auto [end, error] = std::from_chars(shape.data(), shape.data() + shape.size(), size);
    if (error != std::errc() || header.shape.size() >= 16) return Bad(what, "the header's shape cannot be read");
    header.shape.push_back(size);
    shape.remove_prefix(static_cast<size_t>(end - shape.data()));
  }
}

}  // namespace

uint64_t ArrayHeader::columns() const {
  uint64_t columns = 1;
  for (size_t i = 1; i < shape.size(); ++i) columns *= shape[i];
  return columns;
}

size_t ArrayHeader::element_size() const {
  switch (element) {
    case ArrayElement::kBool:
    case ArrayElement::kI8:
    case ArrayElement::kU8: return 1;
    case ArrayElement::kI16:
    case ArrayElement::kU16: return 2;
    case ArrayElement::kI32:
    case ArrayElement::kU32:
    case ArrayElement::kF32: return 4;
    case ArrayElement::kI64:
    case ArrayElement::kU64:
    case ArrayElement::kF64: return 8;
  }
  return 1;
}

bool LooksLikeIdx(ByteView start) {
  if (start.size() < 4 || start[0] != 0 || start[1] != 0 || start[3] == 0 || start[3] > 8) return false;
  return start[2] == 0x08 || start[2] == 0x09 || (start[2] >= 0x0B && start[2] <= 0x0E);
}

bool LooksLikeNpy(ByteView start) { return start.size() >= 6 && std::memcmp(start.data(), "\x93NUMPY", 6) == 0; }

Result<ArrayHeader> ParseIdxHeader(ByteView start, uint64_t file_size, std::string_view what) {
  if (!LooksLikeIdx(start)) return Bad(what, "no IDX file (its first 4 bytes are no magic number)");
  static constexpr std::pair<uint8_t, ArrayElement> kKinds[] = {
      {0x08, ArrayElement::kU8},  {0x09, ArrayElement::kI8},  {0x0B, ArrayElement::kI16},
      {0x0C, ArrayElement::kI32}, {0x0D, ArrayElement::kF32}, {0x0E, ArrayElement::kF64}};
  ArrayHeader header;
  header.big_endian = true;
  for (const auto& [code, element] : kKinds) {
    if (code == start[2]) header.element = element;
  }
  const size_t dimensions = start[3];
  header.data_offset = 4 + 4 * dimensions;
  if (start.size() < header.data_offset) return Bad(what, "truncated inside its header");
  for (size_t i = 0; i < dimensions; ++i) header.shape.push_back(LoadBigEndian<uint32_t>(start.data() + 4 + 4 * i));
  if (dimensions > 1 && header.element == ArrayElement::kU8) header.scale = 1.0 / 255;
  RETURN_IF_ERROR(CheckShape(header, file_size, what));
  return header;
}

Result<ArrayHeader> ParseNpyHeader(ByteView start, uint64_t file_size, std::string_view what) {
  if (!LooksLikeNpy(start)) return Bad(what, "no .npy file");
  if (start.size() < 12) return Bad(what, "truncated inside its header");
  const bool old = start[6] == 1;
  if (start[6] < 1 || start[6] > 3) return Bad(what, ".npy version " + std::to_string(start[6]) + " (1 to 3 can be read)");
  uint64_t length = start[8] | uint64_t{start[9]} << 8;
  if (!old) length |= uint64_t{start[10]} << 16 | uint64_t{start[11]} << 24;
  const size_t begin = old ? 10 : 12;
  if (length > kArrayHeaderMax - begin) return Bad(what, "a header of " + std::to_string(length) + " bytes");
  if (start.size() < begin + length) return Bad(what, "truncated inside its header");
  const std::string_view text = AsText(start.subspan(begin, length));
  ArrayHeader header;
  header.data_offset = begin + length;
  RETURN_IF_ERROR(ReadDescr(DictionaryValue(text, "descr"), what, header));
  if (DictionaryValue(text, "fortran_order") == "True") {
    return Status(Code::kUnsupported, std::string(what) + ": the array is in Fortran order; save numpy.ascontiguousarray(x)");
  }
  RETURN_IF_ERROR(ReadShape(DictionaryValue(text, "shape"), what, header));
  RETURN_IF_ERROR(CheckShape(header, file_size, what));
  return header;
}

void ConvertElements(const ArrayHeader& header, const uint8_t* bytes, std::span<float> out) { Convert(header, bytes, out); }
void ConvertElements(const ArrayHeader& header, const uint8_t* bytes, std::span<double> out) { Convert(header, bytes, out); }

std::string NpyHeader(std::string_view descr, const std::vector<uint64_t>& shape) {
  std::string sizes;
  for (const uint64_t size : shape) sizes += std::to_string(size) + ", ";
  if (shape.size() > 1) sizes.resize(sizes.size() - 2);
  if (shape.size() == 1) sizes.resize(sizes.size() - 1);
  std::string text = "{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': (" + sizes + "), }";
  text.resize((10 + text.size() + 1 + 63) / 64 * 64 - 10, ' ');
  text.back() = '\n';
  std::string header = "\x93NUMPY";
  header += '\1';
  header += '\0';
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

}  // namespace tusk::ml
