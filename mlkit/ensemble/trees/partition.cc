// Pieces of 32 Ki rows: rows that go left are written to the front of the piece's place in the scratch array and the
// others, backwards, to its end; a second pass puts the pieces of a range together.
#include "mlkit/ensemble/trees/partition.h"

#include <algorithm>
#include <array>

#include "mlkit/device/cpu/thread_pool.h"

namespace tusk::ml {
namespace {

constexpr size_t kPieceRows = 32768;
constexpr size_t kPrefetchRows = 24;

struct Piece {
  size_t job, begin, end;
  size_t left = 0, left_to = 0, right_to = 0;
};

}  // namespace

size_t Partitioner::SplitPiece(const RowGradient* rows, size_t count, const Split& split, RowGradient* out) const {
  const ColumnBins& column = layout_.columns[split.column];
  std::array<uint8_t, 256> goes_left;
  for (size_t bin = 0; bin < 256; ++bin) goes_left[bin] = split.GoesLeft(column, static_cast<uint8_t>(bin)) ? 1 : 0;
  RowGradient* left = out;
  RowGradient* right = out + count - 1;
  const auto put = [&](const RowGradient& row, uint8_t bin) {
    const size_t is_left = goes_left[bin];
    *left = row;
    *right = row;
    left += is_left;
    right -= 1 - is_left;
  };
  if (bins_.sparse()) {
    for (size_t i = 0; i < count; ++i) put(rows[i], bins_.Bin(layout_, split.column, rows[i].row));
    return static_cast<size_t>(left - out);
  }
  const ColumnPlace& place = layout_.places[split.column];
  const size_t width = layout_.groups[place.group].width;
  const uint8_t* values = bins_.group(place.group) + place.slot;
  for (size_t i = 0; i < count; ++i) {
    if (i + kPrefetchRows < count) __builtin_prefetch(values + rows[i + kPrefetchRows].row * width);
    put(rows[i], values[rows[i].row * width]);
  }
  return static_cast<size_t>(left - out);
}

void Partitioner::Run(std::vector<RowGradient>& rows, std::vector<PartitionJob>& jobs) {
  scratch_.resize(rows.size());
  std::vector<Piece> pieces;
  for (size_t j = 0; j < jobs.size(); ++j) {
    for (size_t begin = jobs[j].range.begin; begin < jobs[j].range.end; begin += kPieceRows) {
      pieces.push_back({j, begin, std::min(begin + kPieceRows, jobs[j].range.end)});
    }
    jobs[j].left = 0;
  }
  pool_.ParallelFor(pieces.size(), [&](size_t p) {
    Piece& piece = pieces[p];
    piece.left = SplitPiece(rows.data() + piece.begin, piece.end - piece.begin, *jobs[piece.job].split,
                            scratch_.data() + piece.begin);
  });
  for (const Piece& piece : pieces) jobs[piece.job].left += piece.left;
  std::vector<size_t> lefts(jobs.size()), rights(jobs.size());
  for (Piece& piece : pieces) {
    const PartitionJob& job = jobs[piece.job];
    piece.left_to = job.range.begin + lefts[piece.job];
    piece.right_to = job.range.begin + job.left + rights[piece.job];
    lefts[piece.job] += piece.left;
    rights[piece.job] += piece.end - piece.begin - piece.left;
  }
  pool_.ParallelFor(pieces.size(), [&](size_t p) {
    const Piece& piece = pieces[p];
    RowGradient* from = scratch_.data() + piece.begin;
    std::copy(from, from + piece.left, rows.data() + piece.left_to);
    std::reverse_copy(from + piece.left, scratch_.data() + piece.end, rows.data() + piece.right_to);
  });
}

}  // namespace tusk::ml
