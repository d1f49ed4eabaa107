// Writing the header of a GGUF file, version 3.
#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "quant/io/gguf.h"

namespace tusk::quant {
namespace {

template <typename T>
void Append(std::vector<uint8_t>& out, T value) {
  const size_t at = out.size();
  out.resize(at + sizeof(value));
  std::memcpy(out.data() + at, &value, sizeof(value));
}

void AppendText(std::vector<uint8_t>& out, std::string_view text) {
  Append<uint64_t>(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

// Sizes and places of the tensors.
Status LayOut(GgufHeader& header) {
  std::unordered_set<std::string_view> names;
  header.data_bytes = 0;
  for (GgufTensor& tensor : header.tensors) {
    const std::string field = "tensor '" + tensor.name + "'";
    if (tensor.name.size() > 63) return Status(Code::kInvalidArgument, field + ": GGUF's names have at most 63 bytes");
    if (!names.insert(tensor.name).second) return Status(Code::kInvalidArgument, field + " stands twice");
    if (tensor.dims.empty() || tensor.dims.size() > 4) {
      return Status(Code::kInvalidArgument, field + " has " + std::to_string(tensor.dims.size()) + " dimensions, GGUF's have 1 to 4");
    }
    ASSIGN_OR_RETURN(const int64_t row_bytes, RowBytes(tensor.type, static_cast<int64_t>(tensor.columns())));
    if (__builtin_mul_overflow(static_cast<uint64_t>(row_bytes), tensor.rows(), &tensor.bytes)) {
      return Status(Code::kInvalidArgument, field + " is too large");
    }
    tensor.offset = header.data_bytes;
    header.data_bytes = PaddedTo(tensor.offset + tensor.bytes, header.alignment);
  }
  return Status::Ok();
}

}  // namespace

const GgufValue* GgufHeader::Find(std::string_view key) const {
  const auto it = std::find_if(metadata.begin(), metadata.end(), [key](const auto& entry) { return entry.first == key; });
  return it == metadata.end() ? nullptr : &it->second;
}

void GgufHeader::Set(std::string key, GgufValue value) {
  Remove(key);
  metadata.emplace_back(std::move(key), std::move(value));
}

void GgufHeader::Remove(std::string_view key) {
  std::erase_if(metadata, [key](const auto& entry) { return entry.first == key; });
}

Result<std::vector<uint8_t>> EncodeGgufHeader(GgufHeader& header) {
  header.version = 3;
  RETURN_IF_ERROR(LayOut(header));
  std::vector<uint8_t> out = {'G', 'G', 'U', 'F'};
  Append<uint32_t>(out, header.version);
  Append<int64_t>(out, static_cast<int64_t>(header.tensors.size()));
  Append<int64_t>(out, static_cast<int64_t>(header.metadata.size()));
  for (const auto& [key, value] : header.metadata) {
    AppendText(out, key);
    Append(out, static_cast<uint32_t>(value.type));
    if (value.type == GgufType::kArray) {
      Append(out, static_cast<uint32_t>(value.element));
      Append<uint64_t>(out, value.count);
    }
    out.insert(out.end(), value.payload.begin(), value.payload.end());
  }
  for (const GgufTensor& tensor : header.tensors) {
    AppendText(out, tensor.name);
    Append(out, static_cast<uint32_t>(tensor.dims.size()));
    for (const uint64_t size : tensor.dims) Append<int64_t>(out, static_cast<int64_t>(size));
    Append(out, static_cast<uint32_t>(tensor.type));
    Append<uint64_t>(out, tensor.offset);
  }
  out.resize(PaddedTo(out.size(), header.alignment));
  header.data_offset = out.size();
  return out;
}

}  // namespace tusk::quant
