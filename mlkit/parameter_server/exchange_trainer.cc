// Rounds.
#include "mlkit/parameter_server/exchange_trainer.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "mlkit/collectives/in_process_post.h"
#include "mlkit/parameter_server/exchange_worker.h"
#include "mlkit/parameter_server/pace_shares.h"
#include "mlkit/parameter_server/parameter_server.h"
#include "mlkit/sgd/linear_lanes.h"
#include "mlkit/sgd/linear_trainers.h"
#include "mlkit/sgd/network/network_lanes.h"

namespace tusk::ml {
namespace {

constexpr size_t kBspRoundSteps = 64;
constexpr size_t kFirstRoundSteps = 8;       // while nothing is known of the time that a step takes
constexpr double kRoundSeconds = 0.5;
constexpr uint64_t kStrideMax = 8;
constexpr double kSlowServer = 0.5;          // of the median pace: who is slower serves no keys

Result<TableSettings> TableSettingsOf(const LinearSettings& how, const ModelShape& shape) {
  if (!how.rule || how.full_batch() || how.optimizer == "svrg" || how.patience > 0) {
    return Status(Code::kInvalidArgument, "sync and codec need an optimizer of mini-batches (optimizer=sgd, adam, …), without svrg and patience; not " + how.optimizer);
  }
  if (shape.length() >= UINT32_MAX) return Status(Code::kInvalidArgument, "too many parameters for parameter servers");
  TableSettings table;
  table.rule = how.rule;
  const auto steps = static_cast<double>(std::max<size_t>(1, how.local_steps));   // a push is the sum of so many gradients
  table.l1 = how.l1 * steps;
  table.l2 = how.l2 * steps;
  table.width = shape.width;
  table.unpenalized_from = static_cast<uint32_t>(shape.penalized);
  table.freeze_unpenalized = shape.rest_is_zero;
  return table;
}

class ExchangeTrainer final : public Algorithm {
 public:
  ExchangeTrainer(ExchangeSettings settings, TableSettings table_settings, std::unique_ptr<LaneModel> model)
      : settings_(std::move(settings)), how_(settings_.how), model_(std::move(model)), keys_(static_cast<uint32_t>(model_->shape().keys)),
        table_(std::move(table_settings), 0, keys_) {
    row_settings_ = {how_.loss->classifies(), how_.balanced, how_.class_weights, how_.validation_fraction};
  }

  size_t WantedShards() const override { return how_.lanes; }
  bool WantsPost() const override { return true; }
  bool FollowsPaces() const override { return drifts(); }

  Status Start(WorkerContext& context, const Bundle* state) override {
    schema_ = *context.schema;
    places_.assign(context.shard_count, {});
    RETURN_IF_ERROR(model_->Open(*context.pool));
    if (state == nullptr) {
      ASSIGN_OR_RETURN(totals_, AgreeOnRows(context, row_settings_));
      table_.SetValues(model_->InitialParameters(context.seed));
    } else {
      RETURN_IF_ERROR(Restore(*state));
    }
    return ShardsChanged(context);
  }

  Status ShardsChanged(WorkerContext& context) override {
    if (!context.post && context.comm->size() > 1) return Status(Code::kUnsupported, "sync and codec: there are no parameter servers here");
    lane_rows_ = how_.LaneRows(context.shard_count) * (how_.local_steps > 0 ? how_.local_steps : how_.accumulate);
    steps_an_epoch_ = std::max<uint64_t>(1, (static_cast<uint64_t>(totals_.most_rows) + lane_rows_ - 1) / lane_rows_);
    paces_.emplace(static_cast<size_t>(context.comm->size()));
    step_seconds_ = 0;
    std::vector<ExchangeWorker::Lane> lanes;
    for (ShardRows& rows : PrepareRows(context, row_settings_, totals_)) lanes.emplace_back().rows = std::move(rows);
    worker_.emplace(settings_, *model_, std::move(lanes));
    return Status::Ok();
  }

  Result<StepReport> Step(WorkerContext& context) override {
    StepReport report;
    if (validates_) {
      RETURN_IF_ERROR(Validate(context, report));
    } else {
      RETURN_IF_ERROR(Round(context, report));
    }
    const double whole = static_cast<double>(epoch_) + static_cast<double>(position_) / static_cast<double>(steps_an_epoch_);
    report.progress = report.finished ? 1 : std::min(1.0, whole / static_cast<double>(how_.epochs));
    report.figures["epoch"] = whole;
    return report;
  }

