// Whole datanodes with a namenode that only records and answers: registration, reports, orders, recoveries.
#include "dfs/datanode/datanode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/config/configuration.h"
#include "base/http/client.h"
#include "base/rpc/client.h"
#include "base/rpc/server.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "dfs/common/checksum.h"
#include "dfs/common/data_transfer.h"
#include "dfs/proto/ClientDatanodeProtocol.rpc.h"
#include "dfs/proto/DatanodeProtocol.rpc.h"
#include "dfs/proto/InterDatanodeProtocol.rpc.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {
namespace {

namespace pb = hadoop::hdfs;
namespace dnpb = hadoop::hdfs::datanode;
constexpr const char* kPoolId = "BP-1-127.0.0.1-2";
constexpr Duration kWaitMax = std::chrono::seconds(10);

class FakeNamenode : public dnpb::DatanodeProtocolService {
 public:
  Task<Result<pb::VersionResponseProto>> VersionRequest(rpc::CallContext&, const pb::VersionRequestProto&) override {
    pb::VersionResponseProto response;
    auto* info = response.mutable_info();
    info->set_buildversion("x");
    info->set_unused(0);
    info->set_blockpoolid(kPoolId);
    info->mutable_storageinfo()->set_layoutversion(static_cast<uint32_t>(-67));
    info->mutable_storageinfo()->set_namespceid(7);
    info->mutable_storageinfo()->set_clusterid(cluster_id);
    info->mutable_storageinfo()->set_ctime(2);
    info->set_softwareversion("3.4.2");
    info->set_capabilities(1);
    co_return response;
  }
  Task<Result<dnpb::RegisterDatanodeResponseProto>> RegisterDatanode(rpc::CallContext&,
                                                                     const dnpb::RegisterDatanodeRequestProto& request) override {
    if (!refuse_registration.ok()) co_return refuse_registration;
    registrations.push_back(request.registration());
    dnpb::RegisterDatanodeResponseProto response;
    *response.mutable_registration() = request.registration();
    co_return response;
  }
  Task<Result<dnpb::HeartbeatResponseProto>> SendHeartbeat(rpc::CallContext&, const dnpb::HeartbeatRequestProto& request) override {
    heartbeats.push_back(request);
    dnpb::HeartbeatResponseProto response;
    response.mutable_hastatus()->set_state(pb::NNHAStatusHeartbeatProto::ACTIVE);
    response.mutable_hastatus()->set_txid(++txid);
    if (request.requestfullblockreportlease()) response.set_fullblockreportleaseid(42);
    auto& queue = orders[request.registration().datanodeid().datanodeuuid()];
    for (auto& order : queue) *response.add_cmds() = std::move(order);
    queue.clear();
    co_return response;
  }
  Task<Result<dnpb::BlockReportResponseProto>> BlockReport(rpc::CallContext&, const dnpb::BlockReportRequestProto& request) override {
    full_reports.push_back(request);
    co_return dnpb::BlockReportResponseProto();
  }
  Task<Result<dnpb::BlockReceivedAndDeletedResponseProto>> BlockReceivedAndDeleted(
      rpc::CallContext&, const dnpb::BlockReceivedAndDeletedRequestProto& request) override {
    if (fail_reports > 0) {
      --fail_reports;
      co_return Status(Code::kIOError, "not now");
    }
    for (const auto& storage : request.blocks()) {
      for (const auto& info : storage.blocks()) {
        changes.push_back(request.registration().datanodeid().datanodeuuid() + " " + FromProto(info.block()).ToString() + ":" +
                          std::to_string(info.status()));
      }
    }
    co_return dnpb::BlockReceivedAndDeletedResponseProto();
  }
  Task<Result<dnpb::CommitBlockSynchronizationResponseProto>> CommitBlockSynchronization(
      rpc::CallContext&, const dnpb::CommitBlockSynchronizationRequestProto& request) override {
    commits.push_back(request);
    co_return dnpb::CommitBlockSynchronizationResponseProto();
  }
  Task<Result<dnpb::ErrorReportResponseProto>> ErrorReport(rpc::CallContext&, const dnpb::ErrorReportRequestProto& request) override {
    errors.push_back(request.msg());
    co_return dnpb::ErrorReportResponseProto();
  }
  bool Saw(const std::string& change) const { return std::find(changes.begin(), changes.end(), change) != changes.end(); }

