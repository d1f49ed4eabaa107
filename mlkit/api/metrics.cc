// Metrics: one pass over the shards in parallel, partial sums of each shard added in the order of their numbers.
#include "mlkit/api/metrics.h"

#include <algorithm>
#include <cmath>

#include "mlkit/device/cpu/thread_pool.h"

namespace tusk::ml {
namespace {

// What one shard contributes.
struct Partial {
  Status status;
  uint64_t rows = 0;
  double weight = 0, right = 0, log_loss = 0;
  double squares = 0, absolutes = 0, labels = 0, label_squares = 0;
  bool has_log_loss = false;
  std::vector<uint64_t> confusion;
  std::vector<ScoredRow> scored;
};

Status AddRegression(const Model& model, const Block& block, Partial& partial) {
  std::vector<float> values(block.rows);
  RETURN_IF_ERROR(Predict(model, block, values));
  for (size_t row = 0; row < block.rows; ++row) {
    const double label = block.labels[row], weight = block.weight(row), error = values[row] - label;
    partial.weight += weight;
    partial.squares += weight * error * error;
    partial.absolutes += weight * std::abs(error);
    partial.labels += weight * label;
    partial.label_squares += weight * label * label;
  }
  return Status::Ok();
}

// For the curve: a number that grows with the chance of class 1.
Result<std::vector<float>> BinaryScores(const Model& model, const Block& block) {
  std::vector<float> scores(block.rows * model.outputs());
  RETURN_IF_ERROR(model.Scores(block, scores));
  if (model.outputs() == 1) return scores;
  std::vector<float> differences(block.rows);
  for (size_t row = 0; row < block.rows; ++row) differences[row] = scores[2 * row + 1] - scores[2 * row];
  return differences;
}

Status AddClasses(const Model& model, const Block& block, Partial& partial) {
  const size_t classes = model.schema().classes;
  std::vector<float> predicted(block.rows);
  RETURN_IF_ERROR(Predict(model, block, predicted));
  if (classes <= kConfusionClassesMax) partial.confusion.assign(classes * classes, 0);
  for (size_t row = 0; row < block.rows; ++row) {
    const auto label = static_cast<size_t>(block.labels[row]), guess = static_cast<size_t>(predicted[row]);
    partial.weight += block.weight(row);
    if (label == guess) partial.right += block.weight(row);
    if (!partial.confusion.empty()) ++partial.confusion[label * classes + guess];
  }
  std::vector<float> probabilities(block.rows * classes);
  const Status status = model.Probabilities(block, probabilities);
  if (!status.ok() && status.code() != Code::kUnsupported) return status;
  partial.has_log_loss = status.ok();
  for (size_t row = 0; partial.has_log_loss && row < block.rows; ++row) {
    const double chance = probabilities[row * classes + static_cast<size_t>(block.labels[row])];
    partial.log_loss -= block.weight(row) * std::log(std::clamp(chance, 1e-15, 1.0));
  }
  if (classes != 2) return Status::Ok();
  ASSIGN_OR_RETURN(const std::vector<float> scores, BinaryScores(model, block));
  partial.scored.resize(block.rows);
  for (size_t row = 0; row < block.rows; ++row) {
    partial.scored[row] = {scores[row], block.weight(row), block.labels[row] == 1.0F};
  }
  return Status::Ok();
}

Status CheckBlock(const Model& model, const Block& block) {
  if (block.labels.size() != block.rows) {
    return Status(Code::kInvalidArgument, block.origin + ": the data has no labels to compare with");
  }
  // Trees take NaN; the others answer with an error of their own.
  Schema schema = {.columns = model.schema().columns, .sparse = block.sparse, .classes = model.schema().classes};
  if (!block.sparse) schema.columns = block.columns;
  return ValidateBlock(block, schema, true);
}

Partial EvaluateShard(const Model& model, const Dataset& dataset, size_t shard) {
  Partial partial;
  Result<std::shared_ptr<const Block>> block = dataset.LoadShared(shard);
  partial.status = block.ok() ? CheckBlock(model, **block) : block.status();
  if (!partial.status.ok()) return partial;
  partial.rows = (*block)->rows;
  if (partial.rows == 0) return partial;
  partial.status = model.schema().classes == 0 ? AddRegression(model, **block, partial) : AddClasses(model, **block, partial);
  return partial;
}

void Add(const Partial& part, Partial& sum) {
  sum.rows += part.rows;
  sum.weight += part.weight;
  sum.right += part.right;
  sum.log_loss += part.log_loss;
  sum.squares += part.squares;
  sum.absolutes += part.absolutes;
  sum.labels += part.labels;
  sum.label_squares += part.label_squares;
  sum.has_log_loss |= part.has_log_loss;
  if (sum.confusion.empty()) sum.confusion.assign(part.confusion.size(), 0);
  for (size_t i = 0; i < part.confusion.size(); ++i) sum.confusion[i] += part.confusion[i];
  sum.scored.insert(sum.scored.end(), part.scored.begin(), part.scored.end());
}

}  // namespace

std::vector<std::pair<std::string, double>> Metrics::Named() const {
  std::vector<std::pair<std::string, double>> named;
  const auto add = [&named](const char* name, const std::optional<double>& value) {
    if (value.has_value()) named.emplace_back(name, *value);
  };
  add("accuracy", accuracy);
  add("log_loss", log_loss);
  add("auc", auc);
  add("rmse", rmse);
  add("mae", mae);
  add("r2", r2);
  return named;
}

std::optional<double> AreaUnderCurve(std::vector<ScoredRow>& rows) {
  if (std::any_of(rows.begin(), rows.end(), [](const ScoredRow& row) { return std::isnan(row.score); })) return std::nullopt;
  std::sort(rows.begin(), rows.end(), [](const ScoredRow& a, const ScoredRow& b) {
    if (a.score != b.score) return a.score < b.score;
    return std::pair(a.positive, a.weight) < std::pair(b.positive, b.weight);  // one order of additions
  });
  double positives = 0, negatives = 0, area = 0;
  for (size_t i = 0; i < rows.size();) {
    double tied_positives = 0, tied_negatives = 0;
    size_t j = i;
    for (; j < rows.size() && rows[j].score == rows[i].score; ++j) {
      (rows[j].positive ? tied_positives : tied_negatives) += rows[j].weight;
    }
    area += tied_positives * (negatives + tied_negatives / 2);
    positives += tied_positives;
    negatives += tied_negatives;
    i = j;
  }
  if (positives <= 0 || negatives <= 0) return std::nullopt;
  return area / (positives * negatives);
}

Result<Metrics> Evaluate(const Model& model, const Dataset& dataset, ThreadPool& pool) {
  // A few shards at a time: rows of the whole data set need not fit into memory.
  const size_t group = std::max<size_t>(pool.threads() * 2, 1);
  Partial sum;
  for (size_t begin = 0; begin < dataset.shards(); begin += group) {
    const size_t count = std::min(group, dataset.shards() - begin);
    std::vector<Partial> partials(count);
    pool.ParallelFor(count, [&](size_t i) { partials[i] = EvaluateShard(model, dataset, begin + i); });
    for (const Partial& partial : partials) {
      RETURN_IF_ERROR(Status(partial.status));
      Add(partial, sum);
    }
  }
  if (sum.rows == 0) return Status(Code::kInvalidArgument, "the data set has no rows");
  if (sum.weight <= 0) return Status(Code::kInvalidArgument, "the weights of all rows are 0");
  Metrics metrics{.rows = sum.rows};
  if (model.schema().classes == 0) {
    const double spread = sum.label_squares - sum.labels * sum.labels / sum.weight;
    metrics.rmse = std::sqrt(sum.squares / sum.weight);
    metrics.mae = sum.absolutes / sum.weight;
    if (spread > 0) metrics.r2 = 1 - sum.squares / spread;
    return metrics;
  }
  metrics.accuracy = sum.right / sum.weight;
  if (sum.has_log_loss) metrics.log_loss = sum.log_loss / sum.weight;
  if (model.schema().classes == 2) metrics.auc = AreaUnderCurve(sum.scored);
  metrics.confusion = std::move(sum.confusion);
  return metrics;
}

}  // namespace tusk::ml
