// How a broken invariant ends the process: one line on standard error, then abort (a core if the system keeps them).
#include "base/core/check.h"

#include <unistd.h>

#include <cstdlib>

namespace tusk::internal {

CheckFailure::CheckFailure(const char* file, int line, const char* condition) {
  text_ << "FATAL " << file << ":" << line << " check failed: " << condition << " ";
}

CheckFailure::~CheckFailure() {
  text_ << "\n";
  std::string line = text_.str();
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  std::abort();
}

}  // namespace tusk::internal
