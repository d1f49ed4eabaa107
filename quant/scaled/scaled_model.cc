// From the metadata and the tensors' shapes to blocks.
#include "quant/scaled/scaled_model.h"

#include <cstring>
#include <nlohmann/json.hpp>

#include "quant/scaled/scaled_recipe.h"

namespace tusk::quant {
namespace {

constexpr char kConfig[] = "quantization_config";

uint64_t CountOf(const SetTensor& tensor) {
  uint64_t count = 1;
  for (const uint64_t size : tensor.shape) count *= size;   // bounded: it lies in the file
  return count;
}

bool IsCode(Dtype dtype) { return dtype == Dtype::kI8 || dtype == Dtype::kF8E4M3 || dtype == Dtype::kF8E5M2; }

}  // namespace

bool ScaledModel::IsOne(const RangeReader& file) {
  const Result<SafetensorsHeader> header = ReadSafetensorsHeader(file);
  return header.ok() && header->metadata.contains(kConfig);
}

Result<ScaledModel> ScaledModel::Open(const RangeFiles& files, const std::string& path) {
  ScaledModel model;
  ASSIGN_OR_RETURN(model.set_, OpenSafetensorsSet(files, path));
  if (model.set_.files.empty()) return Status(Code::kInvalidArgument, path + " has no tensors");
  ASSIGN_OR_RETURN(const SafetensorsHeader header, ReadSafetensorsHeader(*model.set_.files[0]));
  const auto config = header.metadata.find(kConfig);
  if (config == header.metadata.end()) return Status(Code::kInvalidArgument, path + ": no quantization_config in the metadata");
  RETURN_IF_ERROR(model.TakeConfig(config->second).WithContext(path));
  RETURN_IF_ERROR(model.TakeTensors().WithContext(path));
  return model;
}

Status ScaledModel::TakeConfig(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  try {
    const nlohmann::json& weights = json.at("config_groups").at("group_0").at("weights");
    const std::string strategy = weights.at("strategy").get<std::string>();
    int64_t size = 0;
    if (strategy == "group") size = weights.at("group_size").get<int64_t>();
    if (strategy == "block") size = weights.at("block_structure").at(0).get<int64_t>();
    RETURN_IF_ERROR(SetGranularity(size != 0 ? strategy + ":" + std::to_string(size) : strategy, settings_));
    settings_.affine = !weights.at("symmetric").get<bool>();
    const auto range = RangeByName(weights.value("observer", "minmax"));
    if (range.ok()) settings_.range = *range;
    ASSIGN_OR_RETURN(settings_.type, ScaledTypeByName(json.at("weight_type").get<std::string>()));
  } catch (const nlohmann::json::exception& error) {
    return Status(Code::kUnsupported, std::string(kConfig) + ": " + error.what());
  }
  return CheckSettings(settings_);
}

const SetTensor* ScaledModel::Find(const std::string& name) const {
  for (const SetTensor& tensor : set_.tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

Status ScaledModel::TakeTensors() {
  std::map<std::string, const SetTensor*> by_name;
  for (const SetTensor& tensor : set_.tensors) by_name[tensor.name] = &tensor;
  for (const SetTensor& tensor : set_.tensors) {
    const auto scales = by_name.find(tensor.name + "_scale"), zeros = by_name.find(tensor.name + "_zero_point");
    if (scales == by_name.end() || !IsCode(tensor.dtype) || tensor.shape.size() < 2) continue;
    const MatrixShape matrix = MatrixOf(tensor.shape);
    const Result<ScaleGrid> grid = GridOf(settings_, matrix.rows, matrix.columns);
    RETURN_IF_ERROR(grid.status().WithContext(tensor.name));
    const auto wanted = static_cast<uint64_t>(grid->blocks());
    if (scales->second->dtype != Dtype::kF32 || CountOf(*scales->second) != wanted) {
      return Status(Code::kCorruption, scales->first + ": not " + std::to_string(wanted) + " scales of F32");
    }
    if (settings_.affine && (zeros == by_name.end() || zeros->second->dtype != Dtype::kI8 || CountOf(*zeros->second) != wanted)) {
      return Status(Code::kCorruption, tensor.name + "_zero_point: not " + std::to_string(wanted) + " of I8");
    }
    coded_[tensor.name] = {scales->second, settings_.affine ? zeros->second : nullptr};
    sides_[scales->first] = true;
    if (settings_.affine) sides_[zeros->first] = true;
  }
  return Status::Ok();
}

std::string ScaledModel::Describe() const {
  return std::string(NameOf(settings_.type)) + ", " + GranularityOf(settings_) + ", " + (settings_.affine ? "affine" : "symmetric") + ", " +
         NameOf(settings_.range);
}

Result<std::vector<BlockScale>> ScaledModel::ReadScales(const SetTensor& tensor, const Coded& coded, int64_t first, int64_t rows) const {
  const MatrixShape matrix = MatrixOf(tensor.shape);
  ASSIGN_OR_RETURN(const ScaleGrid grid, GridOf(settings_, matrix.rows, matrix.columns));
  const int64_t begin = settings_.whole_tensor() ? 0 : first / grid.block_rows * grid.grid_columns;
  const int64_t count = settings_.whole_tensor() ? 1 : ((rows - 1) / grid.block_rows + 1) * grid.grid_columns;
  std::vector<float> scales(static_cast<size_t>(count));
  std::vector<uint8_t> zeros(coded.zero_points != nullptr ? static_cast<size_t>(count) : 0);
  const MutableByteView scale_bytes(reinterpret_cast<uint8_t*>(scales.data()), scales.size() * sizeof(float));
  RETURN_IF_ERROR(set_.files[coded.scales->file]->ReadAt(coded.scales->offset + static_cast<uint64_t>(begin) * sizeof(float), scale_bytes));
  if (!zeros.empty()) RETURN_IF_ERROR(set_.files[coded.zero_points->file]->ReadAt(coded.zero_points->offset + static_cast<uint64_t>(begin), zeros));
  std::vector<BlockScale> blocks(scales.size());
  for (size_t i = 0; i < blocks.size(); ++i) blocks[i] = {scales[i], static_cast<int8_t>(zeros.empty() ? 0 : zeros[i])};
  return blocks;
}

Status ScaledModel::ReadRows(const SetTensor& tensor, int64_t first, int64_t rows, std::vector<uint8_t>& bytes, std::vector<float>& out) const {
  const auto coded = coded_.find(tensor.name);
  if (coded == coded_.end()) return ReadFloatRows(set_, tensor, first, rows, bytes, out);
  const MatrixShape matrix = MatrixOf(tensor.shape);
  if (first < 0 || rows <= 0 || first + rows > matrix.rows) return Status(Code::kInternal, tensor.name + ": not its rows");
  ASSIGN_OR_RETURN(const std::vector<BlockScale> scales, ReadScales(tensor, coded->second, first, rows));
  bytes.resize(static_cast<size_t>(rows * matrix.columns));
  RETURN_IF_ERROR(set_.files[tensor.file]->ReadAt(tensor.offset + static_cast<uint64_t>(first * matrix.columns), bytes));
  out.resize(bytes.size());
  return DecodeScaled(settings_, bytes, rows, matrix.columns, scales, out);
}

}  // namespace tusk::quant
