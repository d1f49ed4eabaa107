// Steps of a range of weights.
#include "mlkit/parameter_server/parameter_table.h"

#include <algorithm>
#include <string>

#include "mlkit/sgd/optimizer/penalized_step.h"

namespace tusk::ml {
namespace {

constexpr size_t kTableSlotsMax = 8;

}  // namespace

ParameterTable::ParameterTable(TableSettings settings, uint32_t begin, uint32_t end)
    : settings_(std::move(settings)), begin_(begin), values_((end - begin) * settings_.width) {
  slots_.assign(settings_.rule->slots(), std::vector<float>(values_.size()));
  TUSK_CHECK(slots_.size() <= kTableSlotsMax);
}

// Keys in a row, all with penalties or all without.
void ParameterTable::Steps(StepInfo info, uint32_t key, size_t keys, float* gradients) {
  const size_t at = (key - begin_) * settings_.width, count = keys * settings_.width;
  float* slots[kTableSlotsMax] = {};
  for (size_t s = 0; s < slots_.size(); ++s) slots[s] = slots_[s].data() + at;
  if (key < settings_.unpenalized_from) {
    PenalizedStep(*settings_.rule, info, count, values_.data() + at, gradients, slots);
  } else if (!settings_.freeze_unpenalized) {
    info.l1 = info.l2 = 0;
    settings_.rule->Apply(info, count, values_.data() + at, gradients, slots);
  }
}

void ParameterTable::DenseStep(float rate, std::span<float> gradient) {
  const StepInfo info{rate, ++steps_, static_cast<float>(settings_.l1), static_cast<float>(settings_.l2)};
  const auto keys = static_cast<uint32_t>(values_.size() / settings_.width);
  const uint32_t penalized = std::min(keys, settings_.unpenalized_from - std::min(begin_, settings_.unpenalized_from));
  if (penalized > 0) Steps(info, begin_, penalized, gradient.data());
  if (keys > penalized) Steps(info, begin_ + penalized, keys - penalized, gradient.data() + penalized * settings_.width);
}

void ParameterTable::SparseStep(float rate, std::span<const uint32_t> keys, std::span<float> gradients) {
  const StepInfo info{rate, ++steps_, static_cast<float>(settings_.l1), static_cast<float>(settings_.l2)};
  for (size_t i = 0; i < keys.size(); ++i) Steps(info, keys[i], 1, gradients.data() + i * settings_.width);
}

void ParameterTable::Read(std::span<const uint32_t> keys, std::span<float> out) const {
  const size_t width = settings_.width;
  for (size_t i = 0; i < keys.size(); ++i) std::copy_n(values_.data() + (keys[i] - begin_) * width, width, out.data() + i * width);
}

ParameterTable ParameterTable::Part(uint32_t begin, uint32_t end) const {
  ParameterTable part(settings_, begin, end);
  const auto copy = [&](const std::vector<float>& from, std::vector<float>& to) {
    std::copy_n(from.begin() + static_cast<ptrdiff_t>((begin - begin_) * settings_.width), to.size(), to.begin());
  };
  copy(values_, part.values_);
  for (size_t s = 0; s < slots_.size(); ++s) copy(slots_[s], part.slots_[s]);
  part.steps_ = steps_;
  return part;
}

Status ParameterTable::PutPart(uint32_t begin, uint32_t end, const Bundle& saved) {
  ParameterTable part(settings_, begin, end);
  RETURN_IF_ERROR(part.Restore(saved));
  const auto at = static_cast<ptrdiff_t>((begin - begin_) * settings_.width);
  std::copy(part.values_.begin(), part.values_.end(), values_.begin() + at);
  for (size_t s = 0; s < slots_.size(); ++s) std::copy(part.slots_[s].begin(), part.slots_[s].end(), slots_[s].begin() + at);
  steps_ = std::max(steps_, part.steps_);
  return Status::Ok();
}

void ParameterTable::SaveTo(Bundle& bundle) const {
  bundle.SetFloats("values", values_);
  for (size_t s = 0; s < slots_.size(); ++s) bundle.SetFloats("slot" + std::to_string(s), slots_[s]);
  bundle.SetLongs("steps", std::vector<int64_t>{static_cast<int64_t>(steps_)});
}

Status ParameterTable::Restore(const Bundle& bundle) {
  ASSIGN_OR_RETURN(std::vector<float> values, bundle.Floats("values"));
  ASSIGN_OR_RETURN(const std::vector<int64_t> steps, bundle.Longs("steps"));
  std::vector<std::vector<float>> slots(slots_.size());
  bool fits = values.size() == values_.size() && steps.size() == 1 && steps[0] >= 0;
  for (size_t s = 0; s < slots.size(); ++s) {
    ASSIGN_OR_RETURN(slots[s], bundle.Floats("slot" + std::to_string(s)));
    fits = fits && slots[s].size() == values_.size();
  }
  if (!fits) return Status(Code::kCorruption, "the saved range of parameters is of another table");
  values_ = std::move(values);
  slots_ = std::move(slots);
  steps_ = static_cast<uint64_t>(steps[0]);
  return Status::Ok();
}

}  // namespace tusk::ml
