// From mapped libraries to files that stand alone.
#include "mapreduce/packaging/library_closure.h"

#include <algorithm>
#include <set>

#include "base/security/sha256.h"
#include "mapreduce/packaging/elf_file.h"

namespace tusk::mapreduce {

namespace {

constexpr size_t kLibrariesMax = 4096;
constexpr size_t kPieceBytes = 1 << 20;
// What glibc opens by itself when a host or user name is looked up (since 2.34 most of it is inside libc), and what
// unwinding a thread's end needs. Taken where they are.
constexpr const char* kOpenedByLibc[] = {"libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2", "libgcc_s.so.1"};
// Where loaders look without being told.
constexpr const char* kSystemFolders[] = {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
                                          "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"};

// A variant of a library for this machine's processor ("…/glibc-hwcaps/x86-64-v3/libz.so.1"): another machine may lack
// its instructions, so the plain one is shipped.
std::string PlainVariant(Disk& disk, const std::string& path) {
  constexpr std::string_view kVariants = "/glibc-hwcaps/";
  size_t at = path.find(kVariants);
  if (at == std::string::npos) return path;
  size_t end = path.find('/', at + kVariants.size());
  if (end == std::string::npos) return path;
  std::string plain = path.substr(0, at) + path.substr(end);
  return disk.Exists(plain) ? plain : path;
}

class Collector {
 public:
  Collector(Disk& disk, const ClosureOptions& options) : disk_(disk), options_(options) {}

  Result<LibraryClosure> Collect(const std::string& program) {
    ASSIGN_OR_RETURN(ElfFile elf, Read(program, closure_.program));
    if (elf.interpreter.empty()) return std::move(closure_);  // starts without a loader
    machine_ = elf.machine;
    closure_.loader = BaseName(elf.interpreter);
    RETURN_IF_ERROR(Add(elf.interpreter, closure_.loader));
    for (const std::string& path : options_.loaded) RETURN_IF_ERROR(Add(path, ""));
    for (const char* name : kOpenedByLibc) RETURN_IF_ERROR(AddListed(name, false));
    for (const std::string& name : options_.more) RETURN_IF_ERROR(AddListed(name, true));
    RETURN_IF_ERROR(MeetNeeds(program, elf));
    while (!unchecked_.empty()) {
      auto [path, library] = std::move(unchecked_.back());
      unchecked_.pop_back();
      RETURN_IF_ERROR(MeetNeeds(path, library));
    }
    return std::move(closure_);
  }

 private:
  Result<ElfFile> Read(const std::string& path, PackedFile& packed) {
    ASSIGN_OR_RETURN(std::unique_ptr<File> file, disk_.Open(path, OpenMode::kRead));
    Result<ElfFile> elf = ReadElf(*file);
    if (!elf.ok()) return std::move(elf).status().WithContext(path);
    packed = {path, elf->file_size, ""};
    if (options_.strip && elf->loaded_size < elf->file_size) {
      packed.keep = elf->loaded_size;
      ASSIGN_OR_RETURN(packed.header, HeaderWithoutSections(*file));
    }
    return std::move(elf).value();
  }

  // Under `name`, or the name that it has for others.
  Status Add(const std::string& given, const std::string& name) {
    std::string path = PlainVariant(disk_, given);
    PackedFile packed;
    ASSIGN_OR_RETURN(ElfFile elf, Read(path, packed));
    if (machine_ != elf.machine) return Status(Code::kInvalidArgument, path + " is for another kind of machine than the program");
    std::string key = !name.empty() ? name : !elf.soname.empty() ? elf.soname : BaseName(path);
    if (key.empty() || key.find('/') != std::string::npos) return Status(Code::kInvalidArgument, path + " has an unusable name");
    folders_.insert(ParentPath(path));
    if (!closure_.libraries.emplace(key, std::move(packed)).second) return Status::Ok();
    if (closure_.libraries.size() > kLibrariesMax) return Status(Code::kResourceExhausted, "more libraries than can be shipped");
    unchecked_.emplace_back(path, std::move(elf));
    return Status::Ok();
  }

