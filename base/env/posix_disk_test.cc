// Goal: the real disk does what Disk promises, with errors that name the path.
#include "base/env/bulk_io.h"
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

TEST(PosixDiskTest, PartsAreWrittenOneBehindTheOtherFromAnyOffset) {
  RealWorld world;
  std::string text(200'000, 0);
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>((i * 131) >> 3);
  for (size_t part_bytes : {1000, 32768, 64512, 200'000}) {
    SCOPED_TRACE(part_bytes);
    std::string path = world.folder() + "/parts" + std::to_string(part_bytes);
    std::vector<ByteView> parts{{}};
    for (size_t at = 0; at < text.size(); at += part_bytes) parts.push_back(AsBytes(text).subspan(at, std::min(part_bytes, text.size() - at)));
    parts.push_back({});
    ASSERT_OK_AND_ASSIGN(auto file, world.disk().Open(path, OpenMode::kCreateNew));
    ASSERT_OK(file->WriteAt(0, AsBytes("before")));
    ASSERT_OK(WritePartsAt(*file, 6, parts));
    ASSERT_OK(WritePartsAt(*file, 6, {}));
    ASSERT_OK_AND_ASSIGN(std::string all, world.disk().ReadFile(path));
    EXPECT_TRUE(all == "before" + text);
    ASSERT_OK_AND_ASSIGN(auto unwritable, world.disk().Open(path, OpenMode::kRead));
    EXPECT_FALSE(WritePartsAt(*unwritable, 0, parts).ok());
  }
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
