// Both kinds of importance files.
#include "quant/io/imatrix.h"

#include <cmath>
#include <cstring>

#include "quant/io/gguf.h"
#include "quant/io/utf8.h"

namespace tusk::quant {
namespace {

constexpr const char* kSums = ".in_sum2";
constexpr const char* kCounts = ".counts";
constexpr int32_t kNameMax = 4096;

Status Bad(const RangeReader& file, const std::string& why) { return Status(Code::kCorruption, file.name() + ": " + why); }

Result<std::vector<float>> ReadFloats(const RangeReader& file, uint64_t offset, uint64_t bytes) {
  if (offset > file.size() || bytes > file.size() - offset) {
    return TruncatedError(file.name(), "an importance", offset, offset + bytes, file.size());
  }
  std::vector<float> values(bytes / sizeof(float));
  RETURN_IF_ERROR(file.ReadAt(offset, {reinterpret_cast<uint8_t*>(values.data()), values.size() * sizeof(float)}));
  return values;
}

Status CheckFinite(const RangeReader& file, const Imatrix& imatrix) {
  for (const auto& [name, values] : imatrix.weights) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) return Bad(file, "the importance of '" + name + "', column " + std::to_string(i) + ", is not finite");
    }
  }
  return Status::Ok();
}

// Sums over counts; an expert that no token came to weighs its columns alike.
Status AddEntry(const RangeReader& file, const std::string& name, std::vector<float> sums, const std::vector<float>& counts,
                Imatrix& imatrix) {
  if (counts.empty() || sums.size() % counts.size() != 0) return Bad(file, "'" + name + "' has sums for no whole number of experts");
  const size_t columns = sums.size() / counts.size();
  for (size_t expert = 0; expert < counts.size(); ++expert) {
    const float count = std::round(counts[expert]);
    for (size_t i = expert * columns; i < (expert + 1) * columns; ++i) sums[i] = count > 0 ? sums[i] / count : 1.0F;
  }
  imatrix.weights[name] = std::move(sums);
  return Status::Ok();
}

Result<Imatrix> ReadGguf(const RangeReader& file) {
  ASSIGN_OR_RETURN(const GgufHeader header, ReadGgufHeader(file));
  Imatrix imatrix;
  const GgufValue* datasets = header.Find("imatrix.datasets");
  const GgufValue* chunks = header.Find("imatrix.chunk_count");
  if (datasets == nullptr || chunks == nullptr || header.Find("imatrix.chunk_size") == nullptr) {
    return Bad(file, "has no imatrix.datasets, imatrix.chunk_count or imatrix.chunk_size: no importance matrix");
  }
  for (const std::string_view text : datasets->AsStrings()) imatrix.datasets.emplace_back(text);
  imatrix.chunks = static_cast<uint32_t>(chunks->AsUnsigned().value_or(0));
  std::map<std::string, std::pair<const GgufTensor*, const GgufTensor*>> entries;
  for (const GgufTensor& tensor : header.tensors) {
    if (tensor.name.ends_with(kSums)) entries[tensor.name.substr(0, tensor.name.size() - std::strlen(kSums))].first = &tensor;
    if (tensor.name.ends_with(kCounts)) entries[tensor.name.substr(0, tensor.name.size() - std::strlen(kCounts))].second = &tensor;
  }
  for (const auto& [name, entry] : entries) {
    const auto& [sums, counts] = entry;
    if (sums == nullptr || counts == nullptr) return Bad(file, "'" + name + "' has no sums, or no counts");
    if (sums->type != TensorType::kF32 || counts->type != TensorType::kF32) return Bad(file, "'" + name + "' is not F32");
    ASSIGN_OR_RETURN(std::vector<float> sum_values, ReadFloats(file, header.data_offset + sums->offset, sums->bytes));
    ASSIGN_OR_RETURN(const std::vector<float> count_values, ReadFloats(file, header.data_offset + counts->offset, counts->bytes));
    RETURN_IF_ERROR(AddEntry(file, name, std::move(sum_values), count_values, imatrix));
  }
  return imatrix;
}

