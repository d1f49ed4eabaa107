// Local files as the readers of model files see them.
#pragma once

#include <memory>
#include <string>

#include "base/env/disk.h"
#include "quant/io/range_reader.h"

namespace tusk::tools {

class LocalRanges final : public quant::RangeFiles {
 public:
  // Relative paths are below `folder`. The disk is the caller's.
  LocalRanges(Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}
  Result<std::shared_ptr<const quant::RangeReader>> Open(const std::string& path) const override;
  Result<bool> IsFolder(const std::string& path) const override;
  Result<std::vector<std::string>> List(const std::string& folder) const override;
  std::string Absolute(const std::string& path) const;

 private:
  Disk& disk_;
  std::string folder_;
};

}  // namespace tusk::tools
