// OpenedFiles: opens a data set's files; gzip files are decompressed once and stay in memory as long as this does, so that
// they can be cut into shards as other files can.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mlkit/data/byte_source.h"

namespace tusk::ml {

// Thread-safe.
class OpenedFiles {
 public:
  // `sources` is shared with whoever opens other data through it.
  explicit OpenedFiles(std::shared_ptr<ByteSources> sources) : sources_(std::move(sources)) {}
  ByteSources& sources() { return *sources_; }
  Result<std::unique_ptr<ByteSource>> Open(const std::string& path, bool gzip);
  // Whether the file begins as gzip files do.
  Result<bool> IsGzip(const std::string& path);

 private:
  struct Unpacked {
    std::mutex loading;
    std::shared_ptr<const std::vector<uint8_t>> bytes;  // shared with the sources that read it
  };
  std::shared_ptr<ByteSources> sources_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Unpacked>> unpacked_;  // shared with threads that wait for it
};

}  // namespace tusk::ml
