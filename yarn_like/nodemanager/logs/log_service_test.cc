// Goal: what an application, the node's policy and rolling ask for is what lies in the remote folder, and nothing is
// uploaded twice or lost. Method: log folders on a real disk, aggregated to a file:// folder.
#include "yarn_like/nodemanager/logs/log_service.h"

#include "base/async/asio_loop.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "yarn_like/nodemanager/localize/dfs_resource_source.h"
#include "yarn_like/proto/yarn_protos.pb.h"

namespace tusk::yarn {
namespace {

namespace pb = hadoop::yarn;

class LogServiceTest : public ::testing::Test {
 protected:
  LogServiceTest()
      : launcher_(MakeProcessLauncher(world_.loop())), files_(world_.env(), conf_, "root"), source_(files_),
        state_(world_.env(), nullptr), localizer_(world_.env(), source_, {}, state_),
        host_(world_.env(), *launcher_, config_, localizer_, NodeDirs({Path("local")}, {Path("logs")}), state_),
        applications_(world_.env(), host_, {}, state_),
        aggregator_(files_, ContainerLogs(world_.disk(), {Path("logs")}), {"file://" + Path("remote"), "logs"}) {
    options_.aggregate = true;
    options_.retain = 1h;
  }
  ~LogServiceTest() override {
    world_.Run([](LogServiceTest& test) -> Task<bool> {
      if (test.service_) co_await test.service_->Shutdown();
      co_await test.applications_.Shutdown();
      co_await test.host_.Shutdown();
      co_await test.localizer_.Shutdown();
      co_await test.files_.Shutdown();
      co_return true;
    }(*this));
  }
  std::string Path(const std::string& name) { return world_.folder() + "/" + name; }
  void MakeService() {
    service_ = std::make_unique<LogService>(world_.env(), aggregator_, ContainerLogs(world_.disk(), {Path("logs")}), options_);
    service_->Start({"node", 8041}, applications_);
    ASSERT_OK(applications_.Admit(id_, "root", LaunchContext(), context_.SerializeAsString()));
  }
  ContainerTokenIdentifier Grant(int64_t number) {
    ContainerTokenIdentifier grant;
    grant.container = {{id_, 1}, number};
    grant.submitter = "root";
    grant.type = number == 1 ? ContainerType::kApplicationMaster : ContainerType::kTask;
    return grant;
  }
  void Log(int64_t number, const std::string& file, const std::string& text) {
    std::string folder = Path("logs") + "/" + id_.ToString() + "/" + Grant(number).container.ToString();
    ASSERT_OK(world_.disk().MakeDirs(folder, 0755));
    ASSERT_OK(world_.disk().WriteFileAtomic(folder + "/" + file, AsBytes(text)));
  }
  void Ended(int64_t number, int exit_status) {
    Container container(world_.loop(), Grant(number), LaunchContext());
    container.machine.RecoverDone(exit_status, "");
    service_->NoteDone(container);
  }
  void Finish() {
    world_.Run([](LogService& service, NodeApplication application) -> Task<bool> {
      co_await service.FinishApplication(application);
      co_return true;
    }(*service_, *applications_.Find(id_)));
  }
  Task<Status> AwaitTask(std::function<bool()> condition) {
    TimePoint give_up = world_.loop().In(20s);
    while (!condition() && world_.clock().Now() < give_up) CO_RETURN_IF_ERROR(co_await SleepFor(world_.loop(), 5ms));
    co_return condition() ? Status::Ok() : Status(Code::kTimedOut, "condition");
  }
  std::string RemoteFolder() { return Path("remote") + "/root/bucket-logs-tfile/0007/" + id_.ToString(); }
  std::vector<std::string> Remote() {  // without the checksums that a local filesystem keeps
    std::vector<std::string> names = world_.disk().List(RemoteFolder()).value_or({});
    std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
    return names;
  }
  // All remote bytes; TFiles are not compressed.
  std::string RemoteBytes() {
    std::string all;
    for (const auto& name : Remote()) all += world_.disk().ReadFile(RemoteFolder() + "/" + name).value_or("");
    return all;
  }
  bool Has(const std::string& text) { return RemoteBytes().find(text) != std::string::npos; }

