// Decompressing once.
#include "mlkit/data/opened_files.h"

#include "mlkit/data/gzip.h"

namespace tusk::ml {

Result<std::unique_ptr<ByteSource>> OpenedFiles::Open(const std::string& path, bool gzip) {
  if (!gzip) return sources_->Open(path);
  std::shared_ptr<Unpacked> unpacked;
  {
    std::lock_guard lock(mutex_);
    std::shared_ptr<Unpacked>& entry = unpacked_[path];
    if (entry == nullptr) entry = std::make_shared<Unpacked>();
    unpacked = entry;
  }
  std::lock_guard lock(unpacked->loading);
  if (unpacked->bytes == nullptr) {
    ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, sources_->Open(path));
    ASSIGN_OR_RETURN(std::vector<uint8_t> bytes, Gunzip(*source, path));
    unpacked->bytes = std::make_shared<const std::vector<uint8_t>>(std::move(bytes));
  }
  return Result<std::unique_ptr<ByteSource>>(std::make_unique<MemoryByteSource>(unpacked->bytes));
}

Result<bool> OpenedFiles::IsGzip(const std::string& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, sources_->Open(path));
  uint8_t start[3];
  ASSIGN_OR_RETURN(const size_t count, source->ReadAt(0, start));
  return LooksGzipped(ByteView(start, count));
}

}  // namespace tusk::ml
