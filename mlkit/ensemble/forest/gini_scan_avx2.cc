// The scan for AVX2; compiled with those instructions, called only where the machine has them.
#include "mlkit/ensemble/forest/gini_scan_internal.h"

#if defined(__AVX2__)
#include <immintrin.h>

#include "mlkit/ensemble/forest/gini_scan_body_internal.h"

namespace tusk::ml {
namespace {

// For each class: which lanes a row of it has its weight in.
struct alignas(32) RowMasks {
  uint16_t at[kGiniLanes][kGiniLanes] = {};
  constexpr RowMasks() {
    for (size_t k = 0; k < kGiniClasses; ++k) at[k][k] = at[k][kGiniWeightLane] = 0xffff;
  }
};
constexpr RowMasks kMasks;

struct Avx2Ops {
  using Lanes = __m256i;
  static Lanes Zero() { return _mm256_setzero_si256(); }
  static Lanes Load(const GiniLanes& from) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(from.at)); }
  static void Store(GiniLanes& to, Lanes lanes) { _mm256_store_si256(reinterpret_cast<__m256i*>(to.at), lanes); }
  static Lanes Add(Lanes a, Lanes b) { return _mm256_add_epi16(a, b); }
  static Lanes Subtract(Lanes a, Lanes b) { return _mm256_sub_epi16(a, b); }
  static Lanes Row(uint32_t label_class, uint16_t weight) {
    const __m256i mask = _mm256_load_si256(reinterpret_cast<const __m256i*>(kMasks.at[label_class]));
    const __m256i one_row = _mm256_set_epi16(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    return _mm256_or_si256(_mm256_and_si256(_mm256_set1_epi16(static_cast<int16_t>(weight)), mask), one_row);
  }
  static Lanes Classes(Lanes a) { return _mm256_blend_epi32(a, _mm256_setzero_si256(), 0x80); }
  static uint32_t Sums(Lanes left, Lanes totals, int32_t& squares, int32_t& products) {
    const __m256i both = _mm256_hadd_epi32(_mm256_madd_epi16(left, Classes(left)), _mm256_madd_epi16(left, totals));
    const __m128i high = _mm256_extracti128_si256(both, 1);
    __m128i sums = _mm_add_epi32(_mm256_castsi256_si128(both), high);
    sums = _mm_hadd_epi32(sums, sums);
    const auto pair = static_cast<uint64_t>(_mm_cvtsi128_si64(sums));
    squares = static_cast<int32_t>(pair);
    products = static_cast<int32_t>(pair >> 32);
    return static_cast<uint32_t>(_mm256_extract_epi32(left, 7));
  }
  static void Bits(const uint8_t (&seen)[256], uint64_t (&present)[4]) {
    for (size_t word = 0; word < 4; ++word) {
      const auto* from = reinterpret_cast<const __m256i*>(seen + word * 64);
      present[word] = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_load_si256(from))) |
                      static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_load_si256(from + 1)))) << 32;
    }
  }
};

}  // namespace

GiniScanner GiniScannerAvx2() { return &GiniScan<Avx2Ops>::Run; }

}  // namespace tusk::ml
#endif
