// Parameter averaging: a learner on each shard, alone; then the mean of their parameters, weighted by rows. One exchange of
// messages in the whole training, and equal bits wherever the shards are.
#include <cstring>
#include <map>

#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/ensemble/meta/meta.h"

namespace tusk::ml {
namespace {

template <typename T>
Status AddTensor(const Tensor& from, double share, std::vector<double>& sums) {
  const size_t count = from.data.size() / sizeof(T);
  if (sums.empty()) sums.resize(count);
  if (sums.size() != count) return Status(Code::kInvalidArgument, "models of different shapes have no average");
  for (size_t i = 0; i < count; ++i) {
    T value = 0;
    std::memcpy(&value, from.data.data() + i * sizeof(T), sizeof(T));
    sums[i] += share * static_cast<double>(value);
  }
  return Status::Ok();
}

class Average final : public Algorithm {
 public:
  Average(LearnerCatalog catalog, Schema schema, LearnerSpec spec)
      : catalog_(std::move(catalog)), schema_(std::move(schema)), spec_(std::move(spec)) {}

  Status Start(WorkerContext&, const Bundle* state) override {
    if (state != nullptr && state->HasText("done/algorithm")) {
      model_ = state->Part("done");
      finished_ = true;
    }
    return Status::Ok();
  }
  Status ShardsChanged(WorkerContext&) override { return Status::Ok(); }

  Result<StepReport> Step(WorkerContext& context) override {
    if (!finished_) {
      std::vector<Result<Bundle>> parts;
      for (size_t s = 0; s < context.shards.size(); ++s) parts.emplace_back(Bundle());
      context.pool->ParallelFor(parts.size(), [&](size_t s) {
        if (context.shards[s].block->rows > 0) parts[s] = TrainAlone(context, context.shards[s]);
      });
      ASSIGN_OR_RETURN(model_, Exchange(context, parts));
      finished_ = true;
    }
    StepReport report;
    report.finished = true;
    report.progress = 1;
    report.rows = schema_.rows;
    return report;
  }

  Bundle SaveState() const override {
    Bundle state;
    if (finished_) state.Merge("done", model_);
    return state;
  }
  Result<std::unique_ptr<Model>> Finish() override {
    if (!finished_) return Status(Code::kInvalidArgument, "no model has been trained yet");
    return catalog_.load(model_);
  }

 private:
  Result<Bundle> TrainAlone(const WorkerContext& context, const OwnedShard& shard) const {
    LocalCommunicator comm;
    ThreadPool one(1);
    Schema alone = schema_;
    alone.rows = shard.block->rows;
    WorkerContext inner;
    inner.comm = &comm;
    inner.pool = &one;
    inner.schema = &alone;
    inner.shard_count = 1;
    inner.shards = {{0, shard.block}};
    inner.owner_of_shard = {0};
    inner.seed = context.seed + shard.number;
    ASSIGN_OR_RETURN(const std::unique_ptr<Algorithm> algorithm, MakeLearner(catalog_, spec_, alone));
    RETURN_IF_ERROR(algorithm->Start(inner, nullptr));
    while (true) {
      ASSIGN_OR_RETURN(const StepReport report, algorithm->Step(inner));
      if (report.finished) break;
    }
    ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, algorithm->Finish());
    return model->Save();
  }

  // All shards' models to everybody, added up in the order of the shards. A shard's error is everybody's.
  Result<Bundle> Exchange(WorkerContext& context, std::vector<Result<Bundle>>& parts) const {
    Bundle mine;
    for (size_t s = 0; s < parts.size(); ++s) {
      const std::string name = std::to_string(context.shards[s].number);
      if (!parts[s].ok()) {
        mine.SetText("error/" + name, std::string(parts[s].status().message()));
      } else if (context.shards[s].block->rows > 0) {
        mine.Merge("shard." + name, *parts[s]);
        mine.SetText("rows/" + name, std::to_string(context.shards[s].block->rows));
      }
    }
    ASSIGN_OR_RETURN(const std::vector<std::vector<uint8_t>> all, context.comm->AllGather(mine.Encode()));
    std::map<size_t, std::pair<Bundle, double>> of_shard;
    for (size_t r = 0; r < all.size(); ++r) {
      ASSIGN_OR_RETURN(const Bundle theirs, Bundle::Decode(all[r], "models of rank " + std::to_string(r)));
      for (size_t s = 0; s < context.shard_count; ++s) {
        const std::string name = std::to_string(s);
        if (theirs.HasText("error/" + name)) {
          return Status(Code::kInvalidArgument, "shard " + name + ": " + *theirs.Text("error/" + name));
        }
        if (theirs.HasText("rows/" + name)) of_shard[s] = {theirs.Part("shard." + name), std::stod(*theirs.Text("rows/" + name))};
      }
    }
    return Mean(of_shard);
  }

  static Result<Bundle> Mean(const std::map<size_t, std::pair<Bundle, double>>& models) {
    if (models.empty()) return Status(Code::kInvalidArgument, "there are no rows to train on");
    double total = 0;
    for (const auto& [shard, model] : models) total += model.second;
    Bundle mean = models.begin()->second.first;
    for (const auto& [name, tensor] : models.begin()->second.first.tensors()) {
      const bool wide = tensor.type == ElementType::kF64;
      if (!wide && tensor.type != ElementType::kF32) continue;
      std::vector<double> sums;
      for (const auto& [shard, model] : models) {
        const auto other = model.first.tensors().find(name);
        if (other == model.first.tensors().end() || other->second.type != tensor.type) {
          return Status(Code::kInvalidArgument, "models of different kinds have no average");
        }
        RETURN_IF_ERROR(wide ? AddTensor<double>(other->second, model.second / total, sums)
                             : AddTensor<float>(other->second, model.second / total, sums));
      }
      if (wide) {
        mean.SetDoubles(name, sums, tensor.shape);
      } else {
        mean.SetFloats(name, std::vector<float>(sums.begin(), sums.end()), tensor.shape);
      }
    }
    return mean;
  }

  const LearnerCatalog catalog_;
  const Schema schema_;
  const LearnerSpec spec_;
  bool finished_ = false;
  Bundle model_;
};

}  // namespace

Result<std::unique_ptr<Algorithm>> MakeAverage(Parameters& parameters, const Schema& schema, const LearnerCatalog& catalog) {
  const std::string name = parameters.GetChoice("estimator", schema.classes > 0 ? "logistic" : "linear",
                                                {"linear", "logistic", "softmax", "svm"}, {"base"});
  const LearnerSpec spec = ReadLearner(parameters, name, "estimator");
  RETURN_IF_ERROR(MakeLearner(catalog, spec, schema).status());
  return std::unique_ptr<Algorithm>(std::make_unique<Average>(catalog, schema, spec));
}

}  // namespace tusk::ml
