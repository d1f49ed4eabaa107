// Goal: ids, resources, keys and token identifiers are Hadoop's to the byte. Method: identifiers and passwords of a
// real cluster (tokens.json of the shared golden bytes, copied here as literals), parsed, printed and signed again.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/env/real_env.h"
#include "base/testing/matchers.h"
#include "yarn_like/common/ids.h"
#include "yarn_like/common/master_key.h"
#include "yarn_like/common/resource.h"
#include "yarn_like/common/token_identifiers.h"

namespace tusk::yarn {
namespace {

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::strtol(std::string(hex.substr(i, 2)).c_str(), nullptr, 16)));
  }
  return bytes;
}

constexpr int64_t kCluster = 1795249456226;
const ApplicationAttemptId kAttempt{{kCluster, 1}, 1};
const std::string kAmRm = FromHex("0a0d0a09080110e288d3e99f34100110b1c5e4f7fbffffffff01");
const std::string kNm = FromHex(
    "0a0d0a09080110e288d3e99f341001120f0a096c6f63616c686f73741089db011a04726f6f7420bbc9b9b502");
const std::string kContainer = FromHex(
    "0a11120d0a09080110e288d3e99f3410011802120f6c6f63616c686f73743a32383034311a04726f6f74222b08800210011a140a096d656d"
    "6f72792d6d621080021a024d6920001a0e0a0676636f72657310011a00200028e1aef8e99f3430f5b8bcb7feffffffff0138e288d3e99f34"
    "4202080148d8ddd3e99f345a0060026801700078ffffffffffffffffff01");

TEST(Ids, PrintAndParseAsHadoops) {
  EXPECT_EQ(kAttempt.application.ToString(), "application_1795249456226_0001");
  EXPECT_EQ(kAttempt.ToString(), "appattempt_1795249456226_0001_000001");
  const ContainerId first{kAttempt, 2};
  const ContainerId later{{{kCluster, 12345}, 1}, (int64_t{1} << 40) + 1};
  EXPECT_EQ(first.ToString(), "container_1795249456226_0001_01_000002");
  EXPECT_EQ(later.ToString(), "container_e01_1795249456226_12345_01_000001");
  for (const ContainerId& id : {first, later}) {
    ASSERT_OK_AND_ASSIGN(ContainerId parsed, ContainerId::Parse(id.ToString()));
    EXPECT_EQ(parsed, id);
  }
  ASSERT_OK_AND_ASSIGN(auto attempt, ApplicationAttemptId::Parse(kAttempt.ToString()));
  EXPECT_EQ(attempt, kAttempt);
  ASSERT_OK_AND_ASSIGN(auto node, NodeId::Parse("localhost:28041"));
  EXPECT_EQ(node, (NodeId{"localhost", 28041}));
}

TEST(Ids, MalformedOnesAreRefused) {
  for (const char* text : {"", "application_1", "application_x_1", "application_1_-2", "application_1_2_3", "app_1_2",
                           "application_99999999999999999999_1"}) {
    EXPECT_STATUS(Code::kInvalidArgument, ApplicationId::Parse(text));
  }
  for (const char* text : {"", "container", "container_e", "container_ex_1_1_1_1", "container_1_1_1",
                           "container_1_1_1_9999999999999"}) {
    EXPECT_STATUS(Code::kInvalidArgument, ContainerId::Parse(text));
  }
  EXPECT_STATUS(Code::kInvalidArgument, NodeId::Parse(":1"));
}

TEST(Tokens, IdentifiersRoundTripToHadoopsBytes) {
  ASSERT_OK_AND_ASSIGN(auto amrm, AmRmTokenIdentifier::Parse(kAmRm));
  EXPECT_EQ(amrm, (AmRmTokenIdentifier{kAttempt, -1090968911}));
  EXPECT_EQ(amrm.Serialize(), kAmRm);

  ASSERT_OK_AND_ASSIGN(auto nm, NmTokenIdentifier::Parse(kNm));
  EXPECT_EQ(nm, (NmTokenIdentifier{kAttempt, {"localhost", 28041}, "root", 648963259}));
  EXPECT_EQ(nm.Serialize(), kNm);

  const ResourceTypes types;
  ASSERT_OK_AND_ASSIGN(auto container, ContainerTokenIdentifier::Parse(kContainer, types));
  EXPECT_EQ(container.container, (ContainerId{kAttempt, 2}));
  EXPECT_EQ(container.resource, Resource(256, 1));
  EXPECT_EQ(container.node_address, "localhost:28041");
  EXPECT_EQ(container.rm_identifier, kCluster);
  EXPECT_EQ(container.type, ContainerType::kTask);
  EXPECT_EQ(container.allocation_request_id, -1);
  EXPECT_EQ(container.Serialize(types), kContainer);
}

