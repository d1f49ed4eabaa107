// AuditLog: every line arrives, in order, in the file and in memory; files roll over.
#include "base/log/audit_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tusk {
namespace {

class AuditLogTest : public ::testing::Test {
 protected:
  AuditLogTest() : folder_(std::filesystem::temp_directory_path() / ("audit-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~AuditLogTest() override { std::filesystem::remove_all(folder_); }
  std::string Path() const { return folder_ / "x.log"; }
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::filesystem::path folder_;
};

TEST_F(AuditLogTest, LinesHaveTimeLevelAndTitle) {
  {
    AuditLog log({.path = Path(), .title = "X.audit"});
    log.AppendText(1'700'000'000'007, false, "a");
    log.AppendText(1'700'000'000'008, true, "b");
  }
  const std::string text = Read(Path());
  EXPECT_NE(text.find(",007 INFO X.audit: a\n"), std::string::npos) << text;
  EXPECT_NE(text.find(",008 WARN X.audit: b\n"), std::string::npos) << text;
}

TEST_F(AuditLogTest, ASmallQueueLosesNothingAndKeepsTheNewestInMemory) {
  AuditLog log({.path = Path(), .title = "X", .queue_max = 4, .lines_kept = 10});
  for (int i = 0; i < 1000; ++i) log.AppendText(i, false, "line " + std::to_string(i));
  log.Flush();
  EXPECT_EQ(log.last_number(), 1000u);
  auto page = log.Recent(1, 3);
  EXPECT_EQ(page.total, 10u);
  ASSERT_EQ(page.lines.size(), 3u);
  EXPECT_EQ(page.lines[0].text, "line 998");
  EXPECT_EQ(log.Recent(0, 10, [](const AuditLog::Line& line) { return line.text.find("995") != std::string::npos; }).total, 1u);
  const std::string text = Read(Path());
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1000);
}

TEST_F(AuditLogTest, FilesRollOverAndTheOldestGoes) {
  {
    AuditLog log({.path = Path(), .title = "X", .file_bytes_max = 100, .files_max = 2});
    for (int i = 0; i < 12; ++i) {
      log.AppendText(0, false, "line " + std::to_string(i));
      log.Flush();
    }
  }
  EXPECT_NE(Read(Path()).find("line 11"), std::string::npos);
  EXPECT_NE(Read(Path() + ".1").find("line 8"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(Path() + ".2"));
  EXPECT_FALSE(std::filesystem::exists(Path() + ".3"));
}

TEST_F(AuditLogTest, AFolderThatIsGoneIsCountedAndLinesStayInMemory) {
  AuditLog log({.path = folder_ / "no" / "x.log", .title = "X"});
  log.AppendText(0, false, "a");
  log.Flush();
  EXPECT_EQ(log.unwritten(), 1u);
  EXPECT_EQ(log.Recent(0, 1).total, 1u);
}

TEST(EscapeJava, IsAsCommonsLangs) {
  EXPECT_EQ(EscapeJava("/a b/c"), "/a b/c");
  EXPECT_EQ(EscapeJava("t\tq\"b\\n\n"), "t\\tq\\\"b\\\\n\\n");
  EXPECT_EQ(EscapeJava("\xc3\xa4\xf0\x9f\x98\x80\x01"), "\\u00E4\\uD83D\\uDE00\\u0001");
  EXPECT_EQ(EscapeJava("\xff"), "\\uFFFD");
}

}  // namespace
}  // namespace tusk
