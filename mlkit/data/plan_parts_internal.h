// What the parts of PlanData share: data_plan.cc finds files and formats, text_plan.cc and array_plan.cc the rest.
#pragma once

#include <string>
#include <vector>

#include "mlkit/data/csv_format.h"
#include "mlkit/data/data_plan.h"
#include "mlkit/device/cpu/thread_pool.h"

namespace tusk::ml {

// A file before it is planned.
struct FoundFile {
  std::string path;
  bool gzip = false;
  uint64_t size = 0;           // decompressed
  std::string start;           // its first bytes, at most 64 KiB
};

struct PlanContext {
  OpenedFiles& files;
  const DataOptions& options;
  ThreadPool& pool;
  const Schema* like;          // null: none
  uint64_t shard_bytes;
};

Result<DataPlan> PlanText(const PlanContext& context, DataFormat format, const std::vector<FoundFile>& found);
Result<DataPlan> PlanArrays(const PlanContext& context, DataFormat format, const std::vector<FoundFile>& found);

// Classes or regression from what the scan found, or as the model has it, into the plan's schema.
Status DecideLabels(const PlanContext& context, const LabelTally& tally, DataPlan& plan);
// Numbers the rows of all shards; an error where there are none.
Status NumberRows(DataPlan& plan);

}  // namespace tusk::ml
