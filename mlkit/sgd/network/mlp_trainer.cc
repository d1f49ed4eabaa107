// Training of perceptrons.
#include "mlkit/sgd/network/mlp_trainer.h"

#include <algorithm>
#include <cmath>

#include "mlkit/sgd/lane_average.h"
#include "mlkit/sgd/lane_order.h"
#include "mlkit/sgd/network/network_gradients.h"
#include "mlkit/sgd/network/network_model.h"

namespace tusk::ml {
namespace {

struct Lane {
  ShardRows rows;
  LaneOrder order;
};

class MlpTrainer final : public Algorithm {
 public:
  explicit MlpTrainer(MlpSettings settings) : settings_(std::move(settings)), how_(settings_.how) {
    row_settings_ = {how_.loss->classifies(), how_.balanced, how_.class_weights, how_.validation_fraction,
                     settings_.go_on_from != nullptr};
  }

  size_t WantedShards() const override { return how_.lanes; }

  Status Start(WorkerContext& context, const Bundle* state) override {
    schema_ = *context.schema;
    network_ = settings_.NetworkFor(schema_);
    RETURN_IF_ERROR(MakeMemory(context));
    std::vector<float> parameters;
    std::vector<std::vector<float>> slots(slots_.size(), std::vector<float>(length()));
    if (state == nullptr) {
      ASSIGN_OR_RETURN(totals_, AgreeOnRows(context, row_settings_));
      if (settings_.go_on_from && settings_.go_on_from->Has("parameters")) {
        RETURN_IF_ERROR(RestoreWeights(*settings_.go_on_from, parameters, slots));
        ASSIGN_OR_RETURN(const std::vector<int64_t> position, settings_.go_on_from->Longs("position"));
        if (position.size() == 5) updates_ = static_cast<uint64_t>(position[2]);
      } else {
        parameters = network_.InitialParameters(context.seed);
      }
    } else {
      RETURN_IF_ERROR(Restore(*state, parameters, slots));
    }
    backend().Upload(parameters, parameters_.data());
    for (size_t s = 0; s < slots_.size(); ++s) backend().Upload(slots[s], slots_[s].data());
    if (how_.patience > 0 && !(totals_.held_out_weight > 0)) {
      return Status(Code::kInvalidArgument, "patience needs held-out rows: set validation_fraction, or give more rows");
    }
    return ShardsChanged(context);
  }

  Status ShardsChanged(WorkerContext& context) override {
    lanes_.clear();
    for (ShardRows& rows : PrepareRows(context, row_settings_, totals_)) lanes_.push_back({std::move(rows), {}});
    lane_rows_ = how_.LaneRows(context.shard_count);
    rows_a_step_ = lane_rows_ * (how_.local_steps > 0 ? how_.local_steps : how_.accumulate);
    steps_an_epoch_ = std::max<uint64_t>(1, (static_cast<uint64_t>(totals_.most_rows) + rows_a_step_ - 1) / rows_a_step_);
    return Status::Ok();
  }

  Result<StepReport> Step(WorkerContext& context) override {
    StepReport report;
    if (validate_next_) {
      RETURN_IF_ERROR(Validate(context, report));
    } else {
      ASSIGN_OR_RETURN(const double rows, how_.local_steps > 0 ? LocalRound(context) : Update(context));
      report.rows = static_cast<uint64_t>(rows);
      updates_ += std::max<size_t>(1, how_.local_steps);
      if (++position_ >= steps_an_epoch_) RETURN_IF_ERROR(EndEpoch(report));
    }
    report.figures["epoch"] = static_cast<double>(epoch_) + Fraction();
    report.progress = report.finished ? 1 : std::min(1.0, (static_cast<double>(epoch_) + Fraction()) / static_cast<double>(how_.epochs));
    return report;
  }

  Bundle SaveState() const override {
    Bundle bundle;
    totals_.SaveTo(bundle);
    std::vector<float> values(length());
    backend().Download(parameters_.data(), values);
    bundle.SetFloats("parameters", values);
    for (size_t s = 0; s < slots_.size(); ++s) {
      backend().Download(slots_[s].data(), values);
      bundle.SetFloats("slot" + std::to_string(s), values);
    }
    bundle.SetFloats("best", best_);
    if (const std::vector<int64_t> of_backend = backend().State(); !of_backend.empty()) bundle.SetLongs("backend", of_backend);
    bundle.SetLongs("position", std::vector<int64_t>{static_cast<int64_t>(epoch_), static_cast<int64_t>(position_), static_cast<int64_t>(updates_),
                                                     static_cast<int64_t>(waited_), validate_next_ ? 1 : 0});
    bundle.SetDoubles("losses", std::vector<double>{loss_sum_, weight_sum_, best_loss_});
    return bundle;
  }