  Bundle SaveState() const override {
    Bundle bundle;
    totals_.SaveTo(bundle);
    table_.SaveTo(bundle);
    bundle.SetLongs("position", std::vector<int64_t>{static_cast<int64_t>(epoch_), static_cast<int64_t>(position_), static_cast<int64_t>(rounds_),
                                                     validates_ ? 1 : 0});
    bundle.SetDoubles("losses", std::vector<double>{loss_, weight_});
    std::vector<int64_t> places;
    for (const LanePlace& place : places_) places.insert(places.end(), {static_cast<int64_t>(place.epoch), static_cast<int64_t>(place.row)});
    bundle.SetLongs("places", places);
    return bundle;
  }

  Result<std::unique_ptr<Model>> Finish() override {
    return model_->MakeModel(table_.values());
  }

 private:
  bool drifts() const { return settings_.sync.kind != Consistency::kBsp; }

  Status Restore(const Bundle& state) {
    ASSIGN_OR_RETURN(totals_, RowTotals::LoadFrom(state, schema_.classes));
    RETURN_IF_ERROR(table_.Restore(state));
    ASSIGN_OR_RETURN(const std::vector<int64_t> position, state.Longs("position"));
    ASSIGN_OR_RETURN(const std::vector<double> losses, state.Doubles("losses"));
    ASSIGN_OR_RETURN(const std::vector<int64_t> places, state.Longs("places"));
    const auto negative = [](int64_t value) { return value < 0; };
    if (position.size() != 4 || losses.size() != 2 || places.size() != 2 * places_.size() || std::any_of(position.begin(), position.end(), negative) ||
        std::any_of(places.begin(), places.end(), negative)) {
      return Status(Code::kCorruption, "the state is not one of " + how_.algorithm + " on this data");
    }
    epoch_ = static_cast<uint64_t>(position[0]);
    position_ = static_cast<uint64_t>(position[1]);
    rounds_ = static_cast<uint64_t>(position[2]);
    validates_ = position[3] != 0;
    loss_ = losses[0];
    weight_ = losses[1];
    for (size_t lane = 0; lane < places_.size(); ++lane) places_[lane] = {static_cast<uint64_t>(places[2 * lane]), static_cast<uint64_t>(places[2 * lane + 1])};
    return Status::Ok();
  }

  uint64_t RoundSteps() const {
    double wanted = drifts() ? kFirstRoundSteps : kBspRoundSteps;
    if (settings_.round_steps > 0) wanted = static_cast<double>(settings_.round_steps);
    else if (drifts() && step_seconds_ > 0) wanted = std::clamp(kRoundSeconds / step_seconds_, 1.0, 1e6);
    const uint64_t epochs = drifts() ? how_.epochs - epoch_ : 1;  // in step, an epoch's end is a meeting
    return std::min(static_cast<uint64_t>(wanted), epochs * steps_an_epoch_ - position_);
  }

  KeyLayout Layout(int ranks) const {
    std::vector<bool> serves(static_cast<size_t>(ranks), true);
    for (size_t rank = 0; drifts() && rank < serves.size(); ++rank) serves[rank] = paces_->ShareOfMedian(rank) >= kSlowServer;
    return KeyLayout::Among(rounds_, keys_, serves);
  }

  // A slow worker takes some steps as one: what a step costs whatever its rows (letters, encoding, wakeups), it then pays less often.
  // Half the bound is left for others to run ahead meanwhile.
  uint64_t StrideOf(size_t rank) const {
    if (!drifts()) return 1;
    const double slowness = 1 / std::max(paces_->ShareOfMedian(rank), 1e-3);
    const uint64_t most = settings_.sync.kind == Consistency::kAsp ? kStrideMax : std::min(kStrideMax, (settings_.sync.staleness + 1) / 2);
    return std::max<uint64_t>(1, std::min(most, static_cast<uint64_t>(slowness + 0.5)));
  }

  // Of each lane of this rank.
  size_t LaneRows(const WorkerContext& context) {
    if (!drifts() || worker_->lanes().empty()) return lane_rows_;
    const size_t own = paces_->RowsOf(static_cast<size_t>(context.comm->rank()), lane_rows_ * context.shard_count);
    return std::max<size_t>(1, own / worker_->lanes().size());
  }

