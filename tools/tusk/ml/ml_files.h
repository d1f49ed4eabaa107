// The files of `tusk ml`: local ones directly (no checksum files beside them), hdfs:// through the DFS client, which starts only
// when it is needed.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/cli/cli_context.h"
#include "mapreduce/api/file_system.h"
#include "mlkit/api/bundle.h"
#include "mlkit/api/model.h"
#include "mlkit/data/byte_source.h"

namespace tusk::tools {

class MlFiles final : public mapreduce::FileSystems {
 public:
  explicit MlFiles(CliContext& context);
  ~MlFiles() override;
  // A path without scheme is on fs.defaultFS, as in Hadoop; where no configuration names one, that is the local disk.
  Result<mapreduce::Location> Resolve(std::string_view path) override;

  // Shared by data sets.
  std::shared_ptr<ml::ByteSources> Sources();
  Result<bool> Exists(const std::string& path);
  // A whole model or checkpoint.
  Result<ml::Bundle> ReadBundle(const std::string& path);
  // A model of ours, or a JSON file of XGBoost.
  Result<std::unique_ptr<ml::Model>> ReadModel(const std::string& path);
  // XGBoost's format where the path ends with .json.
  Status WriteModel(const std::string& path, const ml::Model& model);
  // All or nothing: a reader sees the old file or the new one.
  Status WriteAtomically(const std::string& path, ByteView bytes);

 private:
  std::string DefaultScheme() const;

  CliContext& context_;
  std::mutex mutex_;
  std::unique_ptr<mapreduce::FileSystems> local_, remote_;
};

}  // namespace tusk::tools
