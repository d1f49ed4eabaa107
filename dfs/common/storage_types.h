// Kinds of storage by name: the numbers are the wire's (StorageTypeProto).
#pragma once

#include <algorithm>
#include <cctype>
#include <string>

namespace tusk::dfs {

constexpr int kStorageTypeMax = 6;

// "DISK", "SSD"; "?" for what is none.
inline const char* StorageTypeName(int type) {
  constexpr const char* kNames[] = {"?", "DISK", "SSD", "ARCHIVE", "RAM_DISK", "PROVIDED", "NVDIMM"};
  return kNames[type >= 1 && type <= kStorageTypeMax ? type : 0];
}

// 0 for an unknown name; in any case of letters.
inline int StorageTypeOf(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  for (int type = 1; type <= kStorageTypeMax; ++type) {
    if (name == StorageTypeName(type)) return type;
  }
  return 0;
}

}  // namespace tusk::dfs
