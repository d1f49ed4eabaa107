// Sha256: a digest of bytes that come in pieces; names content.
#pragma once

#include <memory>
#include <string>

#include "base/core/bytes.h"

namespace tusk {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void Update(ByteView bytes);
  // 64 lower-case hex digits. Once.
  std::string Hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tusk
