// The life of replicas on a simulated disk: written, finalized, found again after restarts and crashes, recovered,
// truncated, deleted; and every disk operation failing once.
#include "dfs/datanode/store/block_store.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "base/sim/sim_disk.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::dfs::datanode {
namespace {

const PoolIdentity kPool{"BP-1-127.0.0.1-2", "CID-1", 7, 2};
constexpr DataChecksum kChecksum{};

std::string Pattern(size_t count, size_t from = 0) {
  std::string text(count, 0);
  for (size_t i = 0; i < count; ++i) text[i] = static_cast<char>(((i + from) * 131) >> 3);
  return text;
}

// A packet that owns its bytes.
struct TestPacket {
  TestPacket(uint64_t offset, std::string bytes) : data(std::move(bytes)), sums(kChecksum.ChecksumBytesOf(data.size()), 0) {
    kChecksum.Compute(AsBytes(data), reinterpret_cast<uint8_t*>(sums.data()));
    view.header.offset_in_block = static_cast<int64_t>(offset);
    view.header.data_length = static_cast<uint32_t>(data.size());
    view.data = AsBytes(data);
    view.checksums = AsBytes(sums);
  }
  TestPacket(const TestPacket&) = delete;
  std::string data;
  std::string sums;
  PacketView view;
};

class Recorder : public StoreObserver {
 public:
  void OnBlock(const std::string&, const Block& block, const Volume&, BlockEvent event, const std::string&) override {
    events.push_back(block.ToString() + ":" + std::to_string(static_cast<int>(event)));
  }
  void OnVolumeFailed(const Volume&, const Status&) override { ++volumes_failed; }
  std::vector<std::string> events;
  int volumes_failed = 0;
};

class BlockStoreTest : public testing::Test {
 protected:
  BlockStoreTest() : disk_(std::make_unique<sim::SimDisk>(world_.clock())) { options_.locations = {{"/v1", StorageType::kDisk}}; }
  ~BlockStoreTest() override { Close(); }

  Env env() {
    Env real = world_.env();
    return Env{real.clock, real.random, *disk_, real.loop, real.network, real.disk_pool};
  }
  Status Open() {
    auto opened = world_.Run(BlockStore::Open(env(), options_));
    if (!opened.ok()) return opened.status();
    store_ = std::move(opened).value();
    store_->set_observer(&recorder_);
    return world_.Run(store_->AddPool(kPool, "uuid-1"));
  }
  void Close() {
    if (store_ == nullptr) return;
    world_.Run(CloseTask(*store_));
    store_.reset();
  }
  static Task<int> CloseTask(BlockStore& store) {
    co_await store.Close();
    co_return 0;
  }
  void Reopen() {
    Close();
    ASSERT_OK(Open());
  }
  static ExtendedBlock Name(int64_t id, uint64_t stamp, uint64_t length = 0) { return {kPool.pool_id, {id, stamp, length}}; }

