// The shuffle service and the fetcher: against each other, and against what Hadoop sent and answered.
#include <fstream>
#include <sstream>

#include "base/core/writable.h"
#include "base/security/token.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "mapreduce/shuffle/segment_fetch.h"
#include "mapreduce/shuffle/shuffle_service.h"

namespace tusk::mapreduce {
namespace {

std::string Golden(const std::string& name) {
  std::ifstream in(std::string(TUSK_GOLDEN_DIR) + "/mapreduce/" + name, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  EXPECT_FALSE(bytes.str().empty()) << name;
  return bytes.str();
}

constexpr char kApplication[] = "application_1795249456226_0002";
constexpr char kJob[] = "job_1795249456226_0002";
constexpr char kMap0[] = "attempt_1795249456226_0002_m_000000_0";
constexpr char kMap1[] = "attempt_1795249456226_0002_m_000001_0";

class ShuffleTest : public testing::Test {
 protected:
  void SetUp() override {
    for (auto [attempt, name] : {std::pair{kMap0, "m_000000_0"}, std::pair{kMap1, "m_000001_0"}}) {
      std::string folder = world_.folder() + "/output/" + attempt;
      ASSERT_OK(world_.disk().MakeDirs(folder, 0755));
      for (std::string kind : {"file.out", "file.out.index"}) {
        ASSERT_OK(world_.disk().WriteFileAtomic(folder + "/" + kind, AsBytes(Golden(std::string(name) + "." + kind))));
      }
    }
    ASSERT_OK(world_.Run(service_.Start()));
    yarn::AuxApplication application{"root", kApplication, "", {world_.folder() + "/absent", world_.folder()}};
    WritableWriter writer;
    WriteToken({.identifier = "x", .password = secret_, .kind = "mapreduce.job", .service = kJob}, writer);
    application.service_data = writer.bytes();
    ASSERT_OK(service_.InitializeApplication(application));
  }
  void TearDown() override { ASSERT_OK(world_.Run(StopService(service_))); }
  static Task<Status> StopService(ShuffleService& service) {
    co_await service.Stop();
    co_return Status::Ok();
  }

  FetchRequest Request(int reduce) {
    FetchRequest request;
    request.server = {"127.0.0.1", service_.port()};
    request.job_id = kJob;
    request.reduce = reduce;
    request.map_attempts = {kMap0, kMap1};
    request.secret = secret_;
    return request;
  }
  Status Fetch(FetchRequest request) {
    got_.clear();
    return world_.Run(FetchSegments(*client_, world_.clock(), std::move(request), [this](ShuffleHeader header, std::string segment) {
      got_ += header.Encode() + segment;
      return Status::Ok();
    }));
  }
  http::Response Get(const std::string& target, http::Headers headers, const std::string& method = "GET") {
    http::ClientRequest request;
    request.method = method;
    request.server = {"127.0.0.1", service_.port()};
    request.target = target;
    request.headers = std::move(headers);
    auto response = world_.Run(client_->Fetch(std::move(request), "", world_.clock().Now() + 5s));
    EXPECT_OK(response);
    return response.ok() ? *response : http::Response{};
  }

  RealWorld world_;
  std::string secret_ = "8 bytes!";
  ShuffleService service_{world_.env(), {"127.0.0.1", 0}};
  std::unique_ptr<http::Client> client_ = http::Client::Make(world_.env());
  std::string got_;
};

TEST_F(ShuffleTest, BodiesAreTheOnesThatHadoopSent) {
  for (int reduce : {0, 1}) {
    std::string reply = Golden("shuffle_reduce" + std::to_string(reduce) + ".response");
    ASSERT_OK(Fetch(Request(reduce)));
    EXPECT_EQ(got_.size(), reply.size() - reply.find("\r\n\r\n") - 4);
    EXPECT_TRUE(reply.ends_with(got_)) << "reduce " << reduce;
  }
}

TEST_F(ShuffleTest, MetadataIsThePortInFourBytes) {
  std::string bytes = service_.metadata();
  ASSERT_EQ(bytes.size(), 4u);
  EXPECT_EQ(LoadBigEndian<uint32_t>(AsBytes(bytes).data()), service_.port());
}

TEST_F(ShuffleTest, AWrongSecretIsRefusedOnBothSides) {
  FetchRequest request = Request(0);
  request.secret = "other";
  Status status = Fetch(request);
  EXPECT_STATUS(Code::kIOError, status);
  EXPECT_NE(std::string(status.message()).find("401"), std::string::npos);
}

TEST_F(ShuffleTest, RefusalsHaveHadoopsCodesAndTexts) {
  http::Headers versions = {{"name", "mapreduce"}, {"version", "1.0.0"}};
  std::string target = ShuffleTarget(kJob, 0, {kMap0});
  EXPECT_EQ(Get(target, versions, "POST").head.status, 405);
  EXPECT_EQ(Get(target, {}).body, "Incompatible shuffle request version");
  EXPECT_EQ(Get("/mapOutput?job=" + std::string(kJob), versions).body, "Required param job, map and reduce");
  EXPECT_EQ(Get(target + "&reduce=1", versions).body, "Too many job/reduce parameters");
  EXPECT_EQ(Get("/mapOutput?job=job_1_1&reduce=x&map=a", versions).body, "Bad reduce parameter");
  EXPECT_EQ(Get(ShuffleTarget("job_1_0009", 0, {kMap0}), versions).body, "Can't find job token for job job_1_0009 !!");
  EXPECT_EQ(Get(target, versions).body, "fetcher cannot be authenticated");
  versions.Add("UrlHash", "AAAA");
  EXPECT_EQ(Get(target, versions).body, "Verification of the hashReply failed");
}

TEST_F(ShuffleTest, UnknownAttemptsReducersAndPathsAreErrors) {
  FetchRequest request = Request(7);
  EXPECT_FALSE(Fetch(request).ok());
  request = Request(0);
  request.map_attempts = {"attempt_1795249456226_0002_m_000009_0"};
  EXPECT_FALSE(Fetch(request).ok());
  request.map_attempts = {"../output/" + std::string(kMap0)};
  EXPECT_FALSE(Fetch(request).ok());
}

TEST_F(ShuffleTest, AStoppedApplicationIsServedNoMore) {
  service_.StopApplication(kApplication);
  EXPECT_FALSE(Fetch(Request(0)).ok());
}

TEST(ShuffleWireTest, HeaderNeedsAllItsBytesAndRefusesNonsense) {
  ShuffleHeader header{kMap0, 1000, 2000, 3}, back;
  std::string bytes = header.Encode();
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_OK_AND_ASSIGN(size_t used, ShuffleHeader::Decode(AsBytes(bytes).first(size), back));
    EXPECT_EQ(used, 0u);
  }
  ASSERT_OK_AND_ASSIGN(size_t used, ShuffleHeader::Decode(AsBytes(bytes), back));
  EXPECT_EQ(used, bytes.size());
  EXPECT_EQ(back.part_length, 1000u);
  EXPECT_EQ(back.reduce, 3);
  EXPECT_STATUS(Code::kCorruption, ShuffleHeader::Decode(AsBytes("\x87\x7f"), back));
}

}  // namespace
}  // namespace tusk::mapreduce
