// Goal: over real sockets the resource manager runs an application as Hadoop's does: tokens only where Hadoop takes
// them, signed so that their receivers verify them, replies repeated byte for byte. Method: the test plays the
// client, the node manager (with a container management port of its own) and the application master.
#include "yarn_like/resourcemanager/resource_manager.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include "base/http/client.h"
#include "base/rpc/client.h"
#include "base/rpc/server.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/proto/ResourceTracker.rpc.h"
#include "yarn_like/proto/applicationclient_protocol.rpc.h"
#include "yarn_like/proto/applicationmaster_protocol.rpc.h"
#include "yarn_like/proto/containermanagement_protocol.rpc.h"
#include "yarn_like/proto/resourcemanager_administration_protocol.rpc.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;

// Verifies NM tokens with the key that the resource manager sent.
struct NmSecrets : rpc::SecretManager {
  KeyRing keys;
  Result<std::string> PasswordOf(std::string_view identifier) override {
    ASSIGN_OR_RETURN(const auto parsed, NmTokenIdentifier::Parse(identifier));
    return keys.PasswordOf(parsed.key_id, identifier);
  }
  Result<rpc::CallUser> UserOf(std::string_view identifier) override {
    ASSIGN_OR_RETURN(const auto parsed, NmTokenIdentifier::Parse(identifier));
    rpc::CallUser user;
    user.name = parsed.attempt.ToString();
    user.method = rpc::AuthMethod::kToken;
    return user;
  }
};

struct RecordingNode : wire::ContainerManagementProtocolService {
  Task<Result<wire::StartContainersResponseProto>> StartContainers(
      rpc::CallContext& call, const wire::StartContainersRequestProto& request) override {
    caller = call.user.name;
    started = request.start_container_request(0);
    wire::StartContainersResponseProto response;
    co_return response;
  }
  Task<Result<wire::StopContainersResponseProto>> StopContainers(
      rpc::CallContext& /*call*/, const wire::StopContainersRequestProto& request) override {
    stopped = FromProto(request.container_id(0)).ToString();
    co_return wire::StopContainersResponseProto();
  }
  std::string caller;
  std::string stopped;
  wire::StartContainerRequestProto started;
};

class ResourceManagerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* key : {"yarn.resourcemanager.address", "yarn.resourcemanager.scheduler.address",
                            "yarn.resourcemanager.resource-tracker.address", "yarn.resourcemanager.admin.address",
                            "yarn.resourcemanager.webapp.address"}) {
      conf_.Set(key, "127.0.0.1:0");
    }
    conf_.Set("yarn.scheduler.minimum-allocation-mb", "256");
    conf_.Set("yarn.scheduler.capacity.maximum-am-resource-percent", "0.5");
    exclude_path_ = ::testing::TempDir() + "tusk-rm-exclude-" + std::to_string(::getpid());
    ASSERT_OK(world_.disk().WriteFileAtomic(exclude_path_, {}));
    conf_.Set("yarn.resourcemanager.nodes.exclude-path", exclude_path_);
    conf_.Set("yarn.admin.acl", "ann,carl");
    conf_.Set("tusk.console.secret.file", world_.folder() + "/console/secret");
    auto made = ResourceManager::Create(world_.env(), conf_);
    ASSERT_OK(made);
    rm_ = std::move(made).value();
    ASSERT_OK(world_.Run(rm_->Start()));
    rpc_ = rpc::Client::Make(world_.env());
    rpc::ServerOptions options;
    options.bind = {"127.0.0.1", 0};
    options.server_name = "node";
    options.allow_simple = false;
    options.secret_manager = &secrets_;
    auto server = rpc::Server::Listen(world_.env(), options);
    ASSERT_OK(server);
    node_server_ = std::move(server).value();
    node_server_->AddService(node_);
    node_server_->Start();
    node_id_ = {"localhost", node_server_->address().port};
  }
  void TearDown() override {
    struct All {
      static Task<bool> Stop(ResourceManagerTest& test) {
        co_await test.rpc_->Shutdown();
        co_await test.rm_->Stop();
        co_await test.node_server_->Shutdown();
        co_return true;
      }
    };
    world_.Run(All::Stop(*this));
    EXPECT_OK(world_.disk().RemoveFile(exclude_path_));
  }

  rpc::Channel Simple(const HostPort& to, const std::string& user = "ann") {
    return {*rpc_, to, rpc::ClientIdentity{user}, rpc::CallOptions{10s, 0}};
  }
  rpc::Channel WithToken(const HostPort& to, const Token& token) {
    return {*rpc_, to, rpc::ClientIdentity{"x", {}, token}, rpc::CallOptions{10s, 0}};
  }
  wire::RegisterNodeManagerResponseProto RegisterNode() {
    wire::RegisterNodeManagerRequestProto request;
    ToProto(node_id_, request.mutable_node_id());
    request.set_http_port(1);
    ToProto(Resource(4096, 4), types_, request.mutable_resource());
    auto response = world_.Run(wire::ResourceTrackerClient(Simple(rm_->tracker_address())).RegisterNodeManager(request));
    EXPECT_OK(response);
    const auto& key = response->nm_token_master_key();
    secrets_.keys.Accept({key.key_id(), key.bytes()});
    const auto& container = response->container_token_master_key();
    container_keys_.Accept({container.key_id(), container.bytes()});
    EXPECT_EQ(Beat(0).nodeaction(), wire::NORMAL);
    return *response;
  }
  wire::NodeHeartbeatResponseProto Beat(int32_t response_id, std::vector<ContainerReport> done = {}) {
    wire::NodeHeartbeatRequestProto request;
    auto* status = request.mutable_node_status();
    ToProto(node_id_, status->mutable_node_id());
    status->set_response_id(response_id);
    for (const ContainerReport& report : done) {
      auto* proto = status->add_containersstatuses();
      ToProto(report.container, proto->mutable_container_id());
      proto->set_state(wire::C_COMPLETE);
      proto->set_exit_status(report.exit_status);
    }
    auto response = world_.Run(wire::ResourceTrackerClient(Simple(rm_->tracker_address())).NodeHeartbeat(request));
    EXPECT_OK(response);
    return *response;
  }
  ApplicationId Submit() {
    const wire::ApplicationClientProtocolClient client(Simple(rm_->client_address()));
    auto created = world_.Run(client.GetNewApplication({}));
    EXPECT_OK(created);
    wire::SubmitApplicationRequestProto request;
    auto* context = request.mutable_application_submission_context();
    *context->mutable_application_id() = created->application_id();
    context->set_application_name("test");
    context->mutable_am_container_spec()->add_command("run");
    Credentials credentials;
    credentials.tokens["fs"] = {"id", "pw", "KIND", "fs:1"};
    context->mutable_am_container_spec()->set_tokens(credentials.Serialize() + std::string(1000, '\0'));
    ToProto(Resource(300, 1), types_, context->mutable_resource());
    EXPECT_OK(world_.Run(client.SubmitApplication(request)));
    return FromProto(created->application_id());
  }
  wire::ApplicationReportProto Report(const ApplicationId& id) {
    wire::GetApplicationReportRequestProto request;
    ToProto(id, request.mutable_application_id());
    auto response =
        world_.Run(wire::ApplicationClientProtocolClient(Simple(rm_->client_address())).GetApplicationReport(request));
    EXPECT_OK(response);
    return response->application_report();
  }
  // Until the launcher has reached the node.
  Token WaitForLaunch() {
    for (int i = 0; i < 1000 && node_.caller.empty(); ++i) (void)world_.Run(SleepFor(world_.loop(), 5ms));
    auto credentials = Credentials::Parse(node_.started.container_launch_context().tokens());
    EXPECT_OK(credentials);
    EXPECT_EQ(credentials->tokens.size(), 2u);
    const Token* token = credentials->Find(kAmRmTokenKind);
    EXPECT_NE(token, nullptr);
    return token == nullptr ? Token{} : *token;
  }
  void ExpectContainerToken(const hadoop::common::TokenProto& token, const ContainerId& container) {
    ASSERT_OK_AND_ASSIGN(const auto identifier, ContainerTokenIdentifier::Parse(token.identifier(), types_));
    EXPECT_EQ(identifier.container, container);
    EXPECT_EQ(identifier.node_address, node_id_.ToString());
    EXPECT_EQ(identifier.submitter, "ann");
    ASSERT_OK_AND_ASSIGN(const auto password, container_keys_.PasswordOf(identifier.key_id, token.identifier()));
    EXPECT_EQ(password, token.password());
    EXPECT_EQ(token.service(), "127.0.0.1:" + std::to_string(node_id_.port));
  }

  bool MasterMayRegister(const Token& token) {
    return world_.Run(wire::ApplicationMasterProtocolClient(WithToken(rm_->scheduler_address(), token))
                          .RegisterApplicationMaster({}))
        .ok();
  }
  static Token FromProtoToken(const hadoop::common::TokenProto& proto) {
    return {proto.identifier(), proto.password(), proto.kind(), proto.service()};
  }

  RealWorld world_;
  std::string exclude_path_;
  Configuration conf_;
  ResourceTypes types_;
  NmSecrets secrets_;
  KeyRing container_keys_;
  RecordingNode node_;
  NodeId node_id_;
  std::unique_ptr<ResourceManager> rm_;
  std::unique_ptr<rpc::Client> rpc_;
  std::unique_ptr<rpc::Server> node_server_;
};

