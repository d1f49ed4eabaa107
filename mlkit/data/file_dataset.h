// FileDataset: the rows of files, shard by shard, as a plan says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlkit/data/data_plan.h"

namespace tusk::ml {

// `files` is shared with the scan that made the plan, which has decompressed them already.
std::shared_ptr<const Dataset> MakeFileDataset(std::shared_ptr<OpenedFiles> files, DataPlan plan);

// Both steps: what one process does.
struct OpenedData {
  std::shared_ptr<const Dataset> dataset;  // shared: Reshard keeps it
  std::vector<std::string> notes;
};
Result<OpenedData> OpenData(std::shared_ptr<ByteSources> sources, const DataOptions& options, ThreadPool& pool,
                            const Schema* like = nullptr);

}  // namespace tusk::ml
