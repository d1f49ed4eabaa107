// The namenode's delegation tokens: what was given out is good after a crash, what was forged, cancelled, expired or
// given out by somebody else is not. Method: a namespace on a simulated disk, a clock that the test moves.
#include "dfs/namenode/security/namenode_tokens.h"

#include <map>

#include "base/testing/matchers.h"
#include "dfs/common/delegation_token.h"
#include "dfs/namenode/driver/driver_testing.h"

namespace tusk::dfs {
namespace {

using sim::SimDisk;

constexpr int64_t kDayMs = 24 * 3600 * 1000;

class MovedClock : public Clock {
 public:
  explicit MovedClock(const Clock& clock) : clock_(clock) {}
  TimePoint Now() const override { return clock_.Now(); }
  int64_t WallMillis() const override { return clock_.WallMillis() + moved_ms; }
  int64_t moved_ms = 0;

 private:
  const Clock& clock_;
};

Caller User(const std::string& name) { return Caller{name, {}, false, "127.0.0.1"}; }

// A namenode's namespace and its tokens.
struct Running {
  Running(RealWorld& world, SimDisk& disk, MovedClock& clock, bool issues = true)
      : world(world),
        env{clock, world.env().random, disk, world.loop(), world.network(), world.env().disk_pool},
        run(world, disk) {
    TUSK_CHECK(run.Open().ok()) << "the namespace opens";
    auto loaded = NameNodeTokens::Load(env, run.driver(), {issues, {}});
    TUSK_CHECK(loaded.ok()) << "the tokens load";
    tokens = std::move(*loaded);
    run.Start();
  }
  Result<std::optional<Token>> Issue(const std::string& owner, const std::string& renewer) {
    return world.Run(tokens->Issue(User(owner), "", renewer));
  }
  Result<int64_t> Renew(const Token& token, const std::string& who) { return world.Run(tokens->Renew(token, User(who))); }
  Status Cancel(const Token& token, const std::string& who) { return world.Run(tokens->Cancel(token, User(who))); }

  RealWorld& world;
  Env env;
  NamespaceRun run;
  std::unique_ptr<NameNodeTokens> tokens;
};

class NameNodeTokensTest : public testing::Test {
 protected:
  void SetUp() override {
    disk_ = std::make_unique<SimDisk>(world_.clock());
    ASSERT_OK(NamespaceRun::Format(world_, *disk_));
    running_ = std::make_unique<Running>(world_, *disk_, clock_);
  }
  void CrashAndStart() {
    sim::DiskImage image = disk_->Image();
    crashed_.push_back(std::move(disk_));
    disk_ = std::make_unique<SimDisk>(world_.clock(), image, sim::CrashMode::kDropUnsynced);
    running_.reset();
    running_ = std::make_unique<Running>(world_, *disk_, clock_);
  }
  Token Given(const std::string& owner = "alice", const std::string& renewer = "yarn") {
    auto token = running_->Issue(owner, renewer);
    EXPECT_OK(token);
    EXPECT_TRUE(token.ok() && token->has_value());
    return token.ok() && token->has_value() ? **token : Token();
  }
  NameNodeTokens& tokens() { return *running_->tokens; }

