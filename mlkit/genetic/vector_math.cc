// Random words in bulk: the loop over blocks has no dependence between blocks.
#include "mlkit/genetic/vector_math.h"

#include "mlkit/api/random.h"

namespace tusk::ml {
namespace {

TUSK_VECTOR_CLONES void Blocks(uint64_t seed, uint64_t stream, uint64_t first, uint64_t count, uint64_t* words) {
  const std::array<uint32_t, 2> key = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t block = first + i;
    uint64_t c0 = block & UINT32_MAX, c1 = block >> 32, c2 = stream & UINT32_MAX, c3 = stream >> 32;
    uint64_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; ++round) {  // Philox4x32, each 32-bit word in a 64-bit lane
      const uint64_t p0 = c0 * 0xD2511F53, p1 = c2 * 0xCD9E8D57;
      c0 = (p1 >> 32) ^ c1 ^ k0;
      c1 = p1 & UINT32_MAX;
      c2 = (p0 >> 32) ^ c3 ^ k1;
      c3 = p0 & UINT32_MAX;
      k0 = (k0 + 0x9E3779B9) & UINT32_MAX;
      k1 = (k1 + 0xBB67AE85) & UINT32_MAX;
    }
    words[2 * i] = c0 << 32 | c1;
    words[2 * i + 1] = c2 << 32 | c3;
  }
}

}  // namespace

void RandomWords(uint64_t seed, uint64_t stream, std::span<uint64_t> words) {
  Blocks(seed, stream, 0, words.size() / 2, words.data());
  if (words.size() % 2 == 1) {
    uint64_t last[2];
    Blocks(seed, stream, words.size() / 2, 1, last);
    words.back() = last[0];
  }
}

}  // namespace tusk::ml
