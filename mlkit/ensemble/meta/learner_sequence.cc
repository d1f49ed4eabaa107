// The steps of a sequence of learners, and learners by name.
#include "mlkit/ensemble/meta/learner_sequence.h"

namespace tusk::ml {

LearnerSpec ReadLearner(Parameters& parameters, const std::string& name, const std::string& prefix) {
  LearnerSpec spec;
  spec.name = name;
  std::vector<std::string> names;
  for (const auto& [key, value] : parameters.values()) {
    if (key.starts_with(prefix + ".")) names.push_back(key);
  }
  for (const std::string& key : names) spec.settings[key.substr(prefix.size() + 1)] = parameters.GetText(key, "");
  return spec;
}

Result<std::unique_ptr<Algorithm>> MakeLearner(const LearnerCatalog& catalog, const LearnerSpec& spec, const Schema& schema) {
  Parameters parameters(spec.settings);
  ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> algorithm, catalog.make(spec.name, parameters, schema));
  RETURN_IF_ERROR(parameters.Check());
  return algorithm;
}

Status LearnerSequence::MakeInnerContext(WorkerContext& context) {
  inner_schema_ = SchemaOf(models_.size());
  inner_context_ = context;
  inner_context_.schema = &inner_schema_;
  inner_context_.seed = context.seed + 0x9e3779b97f4a7c15ULL * (models_.size() + 1);
  for (OwnedShard& shard : inner_context_.shards) {
    ASSIGN_OR_RETURN(Block block, RowsOf(context, models_.size(), shard));
    shard.block = std::make_shared<const Block>(std::move(block));
  }
  return Status::Ok();
}

Status LearnerSequence::Start(WorkerContext& context, const Bundle* state) {
  if (state == nullptr) return Status::Ok();
  ASSIGN_OR_RETURN(const std::vector<int64_t> numbers, state->Longs("sequence"));
  if (numbers.size() != 4 || numbers[0] < 0 || static_cast<uint64_t>(numbers[0]) > Jobs()) {
    return Status(Code::kInvalidArgument, "the checkpoint belongs to other settings");
  }
  for (int64_t m = 0; m < numbers[0]; ++m) {
    ASSIGN_OR_RETURN(std::unique_ptr<Model> model, catalog_.load(state->Part("model." + std::to_string(m))));
    models_.push_back(std::move(model));
  }
  stopped_ = numbers[1] != 0;
  RETURN_IF_ERROR(LoadMore(*state));
  if (numbers[2] == 0) return Status::Ok();
  ASSIGN_OR_RETURN(inner_, Make());
  RETURN_IF_ERROR(MakeInnerContext(context));
  const Bundle inner_state = state->Part("inner");
  RETURN_IF_ERROR(inner_->Start(inner_context_, &inner_state));
  inner_begun_ = true;
  inner_finished_ = numbers[3] != 0;
  return Status::Ok();
}

Status LearnerSequence::ShardsChanged(WorkerContext& context) {
  Forget();
  if (!inner_begun_) {
    inner_.reset();
    return Status::Ok();
  }
  RETURN_IF_ERROR(MakeInnerContext(context));
  return inner_->ShardsChanged(inner_context_);
}

Status LearnerSequence::BeginInner(WorkerContext& context) {
  ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> inner, Make());
  RETURN_IF_ERROR(MakeInnerContext(context));
  RETURN_IF_ERROR(inner->Start(inner_context_, nullptr));
  inner_ = std::move(inner);
  return Status::Ok();
}

Result<StepReport> LearnerSequence::Step(WorkerContext& context) {
  if (stopped_ || models_.size() >= Jobs()) return Report({});
  if (!inner_) RETURN_IF_ERROR(BeginInner(context));
  inner_context_.comm = context.comm;
  inner_context_.pool = context.pool;
  if (!inner_finished_) {
    ASSIGN_OR_RETURN(StepReport report, inner_->Step(inner_context_));
    inner_begun_ = true;
    inner_finished_ = report.finished;
    return Report(std::move(report));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Model> model, inner_->Finish());
  ASSIGN_OR_RETURN(const bool keep, Trained(context, *model));
  if (keep) models_.push_back(std::move(model));
  stopped_ |= !keep;
  inner_.reset();
  inner_context_ = WorkerContext();
  inner_begun_ = inner_finished_ = false;
  return Report({});
}

StepReport LearnerSequence::Report(StepReport inner) const {
  inner.finished = stopped_ || models_.size() >= Jobs();
  inner.progress = inner.finished ? 1 : (static_cast<double>(models_.size()) + inner.progress) / static_cast<double>(Jobs());
  inner.figures["models"] = static_cast<double>(models_.size());
  return inner;
}

Bundle LearnerSequence::SaveState() const {
  Bundle state;
  const std::vector<int64_t> numbers = {static_cast<int64_t>(models_.size()), stopped_ ? 1 : 0, inner_begun_ ? 1 : 0,
                                        inner_finished_ ? 1 : 0};
  state.SetLongs("sequence", numbers);
  for (size_t m = 0; m < models_.size(); ++m) state.Merge("model." + std::to_string(m), models_[m]->Save());
  if (inner_begun_) state.Merge("inner", inner_->SaveState());
  SaveMore(state);
  return state;
}

}  // namespace tusk::ml
