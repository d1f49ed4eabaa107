// ggml_compare LIBGGML [--record FILE] [--seeds N]: our codecs beside ggml's (exact/ of peers/ggml-peer), loaded at run time. Every type,
// kind of weights, with and without importance, on all lanes of this machine: encoded bytes and decoded bits must be equal. --record
// writes the SHA-256 of ggml's bytes, which the unit test compares with where no ggml is.
#include <dlfcn.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "quant/testing/codec_cases.h"
#include "quant/types/codec.h"

namespace tusk::quant {
namespace {

using QuantizeChunk = size_t (*)(int type, const float* src, void* dst, int64_t start, int64_t rows, int64_t columns, const float* importance);
using ToFloat = void (*)(const void* from, float* to, int64_t count);
struct GgmlTraits {  // the beginning of ggml_type_traits
  const char* name;
  int64_t block_weights, block_weights_interleaved;
  size_t block_bytes;
  bool quantized;
  ToFloat to_float;
};

struct Ggml {
  QuantizeChunk quantize;
  const GgmlTraits* (*traits)(int type);
};

int failures = 0;

void Fail(const std::string& what) {
  if (++failures <= 60) std::printf("FAILED %s\n", what.c_str());
}

const char* LanesName(Lanes lanes) { return lanes == Lanes::kScalar ? "scalar" : lanes == Lanes::kAvx2 ? "avx2" : "avx512"; }

std::string Difference(const TypeTraits& traits, const std::vector<uint8_t>& ours, const std::vector<uint8_t>& theirs) {
  int64_t blocks = 0, first = -1;
  for (size_t at = 0; at < ours.size(); at += static_cast<size_t>(traits.block_bytes)) {
    if (std::memcmp(&ours[at], &theirs[at], static_cast<size_t>(traits.block_bytes)) == 0) continue;
    if (blocks++ == 0) {
      while (ours[at] == theirs[at]) ++at;
      first = static_cast<int64_t>(at);
      at = at / static_cast<size_t>(traits.block_bytes) * static_cast<size_t>(traits.block_bytes);
    }
  }
  return std::to_string(blocks) + " of " + std::to_string(static_cast<int64_t>(ours.size()) / traits.block_bytes) + " blocks differ, first in block " +
         std::to_string(first / traits.block_bytes) + " at byte " + std::to_string(first % traits.block_bytes);
}

void CompareEncoders(const Ggml& ggml, const CodecCase& one, uint64_t seed, std::FILE* record) {
  const TypeTraits& traits = *TraitsOf(one.type);
  const CodecInput input = MakeInput(one, seed);
  std::vector<uint8_t> theirs(static_cast<size_t>(RowBytes(one.type, one.columns).value() * one.rows)), ours(theirs.size());
  const float* importance = one.weighted ? input.importance.data() : nullptr;
  if (one.type == TensorType::kF32) {
    std::memcpy(theirs.data(), input.weights.data(), theirs.size());
  } else {
    ggml.quantize(static_cast<int>(one.type), input.weights.data(), theirs.data(), 0, one.rows, one.columns, importance);
  }
  if (record != nullptr) std::fprintf(record, "%s  %s\n", Sha256(theirs).c_str(), NameOf(one).c_str());
  for (const Lanes lanes : UsableLanes()) {
    std::fill(ours.begin(), ours.end(), uint8_t{0xA5});
    const Status status = EncodeRows(lanes, one.type, input.weights.data(), one.rows, one.columns, importance, ours);
    if (!status.ok()) Fail(NameOf(one) + ": " + status.ToString());
    if (ours != theirs) Fail("encode " + NameOf(one) + " seed " + std::to_string(seed) + " on " + LanesName(lanes) + ": " + Difference(traits, ours, theirs));
  }
}

void CompareDecoders(const Ggml& ggml, const TypeTraits& traits, uint64_t seed, std::FILE* record) {
  const GgmlTraits* theirs_traits = ggml.traits(static_cast<int>(traits.type));
  if (!traits.decodable) return;
  if (theirs_traits->block_weights != traits.block_weights || theirs_traits->block_bytes != static_cast<size_t>(traits.block_bytes) ||
      traits.name != theirs_traits->name) {
    return Fail("traits of " + std::string(traits.name) + " and " + theirs_traits->name);
  }
  if (theirs_traits->to_float == nullptr) return;
  const std::vector<uint8_t> bytes = DecodeInput(traits.type, seed);
  std::vector<float> theirs(static_cast<size_t>(kDecodeColumns * kDecodeRows)), ours(theirs.size());
  theirs_traits->to_float(bytes.data(), theirs.data(), kDecodeColumns * kDecodeRows);
  if (record != nullptr) std::fprintf(record, "%s  decode %s\n", Sha256(theirs).c_str(), std::string(traits.name).c_str());
  for (const Lanes lanes : UsableLanes()) {
    const Status status = DecodeRows(lanes, traits.type, bytes, kDecodeRows, kDecodeColumns, ours.data());
    if (!status.ok()) return Fail(std::string(traits.name) + ": " + status.ToString());
    size_t wrong = 0, first = 0;
    for (size_t i = 0; i < ours.size(); ++i) {
      if (std::memcmp(&ours[i], &theirs[i], 4) == 0 || (std::isnan(ours[i]) && std::isnan(theirs[i]))) continue;
      if (wrong++ == 0) first = i;
    }
    if (wrong > 0) {
      Fail("decode " + std::string(traits.name) + " on " + LanesName(lanes) + ": " + std::to_string(wrong) + " weights, first " + std::to_string(first) + ": " +
           std::to_string(ours[first]) + " for " + std::to_string(theirs[first]));
    }
  }
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: ggml_compare LIBGGML [--record FILE] [--seeds N] [--type NAME]\n");
    return 2;
  }
  void* library = dlopen(argv[1], RTLD_NOW);
  if (library == nullptr) {
    std::fprintf(stderr, "ggml_compare: %s\n", dlerror());
    return 2;
  }
  std::FILE* record = nullptr;
  uint64_t seeds = 1;
  std::string only;
  for (int i = 2; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--record") record = std::fopen(argv[i + 1], "w");
    if (std::string(argv[i]) == "--seeds") seeds = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::string(argv[i]) == "--type") only = argv[i + 1];
  }
  const Ggml ggml = {reinterpret_cast<QuantizeChunk>(dlsym(library, "ggml_quantize_chunk")),
                     reinterpret_cast<const GgmlTraits* (*)(int)>(dlsym(library, "ggml_get_type_traits"))};
  size_t cases = 0;
  for (const CodecCase& one : CodecCases()) {
    if (!only.empty() && only != TraitsOf(one.type)->name) continue;
    for (uint64_t seed = 1; seed <= seeds; ++seed, ++cases) CompareEncoders(ggml, one, seed, seed == 1 ? record : nullptr);
  }
  for (const TypeTraits& traits : AllTypes()) {
    if (!only.empty() && only != traits.name) continue;
    for (uint64_t seed = 1; seed <= seeds; ++seed) CompareDecoders(ggml, traits, seed, seed == 1 ? record : nullptr);
  }
  if (record != nullptr) std::fclose(record);
  std::printf("%zu encodings beside ggml's, %d failures\n", cases, failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tusk::quant

int main(int argc, char** argv) { return tusk::quant::Main(argc, argv); }