  // The state changes only after the round's one collective.
  Status Round(WorkerContext& context, StepReport& report) {
    std::optional<InProcessPost> alone;
    WorkerContext here = context;
    if (!context.post) here.post = &alone.emplace(1).of(0);
    const uint64_t steps = RoundSteps();
    const int rank = context.comm->rank();
    const auto own = static_cast<size_t>(rank);
    const KeyLayout layout = Layout(context.comm->size());
    ParameterServer server({table_.width(), settings_.sync, context.comm->size(), context.shard_count, layout}, own,
                           table_.Part(layout.begin(own), layout.end(own)));
    const double begin = here.post->Now(), waited = here.post->waited();
    {
      const Serving serving(*here.post, [&server](const Letter& letter) { return server.Handle(letter); });
      ParameterClient client(layout, table_.width(), settings_.codec, *here.post);
      (void)worker_->TakeWork();  // of a round that was cut off
      for (ExchangeWorker::Lane& lane : worker_->lanes()) {
        lane.place = drifts() ? places_[lane.rows.number] : LanePlace{epoch_, position_ * lane_rows_};
      }
      const size_t lane_rows = LaneRows(context);
      const uint64_t stride = StrideOf(own);
      for (uint64_t step = 0, taken = 0; step < steps; step += taken) {
        taken = std::min(stride, steps - step);
        const uint64_t at = position_ + step;
        const double done = static_cast<double>(epoch_) + static_cast<double>(at) / static_cast<double>(steps_an_epoch_);
        const auto rate = static_cast<float>(how_.schedule.RateAt(done, static_cast<double>(how_.epochs)));
        RETURN_IF_ERROR(worker_->Step(here, client, {lane_rows * taken, rate, epoch_ * steps_an_epoch_ + at, static_cast<uint16_t>(taken), step + taken == steps}));
      }
      RETURN_IF_ERROR(client.Fence());
    }
    const WorkDone work = worker_->TakeWork();
    const double took = here.post->Now() - begin, busy = took - (here.post->waited() - waited);
    Bundle mine;
    if (layout.count(own) > 0) server.table().SaveTo(mine);
    mine.SetDoubles("work", std::vector<double>{work.loss, work.weight, work.rows, busy, took / static_cast<double>(steps)});
    std::vector<int64_t> places;
    for (const ExchangeWorker::Lane& lane : worker_->lanes()) {
      places.insert(places.end(), {static_cast<int64_t>(lane.rows.number), static_cast<int64_t>(lane.place.epoch), static_cast<int64_t>(lane.place.row)});
    }
    mine.SetLongs("lanes", places);
    ASSIGN_OR_RETURN(const auto all, context.comm->AllGather(mine.Encode()));
    return Meet(all, layout, steps, report);
  }

  // What all ranks have of the round.
  Status Meet(const std::vector<std::vector<uint8_t>>& all, const KeyLayout& layout, uint64_t steps, StepReport& report) {
    double slowest = 0, rows = 0;
    for (size_t rank = 0; rank < all.size(); ++rank) {
      ASSIGN_OR_RETURN(const Bundle theirs, Bundle::Decode(all[rank], "the round of rank " + std::to_string(rank)));
      if (layout.count(rank) > 0) RETURN_IF_ERROR(table_.PutPart(layout.begin(rank), layout.end(rank), theirs));
      ASSIGN_OR_RETURN(const std::vector<double> work, theirs.Doubles("work"));
      ASSIGN_OR_RETURN(const std::vector<int64_t> lanes, theirs.Longs("lanes"));
      if (work.size() != 5 || lanes.size() % 3 != 0) return Status(Code::kCorruption, "the round of rank " + std::to_string(rank) + " is none");
      loss_ += work[0];
      weight_ += work[1];
      rows += work[2];
      paces_->Report(rank, work[2], work[3]);
      slowest = std::max(slowest, work[4]);
      for (size_t i = 0; i < lanes.size(); i += 3) {
        if (lanes[i] < 0 || static_cast<size_t>(lanes[i]) >= places_.size()) return Status(Code::kCorruption, "a lane that is none");
        places_[static_cast<size_t>(lanes[i])] = {static_cast<uint64_t>(lanes[i + 1]), static_cast<uint64_t>(lanes[i + 2])};
      }
    }
    step_seconds_ = slowest;
    position_ += steps;
    ++rounds_;
    report.rows = static_cast<uint64_t>(rows);
    const bool ended = position_ >= steps_an_epoch_;
    if (!ended && !drifts()) return Status::Ok();
    if (!std::isfinite(loss_)) return Status(Code::kInvalidArgument, "the loss is not finite; lower the learning rate, or scale the columns");
    if (weight_ > 0) report.figures["loss"] = loss_ / weight_;
    loss_ = weight_ = 0;
    epoch_ += position_ / steps_an_epoch_;
    position_ %= steps_an_epoch_;
    validates_ = ended && totals_.held_out_weight > 0;
    report.finished = !validates_ && epoch_ >= how_.epochs;
    return Status::Ok();
  }