  Result<std::unique_ptr<Model>> Finish() override {
    return std::unique_ptr<Model>(std::make_unique<NetworkModel>(schema_, network_, best_.empty() ? CurrentParameters() : best_));
  }

 private:
  size_t length() const { return network_.parameter_count(); }
  double Fraction() const { return static_cast<double>(position_) / static_cast<double>(steps_an_epoch_); }
  std::vector<float> CurrentParameters() const {
    std::vector<float> values(length());
    backend().Download(parameters_.data(), values);
    return values;
  }

  TensorBackend& backend() const { return gradients_->backend(); }

  Status MakeMemory(WorkerContext& context) {
    ASSIGN_OR_RETURN(gradients_, NetworkGradients::Open(settings_.make_backend, *context.pool, network_, how_.loss->classifies(), static_cast<float>(settings_.dropout)));
    RETURN_IF_ERROR(parameters_.Make(backend(), length()));
    slots_ = std::vector<BackendMemory>(how_.rule->slots());
    for (BackendMemory& slot : slots_) RETURN_IF_ERROR(slot.Make(backend(), length()));
    return Status::Ok();
  }

  Status RestoreWeights(const Bundle& state, std::vector<float>& parameters, std::vector<std::vector<float>>& slots) {
    ASSIGN_OR_RETURN(parameters, state.Floats("parameters"));
    bool good = parameters.size() == length();
    for (size_t s = 0; s < slots.size(); ++s) {
      ASSIGN_OR_RETURN(slots[s], state.Floats("slot" + std::to_string(s)));
      good = good && slots[s].size() == length();
    }
    if (!good) return BadState();
    if (!state.Has("backend")) return Status::Ok();
    ASSIGN_OR_RETURN(const std::vector<int64_t> of_backend, state.Longs("backend"));
    return backend().Restore(of_backend);
  }
  static Status BadState() { return Status(Code::kCorruption, "the state is not one of an mlp of these layers"); }

  Status Restore(const Bundle& state, std::vector<float>& parameters, std::vector<std::vector<float>>& slots) {
    ASSIGN_OR_RETURN(totals_, RowTotals::LoadFrom(state, schema_.classes));
    RETURN_IF_ERROR(RestoreWeights(state, parameters, slots));
    ASSIGN_OR_RETURN(best_, state.Floats("best"));
    ASSIGN_OR_RETURN(const std::vector<int64_t> position, state.Longs("position"));
    ASSIGN_OR_RETURN(const std::vector<double> losses, state.Doubles("losses"));
    if (position.size() != 5 || losses.size() != 3 || (!best_.empty() && best_.size() != length())) return BadState();
    epoch_ = static_cast<uint64_t>(position[0]);
    position_ = static_cast<uint64_t>(position[1]);
    updates_ = static_cast<uint64_t>(position[2]);
    waited_ = static_cast<uint64_t>(position[3]);
    validate_next_ = position[4] != 0;
    loss_sum_ = losses[0];
    weight_sum_ = losses[1];
    best_loss_ = losses[2];
    return Status::Ok();
  }

  std::span<const uint32_t> RowsOf(const WorkerContext& context, Lane& lane, size_t begin, size_t count) const {
    return LaneOrder::Piece(lane.order.Of(lane.rows.training, context.seed, lane.rows.number, epoch_), begin, count);
  }

  // One update from all lanes' rows; gives the sum of weights.
  Result<double> Update(WorkerContext& context) {
    std::vector<NetworkGradients::LaneBatch> batch;
    for (Lane& lane : lanes_) batch.push_back({&lane.rows, RowsOf(context, lane, position_ * rows_a_step_, rows_a_step_)});
    const bool whole = context.comm->size() == 1 && lanes_.size() == context.shard_count;
    RETURN_IF_ERROR(gradients_->Compute(context, batch, parameters_.data(), whole, updates_));
    float totals[2] = {0, 0};  // loss, weight
    RETURN_IF_ERROR(SumLanes(context, whole, totals));
    Count(static_cast<double>(totals[0]), static_cast<double>(totals[1]));
    if (totals[1] > 0) Apply(1 / totals[1], Rate(), updates_ + 1, parameters_, slots_);
    RETURN_IF_ERROR(backend().Check());
    return static_cast<double>(totals[1]);
  }

