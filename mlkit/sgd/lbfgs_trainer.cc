// L-BFGS and OWL-QN over shards, in double.
#include "mlkit/sgd/lbfgs_trainer.h"

#include <algorithm>
#include <cmath>

#include "mlkit/collectives/shard_sum.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/sgd/double_vectors.h"
#include "mlkit/sgd/full_batch_trainer.h"
#include "mlkit/sgd/linear_model.h"
#include "mlkit/sgd/row_products.h"

namespace tusk::ml {
namespace {

using Vector = std::vector<double>;

constexpr size_t kMemory = 10;
constexpr size_t kLineSearchMax = 30;

class LbfgsTrainer final : public FullBatchTrainer {
 public:
  explicit LbfgsTrainer(LinearSettings settings) : FullBatchTrainer(std::move(settings)) {}

  Result<StepReport> Step(WorkerContext& context) override {
    Point now = now_;
    if (now.gradient.empty()) RETURN_IF_ERROR(Evaluate(context, now));
    const Vector pseudo = PseudoGradient(now);
    const double norm = std::sqrt(DotOf(pseudo, pseudo));
    const double first_norm = first_norm_ > 0 ? first_norm_ : norm;
    bool done = norm <= settings_.tolerance * first_norm;
    Point next;
    if (!done) {
      RETURN_IF_ERROR(Search(context, now, pseudo, Direction(pseudo, norm), next));
      if (next.point.empty() && !pairs_.empty()) {  // the memory misleads: steepest descent once
        Vector descent = pseudo;
        for (double& value : descent) value = -value / norm;
        RETURN_IF_ERROR(Search(context, now, pseudo, descent, next));
      }
      done = next.point.empty();
    }
    if (!std::isfinite(now.value)) return Status(Code::kInvalidArgument, "the objective is not finite; are the data's values too large?");
    return Commit(std::move(now), std::move(next), done, norm, first_norm);
  }

  Bundle SaveState() const override {
    Bundle bundle;
    totals_.SaveTo(bundle);
    bundle.SetDoubles("point", now_.point);
    bundle.SetDoubles("gradient", now_.gradient);
    bundle.SetDoubles("values", Vector{now_.value, first_norm_});
    bundle.SetLongs("iteration", std::vector<int64_t>{static_cast<int64_t>(iteration_), static_cast<int64_t>(pairs_.size())});
    for (size_t i = 0; i < pairs_.size(); ++i) {
      bundle.SetDoubles("moved" + std::to_string(i), pairs_[i].moved);
      bundle.SetDoubles("bent" + std::to_string(i), pairs_[i].bent);
    }
    return bundle;
  }

  Result<std::unique_ptr<Model>> Finish() override {
    return std::unique_ptr<Model>(std::make_unique<LinearModel>(settings_.algorithm, schema_, outputs_, settings_.loss->link(), now_.point));
  }

 private:
  struct Point {
    Vector point, gradient;  // of loss and l2
    double value = 0;        // with l1
  };
  struct Pair {
    Vector moved, bent;      // differences of points and of gradients
    double curvature = 0;    // their product
  };

  size_t penalized() const { return schema_.columns * outputs_; }

  void Begin() override { now_.point.assign(parameter_count(), 0.0); }
  Status Restore(const Bundle& state) override {
    ASSIGN_OR_RETURN(now_.point, state.Doubles("point"));
    ASSIGN_OR_RETURN(now_.gradient, state.Doubles("gradient"));
    ASSIGN_OR_RETURN(const Vector values, state.Doubles("values"));
    ASSIGN_OR_RETURN(const std::vector<int64_t> iteration, state.Longs("iteration"));
    const size_t length = parameter_count();
    const bool whole = values.size() == 2 && iteration.size() == 2 && iteration[1] >= 0 &&
                       iteration[1] <= static_cast<int64_t>(kMemory) && now_.point.size() == length &&
                       (now_.gradient.empty() || now_.gradient.size() == length);
    if (!whole) return BadState();
    now_.value = values[0];
    first_norm_ = values[1];
    iteration_ = static_cast<size_t>(iteration[0]);
    for (int64_t i = 0; i < iteration[1]; ++i) {
      Pair pair;
      ASSIGN_OR_RETURN(pair.moved, state.Doubles("moved" + std::to_string(i)));
      ASSIGN_OR_RETURN(pair.bent, state.Doubles("bent" + std::to_string(i)));
      if (pair.moved.size() != length || pair.bent.size() != length) return Status(Code::kCorruption, "the state's memory has another length");
      pair.curvature = DotOf(pair.moved, pair.bent);
      pairs_.push_back(std::move(pair));
    }
    return Status::Ok();
  }

