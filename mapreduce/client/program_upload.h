// ProgramUpload: this executable and its libraries in the staging folder, for containers to start. Files there are
// named by digests of what they hold, so that a program is uploaded once, whoever builds it where, and node managers
// keep what they have localized. Programs that nobody has used for a week are removed when another is uploaded.
#pragma once

#include <string>

#include "mapreduce/client/process.h"
#include "mapreduce/packaging/library_closure.h"

namespace tusk::mapreduce {

// Tells what is shipped: tusk.mapreduce.executable.strip (true), tusk.mapreduce.libraries.ship (true),
// tusk.mapreduce.libraries (paths or names of libraries that the program opens by itself).
Result<LibraryClosure> ClosureOfProgram(Process& process, const Configuration& conf);

// Uploads what is missing and puts kExecutableKey, kLibrariesKey and kLoaderKey into `conf`. `own_suffix` differs from
// other clients' that may be uploading the same.
Status UploadProgram(Process& process, FileSystems& files, Configuration& conf, const std::string& own_suffix);

// Writes job.exe and job.lib/ to a local folder: what a container finds. For --tusk-mr-package=FOLDER.
Status WriteProgram(Process& process, const Configuration& conf, const std::string& folder);

}  // namespace tusk::mapreduce
