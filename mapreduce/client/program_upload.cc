// Uploading a program and its libraries.
#include "mapreduce/client/program_upload.h"

#include "mapreduce/client/job_files.h"
#include "mapreduce/packaging/zip_writer.h"

namespace tusk::mapreduce {

namespace {

constexpr int64_t kKeptUnusedMs = 7 * 24 * 3'600'000LL;
constexpr int64_t kUseNotedMs = 3'600'000;  // how fresh the time of last use is kept
constexpr size_t kDigestDigits = 24;
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool kShipByDefault = false;  // sanitizers want to be started by the system's loader
#else
constexpr bool kShipByDefault = true;
#endif
#else
constexpr bool kShipByDefault = true;
#endif

class OutputFileSink : public ByteSink {
 public:
  explicit OutputFileSink(OutputFile& file) : file_(file) {}
  Status Write(ByteView bytes) override { return file_.Write(bytes); }

 private:
  OutputFile& file_;
};

Result<std::string> WholeFile(Disk& disk, const PackedFile& file) {
  std::string bytes;
  RETURN_IF_ERROR(ReadPacked(disk, file, [&](ByteView piece) {
    bytes.append(AsText(piece));
    return Status::Ok();
  }));
  return bytes;
}

class Uploader {
 public:
  Uploader(Process& process, FileSystems& files, Configuration& conf, std::string own_suffix)
      : process_(process), files_(files), conf_(conf), own_suffix_(std::move(own_suffix)) {}

  Status Run() {
    ASSIGN_OR_RETURN(LibraryClosure closure, ClosureOfProgram(process_, conf_));
    RETURN_IF_ERROR(FindFolder());
    ASSIGN_OR_RETURN(std::string program, UploadFile(BaseName(closure.program.path), closure.program));
    conf_.Set(kExecutableKey, program);
    if (!closure.loader.empty()) {
      ASSIGN_OR_RETURN(std::string libraries, UploadLibraries(closure));
      conf_.Set(kLibrariesKey, libraries);
      conf_.Set(kLoaderKey, closure.loader);
    }
    if (!uploaded_.empty()) RemoveUnused();
    return Status::Ok();
  }

  // As the cache file `name`.
  Status AttachFile(const PackedFile& file, const std::string& name) {
    RETURN_IF_ERROR(FindFolder());
    ASSIGN_OR_RETURN(std::string uri, UploadFile(name, file));
    List("mapreduce.job.cache.files", uri + "#" + name);
    return Status::Ok();
  }
  // As the cache archive `name`.
  Status AttachLibraries(const LibraryClosure& closure, const std::string& name) {
    RETURN_IF_ERROR(FindFolder());
    ASSIGN_OR_RETURN(std::string uri, UploadLibraries(closure));
    List("mapreduce.job.cache.archives", uri + "#" + name);
    return Status::Ok();
  }

 private:
  Status FindFolder() {
    std::string root = conf_.Get("yarn.app.mapreduce.am.staging-dir", "") + "/" + process_.user() + "/.executables";
    ASSIGN_OR_RETURN(folder_, files_.Resolve(root));
    return Status::Ok();
  }

  void List(const char* key, const std::string& entry) {
    std::string listed = conf_.Get(key, "");
    conf_.Set(key, listed.empty() ? entry : listed + "," + entry);
  }

  Result<std::string> UploadFile(const std::string& name, const PackedFile& packed) {
    ASSIGN_OR_RETURN(std::string digest, DigestOf(process_.disk(), packed));
    return Ensure(name + "-" + digest.substr(0, kDigestDigits), [&](OutputFile& file) {
      return ReadPacked(process_.disk(), packed, [&](ByteView piece) { return file.Write(piece); });
    });
  }

  Result<std::string> UploadLibraries(const LibraryClosure& closure) {
    ASSIGN_OR_RETURN(std::string digest, DigestOfLibraries(process_.disk(), closure));
    return Ensure("libraries-" + digest.substr(0, kDigestDigits) + ".zip",
                  [&](OutputFile& file) { return WriteArchive(closure, file); });
  }

