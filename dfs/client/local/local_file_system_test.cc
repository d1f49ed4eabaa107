// file: paths behave as Hadoop's checksummed local filesystem. Method: the real disk, a scratch folder.
#include "dfs/client/local/local_file_system.h"

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::dfs {
namespace {

class LocalFileSystemTest : public ::testing::Test {
 protected:
  LocalFileSystemTest() : fs_(MakeLocalFileSystem(world_.env(), {})) {}
  Task<Status> Put(std::string path, std::string bytes) {
    auto stream = co_await fs_->Create(path);
    if (!stream.ok()) co_return stream.status();
    CO_RETURN_IF_ERROR(co_await (*stream)->Write(AsBytes(bytes)));
    co_return co_await (*stream)->Close();
  }
  Task<Status> Add(std::string path, std::string bytes) {
    auto stream = co_await fs_->Append(path);
    if (!stream.ok()) co_return stream.status();
    CO_RETURN_IF_ERROR(co_await (*stream)->Write(AsBytes(bytes)));
    co_return co_await (*stream)->Close();
  }
  Task<Result<std::string>> Get(std::string path, bool verify = true) {
    auto stream = co_await fs_->Open(path, verify);
    if (!stream.ok()) co_return stream.status();
    std::vector<uint8_t> out((*stream)->length());
    auto count = co_await (*stream)->ReadAt(0, out);
    if (!count.ok()) co_return count.status();
    co_return std::string(AsText(out));
  }
  std::string At(const std::string& name) { return world_.folder() + "/" + name; }

  RealWorld world_;
  std::unique_ptr<FileSystem> fs_;
};

TEST_F(LocalFileSystemTest, WritesAChecksumFileThatListingsHide) {
  std::string bytes(1500, 'x');
  ASSERT_OK(world_.Run(Put(At("a"), bytes)));
  EXPECT_TRUE(world_.disk().Exists(At(".a.crc")));
  ASSERT_OK_AND_ASSIGN(FileStat stat, world_.disk().Stat(At(".a.crc")));
  EXPECT_EQ(stat.size, 8u + 3 * 4);
  ASSERT_OK_AND_ASSIGN(auto listed, world_.Run(fs_->List(world_.folder())));
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].name(), "a");
  EXPECT_EQ(listed[0].replication, 1u);
  ASSERT_OK_AND_ASSIGN(std::string found, world_.Run(Get(At("a"))));
  EXPECT_EQ(found, bytes);
}

TEST_F(LocalFileSystemTest, FindsBytesThatHaveChanged) {
  ASSERT_OK(world_.Run(Put(At("a"), std::string(2000, 'x'))));
  {
    ASSERT_OK_AND_ASSIGN(auto file, world_.disk().Open(At("a"), OpenMode::kReadWrite));
    ASSERT_OK(file->WriteAt(700, AsBytes("y")));
  }
  EXPECT_STATUS(Code::kChecksumError, world_.Run(Get(At("a"))));
  EXPECT_OK(world_.Run(Get(At("a"), false)));
}

TEST_F(LocalFileSystemTest, AppendKeepsTheChecksumFileRight) {
  ASSERT_OK(world_.Run(Put(At("a"), std::string(700, 'x'))));
  ASSERT_OK(world_.Run(Add(At("a"), std::string(900, 'y'))));
  ASSERT_OK_AND_ASSIGN(std::string found, world_.Run(Get(At("a"))));
  EXPECT_EQ(found, std::string(700, 'x') + std::string(900, 'y'));
}

TEST_F(LocalFileSystemTest, RenameAndDeleteTakeTheChecksumFileAlong) {
  ASSERT_OK(world_.Run(Put(At("a"), "1")));
  ASSERT_OK_AND_ASSIGN(bool renamed, world_.Run(fs_->Rename(At("a"), At("b"))));
  EXPECT_TRUE(renamed);
  EXPECT_TRUE(world_.disk().Exists(At(".b.crc")));
  EXPECT_FALSE(world_.disk().Exists(At(".a.crc")));
  ASSERT_OK_AND_ASSIGN(bool deleted, world_.Run(fs_->Delete(At("b"), false)));
  EXPECT_TRUE(deleted);
  EXPECT_FALSE(world_.disk().Exists(At(".b.crc")));
}

TEST_F(LocalFileSystemTest, RenameMovesIntoAnExistingFolder) {
  ASSERT_OK(world_.Run(Put(At("a"), "1")));
  ASSERT_OK(world_.Run(fs_->Mkdirs(At("d/e"))));
  ASSERT_OK_AND_ASSIGN(bool renamed, world_.Run(fs_->Rename(At("a"), At("d"))));
  EXPECT_TRUE(renamed);
  EXPECT_TRUE(world_.disk().Exists(At("d/a")));
}

TEST_F(LocalFileSystemTest, RefusesToDeleteAFullFolderUnlessRecursive) {
  ASSERT_OK(world_.Run(Put(At("d/a"), "1")));
  EXPECT_STATUS(Code::kPathIsNotEmptyDirectory, world_.Run(fs_->Delete(At("d"), false)));
  ASSERT_OK_AND_ASSIGN(bool deleted, world_.Run(fs_->Delete(At("d"), true)));
  EXPECT_TRUE(deleted);
}

TEST_F(LocalFileSystemTest, SummaryCountsFoldersFilesAndBytes) {
  ASSERT_OK(world_.Run(Put(At("d/a"), "123")));
  ASSERT_OK(world_.Run(Put(At("d/e/b"), "45")));
  ASSERT_OK_AND_ASSIGN(ContentSummary summary, world_.Run(fs_->GetContentSummary(At("d"))));
  EXPECT_EQ(summary.directory_count, 2u);
  EXPECT_EQ(summary.file_count, 2u);
  EXPECT_EQ(summary.length, 5u);
}

TEST_F(LocalFileSystemTest, MissingFilesAreNotFound) {
  EXPECT_STATUS(Code::kFileNotFound, world_.Run(fs_->GetFileStatus(At("none"))));
  EXPECT_STATUS(Code::kFileNotFound, world_.Run(fs_->Open(At("none"))));
  EXPECT_STATUS(Code::kFileNotFound, world_.Run(fs_->List(At("none"))));
}

}  // namespace
}  // namespace tusk::dfs
