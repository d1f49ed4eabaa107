// The data port over loopback with a hand-driven client: golden bytes, pipelines of three nodes, a node that dies, a
// damaged packet, recoveries, transfers, checksums, and what no peer should send.
#include "dfs/datanode/xfer/data_transfer_server.h"

#include <gtest/gtest.h>

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "dfs/common/data_transfer.h"
#include "dfs/common/golden_test_support.h"
#include "dfs/datanode/store/block_store.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {
namespace {

namespace pb = hadoop::hdfs;
using WriteOp = pb::OpWriteBlockProto;
const PoolIdentity kPool{"BP-1-127.0.0.1-2", "CID-1", 7, 2};
constexpr DataChecksum kChecksum{};

std::string Pattern(size_t count) {
  std::string text(count, 0);
  for (size_t i = 0; i < count; ++i) text[i] = static_cast<char>((i * 131) >> 3);
  return text;
}

struct TestNode : public XferHost {
  explicit TestNode(Env real_env) : env(real_env) {}
  void OnBadBlock(const ExtendedBlock& block, const pb::DatanodeInfoProto* source, const Volume*) override {
    bad_blocks.push_back(block.ToString() + (source != nullptr ? " from " + source->id().datanodeuuid() : ""));
  }
  void FillSelf(pb::DatanodeIDProto* id) const override {
    id->set_ipaddr("127.0.0.1");
    id->set_hostname("localhost");
    id->set_datanodeuuid(uuid);
    id->set_xferport(server->address().port);
    id->set_infoport(0);
    id->set_ipcport(0);
  }
  Task<Status> Start(std::string folder, std::string name) {
    uuid = name;
    StoreOptions options;
    options.locations = {{folder, StorageType::kDisk}};
    CO_ASSIGN_OR_RETURN(store, co_await BlockStore::Open(env, options));
    CO_RETURN_IF_ERROR(co_await store->AddPool(kPool, uuid));
    XferOptions xfer;
    xfer.read_timeout = std::chrono::seconds(5);
    context.reset(new XferContext{env, *store, *this, xfer});
    CO_ASSIGN_OR_RETURN(server, DataTransferServer::Listen(*context, {"127.0.0.1", 0}));
    server->Start();
    co_return Status::Ok();
  }
  Task<int> Stop() {
    if (server != nullptr) co_await server->Shutdown();
    if (store != nullptr) co_await store->Close();
    co_return 0;
  }
  pb::DatanodeInfoProto Info() const {
    pb::DatanodeInfoProto info;
    FillSelf(info.mutable_id());
    return info;
  }

  Env env;
  std::string uuid;
  std::unique_ptr<BlockStore> store;
  std::unique_ptr<XferContext> context;
  std::unique_ptr<DataTransferServer> server;
  std::vector<std::string> bad_blocks;
};

// One connection of a client.
struct Session {
  std::unique_ptr<Stream> stream;
  std::unique_ptr<FrameReader> reader;
  TimePoint Deadline(EventLoop& loop) const { return loop.In(std::chrono::seconds(5)); }
};

class DataTransferServerTest : public testing::Test {
 public:
  DataTransferServerTest() {
    for (int i = 0; i < 3; ++i) {
      nodes_.push_back(std::make_unique<TestNode>(world_.env()));
      EXPECT_OK(world_.Run(nodes_.back()->Start(world_.folder() + "/dn" + std::to_string(i), "uuid-" + std::to_string(i))));
    }
  }
  ~DataTransferServerTest() override {
    for (auto& node : nodes_) world_.Run(node->Stop());
  }
  TimePoint Soon() { return world_.loop().In(std::chrono::seconds(5)); }

  Task<Result<Session>> Connect(size_t node) {
    Session session;
    CO_ASSIGN_OR_RETURN(session.stream, co_await world_.network().Connect(nodes_[node]->server->address(), Soon()));
    session.reader = std::make_unique<FrameReader>(*session.stream, 64 << 10);
    co_return session;
  }