TEST_F(ResourceManagerTest, RunsAnApplicationFromSubmissionToFinished) {
  const auto registered = RegisterNode();
  EXPECT_EQ(registered.rm_identifier(), rm_->cluster().config().start_wall_ms);
  const ApplicationId id = Submit();
  const Token amrm = WaitForLaunch();
  const ApplicationAttemptId attempt{id, 1};
  EXPECT_EQ(node_.caller, attempt.ToString());
  ExpectContainerToken(node_.started.container_token(), {attempt, 1});
  std::map<std::string, std::string> environment;
  for (const auto& entry : node_.started.container_launch_context().environment()) {
    environment[entry.key()] = entry.value();
  }
  EXPECT_EQ(environment["APPLICATION_WEB_PROXY_BASE"], "/proxy/" + id.ToString());

  const wire::ApplicationMasterProtocolClient master(WithToken(rm_->scheduler_address(), amrm));
  wire::AllocateRequestProto early;
  early.set_response_id(0);
  EXPECT_STATUS(Code::kApplicationMasterNotRegistered, world_.Run(master.Allocate(early)));
  wire::RegisterApplicationMasterRequestProto hello;
  hello.set_host("h");
  hello.set_rpc_port(-1);
  ASSERT_OK_AND_ASSIGN(const auto welcome, world_.Run(master.RegisterApplicationMaster(hello)));
  EXPECT_EQ(FromProto(welcome.maximumcapability(), types_), Resource(4096, 4));
  EXPECT_EQ(welcome.queue(), "root.default");
  EXPECT_EQ(Report(id).yarn_application_state(), wire::RUNNING);

  wire::AllocateRequestProto ask;
  ask.set_response_id(0);
  auto* row = ask.add_ask();
  row->mutable_priority()->set_priority(7);
  row->set_resource_name("*");
  ToProto(Resource(256, 1), types_, row->mutable_capability());
  row->set_num_containers(2);
  ASSERT_OK_AND_ASSIGN(const auto grants, world_.Run(master.Allocate(ask)));
  ASSERT_EQ(grants.allocated_containers_size(), 2) << "granted in the call that asked";
  ASSERT_EQ(grants.nm_tokens_size(), 1) << "one token for the node, not one per container";
  EXPECT_EQ(grants.allocated_containers(0).priority().priority(), 7);
  ExpectContainerToken(grants.allocated_containers(1).container_token(), {attempt, 3});
  ASSERT_OK_AND_ASSIGN(const auto repeated, world_.Run(master.Allocate(ask)));
  EXPECT_EQ(repeated.SerializeAsString(), grants.SerializeAsString());

  // The NM token opens the node's port.
  const auto& nm_token = grants.nm_tokens(0).token();
  const Token to_node{nm_token.identifier(), nm_token.password(), nm_token.kind(), nm_token.service()};
  const wire::ContainerManagementProtocolClient node(WithToken({"127.0.0.1", static_cast<uint16_t>(node_id_.port)}, to_node));
  wire::StopContainersRequestProto stop;
  *stop.add_container_id() = grants.allocated_containers(0).id();
  EXPECT_OK(world_.Run(node.StopContainers(stop)));

  Beat(1, {{{attempt, 2}, true, 3}});
  wire::AllocateRequestProto next;
  next.set_response_id(1);
  ASSERT_OK_AND_ASSIGN(const auto ended, world_.Run(master.Allocate(next)));
  ASSERT_EQ(ended.completed_container_statuses_size(), 1);
  EXPECT_EQ(ended.completed_container_statuses(0).exit_status(), 3);

  wire::FinishApplicationMasterRequestProto bye;
  bye.set_final_application_status(wire::APP_SUCCEEDED);
  ASSERT_OK_AND_ASSIGN(const auto gone, world_.Run(master.FinishApplicationMaster(bye)));
  EXPECT_TRUE(gone.isunregistered());
  EXPECT_EQ(Report(id).yarn_application_state(), wire::FINISHED);
  const auto orders = Beat(2, {{{attempt, 1}, true, 0}});
  ASSERT_EQ(orders.applications_to_cleanup_size(), 1);
  EXPECT_EQ(FromProto(orders.applications_to_cleanup(0)), id);
  EXPECT_EQ(Report(id).final_application_status(), wire::APP_SUCCEEDED);
  EXPECT_STATUS(Code::kApplicationAttemptNotFound, world_.Run(master.Allocate(next)));
}

