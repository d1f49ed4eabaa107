// ServerMessage: what workers and parameter servers say to each other. kFence is answered (with no values) once all workers have ended
// as many steps as its sender. A list of keys travels once: both ends keep the last
// kKeyListsKept lists of a worker in the same order (KeyListCache), so later messages name it by its hash.
// Encoding, little-endian: u8 kind, u8 keys (0 range, 1 named, 2 listed), u16 steps, u32 worker, u64 round, u64 step, u32 lane, f32 rate,
// f32 weight, u32 key count, u64 key hash, u64 payload length; then the listed keys (u32 each) and the payload.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::ml {

inline constexpr size_t kKeyListsKept = 16;

struct ServerMessage {
  enum class Kind : uint8_t { kPush = 1, kTick, kPull, kFence, kValues, kRefused };
  enum class Keys : uint8_t { kRange, kNamed, kListed };

  Kind kind = Kind::kTick;
  Keys keys = Keys::kRange;            // kRange: all of the server
  uint32_t worker = 0;
  uint64_t round = 0;
  uint64_t step = 0;
  uint16_t steps = 1;                  // kPull, kTick: this one and the following ones, taken as one
  uint32_t lane = 0;                   // kPush: where its gradient comes from
  float rate = 0;                      // kPush, kTick
  float weight = 0;                    // kPush: sum of its rows' weights
  uint64_t hash = 0;                   // of the keys, unless kRange
  std::vector<uint32_t> list;          // kListed: ascending
  std::vector<uint8_t> payload;        // kPush: an encoded gradient; kValues: floats; kRefused: text
};

std::vector<uint8_t> EncodeServerMessage(const ServerMessage& message);
// Any bytes are safe.
Result<ServerMessage> DecodeServerMessage(ByteView bytes);

uint64_t HashOfKeys(std::span<const uint32_t> keys);

class KeyListCache {
 public:
  struct Entry {
    uint64_t hash;
    std::vector<uint32_t> keys;
  };
  const std::vector<uint32_t>* Find(uint64_t hash) const {
    for (const Entry& entry : entries_) {
      if (entry.hash == hash) return &entry.keys;
    }
    return nullptr;
  }
  // Forgets the oldest if there are too many.
  const std::vector<uint32_t>& Add(uint64_t hash, std::vector<uint32_t> keys) {
    if (entries_.size() == kKeyListsKept) entries_.pop_front();
    entries_.push_back({hash, std::move(keys)});
    return entries_.back().keys;
  }

 private:
  std::deque<Entry> entries_;
};

}  // namespace tusk::ml
