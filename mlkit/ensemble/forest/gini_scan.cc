// The scan in plain C++, and the choice.
#include "mlkit/ensemble/forest/gini_scan.h"

#include <cstring>
#include <vector>

#include "mlkit/ensemble/forest/gini_scan_body_internal.h"
#include "mlkit/ensemble/forest/gini_scan_internal.h"

namespace tusk::ml {
namespace {

struct PlainOps {
  struct Lanes {
    uint16_t at[kGiniLanes];
  };
  static Lanes Zero() { return {}; }
  static Lanes Load(const GiniLanes& from) {
    Lanes lanes;
    std::memcpy(lanes.at, from.at, sizeof lanes.at);
    return lanes;
  }
  static void Store(GiniLanes& to, const Lanes& lanes) { std::memcpy(to.at, lanes.at, sizeof lanes.at); }
  static Lanes Add(Lanes a, const Lanes& b) {
    for (size_t i = 0; i < kGiniLanes; ++i) a.at[i] = static_cast<uint16_t>(a.at[i] + b.at[i]);
    return a;
  }
  static Lanes Subtract(Lanes a, const Lanes& b) {
    for (size_t i = 0; i < kGiniLanes; ++i) a.at[i] = static_cast<uint16_t>(a.at[i] - b.at[i]);
    return a;
  }
  static Lanes Row(uint32_t label_class, uint16_t weight) {
    Lanes lanes = {};
    lanes.at[label_class] = weight;
    lanes.at[kGiniRowsLane] = 1;
    lanes.at[kGiniWeightLane] = weight;
    return lanes;
  }
  static Lanes Classes(Lanes a) {
    a.at[kGiniRowsLane] = a.at[kGiniWeightLane] = 0;
    return a;
  }
  static uint32_t Sums(const Lanes& left, const Lanes& totals, int32_t& squares, int32_t& products) {
    for (size_t k = 0; k < kGiniClasses; ++k) {
      squares += left.at[k] * left.at[k];
      products += left.at[k] * totals.at[k];
    }
    return left.at[kGiniRowsLane] | static_cast<uint32_t>(left.at[kGiniWeightLane]) << 16;
  }
  static void Bits(const uint8_t (&seen)[256], uint64_t (&present)[4]) {
    for (size_t word = 0; word < 4; ++word) {
      present[word] = 0;
      for (size_t bit = 0; bit < 64; ++bit) present[word] |= static_cast<uint64_t>(seen[word * 64 + bit] >> 7) << bit;
    }
  }
};

}  // namespace

GiniNode MakeGiniNode(std::span<const ForestSample> samples, uint32_t leaf_rows_min) {
  GiniNode node;
  node.samples = samples.data();
  node.count = static_cast<uint32_t>(samples.size());
  node.leaf_rows_min = leaf_rows_min;
  for (const ForestSample& sample : samples) {
    uint16_t& weight = node.weights.at[sample.label_class];
    weight = static_cast<uint16_t>(weight + sample.weight);
    node.total += sample.weight;
  }
  for (size_t k = 0; k < kGiniClasses; ++k) node.squares += uint32_t{node.weights.at[k]} * node.weights.at[k];
  node.weights.at[kGiniRowsLane] = static_cast<uint16_t>(node.count);
  node.weights.at[kGiniWeightLane] = static_cast<uint16_t>(node.total);
  return node;
}

std::span<const GiniScanner> GiniScanners() {
  static const std::vector<GiniScanner> scanners = [] {
    std::vector<GiniScanner> usable = {&GiniScan<PlainOps>::Run};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) usable.push_back(GiniScannerAvx2());
#endif
    return usable;
  }();
  return scanners;
}

}  // namespace tusk::ml