  Status AddListed(const std::string& name, bool must_exist) {
    if (name.starts_with('/')) return Add(name, "");
    if (closure_.libraries.contains(name)) return Status::Ok();
    std::string path = Find(name, {});
    if (!path.empty()) return Add(path, "");
    return must_exist ? Status(Code::kFileNotFound, "no library " + name + " is found beside those of this program") : Status::Ok();
  }

  Status MeetNeeds(const std::string& path, const ElfFile& elf) {
    std::vector<std::string> search;
    for (std::string folder : elf.search) {
      for (const char* origin : {"$ORIGIN", "${ORIGIN}"}) {
        size_t at = folder.find(origin);
        if (at != std::string::npos) folder.replace(at, std::string_view(origin).size(), ParentPath(path));
      }
      if (folder.starts_with('/')) search.push_back(folder);
    }
    for (const std::string& needed : elf.needed) {
      std::string name = BaseName(needed);
      if (closure_.libraries.contains(name)) continue;
      std::string found = needed.starts_with('/') ? needed : Find(needed, search);
      if (found.empty()) return Status(Code::kFileNotFound, path + " needs " + needed + ", which is found nowhere");
      RETURN_IF_ERROR(Add(found, name));
    }
    return Status::Ok();
  }

  std::string Find(const std::string& name, const std::vector<std::string>& first) {
    for (const std::string& folder : first) {
      if (disk_.Exists(JoinPath(folder, name))) return JoinPath(folder, name);
    }
    for (const std::string& folder : folders_) {
      if (disk_.Exists(JoinPath(folder, name))) return JoinPath(folder, name);
    }
    for (const char* folder : kSystemFolders) {
      if (disk_.Exists(JoinPath(folder, name))) return JoinPath(folder, name);
    }
    return "";
  }

  Disk& disk_;
  const ClosureOptions& options_;
  LibraryClosure closure_;
  uint16_t machine_ = 0;
  std::set<std::string> folders_;  // of the mapped libraries
  std::vector<std::pair<std::string, ElfFile>> unchecked_;
};

}  // namespace

Result<LibraryClosure> MakeLibraryClosure(Disk& disk, const std::string& program, const ClosureOptions& options) {
  return Collector(disk, options).Collect(program);
}

Status ReadPacked(Disk& disk, const PackedFile& file, const std::function<Status(ByteView piece)>& take) {
  ASSIGN_OR_RETURN(std::unique_ptr<File> source, disk.Open(file.path, OpenMode::kRead));
  std::vector<uint8_t> piece(std::min<uint64_t>(kPieceBytes, file.keep));
  for (uint64_t at = 0; at < file.keep;) {
    size_t wanted = static_cast<size_t>(std::min<uint64_t>(piece.size(), file.keep - at));
    ASSIGN_OR_RETURN(size_t count, source->ReadAt(at, MutableByteView(piece).first(wanted)));
    if (count == 0) return Status(Code::kEndOfFile, file.path + " became shorter");
    for (size_t i = 0; at + i < file.header.size() && i < count; ++i) piece[i] = static_cast<uint8_t>(file.header[at + i]);
    RETURN_IF_ERROR(take(ByteView(piece).first(count)));
    at += count;
  }
  return Status::Ok();
}

Result<std::string> DigestOf(Disk& disk, const PackedFile& file) {
  Sha256 digest;
  RETURN_IF_ERROR(ReadPacked(disk, file, [&](ByteView piece) {
    digest.Update(piece);
    return Status::Ok();
  }));
  return digest.Hex();
}

Result<std::string> DigestOfLibraries(Disk& disk, const LibraryClosure& closure) {
  Sha256 digest;
  for (const auto& [name, file] : closure.libraries) {
    ASSIGN_OR_RETURN(std::string one, DigestOf(disk, file));
    digest.Update(AsBytes(name + "\n" + one + "\n"));
  }
  return digest.Hex();
}

}  // namespace tusk::mapreduce