  static ExtendedBlock Name(int64_t id, uint64_t stamp, uint64_t length = 0) { return {kPool.pool_id, {id, stamp, length}}; }
  WriteOp MakeOp(const ExtendedBlock& block, WriteOp::BlockConstructionStage stage, const std::vector<size_t>& targets) {
    WriteOp op;
    ToProto(block, op.mutable_header()->mutable_baseheader()->mutable_block());
    op.mutable_header()->set_clientname("test-client");
    for (size_t target : targets) {
      *op.add_targets() = nodes_[target]->Info();
      op.add_targetstoragetypes(pb::DISK);
      op.add_targetstorageids("");
    }
    op.set_stage(stage);
    op.set_pipelinesize(static_cast<uint32_t>(targets.size() + 1));
    op.set_minbytesrcvd(0);
    op.set_maxbytesrcvd(0);
    op.set_latestgenerationstamp(0);
    op.mutable_requestedchecksum()->set_type(pb::CHECKSUM_CRC32C);
    op.mutable_requestedchecksum()->set_bytesperchecksum(512);
    op.set_storagetype(pb::DISK);
    return op;
  }
  // Sends the op; gives the answer.
  Task<Result<pb::BlockOpResponseProto>> Begin(Session& session, WriteOp op) {
    std::string bytes = EncodeOp(Op::kWriteBlock, op);
    CO_RETURN_IF_ERROR(co_await session.stream->Write(AsBytes(bytes), Soon()));
    pb::BlockOpResponseProto response;
    CO_RETURN_IF_ERROR(co_await session.reader->ReadMessage(response, Soon()));
    co_return response;
  }
  static std::string Packet(uint64_t offset, int64_t seqno, const std::string& data, bool last = false, bool sync = false) {
    std::string sums(kChecksum.ChecksumBytesOf(data.size()), 0);
    kChecksum.Compute(AsBytes(data), reinterpret_cast<uint8_t*>(sums.data()));
    uint8_t head[kPacketHeaderRoom];
    size_t count = EncodePacketHeader({static_cast<int64_t>(offset), seqno, last, static_cast<uint32_t>(data.size()), sync},
                                      sums.size(), head);
    return std::string(AsText({head, count})) + sums + data;
  }
  Task<Result<PipelineAck>> Exchange(Session& session, std::string packet) {
    CO_RETURN_IF_ERROR(co_await session.stream->Write(AsBytes(packet), Soon()));
    co_return co_await session.reader->ReadPipelineAck(Soon());
  }
  // A whole block through `targets` behind node 0.
  Task<Status> Put(ExtendedBlock block, std::string data, std::vector<size_t> targets, size_t packet_bytes = 64512) {
    CO_ASSIGN_OR_RETURN(Session session, co_await Connect(0));
    WriteOp op = MakeOp(block, WriteOp::PIPELINE_SETUP_CREATE, targets);
    CO_ASSIGN_OR_RETURN(auto response, co_await Begin(session, op));
    if (response.status() != pb::SUCCESS) co_return Status(Code::kIOError, "bad link " + response.firstbadlink());
    int64_t seqno = 0;
    std::string all;
    for (size_t at = 0; at < data.size(); at += packet_bytes) all += Packet(at, seqno++, data.substr(at, packet_bytes));
    all += Packet(data.size(), seqno, "", true);
    CO_RETURN_IF_ERROR(co_await session.stream->Write(AsBytes(all), Soon()));
    for (int64_t i = 0; i <= seqno; ++i) {
      CO_ASSIGN_OR_RETURN(PipelineAck ack, co_await session.reader->ReadPipelineAck(Soon()));
      if (ack.seqno != i || !ack.success() || ack.replies.size() != targets.size() + 1) {
        co_return Status(Code::kIOError, "bad ack " + std::to_string(ack.seqno));
      }
    }
    co_return Status::Ok();
  }
  // READ_BLOCK on a connection; checks the CRCs.
  Task<Result<std::string>> Read(Session& session, ExtendedBlock block, uint64_t offset, uint64_t length) {
    pb::OpReadBlockProto op;
    ToProto(block, op.mutable_header()->mutable_baseheader()->mutable_block());
    op.mutable_header()->set_clientname("test-client");
    op.set_offset(offset);
    op.set_len(length);
    std::string bytes = EncodeOp(Op::kReadBlock, op);
    CO_RETURN_IF_ERROR(co_await session.stream->Write(AsBytes(bytes), Soon()));
    pb::BlockOpResponseProto response;
    CO_RETURN_IF_ERROR(co_await session.reader->ReadMessage(response, Soon()));
    if (response.status() != pb::SUCCESS) co_return Status(Code::kIOError, response.message());
    std::string data;
    for (;;) {
      CO_ASSIGN_OR_RETURN(PacketView packet, co_await session.reader->ReadPacket(Soon()));
      if (kChecksum.FindMismatch(packet.data, packet.checksums)) co_return Status(Code::kChecksumError, "in a read");
      data += AsText(packet.data);
      if (packet.header.last_in_block) break;
    }
    pb::ClientReadStatusProto status;
    status.set_status(pb::CHECKSUM_OK);
    bytes = EncodeDelimited(status);
    CO_RETURN_IF_ERROR(co_await session.stream->Write(AsBytes(bytes), Soon()));
    co_return data.substr(offset - response.readopchecksuminfo().chunkoffset(), length);
  }
  Task<Result<std::string>> ReadOnce(size_t node, ExtendedBlock block, uint64_t offset, uint64_t length) {
    CO_ASSIGN_OR_RETURN(Session session, co_await Connect(node));
    co_return co_await Read(session, block, offset, length);
  }
  // Sends bytes, then reads all until the peer closes.
  Task<Result<std::string>> Raw(size_t node, std::string bytes) {
    CO_ASSIGN_OR_RETURN(Session session, co_await Connect(node));
    CO_RETURN_IF_ERROR(co_await session.stream->Write(AsBytes(bytes), Soon()));
    session.stream->ShutdownWrite();
    std::string out;
    std::vector<uint8_t> buffer(4096);
    for (;;) {
      CO_ASSIGN_OR_RETURN(size_t count, co_await session.stream->ReadSome(buffer, Soon()));
      if (count == 0) co_return out;
      out += AsText(ByteView(buffer).first(count));
    }
  }
  ReplicaPtr Find(size_t node, int64_t id) { return nodes_[node]->store->Find(kPool.pool_id, id); }

