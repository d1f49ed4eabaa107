// ByteSources over mapreduce's file systems.
#include "mlkit/job/file_sources.h"

namespace tusk::ml {
namespace {

class OpenFile final : public ByteSource {
 public:
  explicit OpenFile(std::unique_ptr<mapreduce::InputFile> file) : file_(std::move(file)) {}
  uint64_t size() const override { return file_->length(); }
  Result<size_t> ReadAt(uint64_t offset, MutableByteView out) override {
    size_t filled = 0;
    while (filled < out.size()) {
      ASSIGN_OR_RETURN(const size_t count, file_->ReadAt(offset + filled, out.subspan(filled)));
      if (count == 0) break;
      filled += count;
    }
    return filled;
  }

 private:
  std::unique_ptr<mapreduce::InputFile> file_;
};

class FileSources final : public ByteSources {
 public:
  FileSources(mapreduce::FileSystems& files, bool plain_local) : files_(files), plain_local_(plain_local) {}

  Result<std::vector<Entry>> Find(const std::string& path) override {
    ASSIGN_OR_RETURN(const mapreduce::Location location, files_.Resolve(path));
    ASSIGN_OR_RETURN(const std::vector<mapreduce::FileStatus> matches, location.fs->Glob(location.path));
    std::vector<Entry> found;
    for (const mapreduce::FileStatus& match : matches) {
      if (!match.is_directory) {
        found.push_back({NameOf(location, match.path), match.length});
        continue;
      }
      ASSIGN_OR_RETURN(const std::vector<mapreduce::FileStatus> entries, location.fs->List(match.path));
      for (const mapreduce::FileStatus& entry : entries) {
        const std::string name = entry.path.substr(entry.path.rfind('/') + 1);
        if (entry.is_directory || name.starts_with('_') || name.starts_with('.')) continue;
        found.push_back({NameOf(location, entry.path), entry.length});
      }
    }
    if (found.empty()) return Status(Code::kFileNotFound, path + ": no files");
    std::sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
    return found;
  }

  Result<std::unique_ptr<ByteSource>> Open(const std::string& path) override {
    ASSIGN_OR_RETURN(const mapreduce::Location location, files_.Resolve(path));
    ASSIGN_OR_RETURN(std::unique_ptr<mapreduce::InputFile> file, location.fs->Open(location.path));
    return Result<std::unique_ptr<ByteSource>>(std::make_unique<OpenFile>(std::move(file)));
  }

 private:
  std::string NameOf(const mapreduce::Location& location, const std::string& path) const {
    return plain_local_ && location.fs->uri().starts_with("file") ? path : location.fs->uri() + path;
  }

  mapreduce::FileSystems& files_;
  const bool plain_local_;
};

}  // namespace

std::shared_ptr<ByteSources> MakeFileSources(mapreduce::FileSystems& files, bool plain_local) {
  return std::make_shared<FileSources>(files, plain_local);
}

}  // namespace tusk::ml
