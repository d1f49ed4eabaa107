// Local files as a FileSystem, and the FileSystems of a process that has only those.
#pragma once

#include <memory>
#include <string>

#include "base/env/disk.h"
#include "mapreduce/api/file_system.h"

namespace tusk::mapreduce {

std::unique_ptr<FileSystem> MakeLocalFileSystem(Disk& disk);

// A URI cut into its parts; scheme and authority are empty where it has none.
struct PathParts {
  std::string scheme;     // "hdfs"
  std::string authority;  // "nn:8020"
  std::string path;       // "/a/b", "a/b"
};
PathParts CutPath(std::string_view uri);
// "/a//b/./c/../d/" -> "/a/b/d"; relative ones below `working_folder`.
std::string NormalPath(std::string_view path, std::string_view working_folder);

// file: paths only. `working_folder` is absolute.
std::unique_ptr<FileSystems> MakeLocalFileSystems(Disk& disk, std::string working_folder);

}  // namespace tusk::mapreduce
