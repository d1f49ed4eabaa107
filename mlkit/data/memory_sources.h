// Files in memory, for tests and fuzzers.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mlkit/data/byte_source.h"

namespace tusk::ml {

class MemorySources final : public ByteSources {
 public:
  void Put(const std::string& path, std::string_view bytes) {
    const ByteView view = AsBytes(bytes);
    files_[path] = std::make_shared<const std::vector<uint8_t>>(view.begin(), view.end());
  }
  // A path is a file, or a folder's beginning ("data/").
  Result<std::vector<Entry>> Find(const std::string& path) override {
    std::vector<Entry> found;
    for (const auto& [name, bytes] : files_) {
      if (name == path || name.starts_with(path + "/")) found.push_back({name, bytes->size()});
    }
    if (found.empty()) return Status(Code::kFileNotFound, path + ": not found");
    return found;
  }
  Result<std::unique_ptr<ByteSource>> Open(const std::string& path) override {
    const auto it = files_.find(path);
    if (it == files_.end()) return Status(Code::kFileNotFound, path + ": not found");
    return Result<std::unique_ptr<ByteSource>>(std::make_unique<MemoryByteSource>(it->second));
  }

 private:
  std::map<std::string, std::shared_ptr<const std::vector<uint8_t>>> files_;  // shared with their readers
};

}  // namespace tusk::ml
