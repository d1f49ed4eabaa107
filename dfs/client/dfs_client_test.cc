// Writes and reads of hdfs:// against datanodes that fail: every byte that was acknowledged is read back.
// Method: FakeCluster (testing/fake_cluster.h) over real sockets, short time limits.
#include "base/rpc/client.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "dfs/client/dfs_file_system.h"
#include "dfs/client/testing/fake_cluster.h"
#include "dfs/client/testing/whole_file.h"

namespace tusk::dfs {
namespace {

std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 12345;
  for (char& c : bytes) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return bytes;
}

class DfsClientTest : public ::testing::Test {
 protected:
  void Open(int datanodes, uint32_t replication) {
    config_.timeout_per_node = Millis(0);
    cluster_ = std::make_unique<FakeCluster>(world_.env(), datanodes, replication);
    ASSERT_OK(world_.Run(StartCluster()));
    rpc_ = rpc::Client::Make(world_.env());
    config_.replication = replication;
    config_.block_size = 256 << 10;
    config_.socket_timeout = Millis(2000);  // long enough for a busy machine
    config_.block_acquire_failures_max = 1;
    rpc::ClientIdentity identity;
    identity.user = "me";
    fs_ = MakeDfsFileSystem(world_.env(), config_, *rpc_, cluster_->address(), "hdfs://fake", identity);
  }
  void TearDown() override {
    if (cluster_ != nullptr) world_.Run(End());
  }
  Task<Status> StartCluster() { co_return cluster_->Start(); }
  Task<int> End() {
    co_await fs_->Shutdown();
    co_await rpc_->Shutdown();
    co_await cluster_->Stop();
    fs_ = nullptr;
    rpc_ = nullptr;
    co_return 0;
  }
  Task<Status> Put(std::string path, std::string bytes, size_t step) { return WriteWholeFile(*fs_, std::move(path), std::move(bytes), step); }
  Task<Status> Get(std::string path, std::string* bytes) { return ReadWholeFile(*fs_, std::move(path), bytes); }
  void ExpectContent(const std::string& path, const std::string& bytes) {
    std::string found;
    ASSERT_OK(world_.Run(Get(path, &found)));
    EXPECT_EQ(found.size(), bytes.size());
    EXPECT_TRUE(found == bytes);
  }

