// Plans: a type for each tensor, the output's header, units of work, and their bytes.
#include "quant/plan/quant_plan.h"

#include <algorithm>
#include <cstring>

#include "quant/plan/bad_weights.h"
#include "quant/types/codec.h"

namespace tusk::quant {
namespace {

constexpr uint32_t kQuantizationVersion = 2;  // ggml's GGML_QNT_VERSION
constexpr size_t kShortTextMax = 127;         // llama-quantize cuts the texts that it notes

std::string NameOf(TensorType type) { return std::string(TraitsOf(type)->name); }

bool IsFloat(TensorType type) { return type == TensorType::kF32 || type == TensorType::kF16 || type == TensorType::kBF16; }

bool IsQuantized(TensorType type) { return TraitsOf(type)->block_weights > 1; }

class Planner {
 public:
  Planner(const Model& model, const QuantSettings& settings, const Imatrix* imatrix)
      : model_(model), settings_(settings), imatrix_(imatrix),
        chooser_(model.Shape(), model.tensors, settings.mix, imatrix != nullptr, settings.output_type) {
    for (const MixEntry& entry : Mixes()) {
      if (entry.mix == settings.mix) base_ = entry.type;
    }
  }

  Result<QuantPlan> Make() {
    QuantPlan plan;
    plan.header.metadata = model_.metadata;
    for (size_t i = 0; i < model_.tensors.size(); ++i) RETURN_IF_ERROR(Add(i, plan));
    SetMetadata(plan);
    if (const GgufValue* alignment = plan.header.Find("general.alignment"); alignment != nullptr) {
      plan.header.alignment = alignment->AsUnsigned().value_or(32);
    }
    ASSIGN_OR_RETURN(plan.header_bytes, EncodeGgufHeader(plan.header));
    plan.notes = std::move(notes_);
    return plan;
  }

 private:
  bool Excluded(const ModelTensor& tensor) const {
    return (settings_.leave_output && IsOutput(tensor.name)) ||
           std::any_of(settings_.exclude.begin(), settings_.exclude.end(),
                       [&tensor](const TensorPattern& pattern) { return pattern.Matches(tensor.name); });
  }

  const std::pair<TensorPattern, TensorType>* Override(const ModelTensor& tensor) const {
    for (const auto& entry : settings_.types) {
      if (entry.first.Matches(tensor.name)) return &entry;
    }
    return nullptr;
  }

  TensorType ChooseType(const ModelTensor& tensor) {
    if (!IsQuantizable(tensor) || Excluded(tensor)) return tensor.plain_type;
    const auto* named = Override(tensor);
    // An own pattern counts for the tables per layer, which are large; for the embedding itself the option does.
    if (settings_.embedding_type && IsEmbedding(tensor.name) && !(tensor.name.starts_with("per_layer") && named != nullptr)) {
      return *settings_.embedding_type;
    }
    if (settings_.output_type && IsOutput(tensor.name)) return *settings_.output_type;
    if (!IsQuantized(base_) && settings_.chosen.empty()) return base_;
    TensorType type = base_;
    if (named != nullptr) {
      type = named->second;
      if (type != base_) Note(tensor.name + ": " + NameOf(type) + " as asked for");
    } else if (const auto chosen = Chosen(tensor.name)) {
      type = *chosen;
    } else if (!settings_.pure) {
      type = chooser_.Choose(tensor);
    }
    const TensorType fitting = FallbackFor(type, tensor.columns());
    if (fitting != type) {
      Note(tensor.name + ": rows of " + std::to_string(tensor.columns()) + " are no whole blocks of " +
           std::to_string(TraitsOf(type)->block_weights) + " (" + NameOf(type) + "): falls back to " + NameOf(fitting));
    }
    return fitting;
  }

  std::optional<TensorType> Chosen(const std::string& name) const {
    const auto it = settings_.chosen.find(name);
    if (it == settings_.chosen.end()) return std::nullopt;
    return it->second;
  }

  Status Check(const ModelTensor& tensor, TensorType to) const {
    if (tensor.type == to) return Status::Ok();
    if (!TraitsOf(to)->encodable) {
      return Status(Code::kUnsupported, tensor.name + ": " + NameOf(to) + " can't be encoded");
    }
    if (!TraitsOf(tensor.type)->decodable) {
      return Status(Code::kUnsupported, tensor.name + ": " + NameOf(tensor.type) + " can't be decoded");
    }
    if (!IsFloat(tensor.type) && !settings_.allow_requantize) {
      return Status(Code::kInvalidArgument, tensor.name + " is " + NameOf(tensor.type) +
                                                " already: quantizing it again loses more (--allow-requantize does it all the same)");
    }
    return Status::Ok();
  }