  Status WriteArchive(const LibraryClosure& closure, OutputFile& file) {
    OutputFileSink sink(file);
    ZipWriter zip(sink);
    for (const auto& [name, library] : closure.libraries) {
      ASSIGN_OR_RETURN(std::string bytes, WholeFile(process_.disk(), library));
      RETURN_IF_ERROR(zip.Add(name, AsBytes(bytes)));
    }
    return zip.Finish();
  }

  // The file's URI. Its name says what it holds, so one that is there is right: it came by a rename.
  Result<std::string> Ensure(const std::string& name, const std::function<Status(OutputFile& file)>& write) {
    FileSystem& fs = *folder_.fs;
    Location place{&fs, JoinPath(folder_.path, name)};
    int64_t now = process_.clock().WallMillis();
    Result<FileStatus> there = fs.Stat(place.path);
    if (there.ok()) {
      // Its modification time must stay: node managers compare it.
      if (now - there->atime_wall_ms > kUseNotedMs) (void)fs.SetAccessTime(place.path, now);
      return place.ToString();
    }
    if (there.code() != Code::kFileNotFound) return std::move(there).status();
    RETURN_IF_ERROR(fs.MakeDirs(folder_.path));
    RETURN_IF_ERROR(fs.SetPermission(folder_.path, 0700));
    std::string partial = place.path + ".part-" + own_suffix_;
    ASSIGN_OR_RETURN(int64_t replication, conf_.GetInt("mapreduce.client.submit.file.replication", 0));
    ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, fs.Create(partial, {.replication = static_cast<int>(replication)}));
    Status written = write(*file);
    if (written.ok()) written = file->Close();
    if (written.ok()) written = fs.Rename(partial, place.path);
    if (written.ok()) {
      uploaded_ = place.path;
      return place.ToString();
    }
    (void)fs.Remove(partial);
    Result<FileStatus> won = fs.Stat(place.path);  // by another client that uploaded the same
    return won.ok() ? Result<std::string>(place.ToString()) : written;
  }

  // What is left here too long is not an error of this job.
  void RemoveUnused() {
    int64_t now = process_.clock().WallMillis();
    // Where times of use are not kept (dfs.namenode.accesstime.precision 0), nobody knows what is unused.
    if (!folder_.fs->SetAccessTime(uploaded_, now).ok()) return;
    Result<std::vector<FileStatus>> entries = folder_.fs->List(folder_.path);
    if (!entries.ok()) return;
    for (const FileStatus& entry : *entries) {
      int64_t used = std::max(entry.atime_wall_ms, entry.mtime_wall_ms);
      if (!entry.is_directory && now - used > kKeptUnusedMs) (void)folder_.fs->Remove(entry.path);
    }
  }

  Process& process_;
  FileSystems& files_;
  Configuration& conf_;
  std::string own_suffix_;
  Location folder_;
  std::string uploaded_;  // a path; empty: everything was there
};

}  // namespace

Result<LibraryClosure> ClosureOfProgram(Process& process, const Configuration& conf) {
  ASSIGN_OR_RETURN(std::string program, Process::ExecutablePath());
  ClosureOptions options;
  ASSIGN_OR_RETURN(options.strip, conf.GetBool("tusk.mapreduce.executable.strip", true));
  ASSIGN_OR_RETURN(bool ship, conf.GetBool("tusk.mapreduce.libraries.ship", kShipByDefault));
  options.loaded = Process::LoadedLibraries();
  options.more = conf.GetStrings("tusk.mapreduce.libraries");
  ASSIGN_OR_RETURN(LibraryClosure closure, MakeLibraryClosure(process.disk(), program, options));
  if (!ship) {
    closure.loader.clear();
    closure.libraries.clear();
  }
  return closure;
}

Status UploadProgram(Process& process, FileSystems& files, Configuration& conf, const std::string& own_suffix) {
  return Uploader(process, files, conf, own_suffix).Run();
}

