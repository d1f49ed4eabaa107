// Pieces of 64 Ki rows, so that threads share even a single shard's rows and sums are always added in one order.
#include "mlkit/ensemble/gbdt/boosted_rows.h"

#include <algorithm>
#include <cmath>

#include "mlkit/api/random.h"
#include "mlkit/collectives/shard_sum.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/ensemble/trees/predictor.h"

namespace tusk::ml {
namespace {

constexpr size_t kPieceRows = 65536;
constexpr uint32_t kHeldStream = 0x68656c64, kBagStream = 0x62616773;

// 32 random bits of (seed, stream, epoch, row).
uint32_t RowBits(uint64_t seed, uint32_t stream, uint64_t epoch, uint64_t row) {
  const uint64_t block = row >> 2;
  return Philox4x32({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), static_cast<uint32_t>(epoch), stream},
                    {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)})[row & 3];
}
bool Below(uint32_t bits, double fraction) { return static_cast<double>(bits) < fraction * 4294967296.0; }

// A fast scramble for rounding, where every row of every tree needs one.
uint64_t Scramble(uint64_t x) {
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
  return x ^ (x >> 32);
}

}  // namespace

void BoostedRows::Load(const WorkerContext& context, const BinLayout& layout, double validation) {
  bins_ = BinnedRows(layout, context);
  pieces_.clear();
  labels_.clear();
  weights_.clear();
  held_.clear();
  bag_epoch_ = UINT64_MAX;
  everybody_ = true;
  bool weighted = false;
  for (const OwnedShard& shard : context.shards) weighted |= !shard.block->weights.empty();
  for (const OwnedShard& shard : context.shards) {
    const Block& block = *shard.block;
    for (size_t begin = 0; begin < block.rows; begin += kPieceRows) {
      const size_t end = std::min(block.rows, begin + kPieceRows);
      pieces_.push_back({shard.number, labels_.size() + begin, labels_.size() + end, block.first_row + begin});
    }
    labels_.insert(labels_.end(), block.labels.begin(), block.labels.end());
    if (weighted) {
      for (size_t row = 0; row < block.rows; ++row) weights_.push_back(block.weight(row));
    }
  }
  if (validation <= 0) return;
  held_.resize(labels_.size());
  for (const Piece& piece : pieces_) {
    for (size_t row = piece.begin; row < piece.end; ++row) {
      held_[row] = Below(RowBits(context.seed, kHeldStream, 0, piece.first_row + row - piece.begin), validation) ? 1 : 0;
    }
  }
}

void BoostedRows::ResetScores(const WorkerContext& context, const TreeSet& trees, std::span<const float> base) {
  outputs_ = base.size();
  scores_.resize(rows() * outputs_);
  for (size_t i = 0; i < scores_.size(); ++i) scores_[i] = base[i % outputs_];
  if (trees.trees.empty()) return;
  const Predictor predictor(trees, outputs_, true);
  size_t first = 0;
  for (const OwnedShard& shard : context.shards) {
    predictor.AddBlock(*shard.block, std::span(scores_).subspan(first * outputs_, shard.block->rows * outputs_));
    first += shard.block->rows;
  }
}

ObjectiveRows BoostedRows::Rows(size_t begin, size_t end) const {
  ObjectiveRows rows;
  rows.scores = std::span(scores_).subspan(begin * outputs_, (end - begin) * outputs_);
  rows.labels = std::span(labels_).subspan(begin, end - begin);
  if (!weights_.empty()) rows.weights = std::span(weights_).subspan(begin, end - begin);
  return rows;
}

void BoostedRows::ComputeGradients(ThreadPool& pool, const Objective& objective, std::span<double> most) {
  gradients_.resize(rows() * outputs_);
  hessians_.resize(rows() * outputs_);
  std::vector<float> tops(pieces_.size() * 2 * outputs_);
  pool.ParallelFor(pieces_.size(), [&](size_t p) {
    const Piece& piece = pieces_[p];
    objective.Gradients(Rows(piece.begin, piece.end), gradients_.data() + piece.begin, hessians_.data() + piece.begin, rows());
    for (size_t k = 0; k < outputs_; ++k) {
      float gradient = 0, hessian = 0;
      for (size_t row = piece.begin; row < piece.end; ++row) {
        gradient = std::max(gradient, std::fabs(gradients_[k * rows() + row]));
        hessian = std::max(hessian, hessians_[k * rows() + row]);
      }
      tops[(p * outputs_ + k) * 2] = gradient;
      tops[(p * outputs_ + k) * 2 + 1] = hessian;
    }
  });
  std::fill(most.begin(), most.end(), 0);
  for (size_t i = 0; i < tops.size(); ++i) {
    double& top = most[i % (2 * outputs_)];
    top = std::max(top, static_cast<double>(tops[i]));
  }
}

void BoostedRows::Bag(const WorkerContext& context, uint64_t epoch, double fraction) {
  if (bag_epoch_ == epoch) return;
  bag_epoch_ = epoch;
  bag_.clear();
  others_.clear();
  everybody_ = fraction >= 1 && held_.empty();
  if (everybody_) return;
  std::vector<std::vector<uint32_t>> in(pieces_.size()), out(pieces_.size());
  context.pool->ParallelFor(pieces_.size(), [&](size_t p) {
    const Piece& piece = pieces_[p];
    for (size_t row = piece.begin; row < piece.end; ++row) {
      const uint64_t number = piece.first_row + row - piece.begin;
      const bool inside = trained(row) && (fraction >= 1 || Below(RowBits(context.seed, kBagStream, epoch, number), fraction));
      (inside ? in[p] : out[p]).push_back(static_cast<uint32_t>(row));
    }
  });
  for (size_t p = 0; p < pieces_.size(); ++p) {
    bag_.insert(bag_.end(), in[p].begin(), in[p].end());
    others_.insert(others_.end(), out[p].begin(), out[p].end());
  }
}