  RealWorld world_;
  MovedClock clock_{world_.clock()};
  std::unique_ptr<SimDisk> disk_;
  std::vector<std::unique_ptr<SimDisk>> crashed_;
  std::unique_ptr<Running> running_;
};

TEST_F(NameNodeTokensTest, AreGoodForTheirOwnerAlsoAfterACrash) {
  const Token token = Given();
  EXPECT_EQ(token.kind, "HDFS_DELEGATION_TOKEN");
  CrashAndStart();
  ASSERT_OK_AND_ASSIGN(std::string password, tokens().PasswordOf(token.identifier));
  EXPECT_EQ(password, token.password);
  ASSERT_OK_AND_ASSIGN(rpc::CallUser user, tokens().UserOfToken(token));
  EXPECT_EQ(user.name, "alice");
  EXPECT_EQ(user.method, rpc::AuthMethod::kToken);
}

TEST_F(NameNodeTokensTest, CancelledOnesStayCancelledAfterACrash) {
  const Token token = Given();
  EXPECT_STATUS(Code::kAccessControl, running_->Cancel(token, "mallory"));
  ASSERT_OK(running_->Cancel(token, "alice"));
  CrashAndStart();
  EXPECT_STATUS(Code::kInvalidToken, tokens().PasswordOf(token.identifier));
  EXPECT_STATUS(Code::kInvalidToken, running_->Renew(token, "yarn"));
}

TEST_F(NameNodeTokensTest, ForgedAndForeignOnesAreRefused) {
  const Token token = Given();
  ASSERT_OK_AND_ASSIGN(DelegationTokenIdentifier id, DecodeDelegationTokenIdentifier(token.identifier));
  id.owner = "root";
  Token forged = token;
  forged.identifier = EncodeDelegationTokenIdentifier(id);
  EXPECT_STATUS(Code::kInvalidToken, tokens().UserOfToken(forged));
  Token guessed = token;
  guessed.password.back() ^= 1;
  EXPECT_STATUS(Code::kInvalidToken, tokens().UserOfToken(guessed));
  Token garbage = token;
  garbage.identifier = "garbage";
  EXPECT_STATUS(Code::kInvalidToken, tokens().UserOfToken(garbage));

  SimDisk other_disk(world_.clock());
  ASSERT_OK(NamespaceRun::Format(world_, other_disk));
  Running other(world_, other_disk, clock_);
  ASSERT_OK(other.Issue("alice", "yarn"));
  EXPECT_STATUS(Code::kInvalidToken, other.tokens->UserOfToken(token));
}

TEST_F(NameNodeTokensTest, ExpireUnlessRenewedAndEndAfterAWeek) {
  const Token left = Given();
  const Token renewed = Given();
  clock_.moved_ms += kDayMs / 2;
  EXPECT_STATUS(Code::kAccessControl, running_->Renew(renewed, "alice"));
  ASSERT_OK(running_->Renew(renewed, "yarn"));
  clock_.moved_ms += kDayMs * 3 / 4;
  EXPECT_STATUS(Code::kInvalidToken, tokens().PasswordOf(left.identifier));
  EXPECT_OK(tokens().PasswordOf(renewed.identifier));
  CrashAndStart();
  EXPECT_OK(tokens().PasswordOf(renewed.identifier));
  tokens().Tick();
  for (int i = 0; i < 12; ++i) {
    ASSERT_OK(running_->Renew(renewed, "yarn"));
    clock_.moved_ms += kDayMs / 2;
    if (i < 11) {
      EXPECT_OK(tokens().PasswordOf(renewed.identifier));
    }
  }
  EXPECT_STATUS(Code::kInvalidToken, tokens().PasswordOf(renewed.identifier));
  EXPECT_STATUS(Code::kInvalidToken, running_->Renew(renewed, "yarn"));
}

TEST_F(NameNodeTokensTest, AnotherKeySignsTheNextDay) {
  const Token first = Given();
  clock_.moved_ms += kDayMs - 1000;
  ASSERT_OK(running_->Renew(first, "yarn"));
  clock_.moved_ms += 2000;
  const Token second = Given();
  EXPECT_NE(DecodeDelegationTokenIdentifier(first.identifier)->key_id,
            DecodeDelegationTokenIdentifier(second.identifier)->key_id);
  EXPECT_OK(tokens().UserOfToken(first));
  EXPECT_OK(tokens().UserOfToken(second));
}

TEST_F(NameNodeTokensTest, NoneAreGivenOutWhereTheyAreNotAskedFor) {
  SimDisk disk(world_.clock());
  ASSERT_OK(NamespaceRun::Format(world_, disk));
  Running quiet(world_, disk, clock_, false);
  ASSERT_OK_AND_ASSIGN(auto none, quiet.Issue("alice", "yarn"));
  EXPECT_FALSE(none.has_value());
  EXPECT_STATUS(Code::kEndOfFile, quiet.Renew(Token{}, "yarn"));
}

// What a real namenode sent (3.4.2).
TEST(DelegationTokenIdentifier, IsHadoops) {
  const std::string bytes("\x00\x04root\x04yarn\x00\x8a\x01\xa1\xfe\x9f\x3d\x20\x8a\x01\xa2\x22\xab\xc1\x20\x04\x02", 28);
  ASSERT_OK_AND_ASSIGN(DelegationTokenIdentifier id, DecodeDelegationTokenIdentifier(bytes));
  EXPECT_EQ(DescribeDelegationToken(id),
            "token for root: HDFS_DELEGATION_TOKEN owner=root, renewer=yarn, realUser=, issueDate=1795273211168, "
            "maxDate=1795878011168, sequenceNumber=4, masterKeyId=2");
  EXPECT_EQ(EncodeDelegationTokenIdentifier(id), bytes);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_STATUS(Code::kEndOfFile, DecodeDelegationTokenIdentifier(bytes.substr(0, cut)));
  }
  EXPECT_STATUS(Code::kIOError, DecodeDelegationTokenIdentifier("\x07" + bytes.substr(1)));
}

}  // namespace
}  // namespace tusk::dfs
