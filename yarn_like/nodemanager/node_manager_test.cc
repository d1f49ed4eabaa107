// Goal: the whole node manager does what a resource manager and application masters ask of it over their protocols.
// Method: real sockets and processes; the test plays the resource manager and the masters, with tokens it signs.
#include "yarn_like/nodemanager/node_manager.h"

#include "base/async/asio_loop.h"
#include "base/async/sync.h"
#include "base/http/client.h"
#include "base/rpc/client.h"
#include "base/rpc/server.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/common/master_key.h"
#include "yarn_like/common/token_identifiers.h"
#include "yarn_like/proto/ResourceTracker.rpc.h"
#include "yarn_like/proto/containermanagement_protocol.rpc.h"

namespace tusk::yarn {
namespace {

namespace pb = hadoop::yarn;
constexpr int64_t kRmIdentifier = 1795249456226;
const MasterKey kContainerKey{7, "container-key"};
const MasterKey kNmKey{-8, "nm-key"};

class FakeResourceManager : public pb::ResourceTrackerService {
 public:
  explicit FakeResourceManager(RealWorld& world) {
    rpc::ServerOptions options;
    options.bind = {"127.0.0.1", 0};
    auto server = rpc::Server::Listen(world.env(), options);
    TUSK_CHECK(server.ok());
    server_ = std::move(*server);
    server_->AddService(*this);
    server_->Start();
  }
  HostPort address() const { return server_->address(); }
  Task<void> Shutdown() { co_await server_->Shutdown(); }

  Task<Result<pb::RegisterNodeManagerResponseProto>> RegisterNodeManager(
      rpc::CallContext&, const pb::RegisterNodeManagerRequestProto& request) override {
    registrations.push_back(request);
    pb::RegisterNodeManagerResponseProto response;
    response.mutable_container_token_master_key()->set_key_id(kContainerKey.id);
    response.mutable_container_token_master_key()->set_bytes(kContainerKey.secret);
    response.mutable_nm_token_master_key()->set_key_id(kNmKey.id);
    response.mutable_nm_token_master_key()->set_bytes(kNmKey.secret);
    response.set_nodeaction(refuse ? pb::SHUTDOWN : pb::NORMAL);
    response.set_rm_identifier(kRmIdentifier);
    response.set_rm_version("3.4.2");
    response_ids_[FromProto(request.node_id()).ToString()] = 0;
    co_return response;
  }
  Task<Result<pb::NodeHeartbeatResponseProto>> NodeHeartbeat(rpc::CallContext&,
                                                             const pb::NodeHeartbeatRequestProto& request) override {
    int32_t& response_id = response_ids_[FromProto(request.node_status().node_id()).ToString()];
    EXPECT_EQ(request.node_status().response_id(), response_id);
    for (const auto& status : request.node_status().containersstatuses()) {
      if (status.state() == pb::C_COMPLETE) completed.push_back(status);
    }
    for (const auto& each : request.node_status().increased_containers()) increased.push_back(each);
    ++heartbeats;
    pb::NodeHeartbeatResponseProto response = orders;
    orders.Clear();
    response.set_response_id(++response_id);
    response.set_nextheartbeatinterval(20);
    co_return response;
  }

  std::vector<pb::RegisterNodeManagerRequestProto> registrations;
  std::vector<pb::ContainerStatusProto> completed;
  std::vector<pb::ContainerProto> increased;
  pb::NodeHeartbeatResponseProto orders;  // for the next heartbeat
  int heartbeats = 0;
  bool refuse = false;