  // After it the gradients begin with the sum over all lanes of all ranks.
  Status SumLanes(WorkerContext& context, bool whole, float* totals) {
    partials_.resize(lanes_.size());
    const size_t gradients = whole ? 0 : length();
    for (size_t i = 0; i < lanes_.size(); ++i) {
      partials_[i].resize(gradients + 2);
      if (!whole) backend().Download(gradients_->gradients() + i * length(), std::span(partials_[i]).first(length()));
      partials_[i][gradients] = static_cast<float>(gradients_->losses()[i]);
      partials_[i][gradients + 1] = gradients_->lane_weights()[i];
    }
    ASSIGN_OR_RETURN(const std::span<float> sum, SumOverLanes(context, Numbers(), partials_, gradients + 2, sum_buffer_));
    if (!whole) backend().Upload(sum.first(length()), gradients_->gradients());
    totals[0] = sum[gradients];
    totals[1] = sum[gradients + 1];
    return Status::Ok();
  }

  std::vector<size_t> Numbers() const {
    std::vector<size_t> numbers;
    for (const Lane& lane : lanes_) numbers.push_back(lane.rows.number);
    return numbers;
  }

  void Count(double loss, double weight) {
    loss_sum_ += loss;
    weight_sum_ += weight;
  }

  float Rate(double fraction_more = 0) const {
    return static_cast<float>(how_.schedule.RateAt(static_cast<double>(epoch_) + Fraction() + fraction_more, static_cast<double>(how_.epochs)));
  }

  // The gradients' step of weights that may be a lane's own.
  void Apply(float scale, float rate, uint64_t step, BackendMemory& parameters, std::vector<BackendMemory>& memories) {
    StepInfo info;
    info.rate = rate;
    info.step = step;
    info.l2 = static_cast<float>(how_.l2);
    std::vector<float*> slots;
    for (const BackendMemory& slot : memories) slots.push_back(slot.data());
    const size_t weights = network_.weight_count();
    float* gradients = gradients_->gradients();
    backend().Update(*how_.rule, info, weights, scale, parameters.data(), gradients, slots);
    for (float*& slot : slots) slot += weights;
    info.l2 = 0;
    backend().Update(*how_.rule, info, length() - weights, scale, parameters.data() + weights, gradients + weights, slots);
  }

  // Every lane steps on its own from the common weights; then weights and slots are averaged, each lane by its rows. One lane after the
  // other: the backend's threads share each one's products.
  Result<double> LocalRound(WorkerContext& context) {
    std::vector<std::vector<float>> common(1 + slots_.size(), std::vector<float>(length()));
    backend().Download(parameters_.data(), common[0]);
    for (size_t s = 0; s < slots_.size(); ++s) backend().Download(slots_[s].data(), common[s + 1]);
    partials_.resize(lanes_.size());
    for (size_t i = 0; i < lanes_.size(); ++i) RETURN_IF_ERROR(LocalSteps(context, lanes_[i], common, partials_[i]));
    ASSIGN_OR_RETURN(const LocalMean mean, MeanOfLocal(context, Numbers(), partials_, common.size() * length(), sum_buffer_));
    Count(mean.loss, mean.weight);
    if (!(mean.rows > 0)) return 0.0;
    backend().Upload(mean.vectors.first(length()), parameters_.data());
    for (size_t s = 0; s < slots_.size(); ++s) backend().Upload(mean.vectors.subspan((s + 1) * length(), length()), slots_[s].data());
    RETURN_IF_ERROR(backend().Check());
    return mean.rows;
  }

  Status LocalSteps(WorkerContext& context, Lane& lane, const std::vector<std::vector<float>>& common, std::vector<float>& partial) {
    own_slots_.resize(slots_.size());
    RETURN_IF_ERROR(own_.Make(backend(), length()));
    backend().Upload(common[0], own_.data());
    for (size_t s = 0; s < own_slots_.size(); ++s) {
      RETURN_IF_ERROR(own_slots_[s].Make(backend(), length()));
      backend().Upload(common[s + 1], own_slots_[s].data());
    }
    LocalWork work;
    for (size_t h = 0; h < how_.local_steps; ++h) {
      const auto rows = RowsOf(context, lane, position_ * rows_a_step_ + h * lane_rows_, lane_rows_);
      if (rows.empty()) break;
      const NetworkGradients::LaneBatch batch{&lane.rows, rows};
      RETURN_IF_ERROR(gradients_->Compute(context, {&batch, 1}, own_.data(), false, updates_ + h));
      const float weight = gradients_->lane_weights()[0], rate = Rate(static_cast<double>(h) / static_cast<double>(how_.local_steps * steps_an_epoch_));
      if (weight > 0) Apply(1 / weight, rate, updates_ + h + 1, own_, own_slots_);
      work.loss += gradients_->losses()[0];
      work.weight += static_cast<double>(weight);
      work.rows += rows.size();
    }
    std::vector<std::vector<float>> moved(common.size(), std::vector<float>(length()));
    backend().Download(own_.data(), moved[0]);
    for (size_t s = 0; s < own_slots_.size(); ++s) backend().Download(own_slots_[s].data(), moved[s + 1]);
    std::vector<const std::vector<float>*> vectors;
    for (const std::vector<float>& vector : moved) vectors.push_back(&vector);
    PutLocal(vectors, work, partial);
    return Status::Ok();
  }

