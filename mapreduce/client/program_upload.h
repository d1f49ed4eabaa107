// ProgramUpload: this executable and its libraries in the staging folder, for containers to start. Files there are
// named by digests of what they hold, so that a program is uploaded once, whoever builds it where, and node managers
// keep what they have localized. Programs that nobody has used for a week are removed when another is uploaded.
#pragma once

#include <string>
#include <vector>

#include "mapreduce/client/process.h"
#include "mapreduce/packaging/library_closure.h"

namespace tusk::mapreduce {

// Tells what is shipped: tusk.mapreduce.executable.strip (true), tusk.mapreduce.libraries.ship (true),
// tusk.mapreduce.libraries (paths or names of libraries that the program opens by itself).
Result<LibraryClosure> ClosureOfProgram(Process& process, const Configuration& conf);

// Uploads what is missing and puts kExecutableKey, kLibrariesKey and kLoaderKey into `conf`. `own_suffix` differs from
// other clients' that may be uploading the same.
Status UploadProgram(Process& process, FileSystems& files, Configuration& conf, const std::string& own_suffix);

// A further program of the user's, for containers to find as `name` in their working folders (with `name`.lib beside it, where
// it has libraries): listed in `conf` as a cache file. Scripts go as they are. Gives the words that start it there.
Result<std::vector<std::string>> UploadCompanion(Process& process, FileSystems& files, Configuration& conf, const std::string& path,
                                                 const std::string& name, const std::string& own_suffix);
// A library that the job's program opens as `name` in its working folder; what it needs goes with the program's libraries: call
// this before UploadProgram.
Status UploadCompanionLibrary(Process& process, FileSystems& files, Configuration& conf, const std::string& path,
                              const std::string& name, const std::string& own_suffix);

// Writes job.exe and job.lib/ to a local folder: what a container finds. For --tusk-mr-package=FOLDER.
Status WriteProgram(Process& process, const Configuration& conf, const std::string& folder);

}  // namespace tusk::mapreduce
