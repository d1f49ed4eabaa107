// The test suite of the GPU: every operation beside the CPU's, which is the oracle. Unit tests run it on the emulated GPU,
// tools/gpu_check.sh on a real one. Without gtest: the machine with the GPU may have none.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tusk::ml {

struct CheckReport {
  size_t checks = 0;
  std::vector<std::string> failures;
  std::vector<std::string> notes;  // what could not be tried, and why
};

inline constexpr size_t kDeviceCheckGroups = 13;

// All checks with data from `seed`. `large` adds shapes of more than a few blocks.
CheckReport CheckDevice(uint64_t seed, bool large);

}  // namespace tusk::ml
