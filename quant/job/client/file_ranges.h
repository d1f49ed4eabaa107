// Model files on local disks and on hdfs://, for the readers of quant/io, through mapreduce's file systems.
#pragma once

#include <memory>

#include "mapreduce/api/file_system.h"
#include "quant/io/range_reader.h"

namespace tusk::quant {

// `files` lives longer.
std::unique_ptr<RangeFiles> MakeFileRanges(mapreduce::FileSystems& files);
// Path, length and time of modification of a file, or of all in a folder: what tells inputs apart.
Result<std::string> IdentityOfFiles(mapreduce::FileSystems& files, const std::string& path);

}  // namespace tusk::quant
