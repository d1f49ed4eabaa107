// Layout and units of a safetensors model with scales.
#include "quant/scaled/scaled_recipe.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/core/half.h"
#include "quant/plan/bad_weights.h"

namespace tusk::quant {
namespace {

constexpr int64_t kUnitWeights = 1 << 20;
constexpr uint64_t kCopyBytes = 4 << 20;
constexpr char kScale[] = "_scale", kZeroPoint[] = "_zero_point";

bool IsFloat(Dtype dtype) { return dtype == Dtype::kF32 || dtype == Dtype::kF16 || dtype == Dtype::kBF16; }

Dtype DtypeOf(ScaledType type) {
  if (type == ScaledType::kInt8) return Dtype::kI8;
  return type == ScaledType::kFp8E4M3 ? Dtype::kF8E4M3 : Dtype::kF8E5M2;
}

SafetensorsEntry EntryOf(std::string name, Dtype dtype, std::vector<uint64_t> shape) {
  SafetensorsEntry entry;
  entry.name = std::move(name);
  entry.dtype = dtype;
  entry.shape = std::move(shape);
  return entry;
}

// Whole blocks of rows, about kUnitWeights.
int64_t RowsOfUnit(const ScaleGrid& grid, int64_t columns) {
  const int64_t rows = std::max<int64_t>(1, kUnitWeights / columns);
  return std::max(grid.block_rows, rows / grid.block_rows * grid.block_rows);
}

}  // namespace

bool IsScalable(const SetTensor& tensor) {
  const bool named = tensor.name == "weight" || tensor.name.ends_with(".weight");
  if (!named || !IsFloat(tensor.dtype) || tensor.shape.size() < 2) return false;
  return std::find(tensor.shape.begin(), tensor.shape.end(), 0U) == tensor.shape.end();
}

MatrixShape MatrixOf(const std::vector<uint64_t>& shape) {
  MatrixShape matrix = {1, 1};
  const size_t split = shape.size() >= 4 ? 1 : shape.size() - 1;
  for (size_t i = 0; i < shape.size(); ++i) (i < split ? matrix.rows : matrix.columns) *= static_cast<int64_t>(shape[i]);
  return matrix;
}

Status ReadFloatRows(const SafetensorsSet& set, const SetTensor& tensor, int64_t first, int64_t rows, std::vector<uint8_t>& bytes,
                     std::vector<float>& out) {
  const MatrixShape matrix = MatrixOf(tensor.shape);
  if (!IsFloat(tensor.dtype) || first < 0 || rows < 0 || first + rows > matrix.rows) return Status(Code::kInternal, tensor.name + ": not rows of floats");
  const uint64_t row_bytes = static_cast<uint64_t>(matrix.columns) * SizeOf(tensor.dtype);
  bytes.resize(static_cast<uint64_t>(rows) * row_bytes);
  RETURN_IF_ERROR(set.files[tensor.file]->ReadAt(tensor.offset + static_cast<uint64_t>(first) * row_bytes, bytes));
  out.resize(static_cast<size_t>(rows * matrix.columns));
  if (tensor.dtype == Dtype::kF32) {
    std::memcpy(out.data(), bytes.data(), bytes.size());
    return Status::Ok();
  }
  for (size_t i = 0; i < out.size(); ++i) {
    const auto half = static_cast<uint16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8);
    out[i] = tensor.dtype == Dtype::kF16 ? FloatOfHalf(half) : FloatOfBfloat(half);
  }
  return Status::Ok();
}

Result<std::unique_ptr<ScaledRecipe>> ScaledRecipe::Make(SafetensorsSet set, ScaledRecipeSettings settings) {
  RETURN_IF_ERROR(CheckSettings(settings.coding));
  std::unique_ptr<ScaledRecipe> recipe(new ScaledRecipe(std::move(set), std::move(settings)));
  RETURN_IF_ERROR(recipe->LayOut());
  recipe->AddUnits();
  return recipe;
}

