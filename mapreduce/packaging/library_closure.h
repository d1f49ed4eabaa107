// LibraryClosure: a program with everything that its dynamic loader maps, the loader itself among it, so that it runs
// on a machine that has none of it.
//
// What a library's name means was decided by this machine's loader when the program started (run paths, LD_LIBRARY_PATH,
// ld.so.cache, processor variants), so the closure begins with what the running program has mapped instead of looking
// names up a second time. The ELF files are then read to check that each name in them is met, to add what was not
// mapped (name services, libraries that the user lists) with its own needs, and to leave out symbols.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "base/env/disk.h"

namespace tusk::mapreduce {

// A file as it is shipped: its first `keep` bytes, with `header` instead of the first of them (empty: as they are).
struct PackedFile {
  std::string path;
  uint64_t keep = 0;
  std::string header;
};

struct LibraryClosure {
  PackedFile program;
  std::string loader;                          // its name in `libraries`; empty: a static program
  std::map<std::string, PackedFile> libraries;  // by the name that the loader looks for
};

struct ClosureOptions {
  std::vector<std::string> loaded = {};  // paths of the mapped libraries
  std::vector<std::string> more = {};    // paths, or names to be found beside the mapped ones
  bool strip = true;
};

Result<LibraryClosure> MakeLibraryClosure(Disk& disk, const std::string& program, const ClosureOptions& options);

// Reads what is shipped of `file` in pieces.
Status ReadPacked(Disk& disk, const PackedFile& file, const std::function<Status(ByteView piece)>& take);
// Changes when a byte that is shipped does: of the program alone, of all libraries with their names.
Result<std::string> DigestOf(Disk& disk, const PackedFile& file);
Result<std::string> DigestOfLibraries(Disk& disk, const LibraryClosure& closure);

}  // namespace tusk::mapreduce
