// quant_codec_bench LIBGGML [TYPE...]: encoders and decoders beside ggml's in one process and one thread, in turns; medians of 7 of
// the thread's own time.
// Weights are Student-t(4) distributed, rows of 4096. `copy` is memory speed for the same bytes: reading the floats and writing the blocks
// (for a decoder, which fills 512 KiB again and again, the other way round) without any arithmetic.
#include <dlfcn.h>

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "quant/testing/codec_cases.h"
#include "quant/types/codec.h"

namespace tusk::quant {
namespace {

constexpr int64_t kColumns = 4096;
constexpr int kRounds = 7;

using QuantizeChunk = size_t (*)(int type, const float* src, void* dst, int64_t start, int64_t rows, int64_t columns, const float* importance);
struct GgmlTraits {  // the beginning of ggml_type_traits
  const char* name;
  int64_t block_weights, block_weights_interleaved;
  size_t block_bytes;
  bool quantized;
  void (*to_float)(const void* from, float* to, int64_t count);
};

double Seconds(const std::function<void()>& work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  const double begin = now();
  work();
  return now() - begin;
}

// Medians of works that take turns.
std::vector<double> Medians(const std::vector<std::function<void()>>& works) {
  std::vector<std::vector<double>> times(works.size());
  for (int round = 0; round <= kRounds; ++round) {
    for (size_t i = 0; i < works.size(); ++i) {
      const double seconds = Seconds(works[i]);
      if (round > 0) times[i].push_back(seconds);
    }
  }
  std::vector<double> medians;
  for (auto& one : times) {
    std::sort(one.begin(), one.end());
    medians.push_back(one[kRounds / 2]);
  }
  return medians;
}

// Reads `from` and writes `to`, whose sizes differ: memory speed for that traffic.
void Stream(const void* from, size_t from_bytes, void* to, size_t to_bytes) {
  constexpr size_t kPiece = 64 << 10;
  const size_t pieces = from_bytes / kPiece + 1, to_piece = to_bytes / pieces;
  uint64_t sum = 0;
  for (size_t i = 0; i < pieces; ++i) {
    const auto* words = static_cast<const uint64_t*>(from) + i * (kPiece / 8);
    const size_t count = std::min(kPiece, from_bytes - i * kPiece) / 8;
    for (size_t k = 0; k < count; ++k) sum ^= words[k];
    std::memset(static_cast<char*>(to) + i * to_piece, static_cast<int>(sum & 255), to_piece);
  }
}

// Weights enough for about 0.1 s of ggml.
int64_t RowsFor(const std::function<void(int64_t)>& work, int64_t most) {
  work(16);
  const double seconds = Seconds([&] { work(16); }) / 16;
  return std::clamp(static_cast<int64_t>(0.1 / seconds), int64_t{16}, most);
}

int Main(int argc, char** argv) {
  void* library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : nullptr;
  if (library == nullptr) {
    std::fprintf(stderr, "usage: quant_codec_bench LIBGGML [TYPE...]\n");
    return 2;
  }
  const auto quantize = reinterpret_cast<QuantizeChunk>(dlsym(library, "ggml_quantize_chunk"));
  const auto traits_of = reinterpret_cast<const GgmlTraits* (*)(int)>(dlsym(library, "ggml_get_type_traits"));
  constexpr int64_t kRowsMost = 4096;  // 64 MiB of floats
  std::vector<float> weights = TestWeights("student", 64, kColumns, 1), back(32 * kColumns);
  weights.reserve(kRowsMost * kColumns);
  while (weights.size() < kRowsMost * kColumns) weights.insert(weights.end(), weights.begin(), weights.begin() + 64 * kColumns);
  const std::vector<float> importance = TestImportance(kColumns, 2);
  std::printf("%-8s %-8s %10s %10s %7s %10s %7s   (million weights/s, 1 thread)\n", "type", "what", "ggml", "tusk", "ratio", "copy", "of copy");
  for (const TypeTraits& traits : AllTypes()) {
    if (!traits.decodable || traits.type == TensorType::kF32) continue;
    bool chosen = argc == 2;
    for (int i = 2; i < argc; ++i) chosen |= traits.name == argv[i];
    if (!chosen) continue;
    const int type = static_cast<int>(traits.type);
    const int64_t row_bytes = RowBytes(traits.type, kColumns).value();
    std::vector<uint8_t> out(static_cast<size_t>(row_bytes * kRowsMost)), ours(out.size());
    const auto print = [&](const char* what, int64_t rows, const std::vector<double>& times, bool equal) {
      const double millions = static_cast<double>(rows * kColumns) / 1e6;
      std::printf("%-8s %-8s %10.1f %10.1f %6.2fx %10.1f %6.0f%%%s\n", std::string(traits.name).c_str(), what, millions / times[0], millions / times[1],
                  times[0] / times[1], millions / times[2], 100 * times[2] / times[1], equal ? "" : "   (ggml's own bytes differ: it contracts)");
      std::fflush(stdout);
    };
    for (const bool weighted : {false, true}) {
      if (!traits.encodable || (weighted && !TakesImportance(traits.type))) continue;
      const float* columns = weighted ? importance.data() : nullptr;
      const auto theirs = [&](int64_t rows) { quantize(type, weights.data(), out.data(), 0, rows, kColumns, columns); };
      const int64_t rows = RowsFor(theirs, kRowsMost);
      const size_t bytes = static_cast<size_t>(rows * row_bytes);
      const auto times = Medians({[&] { theirs(rows); },
                                  [&] { (void)EncodeRows(traits.type, weights.data(), rows, kColumns, columns, {ours.data(), bytes}).ok(); },
                                  [&] { Stream(weights.data(), static_cast<size_t>(rows * kColumns) * 4, ours.data() + ours.size() - bytes, bytes); }});
      theirs(rows);
      (void)EncodeRows(traits.type, weights.data(), rows, kColumns, columns, {ours.data(), bytes}).ok();
      print(weighted ? "weighted" : "encode", rows, times, std::memcmp(out.data(), ours.data(), bytes) == 0);
    }
    const auto to_float = traits_of(type)->to_float;
    if (to_float == nullptr) continue;
    if (!traits.encodable) out = TestBytes(out.size(), 3);
    // Into 512 KiB that are written again and again, as a caller does that looks at the weights piece by piece.
    constexpr int64_t kPieces = 64, kPieceRows = 32;
    const size_t bytes = static_cast<size_t>(kPieceRows * row_bytes);
    const auto pieces = [&](const std::function<void(const uint8_t*)>& work) {
      return [&out, work, bytes] {
        for (int64_t i = 0; i < kPieces; ++i) work(out.data() + static_cast<size_t>(i % 4) * bytes);
      };
    };
    print("decode", kPieces * kPieceRows,
          Medians({pieces([&](const uint8_t* from) { to_float(from, back.data(), kPieceRows * kColumns); }),
                   pieces([&](const uint8_t* from) { (void)DecodeRows(traits.type, {from, bytes}, kPieceRows, kColumns, back.data()).ok(); }),
                   pieces([&](const uint8_t* from) { Stream(from, bytes, back.data(), static_cast<size_t>(kPieceRows * kColumns) * 4); })}),
          true);
  }
  return 0;
}

}  // namespace
}  // namespace tusk::quant

int main(int argc, char** argv) { return tusk::quant::Main(argc, argv); }