  // Value and gradient at at.point.
  Status Evaluate(WorkerContext& context, Point& at) const {
    const size_t length = at.point.size();
    std::vector<Vector> partials(shards_.size());
    context.pool->ParallelFor(shards_.size(), [&](size_t i) {
      const ShardRows& shard = shards_[i];
      const RowView view{shard.block.get(), 1};
      Vector& partial = partials[i];
      partial.assign(length + 1, 0.0);
      Vector scores(shard.block->rows * outputs_);
      RowScores(view, schema_.columns, outputs_, at.point.data(), scores.data());
      Vector slopes(outputs_);
      for (size_t row = 0; row < shard.block->rows; ++row) {
        double* score = scores.data() + row * outputs_;
        const double weight = static_cast<double>(shard.weight(row));
        partial[length] += weight * settings_.loss->Row(outputs_, score, shard.block->labels[row], slopes.data());
        for (size_t k = 0; k < outputs_; ++k) score[k] = weight * slopes[k];
      }
      AddRows(view, schema_.columns, outputs_, scores.data(), partial.data());
    });
    ShardPartials<double> by_shard;
    for (size_t i = 0; i < shards_.size(); ++i) by_shard[shards_[i].number] = std::move(partials[i]);
    Vector sum(length + 1);
    RETURN_IF_ERROR(SumOverShards<double>(*context.comm, context.shard_count, std::move(by_shard), sum));
    const double inverse = 1 / totals_.training_weight;
    at.value = sum[length] * inverse;
    sum.pop_back();
    double squares = 0, sizes = 0;
    for (size_t i = 0; i < length; ++i) {
      sum[i] *= inverse;
      if (i >= penalized()) {
        if (!settings_.intercept) sum[i] = 0;
        continue;
      }
      squares += at.point[i] * at.point[i];
      sizes += std::abs(at.point[i]);
      sum[i] += settings_.l2 * at.point[i];
    }
    at.value += 0.5 * settings_.l2 * squares + settings_.l1 * sizes;
    at.gradient = std::move(sum);
    return Status::Ok();
  }

  // The steepest ascent of the value with l1.
  Vector PseudoGradient(const Point& at) const {
    Vector pseudo = at.gradient;
    if (settings_.l1 == 0) return pseudo;
    for (size_t i = 0; i < penalized(); ++i) {
      const double left = at.gradient[i] - settings_.l1, right = at.gradient[i] + settings_.l1;
      if (at.point[i] > 0) pseudo[i] = right;
      else if (at.point[i] < 0) pseudo[i] = left;
      else pseudo[i] = left > 0 ? left : right < 0 ? right : 0.0;
    }
    return pseudo;
  }

  Vector Direction(const Vector& pseudo, double norm) const {
    Vector direction = pseudo;
    for (double& value : direction) value = -value;
    if (pairs_.empty()) {
      for (double& value : direction) value /= norm;
      return direction;
    }
    std::vector<double> alphas(pairs_.size());
    for (size_t i = pairs_.size(); i-- > 0;) {
      alphas[i] = DotOf(pairs_[i].moved, direction) / pairs_[i].curvature;
      for (size_t j = 0; j < direction.size(); ++j) direction[j] -= alphas[i] * pairs_[i].bent[j];
    }
    const Pair& last = pairs_.back();
    const double scale = last.curvature / DotOf(last.bent, last.bent);
    for (double& value : direction) value *= scale;
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const double beta = DotOf(pairs_[i].bent, direction) / pairs_[i].curvature;
      for (size_t j = 0; j < direction.size(); ++j) direction[j] += (alphas[i] - beta) * pairs_[i].moved[j];
    }
    if (settings_.l1 > 0) {  // only where it descends
      for (size_t i = 0; i < penalized(); ++i) {
        if (direction[i] * pseudo[i] >= 0) direction[i] = 0;
      }
    }
    return direction;
  }