  RealWorld world_;
  std::vector<std::unique_ptr<TestNode>> nodes_;
};

TEST_F(DataTransferServerTest, BlocksOfAllSizesGoThroughAPipelineOfThree) {
  int64_t id = 0;
  for (size_t size : {0, 1, 511, 512, 513, 64512, 64513, 3'000'000}) {
    SCOPED_TRACE(size);
    ++id;
    std::string data = Pattern(size);
    ASSERT_OK(world_.Run(Put(Name(id, 1001), data, {1, 2})));
    for (size_t node = 0; node < 3; ++node) {
      ASSERT_NE(Find(node, id), nullptr);
      EXPECT_TRUE(Find(node, id)->is_finalized());
      ASSERT_OK_AND_ASSIGN(std::string bytes, world_.Run(ReadOnce(node, Name(id, 1001), 0, size)));
      EXPECT_EQ(bytes, data);
    }
  }
}

// Past the first megabytes a writer's full packets are taken several at a time; one that waits for each ack goes on.
TEST_F(DataTransferServerTest, AWriterInFullFlowAndOneThatWaitsForEachAckAreBothServed) {
  std::string data = Pattern(12'000'000);
  ASSERT_OK(world_.Run(Put(Name(1, 1001), data, {1})));
  for (size_t node = 0; node < 2; ++node) {
    ASSERT_OK_AND_ASSIGN(std::string bytes, world_.Run(ReadOnce(node, Name(1, 1001), 0, data.size())));
    EXPECT_TRUE(bytes == data);
  }
  ASSERT_OK_AND_ASSIGN(Session session, world_.Run(Connect(0)));
  ASSERT_OK(world_.Run(Begin(session, MakeOp(Name(2, 1001), WriteOp::PIPELINE_SETUP_CREATE, {}))));
  int64_t seqno = 0;
  for (size_t at = 0; at < data.size(); at += 64512) {
    ASSERT_OK_AND_ASSIGN(PipelineAck ack, world_.Run(Exchange(session, Packet(at, seqno, data.substr(at, 64512)))));
    ASSERT_EQ(ack.seqno, seqno++);
    ASSERT_TRUE(ack.success());
  }
  ASSERT_OK(world_.Run(Exchange(session, Packet(data.size(), seqno, "", true))));
  ASSERT_OK_AND_ASSIGN(std::string bytes, world_.Run(ReadOnce(0, Name(2, 1001), 0, data.size())));
  EXPECT_TRUE(bytes == data);
}

TEST_F(DataTransferServerTest, ReadsAnyRangeAndKeepsTheConnection) {
  std::string data = Pattern(2'000'000);
  ASSERT_OK(world_.Run(Put(Name(1, 1001), data, {})));
  ASSERT_OK_AND_ASSIGN(Session session, world_.Run(Connect(0)));
  for (auto [offset, length] : {std::pair<size_t, size_t>{0, 1}, {511, 2}, {513, 100'000}, {1'999'999, 1}, {2'000'000, 0}, {0, 2'000'000}}) {
    ASSERT_OK_AND_ASSIGN(std::string bytes, world_.Run(Read(session, Name(1, 1001), offset, length)));
    EXPECT_EQ(bytes, data.substr(offset, length));
  }
  Status beyond = world_.Run(Read(session, Name(1, 1001), 0, 2'000'001)).status();
  EXPECT_NE(std::string(beyond.message()).find("don't match block"), std::string::npos) << beyond.ToString();
  EXPECT_STATUS(Code::kIOError, world_.Run(ReadOnce(0, Name(7, 1001), 0, 1)));
}

TEST_F(DataTransferServerTest, GoldenWriteAndReads) {
  // The recorded client's bytes, with the op made ours: pool and targets differ.
  struct Script {
    static Task<Status> Run(DataTransferServerTest& test) {
      CO_ASSIGN_OR_RETURN(Session session, co_await test.Connect(0));
      WriteOp op = test.MakeOp(Name(1, 1001), WriteOp::PIPELINE_SETUP_CREATE, {1, 2});
      CO_RETURN_IF_ERROR(co_await test.Begin(session, op));
      for (const char* step : {"packet0", "heartbeat", "packet1", "packet2", "last"}) {
        std::string name = std::string("dn-write-") + step;
        CO_ASSIGN_OR_RETURN(PipelineAck ack, co_await test.Exchange(session, Golden(name + ".c2s")));
        std::string recorded = Golden(name + ".s2c");
        CO_ASSIGN_OR_RETURN(PipelineAck golden, DecodePipelineAck(AsBytes(recorded).subspan(1)));
        golden.downstream_nanos = ack.downstream_nanos = 0;
        if (ack.seqno != golden.seqno || ack.replies != golden.replies || ack.flags != golden.flags) {
          co_return Status(Code::kInternal, std::string("the ack differs: ") + step);
        }
      }
      co_return Status::Ok();
    }
  };
  ASSERT_OK(world_.Run(Script::Run(*this)));
  for (auto [file, offset, length, sums] : {std::tuple<const char*, uint64_t, uint64_t, bool>{"dn-read-all", 0, 1537, true},
                                            {"dn-read-odd", 513, 2, true},
                                            {"dn-read-tail", 1536, 1, true},
                                            {"dn-read-nosum", 0, 1537, false}}) {
    pb::OpReadBlockProto op;
    ToProto(Name(1, 1001), op.mutable_header()->mutable_baseheader()->mutable_block());
    op.mutable_header()->set_clientname("golden");
    op.set_offset(offset);
    op.set_len(length);
    op.set_sendchecksums(sums);
    ASSERT_OK_AND_ASSIGN(std::string answer, world_.Run(Raw(2, EncodeOp(Op::kReadBlock, op) + std::string("\2\10\6"))));
    EXPECT_EQ(answer, Golden(std::string(file) + ".s2c")) << file;
  }
  for (bool composite : {false, true}) {
    pb::OpBlockChecksumProto op;
    ToProto(Name(1, 1001, 1537), op.mutable_header()->mutable_block());
    op.mutable_blockchecksumoptions()->set_blockchecksumtype(composite ? pb::COMPOSITE_CRC : pb::MD5CRC);
    ASSERT_OK_AND_ASSIGN(std::string answer, world_.Run(Raw(0, EncodeOp(Op::kBlockChecksum, op))));
    EXPECT_EQ(answer, Golden(composite ? "dn-checksum-crc.s2c" : "dn-checksum-md5.s2c"));
  }
  std::string meta_path = world_.folder() + "/dn1/current/" + kPool.pool_id + "/current/finalized/subdir0/subdir0/blk_1_1001.meta";
  ASSERT_OK_AND_ASSIGN(std::string meta, world_.disk().ReadFile(meta_path));
  EXPECT_EQ(meta, Golden("block.meta"));
}

TEST_F(DataTransferServerTest, AnUnreachableNodeIsNamedInTheFirstAnswer) {
  HostPort gone = nodes_[2]->server->address();
  world_.Run(nodes_[2]->Stop());
  struct Script {
    static Task<Result<pb::BlockOpResponseProto>> Run(DataTransferServerTest& test, WriteOp op) {
      CO_ASSIGN_OR_RETURN(Session session, co_await test.Connect(0));
      co_return co_await test.Begin(session, op);
    }
  };
  WriteOp op = MakeOp(Name(1, 1001), WriteOp::PIPELINE_SETUP_CREATE, {1, 2});
  ASSERT_OK_AND_ASSIGN(auto response, world_.Run(Script::Run(*this, op)));
  EXPECT_EQ(response.status(), pb::ERROR);
  EXPECT_EQ(response.firstbadlink(), gone.ToString());
}

TEST_F(DataTransferServerTest, ANodeThatDiesAmidAWriteIsBlamedAndTheOthersGoOn) {
  struct Script {
    static Task<Status> Run(DataTransferServerTest& test, std::string data) {
      {
        CO_ASSIGN_OR_RETURN(Session session, co_await test.Connect(0));
        CO_RETURN_IF_ERROR(co_await test.Begin(session, test.MakeOp(Name(1, 1001), WriteOp::PIPELINE_SETUP_CREATE, {1, 2})));
        CO_ASSIGN_OR_RETURN(PipelineAck ack, co_await test.Exchange(session, Packet(0, 0, data.substr(0, 1000))));
        if (!ack.success()) co_return Status(Code::kInternal, "first ack");
        (void)co_await test.nodes_[2]->Stop();
        CO_ASSIGN_OR_RETURN(ack, co_await test.Exchange(session, Packet(1000, 1, data.substr(1000, 24))));
        if (ack.success() || ack.StatusOf(0) != kTransferSuccess) co_return Status(Code::kInternal, "the wrong node is blamed");
      }
      // The client drops the last node and goes on under a new stamp.
      CO_ASSIGN_OR_RETURN(Session session, co_await test.Connect(0));
      WriteOp op = test.MakeOp(Name(1, 1001), WriteOp::PIPELINE_SETUP_STREAMING_RECOVERY, {1});
      op.set_latestgenerationstamp(1002);
      op.set_minbytesrcvd(1000);
      op.set_maxbytesrcvd(1024);
      CO_ASSIGN_OR_RETURN(auto response, co_await test.Begin(session, op));
      if (response.status() != pb::SUCCESS) co_return Status(Code::kInternal, "recovery");
      CO_ASSIGN_OR_RETURN(PipelineAck ack, co_await test.Exchange(session, Packet(1000, 1, data.substr(1000, 24))));
      if (!ack.success()) co_return Status(Code::kInternal, "ack after recovery");
      CO_ASSIGN_OR_RETURN(ack, co_await test.Exchange(session, Packet(1024, 2, "", true)));
      co_return ack.success() ? Status::Ok() : Status(Code::kInternal, "last ack");
    }
  };
  std::string data = Pattern(1024);
  ASSERT_OK(world_.Run(Script::Run(*this, data)));
  for (size_t node : {0, 1}) {
    ASSERT_OK_AND_ASSIGN(std::string bytes, world_.Run(ReadOnce(node, Name(1, 1002), 0, 1024)));
    EXPECT_EQ(bytes, data);
  }
}

TEST_F(DataTransferServerTest, ADamagedPacketIsRefusedByTheTail) {
  struct Script {
    // Straight to one node.
    static Task<Result<PipelineAck>> Run(DataTransferServerTest& test, std::vector<size_t> targets, int64_t id) {
      CO_ASSIGN_OR_RETURN(Session session, co_await test.Connect(0));
      CO_RETURN_IF_ERROR(co_await test.Begin(session, test.MakeOp(Name(id, 1001), WriteOp::PIPELINE_SETUP_CREATE, targets)));
      CO_RETURN_IF_ERROR(co_await test.Exchange(session, Packet(0, 0, Pattern(512))));
      std::string bad = Packet(512, 1, Pattern(512));
      bad.back() = static_cast<char>(bad.back() ^ 1);
      co_return co_await test.Exchange(session, bad);
    }
  };
  ASSERT_OK_AND_ASSIGN(PipelineAck ack, world_.Run(Script::Run(*this, {}, 1)));
  EXPECT_EQ(ack.StatusOf(0), kTransferErrorChecksum);
  EXPECT_EQ(Find(0, 1)->block.length, 512u);
  // With a tail behind it, the node that sent the damage ends itself: the tail is good.
  EXPECT_FALSE(world_.Run(Script::Run(*this, {1}, 2)).ok());
  EXPECT_EQ(Find(1, 2)->block.length, 512u);
  EXPECT_EQ(nodes_[0]->context->counters.checksum_errors, 1u);
}

// As a Java datanode in the middle of a pipeline whose next one has died: an ack for no packet, {SUCCESS, ERROR}.
Task<void> AnswerAsOneThatLostItsNext(Listener& listener, TimePoint deadline) {
  auto stream = co_await listener.Accept();
  if (!stream.ok()) co_return;
  FrameReader reader(**stream, 64 << 10);
  WriteOp op;
  if (!(co_await reader.ReadOp(deadline)).ok() || !(co_await reader.ReadMessage(op, deadline)).ok()) co_return;
  pb::BlockOpResponseProto joined;
  joined.set_status(pb::SUCCESS);
  joined.set_firstbadlink("");
  std::string bytes = EncodeDelimited(joined);
  if (!(co_await (*stream)->Write(AsBytes(bytes), deadline)).ok() || !(co_await reader.ReadPacket(deadline)).ok()) co_return;
  PipelineAck ack;
  ack.seqno = kUnknownSeqno;
  ack.Add(kTransferSuccess);
  ack.Add(kTransferError);
  bytes.clear();
  AppendPipelineAck(ack, &bytes);
  (void)co_await (*stream)->Write(AsBytes(bytes), deadline);
  (void)co_await reader.ReadPacket(deadline);
}

TEST_F(DataTransferServerTest, ALossFurtherDownIsNotBlamedOnTheNextNode) {
  struct Script {
    static Task<Result<PipelineAck>> Write(DataTransferServerTest& test, uint16_t next_port) {
      CO_ASSIGN_OR_RETURN(Session session, co_await test.Connect(0));
      WriteOp op = test.MakeOp(Name(1, 1001), WriteOp::PIPELINE_SETUP_CREATE, {1, 2});
      op.mutable_targets(0)->mutable_id()->set_xferport(next_port);
      CO_RETURN_IF_ERROR(co_await test.Begin(session, op));
      co_return co_await test.Exchange(session, Packet(0, 0, Pattern(512)));
    }
    static Task<Result<PipelineAck>> Run(DataTransferServerTest& test) {
      CO_ASSIGN_OR_RETURN(auto listener, test.world_.network().Listen({"127.0.0.1", 0}));
      TaskScope others(test.world_.loop());
      others.Spawn(AnswerAsOneThatLostItsNext(*listener, test.Soon()));
      auto ack = co_await Write(test, listener->local().port);
      listener->Close();
      co_await others.Join();
      co_return ack;
    }
  };
  ASSERT_OK_AND_ASSIGN(PipelineAck ack, world_.Run(Script::Run(*this)));
  ASSERT_EQ(ack.replies.size(), 3u);
  EXPECT_EQ(ack.StatusOf(0), kTransferSuccess);
  EXPECT_EQ(ack.StatusOf(1), kTransferSuccess);
  EXPECT_EQ(ack.StatusOf(2), kTransferError);
}

TEST_F(DataTransferServerTest, ReadersSeeWhatWasAcknowledgedOfAnOpenBlock) {
  struct Script {
    static Task<Status> Run(DataTransferServerTest& test) {
      CO_ASSIGN_OR_RETURN(Session session, co_await test.Connect(0));
      CO_RETURN_IF_ERROR(co_await test.Begin(session, test.MakeOp(Name(1, 1001), WriteOp::PIPELINE_SETUP_CREATE, {1})));
      std::string data = Pattern(900);
      for (auto [from, to] : {std::pair<size_t, size_t>{0, 100}, {100, 512}, {512, 700}}) {
        CO_ASSIGN_OR_RETURN(PipelineAck ack,
                            co_await test.Exchange(session, Packet(from, static_cast<int64_t>(from), data.substr(from, to - from))));
        if (!ack.success()) co_return Status(Code::kInternal, "ack");
        for (size_t node : {0, 1}) {
          if (test.Find(node, 1)->visible_length() != to) co_return Status(Code::kInternal, "visible length");
          CO_ASSIGN_OR_RETURN(std::string bytes, co_await test.ReadOnce(node, Name(1, 1001), 0, to));
          if (bytes != data.substr(0, to)) co_return Status(Code::kInternal, "bytes");
        }
      }
      co_return Status::Ok();
    }
  };
  ASSERT_OK(world_.Run(Script::Run(*this)));
}

TEST_F(DataTransferServerTest, TransfersForClientsAndByOrder) {
  std::string data = Pattern(100'000);
  ASSERT_OK(world_.Run(Put(Name(1, 1001), data, {})));
  pb::OpTransferBlockProto op;
  ToProto(Name(1, 1001), op.mutable_header()->mutable_baseheader()->mutable_block());
  op.mutable_header()->set_clientname("test-client");
  *op.add_targets() = nodes_[1]->Info();
  ASSERT_OK_AND_ASSIGN(std::string answer, world_.Run(Raw(0, EncodeOp(Op::kTransferBlock, op))));
  EXPECT_EQ(answer, std::string("\2\10\0", 3));
  EXPECT_TRUE(Find(1, 1)->is_finalized());
  // A second copy of what is there fails, and says so.
  ASSERT_OK_AND_ASSIGN(answer, world_.Run(Raw(0, EncodeOp(Op::kTransferBlock, op))));
  EXPECT_NE(answer, std::string("\2\10\0", 3));

}

TEST_F(DataTransferServerTest, FetchesReplicasForTheBalancer) {
  std::string data = Pattern(100'000), answer;
  ASSERT_OK(world_.Run(Put(Name(1, 1001), data, {})));
  pb::OpReplaceBlockProto replace;
  ToProto(Name(1, 1001, data.size()), replace.mutable_header()->mutable_block());
  replace.set_delhint("uuid-0");
  *replace.mutable_source() = nodes_[0]->Info();
  ASSERT_OK_AND_ASSIGN(answer, world_.Run(Raw(2, EncodeOp(Op::kReplaceBlock, replace))));
  EXPECT_EQ(answer, std::string("\2\10\0", 3));
  ASSERT_OK_AND_ASSIGN(std::string bytes, world_.Run(ReadOnce(2, Name(1, 1001), 0, data.size())));
  EXPECT_EQ(bytes, data);

  // At either end only so many at once.
  for (size_t busy : {0, 1}) {
    std::vector<std::unique_ptr<BalanceThrottle::Move>> moves;
    for (size_t i = 0; i < XferOptions().balance_moves_max; ++i) {
      moves.push_back(std::make_unique<BalanceThrottle::Move>(nodes_[busy]->context->balance));
    }
    ASSERT_OK_AND_ASSIGN(answer, world_.Run(Raw(1, EncodeOp(Op::kReplaceBlock, replace))));
    EXPECT_NE(answer.find("because threads quota is exceeded."), std::string::npos) << answer;
  }
  ASSERT_OK_AND_ASSIGN(answer, world_.Run(Raw(1, EncodeOp(Op::kReplaceBlock, replace))));
  EXPECT_EQ(answer, std::string("\2\10\0", 3));
}

TEST_F(DataTransferServerTest, AWriterThatVanishesLeavesAnRbw) {
  struct Script {
    static Task<Status> Run(DataTransferServerTest& test) {
      CO_ASSIGN_OR_RETURN(Session session, co_await test.Connect(0));
      CO_RETURN_IF_ERROR(co_await test.Begin(session, test.MakeOp(Name(1, 1001), WriteOp::PIPELINE_SETUP_CREATE, {1})));
      CO_RETURN_IF_ERROR(co_await test.Exchange(session, Packet(0, 0, Pattern(512))));
      session.stream->Close();
      // The recovery waits for the sessions to let go.
      for (size_t node : {0, 1}) {
        CO_ASSIGN_OR_RETURN(auto info, co_await test.nodes_[node]->store->InitRecovery(Name(1, 1001), 1005));
        if (!info.has_value() || info->block.length != 512) co_return Status(Code::kInternal, "recovery info");
      }
      co_return Status::Ok();
    }
  };
  ASSERT_OK(world_.Run(Script::Run(*this)));
  EXPECT_EQ(nodes_[0]->context->counters.writers, 0u);
}

TEST_F(DataTransferServerTest, AnswersWhatItDoesNotOffer) {
  pb::OpRequestShortCircuitAccessProto request;
  ToProto(Name(1, 1001), request.mutable_header()->mutable_block());
  request.set_maxversion(1);
  ASSERT_OK_AND_ASSIGN(std::string answer, world_.Run(Raw(0, EncodeOp(Op::kRequestShortCircuitFds, request))));
  pb::BlockOpResponseProto response;
  ASSERT_TRUE(response.ParseFromString(answer.substr(1)));
  EXPECT_EQ(response.status(), pb::ERROR_UNSUPPORTED);

  pb::DataTransferEncryptorMessageProto hello;
  hello.set_status(pb::DataTransferEncryptorMessageProto::SUCCESS);
  ASSERT_OK_AND_ASSIGN(answer, world_.Run(Raw(0, "\xDE\xAD\xBE\xEF" + EncodeDelimited(hello))));
  ASSERT_FALSE(answer.empty());
  pb::DataTransferEncryptorMessageProto refusal;
  ASSERT_TRUE(refusal.ParseFromString(answer.substr(1)));
  EXPECT_EQ(refusal.status(), pb::DataTransferEncryptorMessageProto::ERROR);
}

TEST_F(DataTransferServerTest, ClosesOnWhatIsMalformed) {
  for (std::string bytes : {std::string("\0\x1B\x51", 3), std::string("\0\x1C\x01", 3), std::string("GET / HTTP/1.1\r\n\r\n"),
                            std::string("\0\x1C\x51\xff\xff\xff\xff\x0f", 8), std::string("\0\x1C\x50\x02xx", 6)}) {
    ASSERT_OK_AND_ASSIGN(std::string answer, world_.Run(Raw(0, bytes)));
    EXPECT_EQ(answer, "");
  }
  struct Script {
    static Task<Result<PipelineAck>> Run(DataTransferServerTest& test) {
      CO_ASSIGN_OR_RETURN(Session session, co_await test.Connect(0));
      CO_RETURN_IF_ERROR(co_await test.Begin(session, test.MakeOp(Name(1, 1001), WriteOp::PIPELINE_SETUP_CREATE, {})));
      co_return co_await test.Exchange(session, std::string("\xff\xff\xff\xff\xff\xff rubbish"));
    }
  };
  EXPECT_FALSE(world_.Run(Script::Run(*this)).ok());
}

}  // namespace
}  // namespace tusk::dfs::datanode
