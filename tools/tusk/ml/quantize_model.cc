// Both models beside each other on one data set.
#include "tools/tusk/ml/quantize_model.h"

#include <nlohmann/json.hpp>

#include "mlkit/data/file_dataset.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/quantized/quantized_model.h"

namespace tusk::tools {

Result<std::unique_ptr<ml::Model>> QuantizeModel(CliContext& context, const MlOptions& options, MlFiles& files, const ml::Model& model,
                                                 const ml::Dataset& training) {
  ASSIGN_OR_RETURN(std::unique_ptr<ml::Model> small, ml::QuantizeToInt8(model, &training));
  ml::ThreadPool pool(ThreadsOf(options));
  ml::OpenedData test;
  if (!options.tests.empty()) {
    ml::DataOptions data = options.data;
    data.paths = options.tests;
    data.labels_path.clear();
    ASSIGN_OR_RETURN(test, ml::OpenData(files.Sources(), data, pool, &model.schema()));
  }
  const ml::Dataset& data = test.dataset ? *test.dataset : training;
  ASSIGN_OR_RETURN(const ml::Metrics before, ml::Evaluate(model, data, pool));
  ASSIGN_OR_RETURN(const ml::Metrics after, ml::Evaluate(*small, data, pool));
  const size_t bytes_before = model.Save().Encode().size(), bytes_after = small->Save().Encode().size();
  nlohmann::json json = {{"event", "quantized"}, {"type", options.quantize}, {"data", test.dataset ? "test" : "training"},
                         {"bytes_before", bytes_before}, {"bytes_after", bytes_after}};
  std::string line = options.quantize + ": " + std::to_string(bytes_before) + " → " + std::to_string(bytes_after) + " bytes; on the " +
                     (test.dataset ? "test" : "training") + " data";
  const auto then = before.Named(), now = after.Named();
  for (size_t i = 0; i < then.size() && i < now.size(); ++i) {
    char figures[128];
    std::snprintf(figures, sizeof(figures), "%s %s %.6g → %.6g", i == 0 ? "" : ",", then[i].first.c_str(), then[i].second, now[i].second);
    line += figures;
    json[then[i].first + "_before"] = then[i].second;
    json[now[i].first + "_after"] = now[i].second;
  }
  if (options.json) {
    std::fprintf(context.out, "%s\n", json.dump().c_str());
  } else if (!options.quiet) {
    std::fprintf(context.err, "%s\n", line.c_str());
  }
  return small;
}

}  // namespace tusk::tools