  Status EndEpoch(StepReport& report) {
    if (!std::isfinite(loss_sum_)) return Status(Code::kInvalidArgument, "the loss is not finite; lower the learning rate, or scale the columns");
    if (weight_sum_ > 0) report.figures["loss"] = loss_sum_ / weight_sum_;
    loss_sum_ = weight_sum_ = 0;
    position_ = 0;
    ++epoch_;
    validate_next_ = totals_.held_out_weight > 0;
    report.finished = !validate_next_ && epoch_ >= how_.epochs;
    return Status::Ok();
  }

  Status Validate(WorkerContext& context, StepReport& report) {
    const NetworkModel model(schema_, network_, CurrentParameters());
    std::vector<const ShardRows*> shards;
    for (const Lane& lane : lanes_) shards.push_back(&lane.rows);
    ASSIGN_OR_RETURN(const double sum, HeldOutLoss(context, model, *how_.loss, totals_, shards));
    const double loss = sum / totals_.held_out_weight;
    report.figures["validation_loss"] = loss;
    bool stop = false;
    if (how_.patience > 0) {
      if (best_.empty() || loss < best_loss_ - how_.tolerance) {
        best_loss_ = loss;
        best_ = CurrentParameters();
        waited_ = 0;
      } else {
        stop = ++waited_ >= how_.patience;
      }
    }
    validate_next_ = false;
    report.finished = stop || epoch_ >= how_.epochs;
    return Status::Ok();
  }

  MlpSettings settings_;
  LinearSettings& how_;
  RowSettings row_settings_;
  Schema schema_;
  Network network_;
  RowTotals totals_;
  std::vector<Lane> lanes_;
  size_t lane_rows_ = 1, rows_a_step_ = 1;
  uint64_t steps_an_epoch_ = 1;

  std::unique_ptr<NetworkGradients> gradients_;  // before everything that lives in its backend
  BackendMemory parameters_, own_;               // own_: of a lane that steps alone
  std::vector<BackendMemory> slots_, own_slots_;
  std::vector<std::vector<float>> partials_;     // by lane
  std::vector<float> sum_buffer_;

  uint64_t epoch_ = 0, position_ = 0, updates_ = 0, waited_ = 0;
  bool validate_next_ = false;
  double loss_sum_ = 0, weight_sum_ = 0, best_loss_ = 0;
  std::vector<float> best_;
};

}  // namespace

Network MlpSettings::NetworkFor(const Schema& schema) const {
  Network network{{schema.columns}, activation};
  network.sizes.insert(network.sizes.end(), hidden.begin(), hidden.end());
  network.sizes.push_back(schema.classes == 0 ? 1 : std::max<size_t>(2, schema.classes));
  return network;
}

Result<MlpSettings> ReadMlpSettings(Parameters& parameters, const Schema& schema) {
  MlpSettings settings;
  ASSIGN_OR_RETURN(settings.how, ReadLinearSettings("mlp", parameters, schema));
  const std::vector<double> hidden = parameters.GetNumbers("hidden", {128});
  settings.hidden.clear();
  for (const double size : hidden) {
    if (!(size >= 1) || size > 1e6 || size != std::floor(size)) return Status(Code::kInvalidArgument, "hidden: layer sizes are whole numbers from 1 to 1000000");
    settings.hidden.push_back(static_cast<size_t>(size));
  }
  const auto& names = ActivationNames();
  const std::string activation = parameters.GetChoice("activation", "relu", names);
  settings.activation = static_cast<Activation>(std::find(names.begin(), names.end(), activation) - names.begin());
  settings.dropout = parameters.GetNumber("dropout", 0, 0, 0.95);
  const LinearSettings& how = settings.how;
  if (how.rule == nullptr || how.optimizer == "svrg" || how.l1 > 0 || !how.intercept) {
    return Status(Code::kInvalidArgument, "mlp trains by mini-batches: no newton, lbfgs, svrg, l1 or intercept=false");
  }
  return settings;
}

std::unique_ptr<Algorithm> MakeMlpTrainer(MlpSettings settings) { return std::make_unique<MlpTrainer>(std::move(settings)); }

Result<std::unique_ptr<Algorithm>> MakeMlp(Parameters& parameters, const Schema& schema) {
  ASSIGN_OR_RETURN(MlpSettings settings, ReadMlpSettings(parameters, schema));
  return MakeMlpTrainer(std::move(settings));
}

}  // namespace tusk::ml
