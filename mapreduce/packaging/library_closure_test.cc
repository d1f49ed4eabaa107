// This test's own program is packed, stripped, and started by the loader in its closure.
#include "mapreduce/packaging/library_closure.h"

#include <link.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "mapreduce/packaging/elf_file.h"
#include "mapreduce/packaging/zip_writer.h"

namespace tusk::mapreduce {
namespace {

std::vector<std::string> Loaded() {
  std::vector<std::string> paths;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* out) {
        if (info->dlpi_name[0] == '/') static_cast<std::vector<std::string>*>(out)->push_back(info->dlpi_name);
        return 0;
      },
      &paths);
  return paths;
}

class LibraryClosureTest : public ::testing::Test {
 protected:
  std::string Write(const PackedFile& file, const std::string& name) {
    std::string path = world_.folder() + "/" + name;
    std::ofstream out(path, std::ios::binary);
    EXPECT_OK(ReadPacked(world_.disk(), file, [&](ByteView piece) {
      out.write(reinterpret_cast<const char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
      return Status::Ok();
    }));
    out.close();
    EXPECT_OK(world_.disk().SetMode(path, 0755));
    return path;
  }

  // Exit code of a program; its output goes to `output`.
  int Run(const std::vector<std::string>& argv, const std::string& output) {
    pid_t child = ::fork();
    if (child == 0) {
      std::vector<char*> arguments;
      for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
      arguments.push_back(nullptr);
      if (std::freopen(output.c_str(), "w", stdout) != nullptr) ::execv(arguments[0], arguments.data());
      std::_Exit(127);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  RealWorld world_;
};

TEST_F(LibraryClosureTest, HoldsLoaderLibrariesAndNameServices) {
  ASSERT_OK_AND_ASSIGN(LibraryClosure closure, MakeLibraryClosure(world_.disk(), "/proc/self/exe", {.loaded = Loaded()}));
  EXPECT_TRUE(closure.loader.starts_with("ld-"));
  EXPECT_TRUE(closure.libraries.contains(closure.loader));
  EXPECT_TRUE(closure.libraries.contains("libc.so.6"));
  EXPECT_TRUE(closure.libraries.contains("libstdc++.so.6"));
  EXPECT_TRUE(closure.libraries.contains("libresolv.so.2"));
}

TEST_F(LibraryClosureTest, WithoutKnowingWhatIsLoadedNamesAreLookedUp) {
  ASSERT_OK_AND_ASSIGN(LibraryClosure told, MakeLibraryClosure(world_.disk(), "/proc/self/exe", {.loaded = Loaded()}));
  ASSERT_OK_AND_ASSIGN(LibraryClosure found, MakeLibraryClosure(world_.disk(), "/proc/self/exe", {}));
  for (const auto& [name, file] : found.libraries) EXPECT_TRUE(told.libraries.contains(name)) << name;
}

TEST_F(LibraryClosureTest, StrippedProgramStartsThroughItsOwnLoader) {
  ASSERT_OK_AND_ASSIGN(LibraryClosure closure, MakeLibraryClosure(world_.disk(), "/proc/self/exe", {.loaded = Loaded()}));
  std::string program = Write(closure.program, "program");
  ASSERT_OK_AND_ASSIGN(FileStat original, world_.disk().Stat("/proc/self/exe"));
  ASSERT_OK_AND_ASSIGN(FileStat stripped, world_.disk().Stat(program));
  EXPECT_LT(stripped.size, original.size);
  for (const auto& [name, file] : closure.libraries) Write(file, name);
  std::string output = world_.folder() + "/output";
  int code = Run({world_.folder() + "/" + closure.loader, "--library-path", world_.folder(), program, "--gtest_list_tests"}, output);
  EXPECT_EQ(code, 0);
  ASSERT_OK_AND_ASSIGN(std::string text, world_.disk().ReadFile(output));
  EXPECT_NE(text.find("StrippedProgramStartsThroughItsOwnLoader"), std::string::npos);
}

TEST_F(LibraryClosureTest, LibrariesThatTheUserListsComeWithTheirNeeds) {
  ASSERT_OK_AND_ASSIGN(LibraryClosure closure, MakeLibraryClosure(world_.disk(), "/proc/self/exe", {.more = {"libcrypto.so.3"}}));
  EXPECT_TRUE(closure.libraries.contains("libcrypto.so.3"));
  EXPECT_STATUS(Code::kFileNotFound, MakeLibraryClosure(world_.disk(), "/proc/self/exe", {.more = {"libnobody.so.77"}}));
}

TEST_F(LibraryClosureTest, DigestsTellContentsApart) {
  ASSERT_OK_AND_ASSIGN(LibraryClosure closure, MakeLibraryClosure(world_.disk(), "/proc/self/exe", {.loaded = Loaded()}));
  ASSERT_OK_AND_ASSIGN(std::string first, DigestOfLibraries(world_.disk(), closure));
  ASSERT_OK_AND_ASSIGN(std::string again, DigestOfLibraries(world_.disk(), closure));
  EXPECT_EQ(first, again);
  closure.libraries.erase("libm.so.6");
  ASSERT_OK_AND_ASSIGN(std::string less, DigestOfLibraries(world_.disk(), closure));
  EXPECT_NE(first, less);
}

TEST_F(LibraryClosureTest, FilesThatAreNoProgramsAreRefused) {
  std::string path = world_.folder() + "/text";
  std::ofstream(path) << "#!/bin/sh\nexit 0\n" << std::string(100, ' ');
  EXPECT_STATUS(Code::kCorruption, MakeLibraryClosure(world_.disk(), path, {}));
  // Cut anywhere, this program is refused or read to where it is cut.
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<File> whole, world_.disk().Open("/proc/self/exe", OpenMode::kRead));
  std::vector<uint8_t> head(4096);
  ASSERT_OK(whole->ReadAt(0, head));
  for (size_t size : {0, 3, 63, 64, 200, 4096}) {
    std::ofstream(path, std::ios::binary | std::ios::trunc).write(reinterpret_cast<const char*>(head.data()), static_cast<std::streamsize>(size));
    ASSERT_OK_AND_ASSIGN(std::unique_ptr<File> file, world_.disk().Open(path, OpenMode::kRead));
    EXPECT_STATUS(Code::kCorruption, ReadElf(*file));
  }
}

TEST(ZipWriterTest, UnzipAndPythonReadIt) {
  std::string bytes;
  StringSink sink(bytes);
  ZipWriter zip(sink);
  ASSERT_OK(zip.Add("a", AsBytes("alpha")));
  ASSERT_OK(zip.Add("b.so.1", AsBytes(std::string(100'000, 'b'))));
  ASSERT_OK(zip.Finish());
  EXPECT_LT(bytes.size(), 2000u);
  std::string again;
  StringSink second_sink(again);
  ZipWriter second(second_sink);
  ASSERT_OK(second.Add("a", AsBytes("alpha")));
  ASSERT_OK(second.Add("b.so.1", AsBytes(std::string(100'000, 'b'))));
  ASSERT_OK(second.Finish());
  EXPECT_EQ(bytes, again);
  RealWorld world;
  std::string path = world.folder() + "/x.zip";
  std::ofstream(path, std::ios::binary) << bytes;
  std::string check = "python3 -c \"import zipfile; z=zipfile.ZipFile('" + path +
                      "'); assert z.testzip() is None; assert z.read('a')==b'alpha'; assert len(z.read('b.so.1'))==100000\"";
  EXPECT_EQ(std::system(check.c_str()), 0);
}

}  // namespace
}  // namespace tusk::mapreduce
