// Whole files at once, for tests.
#pragma once

#include <string>

#include "base/async/task.h"
#include "dfs/client/file_system.h"

namespace tusk::dfs {

// Creates the file, writes `bytes` in pieces of `step` and closes it.
Task<Status> WriteWholeFile(FileSystem& fs, std::string path, std::string bytes, size_t step = 64 << 10);
// Sets `bytes` to all that could be read, also where that ends with an error.
Task<Status> ReadWholeFile(FileSystem& fs, std::string path, std::string* bytes, size_t step = 10'000);

}  // namespace tusk::dfs
