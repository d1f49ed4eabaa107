// The namenode as a whole, over real sockets, with the test playing datanode and administrator.
#include "dfs/namenode/namenode.h"

#include "base/http/client.h"
#include "base/rpc/client.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "dfs/namenode/blocks/block_report_codec.h"
#include "dfs/proto/ClientNamenodeProtocol.rpc.h"
#include "dfs/proto/DatanodeProtocol.rpc.h"

namespace tusk::dfs {
namespace {

namespace pb = hadoop::hdfs;
namespace dn = hadoop::hdfs::datanode;

class NameNodeTest : public testing::Test {
 protected:
  NameNodeTest() {
    conf_.Set("fs.defaultFS", "hdfs://127.0.0.1:0");
    conf_.Set("dfs.namenode.rpc-address", "127.0.0.1:0");
    conf_.Set("dfs.namenode.http-address", "127.0.0.1:0");
    conf_.Set("dfs.namenode.name.dir", "file://" + world_.folder() + "/name");
    conf_.Set("dfs.namenode.safemode.extension", "0");
  }
  void Start() {
    auto created = NameNode::Create(world_.env(), conf_, [](const Status& status) { FAIL() << status.ToString(); });
    ASSERT_TRUE(created.ok()) << created.status().ToString();
    namenode_ = std::move(*created);
    ASSERT_OK(world_.Run(namenode_->Start()));
    client_ = rpc::Client::Make(world_.env());
    rpc::Channel channel(*client_, namenode_->rpc_address(), rpc::ClientIdentity{ProcessUser(), "", {}});
    datanode_ = std::make_unique<dn::DatanodeProtocolClient>(channel);
    admin_ = std::make_unique<pb::ClientNamenodeProtocolClient>(channel);
    stranger_ = std::make_unique<pb::ClientNamenodeProtocolClient>(
        rpc::Channel(*client_, namenode_->rpc_address(), rpc::ClientIdentity{"nobody-special", "", {}}));
  }
  void TearDown() override {
    struct Closer {
      static Task<int> Run(rpc::Client& client, NameNode& namenode) {
        co_await client.Shutdown();
        co_await namenode.Stop();
        co_return 0;
      }
    };
    if (namenode_ != nullptr) (void)world_.Run(Closer::Run(*client_, *namenode_));
  }

  dn::DatanodeRegistrationProto Registration(const pb::NamespaceInfoProto& info) {
    dn::DatanodeRegistrationProto registration;
    auto& id = *registration.mutable_datanodeid();
    id.set_ipaddr("1.2.3.4");
    id.set_hostname("elsewhere");
    id.set_datanodeuuid("uuid-1");
    id.set_xferport(9866);
    id.set_infoport(9864);
    id.set_ipcport(9867);
    *registration.mutable_storageinfo() = info.storageinfo();
    auto& keys = *registration.mutable_keys();
    keys.set_isblocktokenenabled(false);
    keys.set_keyupdateinterval(0);
    keys.set_tokenlifetime(0);
    keys.mutable_currentkey()->set_keyid(0);
    keys.mutable_currentkey()->set_expirydate(0);
    registration.set_softwareversion("3.4.2");
    return registration;
  }
  Result<dn::HeartbeatResponseProto> Beat(const dn::DatanodeRegistrationProto& registration, bool want_lease) {
    dn::HeartbeatRequestProto request;
    *request.mutable_registration() = registration;
    auto& report = *request.add_reports();
    report.set_storageuuid("DS-1");
    report.set_capacity(1000);
    report.set_remaining(900);
    report.set_dfsused(40);
    report.mutable_storage()->set_storageuuid("DS-1");
    request.set_requestfullblockreportlease(want_lease);
    return world_.Run(datanode_->SendHeartbeat(std::move(request)));
  }

