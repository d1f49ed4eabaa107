// RangeFiles over Disk.
#include "tools/tusk/quant/local_ranges.h"

namespace tusk::tools {
namespace {

class LocalRange final : public quant::RangeReader {
 public:
  LocalRange(std::string name, std::unique_ptr<File> file, uint64_t size) : name_(std::move(name)), file_(std::move(file)), size_(size) {}
  const std::string& name() const override { return name_; }
  uint64_t size() const override { return size_; }
  Status ReadAt(uint64_t offset, MutableByteView out) const override {
    ASSIGN_OR_RETURN(const size_t count, file_->ReadAt(offset, out));
    if (count < out.size()) return quant::TruncatedError(name_, "a read", offset, offset + out.size(), offset + count);
    return Status::Ok();
  }

 private:
  const std::string name_;
  const std::unique_ptr<File> file_;
  const uint64_t size_;
};

}  // namespace

std::string LocalRanges::Absolute(const std::string& path) const {
  const std::string local = path.starts_with("file:///") ? path.substr(7) : path.starts_with("file:/") ? path.substr(5) : path;
  return local.starts_with('/') ? local : JoinPath(folder_, local);
}

Result<std::shared_ptr<const quant::RangeReader>> LocalRanges::Open(const std::string& path) const {
  const std::string absolute = Absolute(path);
  ASSIGN_OR_RETURN(const FileStat stat, disk_.Stat(absolute));
  if (stat.is_directory) return Status(Code::kInvalidArgument, path + " is a folder");
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, disk_.Open(absolute, OpenMode::kRead));
  return std::shared_ptr<const quant::RangeReader>(std::make_shared<LocalRange>(path, std::move(file), stat.size));
}

Result<bool> LocalRanges::IsFolder(const std::string& path) const {
  ASSIGN_OR_RETURN(const FileStat stat, disk_.Stat(Absolute(path)));
  return stat.is_directory;
}

Result<std::vector<std::string>> LocalRanges::List(const std::string& folder) const { return disk_.List(Absolute(folder)); }

}  // namespace tusk::tools
