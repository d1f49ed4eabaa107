// Goal: the real disk does what Disk promises, with errors that name the path.
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk {
namespace {

TEST(PosixDiskTest, WhatWasWrittenIsReadBack) {
  RealWorld world;
  std::string path = world.folder() + "/a";
  ASSERT_OK(world.disk().WriteFileAtomic(path, AsBytes("hello")));
  ASSERT_OK_AND_ASSIGN(std::string text, world.disk().ReadFile(path));
  EXPECT_EQ(text, "hello");
  EXPECT_FALSE(world.disk().Exists(path + ".tmp"));
}

TEST(PosixDiskTest, ALockHasOneHolderInOneProcessToo) {
  RealWorld world;
  std::string path = world.folder() + "/in_use.lock";
  {
    ASSERT_OK_AND_ASSIGN(auto lock, world.disk().Lock(path));
    EXPECT_STATUS(Code::kAlreadyExists, world.disk().Lock(path));
  }
  EXPECT_OK(world.disk().Lock(path));
}

TEST(PosixDiskTest, ErrorsNameThePath) {
  RealWorld world;
  auto missing = world.disk().ReadFile(world.folder() + "/nope");
  EXPECT_STATUS(Code::kFileNotFound, missing);
  EXPECT_THAT(std::string(missing.status().message()), testing::HasSubstr("/nope"));
}

TEST(PosixDiskTest, TreesAreMadeListedAndRemoved) {
  RealWorld world;
  ASSERT_OK(world.disk().MakeDirs(world.folder() + "/x/y/z", 0755));
  ASSERT_OK(world.disk().WriteFileAtomic(world.folder() + "/x/b", AsBytes("1")));
  ASSERT_OK_AND_ASSIGN(auto names, world.disk().List(world.folder() + "/x"));
  EXPECT_THAT(names, testing::ElementsAre("b", "y"));
  ASSERT_OK(world.disk().RemoveTree(world.folder() + "/x"));
  EXPECT_FALSE(world.disk().Exists(world.folder() + "/x"));
  EXPECT_OK(world.disk().RemoveTree(world.folder() + "/x"));
}

}  // namespace
}  // namespace tusk
