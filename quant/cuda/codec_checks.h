// The test suite of the GPU's codecs, int8 and fp8 among them: every type, kind of weights, with and without importance, beside EncodeRows and DecodeRows. Unit tests
// run it on the emulated GPU, tools/gpu_check.sh on a real one. Without gtest: the machine with the GPU may have none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tusk::quant {

struct CodecCheckReport {
  size_t checks = 0;
  std::vector<std::string> failures;
};

CodecCheckReport CheckGpuCodecs(uint64_t seed, int64_t rows, int64_t columns);
// The part of it that is int8 and fp8.
void CheckScaledCodecs(uint64_t seed, int64_t rows, int64_t columns, CodecCheckReport& report);

}  // namespace tusk::quant