  std::string cluster_id = "CID-1";
  Status refuse_registration;
  uint64_t txid = 0;
  int fail_reports = 0;
  std::vector<dnpb::DatanodeRegistrationProto> registrations;
  std::vector<dnpb::HeartbeatRequestProto> heartbeats;
  std::vector<dnpb::BlockReportRequestProto> full_reports;
  std::vector<dnpb::CommitBlockSynchronizationRequestProto> commits;
  std::vector<std::string> changes;
  std::vector<std::string> errors;
  std::map<std::string, std::vector<dnpb::DatanodeCommandProto>> orders;  // by datanode uuid
};

class DataNodeTest : public testing::Test {
 protected:
  DataNodeTest() : client_(rpc::Client::Make(world_.env())) { StartNamenode({"127.0.0.1", 0}); }
  ~DataNodeTest() override {
    for (auto& node : nodes_) world_.Run(StopTask(*node));
    world_.Run(EndTask(*client_, *server_));
  }
  void StartNamenode(const HostPort& at) {
    auto server = rpc::Server::Listen(world_.env(), {.bind = at});
    TUSK_CHECK(server.ok()) << server.status().ToString();
    server_ = std::move(server).value();
    server_->AddService(namenode_);
    server_->Start();
  }
  static Task<int> StopTask(DataNode& node) {
    co_await node.Stop();
    co_return 0;
  }
  static Task<int> EndTask(rpc::Client& client, rpc::Server& server) {
    co_await client.Shutdown();
    co_await server.Shutdown();
    co_return 0;
  }
  DataNodeConfig Config(int number) {
    DataNodeConfig config;
    config.namenodes = {server_->address()};
    config.data_bind.port = config.ipc_bind.port = config.http_bind.port = 0;
    config.user = "hdfs";
    config.heartbeat_interval = std::chrono::milliseconds(30);
    config.store.locations = {{world_.folder() + "/dn" + std::to_string(number), StorageType::kDisk}};
    return config;
  }
  DataNode& StartNode(int number) {
    auto node = DataNode::Create(world_.env(), conf_, Config(number));
    TUSK_CHECK(node.ok());
    Status started = world_.Run((*node)->Start());
    TUSK_CHECK(started.ok()) << started.ToString();
    nodes_.push_back(std::move(node).value());
    return *nodes_.back();
  }
  // Runs the loop until `condition`.
  template <typename Condition>
  bool Eventually(Condition condition) {
    struct Poll {
      static Task<bool> Run(EventLoop& loop, Condition& test) {
        TimePoint deadline = loop.In(kWaitMax);
        while (!test()) {
          if (loop.Now() > deadline) co_return false;
          (void)co_await SleepFor(loop, 2ms);
        }
        co_return true;
      }
    };
    return world_.Run(Poll::Run(world_.loop(), condition));
  }
  bool AllReported(size_t count) {
    return Eventually([&] { return namenode_.full_reports.size() >= count; });
  }
  const std::string& Uuid(size_t index) { return namenode_.registrations.at(index).datanodeid().datanodeuuid(); }

