// Goal: usage is summed over the whole tree and told in the words that clients search for.
#include "yarn_like/nodemanager/container/process_tree.h"

#include <unistd.h>

#include "base/env/real_env.h"
#include "base/testing/matchers.h"

namespace tusk::yarn {
namespace {

TEST(ProcessTreeTest, StatLinesParseWhateverTheName) {
  ASSERT_OK_AND_ASSIGN(ProcessSample sample,
                       ParseStat("123 (a) b (c) S 1 122 121 0 -1 4194560 100 0 0 0 7 3 0 0 20 0 1 0 4455 8192000 250 18446744073709551615 1 1\n"));
  EXPECT_EQ(sample.pid, 123);
  EXPECT_EQ(sample.name, "a) b (c");
  EXPECT_EQ(sample.parent, 1);
  EXPECT_EQ(sample.group, 122);
  EXPECT_EQ(sample.session, 121);
  EXPECT_EQ(sample.start_ticks, 4455u);
  EXPECT_EQ(sample.virtual_bytes, 8192000u);
  EXPECT_EQ(sample.resident_pages, 250u);
  EXPECT_STATUS(Code::kInvalidArgument, ParseStat("123 (x) S 1"));
  EXPECT_STATUS(Code::kInvalidArgument, ParseStat(""));
}

TEST(ProcessTreeTest, TheTreeHoldsSessionAndDescendants) {
  auto sample = [](int64_t pid, int64_t parent, int64_t session) {
    ProcessSample made;
    made.pid = pid;
    made.parent = parent;
    made.group = made.session = session;
    return made;
  };
  // 11 left the session, 12 is its child, 13 lost its parent but not the session, 14 is a stranger.
  std::vector<ProcessSample> all = {sample(10, 5, 10), sample(11, 10, 11), sample(12, 11, 11), sample(13, 1, 10), sample(14, 1, 14)};
  std::vector<int64_t> pids;
  for (const auto& each : TreeOf(all, 10)) pids.push_back(each.pid);
  EXPECT_EQ(pids, (std::vector<int64_t>{10, 11, 12, 13}));
}

TEST(ProcessTreeTest, ThisProcessIsThere) {
  auto disk = MakePosixDisk();
  bool found = false;
  for (const auto& each : ReadProcesses(*disk)) found |= each.pid == ::getpid() && each.resident_pages > 0;
  EXPECT_TRUE(found);
}

TEST(ProcessTreeTest, SizesReadAsHadoopPrintsThem) {
  EXPECT_EQ(BinaryBytes(12), "12 B");
  EXPECT_EQ(BinaryBytes(256 << 20), "256 MB");
  EXPECT_EQ(BinaryBytes(1288490189), "1.2 GB");
  EXPECT_EQ(BinaryBytes(1536), "1.5 KB");
  std::string text = OverLimitText(7, "container_1_0001_01_000002", {300 << 20, 400 << 20, 0}, {256 << 20, 537 << 20}, true, {});
  EXPECT_NE(text.find("is running 46137344B beyond the 'PHYSICAL' memory limit. Current usage: 300 MB of 256 MB physical memory "
                      "used; 400 MB of 537 MB virtual memory used. Killing container.\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace tusk::yarn
