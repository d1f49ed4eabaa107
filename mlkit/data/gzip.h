// Gunzip: a whole gzip file (any number of members) into memory.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "mlkit/data/byte_source.h"

namespace tusk::ml {

// Beyond this a data set should be stored uncompressed, so that it can be cut into shards.
inline constexpr uint64_t kGunzippedMax = uint64_t{4} << 30;

bool LooksGzipped(ByteView start);
// The error names `what` and says whether the file ends early, or is damaged, and where.
Result<std::vector<uint8_t>> Gunzip(ByteSource& source, std::string_view what, uint64_t bytes_max = kGunzippedMax);

}  // namespace tusk::ml