TEST_F(ResourceManagerTest, TheMastersPortTakesOnlyItsOwnTokens) {
  RegisterNode();
  Submit();
  Token amrm = WaitForLaunch();
  const wire::ApplicationMasterProtocolClient simple(Simple(rm_->scheduler_address()));
  EXPECT_STATUS(Code::kAccessControl, world_.Run(simple.RegisterApplicationMaster({})));
  Token forged = amrm;
  forged.password[0] = static_cast<char>(forged.password[0] ^ 1);
  const auto refused =
      world_.Run(wire::ApplicationMasterProtocolClient(WithToken(rm_->scheduler_address(), forged)).RegisterApplicationMaster({}));
  EXPECT_FALSE(refused.ok());
  auto other = AmRmTokenIdentifier::Parse(amrm.identifier);
  ASSERT_OK(other);
  other->key_id ^= 1;
  Token unknown_key = amrm;
  unknown_key.identifier = other->Serialize();
  EXPECT_FALSE(world_.Run(wire::ApplicationMasterProtocolClient(WithToken(rm_->scheduler_address(), unknown_key))
                              .RegisterApplicationMaster({}))
                   .ok());
  EXPECT_OK(world_.Run(
      wire::ApplicationMasterProtocolClient(WithToken(rm_->scheduler_address(), amrm)).RegisterApplicationMaster({})));
}

TEST_F(ResourceManagerTest, TokensOfEndedAttemptsAndOfOtherKindsAreRefused) {
  RegisterNode();
  const ApplicationId id = Submit();
  const Token amrm = WaitForLaunch();
  const Token container = FromProtoToken(node_.started.container_token());
  EXPECT_FALSE(MasterMayRegister(container)) << "a container token opens no port";
  const NmTokenIdentifier nm{{id, 1}, node_id_, "ann", secrets_.keys.current()->id};
  const Token nm_token{nm.Serialize(), TokenPassword(*secrets_.keys.current(), nm.Serialize()),
                       std::string(kNmTokenKind), ""};
  EXPECT_FALSE(MasterMayRegister(nm_token)) << "nor does an NM token, although its key is genuine";
  auto foreign = AmRmTokenIdentifier::Parse(amrm.identifier);
  ASSERT_OK(foreign);
  foreign->attempt.application.id += 1;
  Token of_other = amrm;
  of_other.identifier = foreign->Serialize();
  EXPECT_FALSE(MasterMayRegister(of_other)) << "another application's attempt with this one's password";
  const wire::ApplicationClientProtocolClient with_amrm(WithToken(rm_->client_address(), amrm));
  EXPECT_FALSE(world_.Run(with_amrm.GetNewApplication({})).ok()) << "an AMRM token is none of the clients' port";
  wire::KillApplicationRequestProto kill;
  ToProto(id, kill.mutable_application_id());
  ASSERT_OK(world_.Run(wire::ApplicationClientProtocolClient(Simple(rm_->client_address())).ForceKillApplication(kill)));
  EXPECT_FALSE(MasterMayRegister(amrm)) << "replayed after its attempt has ended";
}