 private:
  std::unique_ptr<rpc::Server> server_;
  std::map<std::string, int32_t> response_ids_;  // by node
};

class FakeShuffle : public AuxService {
 public:
  std::string name() const override { return "mapreduce_shuffle"; }
  Task<Status> Start() override { co_return Status::Ok(); }
  Task<void> Stop() override { co_return; }
  std::string metadata() const override { return std::string("\0\0\x34\xfa", 4); }
  Status InitializeApplication(const AuxApplication& application) override {
    told.push_back(application);
    return Status::Ok();
  }
  void StopApplication(const std::string& id) override { stopped.push_back(id); }
  std::vector<AuxApplication> told;
  std::vector<std::string> stopped;
};

class NodeManagerTest : public ::testing::Test {
 protected:
  NodeManagerTest() : launcher_(MakeProcessLauncher(world_.loop())), manager_(world_), rpc_(rpc::Client::Make(world_.env())) {
    conf_.Set("yarn.nodemanager.webapp.address", "127.0.0.1:0");
    conf_.Set("yarn.resourcemanager.resource-tracker.address", manager_.address().ToString());
    conf_.Set("yarn.nodemanager.local-dirs", world_.folder() + "/local");
    conf_.Set("yarn.nodemanager.log-dirs", world_.folder() + "/logs");
    conf_.Set("yarn.nodemanager.aux-services", "mapreduce_shuffle");
    conf_.Set("yarn.nodemanager.resource.memory-mb", "2048");
    conf_.Set("yarn.nodemanager.admin-env", "FROM_ADMIN=[${JAVA_HOME}][$ABSENT]");
    StartNode();
  }
  ~NodeManagerTest() override {
    StopNode();
    world_.Run(Down());
  }
  void StartNode() {
    NodeManagerParts parts;
    parts.launcher = launcher_.get();
    parts.services = {&shuffle_};
    parts.user = "yarn";
    parts.environment = {{"JAVA_HOME", "/opt/java"}, {"SECRET", "not for containers"}};
    parts.on_refused = [this](std::string why) { refused_ = std::move(why); };
    auto made = NodeManager::Create(world_.env(), conf_, std::move(parts));
    TUSK_CHECK(made.ok()) << made.status().ToString();
    node_ = std::move(*made);
    EXPECT_OK(world_.Run(node_->Start()));
  }
  void StopNode() {
    if (!node_) return;
    world_.Run([](NodeManager& node) -> Task<bool> {
      co_await node.Stop();
      co_return true;
    }(*node_));
    node_.reset();
  }
  Task<bool> Down() {
    co_await rpc_->Shutdown();
    co_await manager_.Shutdown();
    co_return true;
  }
  std::string FreeAddress() {
    auto listener = world_.env().network.Listen({"127.0.0.1", 0});
    TUSK_CHECK(listener.ok());
    HostPort address = (*listener)->local();
    (*listener)->Close();
    return address.ToString();
  }
  // Runs the loop until `condition` holds.
  void Await(std::function<bool()> condition) { EXPECT_OK(world_.Run(AwaitTask(std::move(condition)))); }
  Task<Status> AwaitTask(std::function<bool()> condition) {
    TimePoint give_up = world_.loop().In(60s);
    while (!condition() && world_.clock().Now() < give_up) CO_RETURN_IF_ERROR(co_await SleepFor(world_.loop(), 5ms));
    co_return condition() ? Status::Ok() : Status(Code::kTimedOut, "condition");
  }

  ApplicationAttemptId Attempt(int app = 1) { return {{kRmIdentifier, app}, 1}; }
  NodeId Node() { return {"localhost", node_->rpc_address().port}; }
  rpc::Channel Master(int app = 1, std::string key = kNmKey.secret) {
    NmTokenIdentifier identifier{Attempt(app), Node(), "root", kNmKey.id};
    Token token;
    token.identifier = identifier.Serialize();
    token.password = TokenPassword({kNmKey.id, key}, token.identifier);
    token.kind = kNmTokenKind;
    return rpc::Channel(*rpc_, node_->rpc_address(), {.user = Attempt(app).ToString(), .token = token}, {.timeout = 10s, .retries_max = 0});
  }
  pb::StartContainersRequestProto StartRequest(int64_t number, std::string command, int app = 1) {
    ContainerTokenIdentifier grant;
    grant.container = {Attempt(app), number};
    grant.node_address = Node().ToString();
    grant.submitter = "root";
    grant.resource = Resource(256, 1);
    grant.expiry_wall_ms = world_.clock().WallMillis() + 600'000;
    grant.key_id = kContainerKey.id;
    grant.rm_identifier = kRmIdentifier;
    pb::StartContainersRequestProto request;
    auto* one = request.add_start_container_request();
    one->mutable_container_token()->set_identifier(grant.Serialize(ResourceTypes()));
    one->mutable_container_token()->set_password(TokenPassword(kContainerKey, one->container_token().identifier()));
    one->mutable_container_token()->set_kind(std::string(kContainerTokenKind));
    one->mutable_container_token()->set_service("127.0.0.1:1");
    one->mutable_container_launch_context()->add_command(std::move(command));
    return request;
  }
  Result<pb::StartContainersResponseProto> StartContainers(const pb::StartContainersRequestProto& request, int app = 1) {
    return world_.Run(pb::ContainerManagementProtocolClient(Master(app)).StartContainers(request));
  }
  std::string Get(std::string path) {
    auto client = http::Client::Make(world_.env());
    auto answer = world_.Run(client->Get("http://" + node_->web_address().ToString() + path, world_.loop().In(5s)));
    return answer.ok() ? answer->body : answer.status().ToString();
  }

