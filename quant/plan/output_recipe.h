// OutputRecipe: one output file as units that can be made in any order, anywhere, any number of times, to the same bytes. What
// runs them (threads of `tusk quant`, containers of a job) needs to know nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/status.h"

namespace tusk::quant {

// Buffers of one worker, kept between units.
struct UnitScratch {
  std::vector<uint8_t> in;
  std::vector<float> floats;
};

class OutputRecipe {
 public:
  struct Unit {
    uint64_t offset = 0, bytes = 0;  // within the output file; units and header cover it without overlap
    uint64_t in_bytes = 0;           // that are read for it
  };
  virtual ~OutputRecipe() = default;
  // The file's first bytes.
  virtual ByteView header() const = 0;
  virtual uint64_t size() const = 0;
  virtual const std::vector<Unit>& units() const = 0;
  // Of which tensor a unit is, for messages.
  virtual std::string NameOf(size_t unit) const = 0;
  // Makes a unit's bytes; out has its size. Thread-safe.
  virtual Status Run(size_t unit, UnitScratch& scratch, MutableByteView out) const = 0;
};

}  // namespace tusk::quant
