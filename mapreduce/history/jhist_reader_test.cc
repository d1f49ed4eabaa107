// History files byte by byte: what our app master and Java's write, and what is cut off.
#include "mapreduce/history/jhist_reader.h"

#include <gtest/gtest.h>

namespace tusk::mapreduce {
namespace {

// Avro's numbers: zigzag, 7 bits to a byte.
std::string Long(int64_t value) {
  uint64_t bits = static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
  std::string out;
  for (; bits >= 0x80; bits >>= 7) out.push_back(static_cast<char>(bits | 0x80));
  out.push_back(static_cast<char>(bits));
  return out;
}
std::string Text(std::string_view text) { return Long(static_cast<int64_t>(text.size())).append(text); }

constexpr std::string_view kSchema =
    R"({"type":"record","name":"Event","fields":[{"name":"type","type":{"type":"enum","name":"EventType","symbols":)"
    R"(["JOB_SUBMITTED","TASK_STARTED","OTHER"]}},{"name":"event","type":[{"type":"record","name":"JobSubmitted","fields":)"
    R"([{"name":"jobid","type":"string"},{"name":"submitTime","type":"long"},{"name":"acls","type":{"type":"map","values":"string"}}]},)"
    R"({"type":"record","name":"TaskStarted","fields":[{"name":"taskid","type":["null","string"]},{"name":"taskType","type":"string"}]}]}]})";

std::string File(const std::string& events) { return "Avro-Binary\n" + std::string(kSchema) + "\n" + events; }

std::string Submitted() {
  return Long(0) + Long(0) + Text("job_1_0001") + Long(77) + Long(1) + Text("VIEW_JOB") + Text("*") + Long(0);
}

TEST(HistoryFile, EventsAreReadByTheFilesOwnSchema) {
  const auto job = ReadHistoryFile(File(Submitted() + Long(1) + Long(1) + Long(1) + Text("task_1_0001_m_000000") + Text("MAP")));
  ASSERT_TRUE(job.ok()) << job.status().ToString();
  EXPECT_EQ(job->id, "job_1_0001");
  EXPECT_EQ(job->submit_ms, 77);
  EXPECT_EQ(job->acls.at("VIEW_JOB"), "*");
  ASSERT_NE(job->FindTask("task_1_0001_m_000000"), nullptr);
  EXPECT_EQ(job->FindTask("task_1_0001_m_000000")->type, "MAP");
}

TEST(HistoryFile, OneThatIsCutOffHoldsWhatCame) {
  const std::string whole = File(Submitted() + Submitted());
  const auto job = ReadHistoryFile(std::string_view(whole).substr(0, whole.size() - 4));
  ASSERT_TRUE(job.ok()) << job.status().ToString();
  EXPECT_EQ(job->id, "job_1_0001");
}

TEST(HistoryFile, WhatIsNoneIsRefused) {
  EXPECT_EQ(ReadHistoryFile("hello\nworld\n").status().code(), Code::kCorruption);
  EXPECT_EQ(ReadHistoryFile("Avro-Binary\n{\n").status().code(), Code::kCorruption);
  // A branch that the union does not have; a list longer than the file is not allocated.
  EXPECT_EQ(ReadHistoryFile(File(Long(0) + Long(9))).status().code(), Code::kCorruption);
  EXPECT_TRUE(ReadHistoryFile(File(Long(0) + Long(0) + Text("job_1_0001") + Long(1) + Long(1 << 23))).ok());
}

TEST(HistoryFile, JsonEventsHaveTheirUnionsTakenOff) {
  const auto job = ReadHistoryFile("Avro-Json\n" + std::string(kSchema) +
                                   "\n{\"type\":\"JOB_SUBMITTED\",\"event\":{\"org.apache.hadoop.mapreduce.jobhistory.JobSubmitted\":"
                                   "{\"jobid\":\"job_1_0002\",\"submitTime\":5,\"acls\":{}}}}\n");
  ASSERT_TRUE(job.ok()) << job.status().ToString();
  EXPECT_EQ(job->id, "job_1_0002");
  EXPECT_EQ(job->submit_ms, 5);
}

}  // namespace
}  // namespace tusk::mapreduce
