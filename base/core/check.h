// TUSK_CHECK(condition) << context: a broken invariant ends the process with the place and the context, in every
// build. TUSK_DCHECK is for conditions too costly to test in a release.
#pragma once

#include <sstream>

namespace tusk::internal {

class CheckFailure {
 public:
  CheckFailure(const char* file, int line, const char* condition);
  [[noreturn]] ~CheckFailure();
  template <typename T>
  CheckFailure& operator<<(const T& part) {
    text_ << part;
    return *this;
  }

 private:
  std::ostringstream text_;
};

struct Voidify {
  void operator&(const CheckFailure&) const {}
};

}  // namespace tusk::internal

#define TUSK_CHECK(condition)  \
  (__builtin_expect(!!(condition), 1)) \
      ? (void)0                \
      : ::tusk::internal::Voidify() & ::tusk::internal::CheckFailure(__FILE__, __LINE__, #condition)

#ifdef NDEBUG
#define TUSK_DCHECK(condition) TUSK_CHECK(true || (condition))
#else
#define TUSK_DCHECK(condition) TUSK_CHECK(condition)
#endif
