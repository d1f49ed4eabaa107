// Ranges of files: as many open streams as there are readers at a time.
#include "quant/job/client/file_ranges.h"

#include <mutex>

namespace tusk::quant {
namespace {

class FileRange final : public RangeReader {
 public:
  FileRange(mapreduce::Location place, std::unique_ptr<mapreduce::InputFile> first) : place_(std::move(place)), name_(place_.ToString()), size_(first->length()) {
    idle_.push_back(std::move(first));
  }
  const std::string& name() const override { return name_; }
  uint64_t size() const override { return size_; }

  Status ReadAt(uint64_t offset, MutableByteView out) const override {
    if (offset > size_ || out.size() > size_ - offset) return TruncatedError(name_, "a read", offset, offset + out.size(), size_);
    ASSIGN_OR_RETURN(std::unique_ptr<mapreduce::InputFile> file, Take());
    for (size_t filled = 0; filled < out.size();) {
      ASSIGN_OR_RETURN(const size_t count, file->ReadAt(offset + filled, out.subspan(filled)));
      if (count == 0) return TruncatedError(name_, "a read", offset, offset + out.size(), offset + filled);
      filled += count;
    }
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(file));
    return Status::Ok();
  }

 private:
  Result<std::unique_ptr<mapreduce::InputFile>> Take() const {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<mapreduce::InputFile> file = std::move(idle_.back());
        idle_.pop_back();
        return file;
      }
    }
    return place_.fs->Open(place_.path);
  }

  const mapreduce::Location place_;
  const std::string name_;
  const uint64_t size_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<mapreduce::InputFile>> idle_;
};

class FileRanges final : public RangeFiles {
 public:
  explicit FileRanges(mapreduce::FileSystems& files) : files_(files) {}
  Result<std::shared_ptr<const RangeReader>> Open(const std::string& path) const override {
    ASSIGN_OR_RETURN(mapreduce::Location place, files_.Resolve(path));
    ASSIGN_OR_RETURN(std::unique_ptr<mapreduce::InputFile> file, place.fs->Open(place.path));
    return std::shared_ptr<const RangeReader>(std::make_shared<FileRange>(std::move(place), std::move(file)));
  }
  Result<bool> IsFolder(const std::string& path) const override {
    ASSIGN_OR_RETURN(const mapreduce::Location place, files_.Resolve(path));
    ASSIGN_OR_RETURN(const mapreduce::FileStatus status, place.fs->Stat(place.path));
    return status.is_directory;
  }
  Result<std::vector<std::string>> List(const std::string& folder) const override {
    ASSIGN_OR_RETURN(const mapreduce::Location place, files_.Resolve(folder));
    ASSIGN_OR_RETURN(const std::vector<mapreduce::FileStatus> entries, place.fs->List(place.path));
    std::vector<std::string> names;
    for (const mapreduce::FileStatus& entry : entries) names.push_back(entry.path.substr(entry.path.rfind('/') + 1));
    return names;
  }

 private:
  mapreduce::FileSystems& files_;
};

}  // namespace

std::unique_ptr<RangeFiles> MakeFileRanges(mapreduce::FileSystems& files) { return std::make_unique<FileRanges>(files); }

Result<std::string> IdentityOfFiles(mapreduce::FileSystems& files, const std::string& path) {
  ASSIGN_OR_RETURN(const mapreduce::Location place, files.Resolve(path));
  ASSIGN_OR_RETURN(const std::vector<mapreduce::FileStatus> entries, place.fs->List(place.path));
  std::string identity = place.ToString() + "\n";
  for (const mapreduce::FileStatus& entry : entries) {
    if (entry.is_directory) continue;
    identity += entry.path + " " + std::to_string(entry.length) + " " + std::to_string(entry.mtime_wall_ms) + "\n";
  }
  return identity;
}

}  // namespace tusk::quant