TEST_F(ResourceManagerTest, DelegationTokensSpeakForTheirOwnerUntilTheyAreCancelled) {
  const wire::ApplicationClientProtocolClient ann(Simple(rm_->client_address(), "ann"));
  hadoop::common::GetDelegationTokenRequestProto ask;
  ask.set_renewer("yarn/host@EXAMPLE.COM");
  ASSERT_OK_AND_ASSIGN(const auto given, world_.Run(ann.GetDelegationToken(ask)));
  EXPECT_EQ(given.token().kind(), "RM_DELEGATION_TOKEN");
  const Token token = FromProtoToken(given.token());
  const wire::ApplicationClientProtocolClient by_token(WithToken(rm_->client_address(), token));
  ASSERT_OK(world_.Run(by_token.GetNewApplication({})));
  Token forged = token;
  forged.password = std::string(20, 'x');
  EXPECT_FALSE(world_.Run(wire::ApplicationClientProtocolClient(WithToken(rm_->client_address(), forged)).GetNewApplication({})).ok());

  hadoop::common::RenewDelegationTokenRequestProto renew;
  *renew.mutable_token() = given.token();
  EXPECT_STATUS(Code::kAccessControl, world_.Run(ann.RenewDelegationToken(renew)));
  const wire::ApplicationClientProtocolClient yarn(Simple(rm_->client_address(), "yarn"));
  ASSERT_OK_AND_ASSIGN(const auto renewed, world_.Run(yarn.RenewDelegationToken(renew)));
  EXPECT_GT(static_cast<int64_t>(renewed.newexpirytime()), world_.clock().WallMillis());
  hadoop::common::CancelDelegationTokenRequestProto cancel;
  *cancel.mutable_token() = given.token();
  const wire::ApplicationClientProtocolClient bob(Simple(rm_->client_address(), "bob"));
  EXPECT_STATUS(Code::kAccessControl, world_.Run(bob.CancelDelegationToken(cancel)));
  ASSERT_OK(world_.Run(ann.CancelDelegationToken(cancel)));
  auto later = rpc::Client::Make(world_.env());
  const rpc::Channel again{*later, rm_->client_address(), rpc::ClientIdentity{"x", {}, token}, rpc::CallOptions{10s, 0}};
  EXPECT_FALSE(world_.Run(wire::ApplicationClientProtocolClient(again).GetNewApplication({})).ok());
  struct Closing {
    static Task<bool> Run(rpc::Client& client) {
      co_await client.Shutdown();
      co_return true;
    }
  };
  world_.Run(Closing::Run(*later));
}

TEST_F(ResourceManagerTest, AdministratorsExcludeNodesAndOthersMayNot) {
  RegisterNode();
  EXPECT_EQ(Beat(1).nodeaction(), wire::NORMAL);
  ASSERT_OK(world_.disk().WriteFileAtomic(exclude_path_, AsBytes("# gone\nlocalhost\n")));
  using Admin = wire::ResourceManagerAdministrationProtocolClient;
  EXPECT_STATUS(Code::kAccessControl, world_.Run(Admin(Simple(rm_->admin_address(), "bob")).RefreshNodes({})));
  const Admin carl(Simple(rm_->admin_address(), "carl"));
  wire::RefreshNodesRequestProto graceful;
  graceful.set_decommissiontype(wire::DECOMMISSION_GRACEFUL);
  ASSERT_OK(world_.Run(carl.RefreshNodes(graceful)));
  EXPECT_EQ(Beat(2).nodeaction(), wire::SHUTDOWN) << "it ran nothing";
  wire::RegisterNodeManagerRequestProto request;
  ToProto(node_id_, request.mutable_node_id());
  ToProto(Resource(4096, 4), types_, request.mutable_resource());
  const wire::ResourceTrackerClient tracker(Simple(rm_->tracker_address()));
  ASSERT_OK_AND_ASSIGN(const auto refused, world_.Run(tracker.RegisterNodeManager(request)));
  EXPECT_EQ(refused.nodeaction(), wire::SHUTDOWN);
  EXPECT_EQ(refused.diagnostics_message(),
            "Disallowed NodeManager from  localhost, Sending SHUTDOWN signal to the NodeManager.");
  ASSERT_OK(world_.disk().WriteFileAtomic(exclude_path_, {}));
  ASSERT_OK(world_.Run(carl.RefreshNodes({})));
  RegisterNode();
  EXPECT_STATUS(Code::kIOError, world_.Run(carl.AddToClusterNodeLabels({})));
}

