// FileInputFormat: which files are a job's input, and how they are cut into splits.
#include <algorithm>

#include "mapreduce/api/formats.h"
#include "mapreduce/task/codec.h"

namespace tusk::mapreduce {
namespace {

constexpr double kSplitSlop = 1.1;  // a last piece of up to 1.1 splits is not cut

// The comma-separated list, where "\," is a comma of a path and commas inside {} do not separate.
std::vector<std::string> SplitPaths(std::string_view list) {
  std::vector<std::string> paths;
  std::string path;
  int depth = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    char c = list[i];
    if (c == '\\' && i + 1 < list.size()) {
      path.push_back(list[++i]);
    } else if (c == ',' && depth == 0) {
      if (!path.empty()) paths.push_back(std::move(path));
      path.clear();
    } else {
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      path.push_back(c);
    }
  }
  if (!path.empty()) paths.push_back(std::move(path));
  return paths;
}

bool IsHidden(const std::string& path) {
  size_t slash = path.rfind('/');
  char first = slash + 1 < path.size() ? path[slash + 1] : ' ';
  return first == '_' || first == '.';
}

Status AddFolder(FileSystem& fs, const std::string& folder, bool recursive, std::vector<InputFileStatus>& files) {
  ASSIGN_OR_RETURN(std::vector<FileStatus> entries, fs.List(folder));
  for (FileStatus& entry : entries) {
    if (IsHidden(entry.path)) continue;
    if (!entry.is_directory) {
      Location location{&fs, entry.path};
      files.push_back({std::move(location), std::move(entry)});
    } else if (recursive) {
      RETURN_IF_ERROR(AddFolder(fs, entry.path, true, files));
    }
  }
  return Status::Ok();
}

// The hosts of the block in which the split begins.
std::vector<std::string> HostsAt(const std::vector<BlockLocation>& blocks, uint64_t offset) {
  for (const BlockLocation& block : blocks) {
    if (offset >= block.offset && offset < block.offset + block.length) return block.hosts;
  }
  return {};
}

Status AddSplits(const InputFileStatus& input, uint64_t size_min, uint64_t size_max, bool splittable, std::vector<InputSplit>& splits) {
  std::string path = input.location.ToString();
  uint64_t length = input.status.length;
  if (length == 0) {
    splits.push_back({path, 0, 0, {}});
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(std::vector<BlockLocation> blocks, input.location.fs->Locations(input.location.path, 0, length));
  Result<Codec> codec = CodecOfFileName(path);
  if (!splittable || !codec.ok() || *codec != Codec::kNone) {
    splits.push_back({path, 0, length, HostsAt(blocks, 0)});
    return Status::Ok();
  }
  uint64_t block = input.status.block_size == 0 ? uint64_t{128} << 20 : input.status.block_size;
  uint64_t size = std::max<uint64_t>(1, std::max(size_min, std::min(size_max, block)));
  uint64_t start = 0;
  while (static_cast<double>(length - start) / static_cast<double>(size) > kSplitSlop) {
    splits.push_back({path, start, size, HostsAt(blocks, start)});
    start += size;
  }
  if (start < length) splits.push_back({path, start, length - start, HostsAt(blocks, start)});
  return Status::Ok();
}

}  // namespace

Result<std::vector<InputFileStatus>> ListInputFiles(const Configuration& conf, FileSystems& files) {
  std::vector<std::string> paths = SplitPaths(conf.Get("mapreduce.input.fileinputformat.inputdir", ""));
  if (paths.empty()) return Status(Code::kIOError, "No input paths specified in job");
  ASSIGN_OR_RETURN(bool recursive, conf.GetBool("mapreduce.input.fileinputformat.input.dir.recursive", false));
  std::vector<InputFileStatus> found;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(Location location, files.Resolve(path));
    bool is_pattern = location.path.find_first_of("*?[{") != std::string::npos;
    Result<std::vector<FileStatus>> matches = location.fs->Glob(location.path);
    if (!matches.ok() && matches.code() != Code::kFileNotFound) return std::move(matches).status();
    if (!matches.ok() || matches->empty()) {
      return Status(Code::kInvalidArgument, is_pattern ? "Input Pattern " + location.ToString() + " matches 0 files"
                                                       : "Input path does not exist: " + location.ToString());
    }
    for (FileStatus& match : *matches) {
      if (match.is_directory) {
        RETURN_IF_ERROR(AddFolder(*location.fs, match.path, recursive, found));
      } else {
        Location file{location.fs, match.path};
        found.push_back({std::move(file), std::move(match)});
      }
    }
  }
  return found;
}

Result<std::vector<InputSplit>> SplitInputFiles(const Configuration& conf, FileSystems& files, bool splittable) {
  ASSIGN_OR_RETURN(int64_t size_min, conf.GetInt("mapreduce.input.fileinputformat.split.minsize", 1));
  ASSIGN_OR_RETURN(int64_t size_max, conf.GetInt("mapreduce.input.fileinputformat.split.maxsize", INT64_MAX));
  if (size_max < 1) return Status(Code::kInvalidArgument, "mapreduce.input.fileinputformat.split.maxsize must be positive");
  ASSIGN_OR_RETURN(std::vector<InputFileStatus> inputs, ListInputFiles(conf, files));
  std::vector<InputSplit> splits;
  for (const InputFileStatus& input : inputs) {
    RETURN_IF_ERROR(AddSplits(input, static_cast<uint64_t>(std::max<int64_t>(size_min, 1)), static_cast<uint64_t>(size_max), splittable, splits));
  }
  return splits;
}

}  // namespace tusk::mapreduce
