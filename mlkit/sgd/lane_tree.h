// The sum of the lanes' partial results in the fixed tree of collectives/shard_sum.h, without copies where one rank has all lanes.
#pragma once

#include <span>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/collectives/shard_sum.h"
#include "mlkit/device/cpu/kernels.h"
#include "mlkit/device/cpu/thread_pool.h"

namespace tusk::ml {

// partials[i] is of lane numbers[i]; all of equal length, and spoiled. Gives the sum, which lives in `partials` or `buffer`.
inline Result<std::span<float>> SumOverLanes(WorkerContext& context, std::span<const size_t> numbers,
                                             std::vector<std::vector<float>>& partials, size_t length, std::vector<float>& buffer) {
  const size_t lanes = context.shard_count;
  if (context.comm->size() == 1 && partials.size() == lanes) {  // numbers are then 0, 1, …
    constexpr size_t kPiece = 16384;                             // elements, over all levels of the tree: stays in the cache
    context.pool->ParallelFor((length + kPiece - 1) / kPiece, [&](size_t piece) {
      const size_t begin = piece * kPiece, count = length - begin < kPiece ? length - begin : kPiece;
      for (size_t step = 1; step < lanes; step *= 2) {
        for (size_t lane = 0; lane + step < lanes; lane += 2 * step) {
          Cpu().add(partials[lane + step].data() + begin, partials[lane].data() + begin, count);
        }
      }
    });
    return std::span<float>(partials[0]).first(length);
  }
  ShardPartials<float> by_lane;
  for (size_t i = 0; i < numbers.size(); ++i) by_lane[numbers[i]] = partials[i];
  buffer.resize(length);
  RETURN_IF_ERROR(SumOverShards<float>(*context.comm, lanes, std::move(by_lane), std::span<float>(buffer)));
  return std::span<float>(buffer);
}

}  // namespace tusk::ml