Status ScaledRecipe::AddOutputs(size_t number, std::map<std::string, Output>& outputs) {
  const SetTensor& tensor = set_.tensors[number];
  const auto add = [&](SafetensorsEntry entry, Part part) -> Status {
    if (!outputs.emplace(entry.name, Output{number, part}).second) {
      return Status(Code::kInvalidArgument, entry.name + " would stand twice in the output: is the model quantized already?");
    }
    header_.tensors.push_back(std::move(entry));
    return Status::Ok();
  };
  if (!IsScalable(tensor) || (settings_.exclude && settings_.exclude(tensor.name))) {
    if (IsScalable(tensor)) ignored_.push_back(tensor.name.substr(0, tensor.name.rfind('.')));
    ++copied_;
    return add(EntryOf(tensor.name, tensor.dtype, tensor.shape), Part::kCopy);
  }
  ++quantized_;
  const ScaledSettings& coding = settings_.coding;
  const MatrixShape matrix = MatrixOf(tensor.shape);
  weights_ += static_cast<uint64_t>(matrix.rows * matrix.columns);
  ASSIGN_OR_RETURN(const ScaleGrid grid, GridOf(coding, matrix.rows, matrix.columns));
  std::vector<uint64_t> shape = {static_cast<uint64_t>(grid.grid_rows), static_cast<uint64_t>(grid.grid_columns)};
  if (coding.whole_tensor()) {
    shape = {1};
    (void)wholes_[number];
  }
  RETURN_IF_ERROR(add(EntryOf(tensor.name, DtypeOf(coding.type), tensor.shape), Part::kCodes));
  RETURN_IF_ERROR(add(EntryOf(tensor.name + kScale, Dtype::kF32, shape), Part::kScales));
  return coding.affine ? add(EntryOf(tensor.name + kZeroPoint, Dtype::kI8, shape), Part::kZeroPoints) : Status::Ok();
}

Status ScaledRecipe::LayOut() {
  std::map<std::string, Output> outputs;
  for (size_t number = 0; number < set_.tensors.size(); ++number) RETURN_IF_ERROR(AddOutputs(number, outputs));
  if (quantized_ == 0) return Status(Code::kInvalidArgument, "the model has no matrices of floats to quantize");
  header_.metadata = {{"format", "pt"}, {"quantization_config", Describe()}, {"quantized_by", "tusk"}};
  SortForAlignment(header_.tensors);
  ASSIGN_OR_RETURN(header_bytes_, EncodeSafetensorsHeader(header_));
  for (const SafetensorsEntry& entry : header_.tensors) outputs_.push_back(outputs.at(entry.name));
  return Status::Ok();
}

