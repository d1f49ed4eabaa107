// Goal: sources of any size arrive whole, and say truly whether everybody may read them. Method: file:// URIs.
#include "yarn_like/nodemanager/localize/dfs_resource_source.h"

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::yarn {
namespace {

class DfsResourceSourceTest : public ::testing::Test {
 protected:
  DfsResourceSourceTest() : files_(world_.env(), conf_, "root"), source_(files_) {}
  ~DfsResourceSourceTest() override {
    world_.Run([](UserFileSystems& files) -> Task<bool> {
      co_await files.Shutdown();
      co_return true;
    }(files_));
  }
  std::string Path(const std::string& name) { return world_.folder() + "/" + name; }

  RealWorld world_;
  Configuration conf_;
  UserFileSystems files_;
  DfsResourceSource source_;
};

TEST_F(DfsResourceSourceTest, BytesArriveWholeWhateverTheSize) {
  for (size_t size : {size_t{0}, size_t{1}, size_t{1} << 20, (size_t{3} << 20) + 12345}) {
    std::string bytes(size, '\0');
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 1000);
    std::string name = "f" + std::to_string(size);
    ASSERT_OK(world_.disk().WriteFileAtomic(Path(name), AsBytes(bytes)));
    ASSERT_OK_AND_ASSIGN(uint64_t copied, world_.Run(source_.Copy("file://" + Path(name), "root", Path(name + ".copy"))));
    EXPECT_EQ(copied, size);
    ASSERT_OK_AND_ASSIGN(std::string back, world_.disk().ReadFile(Path(name + ".copy")));
    EXPECT_TRUE(back == bytes);
  }
  EXPECT_FALSE(world_.Run(source_.Copy("file://" + Path("absent"), "root", Path("x"))).ok());
  EXPECT_FALSE(world_.Run(source_.Copy("file://" + Path("f1"), "root", Path("no/such/folder"))).ok());
}

TEST_F(DfsResourceSourceTest, PublicMeansReadableAndReachableByAll) {
  ASSERT_OK(world_.disk().MakeDir(Path("d"), 0755));
  ASSERT_OK(world_.disk().WriteFileAtomic(Path("d/f"), AsBytes("x")));
  ASSERT_OK(world_.disk().SetMode(world_.folder(), 0755));
  ASSERT_OK(world_.disk().SetMode(Path("d/f"), 0644));
  ASSERT_OK_AND_ASSIGN(SourceStat open, world_.Run(source_.Stat("file://" + Path("d/f"), "", true)));
  EXPECT_TRUE(open.is_public);
  ASSERT_OK(world_.disk().SetMode(Path("d"), 0710));
  ASSERT_OK_AND_ASSIGN(SourceStat behind, world_.Run(source_.Stat("file://" + Path("d/f"), "", true)));
  EXPECT_FALSE(behind.is_public);
  ASSERT_OK(world_.disk().SetMode(Path("d"), 0755));
  ASSERT_OK(world_.disk().SetMode(Path("d/f"), 0600));
  ASSERT_OK_AND_ASSIGN(SourceStat closed, world_.Run(source_.Stat("file://" + Path("d/f"), "", true)));
  EXPECT_FALSE(closed.is_public);
}

}  // namespace
}  // namespace tusk::yarn