  Status FindImportance(const ModelTensor& tensor, TensorPlan& entry) {
    if (imatrix_ != nullptr && entry.to != entry.from && IsQuantized(entry.to)) {
      const auto it = imatrix_->weights.find(tensor.name);
      const uint64_t experts = tensor.dims.size() > 2 ? tensor.dims[2] : 1;
      if (it == imatrix_->weights.end()) {
        Note(tensor.name + ": no importance in the imatrix");
      } else if (it->second.size() == tensor.columns() * experts) {
        entry.importance = &it->second;
      } else if (!IsEmbedding(tensor.name)) {
        return Status(Code::kInvalidArgument, tensor.name + ": the imatrix has " + std::to_string(it->second.size()) +
                                                  " values, the tensor " + std::to_string(tensor.columns() * experts) + " columns");
      }
    }
    if (entry.importance == nullptr && entry.to != entry.from && NeedsImatrix(tensor.name, entry.to, settings_.mix)) {
      return Status(Code::kInvalidArgument, tensor.name + ": " + NameOf(entry.to) + " of so few bits needs an importance matrix (--imatrix)");
    }
    return Status::Ok();
  }

  Status Add(size_t index, QuantPlan& plan) {
    const ModelTensor& tensor = model_.tensors[index];
    TensorPlan entry{.tensor = index, .from = tensor.type, .to = ChooseType(tensor)};
    RETURN_IF_ERROR(Check(tensor, entry.to));
    RETURN_IF_ERROR(FindImportance(tensor, entry));
    plan.header.tensors.push_back({.name = tensor.name, .type = entry.to, .dims = tensor.dims});
    plan.tensors.push_back(entry);
    return Status::Ok();
  }

  void SetMetadata(QuantPlan& plan) const {
    GgufHeader& header = plan.header;
    header.Set("general.quantization_version", GgufValue::U32(kQuantizationVersion));
    header.Set("general.file_type", GgufValue::U32(static_cast<uint32_t>(settings_.mix)));
    for (const char* key : {"split.no", "split.count", "split.tensors.count"}) header.Remove(key);
    if (imatrix_ == nullptr) return;
    header.Set("quantize.imatrix.file", GgufValue::String(settings_.imatrix_file.substr(0, kShortTextMax)));
    if (!imatrix_->datasets.empty()) {
      header.Set("quantize.imatrix.dataset", GgufValue::String(imatrix_->datasets[0].substr(0, kShortTextMax)));
    }
    header.Set("quantize.imatrix.entries_count", GgufValue::U32(static_cast<uint32_t>(imatrix_->weights.size())));
    if (imatrix_->chunks > 0) header.Set("quantize.imatrix.chunks_count", GgufValue::U32(imatrix_->chunks));
  }

  void Note(std::string text) { notes_.push_back(std::move(text)); }