  RealWorld world_;
  Configuration conf_;
  NodeManagerConfig config_;
  std::unique_ptr<ProcessLauncher> launcher_;
  UserFileSystems files_;
  DfsResourceSource source_;
  StateWriter state_;
  Localizer localizer_;
  ContainerHost host_;
  Applications applications_;
  LogAggregator aggregator_;
  LogServiceOptions options_;
  pb::LogAggregationContextProto context_;
  std::unique_ptr<LogService> service_;
  ApplicationId id_{1795249456226, 7};
};

TEST_F(LogServiceTest, TheEndOfAnApplicationUploadsWhatPolicyAndPatternsWant) {
  options_.policy_class = "x.AMOrFailedContainerLogAggregationPolicy";
  context_.set_exclude_pattern("secret");
  MakeService();
  Log(1, "stdout", "of the master");
  Log(1, "secret.txt", "not for others");
  Log(2, "stdout", "of a success");
  Log(3, "stdout", "of a failure");
  Ended(1, 0);
  Ended(2, 0);
  Ended(3, 7);
  Finish();
  EXPECT_EQ(Remote(), std::vector<std::string>{"node_8041"});
  EXPECT_TRUE(Has("of the master"));
  EXPECT_FALSE(Has("not for others"));
  EXPECT_FALSE(Has("of a success"));
  EXPECT_TRUE(Has("of a failure"));
  EXPECT_FALSE(world_.disk().Exists(Path("logs") + "/" + id_.ToString()));
  auto reports = service_->TakeReports();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].status, pb::LOG_SUCCEEDED);
  EXPECT_TRUE(service_->TakeReports().empty());
}

TEST_F(LogServiceTest, ARunningApplicationRollsItsLogsInBoundedNumber) {
  options_.roll_interval = 20ms;
  options_.remote_files_max = 3;
  context_.set_rolled_logs_include_pattern("log\\.[0-9]");
  context_.set_rolled_logs_exclude_pattern("");
  MakeService();
  Log(1, "log", "the newest");
  for (int i = 1; i <= 6; ++i) {
    Log(1, "log." + std::to_string(i), "rolled " + std::to_string(i));
    ASSERT_OK(world_.Run(AwaitTask([&] { return Has("rolled " + std::to_string(i)); })));
    EXPECT_FALSE(Has("the newest"));
  }
  EXPECT_LE(Remote().size(), 3u);
  EXPECT_FALSE(Has("rolled 1"));
  const std::string uploaded = Path("logs") + "/" + id_.ToString() + "/" + Grant(1).container.ToString() + "/log.6";
  ASSERT_OK(world_.Run(AwaitTask([&] { return !world_.disk().Exists(uploaded); })));  // it goes after its copy is seen
  Ended(1, 0);
  world_.Run([](LogService& service) -> Task<bool> {
    co_await service.Shutdown();
    co_return true;
  }(*service_));
  Finish();
  EXPECT_TRUE(Has("the newest"));
  EXPECT_LE(Remote().size(), 3u);
}

TEST_F(LogServiceTest, AFailedUploadKeepsTheLogsAndIsReported) {
  MakeService();
  ASSERT_OK(world_.disk().WriteFileAtomic(Path("remote"), AsBytes(std::string_view("in the way"))));
  Log(1, "stdout", "x");
  Ended(1, 0);
  Finish();
  EXPECT_TRUE(world_.disk().Exists(Path("logs") + "/" + id_.ToString()));
  auto reports = service_->TakeReports();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].status, pb::LOG_FAILED);
  EXPECT_NE(reports[0].diagnostics, "");
}

}  // namespace
}  // namespace tusk::yarn
