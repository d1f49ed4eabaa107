// What `hdfs debug` says of block and .meta files: the words, exit codes and bytes that Hadoop 3.4.2 answered with.
#include <gtest/gtest.h>

#include <sstream>

#include "base/env/real_env.h"
#include "base/sim/sim_disk.h"
#include "base/sim/sim_loop.h"
#include "dfs/shell/admin/debug_internal.h"

namespace tusk::dfs {
namespace {

class DebugMetaTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& bytes) {
    auto file = disk_.Open(path, OpenMode::kCreateTruncate);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->WriteAt(0, AsBytes(bytes)).ok());
  }
  // "exit code|output|errors"
  std::string Run(int (*command)(ShellContext&, const std::vector<std::string>&), const std::vector<std::string>& args) {
    std::ostringstream out, err;
    std::istringstream in;
    auto random = MakeSystemRandom();
    ShellContext context{clock_, *random, disk_, {}, {}, in, out, err};
    int code = command(context, args);
    return std::to_string(code) + "|" + out.str() + "|" + err.str();
  }
  std::string Verify(const std::vector<std::string>& args) { return Run(RunVerifyMeta, args); }
  std::string Compute(const std::vector<std::string>& args) { return Run(RunComputeMeta, args); }

  sim::SimClock clock_;
  sim::SimDisk disk_{clock_};
};

const std::string kType = "Checksum type: DataChecksum(type=CRC32C, chunkSize=512)\n";  // NOLINT

TEST_F(DebugMetaTest, ComputesWhatHadoopComputes) {
  Write("/b", std::string(5000, 'x'));
  EXPECT_EQ(Compute({"-block", "/b", "-out", "/m"}),
            "0|Checksum calculation succeeded on block file /b saved metadata to meta file /m\n|");
  std::string meta = disk_.ReadFile("/m").value();
  EXPECT_EQ(meta.size(), 47u);
  EXPECT_EQ(meta.substr(0, 11), std::string("\0\1\2\0\0\2\0\x06\x01\x84\xf8", 11));
  EXPECT_EQ(meta.substr(43), "\x45\x05\x5d\xe4");
  EXPECT_EQ(Verify({"-meta", "/m", "-block", "/b"}), "0|" + kType + "Checksum verification succeeded on block file /b\n|");
  EXPECT_EQ(Verify({"-meta", "/m"}), "0|" + kType + "|");
  Write("/empty", "");
  EXPECT_EQ(Compute({"-block", "/empty", "-out", "/me"}).substr(0, 2), "0|");
  EXPECT_EQ(disk_.ReadFile("/me").value(), std::string("\0\1\2\0\0\2\0", 7));
}

TEST_F(DebugMetaTest, FindsTheChunkThatIsWrong) {
  std::string data(3 << 20, 'x');
  Write("/b", data);
  ASSERT_EQ(Compute({"-block", "/b", "-out", "/m"}).substr(0, 2), "0|");
  data[(2 << 20) + 512 * 3 + 7] = 'y';
  Write("/wrong", data);
  EXPECT_NE(Verify({"-meta", "/m", "-block", "/wrong"}).find("not matched for file /wrong at position 2098688: expected=60184F8"),
            std::string::npos);
  Write("/small", std::string(5000, 'y'));
  EXPECT_EQ(Verify({"-meta", "/m", "-block", "/small"}),
            "1|" + kType + "verifyChunkedSums error: org.apache.hadoop.fs.ChecksumException: Checksum CRC32C not matched for file "
            "/small at position 0: expected=60184F8 but computed=C9C6D88D, algorithm=CRC32C\n|");
  Write("/short", disk_.ReadFile("/m").value().substr(0, 15));
  EXPECT_NE(Verify({"-meta", "/short", "-block", "/b"}).find("the meta file ends before the block's checksum at position 1024"),
            std::string::npos);
}

TEST_F(DebugMetaTest, SaysWhatIsMissing) {
  Write("/b", "x");
  Write("/m", "");
  EXPECT_EQ(Compute({"-out", "/o"}), "2||You must specify a block file with -block\n");
  EXPECT_EQ(Compute({"-block", "/no", "-out", "/o"}), "3||Block file </no> does not exist or is not a file\n");
  EXPECT_EQ(Compute({"-block", "/b"}), "4||You must specify a output file with -out\n");
  EXPECT_EQ(Compute({"-block", "/b", "-out", "/m"}), "5||output file already exists!\n");
  EXPECT_EQ(Verify({"-block", "/b"}), "1||You must specify a meta file with -meta\n");
  EXPECT_EQ(Verify({"-meta", "/no"}), "1||Failed to read HDFS metadata file header for /no: java.io.FileNotFoundException: "
                                      "/no (No such file or directory)\n");
  EXPECT_EQ(Verify({"-meta", "/m"}).find("1||Failed to read HDFS metadata file header for /m: org.apache.hadoop.hdfs.server."
                                         "datanode.CorruptMetaHeaderException: "), 0u);
}

}  // namespace
}  // namespace tusk::dfs