  // Writes one packet to the given nodes, in pipeline order; without `close` the replica stays open.
  Status Write(std::vector<DataNode*> pipeline, int64_t id, uint64_t stamp, const std::string& data, bool close) {
    return world_.Run(WriteTask(std::move(pipeline), id, stamp, data, close));
  }
  Task<Status> WriteTask(std::vector<DataNode*> pipeline, int64_t id, uint64_t stamp, std::string data, bool close) {
    TimePoint deadline = world_.loop().In(kWaitMax);
    CO_ASSIGN_OR_RETURN(auto stream, co_await world_.network().Connect(pipeline[0]->data_address(), deadline));
    pb::OpWriteBlockProto op;
    ToProto(ExtendedBlock{kPoolId, {id, stamp, 0}}, op.mutable_header()->mutable_baseheader()->mutable_block());
    op.mutable_header()->set_clientname("c");
    for (size_t i = 1; i < pipeline.size(); ++i) {
      auto* target = op.add_targets()->mutable_id();
      target->set_ipaddr("127.0.0.1");
      target->set_hostname("localhost");
      target->set_datanodeuuid("");
      target->set_xferport(pipeline[i]->data_address().port);
      target->set_infoport(0);
      target->set_ipcport(0);
    }
    op.set_stage(pb::OpWriteBlockProto::PIPELINE_SETUP_CREATE);
    op.set_pipelinesize(1);
    op.set_minbytesrcvd(0);
    op.set_maxbytesrcvd(0);
    op.set_latestgenerationstamp(0);
    op.mutable_requestedchecksum()->set_type(pb::CHECKSUM_CRC32C);
    op.mutable_requestedchecksum()->set_bytesperchecksum(512);
    std::string bytes = EncodeOp(Op::kWriteBlock, op);
    CO_RETURN_IF_ERROR(co_await stream->Write(AsBytes(bytes), deadline));
    FrameReader reader(*stream, 4096);
    pb::BlockOpResponseProto response;
    CO_RETURN_IF_ERROR(co_await reader.ReadMessage(response, deadline));
    DataChecksum checksum;
    std::string sums(checksum.ChecksumBytesOf(data.size()), 0);
    checksum.Compute(AsBytes(data), reinterpret_cast<uint8_t*>(sums.data()));
    uint8_t head[kPacketHeaderRoom];
    size_t count = EncodePacketHeader({0, 0, false, static_cast<uint32_t>(data.size()), false}, sums.size(), head);
    std::string packets = std::string(AsText({head, count})) + sums + data;
    count = EncodePacketHeader({static_cast<int64_t>(data.size()), 1, true, 0, false}, 0, head);
    if (close) packets += AsText({head, count});
    CO_RETURN_IF_ERROR(co_await stream->Write(AsBytes(packets), deadline));
    for (int i = 0; i < (close ? 2 : 1); ++i) {
      CO_ASSIGN_OR_RETURN(PipelineAck ack, co_await reader.ReadPipelineAck(deadline));
      if (!ack.success()) co_return Status(Code::kIOError, "ack");
    }
    co_return Status::Ok();
  }
  pb::ClientDatanodeProtocolClient IpcOf(DataNode& node, const std::string& user = "hdfs") {
    return pb::ClientDatanodeProtocolClient(rpc::Channel(*client_, node.ipc_address(), {user}));
  }

