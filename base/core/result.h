// Result<T>: a T or the Status that says why there is none. The macros below are the only ones for passing errors
// on; the CO_ ones are for coroutines.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "base/core/check.h"
#include "base/core/status.h"

namespace tusk {

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(Status status) : status_(std::move(status)) {  // NOLINT(google-explicit-constructor)
    TUSK_CHECK(!status_.ok()) << "a Result made of an OK status needs a value";
  }
  template <typename U = T>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Status>)
  Result(U&& value) : value_(std::forward<U>(value)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return value_.has_value(); }
  const Status& status() const& { return status_; }
  Status&& status() && { return std::move(status_); }
  Code code() const { return status_.code(); }

  T& value() & {
    TUSK_CHECK(ok()) << status_.ToString();
    return *value_;
  }
  const T& value() const& {
    TUSK_CHECK(ok()) << status_.ToString();
    return *value_;
  }
  T&& value() && {
    TUSK_CHECK(ok()) << status_.ToString();
    return std::move(*value_);
  }
  T value_or(T otherwise) && { return ok() ? std::move(*value_) : std::move(otherwise); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  Status status_;
  std::optional<T> value_;
};

namespace internal {
inline Status&& TakeStatus(Status&& status) { return std::move(status); }
inline Status TakeStatus(const Status& status) { return status; }
template <typename T>
Status TakeStatus(Result<T>&& result) {
  return std::move(result).status();
}
template <typename T>
Status TakeStatus(const Result<T>& result) {
  return result.status();
}
}  // namespace internal
}  // namespace tusk

#define TUSK_CONCAT_INNER(a, b) a##b
#define TUSK_CONCAT(a, b) TUSK_CONCAT_INNER(a, b)

// RETURN_IF_ERROR(expression giving Status or Result);
#define RETURN_IF_ERROR(...)                                                       \
  do {                                                                             \
    if (auto tusk_status = (__VA_ARGS__); !tusk_status.ok())                       \
      return ::tusk::Status(::tusk::internal::TakeStatus(std::move(tusk_status))); \
  } while (false)
#define CO_RETURN_IF_ERROR(...)                                                       \
  do {                                                                                \
    if (auto tusk_status = (__VA_ARGS__); !tusk_status.ok())                          \
      co_return ::tusk::Status(::tusk::internal::TakeStatus(std::move(tusk_status))); \
  } while (false)

// ASSIGN_OR_RETURN(auto name, expression giving Result<T>);
#define TUSK_ASSIGN_OR(return_word, result, declaration, ...)             \
  auto result = (__VA_ARGS__);                                            \
  if (!result.ok()) return_word ::tusk::Status(std::move(result).status()); \
  declaration = std::move(result).value()
#define ASSIGN_OR_RETURN(declaration, ...) \
  TUSK_ASSIGN_OR(return, TUSK_CONCAT(tusk_result_, __LINE__), declaration, __VA_ARGS__)
#define CO_ASSIGN_OR_RETURN(declaration, ...) \
  TUSK_ASSIGN_OR(co_return, TUSK_CONCAT(tusk_result_, __LINE__), declaration, __VA_ARGS__)
