// Fuzz: any bytes are a GGUF or safetensors header (which is written and read again to the same), or an error.
#include <cstring>

#include "base/core/check.h"
#include "quant/io/gguf.h"
#include "quant/io/safetensors.h"

namespace {

using namespace tusk;  // NOLINT

void CheckGguf(ByteView bytes) {
  Result<quant::GgufHeader> header = quant::ReadGgufHeader(quant::MemoryRanges("fuzz", bytes));
  if (!header.ok()) return;
  for (const auto& [key, value] : header->metadata) (void)value.ToText();
  Result<std::vector<uint8_t>> written = quant::EncodeGgufHeader(*header);
  TUSK_CHECK(written.ok()) << written.status().ToString();
  // Whole files only where they are small: dimensions are any numbers.
  if (header->data_bytes > (1 << 20)) return;
  written->resize(written->size() + header->data_bytes);
  Result<quant::GgufHeader> again = quant::ReadGgufHeader(quant::MemoryRanges("again", *written));
  TUSK_CHECK(again.ok()) << again.status().ToString();
}

void CheckSafetensors(ByteView bytes) {
  Result<quant::SafetensorsHeader> header = quant::ReadSafetensorsHeader(quant::MemoryRanges("fuzz", bytes));
  if (!header.ok()) return;
  Result<std::vector<uint8_t>> written = quant::EncodeSafetensorsHeader(*header);
  TUSK_CHECK(written.ok()) << written.status().ToString();
  if (header->data_bytes > (1 << 20)) return;
  written->resize(written->size() + header->data_bytes);
  TUSK_CHECK(quant::ReadSafetensorsHeader(quant::MemoryRanges("again", *written)).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  CheckGguf({data, size});
  CheckSafetensors({data, size});
  // With a magic and a right length, so that what lies behind them is reached.
  std::vector<uint8_t> framed = {'G', 'G', 'U', 'F', 3, 0, 0, 0};
  framed.insert(framed.end(), data, data + size);
  CheckGguf(framed);
  if (size == 0) return 0;
  const uint64_t header = std::min<uint64_t>(size - 1, data[0]);
  std::memcpy(framed.data(), &header, 8);
  framed.erase(framed.begin() + 8);
  CheckSafetensors(framed);
  return 0;
}