  Status Write(OpenReplica& open, uint64_t offset, const std::string& bytes) {
    TestPacket packet(offset, bytes);
    Status written = open.writer->Write({&packet.view, 1}, true);
    store_->Wrote(kPool.pool_id, open);
    return written;
  }
  Result<OpenReplica> Create(int64_t id, uint64_t stamp = 1001) {
    return world_.Run(store_->CreateRbw(Name(id, stamp), {.bytes_expected = 1 << 20}, kChecksum));
  }
  Status Finalize(OpenReplica& open, bool sync = false) { return world_.Run(store_->Finalize(kPool.pool_id, open, sync)); }
  // Lets go as a session whose client vanished does.
  void Abandon(OpenReplica& open) { world_.Run(AbandonTask(*store_, open)); }
  static Task<int> AbandonTask(BlockStore& store, OpenReplica& open) {
    co_await store.Abandon(kPool.pool_id, open);
    co_return 0;
  }
  Status Put(int64_t id, const std::string& bytes, uint64_t stamp = 1001, bool sync = false) {
    auto open = Create(id, stamp);
    if (!open.ok()) return open.status();
    Status written = Write(*open, 0, bytes);
    if (written.ok()) written = Finalize(*open, sync);
    if (!written.ok()) Abandon(*open);
    return written;
  }
  // The bytes, checked against their CRCs.
  Result<std::string> Read(int64_t id, uint64_t stamp = 0) {
    auto reader = world_.Run(store_->OpenForRead(Name(id, stamp)));
    if (!reader.ok()) return reader.status();
    std::string bytes(reader->length, 0);
    std::string sums(kChecksum.ChecksumBytesOf(bytes.size()), 0);
    ASSIGN_OR_RETURN(size_t got, reader->data->ReadAt(0, {reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()}));
    ASSIGN_OR_RETURN(size_t sum_bytes, reader->meta->ReadAt(kMetaHeaderBytes, {reinterpret_cast<uint8_t*>(sums.data()), sums.size()}));
    if (got != bytes.size() || sum_bytes != sums.size()) return Status(Code::kCorruption, "short");
    if (kChecksum.FindMismatch(AsBytes(bytes), AsBytes(sums))) return Status(Code::kCorruption, "checksum");
    if (bytes.size() % 512 != 0 && reader->partial.end != bytes.size()) return Status(Code::kCorruption, "no partial CRC");
    return bytes;
  }
  static Task<Status> InvalidateTask(BlockStore& store, std::vector<Block> blocks) {
    co_return store.Invalidate(kPool.pool_id, blocks);
  }
  void RunLoop() { world_.Run(SleepTask(world_.loop())); }  // lets background work finish
  static Task<int> SleepTask(EventLoop& loop) {
    (void)co_await SleepFor(loop, 20ms);
    co_return 0;
  }

