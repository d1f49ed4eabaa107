// The VERSION file: what is written is read back; foreign, newer and damaged ones are refused with the reason.
#include "dfs/namenode/storage_version.h"

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::dfs {
namespace {

TEST(StorageVersionTest, ReadsWhatItWrote) {
  RealWorld world;
  EXPECT_STATUS(Code::kFileNotFound, ReadStorageVersion(world.disk(), world.folder()));
  const StorageVersion version = StorageVersion::Generate(world.env(), "127.0.0.1", "");
  EXPECT_TRUE(version.block_pool_id.starts_with("BP-"));
  EXPECT_TRUE(version.cluster_id.starts_with("CID-"));
  ASSERT_OK(WriteStorageVersion(world.disk(), world.folder(), version, 0));
  ASSERT_OK_AND_ASSIGN(StorageVersion read, ReadStorageVersion(world.disk(), world.folder()));
  EXPECT_EQ(read.RegistrationId(), version.RegistrationId());
  EXPECT_EQ(read.block_pool_id, version.block_pool_id);
}

TEST(StorageVersionTest, RefusesNewerForeignAndDamaged) {
  RealWorld world;
  const std::string path = world.folder() + "/current/VERSION";
  ASSERT_OK(world.disk().MakeDirs(world.folder() + "/current", 0700));
  const std::string good = "#x\nnamespaceID=5\nclusterID=CID-1\ncTime=7\nblockpoolID=BP-1\nlayoutVersion=-67\n";
  auto with = [&](const std::string& text) {
    EXPECT_OK(world.disk().WriteFileAtomic(path, AsBytes(text)));
    return ReadStorageVersion(world.disk(), world.folder());
  };
  EXPECT_OK(with(good + "tuskFormat=1\n"));
  EXPECT_STATUS(Code::kIncorrectVersion, with(good));
  EXPECT_STATUS(Code::kIncorrectVersion, with(good + "tuskFormat=2\n"));
  EXPECT_STATUS(Code::kInconsistentState, with("tuskFormat=1\nnamespaceID=5x\n"));
}

}  // namespace
}  // namespace tusk::dfs
