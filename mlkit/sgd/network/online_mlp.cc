// One training a block.
#include "mlkit/sgd/network/online_mlp.h"

#include "mlkit/api/local_training.h"
#include "mlkit/sgd/network/network_model.h"

namespace tusk::ml {

Result<std::unique_ptr<OnlineMlp>> OnlineMlp::Make(MlpSettings settings, Schema schema, uint64_t seed) {
  if (settings.how.balanced || settings.how.patience > 0 || settings.how.validation_fraction > 0) {
    return Status(Code::kInvalidArgument, "partial_fit knows one block at a time: no balanced, patience or validation_fraction");
  }
  settings.how.epochs = 1;
  settings.how.lanes = 1;
  return std::unique_ptr<OnlineMlp>(new OnlineMlp(std::move(settings), std::move(schema), seed));
}

Status OnlineMlp::PartialFit(std::shared_ptr<const Block> block) {
  if (block->rows == 0) return Status::Ok();
  RETURN_IF_ERROR(ValidateBlock(*block, schema_, false));
  MlpSettings settings = settings_;
  settings.go_on_from = state_ ? state_ : std::make_shared<const Bundle>();
  const std::unique_ptr<Algorithm> trainer = MakeMlpTrainer(std::move(settings));
  LocalTrainingOptions options;
  options.seed = seed_;
  options.threads = 1;                    // blocks are small
  std::vector<Block> blocks = {*block};
  ASSIGN_OR_RETURN(const std::unique_ptr<Model> model,
                   TrainLocally(*trainer, MakeInMemoryDataset(schema_, std::move(blocks)), options));
  state_ = std::make_shared<const Bundle>(trainer->SaveState());
  model_ = model->Save().Encode();
  return Status::Ok();
}

Result<std::unique_ptr<Model>> OnlineMlp::MakeModel() const {
  if (model_.empty()) return Status(Code::kIllegalState, "there is no model before the first rows");
  ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Decode(model_, "the perceptron so far"));
  return NetworkModel::Load(bundle);
}

}  // namespace tusk::ml
