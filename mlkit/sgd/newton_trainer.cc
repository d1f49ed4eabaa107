// Truncated Newton over shards.
#include "mlkit/sgd/newton_trainer.h"

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

constexpr size_t kCoarsestRows = 4096;     // a coarse problem has at least so many rows
constexpr size_t kCoarseIterations = 2;
constexpr size_t kConjugateStepsMax = 250;
constexpr size_t kLineSearchMax = 30;
// The last of the smooth losses differs from the one with the kink within 2e-9 of it.
constexpr double kFirstWidth = 4;          // at weights 0 every row's loss is curved
constexpr size_t kWidths = 10;

// One output's objective on the rows of a rank, at a coarseness, during one superstep.
class Problem {
 public:
  Problem(WorkerContext& context, const LinearSettings& settings, const Loss& loss, const std::vector<ShardRows>& shards, double weight,
          size_t columns, size_t output, size_t outputs, size_t stride)
      : context_(context), settings_(settings), loss_(loss), inverse_weight_(1 / weight),
        damping_(!settings.loss->curved() ? settings.l2 : 0), columns_(columns), output_(output), outputs_(outputs) {
    for (const ShardRows& shard : shards) {
      Part part;
      part.number = shard.number;
      part.view = {shard.block.get(), stride};
      const size_t rows = part.view.rows();
      part.labels.reserve(rows);
      if (!shard.weights.empty()) part.weights.reserve(rows);
      for (size_t row = 0; row < rows; ++row) {
        part.labels.push_back(shard.block->labels[row * stride]);
        if (!shard.weights.empty()) part.weights.push_back(shard.weights[row * stride]);
      }
      part.scores.resize(rows);
      part.slopes.resize(rows);
      part.curvatures.resize(rows);
      parts_.push_back(std::move(part));
    }
  }

  // At `v`: the value, the gradient and the diagonal of the Hessian.
  Status Evaluate(const Vector& v, double& value, Vector& gradient, Vector& diagonal) {
    const size_t length = columns_ + 1;
    Vector sum(2 * length + 1);
    RETURN_IF_ERROR(Sum(sum, [&](Part& part, Vector& partial) {
      for (size_t begin = 0; begin < part.scores.size(); begin += RowView::kPiece) {
        const RowView piece = part.view.Piece(begin);
        double *scores = part.scores.data() + begin, *slopes = part.slopes.data() + begin, *curvatures = part.curvatures.data() + begin;
        RowScores(piece, columns_, 1, v.data(), scores);
        partial[2 * length] += Curves(part, begin, piece.rows(), scores, slopes, curvatures);
        AddRowsAndSquares(piece, columns_, slopes, curvatures, partial.data());
      }
    }));
    value = sum[2 * length] * inverse_weight_ + Penalty(v);
    gradient.resize(length);
    diagonal.resize(length);
    for (size_t c = 0; c < length; ++c) {
      gradient[c] = sum[2 * c];
      diagonal[c] = sum[2 * c + 1];
    }
    Finish(v, gradient);
    for (double& d : diagonal) d *= inverse_weight_;
    for (size_t c = 0; c < columns_; ++c) diagonal[c] += settings_.l2;
    diagonal[columns_] += damping_;
    for (double& d : diagonal) d = d > 1e-12 ? d : 1e-12;
    return Status::Ok();
  }

  // Of the weights 0: half of Evaluate's work.
  Status GradientAtZero(Vector& gradient) {
    gradient.assign(columns_ + 1, 0.0);
    RETURN_IF_ERROR(Sum(gradient, [&](Part& part, Vector& partial) {
      std::fill(part.scores.begin(), part.scores.end(), 0.0);
      Curves(part, 0, part.scores.size(), part.scores.data(), part.slopes.data(), nullptr);
      AddRows(part.view, columns_, 1, part.slopes.data(), partial.data());
    }));
    Finish(Vector(columns_ + 1), gradient);
    return Status::Ok();
  }

