// Short-circuit reads: our client and a hand-driven one ask a data transfer server on a unix socket for a replica's files.
#include "dfs/client/local/short_circuit.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/env/local_sockets.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "dfs/datanode/store/block_store.h"
#include "dfs/datanode/xfer/data_transfer_server.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {
namespace {

namespace pb = hadoop::hdfs;
const PoolIdentity kPool{"BP-1-127.0.0.1-2", "CID-1", 7, 2};
constexpr DataChecksum kChecksum{};
constexpr uint16_t kPort = 9866;

std::string Pattern(size_t count) {
  std::string text(count, 0);
  for (size_t i = 0; i < count; ++i) text[i] = static_cast<char>((i * 131) >> 3);
  return text;
}

class ShortCircuitTest : public testing::Test, public XferHost {
 public:
  void OnBadBlock(const ExtendedBlock&, const pb::DatanodeInfoProto*, const Volume*) override {}
  void FillSelf(pb::DatanodeIDProto*) const override {}

  void SetUp() override {
    config_.short_circuit = true;
    config_.domain_socket_path = world_.folder() + "/dn._PORT";
    ASSERT_OK(world_.Run(Start()));
    circuit_ = std::make_unique<ShortCircuit>(world_.env(), config_);
  }
  void TearDown() override { world_.Run(Stop()); }
  Task<Status> Start() {
    StoreOptions options;
    options.locations = {{world_.folder() + "/data", StorageType::kDisk}};
    CO_ASSIGN_OR_RETURN(store_, co_await BlockStore::Open(env_, options));
    CO_RETURN_IF_ERROR(co_await store_->AddPool(kPool, "uuid-0"));
    context_.reset(new XferContext{env_, *store_, *this, XferOptions()});
    CO_ASSIGN_OR_RETURN(server_, DataTransferServer::ListenLocal(*context_, DomainSocketPath(config_.domain_socket_path, kPort)));
    server_->Start();
    co_return Status::Ok();
  }
  Task<int> Stop() {
    circuit_.reset();
    if (server_ != nullptr) co_await server_->Shutdown();
    if (store_ != nullptr) co_await store_->Close();
    co_return 0;
  }
  // A replica of `text`, finalized or still being written.
  Task<Status> Make(int64_t id, std::string text, bool finalize) {
    ExtendedBlock block{kPool.pool_id, {id, 1001, 0}};
    CO_ASSIGN_OR_RETURN(OpenReplica open, co_await store_->CreateRbw(block, {StorageType::kDisk, "", 1 << 20}, kChecksum));
    std::vector<uint8_t> sums(kChecksum.ChecksumBytesOf(text.size()));
    kChecksum.Compute(AsBytes(text), sums.data());
    PacketView packet{{0, 0, true, static_cast<uint32_t>(text.size()), false}, {}, sums, AsBytes(text)};
    CO_RETURN_IF_ERROR(open.writer->Write({&packet, 1}, true));
    store_->Wrote(kPool.pool_id, open);
    if (finalize) co_return co_await store_->Finalize(kPool.pool_id, open, false, "");
    co_await store_->Abandon(kPool.pool_id, open);
    co_return Status::Ok();
  }
  static pb::LocatedBlockProto Located(uint64_t id, uint64_t length) {
    pb::LocatedBlockProto block;
    block.mutable_b()->set_poolid(kPool.pool_id);
    block.mutable_b()->set_blockid(id);
    block.mutable_b()->set_generationstamp(1001);
    block.mutable_b()->set_numbytes(length);
    for (auto* part : {block.mutable_blocktoken()->mutable_identifier(), block.mutable_blocktoken()->mutable_password(),
                       block.mutable_blocktoken()->mutable_kind(), block.mutable_blocktoken()->mutable_service()}) {
      part->clear();  // there, and empty: required
    }
    auto* node = block.add_locs()->mutable_id();
    node->set_ipaddr("127.0.0.1");
    node->set_xferport(kPort);
    return block;
  }
  // By Next or by ReadInto; "no circuit" where it must go over the wire.
  Task<Result<std::string>> Read(pb::LocatedBlockProto block, uint64_t offset, uint64_t length, size_t into) {
    auto source = co_await circuit_->Open(block, {0, offset, length, true});
    if (source == nullptr) co_return std::string("no circuit");
    std::string all;
    std::vector<uint8_t> room(into);
    for (;;) {
      ByteView piece;
      if (into == 0) {
        CO_ASSIGN_OR_RETURN(piece, co_await source->Next());
      } else {
        CO_ASSIGN_OR_RETURN(size_t count, co_await source->ReadInto(room));
        piece = ByteView(room).first(count);
      }
      if (piece.empty()) co_return all;
      all += AsText(piece);
    }
  }