TEST(Tokens, PasswordsAreHadoops) {
  EXPECT_EQ(TokenPassword({-1090968911, FromHex("2a7435d9594956e0")}, kAmRm),
            FromHex("712430eced1021ec2c38cb9f3754b8087c51d1ab"));
  EXPECT_EQ(TokenPassword({648963259, FromHex("ff2726428c3ae050")}, kNm),
            FromHex("d74dcbd1dfa4cc20c20611ca8483a3ede6f2f869"));
  EXPECT_EQ(TokenPassword({-420537227, FromHex("f170b079198d9b07")}, kContainer),
            FromHex("44114c24deb98afa3eb3ef82696037f9e30ed1d0"));
}

TEST(Tokens, GarbageIsRefusedAndUnknownFieldsAreNot) {
  EXPECT_STATUS(Code::kInvalidToken, AmRmTokenIdentifier::Parse("\x0a\xff"));
  EXPECT_STATUS(Code::kInvalidToken, NmTokenIdentifier::Parse(std::string(1 << 20, 'x')));
  EXPECT_OK(AmRmTokenIdentifier::Parse(kAmRm + FromHex("9a0601ff")));  // field 99 with one byte
}

TEST(KeyRing, VerifiesWithTheCurrentAndThePreviousKeyOnly) {
  KeyRing ring;
  EXPECT_STATUS(Code::kInvalidToken, ring.PasswordOf(1, kNm));
  ring.Accept({1, "one"});
  ring.Accept({1, "ignored"});
  ring.Accept({2, "two"});
  ASSERT_OK_AND_ASSIGN(std::string password, ring.PasswordOf(1, kNm));
  EXPECT_TRUE(SamePassword(password, TokenPassword({1, "one"}, kNm)));
  EXPECT_FALSE(SamePassword(password, TokenPassword({2, "two"}, kNm)));
  ring.Accept({3, "three"});
  EXPECT_STATUS(Code::kInvalidToken, ring.PasswordOf(1, kNm));
}

TEST(RollingKey, AnnouncesTheNextKeyBeforeItSigns) {
  auto random = MakeSystemRandom();
  const TimePoint start{};
  RollingKey keys({7, "first"}, 24h, 15min, start);
  EXPECT_FALSE(keys.Tick(start + 1h, *random));
  EXPECT_TRUE(keys.Tick(start + 24h, *random));
  EXPECT_EQ(keys.current().id, 7);
  EXPECT_NE(keys.announced(), keys.current());
  EXPECT_NE(keys.Find(keys.announced().id), nullptr);
  EXPECT_TRUE(keys.Tick(start + 24h + 15min, *random));
  EXPECT_EQ(keys.announced(), keys.current());
  EXPECT_NE(keys.Find(7), nullptr) << "tokens of the previous key still verify";
}

TEST(Resources, CompareByEveryAmount) {
  ResourceTypes types;
  ASSERT_OK_AND_ASSIGN(size_t gpu, types.Add(kGpuName));
  Resource ask(1024, 1);
  ask.amounts[gpu] = 1;
  EXPECT_FALSE(ask.FitsIn(Resource(4096, 4)));
  Resource node(4096, 4);
  node.amounts[gpu] = 2;
  EXPECT_TRUE(ask.FitsIn(node));
  EXPECT_EQ(CountThatFit(ask, node), 2);
  EXPECT_DOUBLE_EQ(DominantShare(ask, node), 0.5);
  EXPECT_EQ(types.Format(ask), "<memory:1024, vCores:1, yarn.io/gpu: 1>");
}

}  // namespace
}  // namespace tusk::yarn