  const Model& model_;
  const QuantSettings& settings_;
  const Imatrix* imatrix_;
  MixChooser chooser_;
  TensorType base_ = TensorType::kF32;
  std::vector<std::string> notes_;
};

}  // namespace

Result<TensorPattern> TensorPattern::Make(const std::string& text) {
  // As llama-quantize, which lowers the letters. std::regex is the one place here that throws.
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  try {
    return TensorPattern(text, std::regex(lower));
  } catch (const std::regex_error& error) {
    return Status(Code::kInvalidArgument, "'" + text + "' is no regular expression: " + error.what());
  }
}

bool TensorPattern::Matches(const std::string& name) const {
  try {
    return std::regex_search(name, regex_);
  } catch (const std::regex_error&) {
    return false;  // too complex for this name
  }
}

Result<QuantPlan> MakePlan(const Model& model, const QuantSettings& settings, const Imatrix* imatrix) {
  return Planner(model, settings, imatrix).Make();
}

std::vector<WorkUnit> UnitsOf(const Model& model, const QuantPlan& plan, uint64_t weights_max) {
  std::vector<WorkUnit> units;
  for (size_t i = 0; i < plan.tensors.size(); ++i) {
    const ModelTensor& tensor = model.tensors[plan.tensors[i].tensor];
    const GgufTensor& out = plan.header.tensors[i];
    const uint64_t rows = tensor.rows(), row_bytes = rows == 0 ? 0 : out.bytes / rows;
    const uint64_t matrix = tensor.dims.size() > 2 ? tensor.dims[1] : rows;  // rows of one expert
    const uint64_t rows_max = std::max<uint64_t>(1, weights_max / std::max<uint64_t>(1, tensor.columns()));
    for (uint64_t row = 0; row < rows;) {
      const uint64_t take = std::min({rows_max, rows - row, matrix - row % matrix});
      units.push_back({.tensor = static_cast<uint32_t>(i), .first_row = row, .rows = take,
                       .out_offset = plan.header.data_offset + out.offset + row * row_bytes, .out_bytes = take * row_bytes});
      row += take;
    }
    if (rows > 0) units.back().out_bytes += PaddedTo(out.bytes, plan.header.alignment) - out.bytes;
  }
  return units;
}

namespace {

// The sampled rows of what is encoded, decoded again.
Status MeasureRows(TensorType type, ByteView encoded, const WorkUnit& unit, int64_t columns, UnitScratch& scratch) {
  scratch.error = {};
  const auto width = static_cast<size_t>(columns);
  const size_t row_bytes = encoded.size() / unit.rows;
  scratch.decoded.resize(width);
  const uint64_t beyond = unit.first_row % kMeasuredRowsEvery;
  for (uint64_t row = beyond == 0 ? 0 : kMeasuredRowsEvery - beyond; row < unit.rows; row += kMeasuredRowsEvery) {
    RETURN_IF_ERROR(DecodeRows(type, encoded.subspan(row * row_bytes, row_bytes), 1, columns, scratch.decoded.data()));
    for (size_t i = 0; i < width; ++i) scratch.error.See(scratch.floats[row * width + i], scratch.decoded[i]);
  }
  return Status::Ok();
}

}  // namespace

Status RunUnit(const Model& model, const QuantPlan& plan, const WorkUnit& unit, bool allow_bad_weights, UnitScratch& scratch,
               MutableByteView out) {
  const TensorPlan& entry = plan.tensors[unit.tensor];
  const ModelTensor& tensor = model.tensors[entry.tensor];
  const auto rows = static_cast<int64_t>(unit.rows), columns = static_cast<int64_t>(tensor.columns());
  ASSIGN_OR_RETURN(const int64_t in_row, RowBytes(entry.from, columns));
  ASSIGN_OR_RETURN(const int64_t out_row, RowBytes(entry.to, columns));
  const auto out_bytes = static_cast<size_t>(out_row * rows);
  std::memset(out.data() + out_bytes, 0, out.size() - out_bytes);
  const MutableByteView encoded = out.first(out_bytes);
  if (entry.from == entry.to) {
    scratch.error = {0, 0, unit.rows * tensor.columns()};
    return ReadRows(model, tensor, unit.first_row, unit.rows, encoded);
  }
  scratch.floats.resize(static_cast<size_t>(rows * columns));
  if (entry.from == TensorType::kF32) {
    const MutableByteView bytes(reinterpret_cast<uint8_t*>(scratch.floats.data()), scratch.floats.size() * sizeof(float));
    RETURN_IF_ERROR(ReadRows(model, tensor, unit.first_row, unit.rows, bytes));
  } else {
    scratch.in.resize(static_cast<size_t>(in_row * rows));
    RETURN_IF_ERROR(ReadRows(model, tensor, unit.first_row, unit.rows, scratch.in));
    RETURN_IF_ERROR(DecodeRows(entry.from, scratch.in, rows, columns, scratch.floats.data()));
  }
  RETURN_IF_ERROR(HandleBadWeights(tensor.name, scratch.floats, unit.first_row, tensor.columns(), allow_bad_weights));
  if (entry.to == TensorType::kF32) {
    std::memcpy(encoded.data(), scratch.floats.data(), encoded.size());
    scratch.error = {0, 0, unit.rows * tensor.columns()};
    return Status::Ok();
  }
  const float* importance = nullptr;
  if (entry.importance != nullptr) {
    const uint64_t expert = tensor.dims.size() > 2 ? unit.first_row / tensor.dims[1] : 0;
    importance = entry.importance->data() + expert * tensor.columns();
  }
  if (scratch.device == nullptr || !scratch.device->EncodeRows(entry.to, scratch.floats.data(), rows, columns, importance, encoded)) {
    const Status status = EncodeRows(entry.to, scratch.floats.data(), rows, columns, importance, encoded);
    if (!status.ok()) return status.WithContext("tensor '" + tensor.name + "' from row " + std::to_string(unit.first_row));
  }
  return scratch.measure ? MeasureRows(entry.to, encoded, unit, columns, scratch) : Status::Ok();
}

GgufRecipe::GgufRecipe(const Model& model, const QuantPlan& plan, bool allow_bad_weights)
    : model_(model), plan_(plan), allow_bad_weights_(allow_bad_weights), work_(UnitsOf(model, plan)) {
  units_.reserve(work_.size());
  for (const WorkUnit& unit : work_) {
    if (tensors_.empty() || work_[tensors_.back().first_unit].tensor != unit.tensor) {
      const GgufTensor& out = plan.header.tensors[unit.tensor];
      tensors_.push_back({out.name, NameOf(out.type), out.dims, 0, 0, units_.size()});
    }
    const ModelTensor& tensor = model.tensors[plan.tensors[unit.tensor].tensor];
    const TypeTraits& traits = *TraitsOf(tensor.type);
    const uint64_t in_row = tensor.columns() / static_cast<uint64_t>(traits.block_weights) * static_cast<uint64_t>(traits.block_bytes);
    units_.push_back({unit.out_offset, unit.out_bytes, unit.rows * in_row});
    tensors_.back().bytes += unit.out_bytes;
    tensors_.back().source_bytes += units_.back().in_bytes;
  }
}

}  // namespace tusk::quant
