// Keys of the namespace's records in the record store (docs/formats/namespace.md):
//   'i' parent id (8 bytes, big-endian) name with each byte's top bit flipped  -> inode record
//   'n' inode id (8)                                                          -> parent id (8), name
//   'b' block id (8, sign bit flipped)                                        -> inode id, stamp, length, replication
//   'u' inode id (8)                                                          -> nothing: the file is under construction
//   'q' inode id (8)                                                          -> nothing: the directory has a quota
//   't' sequence number (4), 'k' key number (4)                               -> dfs/namenode/security's
//   'm' "counters"                                                            -> Counters
// Hadoop sorts names as signed bytes, hence the flipped bit: a scan gives children in the order of getListing.
#pragma once

#include <string>
#include <string_view>

#include "dfs/namenode/namespace/inode.h"
#include "dfs/namenode/store/coding.h"

namespace tusk::dfs {

inline void FlipTopBits(std::string& key, size_t from) {
  for (size_t i = from; i < key.size(); ++i) key[i] = static_cast<char>(key[i] ^ '\x80');
}

inline std::string ChildKey(InodeId parent, std::string_view name) {
  std::string key;
  key.reserve(9 + name.size());
  key.push_back('i');
  AppendBigEndian(key, static_cast<uint64_t>(parent));
  key.append(name);
  FlipTopBits(key, 9);
  return key;
}
inline std::string NameOfChildKey(std::string_view key) {
  std::string name(key.substr(9));
  FlipTopBits(name, 0);
  return name;
}
// The first key after every child of `parent`.
inline std::string EndOfChildren(InodeId parent) { return ChildKey(parent + 1, ""); }

inline std::string IdKey(char kind, InodeId id) {
  std::string key(1, kind);
  AppendBigEndian(key, static_cast<uint64_t>(id));
  return key;
}
inline std::string NodeKey(InodeId id) { return IdKey('n', id); }
inline std::string OpenFileKey(InodeId id) { return IdKey('u', id); }
inline std::string QuotaKey(InodeId id) { return IdKey('q', id); }
// Sorted as signed numbers.
inline std::string BlockKey(int64_t block_id) { return IdKey('b', block_id ^ INT64_MIN); }
inline int64_t IdOfKey(std::string_view key) {
  return static_cast<int64_t>(LoadBigEndian<uint64_t>(reinterpret_cast<const uint8_t*>(key.data()) + 1));
}
inline int64_t BlockIdOfKey(std::string_view key) { return IdOfKey(key) ^ INT64_MIN; }
inline constexpr std::string_view kCountersKey = "mcounters";

}  // namespace tusk::dfs
