// The tensors of a safetensors model, of one file or many.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "quant/io/range_reader.h"
#include "quant/io/safetensors.h"

namespace tusk::quant {

struct SetTensor {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<uint64_t> shape;  // slowest first
  uint32_t file = 0;
  uint64_t offset = 0;          // from the begin of the file
};

struct SafetensorsSet {
  std::vector<std::shared_ptr<const RangeReader>> files;
  std::vector<SetTensor> tensors;  // by name
  std::string folder;              // where config.json would be
};

// A folder (its index, else all its .safetensors files), one file, or an index. A tensor in two files, one that the index names and
// the files lack, or one in another file than it says is kCorruption.
Result<SafetensorsSet> OpenSafetensorsSet(const RangeFiles& files, const std::string& path);

}  // namespace tusk::quant
