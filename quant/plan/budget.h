// Types by a budget of bytes: for each tensor the error of each candidate type is measured on a sample of its rows, then types are
// chosen so that the file fits and the sum of errors is small: steps along the tensors' convex hulls, steepest first, then what
// else fits. The error is the relative squared error of a tensor (weighted by importance where an imatrix is given) times its
// weights. The bound is that of the linear relaxation: no choice of these types can be better.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "quant/plan/quant_plan.h"

namespace tusk::quant {

struct BudgetSettings {
  uint64_t bytes_max = 0;  // of the whole file
  size_t threads = 1;
  uint64_t sample_weights = 64 << 10;  // of each tensor
};

struct BudgetResult {
  std::map<std::string, TensorType> types;  // for QuantSettings::chosen
  Mix mix = Mix::kQ4_K_M;                   // named after the type of most weights
  uint64_t bytes = 0;
  double error = 0, bound = 0;
  std::string report;  // one line for a person
};

// kInvalidArgument where even the smallest types don't fit; the message says how many bytes they want.
Result<BudgetResult> ChooseByBudget(const Model& model, const QuantSettings& settings, const Imatrix* imatrix,
                                    const BudgetSettings& budget);

// The allocation itself: options[i] are tensor i's (bytes, error), in any order. Returns an option's index for each tensor.
struct SizeError {
  uint64_t bytes = 0;
  double error = 0;
};
struct Allocation {
  std::vector<size_t> chosen;
  uint64_t bytes = 0;
  double error = 0, bound = 0;
};
Result<Allocation> Allocate(const std::vector<std::vector<SizeError>>& options, uint64_t bytes_max);

}  // namespace tusk::quant
