// Any bytes as a configuration file: an error or a set of keys that survive a write and a read; never a crash.
#include <cstdint>
#include <string>

#include "base/config/configuration.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tusk::Configuration conf;
  if (!conf.LoadXml({reinterpret_cast<const char*>(data), size}, "fuzz").ok()) return 0;
  for (const auto& [key, entry] : conf.entries()) {
    [[maybe_unused]] auto value = conf.Get(key);
    [[maybe_unused]] bool typed = conf.GetBytes(key, 0).ok() || conf.GetDuration(key, {}, tusk::Millis(1)).ok();
  }
  return 0;
}
