// The edit log read back: whole, torn at every byte, damaged in the middle, of a newer level, with segments missing.
#include "base/sim/sim_disk.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "dfs/namenode/editlog/edit_log_reader.h"
#include "dfs/namenode/editlog/edit_log_writer.h"

namespace tusk::dfs {
namespace {

constexpr uint32_t kNamespace = 42;

EditRecord MakeRecord(Txid txid) {
  EditRecord record;
  record.txid = txid;
  record.wall_ms = 1'700'000'000'000 + txid;
  record.operation = "mkdirs";
  record.client_id = "0123456789abcdef";
  record.call_id = static_cast<int32_t>(txid);
  record.response = "r" + std::to_string(txid);
  record.changes = {{"key" + std::to_string(txid), "value"}, {"gone", std::nullopt}};
  return record;
}

class EditLogTest : public testing::Test {
 protected:
  EditLogTest() : disk_(std::make_unique<sim::SimDisk>(world_.clock())) { EXPECT_OK(disk_->MakeDirs("/log", 0700)); }
  std::unique_ptr<EditLogWriter> Writer(uint64_t epoch = 1, size_t preallocate = 0) {
    return std::make_unique<EditLogWriter>(*disk_, "/log", EditLogOptions{kNamespace, epoch, preallocate},
                                           world_.env().random);
  }
  // One frame of records [first, last].
  Status Write(EditLogWriter& writer, Txid first, Txid last) {
    std::string payload;
    for (Txid txid = first; txid <= last; ++txid) {
      EditRecord record = MakeRecord(txid);
      AppendEditRecord(payload, record, record.changes);
    }
    return writer.Append(Frame{first, static_cast<uint32_t>(last - first + 1), payload});
  }
  Result<ReplayOutcome> Read(Txid from = 1) {
    seen_.clear();
    return ReadEditLog(*disk_, "/log", kNamespace, from, [this](EditRecord&& record) {
      seen_.push_back(std::move(record));
      return Status::Ok();
    });
  }
  std::string Content(Txid first) { return *disk_->ReadFile("/log/" + SegmentName(first)); }
  void Overwrite(Txid first, const std::string& content) {
    ASSERT_OK_AND_ASSIGN(auto file, disk_->Open("/log/" + SegmentName(first), OpenMode::kCreateTruncate));
    ASSERT_OK(file->WriteAt(0, AsBytes(content)));
  }