  Status Validate(WorkerContext& context, StepReport& report) {
    std::vector<const ShardRows*> shards;
    for (const ExchangeWorker::Lane& lane : worker_->lanes()) shards.push_back(&lane.rows);
    ASSIGN_OR_RETURN(const double sum, model_->HeldOutLoss(context, totals_, shards, table_.values()));
    report.figures["validation_loss"] = sum / totals_.held_out_weight;
    validates_ = false;
    report.finished = epoch_ >= how_.epochs;
    return Status::Ok();
  }

  const ExchangeSettings settings_;
  const LinearSettings& how_;
  const std::unique_ptr<LaneModel> model_;
  RowSettings row_settings_;
  const uint32_t keys_;
  Schema schema_;
  RowTotals totals_;
  size_t lane_rows_ = 1;
  uint64_t steps_an_epoch_ = 1;

  ParameterTable table_;                    // all ranges, as of the last meeting
  std::vector<LanePlace> places_;           // by lane
  uint64_t epoch_ = 0, position_ = 0, rounds_ = 0;
  bool validates_ = false;                  // the next superstep looks at the held-out rows
  double loss_ = 0, weight_ = 0;            // of this epoch; of a round where workers drift

  std::optional<PaceShares> paces_;         // of this membership; equal on all ranks, as what follows
  double step_seconds_ = 0;                 // of the slowest worker's steps in the last round
  std::optional<ExchangeWorker> worker_;
};

}  // namespace

Result<ExchangeSettings> ReadExchangeSettings(Parameters& parameters, LinearSettings how) {
  ExchangeSettings settings;
  settings.how = std::move(how);
  ASSIGN_OR_RETURN(settings.sync, ParseSyncMode(parameters.GetText("sync", "bsp")));
  ASSIGN_OR_RETURN(settings.codec, ParseCodecChoice(parameters.GetText("codec", "none")));
  settings.servers = parameters.GetChoice("exchange", "auto", {"auto", "servers"}) == "servers";
  settings.round_steps = static_cast<size_t>(parameters.GetInteger("round_steps", 0, 0, 1'000'000));
  return settings;
}

Result<std::unique_ptr<Algorithm>> MakeExchangeTrainer(ExchangeSettings settings, std::unique_ptr<LaneModel> model) {
  ASSIGN_OR_RETURN(TableSettings table, TableSettingsOf(settings.how, model->shape()));
  return std::unique_ptr<Algorithm>(std::make_unique<ExchangeTrainer>(std::move(settings), std::move(table), std::move(model)));
}

Result<std::unique_ptr<Algorithm>> MakeLinearByExchange(const std::string& algorithm, Parameters& parameters, const Schema& schema) {
  ASSIGN_OR_RETURN(LinearSettings how, ReadLinearSettings(algorithm, parameters, schema));
  ASSIGN_OR_RETURN(ExchangeSettings settings, ReadExchangeSettings(parameters, how));
  if (!settings.wanted()) return MakeLinearTrainer(std::move(how));
  return MakeExchangeTrainer(std::move(settings), MakeLinearLanes(std::move(how), schema));
}

Result<std::unique_ptr<Algorithm>> MakeMlpByExchange(MlpSettings mlp, Parameters& parameters, const Schema& schema) {
  ASSIGN_OR_RETURN(ExchangeSettings settings, ReadExchangeSettings(parameters, mlp.how));
  if (!settings.wanted()) return MakeMlpTrainer(std::move(mlp));
  return MakeExchangeTrainer(std::move(settings), MakeNetworkLanes(std::move(mlp), schema));
}

}  // namespace tusk::ml