  RealWorld world_;
  Configuration conf_;
  FakeNamenode namenode_;
  std::unique_ptr<rpc::Client> client_;
  std::unique_ptr<rpc::Server> server_;
  std::vector<std::unique_ptr<DataNode>> nodes_;
};

TEST_F(DataNodeTest, RegistersAndReports) {
  DataNode& node = StartNode(0);
  ASSERT_TRUE(AllReported(1));
  const auto& registration = namenode_.registrations.at(0);
  EXPECT_EQ(registration.datanodeid().ipaddr(), "127.0.0.1");
  EXPECT_EQ(registration.datanodeid().xferport(), node.data_address().port);
  EXPECT_EQ(registration.datanodeid().infoport(), node.http_address().port);
  EXPECT_EQ(registration.storageinfo().layoutversion(), static_cast<uint32_t>(-57));
  EXPECT_EQ(registration.storageinfo().namespceid(), 7u);
  EXPECT_EQ(registration.storageinfo().ctime(), 2u);
  ASSERT_FALSE(namenode_.heartbeats.empty());
  const auto& storage = namenode_.heartbeats[0].reports(0);
  EXPECT_GT(storage.capacity(), 0u);
  EXPECT_TRUE(storage.storageuuid().starts_with("DS-"));
  EXPECT_EQ(storage.storage().storageuuid(), storage.storageuuid());
  EXPECT_EQ(namenode_.full_reports[0].context().leaseid(), 42u);
  EXPECT_EQ(namenode_.full_reports[0].reports_size(), 1);
  size_t seen = namenode_.heartbeats.size();
  EXPECT_TRUE(Eventually([&] { return namenode_.heartbeats.size() > seen + 3; }));
  EXPECT_FALSE(namenode_.heartbeats.back().requestfullblockreportlease());
}

TEST_F(DataNodeTest, ABlockIsReportedAtOnceAndInTheNextFullReport) {
  DataNode& node = StartNode(0);
  ASSERT_TRUE(AllReported(1));
  namenode_.fail_reports = 1;  // is sent again
  ASSERT_OK(Write({&node}, 5, 1001, "hello", true));
  EXPECT_TRUE(Eventually([&] { return namenode_.Saw(Uuid(0) + " blk_5_1001:2"); }));
  auto ipc = IpcOf(node);
  pb::TriggerBlockReportRequestProto trigger;
  trigger.set_incremental(false);
  ASSERT_OK(world_.Run(ipc.TriggerBlockReport(trigger)));
  ASSERT_TRUE(AllReported(2));
  const auto& report = namenode_.full_reports.back().reports(0);
  EXPECT_EQ(report.numberofblocks(), 1u);
  // zigzag id 5, length 5, stamp 1001, state finalized
  EXPECT_EQ(report.blocksbuffers(0), std::string("\x0a\x05\xe9\x07\x00", 5));
}

TEST_F(DataNodeTest, ObeysDeletionsTransfersAndOrdersToRegister) {
  DataNode& first = StartNode(0);
  ASSERT_TRUE(AllReported(1));
  DataNode& second = StartNode(1);
  ASSERT_TRUE(AllReported(2));
  ASSERT_OK(Write({&first}, 5, 1001, "hello", true));
  dnpb::DatanodeCommandProto order;
  order.set_cmdtype(dnpb::DatanodeCommandProto::BlockCommand);
  auto* block = order.mutable_blkcmd();
  block->set_action(dnpb::BlockCommandProto::TRANSFER);
  block->set_blockpoolid(kPoolId);
  ToProto(Block{5, 1001, 5}, block->add_blocks());
  *block->add_targets()->add_datanodes()->mutable_id() = namenode_.registrations.at(1).datanodeid();
  namenode_.orders[Uuid(0)].push_back(order);
  EXPECT_TRUE(Eventually([&] { return namenode_.Saw(Uuid(1) + " blk_5_1001:2"); }));
  block->set_action(dnpb::BlockCommandProto::INVALIDATE);
  namenode_.orders[Uuid(1)].push_back(order);
  EXPECT_TRUE(Eventually([&] { return namenode_.Saw(Uuid(1) + " blk_5_1001:3"); }));
  block->set_action(dnpb::BlockCommandProto::TRANSFER);  // of what is not there any more
  namenode_.orders[Uuid(1)].push_back(order);
  EXPECT_TRUE(Eventually([&] { return !namenode_.errors.empty(); }));
  order.Clear();
  order.set_cmdtype(dnpb::DatanodeCommandProto::RegisterCommand);
  namenode_.orders[Uuid(1)].push_back(order);
  EXPECT_TRUE(Eventually([&] { return namenode_.registrations.size() == 3; }));
  EXPECT_TRUE(AllReported(3));
  EXPECT_TRUE(second.registered());
}

TEST_F(DataNodeTest, RecoversAnAbandonedBlockToTheShortestReplica) {
  DataNode& first = StartNode(0);
  ASSERT_TRUE(AllReported(1));
  DataNode& second = StartNode(1);
  ASSERT_TRUE(AllReported(2));
  ASSERT_OK(Write({&first}, 5, 1001, std::string(700, 'a'), false));
  ASSERT_OK(Write({&second}, 5, 1001, std::string(600, 'a'), false));
  dnpb::DatanodeCommandProto order;
  order.set_cmdtype(dnpb::DatanodeCommandProto::BlockRecoveryCommand);
  auto* recovering = order.mutable_recoverycmd()->add_blocks();
  recovering->set_newgenstamp(1005);
  auto* located = recovering->mutable_block();
  ToProto(ExtendedBlock{kPoolId, {5, 1001, 0}}, located->mutable_b());
  located->set_offset(0);
  located->set_corrupt(false);
  located->mutable_blocktoken()->set_identifier("");
  located->mutable_blocktoken()->set_password("");
  located->mutable_blocktoken()->set_kind("");
  located->mutable_blocktoken()->set_service("");
  for (size_t i : {0, 1}) *located->add_locs()->mutable_id() = namenode_.registrations.at(i).datanodeid();
  namenode_.orders[Uuid(0)].push_back(order);
  ASSERT_TRUE(Eventually([&] { return !namenode_.commits.empty(); }));
  const auto& commit = namenode_.commits[0];
  EXPECT_EQ(commit.newlength(), 600u);
  EXPECT_EQ(commit.newgenstamp(), 1005u);
  EXPECT_TRUE(commit.closefile());
  EXPECT_FALSE(commit.deleteblock());
  EXPECT_EQ(commit.newtaragets_size(), 2);
  EXPECT_EQ(commit.newtargetstorages_size(), 2);
  for (DataNode* node : {&first, &second}) {
    auto ipc = IpcOf(*node);
    pb::GetReplicaVisibleLengthRequestProto request;
    ToProto(ExtendedBlock{kPoolId, {5, 1005, 0}}, request.mutable_block());
    ASSERT_OK_AND_ASSIGN(auto length, world_.Run(ipc.GetReplicaVisibleLength(request)));
    EXPECT_EQ(length.length(), 600u);
  }
}

TEST_F(DataNodeTest, WaitsForANamenodeThatIsNotThereYetAndSurvivesItsRestart) {
  HostPort address = server_->address();
  world_.Run(EndTask(*client_, *server_));
  server_.reset();
  client_ = rpc::Client::Make(world_.env());
  StartNamenode({"127.0.0.1", 0});  // another, for Config's sake
  DataNodeConfig config = Config(0);
  config.namenodes = {address};
  auto node = DataNode::Create(world_.env(), conf_, std::move(config));
  ASSERT_OK(node);
  nodes_.push_back(std::move(node).value());
  ASSERT_OK(world_.Run(nodes_[0]->Start()));
  EXPECT_FALSE(nodes_[0]->registered());
  world_.Run(EndTask(*client_, *server_));
  client_ = rpc::Client::Make(world_.env());
  StartNamenode(address);
  EXPECT_TRUE(AllReported(1));
  EXPECT_TRUE(nodes_[0]->registered());
}

TEST_F(DataNodeTest, GivesUpOnANamenodeThatRefusesIt) {
  namenode_.refuse_registration = Status(Code::kDisallowedDatanode, "not you");
  auto node = DataNode::Create(world_.env(), conf_, Config(0));
  ASSERT_OK(node);
  nodes_.push_back(std::move(node).value());
  bool ended = false;
  nodes_[0]->OnShutdownRequest([&] { ended = true; });
  ASSERT_OK(world_.Run(nodes_[0]->Start()));
  EXPECT_TRUE(Eventually([&] { return ended; }));
  EXPECT_FALSE(nodes_[0]->registered());
}

TEST_F(DataNodeTest, AnswersOnItsRpcAndHttpPorts) {
  DataNode& node = StartNode(0);
  ASSERT_TRUE(AllReported(1));
  auto ipc = IpcOf(node);
  ASSERT_OK_AND_ASSIGN(auto info, world_.Run(ipc.GetDatanodeInfo({})));
  EXPECT_EQ(info.localinfo().softwareversion(), "3.4.2");
  ASSERT_OK_AND_ASSIGN(auto volumes, world_.Run(ipc.GetVolumeReport({})));
  EXPECT_EQ(volumes.volumeinfo_size(), 1);
  auto stranger = IpcOf(node, "mallory");
  EXPECT_STATUS(Code::kAccessControl, world_.Run(stranger.GetVolumeReport({})));
  pb::DeleteBlockPoolRequestProto drop;
  drop.set_blockpool(kPoolId);
  drop.set_force(true);
  EXPECT_STATUS(Code::kIOError, world_.Run(ipc.DeleteBlockPool(drop)));  // in use
  pb::GetReplicaVisibleLengthRequestProto missing;
  ToProto(ExtendedBlock{kPoolId, {99, 1001, 0}}, missing.mutable_block());
  EXPECT_STATUS(Code::kReplicaNotFound, world_.Run(ipc.GetReplicaVisibleLength(missing)));

  auto http = http::Client::Make(world_.env());
  std::string url = "http://" + node.http_address().ToString() + "/jmx?qry=Hadoop:service=DataNode,name=*";
  ASSERT_OK_AND_ASSIGN(auto page, world_.Run(http->Get(url, world_.loop().In(kWaitMax))));
  EXPECT_NE(page.body.find("FSDatasetState"), std::string::npos);
  EXPECT_NE(page.body.find("\"ClusterId\" : \"CID-1\""), std::string::npos) << page.body;
}

}  // namespace
}  // namespace tusk::dfs::datanode
