// What the head of an ELF file says about how it is loaded. Only 64-bit little-endian files of this kind are read; every
// count and length in the file is bounded before it is believed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "base/env/disk.h"

namespace tusk::mapreduce {

struct ElfFile {
  uint16_t machine = 0;
  std::string interpreter;          // the dynamic loader's path; empty: a static program or a library
  std::string soname;
  std::vector<std::string> needed;  // names, as they are looked up
  std::vector<std::string> search;  // folders of DT_RUNPATH, or of DT_RPATH where there is none; may hold $ORIGIN
  bool is_dynamic = false;
  uint64_t file_size = 0;
  // Bytes from the start that loading needs: program headers and segments. What lies behind (symbols, debug
  // information, section headers) can go.
  uint64_t loaded_size = 0;
};

// kCorruption for files that are not ELF or contradict themselves.
Result<ElfFile> ReadElf(File& file);

// The first `loaded_size` bytes make a whole program once these bytes stand at its start: the ELF header without its
// section headers.
inline constexpr size_t kElfHeaderBytes = 64;
Result<std::string> HeaderWithoutSections(File& file);

}  // namespace tusk::mapreduce