  RealWorld world_;
  Env env_ = world_.env();
  DfsClientConfig config_;
  std::unique_ptr<BlockStore> store_;
  std::unique_ptr<XferContext> context_;
  std::unique_ptr<DataTransferServer> server_;
  std::unique_ptr<ShortCircuit> circuit_;
};

TEST_F(ShortCircuitTest, RangesOfAFinalizedReplicaAreReadFromItsFiles) {
  const std::string text = Pattern(1'300'123);
  ASSERT_OK(world_.Run(Make(5, text, true)));
  pb::LocatedBlockProto block = Located(5, text.size());
  for (size_t into : {size_t{0}, size_t{700}, size_t{4096}, size_t{1} << 20}) {
    for (auto [offset, length] : {std::pair<uint64_t, uint64_t>{0, text.size()}, {511, 2}, {512, 512}, {1000, 700'000}, {1'300'000, 123}}) {
      auto read = world_.Run(Read(block, offset, length, into));
      ASSERT_OK(read);
      EXPECT_TRUE(*read == text.substr(offset, length)) << offset << " " << length << " into " << into;
    }
  }
  EXPECT_EQ(context_->counters.short_circuits, 1u);  // asked for once, then kept
}

TEST_F(ShortCircuitTest, WhatIsBeingWrittenOrUnknownIsReadOverTheWire) {
  ASSERT_OK(world_.Run(Make(6, Pattern(1000), false)));
  EXPECT_EQ(world_.Run(Read(Located(6, 1000), 0, 1000, 0)).value_or(""), "no circuit");
  EXPECT_EQ(world_.Run(Read(Located(77, 1000), 0, 1000, 0)).value_or(""), "no circuit");
  ASSERT_OK(world_.Run(Make(7, Pattern(1000), true)));  // the connection is still good
  EXPECT_EQ(world_.Run(Read(Located(7, 1000), 0, 1000, 0)).value_or(""), Pattern(1000));
}

TEST_F(ShortCircuitTest, DamageIsSeenAndTheBlockReadOverTheWireFromThen) {
  ASSERT_OK(world_.Run(Make(8, Pattern(5000), true)));
  auto replica = store_->Find(kPool.pool_id, 8);
  auto file = replica->volume->disk().Open(replica->volume->DataPath(kPool.pool_id, ReplicaState::kFinalized, 8), OpenMode::kReadWrite);
  ASSERT_OK(file);
  ASSERT_OK((*file)->WriteAt(2000, AsBytes("damage")));
  pb::LocatedBlockProto block = Located(8, 5000);
  EXPECT_EQ(world_.Run(Read(block, 0, 5000, 4096)).code(), Code::kChecksumError);
  circuit_->Distrust(block);
  EXPECT_EQ(world_.Run(Read(block, 0, 5000, 0)).value_or(""), "no circuit");
}

TEST_F(ShortCircuitTest, OtherMachinesAndDeadSocketsAreLeftAlone) {
  ASSERT_OK(world_.Run(Make(9, Pattern(10), true)));
  pb::LocatedBlockProto far = Located(9, 10);
  far.mutable_locs(0)->mutable_id()->set_ipaddr("192.0.2.1");
  EXPECT_EQ(world_.Run(Read(far, 0, 10, 0)).value_or(""), "no circuit");
  pb::LocatedBlockProto dead = Located(9, 10);
  dead.mutable_locs(0)->mutable_id()->set_xferport(1);
  EXPECT_EQ(world_.Run(Read(dead, 0, 10, 0)).value_or(""), "no circuit");
}

// Byte by byte as Java's client asks and answers, with the receipt that it offers to give.
Task<Status> AskAsJava(Env env, std::string path, uint64_t id, std::string* data) {
  const TimePoint soon = env.loop.In(std::chrono::seconds(5));
  CO_ASSIGN_OR_RETURN(auto stream, co_await dynamic_cast<LocalSockets&>(env.network).ConnectLocal(path, soon));
  pb::OpRequestShortCircuitAccessProto op;
  op.mutable_header()->mutable_block()->set_poolid(kPool.pool_id);
  op.mutable_header()->mutable_block()->set_blockid(id);
  op.mutable_header()->mutable_block()->set_generationstamp(1001);
  op.set_maxversion(1);
  op.set_supportsreceiptverification(true);
  std::string bytes = EncodeOp(Op::kRequestShortCircuitFds, op);
  if (bytes.substr(0, 3) != std::string("\x00\x1c\x57", 3)) co_return Status(Code::kInternal, "not op 87 of version 28");
  CO_RETURN_IF_ERROR(co_await stream->Write(AsBytes(bytes), soon));
  uint8_t answer[5];  // its length, SUCCESS, shortCircuitAccessVersion 1
  CO_RETURN_IF_ERROR(co_await stream->ReadExactly(answer, soon));
  const uint8_t expected[5] = {4, 0x08, 0x00, 0x30, 0x01};
  if (!std::equal(answer, answer + 5, expected)) co_return Status(Code::kInternal, "another answer than Hadoop's");
  CO_ASSIGN_OR_RETURN(auto received, co_await dynamic_cast<FilePassing&>(*stream).ReceiveFiles(2, soon));
  if (received.byte != 1 || received.files.size() != 2) co_return Status(Code::kInternal, "no files, or no receipt wanted");
  if (received.files[0]->WriteAt(0, AsBytes("x")).ok()) co_return Status(Code::kInternal, "the file can be written");
  data->resize(4);
  std::vector<uint8_t> room(4);
  CO_ASSIGN_OR_RETURN(size_t count, received.files[0]->ReadAt(0, room));
  *data = std::string(AsText(ByteView(room).first(count)));
  uint8_t receipt = 0;
  co_return co_await stream->Write(ByteView(&receipt, 1), soon);
}

TEST_F(ShortCircuitTest, SpeaksAsHadoopsDatanodeAndGivesReadOnlyFiles) {
  ASSERT_OK(world_.Run(Make(10, "abcd", true)));
  std::string data;
  ASSERT_OK(world_.Run(AskAsJava(env_, DomainSocketPath(config_.domain_socket_path, kPort), 10, &data)));
  EXPECT_EQ(data, "abcd");
}

TEST_F(ShortCircuitTest, ASocketBelowAFolderThatOthersMayWriteToIsRefused) {
  const std::string open = world_.folder() + "/open";
  ASSERT_OK(world_.disk().MakeDir(open, 0777));
  ASSERT_EQ(::chmod(open.c_str(), 0777), 0);
  Status checked = CheckSocketPath(open + "/dn");
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.message().find("It is not protected because it is world-writable"), std::string::npos) << checked.message();
  EXPECT_FALSE(CheckSocketPath("relative/dn").ok());
}

}  // namespace
}  // namespace tusk::dfs::datanode
