// Any text as what users write behind sync= and codec=; what is accepted is within the bounds that the headers promise.
#include "base/core/check.h"
#include "mlkit/parameter_server/sync_mode.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto sync = tusk::ml::ParseSyncMode(text);
  TUSK_CHECK(!sync.ok() || sync->staleness <= 1'000'000);
  const auto codec = tusk::ml::ParseCodecChoice(text);
  TUSK_CHECK(!codec.ok() || (codec->share > 0 && codec->share <= 1));
  return 0;
}
