// GradientCodec: a vector of floats as fewer bytes, and back. kFloat16: half precision, to nearest even; beyond its range an error.
// kInt8: blocks of 256 values, each with its largest magnitude as a float, then value * 127 / largest to nearest even. kTopK: the k entries
// of largest magnitude (of equal ones the first), as ascending numbers and floats.
// Encoding: u8 codec, u64 length, then the payload, little-endian.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::ml {

enum class GradientCodec : uint8_t { kNone = 0, kFloat16 = 1, kInt8 = 2, kTopK = 3 };

// "none", "fp16", "int8", "topk"; the error lists them.
Result<GradientCodec> GradientCodecOf(const std::string& name);

// `keep` of kTopK is the number of entries, at most the length. NaN or Inf is an error that says where.
Result<std::vector<uint8_t>> EncodeGradient(GradientCodec codec, std::span<const float> values, size_t keep = 0);

// Adds scale * the decoded vector to `sum`. Any bytes are safe: a length or number that does not fit is kCorruption.
Status AddDecodedGradient(ByteView bytes, float scale, std::span<float> sum);

}  // namespace tusk::ml
