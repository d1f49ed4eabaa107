// The two forms of a block list in a full report (StorageBlockReportProto): varint buffers of Hadoop 2.7 and newer, and
// the older list of longs. Wire: hdfs-wire §4.2.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "dfs/namenode/blocks/block_types.h"

namespace tusk::dfs {

// `chunks` are pieces of one byte string, cut anywhere; `count` is what the sender says it holds. kIOError where they
// do not agree.
Result<std::vector<ReportedReplica>> DecodeBlockBuffers(std::span<const ByteView> chunks, uint64_t count);
Result<std::vector<ReportedReplica>> DecodeBlockLongs(std::span<const uint64_t> longs);

// For tests and for our own clients of the protocol.
std::string EncodeBlockBuffer(std::span<const ReportedReplica> replicas);

}  // namespace tusk::dfs
