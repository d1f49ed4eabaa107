// Goal: the error table reads the same in both directions, and Status keeps what it was given.
#include "base/core/status.h"

#include <cerrno>
#include <set>

#include "base/testing/matchers.h"

namespace tusk {
namespace {

const Code kAllCodes[] = {
#define ERROR(name, java_class, retry, http_status) Code::k##name,
#include "base/core/error_codes.def"
#undef ERROR
};

TEST(StatusTest, EveryJavaClassDecodesToTheFirstRowThatCarriesIt) {
  std::set<std::string_view> seen;
  for (Code code : kAllCodes) {
    std::string_view java_class = JavaClassOf(code);
    ASSERT_FALSE(java_class.empty()) << NameOf(code);
    if (seen.insert(java_class).second) {
      EXPECT_EQ(NameOf(CodeOfJavaClass(java_class)), NameOf(code));
    }
    EXPECT_GE(WebHdfsStatusOf(code), 400);
  }
}

TEST(StatusTest, AnUnknownJavaClassIsRemoteAndKept) {
  Status status = Status::FromJava("com.example.OddException", "odd");
  EXPECT_EQ(status.code(), Code::kRemote);
  EXPECT_EQ(status.java_class(), "com.example.OddException");
  EXPECT_EQ(status.ToString(), "com.example.OddException: odd");
}

TEST(StatusTest, ErrnoNamesOperationSubjectAndReason) {
  Status status = Status::FromErrno(ENOENT, "open", "/nope");
  EXPECT_EQ(status.code(), Code::kFileNotFound);
  EXPECT_EQ(status.error_number(), ENOENT);
  EXPECT_EQ(status.message(), "open /nope: No such file or directory");
}

TEST(StatusTest, ContextGoesInFrontAndLeavesTheOriginalAlone) {
  Status status(Code::kCorruption, "bad checksum");
  EXPECT_EQ(status.WithContext("edits_1").message(), "edits_1: bad checksum");
  EXPECT_EQ(status.message(), "bad checksum");
  EXPECT_TRUE(Status::Ok().WithContext("x").ok());
}

Result<int> Half(int number) {
  if (number % 2 != 0) return Status(Code::kInvalidArgument, "odd");
  return number / 2;
}
Result<int> Quarter(int number) {
  ASSIGN_OR_RETURN(int half, Half(number));
  return Half(half);
}

TEST(ResultTest, AssignOrReturnPassesTheErrorOn) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_STATUS(Code::kInvalidArgument, Quarter(6));
}

TEST(ResultDeathTest, ReadingTheValueOfAnErrorEndsTheProcessWithItsText) {
  EXPECT_DEATH({ [[maybe_unused]] int value = *Half(3); }, "InvalidArgument: odd");
}

}  // namespace
}  // namespace tusk
