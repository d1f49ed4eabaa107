// The bytes of an edit log segment: a header, then frames. A frame is what one group commit wrote and synced at once;
// its checksum covers all of it, seeded by the segment's salt, so neither a stale nor a planted frame passes.
// docs/formats/editlog.md is the reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "dfs/namenode/store/record_store.h"

namespace tusk::dfs {

// Raised when an older namenode would misread the log.
inline constexpr uint32_t kEditLogLevel = 1;
inline constexpr size_t kSegmentHeaderBytes = 64;
inline constexpr size_t kFrameHeaderBytes = 24;
inline constexpr size_t kFramePayloadBytesMax = 64 << 20;

struct SegmentHeader {
  uint32_t level = kEditLogLevel;
  uint32_t namespace_id = 0;
  uint64_t epoch = 0;  // of the namenode that wrote it; grows with each start
  Txid first_txid = 0;
  uint64_t salt = 0;
};

// kSegmentHeaderBytes bytes.
std::string EncodeSegmentHeader(const SegmentHeader& header);
// kCorruption if these are no header, kIncorrectVersion with clear words for a newer level.
Result<SegmentHeader> DecodeSegmentHeader(std::string_view bytes, const std::string& path);

struct Frame {
  Txid first_txid = 0;
  uint32_t record_count = 0;
  std::string_view payload;  // records one after another
};

void AppendFrame(std::string& to, const SegmentHeader& segment, const Frame& frame);
// The frame at the start of `bytes`; nothing if none stands there whole.
std::optional<Frame> DecodeFrame(std::string_view bytes, const SegmentHeader& segment);

// "edits_0000000000000000001"
std::string SegmentName(Txid first_txid);
// The first txid in a segment's name; nothing for other names.
std::optional<Txid> ParseSegmentName(std::string_view name);

}  // namespace tusk::dfs
