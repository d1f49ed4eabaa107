// OnlineModel: a model that learns from one block after the other, in one process (`partial_fit`).
#pragma once

#include <memory>
#include <string>

#include "mlkit/api/model.h"
#include "mlkit/api/parameters.h"

namespace tusk::ml {

class OnlineModel {
 public:
  virtual ~OnlineModel() = default;
  // A block may lack classes of the schema.
  virtual Status PartialFit(std::shared_ptr<const Block> block) = 0;
  virtual Result<std::unique_ptr<Model>> MakeModel() const = 0;
};

// linear, logistic, softmax, svm or mlp, with the settings of `tusk ml train`; schema.rows need not be known. Linear models
// need an optimizer of mini-batches; where none is named it is adam.
Result<std::unique_ptr<OnlineModel>> MakeOnlineModel(const std::string& algorithm, Parameters& parameters, const Schema& schema,
                                                     uint64_t seed);

}  // namespace tusk::ml
