// Registration, heartbeats, death and return of datanodes; who may send a full report.
#include "dfs/namenode/datanodes/datanode_registry.h"

#include "base/testing/matchers.h"
#include "dfs/namenode/datanodes/report_leases.h"

namespace tusk::dfs {
namespace {

constexpr TimePoint kStart{std::chrono::hours(1)};

DatanodeIdentity Identity(const std::string& uuid, const std::string& ip, uint32_t port = 9866) {
  DatanodeIdentity identity;
  identity.uuid = uuid;
  identity.ip = ip;
  identity.host = "host-" + ip;
  identity.xfer_port = port;
  return identity;
}

TEST(DatanodeRegistryTest, IsDeadAfterTwoRechecksAndTenHeartbeats) {
  DatanodeRegistry registry{DatanodeLimits()};
  auto node = registry.Register(Identity("a", "10.0.0.1"), kStart).datanode;
  EXPECT_EQ(registry.live_count(), 1u);
  EXPECT_TRUE(registry.TakeExpired(kStart + 630s).empty());
  EXPECT_EQ(registry.TakeExpired(kStart + 631s), std::vector<DatanodeIndex>{node});
  EXPECT_TRUE(registry.TakeExpired(kStart + 632s).empty());
  EXPECT_EQ(registry.live_count(), 0u);
  EXPECT_TRUE(registry.datanode(node).needs_registration);
}

TEST(DatanodeRegistryTest, KeepsItsIndexWhenItRegistersAgain) {
  DatanodeRegistry registry{DatanodeLimits()};
  auto first = registry.Register(Identity("a", "10.0.0.1"), kStart);
  auto again = registry.Register(Identity("a", "10.0.0.2"), kStart);
  EXPECT_EQ(first.datanode, again.datanode);
  EXPECT_TRUE(again.was_alive);
  EXPECT_EQ(registry.FindByAddress("10.0.0.1:9866"), nullptr);
  ASSERT_NE(registry.FindByAddress("10.0.0.2:9866"), nullptr);
  EXPECT_EQ(registry.FindByAddress("host-10.0.0.2:9866"), registry.FindByUuid("a"));
}

TEST(DatanodeRegistryTest, AnotherUuidAtTheSameAddressReplaces) {
  DatanodeRegistry registry{DatanodeLimits()};
  auto old = registry.Register(Identity("a", "10.0.0.1"), kStart);
  auto fresh = registry.Register(Identity("b", "10.0.0.1"), kStart);
  ASSERT_TRUE(fresh.replaced.has_value());
  EXPECT_EQ(*fresh.replaced, old.datanode);
  EXPECT_FALSE(registry.datanode(old.datanode).alive);
  EXPECT_EQ(registry.FindByAddress("10.0.0.1:9866")->identity.uuid, "b");
}

TEST(DatanodeRegistryTest, HeartbeatSumsItsStoragesAndTellsNewFailures) {
  DatanodeRegistry registry{DatanodeLimits()};
  EXPECT_STATUS(Code::kUnregisteredNode, registry.Heartbeat("a", {}, {}, kStart, 0));
  auto node = registry.Register(Identity("a", "10.0.0.1"), kStart).datanode;
  std::vector<StorageReport> reports{{"s1", 1, false, {100, 10, 80, 10, 10}}, {"s2", 1, false, {50, 0, 50, 0, 0}}};
  ASSERT_OK_AND_ASSIGN(auto failed, registry.Heartbeat("a", {}, reports, kStart, 0));
  EXPECT_TRUE(failed.empty());
  EXPECT_EQ(registry.datanode(node).space.capacity, 150u);
  reports[1].failed = true;
  ASSERT_OK_AND_ASSIGN(failed, registry.Heartbeat("a", {}, reports, kStart, 0));
  EXPECT_EQ(failed, std::vector<StorageIndex>{registry.FindStorage("a", "s2")});
  ASSERT_OK_AND_ASSIGN(failed, registry.Heartbeat("a", {}, reports, kStart, 0));
  EXPECT_TRUE(failed.empty());
  EXPECT_EQ(registry.datanode(node).space.capacity, 100u);
}

TEST(DatanodeRegistryTest, CountsDistanceAsHadoopDoes) {
  DatanodeRegistry registry{DatanodeLimits()};
  auto a = Identity("a", "10.0.0.1"), b = Identity("b", "10.0.0.2"), c = Identity("c", "10.0.0.3");
  a.location = b.location = "/r1";
  c.location = "/r2";
  for (auto& identity : {a, b, c}) registry.Register(identity, kStart);
  EXPECT_EQ(registry.Distance("10.0.0.1", *registry.FindByUuid("a")), 0);
  EXPECT_EQ(registry.Distance("10.0.0.1", *registry.FindByUuid("b")), 2);
  EXPECT_EQ(registry.Distance("10.0.0.1", *registry.FindByUuid("c")), 4);
  EXPECT_GT(registry.Distance("1.2.3.4", *registry.FindByUuid("a")), 6);
  EXPECT_EQ(DatanodeRegistry::RackDistance("/d1/r1", "/d1/r1"), 0);
  EXPECT_EQ(DatanodeRegistry::RackDistance("/d1/r1", "/d1/r10"), 2);
  EXPECT_EQ(DatanodeRegistry::RackDistance("/d1/r1", "/d2/r1"), 4);
}

TEST(ReportLeasesTest, OnlySoManyAtATimeAndOnlyForSoLong) {
  ReportLeases leases(2, 300s, 77);
  const uint64_t a = leases.Request("a", kStart), b = leases.Request("b", kStart);
  EXPECT_NE(a, 0u);
  EXPECT_NE(b, 0u);
  EXPECT_EQ(leases.Request("c", kStart), 0u);
  EXPECT_TRUE(leases.Check("a", a, kStart + 299s));
  EXPECT_FALSE(leases.Check("a", b, kStart));
  EXPECT_FALSE(leases.Check("a", a, kStart + 300s));
  EXPECT_TRUE(leases.Check("x", 0, kStart));
  leases.Release("b");
  EXPECT_NE(leases.Request("c", kStart), 0u);
}

}  // namespace
}  // namespace tusk::dfs