// i32 entries; each: i32 length, name, i32 calls, i32 values, floats; then perhaps i32 chunks, i32 length, data set.
class LegacyReader {
 public:
  explicit LegacyReader(const RangeReader& file) : file_(file) {}

  bool at_end() const { return at_ == file_.size(); }
  Result<int32_t> Number(const std::string& field) {
    int32_t value = 0;
    if (file_.size() - at_ < sizeof(value)) return TruncatedError(file_.name(), field, at_, at_ + sizeof(value), file_.size());
    RETURN_IF_ERROR(file_.ReadAt(at_, {reinterpret_cast<uint8_t*>(&value), sizeof(value)}));
    at_ += sizeof(value);
    return value;
  }
  Result<std::string> Text(const std::string& field) {
    const uint64_t begin = at_;
    ASSIGN_OR_RETURN(const int32_t size, Number(field + "'s length"));
    if (size < 0 || size > kNameMax) {
      return Bad(file_, field + "'s length (at byte " + std::to_string(begin) + ") is " + std::to_string(size));
    }
    if (file_.size() - at_ < static_cast<uint64_t>(size)) return TruncatedError(file_.name(), field, at_, at_ + static_cast<uint64_t>(size), file_.size());
    std::string text(static_cast<size_t>(size), '\0');
    RETURN_IF_ERROR(file_.ReadAt(at_, {reinterpret_cast<uint8_t*>(text.data()), text.size()}));
    at_ += text.size();
    if (!IsUtf8(text)) return Bad(file_, field + " (at byte " + std::to_string(begin + 4) + ") is not UTF-8");
    return text;
  }
  Result<std::vector<float>> Floats(uint64_t count) {
    ASSIGN_OR_RETURN(std::vector<float> values, ReadFloats(file_, at_, count * sizeof(float)));
    at_ += count * sizeof(float);
    return values;
  }

 private:
  const RangeReader& file_;
  uint64_t at_ = 0;
};

Result<Imatrix> ReadLegacy(const RangeReader& file) {
  LegacyReader reader(file);
  Imatrix imatrix;
  ASSIGN_OR_RETURN(const int32_t entries, reader.Number("the count of entries"));
  if (entries < 1) return Bad(file, "the count of entries (at byte 0) is " + std::to_string(entries));
  for (int32_t i = 0; i < entries; ++i) {
    const std::string field = "entry " + std::to_string(i);
    ASSIGN_OR_RETURN(const std::string name, reader.Text(field + "'s name"));
    ASSIGN_OR_RETURN(const int32_t calls, reader.Number(field + "'s calls"));
    ASSIGN_OR_RETURN(const int32_t count, reader.Number(field + "'s count"));
    if (count < 1) return Bad(file, field + " ('" + name + "') has " + std::to_string(count) + " values");
    ASSIGN_OR_RETURN(std::vector<float> values, reader.Floats(static_cast<uint64_t>(count)));
    if (calls > 0) {
      for (float& value : values) value /= static_cast<float>(calls);
    }
    imatrix.weights[name] = std::move(values);
  }
  if (!reader.at_end()) {
    ASSIGN_OR_RETURN(const int32_t chunks, reader.Number("the count of chunks"));
    imatrix.chunks = static_cast<uint32_t>(chunks);
    if (!reader.at_end()) {
      ASSIGN_OR_RETURN(std::string dataset, reader.Text("the data set"));
      if (!dataset.empty()) imatrix.datasets.push_back(std::move(dataset));
    }
  }
  return imatrix;
}

}  // namespace

Result<Imatrix> ReadImatrix(const RangeReader& file) {
  Result<Imatrix> imatrix = LooksLikeGguf(file) ? ReadGguf(file) : ReadLegacy(file);
  if (!imatrix.ok()) return imatrix.status();
  RETURN_IF_ERROR(CheckFinite(file, *imatrix));
  return imatrix;
}

}  // namespace tusk::quant
