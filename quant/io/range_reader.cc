// The one message for files that end too early.
#include "quant/io/range_reader.h"

namespace tusk::quant {

Status TruncatedError(const std::string& name, const std::string& field, uint64_t begin, uint64_t end, uint64_t size) {
  return Status(Code::kCorruption, name + ": truncated: " + field + " wants bytes " + std::to_string(begin) + " to " +
                                       std::to_string(end) + ", the file has " + std::to_string(size));
}

}  // namespace tusk::quant
