// Goal: archives of the ordinary tools unpack to the same files; hostile ones leave nothing outside their folder.
// Method: tar and python's zipfile make the archives.
#include <cstdlib>

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "yarn_like/nodemanager/localize/archive.h"

namespace tusk::yarn {
namespace {

class ArchiveTest : public ::testing::Test {
 protected:
  ArchiveTest() { TUSK_CHECK(world_.disk().MakeDir(Path("out"), 0755).ok()); }
  std::string Path(const std::string& name) { return world_.folder() + "/" + name; }
  void Shell(const std::string& script) {
    std::string command = "cd " + world_.folder() + " && (" + script + ") >/dev/null 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << script;  // NOLINT
  }
  void Python(const std::string& script) {
    ASSERT_OK(world_.disk().WriteFileAtomic(Path("make.py"), AsBytes(script)));
    Shell("python3 make.py");
  }
  std::string Read(const std::string& name) { return world_.disk().ReadFile(Path(name)).value_or("(absent)"); }

  RealWorld world_;
};

TEST_F(ArchiveTest, KindsAreToldByName) {
  EXPECT_EQ(ArchiveKindOf("a.JAR"), ArchiveKind::kZip);
  EXPECT_EQ(ArchiveKindOf("a.tgz"), ArchiveKind::kTarGzip);
  EXPECT_EQ(ArchiveKindOf("a.tar.gz"), ArchiveKind::kTarGzip);
  EXPECT_EQ(ArchiveKindOf("a.tar"), ArchiveKind::kTar);
  EXPECT_EQ(ArchiveKindOf("a.gz"), ArchiveKind::kNone);
}

TEST_F(ArchiveTest, TarsOfTarUnpack) {
  std::string deep(60, 'd');
  std::string path = deep + "/" + deep + "/" + deep;
  Shell("mkdir -p in/" + path + " && echo hello > in/f && chmod 755 in/f && ln -s f in/l && ln in/f in/h && seq 100000 > in/" +
        path + "/long && touch -d @1000000000 in/f");
  for (std::string format : {"gnu", "pax", "ustar"}) {
    Shell("rm -rf out && mkdir out && tar czf a.tar.gz --format=" + format + " -C in .");
    ASSERT_OK(UnpackTar(world_.disk(), Path("a.tar.gz"), Path("out"), true, {}));
    Shell("diff -r in out && test -L out/l && test -x out/f && test $(stat -c %Y out/f) = 1000000000");
  }
}

TEST_F(ArchiveTest, ZipsUnpackStoredAndDeflated) {
  Python(
      "import zipfile\n"
      "with zipfile.ZipFile('a.zip','w') as z:\n"
      "  z.writestr('classes/c.txt', 'c'*100000, zipfile.ZIP_DEFLATED)\n"
      "  z.writestr('lib/x.txt', 'xyz', zipfile.ZIP_STORED)\n"
      "  z.writestr('other/', '')\n"
      "  z.writestr('empty', '')\n");
  ASSERT_OK_AND_ASSIGN(uint64_t bytes, UnpackZip(world_.disk(), Path("a.zip"), Path("out"), {}));
  EXPECT_EQ(bytes, 100003u);
  EXPECT_EQ(Read("out/classes/c.txt"), std::string(100000, 'c'));
  EXPECT_EQ(Read("out/lib/x.txt"), "xyz");
  EXPECT_EQ(Read("out/empty"), "");

  Shell("rm -rf out && mkdir out");
  UnpackOptions some;
  some.wanted = [](std::string_view name) { return name.starts_with("lib/"); };
  ASSERT_OK(UnpackZip(world_.disk(), Path("a.zip"), Path("out"), some));
  EXPECT_EQ(Read("out/lib/x.txt"), "xyz");
  EXPECT_EQ(Read("out/empty"), "(absent)");
}

TEST_F(ArchiveTest, NamesThatLeaveTheFolderAreRefused) {
  for (std::string name : {"../evil", "/tmp/evil-of-tusk", "a/../../evil"}) {
    Python("import zipfile\nwith zipfile.ZipFile('a.zip','w') as z: z.writestr('" + name + "', 'x')\n");
    EXPECT_STATUS(Code::kIOError, UnpackZip(world_.disk(), Path("a.zip"), Path("out"), {}));
    Python("import tarfile,io\nt=tarfile.open('a.tar','w')\ni=tarfile.TarInfo('" + name + "')\ni.size=1\nt.addfile(i, io.BytesIO(b'x'))\nt.close()\n");
    EXPECT_STATUS(Code::kIOError, UnpackTar(world_.disk(), Path("a.tar"), Path("out"), false, {}));
  }
  EXPECT_EQ(Read("evil"), "(absent)");
}

TEST_F(ArchiveTest, LinksCannotCarryMembersOutside) {
  std::string begin = "import tarfile,io\nt=tarfile.open('a.tar','w')\n";
  auto link = [](const std::string& name, const std::string& target) {
    return "i=tarfile.TarInfo('" + name + "')\ni.type=tarfile.SYMTYPE\ni.linkname='" + target + "'\nt.addfile(i)\n";
  };
  std::string file = "i=tarfile.TarInfo('l/evil')\ni.size=1\nt.addfile(i, io.BytesIO(b'x'))\nt.close()\n";
  Python(begin + link("l", "..") + file);
  EXPECT_STATUS(Code::kIOError, UnpackTar(world_.disk(), Path("a.tar"), Path("out"), false, {}));
  Python(begin + link("l", "/tmp") + file);
  EXPECT_STATUS(Code::kIOError, UnpackTar(world_.disk(), Path("a.tar"), Path("out"), false, {}));
  Shell("rm -rf out && mkdir out");
  Python(begin + link("l", "inside") + file);  // even inside: members do not pass through links
  EXPECT_STATUS(Code::kIOError, UnpackTar(world_.disk(), Path("a.tar"), Path("out"), false, {}));
}

TEST_F(ArchiveTest, BombsAndTornFilesEndWithAnError) {
  Python("import zipfile\nwith zipfile.ZipFile('a.zip','w') as z: z.writestr('a', b'0'*10000000, zipfile.ZIP_DEFLATED)\n");
  UnpackOptions small;
  small.bytes_max = 1 << 20;
  EXPECT_STATUS(Code::kResourceExhausted, UnpackZip(world_.disk(), Path("a.zip"), Path("out"), small));
  Shell("head -c 3000 a.zip > torn.zip; seq 1000 > f; tar czf b.tgz f; head -c 500 b.tgz > torn.tgz");
  EXPECT_STATUS(Code::kCorruption, UnpackZip(world_.disk(), Path("torn.zip"), Path("out"), {}));
  EXPECT_STATUS(Code::kCorruption, UnpackTar(world_.disk(), Path("torn.tgz"), Path("out"), true, {}));
}

}  // namespace
}  // namespace tusk::yarn
