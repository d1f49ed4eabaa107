// The codecs' kernels on the emulated GPU: the bytes of EncodeRows, the bits of DecodeRows.
#include <gtest/gtest.h>

#include "quant/cuda/codec_checks.h"

namespace tusk::quant {
namespace {

TEST(GpuCodecs, HaveTheBytesOfTheCpu) {
  const CodecCheckReport report = CheckGpuCodecs(1, 3, 768);
  EXPECT_GT(report.checks, 450U);
  for (const std::string& failure : report.failures) ADD_FAILURE() << failure;
}

}  // namespace
}  // namespace tusk::quant