namespace {

std::string AbsolutePath(const Process& process, const std::string& path) {
  return path.starts_with('/') ? path : JoinPath(process.working_folder(), path);
}

// As it is.
Result<PackedFile> WholePacked(Disk& disk, const std::string& path) {
  ASSIGN_OR_RETURN(FileStat stat, disk.Stat(path));
  return PackedFile{path, stat.size, ""};
}

Result<bool> IsElf(Disk& disk, const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<File> file, disk.Open(path, OpenMode::kRead));
  uint8_t magic[4] = {};
  ASSIGN_OR_RETURN(size_t count, file->ReadAt(0, magic));
  return count == sizeof magic && AsText(magic) == "\177ELF";
}

}  // namespace

Result<std::vector<std::string>> UploadCompanion(Process& process, FileSystems& files, Configuration& conf, const std::string& path,
                                                 const std::string& name, const std::string& own_suffix) {
  Disk& disk = process.disk();
  std::string full = AbsolutePath(process, path);
  Uploader uploader(process, files, conf, own_suffix);
  ASSIGN_OR_RETURN(bool elf, IsElf(disk, full));
  ASSIGN_OR_RETURN(bool ship, conf.GetBool("tusk.mapreduce.libraries.ship", kShipByDefault));
  if (!elf || !ship) {
    ASSIGN_OR_RETURN(PackedFile file, WholePacked(disk, full));
    RETURN_IF_ERROR(uploader.AttachFile(file, name));
    return std::vector<std::string>{"./" + name};
  }
  ClosureOptions options;
  ASSIGN_OR_RETURN(options.strip, conf.GetBool("tusk.mapreduce.executable.strip", true));
  ASSIGN_OR_RETURN(LibraryClosure closure, MakeLibraryClosure(disk, full, options));
  RETURN_IF_ERROR(uploader.AttachFile(closure.program, name));
  if (closure.loader.empty()) return std::vector<std::string>{"./" + name};
  std::string folder = "./" + name + ".lib";
  RETURN_IF_ERROR(uploader.AttachLibraries(closure, name + ".lib"));
  return std::vector<std::string>{folder + "/" + closure.loader, "--library-path", folder, "./" + name};
}

Status UploadCompanionLibrary(Process& process, FileSystems& files, Configuration& conf, const std::string& path,
                              const std::string& name, const std::string& own_suffix) {
  std::string full = AbsolutePath(process, path);
  ASSIGN_OR_RETURN(PackedFile file, WholePacked(process.disk(), full));
  RETURN_IF_ERROR(Uploader(process, files, conf, own_suffix).AttachFile(file, name));
  std::string more = conf.Get("tusk.mapreduce.libraries", "");
  conf.Set("tusk.mapreduce.libraries", more.empty() ? full : more + "," + full);
  return Status::Ok();
}

Status WriteProgram(Process& process, const Configuration& conf, const std::string& folder) {
  Disk& disk = process.disk();
  ASSIGN_OR_RETURN(LibraryClosure closure, ClosureOfProgram(process, conf));
  std::string libraries = JoinPath(folder, kLibrariesName);
  RETURN_IF_ERROR(disk.MakeDirs(libraries, 0755));
  auto write = [&](const PackedFile& file, const std::string& path) -> Status {
    ASSIGN_OR_RETURN(std::unique_ptr<File> target, disk.Open(path, OpenMode::kCreateTruncate));
    uint64_t at = 0;
    RETURN_IF_ERROR(ReadPacked(disk, file, [&](ByteView piece) {
      Status written = target->WriteAt(at, piece);
      at += piece.size();
      return written;
    }));
    return disk.SetMode(path, 0755);
  };
  RETURN_IF_ERROR(write(closure.program, JoinPath(folder, kExecutableName)));
  for (const auto& [name, library] : closure.libraries) RETURN_IF_ERROR(write(library, JoinPath(libraries, name)));
  return Status::Ok();
}

}  // namespace tusk::mapreduce