  RealWorld world_;
  Configuration conf_;
  std::unique_ptr<NameNode> namenode_;
  std::unique_ptr<rpc::Client> client_;
  std::unique_ptr<dn::DatanodeProtocolClient> datanode_;
  std::unique_ptr<pb::ClientNamenodeProtocolClient> admin_;
  std::unique_ptr<pb::ClientNamenodeProtocolClient> stranger_;
};

TEST_F(NameNodeTest, RefusesAFolderThatIsNotFormattedAndFormatsOnce) {
  auto created = NameNode::Create(world_.env(), conf_, {});
  EXPECT_FALSE(created.ok());
  ASSERT_OK(NameNode::Format(world_.env(), conf_, {"CID-mine", false}));
  EXPECT_STATUS(Code::kAlreadyExists, NameNode::Format(world_.env(), conf_, {}));
  EXPECT_OK(NameNode::Format(world_.env(), conf_, {"", true}));
}

TEST_F(NameNodeTest, DatanodeRegistersBeatsAndReports) {
  ASSERT_OK(NameNode::Format(world_.env(), conf_, {}));
  Start();
  ASSERT_OK_AND_ASSIGN(auto version, world_.Run(datanode_->VersionRequest({})));
  EXPECT_EQ(version.info().softwareversion(), "3.4.2");
  EXPECT_EQ(static_cast<int32_t>(version.info().storageinfo().layoutversion()), -67);
  const auto registration = Registration(version.info());

  // Unknown: it is told to register.
  ASSERT_OK_AND_ASSIGN(auto beat, Beat(registration, false));
  ASSERT_EQ(beat.cmds_size(), 1);
  EXPECT_EQ(beat.cmds(0).cmdtype(), dn::DatanodeCommandProto::RegisterCommand);

  dn::RegisterDatanodeRequestProto request;
  *request.mutable_registration() = registration;
  ASSERT_OK_AND_ASSIGN(auto registered, world_.Run(datanode_->RegisterDatanode(request)));
  EXPECT_EQ(registered.registration().datanodeid().ipaddr(), "127.0.0.1");  // the source's, not what it said
  ASSERT_OK_AND_ASSIGN(beat, Beat(registration, true));
  EXPECT_EQ(beat.cmds_size(), 0);
  EXPECT_EQ(beat.hastatus().state(), pb::NNHAStatusHeartbeatProto::ACTIVE);
  EXPECT_NE(beat.fullblockreportleaseid(), 0u);

  // A report of a block that nobody knows: it is to be deleted; with a wrong lease the report is refused.
  const std::vector<ReportedReplica> replicas = {{{1073741825, 1000, 5}, ReplicaState::kFinalized}};
  dn::BlockReportRequestProto report;
  *report.mutable_registration() = registration;
  report.set_blockpoolid(version.info().blockpoolid());
  auto& storage = *report.add_reports();
  storage.mutable_storage()->set_storageuuid("DS-1");
  storage.set_numberofblocks(1);
  storage.add_blocksbuffers(EncodeBlockBuffer(replicas));
  report.mutable_context()->set_totalrpcs(1);
  report.mutable_context()->set_currpc(0);
  report.mutable_context()->set_id(1);
  report.mutable_context()->set_leaseid(beat.fullblockreportleaseid() + 1);
  EXPECT_STATUS(Code::kInvalidBlockReportLease, world_.Run(datanode_->BlockReport(report)));
  report.mutable_context()->set_leaseid(beat.fullblockreportleaseid());
  ASSERT_OK_AND_ASSIGN(auto reported, world_.Run(datanode_->BlockReport(report)));
  EXPECT_EQ(reported.cmd().cmdtype(), dn::DatanodeCommandProto::FinalizeCommand);
  ASSERT_OK_AND_ASSIGN(beat, Beat(registration, false));
  ASSERT_EQ(beat.cmds_size(), 1);
  EXPECT_EQ(beat.cmds(0).blkcmd().action(), dn::BlockCommandProto::INVALIDATE);
  ASSERT_EQ(beat.cmds(0).blkcmd().blocks_size(), 1);
  EXPECT_EQ(beat.cmds(0).blkcmd().blocks(0).blockid(), 1073741825u);

  ASSERT_OK_AND_ASSIGN(auto stats, world_.Run(admin_->GetFsStats({})));
  EXPECT_EQ(stats.capacity(), 1000u);
  EXPECT_EQ(stats.remaining(), 900u);
  pb::GetDatanodeReportRequestProto live;
  live.set_type(pb::LIVE);
  ASSERT_OK_AND_ASSIGN(auto nodes, world_.Run(admin_->GetDatanodeReport(live)));
  ASSERT_EQ(nodes.di_size(), 1);
  EXPECT_EQ(nodes.di(0).location(), "/default-rack");
}

TEST_F(NameNodeTest, DatanodeOfAnotherNamespaceIsRefused) {
  ASSERT_OK(NameNode::Format(world_.env(), conf_, {}));
  Start();
  ASSERT_OK_AND_ASSIGN(auto version, world_.Run(datanode_->VersionRequest({})));
  dn::RegisterDatanodeRequestProto request;
  *request.mutable_registration() = Registration(version.info());
  request.mutable_registration()->mutable_storageinfo()->set_clusterid("CID-other");
  EXPECT_STATUS(Code::kUnregisteredNode, world_.Run(datanode_->RegisterDatanode(request)));
  *request.mutable_registration() = Registration(version.info());
  request.mutable_registration()->set_softwareversion("2.0.5");
  EXPECT_STATUS(Code::kIncorrectVersion, world_.Run(datanode_->RegisterDatanode(request)));
}

TEST_F(NameNodeTest, NearlyFullDisksMeanSafeMode) {
  ASSERT_OK(NameNode::Format(world_.env(), conf_, {}));
  conf_.Set("dfs.namenode.resource.du.reserved", std::to_string(int64_t{1} << 60));
  Start();
  for (int i = 0; i < 1000 && !namenode_->blocks().safe_mode().on(); ++i) ASSERT_OK(world_.Run(SleepFor(world_.loop(), Millis(5))));
  pb::MkdirsRequestProto make;
  make.set_src("/never");
  make.mutable_masked()->set_perm(0755);
  make.set_createparent(true);
  auto refused = world_.Run(admin_->Mkdirs(make));
  EXPECT_STATUS(Code::kSafeMode, refused);
  EXPECT_NE(refused.status().message().find("Resources are low on NN"), std::string_view::npos) << refused.status().ToString();
}

TEST_F(NameNodeTest, EveryFolderIsFormattedWrittenAndShown) {
  const std::string second = world_.folder() + "/second";
  conf_.Set("dfs.namenode.name.dir", conf_.Get("dfs.namenode.name.dir", "") + ",file://" + second);
  ASSERT_OK(NameNode::Format(world_.env(), conf_, {}));
  EXPECT_TRUE(world_.env().disk.Exists(second + "/current/VERSION"));
  Start();
  EXPECT_TRUE(world_.env().disk.Exists(second + "/current/edits_0000000000000000001"));
  EXPECT_EQ(namenode_->config().folders.size(), 2u);
}

TEST_F(NameNodeTest, OnlySuperusersGiveOrders) {
  ASSERT_OK(NameNode::Format(world_.env(), conf_, {}));
  Start();
  pb::SetSafeModeRequestProto enter;
  enter.set_action(pb::SAFEMODE_ENTER);
  auto refused = world_.Run(stranger_->SetSafeMode(enter));
  EXPECT_STATUS(Code::kAccessControl, refused);
  EXPECT_EQ(refused.status().message(),
            "Access denied for user nobody-special. Superuser privilege is required for operation safemode_enter");
  ASSERT_OK_AND_ASSIGN(auto on, world_.Run(admin_->SetSafeMode(enter)));
  EXPECT_TRUE(on.result());
  pb::SetSafeModeRequestProto get;
  get.set_action(pb::SAFEMODE_GET);
  ASSERT_OK_AND_ASSIGN(on, world_.Run(stranger_->SetSafeMode(get)));
  EXPECT_TRUE(on.result());
  pb::SetSafeModeRequestProto leave;
  leave.set_action(pb::SAFEMODE_LEAVE);
  ASSERT_OK_AND_ASSIGN(on, world_.Run(admin_->SetSafeMode(leave)));
  EXPECT_FALSE(on.result());
  EXPECT_STATUS(Code::kServiceFailed, world_.Run(admin_->GetHAServiceState({})));
  hadoop::common::GetDelegationTokenRequestProto renewer;
  renewer.set_renewer("me");
  ASSERT_OK_AND_ASSIGN(auto token, world_.Run(admin_->GetDelegationToken(renewer)));
  EXPECT_FALSE(token.has_token());
}

}  // namespace
}  // namespace tusk::dfs
