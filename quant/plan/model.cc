// Models from GGUF files, and rows out of pieces.
#include "quant/plan/model.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace tusk::quant {
namespace {

const GgufValue* FindValue(const Model& model, std::string_view key) {
  for (const auto& [name, value] : model.metadata) {
    if (name == key) return &value;
  }
  return nullptr;
}

// A number, or the first of an array of them (head counts may differ by layer).
uint64_t NumberOf(const Model& model, const std::string& key, uint64_t otherwise) {
  const GgufValue* value = FindValue(model, key);
  if (value == nullptr) return otherwise;
  if (value->type == GgufType::kArray && value->count > 0 && value->payload.size() >= 4 &&
      (value->element == GgufType::kU32 || value->element == GgufType::kI32)) {
    uint32_t first;
    std::memcpy(&first, value->payload.data(), sizeof(first));
    return first;
  }
  return value->AsUnsigned().value_or(otherwise);
}

int LayerOf(const std::string& name) {
  int layer = -1;
  if (std::sscanf(name.c_str(), "blk.%d.", &layer) != 1) return -1;
  return layer;
}

// "a-00002-of-00007.gguf" as its stem "a" and the count; nothing for other names.
bool SplitName(const std::string& path, std::string& stem) {
  constexpr size_t kTail = sizeof("-00001-of-00001.gguf") - 1;
  if (path.size() <= kTail) return false;
  const std::string tail = path.substr(path.size() - kTail);
  int number = 0, count = 0, read = 0;
  if (std::sscanf(tail.c_str(), "-%5d-of-%5d.gguf%n", &number, &count, &read) != 2 || read != static_cast<int>(kTail)) return false;
  stem = path.substr(0, path.size() - kTail);
  return true;
}

Status AddGgufFile(const RangeFiles& files, const std::string& path, Model& model) {
  ASSIGN_OR_RETURN(std::shared_ptr<const RangeReader> file, files.Open(path));
  ASSIGN_OR_RETURN(GgufHeader header, ReadGgufHeader(*file));
  const auto index = static_cast<uint32_t>(model.files.size());
  for (const GgufTensor& tensor : header.tensors) {
    ModelTensor entry{.name = tensor.name, .type = tensor.type, .plain_type = tensor.type, .dims = tensor.dims, .pieces = {}, .made = {}};
    while (entry.dims.size() > 1 && entry.dims.back() == 1) entry.dims.pop_back();
    entry.pieces.push_back({index, header.data_offset + tensor.offset, tensor.rows()});
    model.tensors.push_back(std::move(entry));
  }
  if (model.files.empty()) model.metadata = std::move(header.metadata);
  model.files.push_back(std::move(file));
  return Status::Ok();
}

Status RefuseTwins(const std::string& path, const std::vector<ModelTensor>& sorted) {
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i].name == sorted[i - 1].name) {
      return Status(Code::kCorruption, path + ": tensor '" + sorted[i].name + "' is in two of the files");
    }
  }
  return Status::Ok();
}

// The bytes of one row, or of one element where a vector is permuted.
Result<uint64_t> UnitBytes(const ModelTensor& tensor, uint64_t columns) {
  ASSIGN_OR_RETURN(const int64_t bytes, RowBytes(tensor.type, static_cast<int64_t>(columns)));
  return static_cast<uint64_t>(bytes);
}

Status ReadPieces(const Model& model, const ModelTensor& tensor, uint64_t unit_bytes, uint64_t first, uint64_t count,
                  MutableByteView out, bool elements) {
  for (const TensorPiece& piece : tensor.pieces) {
    if (count == 0) break;
    const uint64_t units = elements ? piece.rows * tensor.columns() : piece.rows;
    if (first >= units) {
      first -= units;
      continue;
    }
    const uint64_t take = std::min(count, units - first);
    RETURN_IF_ERROR(model.files[piece.file]->ReadAt(piece.offset + first * unit_bytes, out.first(take * unit_bytes)));
    out = out.subspan(take * unit_bytes);
    count -= take;
    first = 0;
  }
  if (count > 0) return Status(Code::kInternal, "tensor '" + tensor.name + "' has fewer rows than asked for");
  return Status::Ok();
}

