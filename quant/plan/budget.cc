// Measuring, and the knapsack.
#include "quant/plan/budget.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

#include "quant/types/codec.h"

namespace tusk::quant {
namespace {

constexpr TensorType kCandidates[] = {TensorType::kQ2_K, TensorType::kQ3_K, TensorType::kIQ4_XS, TensorType::kQ4_K,
                                      TensorType::kQ5_K, TensorType::kQ6_K, TensorType::kQ8_0, TensorType::kF16};

// One step along a tensor's hull.
struct Step {
  size_t tensor = 0, to = 0;  // index of the option
  uint64_t bytes = 0;
  double gain = 0;
  size_t order = 0;
  double slope() const { return gain / static_cast<double>(bytes); }
};

// The options that some price per byte would choose: fewer errors for more bytes, each step flatter than the one before.
std::vector<size_t> HullOf(const std::vector<SizeError>& options) {
  std::vector<size_t> order(options.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&options](size_t a, size_t b) {
    return std::pair(options[a].bytes, options[a].error) < std::pair(options[b].bytes, options[b].error);
  });
  const auto slope = [&options](size_t a, size_t b) {
    return (options[a].error - options[b].error) / static_cast<double>(options[b].bytes - options[a].bytes);
  };
  std::vector<size_t> hull;
  for (const size_t option : order) {
    if (!hull.empty() && options[option].error >= options[hull.back()].error) continue;
    while (hull.size() > 1 && slope(hull[hull.size() - 2], hull.back()) <= slope(hull.back(), option)) hull.pop_back();
    hull.push_back(option);
  }
  return hull;
}

class Measurer {
 public:
  Measurer(const Model& model, uint64_t sample_weights) : model_(model), sample_weights_(sample_weights) {}

  // The error of tensor `index` under `plan`, which may be NaN only if the weights are.
  Result<double> Measure(const QuantPlan& plan, size_t index) {
    const TensorPlan& entry = plan.tensors[index];
    const ModelTensor& tensor = model_.tensors[entry.tensor];
    if (entry.from == entry.to || tensor.weights() == 0) return 0.0;
    const uint64_t rows = std::clamp<uint64_t>(sample_weights_ / std::max<uint64_t>(1, tensor.columns()), 1, tensor.rows());
    double error = 0, energy = 0;
    for (uint64_t i = 0; i < rows; ++i) {
      const uint64_t row = tensor.rows() * i / rows;
      const WorkUnit unit{.tensor = static_cast<uint32_t>(index), .first_row = row, .rows = 1,
                          .out_bytes = plan.header.tensors[index].bytes / tensor.rows()};
      bytes_.resize(unit.out_bytes);
      RETURN_IF_ERROR(RunUnit(model_, plan, unit, true, scratch_, bytes_));
      decoded_.resize(tensor.columns());
      RETURN_IF_ERROR(DecodeRows(entry.to, bytes_, 1, static_cast<int64_t>(tensor.columns()), decoded_.data()));
      const float* importance = nullptr;
      if (entry.importance != nullptr) {
        importance = entry.importance->data() + (tensor.dims.size() > 2 ? row / tensor.dims[1] : 0) * tensor.columns();
      }
      for (uint64_t c = 0; c < tensor.columns(); ++c) {
        const double weight = importance == nullptr ? 1.0 : static_cast<double>(importance[c]);
        const double value = static_cast<double>(scratch_.floats[c]), difference = value - static_cast<double>(decoded_[c]);
        error += weight * difference * difference;
        energy += weight * value * value;
      }
    }
    return energy > 0 ? error / energy * static_cast<double>(tensor.weights()) : 0.0;
  }