  RealWorld world_;
  DfsClientConfig config_;
  std::unique_ptr<FakeCluster> cluster_;
  std::unique_ptr<rpc::Client> rpc_;
  std::unique_ptr<FileSystem> fs_;
};

TEST_F(DfsClientTest, WritesAndReadsFilesOfManySizes) {
  Open(3, 3);
  for (size_t size : {0, 1, 511, 512, 513, 64511, 64512, 64513, 256 << 10, (256 << 10) + 1, 1'000'000}) {
    std::string path = "/f" + std::to_string(size);
    std::string bytes = Pattern(size);
    ASSERT_OK(world_.Run(Put(path, bytes, 70'001)));
    ExpectContent(path, bytes);
  }
  EXPECT_EQ(cluster_->blocks_of("/f0"), 0);
  EXPECT_EQ(cluster_->blocks_of("/f262144"), 1);
  EXPECT_EQ(cluster_->blocks_of("/f262145"), 2);
}

TEST_F(DfsClientTest, GoesOnWithoutADatanodeThatClosesInTheMiddle) {
  Open(3, 3);
  cluster_->faults(0).close_after_packets = 2;
  std::string bytes = Pattern(200'000);
  ASSERT_OK(world_.Run(Put("/f", bytes, 10'000)));
  EXPECT_EQ(cluster_->pipeline_updates(), 1);
  EXPECT_EQ(cluster_->replicas_of_last_block("/f"), 2);
  ExpectContent("/f", bytes);
}

TEST_F(DfsClientTest, LeavesOutTheNodeThatTheAckBlames) {
  Open(3, 3);
  cluster_->faults(0).bad_ack_after_packets = 1;
  cluster_->faults(0).bad_ack_index = 2;
  std::string bytes = Pattern(100'000);
  ASSERT_OK(world_.Run(Put("/f", bytes, 7'000)));
  EXPECT_GE(cluster_->pipeline_updates(), 1);
  ExpectContent("/f", bytes);
}

TEST_F(DfsClientTest, LeavesOutADatanodeThatHangs) {
  Open(3, 3);
  cluster_->faults(0).hang_after_packets = 1;
  std::string bytes = Pattern(100'000);
  ASSERT_OK(world_.Run(Put("/f", bytes, 50'000)));
  EXPECT_EQ(cluster_->replicas_of_last_block("/f"), 2);
  ExpectContent("/f", bytes);
}

TEST_F(DfsClientTest, ReplacesADatanodeWhenHalfOfThePipelineIsGone) {
  Open(4, 3);
  cluster_->faults(0).close_after_packets = 1;
  cluster_->faults(1).close_after_packets = 1;
  std::string bytes = Pattern(250'000);
  ASSERT_OK(world_.Run(Put("/f", bytes, 250'000)));
  // Node 2 alone is not more than half of 3, so node 3 got a copy.
  EXPECT_EQ(cluster_->replicas_of_last_block("/f"), 2);
  ExpectContent("/f", bytes);
}

TEST_F(DfsClientTest, AsksForAnotherBlockWhereThePipelineCannotBeBuilt) {
  Open(4, 3);
  cluster_->faults(0).closed = true;
  cluster_->faults(2).closed = true;
  std::string bytes = Pattern(1'000);
  ASSERT_OK(world_.Run(Put("/f", bytes, 1'000)));
  EXPECT_EQ(cluster_->blocks_of("/f"), 1);
  ExpectContent("/f", bytes);
}

TEST_F(DfsClientTest, FailsWhenEveryDatanodeIsGone) {
  Open(1, 1);
  cluster_->faults(0).close_after_packets = 0;
  Status failed = world_.Run(Put("/f", Pattern(10'000), 1'000));
  EXPECT_STATUS(Code::kIOError, failed);
  EXPECT_NE(failed.ToString().find("are bad. Aborting..."), std::string::npos) << failed.ToString();
}

TEST_F(DfsClientTest, FailsOverWhileReadingAndVerifies) {
  Open(3, 3);
  std::string bytes = Pattern(300'000);
  ASSERT_OK(world_.Run(Put("/f", bytes, 100'000)));
  cluster_->faults(0).close_read_after_packets = 3;
  ExpectContent("/f", bytes);
  cluster_->faults(0).close_read_after_packets = -1;
  cluster_->faults(0).refuse_reads = true;
  ExpectContent("/f", bytes);
  cluster_->faults(0).refuse_reads = false;
  cluster_->faults(0).corrupt_reads = true;
  ExpectContent("/f", bytes);
  EXPECT_GE(cluster_->bad_block_reports(), 1);
}

TEST_F(DfsClientTest, GivesUpReadingWhenNoReplicaIsRight) {
  Open(1, 1);
  ASSERT_OK(world_.Run(Put("/f", Pattern(1'000), 1'000)));
  cluster_->faults(0).corrupt_reads = true;
  std::string bytes_found;
  const Status found = world_.Run(Get("/f", &bytes_found));
  EXPECT_STATUS(Code::kIOError, found);
  EXPECT_NE(found.ToString().find("Could not obtain block"), std::string::npos) << found.ToString();
}

Task<Status> FlushInPieces(FileSystem& fs, const std::string& bytes) {
  auto stream = co_await fs.Create("/f");
  if (!stream.ok()) co_return stream.status();
  for (size_t at = 0; at < bytes.size(); at += 777) {
    CO_RETURN_IF_ERROR(co_await (*stream)->Write(AsBytes(bytes).subspan(at, std::min<size_t>(777, bytes.size() - at))));
    Status flushed;
    if (at % 2 == 0) {
      flushed = co_await (*stream)->Hflush();
    } else {
      flushed = co_await (*stream)->Hsync();
    }
    CO_RETURN_IF_ERROR(std::move(flushed));
  }
  co_return co_await (*stream)->Close();
}

TEST_F(DfsClientTest, FlushesInTheMiddleOfChunks) {
  Open(2, 2);
  std::string bytes = Pattern(20'000);
  ASSERT_OK(world_.Run(FlushInPieces(*fs_, bytes)));
  ExpectContent("/f", bytes);
}

Task<Result<std::string>> ReadPart(FileSystem& fs, uint64_t offset, size_t size) {
  auto stream = co_await fs.Open("/f");
  if (!stream.ok()) co_return stream.status();
  std::vector<uint8_t> out(size);
  auto count = co_await (*stream)->ReadAt(offset, out);
  if (!count.ok()) co_return count.status();
  co_return std::string(AsText(ByteView(out).first(*count)));
}

TEST_F(DfsClientTest, ReadsRangesAcrossBlocks) {
  Open(2, 2);
  std::string bytes = Pattern(700'000);
  ASSERT_OK(world_.Run(Put("/f", bytes, 100'000)));
  for (auto [offset, size] : std::vector<std::pair<size_t, size_t>>{
           {0, 10}, {511, 2}, {262'140, 10}, {100'001, 500'000}, {699'999, 100}, {700'000, 5}}) {
    ASSERT_OK_AND_ASSIGN(std::string part, world_.Run(ReadPart(*fs_, offset, size)));
    EXPECT_EQ(part, bytes.substr(offset, size)) << offset;
  }
}

}  // namespace
}  // namespace tusk::dfs