  RealWorld world_;
  std::unique_ptr<sim::SimDisk> disk_;
  std::vector<EditRecord> seen_;
};

TEST_F(EditLogTest, GivesBackWhatWasWrittenAcrossSegments) {
  auto writer = Writer(1, 4096);
  ASSERT_OK(writer->StartSegment(1));
  ASSERT_OK(Write(*writer, 1, 3));
  ASSERT_OK(Write(*writer, 4, 4));
  ASSERT_OK(writer->StartSegment(5));
  ASSERT_OK(Write(*writer, 5, 9));
  ASSERT_OK_AND_ASSIGN(ReplayOutcome outcome, Read());
  EXPECT_EQ(outcome.last_txid, 9);
  EXPECT_EQ(outcome.torn_bytes, 0u);
  ASSERT_EQ(seen_.size(), 9u);
  for (Txid txid = 1; txid <= 9; ++txid) {
    const EditRecord& record = seen_[static_cast<size_t>(txid - 1)];
    EXPECT_EQ(record.txid, txid);
    EXPECT_EQ(record.response, "r" + std::to_string(txid));
    EXPECT_EQ(record.changes.at(0).key, "key" + std::to_string(txid));
    EXPECT_FALSE(record.changes.at(1).value.has_value());
  }
}

TEST_F(EditLogTest, TailTornAtAnyByteLeavesTheGroupsBefore) {
  auto writer = Writer();
  ASSERT_OK(writer->StartSegment(1));
  ASSERT_OK(Write(*writer, 1, 2));
  size_t whole = writer->segment_bytes();
  ASSERT_OK(Write(*writer, 3, 6));
  std::string content = Content(1);
  for (size_t cut = whole; cut < content.size(); ++cut) {
    Overwrite(1, content.substr(0, cut));
    ASSERT_OK_AND_ASSIGN(ReplayOutcome outcome, Read());
    EXPECT_EQ(outcome.last_txid, 2) << cut;
    EXPECT_EQ(outcome.torn_bytes, cut - whole);
    // Zeros in place of what is lost: a file system that grew the file first.
    std::string zeroed = content.substr(0, cut);
    zeroed.resize(content.size() + 100, '\0');
    Overwrite(1, zeroed);
    ASSERT_OK_AND_ASSIGN(outcome, Read());
    EXPECT_EQ(outcome.last_txid, 2) << cut;
  }
}

TEST_F(EditLogTest, EveryFlippedByteBeforeTheLastGroupIsRefusedWithPlaceAndRemedy) {
  auto writer = Writer();
  ASSERT_OK(writer->StartSegment(1));
  ASSERT_OK(Write(*writer, 1, 2));
  size_t first_group_end = writer->segment_bytes();
  ASSERT_OK(Write(*writer, 3, 3));
  std::string content = Content(1);
  for (size_t at = kSegmentHeaderBytes; at < first_group_end; ++at) {
    std::string damaged = content;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    Overwrite(1, damaged);
    Result<ReplayOutcome> outcome = Read();
    ASSERT_EQ(outcome.code(), Code::kCorruption) << at;
    EXPECT_NE(outcome.status().message().find("txid 1 in /log/edits_0000000000000000001"), std::string_view::npos);
    EXPECT_NE(outcome.status().message().find("Restore"), std::string_view::npos);
  }
}

TEST_F(EditLogTest, MissingSegmentIsRefused) {
  auto writer = Writer();
  for (Txid first : {1, 11, 21}) {
    ASSERT_OK(writer->StartSegment(first));
    ASSERT_OK(Write(*writer, first, first + 9));
  }
  ASSERT_OK(disk_->RemoveFile("/log/" + SegmentName(11)));
  Result<ReplayOutcome> outcome = Read();
  EXPECT_STATUS(Code::kCorruption, outcome);
  EXPECT_NE(outcome.status().message().find("lacks txid 11 to 20"), std::string_view::npos) << outcome.status().message();
  EXPECT_OK(Read(21));  // all of it is below the marker
  ASSERT_OK(disk_->RemoveFile("/log/" + SegmentName(1)));
  EXPECT_STATUS(Code::kCorruption, Read(15));
}

TEST_F(EditLogTest, TornTailOfAnOlderRunIsFollowedByTheNextSegment) {
  auto writer = Writer(1);
  ASSERT_OK(writer->StartSegment(1));
  ASSERT_OK(Write(*writer, 1, 2));
  ASSERT_OK(Write(*writer, 3, 3));
  std::string content = Content(1);
  Overwrite(1, content.substr(0, content.size() - 5));
  auto next = Writer(2);
  ASSERT_OK(next->StartSegment(3));
  ASSERT_OK(Write(*next, 3, 4));
  ASSERT_OK_AND_ASSIGN(ReplayOutcome outcome, Read());
  EXPECT_EQ(outcome.last_txid, 4);
  EXPECT_EQ(outcome.epoch_max, 2u);
}

TEST_F(EditLogTest, SegmentThatWasBeingMadeCountsAsEmpty) {
  auto writer = Writer();
  ASSERT_OK(writer->StartSegment(1));
  ASSERT_OK(Write(*writer, 1, 2));
  Overwrite(3, std::string("TUSKED"));
  ASSERT_OK_AND_ASSIGN(ReplayOutcome outcome, Read());
  EXPECT_EQ(outcome.last_txid, 2);
}

TEST_F(EditLogTest, NewerLevelAndOtherNamespaceAreRefused) {
  SegmentHeader header{kEditLogLevel + 1, kNamespace, 1, 1, 7};
  Overwrite(1, EncodeSegmentHeader(header));
  Result<ReplayOutcome> outcome = Read();
  EXPECT_STATUS(Code::kIncorrectVersion, outcome);
  EXPECT_NE(outcome.status().message().find("newer namenode"), std::string_view::npos);
  header.level = kEditLogLevel;
  header.namespace_id = kNamespace + 1;
  Overwrite(1, EncodeSegmentHeader(header));
  EXPECT_STATUS(Code::kInconsistentState, Read());
}

TEST_F(EditLogTest, SegmentOfAnEarlierEpochBehindALaterOneIsRefused) {
  auto newer = Writer(5);
  ASSERT_OK(newer->StartSegment(1));
  ASSERT_OK(Write(*newer, 1, 1));
  auto older = Writer(4);
  ASSERT_OK(older->StartSegment(2));
  EXPECT_STATUS(Code::kCorruption, Read());
}

TEST_F(EditLogTest, NothingIsWrittenAfterAnError) {
  auto writer = Writer();
  ASSERT_OK(writer->StartSegment(1));
  bool fail = true;
  disk_->set_fault([&fail](const sim::DiskEvent& event) {
    return fail && event.op == sim::DiskOp::kSync ? Status::FromErrno(EIO, "sync", event.path) : Status::Ok();
  });
  EXPECT_STATUS(Code::kIOError, Write(*writer, 1, 1));
  fail = false;  // a second fsync may succeed without having written anything
  EXPECT_STATUS(Code::kIOError, Write(*writer, 1, 1));
  EXPECT_STATUS(Code::kIOError, writer->StartSegment(1));
}

}  // namespace
}  // namespace tusk::dfs
