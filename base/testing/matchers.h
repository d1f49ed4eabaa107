// gtest words for Status and Result.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/core/result.h"

namespace tusk {

inline const Status& StatusOf(const Status& status) { return status; }
template <typename T>
const Status& StatusOf(const Result<T>& result) {
  return result.status();
}
inline void PrintTo(const Status& status, std::ostream* out) { *out << status.ToString(); }

}  // namespace tusk

#define TUSK_EXPECT_OK(severity, ...)                                      \
  do {                                                                     \
    auto&& tusk_outcome = (__VA_ARGS__);                                   \
    severity##_TRUE(tusk_outcome.ok()) << ::tusk::StatusOf(tusk_outcome).ToString(); \
  } while (false)
#define EXPECT_OK(...) TUSK_EXPECT_OK(EXPECT, __VA_ARGS__)
#define ASSERT_OK(...) TUSK_EXPECT_OK(ASSERT, __VA_ARGS__)
// EXPECT_STATUS(Code::kFileNotFound, expression);
#define EXPECT_STATUS(expected, ...)                                            \
  do {                                                                          \
    auto&& tusk_outcome = (__VA_ARGS__);                                        \
    EXPECT_EQ(::tusk::NameOf(::tusk::StatusOf(tusk_outcome).code()), ::tusk::NameOf(expected)) \
        << ::tusk::StatusOf(tusk_outcome).ToString();                           \
  } while (false)
// ASSERT_OK_AND_ASSIGN(auto value, expression giving Result<T>);
#define ASSERT_OK_AND_ASSIGN(declaration, ...) \
  ASSERT_OK_AND_ASSIGN_INNER(TUSK_CONCAT(tusk_result_, __LINE__), declaration, __VA_ARGS__)
#define ASSERT_OK_AND_ASSIGN_INNER(result, declaration, ...)  \
  auto result = (__VA_ARGS__);                                \
  ASSERT_TRUE(result.ok()) << result.status().ToString();     \
  declaration = std::move(result).value()
