// Replica: what a datanode holds of one block. Owned by the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/async/sync.h"
#include "dfs/common/block.h"

namespace tusk::dfs::datanode {

class Volume;

// The numbers are ReplicaStateProto's.
enum class ReplicaState : uint8_t {
  kFinalized = 0,
  kRbw = 1,        // being written by a client's pipeline
  kRwr = 2,        // was being written when the datanode went down; waits for recovery
  kRur = 3,        // under recovery
  kTemporary = 4,  // copied in by a datanode; not reported, wiped at start
};

// A session that writes a replica; whoever wants the replica for itself stops it.
struct WriterHold {
  explicit WriterHold(EventLoop& loop) : ended(loop) {}
  std::function<void()> stop;  // closes the session's connections; the session then ends soon
  AsyncEvent ended;
};

// The last, partial chunk of a replica in the making: its CRC in the .meta changes as it grows, so readers take it here.
struct PartialChunk {
  uint64_t end = 0;  // offset behind its last byte
  uint32_t crc = 0;
};

struct Replica {
  Block block;  // length: bytes that are on disk with their checksums
  ReplicaState state = ReplicaState::kTemporary;
  Volume* volume = nullptr;

  // ---- of replicas that are not finalized ----
  uint64_t bytes_acked = 0;       // visible to readers of an RBW
  uint64_t bytes_reserved = 0;    // of the volume, until finalized
  PartialChunk partial_chunk{};
  std::shared_ptr<WriterHold> writer;  // shared: the session and those who wait for its end
  uint64_t recovery_id = 0;                               // of a kRur
  ReplicaState state_before_recovery = ReplicaState::kRbw;  // of a kRur

  bool is_finalized() const { return state == ReplicaState::kFinalized; }
  // In whose folder its files lie: a kRur's stay where they were.
  ReplicaState home() const { return state == ReplicaState::kRur ? state_before_recovery : state; }
  uint64_t visible_length() const {
    return home() == ReplicaState::kRbw ? bytes_acked : home() == ReplicaState::kTemporary ? 0 : block.length;
  }
};

// Shared: readers and writers keep a replica across waits in which the map may drop it.
using ReplicaPtr = std::shared_ptr<Replica>;

}  // namespace tusk::dfs::datanode