  // The Hessian of the last Evaluate times `direction`.
  Status Multiply(const Vector& direction, Vector& product) {
    product.assign(columns_ + 1, 0.0);
    RETURN_IF_ERROR(Sum(product, [&](Part& part, Vector& partial) {
      double products[RowView::kPiece];
      for (size_t begin = 0; begin < part.scores.size(); begin += RowView::kPiece) {
        const RowView piece = part.view.Piece(begin);
        RowScores(piece, columns_, 1, direction.data(), products);
        for (size_t row = 0; row < piece.rows(); ++row) products[row] *= part.curvatures[begin + row];
        AddRows(piece, columns_, 1, products, partial.data());
      }
    }));
    Finish(direction, product);
    if (settings_.intercept) product[columns_] += damping_ * direction[columns_];
    return Status::Ok();
  }

  // Scores of `direction`, for ValueAlong.
  void SetDirection(const Vector& direction) {
    ForParts([&](Part& part) {
      part.products.resize(part.scores.size());
      RowScores(part.view, columns_, 1, direction.data(), part.products.data());
    });
  }
  // Sum of losses at v + step * direction (without penalty).
  Status LossAlong(double step, double& loss) {
    Vector sum(1);
    RETURN_IF_ERROR(Sum(sum, [&](Part& part, Vector& partial) {
      Vector scores(part.scores.size());
      for (size_t row = 0; row < scores.size(); ++row) scores[row] = part.scores[row] + step * part.products[row];
      partial[0] = Curves(part, 0, scores.size(), scores.data(), nullptr, nullptr);
    }));
    loss = sum[0] * inverse_weight_;
    return Status::Ok();
  }

  double Penalty(const Vector& v) const {
    double sum = 0;
    for (size_t c = 0; c < columns_; ++c) sum += v[c] * v[c];
    return 0.5 * settings_.l2 * sum;
  }

  uint64_t rows() const {
    uint64_t sum = 0;
    for (const Part& part : parts_) sum += part.scores.size();
    return sum;
  }

 private:
  struct Part {
    size_t number = 0;
    RowView view;
    std::vector<float> labels, weights;
    Vector scores, slopes, curvatures, products;
  };

  double Curves(const Part& part, size_t begin, size_t rows, const double* scores, double* slopes, double* curvatures) const {
    return loss_.Curves(rows, part.labels.data() + begin, part.weights.empty() ? nullptr : part.weights.data() + begin,
                                  output_, outputs_, scores, slopes, curvatures);
  }

  // The mean and the penalty's part of a sum that is linear in `v`.
  void Finish(const Vector& v, Vector& sum) const {
    for (double& value : sum) value *= inverse_weight_;
    for (size_t c = 0; c < columns_; ++c) sum[c] += settings_.l2 * v[c];
    if (!settings_.intercept) sum[columns_] = 0;
  }

  template <typename Body>
  void ForParts(Body body) {
    context_.pool->ParallelFor(parts_.size(), [&](size_t i) { body(parts_[i]); });
  }
  template <typename Body>
  Status Sum(Vector& sum, Body body) {
    std::vector<Vector> partials(parts_.size());
    context_.pool->ParallelFor(parts_.size(), [&](size_t i) {
      partials[i].assign(sum.size(), 0.0);
      body(parts_[i], partials[i]);
    });
    ShardPartials<double> by_shard;
    for (size_t i = 0; i < parts_.size(); ++i) by_shard[parts_[i].number] = std::move(partials[i]);
    return SumOverShards<double>(*context_.comm, context_.shard_count, std::move(by_shard), sum);
  }

  WorkerContext& context_;
  const LinearSettings& settings_;
  const Loss& loss_;
  double inverse_weight_;
  double damping_;   // of the intercept: losses with flat ends may leave it without curvature
  size_t columns_, output_, outputs_;
  std::vector<Part> parts_;
};

class NewtonTrainer final : public FullBatchTrainer {
 public:
  explicit NewtonTrainer(LinearSettings settings) : FullBatchTrainer(std::move(settings)) { Smooth(0); }

