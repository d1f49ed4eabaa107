// A model as quantization sees it: metadata, and tensors whose rows lie in pieces of files. Made from GGUF files
// (OpenGgufModel) or from a Hugging Face folder (quant/convert); nothing of the weights is read before ReadRows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "quant/io/gguf.h"
#include "quant/io/range_reader.h"
#include "quant/types/tensor_type.h"

namespace tusk::quant {

// Rows that lie one after the other.
struct TensorPiece {
  uint32_t file = 0;    // index into Model::files
  uint64_t offset = 0;  // of the first row, from the begin of the file
  uint64_t rows = 0;
};

struct ModelTensor {
  std::string name;                           // as GGUF's
  TensorType type = TensorType::kF32;         // of the bytes in the files
  TensorType plain_type = TensorType::kF32;   // what is written where nothing is quantized
  std::vector<uint64_t> dims;                 // fastest first
  std::vector<TensorPiece> pieces;            // together rows() rows
  // Hugging Face keeps the two halves of each head's rotated rows apart, GGUF interleaves them: row 2i+k of a head is
  // row k*half+i of the source. The number of heads; 0: as they lie. A vector is permuted by elements.
  uint32_t interleaved_heads = 0;
  std::vector<float> made;                    // values of a tensor that no file holds (F32)

  uint64_t columns() const { return dims.empty() ? 1 : dims[0]; }
  uint64_t rows() const {
    uint64_t product = 1;
    for (size_t i = 1; i < dims.size(); ++i) product *= dims[i];
    return product;
  }
  uint64_t weights() const { return columns() * rows(); }
};

// What the choice of types asks about a model.
struct ModelShape {
  std::string architecture;  // "llama"; "" where it is not known
  uint32_t layers = 0;
  uint32_t experts = 0;
  uint32_t heads_per_kv_head = 0;
  bool is_70b = false;  // llama.cpp's name for 80 layers whose heads share keys and values
};

struct Model {
  std::vector<std::shared_ptr<const RangeReader>> files;
  std::vector<std::pair<std::string, GgufValue>> metadata;
  std::vector<ModelTensor> tensors;  // sorted by SortTensors
  std::vector<std::string> notes;    // for the user: what was left out, assumed

  ModelShape Shape() const;
};

// llama.cpp's order: by the layer in "blk.N.", those without one first, then by name.
void SortTensors(std::vector<ModelTensor>& tensors);

// A GGUF file; of a split one (name-00001-of-00007.gguf, any of them) all.
Result<Model> OpenGgufModel(const RangeFiles& files, const std::string& path);

// The bytes of rows [first, first+count) of a tensor, in its own type, into `out` (count * RowBytes). Thread-safe.
Status ReadRows(const Model& model, const ModelTensor& tensor, uint64_t first, uint64_t count, MutableByteView out);

}  // namespace tusk::quant