TEST_F(ResourceManagerTest, ANodeIsToldWhatToSignalAndItsNewSize) {
  RegisterNode();
  const ApplicationId id = Submit();
  WaitForLaunch();
  wire::SignalContainerRequestProto signal;
  ToProto(ContainerId{{id, 1}, 1}, signal.mutable_container_id());
  signal.set_command(wire::OUTPUT_THREAD_DUMP);
  const wire::ApplicationClientProtocolClient client(Simple(rm_->client_address()));
  ASSERT_OK(world_.Run(client.SignalToContainer(signal)));
  wire::UpdateNodeResourceRequestProto resize;
  auto* entry = resize.add_node_resource_map();
  ToProto(node_id_, entry->mutable_node_id());
  ToProto(Resource(2048, 2), types_, entry->mutable_resource_option()->mutable_resource());
  const wire::ResourceManagerAdministrationProtocolClient admin(Simple(rm_->admin_address()));
  ASSERT_OK(world_.Run(admin.UpdateNodeResource(resize)));
  const auto orders = Beat(1);
  ASSERT_EQ(orders.containers_to_signal_size(), 1);
  EXPECT_EQ(orders.containers_to_signal(0).command(), wire::OUTPUT_THREAD_DUMP);
  EXPECT_EQ(FromProto(orders.resource(), types_), Resource(2048, 2));
  EXPECT_EQ(Beat(2).containers_to_signal_size(), 0);
}

TEST_F(ResourceManagerTest, KillStopsTheMasterAndHeartbeatsRepeat) {
  RegisterNode();
  const ApplicationId id = Submit();
  WaitForLaunch();
  wire::KillApplicationRequestProto kill;
  ToProto(id, kill.mutable_application_id());
  kill.set_diagnostics("enough");
  const wire::ApplicationClientProtocolClient client(Simple(rm_->client_address(), "bob"));
  ASSERT_OK_AND_ASSIGN(const auto killed, world_.Run(client.ForceKillApplication(kill)));
  EXPECT_TRUE(killed.is_kill_completed());
  EXPECT_EQ(Report(id).diagnostics(), "Application " + id.ToString() +
                                          " was killed by user bob at 127.0.0.1 with diagnostic message: enough");
  for (int i = 0; i < 1000 && node_.stopped.empty(); ++i) (void)world_.Run(SleepFor(world_.loop(), 5ms));
  EXPECT_EQ(node_.stopped, (ContainerId{{id, 1}, 1}).ToString());
  const auto orders = Beat(1);
  EXPECT_EQ(orders.containers_to_cleanup_size(), 1);
  EXPECT_EQ(Beat(1).SerializeAsString(), orders.SerializeAsString());
  EXPECT_EQ(Beat(8).nodeaction(), wire::RESYNC);
}

TEST_F(ResourceManagerTest, UnknownMethodsAndApplicationsAnswerAsHadoop) {
  const wire::ApplicationClientProtocolClient client(Simple(rm_->client_address()));
  wire::GetApplicationReportRequestProto request;
  ToProto(ApplicationId{1, 1}, request.mutable_application_id());
  const auto missing = world_.Run(client.GetApplicationReport(request));
  EXPECT_STATUS(Code::kApplicationNotFound, missing);
  EXPECT_EQ(std::string(missing.status().message()),
            "Application with id 'application_1_0001' doesn't exist in RM. Please check that the job submission was "
            "successful.");
  EXPECT_STATUS(Code::kRpcNoSuchMethod, world_.Run(client.GetNewReservation({})));
  EXPECT_STATUS(Code::kYarnFeatureNotEnabled, world_.Run(client.GetResourceProfiles({})));
}

TEST_F(ResourceManagerTest, RestShowsNodesAndApplications) {
  RegisterNode();
  const ApplicationId id = Submit();
  auto http = http::Client::Make(world_.env());
  const std::string base = "http://" + rm_->web_address().ToString() + "/ws/v1/cluster";
  const auto get = [&](const std::string& path) {
    auto response = world_.Run(http->Get(base + path, world_.clock().Now() + 10s));
    EXPECT_OK(response);
    return response.ok() ? response->body : std::string();
  };
  EXPECT_NE(get("/metrics").find(R"("activeNodes":1)"), std::string::npos);
  EXPECT_NE(get("/nodes").find(R"("id":")" + node_id_.ToString()), std::string::npos);
  EXPECT_NE(get("/apps/" + id.ToString()).find(R"("state":"ACCEPTED")"), std::string::npos);
  EXPECT_EQ(get("/apps?states=FINISHED"), R"({"apps":{}})");
  EXPECT_NE(get("/apps/application_1_0001").find("app with id: application_1_0001 not found"), std::string::npos);
  WaitForLaunch();
}

}  // namespace
}  // namespace tusk::yarn