void BoostedRows::Quantize(const WorkerContext& context, uint64_t stream, size_t output, const GradientScale& scale,
                           std::vector<RowGradient>& rows_out) const {
  rows_out.resize(everybody_ ? rows() : bag_.size());
  const auto gradient_units = static_cast<float>(1 / scale.gradient), hessian_units = static_cast<float>(1 / scale.hessian);
  const float* gradients = gradients_.data() + output * rows();
  const float* hessians = hessians_.data() + output * rows();
  const uint64_t key = Scramble(context.seed * 0x9e3779b97f4a7c15ULL + stream);
  const auto quantize = [&](size_t row, uint64_t number) {
    const uint64_t bits = Scramble(key + number * 0x9e3779b97f4a7c15ULL);
    const float u = static_cast<float>(static_cast<uint32_t>(bits) >> 8) * 0x1.0p-24F;
    const float v = static_cast<float>(static_cast<uint32_t>(bits >> 32) >> 8) * 0x1.0p-24F;
    // Shifted above zero, so that the conversion rounds down.
    const auto gradient = static_cast<int32_t>(gradients[row] * gradient_units + u + 65536.0F) - 65536;
    const auto hessian = static_cast<int32_t>(hessians[row] * hessian_units + v);
    return RowGradient{static_cast<uint32_t>(row), static_cast<int16_t>(std::clamp(gradient, -kGradientMax, kGradientMax)),
                       static_cast<uint16_t>(std::min(hessian, kGradientMax))};
  };
  std::vector<size_t> starts = {0};
  for (const Piece& piece : pieces_) {
    starts.push_back(everybody_ ? piece.end
                                : static_cast<size_t>(std::lower_bound(bag_.begin(), bag_.end(), piece.end) - bag_.begin()));
  }
  context.pool->ParallelFor(pieces_.size(), [&](size_t p) {
    const Piece& piece = pieces_[p];
    for (size_t i = starts[p]; i < starts[p + 1]; ++i) {
      const size_t row = everybody_ ? i : bag_[i];
      rows_out[i] = quantize(row, piece.first_row + row - piece.begin);
    }
  });
}

void BoostedRows::AddTree(ThreadPool& pool, const BinLayout& layout, const std::vector<GrownNode>& nodes,
                          std::span<const float> values, const std::vector<RowGradient>& tree_rows, size_t output) {
  pool.ParallelFor(nodes.size(), [&](size_t n) {
    if (nodes[n].left >= 0) return;
    for (size_t i = nodes[n].range.begin; i < nodes[n].range.end; ++i) scores_[tree_rows[i].row * outputs_ + output] += values[n];
  });
  pool.ParallelFor((others_.size() + kPieceRows - 1) / kPieceRows, [&](size_t p) {
    for (size_t i = p * kPieceRows; i < std::min(others_.size(), (p + 1) * kPieceRows); ++i) {
      const uint32_t row = others_[i];
      size_t node = 0;
      while (nodes[node].left >= 0) {
        const Split& split = nodes[node].split;
        const bool left = split.GoesLeft(layout.columns[split.column], bins_.Bin(layout, split.column, row));
        node = static_cast<size_t>(left ? nodes[node].left : nodes[node].right);
      }
      scores_[row * outputs_ + output] += values[node];
    }
  });
}

Status BoostedRows::SumLoss(WorkerContext& context, const Objective& objective, bool held_out, std::span<double> sums) const {
  std::vector<std::vector<double>> of_piece(pieces_.size(), std::vector<double>(2));
  context.pool->ParallelFor(pieces_.size(), [&](size_t p) {
    const Piece& piece = pieces_[p];
    for (size_t row = piece.begin; row < piece.end;) {   // runs of rows of one kind
      size_t end = row + 1;
      while (end < piece.end && trained(end) == trained(row)) ++end;
      if (trained(row) != held_out) objective.AddLoss(Rows(row, end), of_piece[p]);
      row = end;
    }
  });
  ShardPartials<double> partials;
  for (const OwnedShard& shard : context.shards) partials[shard.number].resize(2);
  for (size_t p = 0; p < pieces_.size(); ++p) {
    for (size_t i = 0; i < 2; ++i) partials[pieces_[p].shard][i] += of_piece[p][i];
  }
  return SumOverShards(*context.comm, context.shard_count, std::move(partials), sums);
}

Status BoostedRows::SumBase(WorkerContext& context, const Objective& objective, std::span<double> sums) const {
  ShardPartials<double> partials;
  for (const OwnedShard& shard : context.shards) partials[shard.number].resize(sums.size());
  for (const Piece& piece : pieces_) {
    for (size_t row = piece.begin; row < piece.end; ++row) {
      if (trained(row)) objective.AddRow(labels_[row], weight(row), partials[piece.shard]);
    }
  }
  return SumOverShards(*context.comm, context.shard_count, std::move(partials), sums);
}

}  // namespace tusk::ml