// What compressed-tensors keeps in config.json.
std::string ScaledRecipe::Describe() const {
  const ScaledSettings& coding = settings_.coding;
  std::string strategy = GranularityOf(coding);
  strategy = strategy.substr(0, strategy.find(':'));
  nlohmann::json weights = {{"num_bits", 8}, {"type", coding.type == ScaledType::kInt8 ? "int" : "float"}, {"symmetric", !coding.affine},
                            {"strategy", strategy}, {"dynamic", false}, {"observer", quant::NameOf(coding.range)}};
  if (strategy == "group") weights["group_size"] = coding.block_columns;
  if (strategy == "block") weights["block_structure"] = {coding.block_rows, coding.block_columns};
  const nlohmann::json json = {{"quant_method", "compressed-tensors"}, {"format", "naive-quantized"}, {"quantization_status", "compressed"},
                               {"weight_type", std::string(quant::NameOf(coding.type))},
                               {"config_groups", {{"group_0", {{"targets", {"Linear"}}, {"weights", weights}}}}}, {"ignore", ignored_}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void ScaledRecipe::AddUnits() {
  for (size_t entry = 0; entry < outputs_.size(); ++entry) {
    const SafetensorsEntry& place = header_.tensors[entry];
    if (place.bytes() > 0) tensors_.push_back({place.name, std::string(quant::NameOf(place.dtype)), place.shape, 0, 0, units_.size()});
    const SetTensor& tensor = set_.tensors[outputs_[entry].tensor];
    const uint64_t begin = header_.data_offset + place.begin;
    if (outputs_[entry].part == Part::kCopy) {
      for (uint64_t at = 0; at < place.bytes(); at += kCopyBytes) {
        const uint64_t bytes = std::min(kCopyBytes, place.bytes() - at);
        work_.push_back({entry, static_cast<int64_t>(at), static_cast<int64_t>(bytes)});
        units_.push_back({begin + at, bytes, bytes});
      }
      continue;
    }
    const MatrixShape matrix = MatrixOf(tensor.shape);
    const ScaleGrid grid = GridOf(settings_.coding, matrix.rows, matrix.columns).value();
    const bool codes = outputs_[entry].part == Part::kCodes;
    // A tensor's one scale is known without its rows.
    const int64_t step = settings_.coding.whole_tensor() ? (codes ? std::max<int64_t>(1, kUnitWeights / matrix.columns) : matrix.rows) : RowsOfUnit(grid, matrix.columns);
    uint64_t at = begin;
    for (int64_t first = 0; first < matrix.rows; first += step) {
      const int64_t rows = std::min(step, matrix.rows - first), blocks = (rows - 1) / grid.block_rows + 1;
      const uint64_t scale_bytes = outputs_[entry].part == Part::kScales ? sizeof(float) : 1;
      const auto bytes = codes ? static_cast<uint64_t>(rows * matrix.columns) : static_cast<uint64_t>(blocks * grid.grid_columns) * scale_bytes;
      work_.push_back({entry, first, rows});
      units_.push_back({at, bytes, static_cast<uint64_t>(rows * matrix.columns) * SizeOf(tensor.dtype)});
      at += bytes;
    }
  }
  for (size_t tensor = 0, end = 0; tensor < tensors_.size(); ++tensor) {
    end = tensor + 1 < tensors_.size() ? tensors_[tensor + 1].first_unit : units_.size();
    for (size_t unit = tensors_[tensor].first_unit; unit < end; ++unit) {
      tensors_[tensor].bytes += units_[unit].bytes;
      const Part part = outputs_[work_[unit].entry].part;   // scales stand for no weights of their own
      if (part == Part::kCopy || part == Part::kCodes) tensors_[tensor].source_bytes += units_[unit].in_bytes;
    }
  }
}

Status ScaledRecipe::ReadWeights(size_t number, int64_t first, int64_t rows, UnitScratch& scratch) const {
  const SetTensor& tensor = set_.tensors[number];
  RETURN_IF_ERROR(ReadFloatRows(set_, tensor, first, rows, scratch.in, scratch.floats));
  return HandleBadWeights(tensor.name, scratch.floats, static_cast<uint64_t>(first), static_cast<uint64_t>(MatrixOf(tensor.shape).columns),
                          settings_.allow_bad_weights);
}

Result<BlockScale> ScaledRecipe::WholeScale(size_t number) const {
  Whole& whole = wholes_.at(number);
  const std::lock_guard lock(whole.mutex);
  if (whole.scale) return *whole.scale;
  const SetTensor& tensor = set_.tensors[number];
  const MatrixShape matrix = MatrixOf(tensor.shape);
  const int64_t step = std::max<int64_t>(1, kUnitWeights / matrix.columns);
  TensorScale finder(settings_.coding);
  UnitScratch scratch;
  for (int64_t first = 0; first < matrix.rows; first += step) {
    RETURN_IF_ERROR(ReadWeights(number, first, std::min(step, matrix.rows - first), scratch));
    RETURN_IF_ERROR(finder.SeeFirst(scratch.floats).WithContext("from row " + std::to_string(first)));
  }
  finder.EndFirst();
  for (int64_t first = 0; finder.needs_second_pass() && first < matrix.rows; first += step) {
    RETURN_IF_ERROR(ReadWeights(number, first, std::min(step, matrix.rows - first), scratch));
    finder.SeeSecond(scratch.floats);
  }
  whole.scale = finder.Find();
  return *whole.scale;
}

Result<std::vector<BlockScale>> ScaledRecipe::ScalesOf(size_t number, std::span<const float> weights, int64_t rows, int64_t columns) const {
  if (!settings_.coding.whole_tensor()) return FindScales(settings_.coding, weights, rows, columns);
  ASSIGN_OR_RETURN(const BlockScale scale, WholeScale(number));
  return std::vector<BlockScale>{scale};
}

// The sampled rows of what is encoded, decoded again, each with its own blocks' scales.
Status ScaledRecipe::Measure(const Work& work, int64_t columns, ByteView codes, std::span<const BlockScale> scales, UnitScratch& scratch) const {
  ScaledSettings coding = settings_.coding;
  const int64_t block_rows = coding.block_rows;
  if (block_rows > 0) coding.block_rows = 1;
  const auto width = static_cast<size_t>(columns);
  scratch.decoded.resize(width);
  const auto every = static_cast<int64_t>(kMeasuredRowsEvery);
  const size_t grid_columns = block_rows > 0 ? scales.size() / static_cast<size_t>((work.count - 1) / block_rows + 1) : scales.size();
  for (int64_t row = (every - work.first % every) % every; row < work.count; row += every) {
    const size_t at = static_cast<size_t>(row) * width, grid_row = block_rows > 0 ? static_cast<size_t>(row / block_rows) : 0;
    RETURN_IF_ERROR(DecodeScaled(coding, codes.subspan(at, width), 1, columns, scales.subspan(grid_row * grid_columns, grid_columns), scratch.decoded));
    for (size_t i = 0; i < width; ++i) scratch.error.See(scratch.floats[at + i], scratch.decoded[i]);
  }
  return Status::Ok();
}

Status ScaledRecipe::Run(size_t unit, UnitScratch& scratch, MutableByteView out) const {
  const Work& work = work_[unit];
  const Output& output = outputs_[work.entry];
  const SetTensor& tensor = set_.tensors[output.tensor];
  scratch.error = {};
  if (output.part == Part::kCopy) {
    scratch.error.weights = out.size() / SizeOf(tensor.dtype);
    return set_.files[tensor.file]->ReadAt(tensor.offset + static_cast<uint64_t>(work.first), out);
  }
  const int64_t columns = MatrixOf(tensor.shape).columns;
  const bool whole = settings_.coding.whole_tensor();
  if (output.part == Part::kCodes || !whole) RETURN_IF_ERROR(ReadWeights(output.tensor, work.first, work.count, scratch));
  ASSIGN_OR_RETURN(const std::vector<BlockScale> scales, ScalesOf(output.tensor, scratch.floats, work.count, columns));
  if (output.part == Part::kCodes) {
    if (scratch.device == nullptr || !scratch.device->EncodeScaled(settings_.coding, scratch.floats, work.count, columns, scales, out)) {
      RETURN_IF_ERROR(EncodeScaled(settings_.coding, scratch.floats, work.count, columns, scales, out));
    }
    return scratch.measure ? Measure(work, columns, out, scales, scratch) : Status::Ok();
  }
  for (size_t i = 0; i < scales.size(); ++i) {
    if (output.part == Part::kScales) {
      std::memcpy(out.data() + i * sizeof(float), &scales[i].scale, sizeof(float));
    } else {
      out[i] = static_cast<uint8_t>(scales[i].zero_point);
    }
  }
  return Status::Ok();
}

}  // namespace tusk::quant
