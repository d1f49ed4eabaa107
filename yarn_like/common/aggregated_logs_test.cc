// Goal: logs that a real node manager aggregated are read whole; damaged files end with an error. Method: a file of
// Hadoop 3.4.2, whole, cut at every length and with every byte changed.
#include "yarn_like/common/aggregated_logs.h"

#include <fstream>
#include <map>
#include <sstream>

#include "base/testing/matchers.h"

namespace tusk::yarn {
namespace {

std::string Golden() {
  std::ifstream file(std::string(TUSK_GOLDEN_DIR) + "/yarn/nm/aggregated_logs.tfile");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Result<std::map<std::string, std::string>> ReadLogs(const std::string& bytes) {
  auto read = [&bytes](uint64_t offset, MutableByteView out) -> Result<size_t> {
    if (offset >= bytes.size()) return size_t{0};
    size_t count = std::min(out.size(), bytes.size() - offset);
    std::memcpy(out.data(), bytes.data() + offset, count);
    return count;
  };
  ASSIGN_OR_RETURN(auto reader, AggregatedLogReader::Open(read, bytes.size()));
  std::map<std::string, std::string> logs;
  std::string current;
  AggregatedLogReader::Visitor visitor;
  visitor.wants = [&](std::string_view container, std::string_view file, uint64_t) {
    current = std::string(container) + "/" + std::string(file);
    logs[current];
    return true;
  };
  visitor.on_bytes = [&](ByteView part) {
    logs[current] += AsText(part);
    return Status::Ok();
  };
  visitor.on_end = [] { return Status::Ok(); };
  RETURN_IF_ERROR(reader.Walk(visitor));
  return logs;
}

TEST(AggregatedLogsTest, HadoopsFileIsReadWhole) {
  ASSERT_OK_AND_ASSIGN(auto logs, ReadLogs(Golden()));
  EXPECT_EQ(logs.size(), 10u);
  EXPECT_EQ(logs["container_e01_1795249878960_0001_01_000001/stdout"], "hi\n");
  EXPECT_EQ(logs["container_e01_1795249878960_0001_02_000001/directory.info"].size(), 1383u);
  EXPECT_EQ(logs["container_e01_1795249878960_0001_02_000001/prelaunch.err"], "");
}

TEST(AggregatedLogsTest, DamageEndsWithAnErrorOrOtherText) {
  std::string golden = Golden();
  for (size_t size = 0; size < golden.size(); size += 37) EXPECT_FALSE(ReadLogs(golden.substr(0, size)).ok()) << size;
  for (size_t i = 0; i < golden.size(); ++i) {
    std::string damaged = golden;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x81);
    [[maybe_unused]] auto outcome = ReadLogs(damaged);  // must end
  }
}

TEST(AggregatedLogFolders, BucketIsTheLastFourDigitsOfTheNumber) {
  using Folders = std::vector<std::string>;
  EXPECT_EQ(AggregatedLogFolders("/tmp/logs", "logs", "ann", "application_17_0012"),
            (Folders{"/tmp/logs/ann/bucket-logs-tfile/0012/application_17_0012", "/tmp/logs/ann/logs/application_17_0012"}));
  EXPECT_EQ(AggregatedLogFolders("/l", "s", "bo", "application_17_123456").front(), "/l/bo/bucket-s-tfile/3456/application_17_123456");
}

}  // namespace
}  // namespace tusk::yarn