// Units (rows or elements) of whole heads are read, those asked for are taken.
Status ReadInterleaved(const Model& model, const ModelTensor& tensor, uint64_t first, uint64_t count, MutableByteView out) {
  const bool elements = tensor.dims.size() == 1;
  ASSIGN_OR_RETURN(const uint64_t bytes, UnitBytes(tensor, elements ? 1 : tensor.columns()));
  if (elements) {
    first *= tensor.columns();
    count *= tensor.columns();
  }
  const uint64_t head = (elements ? tensor.columns() : tensor.rows()) / tensor.interleaved_heads;
  const uint64_t begin = first / head * head, end = (first + count + head - 1) / head * head;
  std::vector<uint8_t> heads((end - begin) * bytes);
  RETURN_IF_ERROR(ReadPieces(model, tensor, bytes, begin, end - begin, heads, elements));
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t at = first + i - begin, in_head = at % head;
    const uint64_t source = at - in_head + (in_head % 2) * (head / 2) + in_head / 2;
    std::memcpy(out.data() + i * bytes, heads.data() + source * bytes, bytes);
  }
  return Status::Ok();
}

}  // namespace

ModelShape Model::Shape() const {
  ModelShape shape;
  if (const GgufValue* name = FindValue(*this, "general.architecture"); name != nullptr && name->AsString()) {
    shape.architecture = std::string(*name->AsString());
  }
  const std::string prefix = shape.architecture + ".";
  shape.layers = static_cast<uint32_t>(NumberOf(*this, prefix + "block_count", 0));
  shape.experts = static_cast<uint32_t>(NumberOf(*this, prefix + "expert_count", 0));
  const uint64_t heads = NumberOf(*this, prefix + "attention.head_count", 0);
  const uint64_t kv_heads = NumberOf(*this, prefix + "attention.head_count_kv", heads);
  shape.heads_per_kv_head = kv_heads == 0 ? 0 : static_cast<uint32_t>(heads / kv_heads);
  const std::string& name = shape.architecture;
  shape.is_70b = shape.layers == 80 && ((name == "llama" && heads != kv_heads) || name == "qwen2" || name == "deci" || name == "olmo");
  return shape;
}

void SortTensors(std::vector<ModelTensor>& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const ModelTensor& a, const ModelTensor& b) {
    const int layer_a = LayerOf(a.name), layer_b = LayerOf(b.name);
    return layer_a != layer_b ? layer_a < layer_b : a.name < b.name;
  });
}

Result<Model> OpenGgufModel(const RangeFiles& files, const std::string& path) {
  Model model;
  std::string stem;
  RETURN_IF_ERROR(AddGgufFile(files, path, model));
  const uint64_t count = NumberOf(model, "split.count", 0);
  if (count > 1) {
    if (count > 99999 || !SplitName(path, stem)) {
      return Status(Code::kInvalidArgument, path + ": one of " + std::to_string(count) +
                                                " files of a split model, which are called NAME-00001-of-0000N.gguf");
    }
    model = Model();
    for (uint64_t i = 1; i <= count; ++i) {
      char tail[32];
      std::snprintf(tail, sizeof(tail), "-%05d-of-%05d.gguf", static_cast<int>(i), static_cast<int>(count));
      RETURN_IF_ERROR(AddGgufFile(files, stem + tail, model));
    }
  }
  SortTensors(model.tensors);
  RETURN_IF_ERROR(RefuseTwins(path, model.tensors));
  return model;
}

Status ReadRows(const Model& model, const ModelTensor& tensor, uint64_t first, uint64_t count, MutableByteView out) {
  ASSIGN_OR_RETURN(const uint64_t row_bytes, UnitBytes(tensor, tensor.columns()));
  if (first > tensor.rows() || count > tensor.rows() - first || out.size() != count * row_bytes) {
    return Status(Code::kInternal, "tensor '" + tensor.name + "': rows that it has not");
  }
  if (!tensor.made.empty()) {
    std::memcpy(out.data(), tensor.made.data() + first * tensor.columns(), out.size());
    return Status::Ok();
  }
  if (tensor.interleaved_heads > 0) return ReadInterleaved(model, tensor, first, count, out);
  return ReadPieces(model, tensor, row_bytes, first, count, out, false);
}

}  // namespace tusk::quant
