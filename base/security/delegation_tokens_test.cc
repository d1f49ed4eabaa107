// Goal: delegation tokens as Hadoop's secret manager treats them: good until renewal is due, renewed by their renewer
// only, cancelled by owner or renewer, gone after a restart only if they were cancelled. Method: explicit time, an
// identifier encoding of the test's own.
#include "base/security/delegation_tokens.h"

#include <gtest/gtest.h>

#include "base/core/writable.h"
#include "base/env/real_env.h"
#include "base/testing/matchers.h"

namespace tusk {
namespace {

std::string Encode(const DelegationTokenIdentifier& id) {
  WritableWriter out;
  out.Text(id.owner);
  out.Text(id.renewer);
  out.VLong(id.max_wall_ms);
  out.VInt(id.sequence);
  out.VInt(id.key_id);
  return std::move(out).bytes();
}

Result<DelegationTokenIdentifier> Decode(std::string_view bytes) {
  WritableReader in(bytes);
  DelegationTokenIdentifier id;
  ASSIGN_OR_RETURN(id.owner, in.Text());
  ASSIGN_OR_RETURN(id.renewer, in.Text());
  ASSIGN_OR_RETURN(id.max_wall_ms, in.VLong());
  ASSIGN_OR_RETURN(id.sequence, in.VInt());
  ASSIGN_OR_RETURN(id.key_id, in.VInt());
  return id;
}

struct KeptJournal : DelegationTokens::Journal {
  void KeyAdded(const DelegationTokens::Key& key) override { keys[key.id] = key; }
  void KeyRemoved(int32_t id) override { keys.erase(id); }
  void TokenChanged(int32_t sequence, const std::string& identifier, int64_t renew_wall_ms) override {
    tokens[sequence] = {identifier, renew_wall_ms};
  }
  void TokenRemoved(int32_t sequence) override { tokens.erase(sequence); }
  DelegationTokens::Stored Stored() const {
    DelegationTokens::Stored stored;
    for (const auto& [id, key] : keys) stored.keys.push_back(key);
    for (const auto& [sequence, token] : tokens) stored.tokens.push_back(token);
    return stored;
  }
  std::map<int32_t, DelegationTokens::Key> keys;
  std::map<int32_t, DelegationTokens::StoredToken> tokens;
};

class DelegationTokensTest : public ::testing::Test {
 protected:
  static DelegationTokenPolicy Policy() { return {"TEST_TOKEN", 1000, 100, 1000, 100}; }
  std::unique_ptr<Random> random_ = MakeSystemRandom();
  KeptJournal journal_;
  DelegationTokens tokens_{Policy(), Encode, Decode, &journal_, *random_};
};

TEST_F(DelegationTokensTest, AreGoodUntilRenewalIsDueAndNeverLongerThanTheirLifetime) {
  ASSERT_OK_AND_ASSIGN(const auto issued, tokens_.Issue("ann", "yarn", "", 10'000));
  ASSERT_OK_AND_ASSIGN(const std::string password, tokens_.PasswordOf(issued.identifier, 10'050));
  EXPECT_EQ(password, issued.password);
  EXPECT_STATUS(Code::kInvalidToken, tokens_.PasswordOf(issued.identifier, 10'101));
  ASSERT_OK_AND_ASSIGN(int64_t until, tokens_.Renew(issued.identifier, issued.password, "yarn", 10'090));
  EXPECT_EQ(until, 10'190);
  for (int64_t now = 10'180; now < 11'000; now += 90) {
    ASSERT_OK_AND_ASSIGN(until, tokens_.Renew(issued.identifier, issued.password, "yarn", now));
  }
  EXPECT_EQ(until, 11'000);
  EXPECT_STATUS(Code::kInvalidToken, tokens_.Renew(issued.identifier, issued.password, "yarn", 11'001));
}

TEST_F(DelegationTokensTest, OnlyTheRenewerRenewsAndOnlyWithThePassword) {
  ASSERT_OK_AND_ASSIGN(const auto issued, tokens_.Issue("ann", "yarn", "", 0));
  EXPECT_STATUS(Code::kAccessControl, tokens_.Renew(issued.identifier, issued.password, "ann", 1));
  EXPECT_STATUS(Code::kAccessControl, tokens_.Renew(issued.identifier, "forged", "yarn", 1));
  ASSERT_OK_AND_ASSIGN(const auto alone, tokens_.Issue("ann", "", "", 0));
  EXPECT_STATUS(Code::kAccessControl, tokens_.Renew(alone.identifier, alone.password, "", 1));
}

TEST_F(DelegationTokensTest, ForgedAndCancelledOnesAreRefused) {
  ASSERT_OK_AND_ASSIGN(const auto issued, tokens_.Issue("ann", "yarn", "", 0));
  ASSERT_OK_AND_ASSIGN(DelegationTokenIdentifier forged, Decode(issued.identifier));
  forged.owner = "root";
  EXPECT_STATUS(Code::kInvalidToken, tokens_.PasswordOf(Encode(forged), 1));
  EXPECT_STATUS(Code::kAccessControl, tokens_.Cancel(issued.identifier, "bob"));
  EXPECT_OK(tokens_.Cancel(issued.identifier, "ann"));
  EXPECT_STATUS(Code::kInvalidToken, tokens_.PasswordOf(issued.identifier, 1));
  EXPECT_STATUS(Code::kInvalidToken, tokens_.Cancel(issued.identifier, "ann"));
  EXPECT_TRUE(journal_.tokens.empty());
}

TEST_F(DelegationTokensTest, SurviveARestartAndNumbersAreNotGivenTwice) {
  ASSERT_OK_AND_ASSIGN(const auto first, tokens_.Issue("ann", "yarn", "", 0));
  DelegationTokens again(Policy(), Encode, Decode, &journal_, *random_);
  again.Restore(journal_.Stored());
  ASSERT_OK_AND_ASSIGN(const std::string password, again.PasswordOf(first.identifier, 5));
  EXPECT_EQ(password, first.password);
  ASSERT_OK_AND_ASSIGN(const auto second, again.Issue("ann", "yarn", "", 6));
  EXPECT_GT(Decode(second.identifier)->sequence, Decode(first.identifier)->sequence);
  EXPECT_NE(Decode(second.identifier)->key_id, Decode(first.identifier)->key_id);
  again.Tick(5000);
  EXPECT_EQ(again.size(), 0u);
  EXPECT_EQ(journal_.keys.size(), 1u) << "the current key stays";
}

}  // namespace
}  // namespace tusk
