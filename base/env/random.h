// Randomness, injected so that a simulation replays from its seed.
#pragma once

#include <cstdint>
#include <string>

#include "base/core/bytes.h"

namespace tusk {

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t Next64() = 0;
  // Uniform in [0, bound); bound > 0.
  uint64_t Below(uint64_t bound) { return Next64() % bound; }
  // Cryptographically strong in the real Env: keys, tokens, nonces. Thread-safe.
  virtual void FillSecure(MutableByteView out) = 0;
  // "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx", as java.util.UUID.randomUUID prints it.
  std::string Uuid();
};

}  // namespace tusk
