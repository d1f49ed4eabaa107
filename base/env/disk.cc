// What every Disk can do by the virtual calls, and path arithmetic.
#include "base/env/disk.h"

namespace tusk {

Result<FileOwner> Disk::OwnerOf(const std::string& path) {
  return Status(Code::kUnsupported, "no owners on this disk: " + path);
}
Status Disk::SetOwner(const std::string& path, const std::string&, const std::string&) {
  return Status(Code::kUnsupported, "no owners on this disk: " + path);
}
Status Disk::SetTimes(const std::string& path, int64_t, int64_t) {
  return Status(Code::kUnsupported, "times cannot be set on this disk: " + path);
}

Status Disk::Symlink(const std::string&, const std::string& path) {
  return Status(Code::kUnsupported, "no symbolic links on this disk: " + path);
}

bool Disk::Exists(const std::string& path) { return Stat(path).ok(); }

Result<std::string> Disk::ReadFile(const std::string& path, uint64_t bytes_max) {
  ASSIGN_OR_RETURN(auto file, Open(path, OpenMode::kRead));
  ASSIGN_OR_RETURN(uint64_t size, file->Size());
  if (size > bytes_max) {
    return Status(Code::kResourceExhausted, path + " has " + std::to_string(size) + " bytes, more than " +
                                                std::to_string(bytes_max));
  }
  std::string content(size, '\0');
  ASSIGN_OR_RETURN(size_t count, file->ReadAt(0, {reinterpret_cast<uint8_t*>(content.data()), content.size()}));
  content.resize(count);
  return content;
}

Status Disk::WriteFileAtomic(const std::string& path, ByteView bytes) {
  std::string temporary = path + ".tmp";
  {
    ASSIGN_OR_RETURN(auto file, Open(temporary, OpenMode::kCreateTruncate));
    RETURN_IF_ERROR(file->WriteAt(0, bytes));
    RETURN_IF_ERROR(file->Sync());
  }
  RETURN_IF_ERROR(Rename(temporary, path));
  return SyncDir(ParentPath(path));
}

std::string ParentPath(const std::string& path) {
  size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string BaseName(const std::string& path) {
  size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string JoinPath(const std::string& folder, std::string_view name) {
  std::string joined = folder;
  if (!joined.ends_with('/')) joined += '/';
  return joined.append(name);
}

}  // namespace tusk
