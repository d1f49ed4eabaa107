// The catalog: every algorithm by its name on the command line, and every model by the name in its file.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/algorithm.h"
#include "mlkit/api/parameters.h"
#include "mlkit/data/label_map.h"

namespace tusk::ml {

struct AlgorithmEntry {
  std::string name;         // "logistic"
  std::string summary;      // one line for help
  // Reads its settings from `parameters` (which may be asked for more afterwards; the caller calls Check).
  Result<std::unique_ptr<Algorithm>> (*make)(Parameters& parameters, const Schema& schema);
  // Its models from their files; null where there is none to load.
  Result<std::unique_ptr<Model>> (*load)(const Bundle& bundle) = nullptr;
  // What its labels are; kAny: both kinds, by the data or a setting (objective).
  LabelKind task = LabelKind::kAny;
  bool on_gpu = false;      // has the setting device=cpu|cuda|auto
};

const std::vector<AlgorithmEntry>& Algorithms();
const AlgorithmEntry* FindAlgorithm(const std::string& name);  // null: there is none
// The error lists the known names.
Result<std::unique_ptr<Algorithm>> MakeAlgorithm(const std::string& name, Parameters& parameters, const Schema& schema);
// The same from settings that are the algorithm's alone: an unknown or bad one is an error.
Result<std::unique_ptr<Algorithm>> MakeCheckedAlgorithm(const std::string& name,
                                                        const std::map<std::string, std::string>& settings,
                                                        const Schema& schema);
// By the bundle's "algorithm"; refuses other formats and newer versions with a clear error.
Result<std::unique_ptr<Model>> LoadModel(const Bundle& bundle);

}  // namespace tusk::ml
