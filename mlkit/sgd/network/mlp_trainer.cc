// Training of perceptrons.
#include "mlkit/sgd/network/mlp_trainer.h"

#include <algorithm>

#include <cmath>

#include "mlkit/sgd/lane_order.h"
#include "mlkit/sgd/lane_tree.h"
#include "mlkit/sgd/network/network_model.h"
#include "mlkit/sgd/training_rows.h"
#include "mlkit/tensor/cpu_backend.h"

namespace tusk::ml {
namespace {

// Memory of the backend, freed with it.
class Memory {
 public:
  Status Make(TensorBackend& backend, size_t count) {
    if (count <= count_) return Status::Ok();
    Drop();
    backend_ = &backend;
    ASSIGN_OR_RETURN(data_, backend.Allocate(count));
    count_ = count;
    return Status::Ok();
  }
  ~Memory() { Drop(); }
  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  float* data() const { return data_; }

 private:
  void Drop() {
    if (data_ != nullptr) backend_->Free(data_);
    data_ = nullptr;
    count_ = 0;
  }
  TensorBackend* backend_ = nullptr;
  float* data_ = nullptr;
  size_t count_ = 0;
};

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
    network_.activation = settings_.activation;
    network_.sizes = {schema_.columns};
    network_.sizes.insert(network_.sizes.end(), settings_.hidden.begin(), settings_.hidden.end());
    network_.sizes.push_back(schema_.classes == 0 ? 1 : std::max<size_t>(2, schema_.classes));
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
    backend_->Upload(parameters, parameters_.data());
    for (size_t s = 0; s < slots_.size(); ++s) backend_->Upload(slots[s], slots_[s].data());
    if (how_.patience > 0 && !(totals_.held_out_weight > 0)) {
      return Status(Code::kInvalidArgument, "patience needs held-out rows: set validation_fraction, or give more rows");
    }
    return ShardsChanged(context);
  }

  Status ShardsChanged(WorkerContext& context) override {
    lanes_.clear();
    for (ShardRows& rows : PrepareRows(context, row_settings_, totals_)) lanes_.push_back({std::move(rows), {}});
    lane_rows_ = (how_.batch * how_.accumulate + context.shard_count - 1) / context.shard_count;
    steps_an_epoch_ = std::max<uint64_t>(1, (static_cast<uint64_t>(totals_.most_rows) + lane_rows_ - 1) / lane_rows_);
    return Status::Ok();
  }

  Result<StepReport> Step(WorkerContext& context) override {
    StepReport report;
    if (validate_next_) {
      RETURN_IF_ERROR(Validate(context, report));
    } else {
      RETURN_IF_ERROR(Update(context, report));
    }
    report.figures["epoch"] = static_cast<double>(epoch_) + Fraction();
    report.progress = report.finished ? 1 : std::min(1.0, (static_cast<double>(epoch_) + Fraction()) / static_cast<double>(how_.epochs));
    return report;
  }

  Bundle SaveState() const override {
    Bundle bundle;
    totals_.SaveTo(bundle);
    std::vector<float> values(length());
    backend_->Download(parameters_.data(), values);
    bundle.SetFloats("parameters", values);
    for (size_t s = 0; s < slots_.size(); ++s) {
      backend_->Download(slots_[s].data(), values);
      bundle.SetFloats("slot" + std::to_string(s), values);
    }
    bundle.SetFloats("best", best_);
    if (const std::vector<int64_t> of_backend = backend_->State(); !of_backend.empty()) bundle.SetLongs("backend", of_backend);
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
    backend_->Download(parameters_.data(), values);
    return values;
  }

