// SyncMode, CodecChoice: how far workers may run apart, and in how many bytes a gradient travels; as users write them.
#pragma once

#include <cstdint>
#include <string>

#include "mlkit/compression/gradient_codec.h"

namespace tusk::ml {

enum class Consistency : uint8_t { kBsp, kSsp, kAsp };

struct SyncMode {
  Consistency kind = Consistency::kBsp;
  uint64_t staleness = 0;  // of kSsp: steps that a worker may be ahead of the slowest
};

struct CodecChoice {
  GradientCodec codec = GradientCodec::kNone;
  double share = 1;        // of the entries that kTopK keeps
};

// "bsp", "ssp:S" with S from 0 to 1000000, "asp".
Result<SyncMode> ParseSyncMode(const std::string& text);
// "none", "fp16", "int8", "topk:SHARE" with 0 < SHARE <= 1.
Result<CodecChoice> ParseCodecChoice(const std::string& text);

}  // namespace tusk::ml