  void AwaitPage(const std::string& path, const std::string& text) {
    for (TimePoint give_up = world_.loop().In(60s); world_.clock().Now() < give_up;) {
      if (Get(path).find(text) != std::string::npos) return;
      EXPECT_OK(world_.Run(SleepFor(world_.loop(), 10ms)));
    }
    ADD_FAILURE() << Get(path);
  }
  // Of a node with one container: its program may be at work, and leave files, before the node manager has read whose
  // process it is; until then nothing about it can be changed.
  void AwaitRunning() { AwaitPage("/ws/v1/node/containers", "\"RUNNING\""); }

  RealWorld world_;
  std::unique_ptr<ProcessLauncher> launcher_;
  FakeResourceManager manager_;
  FakeShuffle shuffle_;
  std::unique_ptr<rpc::Client> rpc_;
  Configuration conf_;
  std::unique_ptr<NodeManager> node_;
  std::string refused_;
};

TEST_F(NodeManagerTest, RegistersWithWhatItOffers) {
  Await([&] { return node_->registered() && manager_.heartbeats > 1; });
  ASSERT_EQ(manager_.registrations.size(), 1u);
  const auto& request = manager_.registrations[0];
  EXPECT_EQ(FromProto(request.node_id()).ToString(), Node().ToString());
  EXPECT_EQ(request.resource().memory(), 2048);
  EXPECT_EQ(request.http_port(), node_->web_address().port);
  EXPECT_EQ(request.nm_version(), "3.4.2");
}

TEST_F(NodeManagerTest, AContainerRunsIsToldOnceAndItsLogsAreServed) {
  Await([&] { return node_->registered(); });
  auto request = StartRequest(2, "echo out of $JAVA_HOME $SECRET $FROM_ADMIN ><LOG_DIR>/stdout; exit 3");
  ASSERT_OK_AND_ASSIGN(auto response, StartContainers(request));
  EXPECT_EQ(response.succeeded_requests_size(), 1) << response.failed_requests_size();
  ASSERT_EQ(response.services_meta_data_size(), 1);
  EXPECT_EQ(response.services_meta_data(0).value(), shuffle_.metadata());
  Await([&] { return !manager_.completed.empty(); });
  EXPECT_EQ(manager_.completed[0].exit_status(), 3);
  int seen = manager_.heartbeats;
  Await([&] { return manager_.heartbeats > seen + 3; });
  EXPECT_EQ(manager_.completed.size(), 1u);
  std::string id = FromProto(manager_.completed[0].container_id()).ToString();
  std::string log = Get("/ws/v1/node/containers/" + id + "/logs/stdout");
  EXPECT_TRUE(log.starts_with("Container: " + id + " on " + Node().ToString() + "\nLogAggregationType: LOCAL\n=====")) << log;
  EXPECT_NE(log.find("LogContents:\nout of /opt/java [/opt/java][]\nEnd of LogType:stdout.\n****"), std::string::npos) << log;
  EXPECT_NE(Get("/node/containerlogs/" + id + "/root/stdout?start=-9").find("java"), std::string::npos);
  EXPECT_NE(Get("/ws/v1/node/containers").find("\"exitCode\":3"), std::string::npos);
  EXPECT_NE(Get("/node/containerlogs/" + id + "/root/..%2f..%2fx").find("Unable to locate"), std::string::npos);

  // The same token again, and a forged one.
  ASSERT_OK_AND_ASSIGN(auto again, StartContainers(request));
  ASSERT_EQ(again.failed_requests_size(), 1);
  EXPECT_NE(again.failed_requests(0).exception().message().find("Attempt to relaunch the same container"), std::string::npos);
  EXPECT_EQ(again.failed_requests(0).exception().class_name(), "org.apache.hadoop.yarn.exceptions.YarnException");
  auto forged = StartRequest(3, "true");
  forged.mutable_start_container_request(0)->mutable_container_token()->set_password("12345678901234567890");
  EXPECT_STATUS(Code::kInvalidToken, StartContainers(forged));
}

TEST_F(NodeManagerTest, WithoutAGoodTokenNobodyGetsIn) {
  Await([&] { return node_->registered(); });
  auto request = StartRequest(2, "true");
  EXPECT_FALSE(world_.Run(pb::ContainerManagementProtocolClient(Master(1, "wrong-key")).StartContainers(request)).ok());
  rpc::Channel simple(*rpc_, node_->rpc_address(), {.user = "root"}, {.timeout = 10s, .retries_max = 0});
  EXPECT_STATUS(Code::kAccessControl, world_.Run(pb::ContainerManagementProtocolClient(simple).StartContainers(request)));
  // A good NM token of another application's attempt.
  ASSERT_OK_AND_ASSIGN(auto foreign, StartContainers(request, 2));
  EXPECT_EQ(foreign.failed_requests_size(), 1);
}

TEST_F(NodeManagerTest, StopsStatusesAndForeignContainers) {
  Await([&] { return node_->registered(); });
  ASSERT_OK(StartContainers(StartRequest(2, "sleep 90001")));
  ContainerId id{Attempt(), 2};
  pb::ContainerManagementProtocolClient master(Master());
  pb::GetContainerStatusesRequestProto ask;
  ToProto(id, ask.add_container_id());
  ToProto(ContainerId{Attempt(), 99}, ask.add_container_id());
  ASSERT_OK_AND_ASSIGN(auto statuses, world_.Run(master.GetContainerStatuses(ask)));
  ASSERT_EQ(statuses.status_size(), 1);
  EXPECT_EQ(statuses.status(0).state(), pb::C_RUNNING);
  EXPECT_EQ(statuses.status(0).exit_status(), -1000);
  ASSERT_EQ(statuses.failed_requests_size(), 1);
  EXPECT_TRUE(statuses.failed_requests(0).exception().message().ends_with(" is not handled by this NodeManager"));
  pb::StopContainersRequestProto stop;
  ToProto(id, stop.add_container_id());
  ASSERT_OK_AND_ASSIGN(auto foreign, world_.Run(pb::ContainerManagementProtocolClient(Master(2)).StopContainers(stop)));
  EXPECT_EQ(foreign.failed_requests_size(), 1);
  ASSERT_OK_AND_ASSIGN(auto stopped, world_.Run(master.StopContainers(stop)));
  EXPECT_EQ(stopped.succeeded_requests_size(), 1);
  Await([&] { return !manager_.completed.empty(); });
  EXPECT_EQ(manager_.completed[0].exit_status(), -105);
  // Removed on the resource manager's word, it is still known for a while.
  ToProto(id, manager_.orders.add_containers_to_be_removed_from_nm());
  Await([&] { return node_->container_count() == 0; });
  ASSERT_OK_AND_ASSIGN(auto late, world_.Run(master.StopContainers(stop)));
  EXPECT_EQ(late.succeeded_requests_size(), 1);
}

TEST_F(NodeManagerTest, TheEndOfAnApplicationClearsItsFolderAndTellsItsServices) {
  Await([&] { return node_->registered(); });
  auto request = StartRequest(2, "sleep 90002");
  auto* data = request.mutable_start_container_request(0)->mutable_container_launch_context()->add_service_data();
  data->set_key("mapreduce_shuffle");
  data->set_value("job token");
  ASSERT_OK(StartContainers(request));
  ASSERT_EQ(shuffle_.told.size(), 1u);
  EXPECT_EQ(shuffle_.told[0].service_data, "job token");
  std::string app = Attempt().application.ToString();
  std::string folder = world_.folder() + "/local/usercache/root/appcache/" + app;
  EXPECT_EQ(shuffle_.told[0].local_dirs, std::vector<std::string>{folder});
  Await([&] { return world_.disk().Exists(folder); });
  ToProto(Attempt().application, manager_.orders.add_applications_to_cleanup());
  Await([&] { return !shuffle_.stopped.empty() && !world_.disk().Exists(folder) && node_->container_count() == 0; });
  EXPECT_EQ(manager_.completed.size(), 1u);

  auto unknown = StartRequest(3, "true", 2);
  auto* absent = unknown.mutable_start_container_request(0)->mutable_container_launch_context()->add_service_data();
  absent->set_key("nosuch");
  ASSERT_OK_AND_ASSIGN(auto refused, StartContainers(unknown, 2));
  ASSERT_EQ(refused.failed_requests_size(), 1);
  EXPECT_EQ(refused.failed_requests(0).exception().class_name(), "org.apache.hadoop.yarn.exceptions.InvalidAuxServiceException");
  EXPECT_EQ(refused.failed_requests(0).exception().message(), "The auxService:nosuch does not exist");
}

TEST_F(NodeManagerTest, AResyncRegistersAgainAndKeepsTheContainers) {
  Await([&] { return node_->registered(); });
  ASSERT_OK(StartContainers(StartRequest(2, "sleep 90003")));
  manager_.orders.set_nodeaction(pb::RESYNC);
  Await([&] { return manager_.registrations.size() == 2; });
  const auto& request = manager_.registrations[1];
  ASSERT_EQ(request.container_statuses_size(), 1);
  EXPECT_EQ(request.container_statuses(0).container_state(), pb::C_RUNNING);
  EXPECT_EQ(request.runningapplications_size(), 1);
  EXPECT_EQ(node_->container_count(), 1u);
}

TEST_F(NodeManagerTest, ARestartKeepsContainersKeysApplicationsAndServices) {
  StopNode();
  conf_.Set("yarn.nodemanager.recovery.enabled", "true");
  conf_.Set("yarn.nodemanager.recovery.dir", world_.folder() + "/recovery");
  conf_.Set("yarn.nodemanager.recovery.supervised", "true");  // Stop leaves the containers, as kill -9 does
  auto refused = NodeManager::Create(world_.env(), conf_, {.launcher = launcher_.get()});
  EXPECT_STATUS(Code::kInvalidArgument, refused);  // a port of its own each time
  conf_.Set("yarn.nodemanager.address", FreeAddress());
  StartNode();
  Await([&] { return node_->registered(); });
  auto request = StartRequest(2, "while [ ! -e " + world_.folder() + "/go ]; do sleep 0.02; done; exit 5");
  auto* data = request.mutable_start_container_request(0)->mutable_container_launch_context()->add_service_data();
  data->set_key("mapreduce_shuffle");
  data->set_value("job token");
  ASSERT_OK_AND_ASSIGN(auto started, StartContainers(request));
  ASSERT_EQ(started.succeeded_requests_size(), 1);
  ASSERT_OK(StartContainers(StartRequest(3, "exit 4")));
  Await([&] { return !manager_.completed.empty(); });
  std::string pid_file = world_.folder() + "/local/nmPrivate/" + Attempt().application.ToString() + "/" +
                         ContainerId{Attempt(), 2}.ToString() + "/" + ContainerId{Attempt(), 2}.ToString() + ".pid";
  Await([&] { return world_.disk().Exists(pid_file); });

  size_t told = shuffle_.told.size();
  size_t registrations = manager_.registrations.size();
  StopNode();
  manager_.completed.clear();
  StartNode();
  Await([&] { return node_->registered(); });
  ASSERT_EQ(manager_.registrations.size(), registrations + 1);
  const auto& again = manager_.registrations.back();
  ASSERT_EQ(again.container_statuses_size(), 2);
  EXPECT_EQ(again.container_statuses(0).container_state(), pb::C_RUNNING);
  EXPECT_EQ(again.container_statuses(1).container_state(), pb::C_COMPLETE);
  EXPECT_EQ(again.container_statuses(1).container_exit_status(), 4);
  EXPECT_EQ(again.runningapplications_size(), 1);
  ASSERT_EQ(shuffle_.told.size(), told + 1);
  EXPECT_EQ(shuffle_.told.back().service_data, "job token");
  ASSERT_OK_AND_ASSIGN(auto relaunched, StartContainers(request));  // a token is used up across restarts, too
  EXPECT_EQ(relaunched.failed_requests_size(), 1);
  ASSERT_OK(world_.disk().WriteFileAtomic(world_.folder() + "/go", AsBytes("")));
  Await([&] { return !manager_.completed.empty(); });
  EXPECT_EQ(manager_.completed[0].exit_status(), 5);

  // Its end, and the end of the application, leave nothing to recover.
  ToProto(Attempt().application, manager_.orders.add_applications_to_cleanup());
  Await([&] { return node_->container_count() == 0; });
  StopNode();
  StartNode();
  Await([&] { return node_->registered(); });
  EXPECT_EQ(manager_.registrations.back().container_statuses_size(), 0);
  EXPECT_EQ(manager_.registrations.back().runningapplications_size(), 0);
}

TEST_F(NodeManagerTest, AContainerIsMadeLargerByATokenOfItsOwnOnly) {
  Await([&] { return node_->registered(); });
  auto start = StartRequest(2, "sleep 90005");
  ASSERT_OK(StartContainers(start));
  AwaitRunning();
  pb::ContainerManagementProtocolClient master(Master());
  auto token_of = [&](int version, int64_t memory_mb) {
    auto grant = ContainerTokenIdentifier::Parse(start.start_container_request(0).container_token().identifier(), ResourceTypes());
    TUSK_CHECK(grant.ok());
    grant->version = version;
    grant->resource = Resource(memory_mb, 1);
    hadoop::common::TokenProto token;
    token.set_identifier(grant->Serialize(ResourceTypes()));
    token.set_password(TokenPassword(kContainerKey, token.identifier()));
    token.set_kind(std::string(kContainerTokenKind));
    token.set_service("");
    return token;
  };
  pb::ContainerUpdateRequestProto request;
  *request.add_update_container_token() = token_of(1, 512);
  ASSERT_OK_AND_ASSIGN(auto updated, world_.Run(master.UpdateContainer(request)));
  EXPECT_EQ(updated.succeeded_requests_size(), 1);
  EXPECT_NE(Get("/ws/v1/node/containers").find("\"totalMemoryNeededMB\":512"), std::string::npos);
  Await([&] { return !manager_.increased.empty(); });
  EXPECT_EQ(manager_.increased[0].resource().memory(), 512);
  ASSERT_OK_AND_ASSIGN(auto again, world_.Run(master.UpdateContainer(request)));
  ASSERT_EQ(again.failed_requests_size(), 1);
  EXPECT_TRUE(again.failed_requests(0).exception().message().ends_with(" has update version [1] >= requested version [1]"));
  // Forged, and of another application.
  pb::IncreaseContainersResourceRequestProto forged;
  *forged.add_increase_containers() = token_of(2, 1024);
  forged.mutable_increase_containers(0)->set_password("nonsense");
  ASSERT_OK_AND_ASSIGN(auto refused, world_.Run(master.IncreaseContainersResource(forged)));
  ASSERT_EQ(refused.failed_requests_size(), 1);
  EXPECT_EQ(refused.failed_requests(0).exception().class_name(), "org.apache.hadoop.security.token.SecretManager$InvalidToken");
  *request.mutable_update_container_token(0) = token_of(2, 1024);
  ASSERT_OK_AND_ASSIGN(auto foreign, world_.Run(pb::ContainerManagementProtocolClient(Master(2)).UpdateContainer(request)));
  EXPECT_EQ(foreign.failed_requests_size(), 1);
}

TEST_F(NodeManagerTest, ARunningContainerGetsAnotherProgramAndTheOldOneBack) {
  Await([&] { return node_->registered(); });
  std::string folder = world_.folder();
  ASSERT_OK(StartContainers(StartRequest(2, "echo first >>" + folder + "/starts; sleep 90006")));
  ContainerId id{Attempt(), 2};
  pb::ContainerManagementProtocolClient master(Master());
  auto await_starts = [&](const std::string& starts) {
    Await([&] { return world_.disk().ReadFile(folder + "/starts").value_or("") == starts; });
    AwaitRunning();
  };
  await_starts("first\n");
  pb::ContainerIdProto proto;
  ToProto(id, &proto);
  auto nothing = world_.Run(master.RollbackLastReInitialization(proto));
  EXPECT_EQ(nothing.status().message(), "Nothing to rollback to !!");
  EXPECT_EQ(world_.Run(master.CommitLastReInitialization(proto)).status().message(), "Nothing to Commit !!");
  auto foreign = world_.Run(pb::ContainerManagementProtocolClient(Master(2)).RestartContainer(proto));
  EXPECT_EQ(foreign.status().message(), "ApplicationMaster not authorized to perform [RE_INIT] on Container [" + id.ToString() + "]!!");

  pb::ReInitializeContainerRequestProto other;
  *other.mutable_container_id() = proto;
  other.mutable_container_launch_context()->add_command("echo second >>" + folder + "/starts; sleep 90007");
  other.set_auto_commit(false);
  ASSERT_OK(world_.Run(master.ReInitializeContainer(other)));
  await_starts("first\nsecond\n");
  ASSERT_OK(world_.Run(master.RollbackLastReInitialization(proto)));
  await_starts("first\nsecond\nfirst\n");
  ASSERT_OK(world_.Run(master.RestartContainer(proto)));
  await_starts("first\nsecond\nfirst\nfirst\n");
  // A new program that fails is given up for the old one.
  other.mutable_container_launch_context()->set_command(0, "echo bad >>" + folder + "/starts; exit 9");
  ASSERT_OK(world_.Run(master.ReInitializeContainer(other)));
  await_starts("first\nsecond\nfirst\nfirst\nbad\nfirst\n");
  EXPECT_TRUE(manager_.completed.empty());

  // More files while it runs.
  ASSERT_OK(world_.disk().WriteFileAtomic(folder + "/more.txt", AsBytes("more")));
  ASSERT_OK_AND_ASSIGN(FileStat stat, world_.disk().Stat(folder + "/more.txt"));
  pb::ResourceLocalizationRequestProto localize;
  *localize.mutable_container_id() = proto;
  for (const char* name : {"more.txt", "absent.txt"}) {
    auto* resource = localize.add_local_resources();
    resource->set_key(name);
    resource->mutable_value()->mutable_resource()->set_scheme("file");
    resource->mutable_value()->mutable_resource()->set_file(folder + "/" + name);
    resource->mutable_value()->set_size(4);
    resource->mutable_value()->set_timestamp(stat.mtime_wall_ms);
    resource->mutable_value()->set_type(pb::FILE);
    resource->mutable_value()->set_visibility(pb::PRIVATE);
  }
  ASSERT_OK(world_.Run(master.Localize(localize)));
  pb::GetLocalizationStatusesRequestProto ask;
  *ask.add_container_id() = proto;
  pb::GetLocalizationStatusesResponseProto statuses;
  Await([&] { return world_.disk().Exists(folder + "/local/usercache/root/appcache/" + Attempt().application.ToString() + "/" +
                                          id.ToString() + "/more.txt"); });
  for (TimePoint give_up = world_.loop().In(60s); world_.clock().Now() < give_up;) {
    auto answer = world_.Run(master.GetLocalizationStatuses(ask));
    ASSERT_OK(answer.status());
    statuses = *answer;
    ASSERT_EQ(statuses.cntn_localization_statuses_size(), 1);
    const auto& list = statuses.cntn_localization_statuses(0).localization_statuses();
    if (list.size() == 2 && list[0].localization_state() != pb::L_PENDING && list[1].localization_state() != pb::L_PENDING) break;
  }
  std::map<std::string, int> states;
  for (const auto& each : statuses.cntn_localization_statuses(0).localization_statuses()) states[each.resource_key()] = each.localization_state();
  EXPECT_EQ(states["more.txt"], pb::L_COMPLETED);
  EXPECT_EQ(states["absent.txt"], pb::L_FAILED);
}

TEST_F(NodeManagerTest, ARefusalIsTold) {
  StopNode();
  manager_.refuse = true;
  StartNode();
  Await([&] { return manager_.registrations.size() >= 2; });
  EXPECT_FALSE(node_->registered());
}

TEST_F(NodeManagerTest, TwoNodesShareNothing) {
  Await([&] { return node_->registered(); });
  ASSERT_OK(StartContainers(StartRequest(2, "sleep 90004")));
  Configuration conf = conf_;
  conf.Set("yarn.nodemanager.local-dirs", world_.folder() + "/local2");
  conf.Set("yarn.nodemanager.log-dirs", world_.folder() + "/logs2");
  conf.Set("yarn.nodemanager.aux-services", "");
  NodeManagerParts parts;
  parts.launcher = launcher_.get();
  auto made = NodeManager::Create(world_.env(), conf, std::move(parts));
  ASSERT_OK(made);
  ASSERT_OK(world_.Run((*made)->Start()));
  Await([&] { return (*made)->registered(); });
  EXPECT_EQ((*made)->container_count(), 0u);
  world_.Run([](NodeManager& node) -> Task<bool> {
    co_await node.Stop();
    co_return true;
  }(**made));
  EXPECT_TRUE(manager_.completed.empty());  // the first node's container still runs
  EXPECT_EQ(node_->container_count(), 1u);
}

}  // namespace
}  // namespace tusk::yarn
