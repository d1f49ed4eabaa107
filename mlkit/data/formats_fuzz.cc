// Fuzz: any bytes as CSV, libsvm, IDX, .npy, gzip or a data plan end in rows that keep Block's invariants, or in an error.
#include "base/core/check.h"
#include "mlkit/data/file_dataset.h"
#include "mlkit/data/memory_sources.h"
#include "mlkit/device/cpu/thread_pool.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tusk;      // NOLINT
  using namespace tusk::ml;  // NOLINT
  if (size < 2) return 0;
  static ThreadPool pool(1);
  static constexpr const char* kFormats[] = {"auto", "csv", "libsvm", "idx", "npy"};
  static constexpr const char* kLabels[] = {"", "none", "0", "1"};
  DataOptions options{.paths = {"X"}, .format = kFormats[data[0] % 5], .label = kLabels[data[0] / 5 % 4]};
  if (data[0] / 20 % 2 == 1) options.categorical = {"1"};
  options.shard_bytes = data[1] + 1U;
  std::string bytes(AsText({data + 2, size - 2}));
  if (options.format == std::string("npy")) bytes = "\x93NUMPY\1" + bytes;
  auto sources = std::make_shared<MemorySources>();
  sources->Put("X", bytes);
  sources->Put("y", bytes);
  auto files = std::make_shared<OpenedFiles>(sources);
  const Result<DataPlan> plan = PlanData(*files, options, pool);
  if (plan.ok()) {
    const Result<DataPlan> again = DataPlan::Decode(plan->Encode());
    TUSK_CHECK(again.ok()) << again.status().ToString();
    const auto dataset = MakeFileDataset(files, *again);
    for (size_t shard = 0; shard < dataset->shards(); ++shard) {
      const Result<Block> block = dataset->Load(shard);
      if (!block.ok()) break;
      const Status valid = ValidateBlock(*block, dataset->schema(), true);
      TUSK_CHECK(valid.ok()) << valid.ToString();
    }
  }
  const Result<DataPlan> decoded = DataPlan::Decode(AsText({data, size}));
  if (decoded.ok()) TUSK_CHECK(DataPlan::Decode(decoded->Encode()).ok()) << "a plan that does not come back";
  return 0;
}