  // Backtracking with cubic-free halving or doubling until Armijo's (and without l1 the weak Wolfe) condition holds. next.point
  // stays empty where nothing is gained.
  Status Search(WorkerContext& context, const Point& now, const Vector& pseudo, const Vector& direction, Point& next) const {
    const double slope = DotOf(pseudo, direction);
    if (!(slope < 0)) return Status::Ok();
    double low = 0, high = 0, step = 1;
    for (size_t attempt = 0; attempt < kLineSearchMax; ++attempt) {
      Point trial;
      trial.point = now.point;
      double gained = 0;  // pseudo * (trial - now)
      for (size_t i = 0; i < trial.point.size(); ++i) {
        trial.point[i] += step * direction[i];
        if (settings_.l1 > 0 && i < penalized()) {
          const double orthant = now.point[i] != 0 ? now.point[i] : -pseudo[i];
          if (trial.point[i] * orthant <= 0) trial.point[i] = 0;
        }
        gained += pseudo[i] * (trial.point[i] - now.point[i]);
      }
      if (trial.point == now.point) return Status::Ok();
      RETURN_IF_ERROR(Evaluate(context, trial));
      const bool low_enough = trial.value <= now.value + 1e-4 * gained + 1e-15 * std::abs(now.value);
      if (!low_enough || !std::isfinite(trial.value)) {
        high = step;
        step = 0.5 * (low + high);
      } else if (settings_.l1 == 0 && DotOf(trial.gradient, direction) < 0.9 * slope) {
        low = step;
        step = high > 0 ? 0.5 * (low + high) : 2 * step;
        next = std::move(trial);
      } else {
        next = std::move(trial);
        return Status::Ok();
      }
    }
    return Status::Ok();
  }

  StepReport Commit(Point now, Point next, bool done, double norm, double first_norm) {
    first_norm_ = first_norm;
    ++iteration_;
    StepReport report;
    report.rows = static_cast<uint64_t>(totals_.training_rows);
    report.figures["iteration"] = static_cast<double>(iteration_);
    report.figures["gradient_norm"] = norm;
    if (!next.point.empty()) {
      Pair pair;
      pair.moved.resize(now.point.size());
      pair.bent.resize(now.point.size());
      for (size_t i = 0; i < now.point.size(); ++i) {
        pair.moved[i] = next.point[i] - now.point[i];
        pair.bent[i] = next.gradient[i] - now.gradient[i];
      }
      pair.curvature = DotOf(pair.moved, pair.bent);
      if (pair.curvature > 1e-12 * DotOf(pair.bent, pair.bent)) {
        if (pairs_.size() == kMemory) pairs_.erase(pairs_.begin());
        pairs_.push_back(std::move(pair));
      }
      now = std::move(next);
    }
    now_ = std::move(now);
    report.figures["loss"] = now_.value;
    report.finished = done || iteration_ >= settings_.epochs;
    const double gain = norm > 0 ? std::log(norm / first_norm) / std::log(std::max(settings_.tolerance, 1e-15)) : 1;
    report.progress = report.finished ? 1 : std::clamp(gain, 0.0, 1.0);
    return report;
  }

  Point now_;
  std::vector<Pair> pairs_;  // oldest first
  double first_norm_ = 0;
  size_t iteration_ = 0;
};

}  // namespace

std::unique_ptr<Algorithm> MakeLbfgsTrainer(LinearSettings settings) { return std::make_unique<LbfgsTrainer>(std::move(settings)); }

}  // namespace tusk::ml
