// The pieces of a SentencePiece model (a protobuf message, of which only the pieces matter here).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::quant {

struct SentencePiece {
  std::string text;
  float score = 0;
  int32_t type = 1;  // 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte; GGUF's token types are the same
};

// `what` begins messages.
Result<std::vector<SentencePiece>> ReadSentencePieces(ByteView bytes, const std::string& what);

}  // namespace tusk::quant
