// How fast text becomes rows, on one thread: mlkit_data_bench [ROWS]. Scan (the plan) and parse (the shards), in MB/s.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "mlkit/api/random.h"
#include "mlkit/data/file_dataset.h"
#include "mlkit/data/memory_sources.h"
#include "mlkit/device/cpu/thread_pool.h"

namespace tusk::ml {
namespace {

double CpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::string Csv(size_t rows, const char* format) {
  std::string text;
  char number[40];
  Random random(1, 0);
  for (size_t row = 0; row < rows; ++row) {
    text += row % 2 == 0 ? "1" : "0";
    for (int column = 0; column < 28; ++column) {
      std::snprintf(number, sizeof(number), format, random.Normal());
      text += number;
    }
    text += '\n';
  }
  return text;
}

std::string Libsvm(size_t rows) {
  std::string text;
  char pair[48];
  Random random(1, 1);
  for (size_t row = 0; row < rows; ++row) {
    text += row % 2 == 0 ? "1" : "-1";
    uint64_t index = 0;
    for (int i = 0; i < 75; ++i) {
      index += 1 + random.Below(1000);
      std::snprintf(pair, sizeof(pair), " %llu:%.7f", static_cast<unsigned long long>(index), random.Uniform());
      text += pair;
    }
    text += '\n';
  }
  return text;
}

void Measure(const char* name, const std::string& text) {
  auto sources = std::make_shared<MemorySources>();
  sources->Put("data", text);
  ThreadPool pool(1);
  const double start = CpuSeconds();
  const Result<OpenedData> data = OpenData(sources, {.paths = {"data"}}, pool);
  const double scanned = CpuSeconds();
  if (!data.ok()) {
    std::fprintf(stderr, "%s\n", data.status().ToString().c_str());
    return;
  }
  uint64_t rows = 0;
  for (size_t shard = 0; shard < data->dataset->shards(); ++shard) {
    const Result<Block> block = data->dataset->Load(shard);
    rows += block.ok() ? block->rows : 0;
  }
  const double parsed = CpuSeconds();
  const double megabytes = static_cast<double>(text.size()) * 1e-6;
  std::printf("%-24s %6.0f MB %8llu rows   scan %6.0f MB/s   parse %6.0f MB/s\n", name, megabytes,
              static_cast<unsigned long long>(rows), megabytes / (scanned - start), megabytes / (parsed - scanned));
}

}  // namespace
}  // namespace tusk::ml

int main(int argc, char** argv) {
  using namespace tusk::ml;
  const size_t rows = argc > 1 ? static_cast<size_t>(std::atoll(argv[1])) : 200'000;
  Measure("csv, 7 digits", Csv(rows, ",%.6f"));
  Measure("csv, 18 digits (HIGGS)", Csv(rows, ",%.18e"));
  Measure("libsvm, 75 a row", Libsvm(rows / 4));
}
