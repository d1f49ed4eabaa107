// Gradients of a lane's rows. Sparse arithmetic uses no fused operations: its bits need no dispatch.
#include "mlkit/sgd/lane_gradient.h"

#include <algorithm>

#include "mlkit/device/cpu/kernels.h"

namespace tusk::ml {
namespace {

// Labels and weights of `rows`; gives the sum of weights.
float Gather(const ShardRows& shard, std::span<const uint32_t> rows, LaneScratch& scratch) {
  scratch.labels.resize(rows.size());
  scratch.weights.resize(shard.weights.empty() ? 0 : rows.size());
  float sum = 0;
  for (size_t r = 0; r < rows.size(); ++r) {
    scratch.labels[r] = shard.block->labels[rows[r]];
    if (!shard.weights.empty()) scratch.weights[r] = shard.weights[rows[r]];
    sum += shard.weight(rows[r]);
  }
  return sum;
}

void DenseScores(size_t rows, size_t width, size_t columns, size_t outputs, const float* x, const float* parameters, std::vector<float>& scores) {
  scores.resize(rows * outputs);
  for (size_t r = 0; r < rows; ++r) std::copy_n(parameters + columns * outputs, outputs, scores.data() + r * outputs);
  Cpu().gemm(Transpose::kNo, Transpose::kNo, rows, outputs, width, x, width, parameters, outputs, scores.data(), outputs, true);
}

}  // namespace

void DenseLaneGradient(const Loss& loss, const ShardRows& shard, std::span<const uint32_t> rows, size_t columns, size_t outputs,
                       size_t piece, const float* parameters, const float* snapshot, LaneScratch& scratch, std::span<float> sum) {
  std::fill(sum.begin(), sum.end(), 0.0F);
  const size_t width = shard.block->columns, length = (columns + 1) * outputs;
  double value = 0;
  for (size_t begin = 0; begin < rows.size(); begin += piece) {
    const auto part = rows.subspan(begin, std::min(piece, rows.size() - begin));
    scratch.rows.resize(part.size() * width);
    for (size_t r = 0; r < part.size(); ++r) std::copy_n(shard.block->dense.data() + part[r] * width, width, scratch.rows.data() + r * width);
    sum[length + 1] += Gather(shard, part, scratch);
    const float* weights = scratch.weights.empty() ? nullptr : scratch.weights.data();
    DenseScores(part.size(), width, columns, outputs, scratch.rows.data(), parameters, scratch.scores);
    value += loss.Slopes(part.size(), outputs, scratch.labels.data(), weights, scratch.scores.data());
    if (snapshot != nullptr) {
      DenseScores(part.size(), width, columns, outputs, scratch.rows.data(), snapshot, scratch.other_scores);
      loss.Slopes(part.size(), outputs, scratch.labels.data(), weights, scratch.other_scores.data());
      for (size_t i = 0; i < scratch.scores.size(); ++i) scratch.scores[i] -= scratch.other_scores[i];
    }
    Cpu().gemm(Transpose::kYes, Transpose::kNo, width, outputs, part.size(), scratch.rows.data(), width, scratch.scores.data(),
               outputs, sum.data(), outputs, true);
    float* intercepts = sum.data() + columns * outputs;
    for (size_t r = 0; r < part.size(); ++r) {
      for (size_t k = 0; k < outputs; ++k) intercepts[k] += scratch.scores[r * outputs + k];
    }
  }
  sum[length] = static_cast<float>(value);
}

void SparseLaneGradient(const Loss& loss, const ShardRows& shard, std::span<const uint32_t> rows, size_t columns, size_t outputs,
                        const float* parameters, const LinearLearner* lazy, const float* snapshot, LaneScratch& scratch, SparseGradient& sum) {
  const Block& block = *shard.block;
  scratch.index.Clear();
  scratch.places.clear();
  for (const uint32_t row : rows) {
    for (const uint32_t column : block.Row(row).columns) scratch.places.push_back(scratch.index.Find(column));
  }
  sum.columns = scratch.index.columns();
  const size_t touched = sum.columns.size();
  scratch.current.resize(touched * outputs);
  scratch.snapshot.resize(snapshot != nullptr ? touched * outputs : 0);
  for (size_t i = 0; i < touched; ++i) {
    float* to = scratch.current.data() + i * outputs;
    if (lazy != nullptr) lazy->Current(sum.columns[i], to);
    else std::copy_n(parameters + sum.columns[i] * outputs, outputs, to);
    if (snapshot != nullptr) std::copy_n(snapshot + sum.columns[i] * outputs, outputs, scratch.snapshot.data() + i * outputs);
  }
  const auto score = [&](const float* weights, const float* intercepts, std::vector<float>& scores) {
    scores.resize(rows.size() * outputs);
    const uint32_t* place = scratch.places.data();
    for (size_t r = 0; r < rows.size(); ++r) {
      float* out = scores.data() + r * outputs;
      std::copy_n(intercepts, outputs, out);
      for (const float value : block.Row(rows[r]).values) {
        const float* weight = weights + *place++ * outputs;
        for (size_t k = 0; k < outputs; ++k) out[k] += value * weight[k];
      }
    }
  };
  sum.tail.assign(outputs + 2, 0.0F);
  sum.tail[outputs + 1] = Gather(shard, rows, scratch);
  const float* weights = scratch.weights.empty() ? nullptr : scratch.weights.data();
  score(scratch.current.data(), parameters + columns * outputs, scratch.scores);
  sum.tail[outputs] = static_cast<float>(loss.Slopes(rows.size(), outputs, scratch.labels.data(), weights, scratch.scores.data()));
  if (snapshot != nullptr) {
    score(scratch.snapshot.data(), snapshot + columns * outputs, scratch.other_scores);
    loss.Slopes(rows.size(), outputs, scratch.labels.data(), weights, scratch.other_scores.data());
    for (size_t i = 0; i < scratch.scores.size(); ++i) scratch.scores[i] -= scratch.other_scores[i];
  }
  sum.values.assign(touched * outputs, 0.0F);
  const uint32_t* place = scratch.places.data();
  for (size_t r = 0; r < rows.size(); ++r) {
    const float* slope = scratch.scores.data() + r * outputs;
    for (size_t k = 0; k < outputs; ++k) sum.tail[k] += slope[k];
    for (const float value : block.Row(rows[r]).values) {
      float* to = sum.values.data() + *place++ * outputs;
      for (size_t k = 0; k < outputs; ++k) to[k] += slope[k] * value;
    }
  }
}

}  // namespace tusk::ml