  Result<StepReport> Step(WorkerContext& context) override {
    Problem problem(context, settings_, loss(), shards_, totals_.training_weight, schema_.columns, output_, outputs_, stride_);
    Vector v(schema_.columns + 1);
    for (size_t c = 0; c < v.size(); ++c) v[c] = parameters_[c * outputs_ + output_];
    double value = 0;
    Vector gradient, diagonal;
    RETURN_IF_ERROR(problem.Evaluate(v, value, gradient, diagonal));
    const double norm = std::sqrt(DotOf(gradient, gradient));
    if (!std::isfinite(value) || !std::isfinite(norm)) return Status(Code::kInvalidArgument, "the objective is not finite; are the data's values too large?");
    double norm_at_zero = norm_at_zero_;
    if (norm_at_zero == 0) RETURN_IF_ERROR(NormAtZero(context, norm_at_zero));
    const bool fine = stride_ == 1;
    bool done = fine && norm <= settings_.tolerance * norm_at_zero;
    if (!done) {
      Vector direction;
      RETURN_IF_ERROR(SolveForDirection(problem, gradient, diagonal, norm, norm_at_zero, direction));
      bool moved = false;
      RETURN_IF_ERROR(SearchAlong(problem, value, gradient, direction, v, moved));
      done = !moved && fine;  // no further decrease in double
    }
    return Commit(v, done, value, norm, norm_at_zero);
  }

  Bundle SaveState() const override {
    Bundle bundle;
    totals_.SaveTo(bundle);
    bundle.SetDoubles("parameters", parameters_);
    bundle.SetLongs("position", std::vector<int64_t>{static_cast<int64_t>(output_), static_cast<int64_t>(stride_),
                                                     static_cast<int64_t>(iteration_), static_cast<int64_t>(total_iterations_),
                                                     static_cast<int64_t>(round_)});
    bundle.SetDoubles("norm_at_zero", std::vector<double>{norm_at_zero_});
    return bundle;
  }

  Result<std::unique_ptr<Model>> Finish() override {
    return std::unique_ptr<Model>(std::make_unique<LinearModel>(settings_.algorithm, schema_, outputs_, settings_.loss->link(), parameters_));
  }

 private:
  size_t FirstStride() const {
    if (totals_.training_rows >= 16.0 * kCoarsestRows) return 16;
    return totals_.training_rows >= 4.0 * kCoarsestRows ? 4 : 1;
  }

  void Begin() override {
    parameters_.assign(parameter_count(), 0.0);
    stride_ = FirstStride();
  }

  // Losses with a kink: the smooth ones that tend to it take its place, each starting where the one before ended.
  void Smooth(size_t round) {
    round_ = round;
    double width = kFirstWidth;
    for (size_t i = 0; i < round; ++i) width /= 10;
    smooth_ = settings_.loss->Smoothed(width);
  }
  const Loss& loss() const { return smooth_ ? *smooth_ : *settings_.loss; }
  bool LastRound() const { return !smooth_ || round_ + 1 >= kWidths; }

  Status Restore(const Bundle& state) override {
    ASSIGN_OR_RETURN(parameters_, state.Doubles("parameters"));
    ASSIGN_OR_RETURN(const std::vector<int64_t> position, state.Longs("position"));
    ASSIGN_OR_RETURN(const Vector norm, state.Doubles("norm_at_zero"));
    const bool strides = position.size() == 5 && (position[1] == 1 || position[1] == 4 || position[1] == 16);
    if (!strides || norm.size() != 1 || parameters_.size() != parameter_count() || position[0] < 0 ||
        static_cast<size_t>(position[0]) > outputs_ || position[4] < 0 || position[4] >= static_cast<int64_t>(kWidths)) {
      return BadState();
    }
    output_ = static_cast<size_t>(position[0]);
    stride_ = static_cast<size_t>(position[1]);
    iteration_ = static_cast<size_t>(position[2]);
    total_iterations_ = static_cast<size_t>(position[3]);
    Smooth(static_cast<size_t>(position[4]));
    norm_at_zero_ = norm[0];
    return Status::Ok();
  }

  Status NormAtZero(WorkerContext& context, double& norm) const {
    Problem whole(context, settings_, loss(), shards_, totals_.training_weight, schema_.columns, output_, outputs_, 1);
    Vector gradient;
    RETURN_IF_ERROR(whole.GradientAtZero(gradient));
    norm = std::max(std::sqrt(DotOf(gradient, gradient)), 1e-300);
    return Status::Ok();
  }