  Status MakeMemory(WorkerContext& context) {
    if (settings_.make_backend) {
      ASSIGN_OR_RETURN(backend_, settings_.make_backend(*context.pool));
    } else {
      backend_ = MakeCpuBackend(*context.pool);
    }
    tape_ = std::make_unique<Tape>(*backend_);
    RETURN_IF_ERROR(parameters_.Make(*backend_, length()));
    slots_ = std::vector<Memory>(how_.rule->slots());
    for (Memory& slot : slots_) RETURN_IF_ERROR(slot.Make(*backend_, length()));
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
    return backend_->Restore(of_backend);
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

  // The step's rows of the owned lanes, into the backend's memory.
  Status GatherBatch(WorkerContext& context, LaneRows& batch, std::vector<float>& lane_weights) {
    std::vector<std::span<const uint32_t>> rows(lanes_.size());
    batch.numbers.clear();
    batch.starts = {0};
    bool weighted = false;
    for (size_t i = 0; i < lanes_.size(); ++i) {
      Lane& lane = lanes_[i];
      const auto order = lane.order.Of(lane.rows.training, context.seed, lane.rows.number, epoch_);
      rows[i] = LaneOrder::Piece(order, position_ * lane_rows_, lane_rows_);
      batch.numbers.push_back(lane.rows.number);
      batch.starts.push_back(batch.starts.back() + rows[i].size());
      weighted = weighted || !lane.rows.weights.empty();
    }
    const size_t columns = schema_.columns, count = batch.rows();
    RETURN_IF_ERROR(x_.Make(*backend_, count * columns));
    RETURN_IF_ERROR(labels_.Make(*backend_, count));
    RETURN_IF_ERROR(weights_.Make(*backend_, count));
    const bool direct = backend_->host_memory();
    if (!direct) staging_.resize(count * (columns + 2));
    float* x = direct ? x_.data() : staging_.data();
    float* labels = direct ? labels_.data() : x + count * columns;
    float* weights = direct ? weights_.data() : labels + count;
    lane_weights.assign(lanes_.size(), 0.0F);
    context.pool->ParallelFor(lanes_.size(), [&](size_t i) {
      const ShardRows& shard = lanes_[i].rows;
      for (size_t r = 0; r < rows[i].size(); ++r) {
        const size_t at = batch.starts[i] + r;
        CopyRow(*shard.block, rows[i][r], columns, x + at * columns);
        labels[at] = shard.block->labels[rows[i][r]];
        weights[at] = shard.weight(rows[i][r]);
        lane_weights[i] += weights[at];
      }
    });
    if (!direct) {
      backend_->Upload({x, count * columns}, x_.data());
      backend_->Upload({labels, count}, labels_.data());
      backend_->Upload({weights, count}, weights_.data());
    }
    batch_weights_ = weighted ? weights_.data() : nullptr;
    return Status::Ok();
  }

  // Gradients of the owned lanes into gradients_: their sum if this rank has all lanes, else one after the other.
  Status ForwardAndBackward(WorkerContext& context, const LaneRows& batch, size_t lane_stride, std::span<double> losses) {
    tape_->Begin(batch, parameters_.data(), gradients_.data(), lane_stride);
    const Tape::Value x = tape_->Input(x_.data(), schema_.columns);
    ASSIGN_OR_RETURN(const Tape::Value scores, network_.Forward(*tape_, x, static_cast<float>(settings_.dropout), context.seed, updates_));
    if (how_.loss->classifies()) tape_->CrossEntropy(scores, labels_.data(), batch_weights_, losses);
    else tape_->SquaredError(scores, labels_.data(), batch_weights_, losses);
    return tape_->Backward();
  }

  Status Update(WorkerContext& context, StepReport& report) {
    LaneRows batch;
    std::vector<float> lane_weights;
    RETURN_IF_ERROR(GatherBatch(context, batch, lane_weights));
    const bool whole = context.comm->size() == 1 && lanes_.size() == context.shard_count;
    const size_t stride = whole ? 0 : length();
    RETURN_IF_ERROR(gradients_.Make(*backend_, length() * (whole ? 1 : std::max<size_t>(1, lanes_.size()))));
    std::vector<double> losses(lanes_.size());
    if (batch.rows() > 0) {
      RETURN_IF_ERROR(ForwardAndBackward(context, batch, stride, losses));
    } else {
      backend_->Fill(gradients_.data(), length() * (whole ? 1 : lanes_.size()), 0);
    }
    float totals[2] = {0, 0};  // loss, weight
    RETURN_IF_ERROR(SumLanes(context, whole, losses, lane_weights, totals));
    report.rows = static_cast<uint64_t>(totals[1]);
    loss_sum_ += static_cast<double>(totals[0]);
    weight_sum_ += static_cast<double>(totals[1]);
    if (totals[1] > 0) Apply(1 / totals[1]);
    RETURN_IF_ERROR(backend_->Check());
    ++updates_;
    if (++position_ < steps_an_epoch_) return Status::Ok();
    return EndEpoch(report);
  }

  // After it gradients_ begins with the sum over all lanes of all ranks.
  Status SumLanes(WorkerContext& context, bool whole, const std::vector<double>& losses, const std::vector<float>& lane_weights, float* totals) {
    std::vector<size_t> numbers;
    std::vector<std::vector<float>> partials(lanes_.size());
    const size_t gradients = whole ? 0 : length();
    for (size_t i = 0; i < lanes_.size(); ++i) {
      numbers.push_back(lanes_[i].rows.number);
      partials[i].resize(gradients + 2);
      if (!whole) backend_->Download(gradients_.data() + i * length(), std::span(partials[i]).first(length()));
      partials[i][gradients] = static_cast<float>(losses[i]);
      partials[i][gradients + 1] = lane_weights[i];
    }
    ASSIGN_OR_RETURN(const std::span<float> sum, SumOverLanes(context, numbers, partials, gradients + 2, sum_buffer_));
    if (!whole) backend_->Upload(sum.first(length()), gradients_.data());
    totals[0] = sum[gradients];
    totals[1] = sum[gradients + 1];
    return Status::Ok();
  }

  void Apply(float scale) {
    const double epochs = static_cast<double>(epoch_) + Fraction();
    StepInfo info;
    info.rate = static_cast<float>(how_.schedule.RateAt(epochs, static_cast<double>(how_.epochs)));
    info.step = updates_ + 1;
    info.l2 = static_cast<float>(how_.l2);
    std::vector<float*> slots;
    for (const Memory& slot : slots_) slots.push_back(slot.data());
    const size_t weights = network_.weight_count();
    backend_->Update(*how_.rule, info, weights, scale, parameters_.data(), gradients_.data(), slots);
    for (float*& slot : slots) slot += weights;
    info.l2 = 0;
    backend_->Update(*how_.rule, info, length() - weights, scale, parameters_.data() + weights, gradients_.data() + weights, slots);
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
    const size_t outputs = network_.sizes.back();
    std::vector<std::vector<double>> partials(lanes_.size(), std::vector<double>(1));
    std::vector<Status> statuses(lanes_.size());
    context.pool->ParallelFor(lanes_.size(), [&](size_t i) {
      const ShardRows& shard = lanes_[i].rows;
      std::vector<float> scores(shard.block->rows * outputs);
      statuses[i] = model.Scores(*shard.block, scores);
      for (const uint32_t row : shard.held_out) {
        const std::vector<double> score(scores.begin() + static_cast<ptrdiff_t>(row * outputs), scores.begin() + static_cast<ptrdiff_t>((row + 1) * outputs));
        const float label = shard.block->labels[row];
        const double by_class = totals_.class_weights.empty() ? 1.0 : totals_.class_weights[static_cast<size_t>(label)];
        partials[i][0] += static_cast<double>(shard.block->weight(row)) * by_class * how_.loss->Row(outputs, score.data(), label, nullptr);
      }
    });
    ShardPartials<double> by_lane;
    for (size_t i = 0; i < lanes_.size(); ++i) {
      RETURN_IF_ERROR(statuses[i]);
      by_lane[lanes_[i].rows.number] = std::move(partials[i]);
    }
    std::vector<double> sum(1);
    RETURN_IF_ERROR(SumOverShards<double>(*context.comm, context.shard_count, std::move(by_lane), std::span<double>(sum)));
    const double loss = sum[0] / totals_.held_out_weight;
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
  size_t lane_rows_ = 1;
  uint64_t steps_an_epoch_ = 1;

  std::unique_ptr<TensorBackend> backend_;  // before everything that lives in it
  std::unique_ptr<Tape> tape_;
  Memory parameters_, gradients_, x_, labels_, weights_;
  std::vector<Memory> slots_;
  const float* batch_weights_ = nullptr;
  std::vector<float> staging_, sum_buffer_;

  uint64_t epoch_ = 0, position_ = 0, updates_ = 0, waited_ = 0;
  bool validate_next_ = false;
  double loss_sum_ = 0, weight_sum_ = 0, best_loss_ = 0;
  std::vector<float> best_;
};

}  // namespace

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
  if (how.rule == nullptr || how.optimizer == "svrg" || how.local_steps > 0 || how.l1 > 0 || !how.intercept) {
    return Status(Code::kInvalidArgument, "mlp trains by mini-batches: no newton, lbfgs, svrg, local_steps, l1 or intercept=false");
  }
  return settings;
}

std::unique_ptr<Algorithm> MakeMlpTrainer(MlpSettings settings) { return std::make_unique<MlpTrainer>(std::move(settings)); }

Result<std::unique_ptr<Algorithm>> MakeMlp(Parameters& parameters, const Schema& schema) {
  ASSIGN_OR_RETURN(MlpSettings settings, ReadMlpSettings(parameters, schema));
  return MakeMlpTrainer(std::move(settings));
}

}  // namespace tusk::ml
