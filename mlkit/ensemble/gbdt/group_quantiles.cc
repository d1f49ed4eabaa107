// Four passes of eight bits, the highest first.
#include "mlkit/ensemble/gbdt/group_quantiles.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tusk::ml {
namespace {

uint32_t Ordered(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}
float Unordered(uint32_t bits) {
  return std::bit_cast<float>((bits & 0x80000000U) != 0 ? bits & 0x7fffffffU : ~bits);
}

}  // namespace

Result<std::vector<float>> GroupQuantiles(Communicator& comm, size_t groups, std::span<const GroupedValue> values,
                                          double quantile) {
  std::vector<uint32_t> prefix(groups);
  std::vector<int64_t> rank(groups);        // weight that is still to be passed
  std::vector<int64_t> counts(groups * 256);
  for (int shift = 24; shift >= 0; shift -= 8) {
    std::fill(counts.begin(), counts.end(), 0);
    for (const GroupedValue& value : values) {
      const uint32_t bits = Ordered(value.value);
      if (shift < 24 && (bits >> (shift + 8)) != (prefix[value.group] >> (shift + 8))) continue;
      counts[value.group * size_t{256} + ((bits >> shift) & 255)] +=
          static_cast<int64_t>(std::lround(std::min(value.weight, 1e6F) * 65536.0F));
    }
    RETURN_IF_ERROR(comm.AllReduceSum(std::span<int64_t>(counts)));
    for (size_t g = 0; g < groups; ++g) {
      const int64_t* of_group = &counts[g * 256];
      if (shift == 24) {
        int64_t total = 0;
        for (size_t i = 0; i < 256; ++i) total += of_group[i];
        rank[g] = std::max<int64_t>(1, static_cast<int64_t>(std::ceil(static_cast<double>(total) * quantile)));
      }
      size_t digit = 0;
      while (digit < 255 && of_group[digit] < rank[g]) rank[g] -= of_group[digit++];
      prefix[g] |= static_cast<uint32_t>(digit) << shift;
    }
  }
  std::vector<float> result(groups);
  for (size_t g = 0; g < groups; ++g) result[g] = prefix[g] == UINT32_MAX ? 0.0F : Unordered(prefix[g]);
  return result;
}

}  // namespace tusk::ml
