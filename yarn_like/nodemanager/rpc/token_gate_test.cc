// Goal: the tokens of a real resource manager are let in; forged, foreign, expired and repeated ones are not.
// Method: keys, identifiers and passwords recorded from Hadoop (golden/yarn/tokens.json).
#include "yarn_like/nodemanager/rpc/token_gate.h"

#include "base/testing/matchers.h"

namespace tusk::yarn {
namespace {

std::string Hex(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

const char* kNmIdentifier =
    "0a0d0a09080110e288d3e99f341001120f0a096c6f63616c686f73741089db011a04726f6f7420bbc9b9b502";
const char* kGrant =
    "0a11120d0a09080110e288d3e99f3410011802120f6c6f63616c686f73743a32383034311a04726f6f74222b08800210011a140a096d656d6f72792d6d"
    "621080021a024d6920001a0e0a0676636f72657310011a00200028e1aef8e99f3430f5b8bcb7feffffffff0138e288d3e99f344202080148d8ddd3e99f"
    "345a0060026801700078ffffffffffffffffff01";
const char* kGrantPassword = "44114c24deb98afa3eb3ef82696037f9e30ed1d0";
const char* kAttempt = "appattempt_1795249456226_0001_000001";
constexpr int64_t kIssued = 1795249467096;
constexpr int64_t kExpiry = 1795250067297;

TokenGate MakeGate() {
  TokenGate gate{ResourceTypes()};
  gate.SetNode({"localhost", 28041});
  gate.SetResourceManager(1795249456226);
  gate.AcceptNmKey({648963259, Hex("ff2726428c3ae050")});
  gate.AcceptContainerKey({-420537227, Hex("f170b079198d9b07")});
  return gate;
}

TEST(TokenGateTest, TokensOfARealResourceManagerHold) {
  TokenGate gate = MakeGate();
  ASSERT_OK_AND_ASSIGN(std::string password, gate.PasswordOf(Hex(kNmIdentifier)));
  EXPECT_EQ(password, Hex("d74dcbd1dfa4cc20c20611ca8483a3ede6f2f869"));
  ASSERT_OK_AND_ASSIGN(auto user, gate.UserOf(Hex(kNmIdentifier)));
  EXPECT_EQ(user.name, kAttempt);
  ASSERT_OK_AND_ASSIGN(auto grant, gate.CheckGrant(kAttempt, Hex(kGrant), Hex(kGrantPassword), kIssued));
  EXPECT_EQ(grant.container.ToString(), "container_1795249456226_0001_01_000002");
  EXPECT_EQ(grant.resource.memory_mb(), 256);
}

TEST(TokenGateTest, AForgedOrChangedGrantFailsTheCall) {
  TokenGate gate = MakeGate();
  std::string password = Hex(kGrantPassword);
  password[3] ^= 1;
  auto refused = gate.CheckGrant(kAttempt, Hex(kGrant), password, kIssued);
  EXPECT_STATUS(Code::kInvalidToken, refused);
  EXPECT_EQ(refused.status().message(), "Invalid container token used for starting container on : localhost:28041");
  std::string changed = Hex(kGrant);
  changed[15] ^= 1;
  EXPECT_STATUS(Code::kInvalidToken, gate.CheckGrant(kAttempt, changed, Hex(kGrantPassword), kIssued));
  EXPECT_STATUS(Code::kInvalidToken, gate.CheckGrant(kAttempt, "", "", kIssued));
  gate.SetNode({"localhost", 28042});
  auto elsewhere = gate.CheckGrant(kAttempt, Hex(kGrant), Hex(kGrantPassword), kIssued);
  EXPECT_STATUS(Code::kInvalidToken, elsewhere);
  EXPECT_EQ(elsewhere.status().message(), "Given Container container_1795249456226_0001_01_000002 identifier is not valid for current "
                                          "Node manager. Expected : localhost:28042 Found : localhost:28041");
  EXPECT_STATUS(Code::kInvalidToken, gate.PasswordOf(Hex(kNmIdentifier)));
}

TEST(TokenGateTest, AGrantIsGoodOnceForItsAttemptUntilItExpires) {
  TokenGate gate = MakeGate();
  auto check = [&](const std::string& attempt, int64_t at) {
    return gate.CheckGrant(attempt, Hex(kGrant), Hex(kGrantPassword), at);
  };
  auto expired = check(kAttempt, kExpiry + 1);
  EXPECT_STATUS(Code::kYarn, expired);
  EXPECT_NE(expired.status().message().find("This token is expired. current time is "), std::string::npos);
  EXPECT_STATUS(Code::kYarn, check("appattempt_1795249456226_0002_000001", kIssued));
  EXPECT_STATUS(Code::kYarn, check("root", kIssued));
  EXPECT_OK(check("appattempt_1795249456226_0001_000002", kIssued));  // a later attempt of the application may
  ASSERT_OK_AND_ASSIGN(auto grant, check(kAttempt, kIssued));
  gate.MarkUsed(grant, Hex(kNmIdentifier), kIssued);
  auto again = check(kAttempt, kIssued);
  EXPECT_STATUS(Code::kYarn, again);
  EXPECT_EQ(again.status().message(),
            "Unauthorized request to start container.\n Attempt to relaunch the same container with id "
            "container_1795249456226_0001_01_000002.");
}

TEST(TokenGateTest, GrantsOfAnEarlierResourceManagerAreTold) {
  TokenGate gate = MakeGate();
  gate.SetResourceManager(1795249999999);
  EXPECT_STATUS(Code::kInvalidContainer, gate.CheckGrant(kAttempt, Hex(kGrant), Hex(kGrantPassword), kIssued));
}

TEST(TokenGateTest, KeysRollAndAnAttemptThatStartedSomethingKeepsItsOwn) {
  TokenGate gate = MakeGate();
  gate.AcceptNmKey({1, "second"});
  EXPECT_OK(gate.PasswordOf(Hex(kNmIdentifier)));  // the previous key still counts
  ASSERT_OK_AND_ASSIGN(auto grant, gate.CheckGrant(kAttempt, Hex(kGrant), Hex(kGrantPassword), kIssued));
  gate.MarkUsed(grant, Hex(kNmIdentifier), kIssued);
  EXPECT_OK(gate.CheckStarter(Hex(kNmIdentifier)));
  gate.AcceptNmKey({2, "third"});
  gate.AcceptNmKey({3, "fourth"});
  EXPECT_OK(gate.CheckStarter(Hex(kNmIdentifier)));
  ASSERT_OK_AND_ASSIGN(std::string password, gate.PasswordOf(Hex(kNmIdentifier)));
  EXPECT_EQ(password, Hex("d74dcbd1dfa4cc20c20611ca8483a3ede6f2f869"));
  gate.ForgetApplication(grant.container.attempt.application);
  EXPECT_STATUS(Code::kInvalidToken, gate.CheckStarter(Hex(kNmIdentifier)));
  EXPECT_STATUS(Code::kInvalidToken, gate.PasswordOf(Hex(kNmIdentifier)));
  gate.AcceptContainerKey({1, "second"});
  gate.AcceptContainerKey({2, "third"});
  EXPECT_STATUS(Code::kInvalidToken, gate.CheckGrant(kAttempt, Hex(kGrant), Hex(kGrantPassword), kIssued));
}

TEST(TokenGateTest, AnUpdateNeedsAGoodTokenToo) {
  TokenGate gate = MakeGate();
  ASSERT_OK_AND_ASSIGN(auto grant, gate.CheckGrant(kAttempt, Hex(kGrant), Hex(kGrantPassword), kIssued));
  gate.MarkUsed(grant, Hex(kNmIdentifier), kIssued);
  EXPECT_OK(gate.CheckUpdate(kAttempt, Hex(kGrant), Hex(kGrantPassword), kIssued));  // used for its start, of course
  EXPECT_STATUS(Code::kInvalidToken, gate.CheckUpdate(kAttempt, Hex(kGrant), "wrong", kIssued));
  auto expired = gate.CheckUpdate(kAttempt, Hex(kGrant), Hex(kGrantPassword), kExpiry + 1);
  EXPECT_TRUE(expired.status().message().starts_with("Unauthorized request to increase container resource.\nThis token is expired."));
  EXPECT_STATUS(Code::kYarn, gate.CheckUpdate("appattempt_1795249456226_0002_000001", Hex(kGrant), Hex(kGrantPassword), kIssued));
}

TEST(TokenGateTest, KeysAndUsedTokensSurviveARestart) {
  std::map<std::string, std::string> stored;
  auto saver = [&](std::string key, std::optional<std::string> value) {
    stored.erase(key);
    if (value) stored[key] = *value;
  };
  TokenGate before = MakeGate();
  before.SetSaver(saver);
  before.AcceptNmKey({1, "second"});
  before.AcceptContainerKey({2, "second"});
  ASSERT_OK_AND_ASSIGN(auto grant, before.CheckGrant(kAttempt, Hex(kGrant), Hex(kGrantPassword), kIssued));
  before.MarkUsed(grant, Hex(kNmIdentifier), kIssued);
  before.AcceptNmKey({3, "third"});

  TokenGate after{ResourceTypes()};
  after.SetNode({"localhost", 28041});
  after.SetResourceManager(1795249456226);
  after.Recover(NodeRecords::Parse(stored));
  EXPECT_EQ(after.nm_key()->id, 3);
  EXPECT_EQ(after.container_key()->id, 2);
  EXPECT_OK(after.PasswordOf(Hex(kNmIdentifier)));  // by the key that its attempt started something with
  auto again = after.CheckGrant(kAttempt, Hex(kGrant), Hex(kGrantPassword), kIssued);
  EXPECT_NE(again.status().message().find("Attempt to relaunch"), std::string::npos);
}

}  // namespace
}  // namespace tusk::yarn