  RealWorld world_;
  std::unique_ptr<sim::SimDisk> disk_;
  StoreOptions options_;
  Recorder recorder_;
  std::unique_ptr<BlockStore> store_;
};

TEST_F(BlockStoreTest, AFinalizedReplicaIsFoundAgain) {
  ASSERT_OK(Open());
  for (size_t size : {0, 1, 511, 512, 513, 100'000}) {
    ASSERT_OK(Put(static_cast<int64_t>(size) + 1, Pattern(size)));
  }
  Reopen();
  for (size_t size : {0, 1, 511, 512, 513, 100'000}) {
    ASSERT_OK_AND_ASSIGN(std::string bytes, Read(static_cast<int64_t>(size) + 1));
    EXPECT_EQ(bytes, Pattern(size));
  }
  EXPECT_EQ(store_->ReplicasOn(kPool.pool_id, *store_->volumes()[0]).size(), 6u);
  EXPECT_TRUE(disk_->Exists("/v1/current/BP-1-127.0.0.1-2/current/finalized/subdir0/subdir0/blk_1"));
  EXPECT_EQ(store_->datanode_uuid(), "uuid-1");
}

TEST_F(BlockStoreTest, PacketsOfAnySizeMakeTheSameFiles) {
  ASSERT_OK(Open());
  std::string all = Pattern(5000);
  for (size_t step : {1, 7, 100, 512, 700, 5000}) {
    auto id = static_cast<int64_t>(step);
    ASSERT_OK_AND_ASSIGN(OpenReplica open, Create(id));
    for (size_t at = 0; at < all.size();) {
      size_t room = at % 512 == 0 ? step : std::min(step, 512 - at % 512);  // a packet amid a chunk ends with it
      size_t count = std::min(room, all.size() - at);
      ASSERT_OK(Write(open, at, all.substr(at, count)));
      at += count;
      EXPECT_EQ(open.replica->block.length, at);
    }
    ASSERT_OK(Finalize(open));
    ASSERT_OK_AND_ASSIGN(std::string bytes, Read(id));
    EXPECT_EQ(bytes, all);
  }
}

TEST_F(BlockStoreTest, AReplicaMovesToAStorageOfAnotherType) {
  options_.locations = {{"/v1", StorageType::kDisk}, {"/v2", StorageType::kArchive}};
  ASSERT_OK(Open());
  const std::string data = Pattern(5000);
  ASSERT_OK(Put(1, data));
  const Volume& disk = *store_->volumes()[0];
  const Placement to{.type = StorageType::kArchive};
  EXPECT_STATUS(Code::kReplicaNotFound, world_.Run(store_->MoveToStorage(Name(1, 1002), to)));
  EXPECT_STATUS(Code::kReplicaAlreadyExists, world_.Run(store_->MoveToStorage(Name(1, 1001), {.type = StorageType::kDisk})));
  EXPECT_STATUS(Code::kNoSpace, world_.Run(store_->MoveToStorage(Name(1, 1001), {.type = StorageType::kSsd})));
  const uint64_t used = disk.used();
  ASSERT_OK(world_.Run(store_->MoveToStorage(Name(1, 1001), to)));
  EXPECT_STATUS(Code::kReplicaAlreadyExists, world_.Run(store_->MoveToStorage(Name(1, 1001), to)));
  for (bool reopened : {false, true}) {
    if (reopened) Reopen();
    const Volume &from_now = *store_->volumes()[0], &to_now = *store_->volumes()[1];
    ASSERT_OK_AND_ASSIGN(std::string bytes, Read(1));
    EXPECT_EQ(bytes, data);
    EXPECT_EQ(store_->ReplicasOn(kPool.pool_id, from_now).size(), 0u);
    EXPECT_EQ(store_->ReplicasOn(kPool.pool_id, to_now).size(), 1u);
    EXPECT_EQ(to_now.used(), used);
    EXPECT_EQ(from_now.used(), 0u);
    EXPECT_EQ(to_now.reserved_for_rbw, 0u);
  }
  EXPECT_FALSE(disk_->Exists("/v1/current/BP-1-127.0.0.1-2/current/finalized/subdir0/subdir0/blk_1"));
}

TEST_F(BlockStoreTest, BytesSentAgainAreSkipped) {
  ASSERT_OK(Open());
  std::string all = Pattern(2000);
  ASSERT_OK_AND_ASSIGN(OpenReplica open, Create(1));
  ASSERT_OK(Write(open, 0, all.substr(0, 700)));
  ASSERT_OK(Write(open, 512, all.substr(512, 600)));  // overlaps what is there, in a chunk that was partial
  ASSERT_OK(Write(open, 0, all.substr(0, 300)));
  ASSERT_OK(Write(open, 1112, all.substr(1112, 424)));
  ASSERT_OK(Write(open, 1536, all.substr(1536)));
  ASSERT_OK(Finalize(open));
  ASSERT_OK_AND_ASSIGN(std::string bytes, Read(1));
  EXPECT_EQ(bytes, all);
}

TEST_F(BlockStoreTest, RefusesGapsBadShapesAndBadChecksums) {
  ASSERT_OK(Open());
  ASSERT_OK_AND_ASSIGN(OpenReplica open, Create(1));
  ASSERT_OK(Write(open, 0, Pattern(100)));
  EXPECT_STATUS(Code::kCorruption, Write(open, 512, Pattern(10)));
  TestPacket bad(100, Pattern(50));
  bad.data[3] = static_cast<char>(bad.data[3] ^ 1);
  EXPECT_STATUS(Code::kChecksumError, open.writer->Write({&bad.view, 1}, true));
  EXPECT_EQ(open.writer->length(), 100u);
  TestPacket lacking(100, Pattern(50));
  lacking.view.checksums = {};
  EXPECT_STATUS(Code::kCorruption, open.writer->Write({&lacking.view, 1}, true));
  Abandon(open);
}

// As Java's client appends to a file whose earlier blocks have odd lengths: chunks that count from the packet's start.
TEST_F(BlockStoreTest, PacketsAcrossAChunkBoundaryGetTheChecksumsOfTheFilesChunks) {
  ASSERT_OK(Open());
  ASSERT_OK_AND_ASSIGN(OpenReplica open, Create(1));
  ASSERT_OK(Write(open, 0, Pattern(400)));
  ASSERT_OK(Write(open, 400, Pattern(600)));
  ASSERT_OK(Write(open, 1000, Pattern(700)));
  Abandon(open);
  Close();
  ASSERT_OK(Open());  // validates bytes against checksums
  ReplicaPtr replica = store_->Find(kPool.pool_id, 1);
  ASSERT_NE(replica, nullptr);
  EXPECT_EQ(replica->block.length, 1700u);
}

TEST_F(BlockStoreTest, ARestartTurnsAnRbwIntoAnRwrCutToItsChecksums) {
  ASSERT_OK(Open());
  ASSERT_OK_AND_ASSIGN(OpenReplica open, Create(1));
  ASSERT_OK(Write(open, 0, Pattern(1500)));
  Abandon(open);
  Close();
  {  // bytes whose CRCs never came
    ASSERT_OK_AND_ASSIGN(auto file, disk_->Open("/v1/current/BP-1-127.0.0.1-2/current/rbw/blk_1", OpenMode::kReadWrite));
    ASSERT_OK(file->WriteAt(1500, AsBytes("garbage that no checksum covers")));
  }
  ASSERT_OK(Open());
  ReplicaPtr replica = store_->Find(kPool.pool_id, 1);
  ASSERT_NE(replica, nullptr);
  EXPECT_EQ(replica->state, ReplicaState::kRwr);
  EXPECT_EQ(replica->block.length, 1500u);  // the last chunk as far as its CRC fits
  EXPECT_STATUS(Code::kReplicaNotFound, world_.Run(store_->RecoverRbw(Name(1, 1001), 1002, 0, 2000, kChecksum)));
}

TEST_F(BlockStoreTest, TemporaryReplicasAreWiped) {
  ASSERT_OK(Open());
  ASSERT_OK_AND_ASSIGN(OpenReplica open, world_.Run(store_->CreateTemporary(Name(5, 1001), {.bytes_expected = 100}, kChecksum)));
  ASSERT_OK(Write(open, 0, Pattern(100)));
  EXPECT_TRUE(store_->ReplicasOn(kPool.pool_id, *store_->volumes()[0]).empty());
  EXPECT_FALSE(world_.Run(store_->OpenForRead(Name(5, 1001))).ok());
  Abandon(open);
  EXPECT_EQ(store_->Find(kPool.pool_id, 5), nullptr);
  EXPECT_EQ(store_->volumes()[0]->reserved_for_rbw, 0u);
  Reopen();
  EXPECT_EQ(store_->Find(kPool.pool_id, 5), nullptr);
}

TEST_F(BlockStoreTest, AppendGoesOnUnderANewStamp) {
  ASSERT_OK(Open());
  std::string all = Pattern(1000);
  ASSERT_OK(Put(1, all.substr(0, 700)));
  EXPECT_STATUS(Code::kIOError, world_.Run(store_->Append(Name(1, 1001), 1002, 699, kChecksum)));
  EXPECT_STATUS(Code::kReplicaNotFound, world_.Run(store_->Append(Name(2, 1001), 1002, 0, kChecksum)));
  ASSERT_OK_AND_ASSIGN(OpenReplica open, world_.Run(store_->Append(Name(1, 1001), 1002, 700, kChecksum)));
  EXPECT_EQ(open.replica->state, ReplicaState::kRbw);
  ASSERT_OK(Write(open, 700, all.substr(700)));
  ASSERT_OK(Finalize(open));
  ASSERT_OK_AND_ASSIGN(std::string bytes, Read(1, 1002));
  EXPECT_EQ(bytes, all);
  EXPECT_STATUS(Code::kIOError, Read(1, 1003));  // older than asked for
  Reopen();
  ASSERT_OK_AND_ASSIGN(bytes, Read(1, 1002));
  EXPECT_EQ(bytes, all);
}

TEST_F(BlockStoreTest, AReaderOfAFinalizedReplicaKeepsItsLastChecksumThroughAnAppend) {
  ASSERT_OK(Open());
  std::string all = Pattern(1000);
  ASSERT_OK(Put(1, all.substr(0, 700)));
  ASSERT_OK_AND_ASSIGN(ReplicaReader reader, world_.Run(store_->OpenForRead(Name(1, 1001))));
  ASSERT_OK_AND_ASSIGN(OpenReplica open, world_.Run(store_->Append(Name(1, 1001), 1002, 700, kChecksum)));
  ASSERT_OK(Write(open, 700, all.substr(700)));
  EXPECT_EQ(reader.partial.end, 700u);
  EXPECT_EQ(reader.partial.crc, Crc32c(AsBytes(all).subspan(512, 188)));
  Abandon(open);
}

TEST_F(BlockStoreTest, RecoverRbwKeepsWhatWasAcknowledged) {
  ASSERT_OK(Open());
  std::string all = Pattern(2000);
  ASSERT_OK_AND_ASSIGN(OpenReplica open, Create(1));
  ASSERT_OK(Write(open, 0, all.substr(0, 1300)));
  open.replica->bytes_acked = 600;
  bool stopped = false;
  open.hold->stop = [&] {
    stopped = true;
    open.hold->ended.Set();
    open.replica->writer.reset();
  };
  EXPECT_STATUS(Code::kReplicaNotFound, world_.Run(store_->RecoverRbw(Name(1, 1001), 1002, 1301, 1400, kChecksum)));
  EXPECT_TRUE(stopped);  // the old writer had to go
  ASSERT_OK_AND_ASSIGN(OpenReplica again, world_.Run(store_->RecoverRbw(Name(1, 1001), 1002, 500, 1400, kChecksum)));
  EXPECT_EQ(again.replica->block.length, 600u);
  EXPECT_EQ(again.replica->block.generation_stamp, 1002u);
  ASSERT_OK(Write(again, 600, all.substr(600, 424)));
  ASSERT_OK(Write(again, 1024, all.substr(1024)));
  ASSERT_OK(Finalize(again));
  ASSERT_OK_AND_ASSIGN(std::string bytes, Read(1, 1002));
  EXPECT_EQ(bytes, all);
}

TEST_F(BlockStoreTest, RecoverCloseFinalizesEitherState) {
  ASSERT_OK(Open());
  ASSERT_OK_AND_ASSIGN(OpenReplica open, Create(1));
  ASSERT_OK(Write(open, 0, Pattern(600)));
  Abandon(open);
  EXPECT_STATUS(Code::kIOError, world_.Run(store_->RecoverClose(Name(1, 1001), 1002, 599)));
  ASSERT_OK(world_.Run(store_->RecoverClose(Name(1, 1001), 1002, 600)));
  ASSERT_OK(world_.Run(store_->RecoverClose(Name(1, 1002), 1003, 600)));
  ASSERT_OK_AND_ASSIGN(std::string bytes, Read(1, 1003));
  EXPECT_EQ(bytes, Pattern(600));
}

TEST_F(BlockStoreTest, RecoveryByTheNamenodeCutsAndFinalizes) {
  ASSERT_OK(Open());
  ASSERT_OK_AND_ASSIGN(OpenReplica open, Create(1));
  ASSERT_OK(Write(open, 0, Pattern(1300)));
  Abandon(open);
  ASSERT_OK_AND_ASSIGN(auto missing, world_.Run(store_->InitRecovery(Name(9, 1001), 1005)));
  EXPECT_FALSE(missing.has_value());
  EXPECT_STATUS(Code::kIOError, world_.Run(store_->InitRecovery(Name(1, 1002), 1005)));  // ours is older
  EXPECT_STATUS(Code::kIOError, world_.Run(store_->InitRecovery(Name(1, 1001), 1001)));  // not newer
  ASSERT_OK_AND_ASSIGN(auto info, world_.Run(store_->InitRecovery(Name(1, 1001), 1005)));
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->state, ReplicaState::kRbw);
  EXPECT_EQ(info->block.length, 1300u);
  EXPECT_STATUS(Code::kRecoveryInProgress, world_.Run(store_->InitRecovery(Name(1, 1001), 1005)));
  ASSERT_OK(world_.Run(store_->InitRecovery(Name(1, 1001), 1006)));  // a newer recovery takes over
  EXPECT_STATUS(Code::kIOError, world_.Run(store_->UpdateRecovered(Name(1, 1001, 1300), 1005, 1, 1000)));
  EXPECT_STATUS(Code::kIOError, world_.Run(store_->UpdateRecovered(Name(1, 1001, 1300), 1006, 1, 1301)));
  ASSERT_OK_AND_ASSIGN(std::string uuid, world_.Run(store_->UpdateRecovered(Name(1, 1001, 1300), 1006, 1, 1000)));
  EXPECT_EQ(uuid, store_->volumes()[0]->storage_uuid());
  ASSERT_OK_AND_ASSIGN(std::string bytes, Read(1, 1006));
  EXPECT_EQ(bytes, Pattern(1000));
  EXPECT_EQ(recorder_.events.back(), "blk_1_1006:2");
}

TEST_F(BlockStoreTest, TruncateUnderASnapshotCopies) {
  ASSERT_OK(Open());
  ASSERT_OK(Put(1, Pattern(1300)));
  ASSERT_OK(world_.Run(store_->InitRecovery(Name(1, 1001), 1005)));
  ASSERT_OK(world_.Run(store_->UpdateRecovered(Name(1, 1001, 1300), 1005, 2, 700)));
  ASSERT_OK_AND_ASSIGN(std::string old_bytes, Read(1, 1001));
  EXPECT_EQ(old_bytes, Pattern(1300));
  ASSERT_OK_AND_ASSIGN(std::string new_bytes, Read(2, 1005));
  EXPECT_EQ(new_bytes, Pattern(700));
}

TEST_F(BlockStoreTest, InvalidateDeletesFilesAndReports) {
  ASSERT_OK(Open());
  ASSERT_OK(Put(1, Pattern(10)));
  ASSERT_OK(Put(2, Pattern(10)));
  uint64_t used = store_->volumes()[0]->used();
  EXPECT_STATUS(Code::kIOError, world_.Run(InvalidateTask(*store_, {{1, 999, 0}, {2, 1001, 0}, {3, 1, 0}})));
  RunLoop();
  EXPECT_NE(store_->Find(kPool.pool_id, 1), nullptr);  // another stamp
  EXPECT_EQ(store_->Find(kPool.pool_id, 2), nullptr);
  EXPECT_EQ(recorder_.events.back(), "blk_2_1001:3");
  EXPECT_LT(store_->volumes()[0]->used(), used);
  Reopen();
  EXPECT_EQ(store_->Find(kPool.pool_id, 2), nullptr);
}

TEST_F(BlockStoreTest, AnExistingReplicaIsNotCreatedAgainButAStaleOneGivesWay) {
  ASSERT_OK(Open());
  ASSERT_OK(Put(1, Pattern(10)));
  EXPECT_STATUS(Code::kReplicaAlreadyExists, Create(1, 1001));
  ASSERT_OK(Put(1, Pattern(20), 1002));
  ASSERT_OK_AND_ASSIGN(std::string bytes, Read(1, 1002));
  EXPECT_EQ(bytes.size(), 20u);
}

TEST_F(BlockStoreTest, RefusesFoldersOfOthers) {
  ASSERT_OK(Open());
  EXPECT_FALSE(world_.Run(BlockStore::Open(env(), options_)).ok());  // locked
  Close();
  auto other = world_.Run(BlockStore::Open(env(), options_));
  ASSERT_OK(other);
  PoolIdentity stranger = kPool;
  stranger.cluster_id = "CID-2";
  Status refused = world_.Run((*other)->AddPool(stranger, "uuid-1"));
  EXPECT_STATUS(Code::kInconsistentState, refused);
  EXPECT_NE(std::string(refused.message()).find("Incompatible clusterIDs"), std::string::npos);
  stranger = kPool;
  stranger.namespace_id = 8;
  EXPECT_STATUS(Code::kInconsistentState, world_.Run((*other)->AddPool(stranger, "uuid-1")));
}

TEST_F(BlockStoreTest, ReplicasGoRoundTheVolumes) {
  options_.locations = {{"/v1", StorageType::kDisk}, {"/v2", StorageType::kDisk}, {"/v3", StorageType::kSsd}};
  ASSERT_OK(Open());
  for (int64_t id = 1; id <= 4; ++id) ASSERT_OK(Put(id, Pattern(10)));
  EXPECT_EQ(store_->ReplicasOn(kPool.pool_id, *store_->volumes()[0]).size(), 2u);
  EXPECT_EQ(store_->ReplicasOn(kPool.pool_id, *store_->volumes()[1]).size(), 2u);
  EXPECT_EQ(store_->ReplicasOn(kPool.pool_id, *store_->volumes()[2]).size(), 0u);
  EXPECT_STATUS(Code::kNoSpace, world_.Run(store_->CreateRbw(Name(9, 1), {.type = StorageType::kArchive}, kChecksum)));
  EXPECT_STATUS(Code::kNoSpace, world_.Run(store_->CreateRbw(Name(9, 1), {.bytes_expected = UINT64_MAX / 2}, kChecksum)));
}

TEST_F(BlockStoreTest, AFailedVolumeIsDroppedAndTheNodeGoesOn) {
  options_.locations = {{"/v1", StorageType::kDisk}, {"/v2", StorageType::kDisk}};
  ASSERT_OK(Open());
  ASSERT_OK(Put(1, Pattern(10)));
  ASSERT_OK(Put(2, Pattern(10)));
  disk_->set_fault([](const sim::DiskEvent& event) {
    return event.path.starts_with("/v1/") ? Status::FromErrno(EIO, "write", event.path) : Status::Ok();
  });
  Status first = Put(3, Pattern(10));
  EXPECT_EQ(first.error_number(), EIO);
  EXPECT_EQ(recorder_.volumes_failed, 1);
  EXPECT_EQ(store_->failures().locations, std::vector<std::string>{"[DISK]file:/v1"});
  EXPECT_EQ(store_->Find(kPool.pool_id, 1), nullptr);
  ASSERT_OK_AND_ASSIGN(std::string kept, Read(2));
  // Neither a reader nor a recovery is told that there never was a replica: they would take the block for empty.
  EXPECT_STATUS(Code::kIOError, Read(1));
  EXPECT_STATUS(Code::kIOError, world_.Run(store_->InitRecovery(Name(1, 1), 9)));
  EXPECT_STATUS(Code::kReplicaNotFound, Read(99));
  for (int64_t id = 4; id < 8; ++id) ASSERT_OK(Put(id, Pattern(10)));
  disk_->set_fault(nullptr);
}

TEST_F(BlockStoreTest, OfABlockOnTwoVolumesTheNewerReplicaStaysAndTheOtherIsRemoved) {
  const std::vector<StorageLocation> one = {{"/v1", StorageType::kDisk}}, other = {{"/v2", StorageType::kDisk}};
  const auto put = [&](const std::vector<StorageLocation>& where, int64_t id, const std::string& bytes, uint64_t stamp) {
    options_.locations = where;
    Close();
    ASSERT_OK(Open());
    ASSERT_OK(Put(id, bytes, stamp, true));
  };
  put(one, 1, Pattern(600), 1001);
  put(other, 1, Pattern(600), 1001);   // a copy of it came here while v1 was away
  put(one, 2, Pattern(600), 1001);
  put(other, 2, Pattern(900), 1005);
  options_.locations = {one[0], other[0]};
  Reopen();
  ASSERT_OK_AND_ASSIGN(std::string same, Read(1));
  EXPECT_EQ(same, Pattern(600));
  ASSERT_OK_AND_ASSIGN(std::string newer, Read(2));
  EXPECT_EQ(newer, Pattern(900));
  const auto& volumes = store_->volumes();
  EXPECT_EQ(volumes[0]->blocks_by_pool[kPool.pool_id] + volumes[1]->blocks_by_pool[kPool.pool_id], 2u);
  options_.locations = one;
  Reopen();
  EXPECT_EQ(store_->Find(kPool.pool_id, 2), nullptr);
  const bool here = store_->Find(kPool.pool_id, 1) != nullptr;
  options_.locations = other;
  Reopen();
  EXPECT_NE(store_->Find(kPool.pool_id, 1) != nullptr, here);
}

TEST_F(BlockStoreTest, AFullDiskFailsTheWriteOnly) {
  ASSERT_OK(Open());
  disk_->set_fault([](const sim::DiskEvent& event) {
    return event.op == sim::DiskOp::kWrite ? Status::FromErrno(ENOSPC, "write", event.path) : Status::Ok();
  });
  EXPECT_STATUS(Code::kNoSpace, Put(1, Pattern(10)));
  disk_->set_fault(nullptr);
  EXPECT_EQ(recorder_.volumes_failed, 0);
  ASSERT_OK(Put(2, Pattern(10)));
}

TEST_F(BlockStoreTest, ABatchOfPacketsThatTheDiskRefusesLeavesWhatWasThere) {
  ASSERT_OK(Open());
  std::string all = Pattern(3000);
  ASSERT_OK_AND_ASSIGN(OpenReplica open, Create(1));
  ASSERT_OK(Write(open, 0, all.substr(0, 700)));
  TestPacket second(700, all.substr(700, 324)), third(1024, all.substr(1024, 1000));
  std::vector<PacketView> batch{second.view, third.view};
  int writes = 0;
  disk_->set_fault([&](const sim::DiskEvent& event) {
    bool fails = event.op == sim::DiskOp::kWrite && ++writes == 2;
    return fails ? Status::FromErrno(ENOSPC, "write", event.path) : Status::Ok();
  });
  EXPECT_STATUS(Code::kNoSpace, open.writer->Write(batch, true));
  disk_->set_fault(nullptr);
  EXPECT_EQ(open.writer->length(), 700u);
  EXPECT_EQ(open.writer->partial_chunk().end, 700u);
  EXPECT_EQ(open.writer->partial_chunk().crc, Crc32c(AsBytes(all).subspan(512, 188)));
  ASSERT_OK(open.writer->Write(batch, true));
  ASSERT_OK(Write(open, 2024, all.substr(2024)));
  ASSERT_OK(Finalize(open));
  ASSERT_OK_AND_ASSIGN(std::string bytes, Read(1));
  EXPECT_EQ(bytes, all);
}

// Fails the n-th disk operation for each n: whatever was reported finalized before is intact afterwards.
TEST_F(BlockStoreTest, AnyDiskOperationMayFailOnce) {
  for (uint64_t fail_at = 1;; ++fail_at) {
    disk_ = std::make_unique<sim::SimDisk>(world_.clock());
    ASSERT_OK(Open());
    ASSERT_OK(Put(1, Pattern(700)));
    uint64_t count = 0;
    bool failed = false;
    disk_->set_fault([&](const sim::DiskEvent& event) {
      if (++count != fail_at) return Status::Ok();
      failed = true;
      return Status::FromErrno(ENOSPC, "fault", event.path);
    });
    Status put = Put(2, Pattern(1300), 1001, true);
    Status appended = Status::Ok();
    if (auto open = world_.Run(store_->Append(Name(1, 1001), 1002, 700, kChecksum)); open.ok()) {
      appended = Write(*open, 700, Pattern(100, 700));
      if (appended.ok()) appended = Finalize(*open);
      if (!appended.ok()) Abandon(*open);
    } else {
      appended = open.status();
    }
    disk_->set_fault(nullptr);
    SCOPED_TRACE("operation " + std::to_string(fail_at));
    Reopen();
    if (put.ok()) {
      ASSERT_OK_AND_ASSIGN(std::string bytes, Read(2));
      EXPECT_EQ(bytes, Pattern(1300));
    }
    ASSERT_OK_AND_ASSIGN(std::string first, Read(1));
    ASSERT_GE(first.size(), 700u);
    EXPECT_EQ(first, Pattern(first.size()));
    if (appended.ok()) EXPECT_EQ(first.size(), 800u);
    Close();
    if (!failed) break;
  }
}

// A power loss at any moment: a replica that was finalized with sync is there, whole.
TEST_F(BlockStoreTest, SyncedReplicasSurviveAPowerLoss) {
  ASSERT_OK(Open());
  disk_->StartTrace();
  ASSERT_OK(Put(1, Pattern(1300), 1001, true));
  disk_->set_note(1);
  ASSERT_OK(Put(2, Pattern(700), 1001, false));
  ASSERT_OK(Put(3, Pattern(5000), 1001, true));
  disk_->set_note(3);
  ASSERT_OK(Put(4, Pattern(10), 1001, true));
  auto trace = disk_->trace();
  Close();
  ASSERT_GT(trace.size(), 20u);
  for (size_t i = 0; i < trace.size(); ++i) {
    for (sim::CrashMode mode : {sim::CrashMode::kDropUnsynced, sim::CrashMode::kTorn}) {
      SCOPED_TRACE("after operation " + std::to_string(i) + " " + trace[i].event.path);
      disk_ = std::make_unique<sim::SimDisk>(world_.clock(), trace[i].image, mode, i + 1);
      ASSERT_OK(Open());
      if (trace[i].note >= 1) {
        ASSERT_OK_AND_ASSIGN(std::string bytes, Read(1));
        EXPECT_EQ(bytes, Pattern(1300));
      }
      if (trace[i].note >= 3) {
        ASSERT_OK_AND_ASSIGN(std::string bytes, Read(3));
        EXPECT_EQ(bytes, Pattern(5000));
      }
      Close();
    }
  }
}

}  // namespace
}  // namespace tusk::dfs::datanode