 private:
  const Model& model_;
  const uint64_t sample_weights_;
  UnitScratch scratch_;
  std::vector<uint8_t> bytes_;
  std::vector<float> decoded_;
};

// The candidates that make a difference for a tensor, with the plan that gives each.
struct TensorOptions {
  std::vector<TensorType> types;
  std::vector<size_t> plans;
  std::vector<SizeError> sizes;
};

Status MeasureAll(const Model& model, const std::vector<QuantPlan>& plans, const BudgetSettings& budget,
                  std::vector<TensorOptions>& options) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  Status failure;
  const auto work = [&] {
    Measurer measurer(model, budget.sample_weights);
    for (size_t i = next++; i < options.size(); i = next++) {
      for (size_t k = 0; k < options[i].types.size(); ++k) {
        const Result<double> error = options[i].types.size() == 1 ? Result<double>(0.0) : measurer.Measure(plans[options[i].plans[k]], i);
        if (!error.ok()) {
          std::lock_guard lock(mutex);
          failure = error.status();
          next = options.size();
          return;
        }
        options[i].sizes[k].error = *error;
      }
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < budget.threads; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return failure;
}

// One plan for each candidate: what it makes of a tensor, with overrides and fallbacks, is an option.
Result<std::vector<QuantPlan>> PlanCandidates(const Model& model, QuantSettings settings, const Imatrix* imatrix) {
  std::vector<QuantPlan> plans;
  for (const TensorType candidate : kCandidates) {
    if (!TraitsOf(candidate)->encodable || !TraitsOf(candidate)->decodable) continue;
    for (const ModelTensor& tensor : model.tensors) settings.chosen[tensor.name] = candidate;
    settings.mix = Mix::kQ4_K_M;
    ASSIGN_OR_RETURN(QuantPlan plan, MakePlan(model, settings, imatrix));
    plans.push_back(std::move(plan));
  }
  return plans;
}

std::vector<TensorOptions> OptionsOf(const std::vector<QuantPlan>& plans) {
  std::vector<TensorOptions> options(plans[0].tensors.size());
  for (size_t i = 0; i < options.size(); ++i) {
    for (size_t p = 0; p < plans.size(); ++p) {
      const TensorType type = plans[p].tensors[i].to;
      if (std::find(options[i].types.begin(), options[i].types.end(), type) != options[i].types.end()) continue;
      options[i].types.push_back(type);
      options[i].plans.push_back(p);
      options[i].sizes.push_back({PaddedTo(plans[p].header.tensors[i].bytes, plans[p].header.alignment), 0});
    }
  }
  return options;
}

Mix MixOfMost(const Model& model, const std::vector<TensorOptions>& options, const Allocation& allocation) {
  std::map<TensorType, uint64_t> weights;
  for (size_t i = 0; i < options.size(); ++i) weights[options[i].types[allocation.chosen[i]]] += model.tensors[i].weights();
  const auto most = std::max_element(weights.begin(), weights.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  for (const MixEntry& entry : Mixes()) {
    if (entry.type == most->first) return entry.mix;
  }
  return Mix::kF32;
}

}  // namespace

Result<Allocation> Allocate(const std::vector<std::vector<SizeError>>& options, uint64_t bytes_max) {
  Allocation out;
  std::vector<Step> steps;
  for (size_t i = 0; i < options.size(); ++i) {
    const std::vector<size_t> hull = HullOf(options[i]);
    out.chosen.push_back(hull[0]);
    out.bytes += options[i][hull[0]].bytes;
    out.error += options[i][hull[0]].error;
    for (size_t k = 1; k < hull.size(); ++k) {
      const SizeError &from = options[i][hull[k - 1]], &to = options[i][hull[k]];
      steps.push_back({i, hull[k], to.bytes - from.bytes, from.error - to.error});
    }
  }
  if (out.bytes > bytes_max) {
    return Status(Code::kInvalidArgument, "the budget is too small: the smallest types want " + std::to_string(out.bytes) + " bytes");
  }
  // The steps of one tensor stay in their order even where slopes are equal.
  for (size_t i = 0; i < steps.size(); ++i) steps[i].order = i;
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    return a.slope() != b.slope() ? a.slope() > b.slope() : a.order < b.order;
  });
  out.bound = out.error;
  bool full = false;
  uint64_t relaxed_bytes = out.bytes;
  std::vector<bool> stopped(options.size(), false);
  for (const Step& step : steps) {
    if (!full && relaxed_bytes + step.bytes <= bytes_max) {
      relaxed_bytes += step.bytes;
      out.bound -= step.gain;
    } else if (!full) {
      out.bound -= step.slope() * static_cast<double>(bytes_max - relaxed_bytes);
      full = true;
    }
    // After a step that does not fit, flatter ones of other tensors still may.
    if (stopped[step.tensor] || out.bytes + step.bytes > bytes_max) {
      stopped[step.tensor] = true;
      continue;
    }
    out.chosen[step.tensor] = step.to;
    out.bytes += step.bytes;
    out.error -= step.gain;
  }
  out.bound = std::max(0.0, out.bound);
  return out;
}

Result<BudgetResult> ChooseByBudget(const Model& model, const QuantSettings& settings, const Imatrix* imatrix, const BudgetSettings& budget) {
  ASSIGN_OR_RETURN(const std::vector<QuantPlan> plans, PlanCandidates(model, settings, imatrix));
  std::vector<TensorOptions> options = OptionsOf(plans);
  RETURN_IF_ERROR(MeasureAll(model, plans, budget, options));
  const uint64_t header = plans[0].header.data_offset;
  std::vector<std::vector<SizeError>> sizes;
  for (const TensorOptions& option : options) sizes.push_back(option.sizes);
  Result<Allocation> allocation = Allocate(sizes, budget.bytes_max > header ? budget.bytes_max - header : 0);
  if (!allocation.ok()) {
    return allocation.status().WithContext("and " + std::to_string(header) + " of header");
  }
  BudgetResult result;
  for (size_t i = 0; i < options.size(); ++i) result.types[model.tensors[i].name] = options[i].types[allocation->chosen[i]];
  result.mix = MixOfMost(model, options, *allocation);
  result.bytes = allocation->bytes + header;
  result.error = allocation->error;
  result.bound = allocation->bound;
  double weights = 0;
  for (const ModelTensor& tensor : model.tensors) weights += static_cast<double>(tensor.weights());
  char text[256];
  std::snprintf(text, sizeof(text), "budget: %llu of %llu bytes, mean relative error %.3g, bound %.3g, gap %.2f %%",
                static_cast<unsigned long long>(result.bytes), static_cast<unsigned long long>(budget.bytes_max), result.error / weights,
                result.bound / weights, result.bound > 0 ? (result.error / result.bound - 1) * 100 : 0.0);
  result.report = text;
  return result;
}

}  // namespace tusk::quant