  // Conjugate gradients on Hessian * direction = -gradient, until the residual (in the preconditioner's norm) is small.
  Status SolveForDirection(Problem& problem, const Vector& gradient, const Vector& diagonal, double norm, double norm_at_zero,
                           Vector& direction) const {
    const size_t length = gradient.size();
    direction.assign(length, 0.0);
    Vector residual(length), scaled(length), search(length), product;
    for (size_t i = 0; i < length; ++i) {
      residual[i] = -gradient[i];
      scaled[i] = residual[i] / diagonal[i];
    }
    search = scaled;
    double rho = DotOf(residual, scaled);
    const double forcing = std::min(stride_ == 1 ? 0.25 : 0.3, std::sqrt(norm / norm_at_zero));
    const double goal = std::max(forcing * forcing * rho, 1e-300);
    for (size_t step = 0; step < kConjugateStepsMax && rho > goal; ++step) {
      RETURN_IF_ERROR(problem.Multiply(search, product));
      const double curvature = DotOf(search, product);
      if (!(curvature > 0)) break;
      const double alpha = rho / curvature;
      for (size_t i = 0; i < length; ++i) {
        direction[i] += alpha * search[i];
        residual[i] -= alpha * product[i];
        scaled[i] = residual[i] / diagonal[i];
      }
      const double next = DotOf(residual, scaled);
      const double beta = next / rho;
      rho = next;
      for (size_t i = 0; i < length; ++i) search[i] = scaled[i] + beta * search[i];
    }
    return Status::Ok();
  }

  Status SearchAlong(Problem& problem, double value, const Vector& gradient, const Vector& direction, Vector& v, bool& moved) const {
    const double slope = DotOf(gradient, direction);
    if (!(slope < 0)) return Status::Ok();
    problem.SetDirection(direction);
    double step = 1;
    for (size_t attempt = 0; attempt < kLineSearchMax; ++attempt, step *= 0.5) {
      double loss = 0;
      RETURN_IF_ERROR(problem.LossAlong(step, loss));
      Vector next(v.size());
      for (size_t i = 0; i < v.size(); ++i) next[i] = v[i] + step * direction[i];
      // Near the optimum the decrease drowns in rounding; a full step that does not rise is taken then.
      const double reached = loss + problem.Penalty(next), slack = 1e-15 * std::abs(value);
      if (reached <= value + 0.01 * step * slope + slack) {
        moved = next != v && -slope > 1e-18 * std::abs(value);
        v = std::move(next);
        return Status::Ok();
      }
    }
    return Status::Ok();
  }

  StepReport Commit(const Vector& v, bool done, double value, double norm, double norm_at_zero) {
    StepReport report;
    report.rows = static_cast<uint64_t>(totals_.training_rows) / stride_;
    report.figures["loss"] = value;
    report.figures["gradient_norm"] = norm;
    report.figures["iteration"] = static_cast<double>(total_iterations_);
    for (size_t c = 0; c < v.size(); ++c) parameters_[c * outputs_ + output_] = v[c];
    norm_at_zero_ = norm_at_zero;
    ++total_iterations_;
    ++iteration_;
    if (stride_ > 1 && iteration_ >= kCoarseIterations) {
      stride_ /= 4;
      iteration_ = 0;
    } else if ((done || iteration_ >= settings_.epochs) && !LastRound()) {
      iteration_ = 0;
      Smooth(round_ + 1);
    } else if (done || iteration_ >= settings_.epochs) {
      iteration_ = 0;
      Smooth(0);
      norm_at_zero_ = 0;
      ++output_;
      if (output_ < outputs_) stride_ = FirstStride();
    }
    report.finished = output_ >= outputs_;
    const double gain = norm > 0 && norm_at_zero > 0 ? std::log(norm / norm_at_zero) / std::log(std::max(settings_.tolerance, 1e-15)) : 1;
    report.progress = (static_cast<double>(output_) + (report.finished || done ? 0 : std::clamp(gain, 0.0, 1.0))) / static_cast<double>(outputs_);
    return report;
  }

  Vector parameters_;
  size_t output_ = 0, stride_ = 1, iteration_ = 0, total_iterations_ = 0;
  double norm_at_zero_ = 0;  // of this output; 0: not known yet
  size_t round_ = 0;         // of smoothing
  std::unique_ptr<Loss> smooth_;
};

}  // namespace

std::unique_ptr<Algorithm> MakeNewtonTrainer(LinearSettings settings) { return std::make_unique<NewtonTrainer>(std::move(settings)); }

}  // namespace tusk::ml
