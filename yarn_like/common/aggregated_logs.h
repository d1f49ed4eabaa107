// AggregatedLogReader: reads the log file that a node manager, ours or Hadoop's, has put into the DFS for one
// application (TFile without compression; shared facts yarn-wire §12). The bytes are not trusted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::yarn {

// Where an application's logs lie: the folder that node managers write, and the one of Hadoop before 3.3. `root` and `suffix` are
// yarn.nodemanager.remote-app-log-dir and its -suffix.
std::vector<std::string> AggregatedLogFolders(const std::string& root, const std::string& suffix, const std::string& owner,
                                              const std::string& application);

// "Sat Nov 21 13:08:30 +0000 2026", as Java's Date prints it there: when a log was uploaded, on pages and by `yarn logs`.
std::string LogDateText(int64_t wall_ms);

class AggregatedLogReader {
 public:
  // Reads at an offset, fewer bytes only at the end of the file.
  using ReadAt = std::function<Result<size_t>(uint64_t offset, MutableByteView out)>;
  // kCorruption for what is no such file, kUnsupported for a compressed one.
  static Result<AggregatedLogReader> Open(ReadAt read, uint64_t size);

  // One log in the file. `on_bytes` is called with its bytes in order where `wants` said true.
  struct Visitor {
    std::function<bool(std::string_view container, std::string_view file, uint64_t length)> wants;
    std::function<Status(ByteView bytes)> on_bytes;
    std::function<Status()> on_end;
  };
  Status Walk(const Visitor& visitor);

 private:
  struct Block {
    uint64_t offset = 0;
    uint64_t size = 0;
  };
  AggregatedLogReader(ReadAt read, std::vector<Block> blocks) : read_(std::move(read)), blocks_(std::move(blocks)) {}

  ReadAt read_;
  std::vector<Block> blocks_;
};

}  // namespace tusk::yarn
