// Which online model an algorithm has.
#include "mlkit/sgd/online/online_model.h"

#include "mlkit/sgd/network/online_mlp.h"
#include "mlkit/sgd/online/online_linear.h"

namespace tusk::ml {

Result<std::unique_ptr<OnlineModel>> MakeOnlineModel(const std::string& algorithm, Parameters& parameters, const Schema& schema,
                                                     uint64_t seed) {
  if (algorithm == "mlp") {
    ASSIGN_OR_RETURN(MlpSettings settings, ReadMlpSettings(parameters, schema));
    RETURN_IF_ERROR(parameters.Check());
    ASSIGN_OR_RETURN(std::unique_ptr<OnlineMlp> online, OnlineMlp::Make(std::move(settings), schema, seed));
    return std::unique_ptr<OnlineModel>(std::move(online));
  }
  if (algorithm != "linear" && algorithm != "logistic" && algorithm != "softmax" && algorithm != "svm") {
    return Status(Code::kUnsupported, "partial_fit is there for linear, logistic, softmax, svm and mlp, not for " + algorithm);
  }
  if (!parameters.Has("optimizer") && !parameters.Has("solver")) parameters.Set("optimizer", "adam");
  ASSIGN_OR_RETURN(LinearSettings settings, ReadLinearSettings(algorithm, parameters, schema));
  RETURN_IF_ERROR(parameters.Check());
  ASSIGN_OR_RETURN(std::unique_ptr<OnlineLinear> online, OnlineLinear::Make(std::move(settings), schema));
  return std::unique_ptr<OnlineModel>(std::move(online));
}

}  // namespace tusk::ml
