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
    std::string root = conf_.Get("yarn.app.mapreduce.am.staging-dir", "") + "/" + process_.user() + "/.executables";
    ASSIGN_OR_RETURN(folder_, files_.Resolve(root));
    ASSIGN_OR_RETURN(std::string digest, DigestOf(process_.disk(), closure.program));
    std::string name = BaseName(closure.program.path) + "-" + digest.substr(0, kDigestDigits);
    ASSIGN_OR_RETURN(std::string program, Ensure(name, [&](OutputFile& file) {
      return ReadPacked(process_.disk(), closure.program, [&](ByteView piece) { return file.Write(piece); });
    }));
    conf_.Set(kExecutableKey, program);
    if (!closure.loader.empty()) {
      ASSIGN_OR_RETURN(std::string libraries_digest, DigestOfLibraries(process_.disk(), closure));
      ASSIGN_OR_RETURN(std::string libraries, Ensure("libraries-" + libraries_digest.substr(0, kDigestDigits) + ".zip", [&](OutputFile& file) {
        return WriteArchive(closure, file);
      }));
      conf_.Set(kLibrariesKey, libraries);
      conf_.Set(kLoaderKey, closure.loader);
    }
    if (!uploaded_.empty()) RemoveUnused();
    return Status::Ok();
  }

 private:
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
