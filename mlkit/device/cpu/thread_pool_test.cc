// Every piece runs once, whatever the counts; nested calls do not wait for each other.
#include "mlkit/device/cpu/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace tusk::ml {
namespace {

TEST(ThreadPoolTest, EveryPieceRunsExactlyOnce) {
  for (size_t threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (size_t count : {0, 1, 2, 3, 1000}) {
      for (int repeat = 0; repeat < 50; ++repeat) {
        std::vector<std::atomic<int>> runs(count);
        pool.ParallelFor(count, [&](size_t i) { ++runs[i]; });
        for (auto& run : runs) ASSERT_EQ(run.load(), 1);
      }
    }
  }
}

TEST(ThreadPoolTest, ANestedCallRunsInline) {
  ThreadPool pool(3);
  std::atomic<int> total = 0;
  pool.ParallelFor(20, [&](size_t) { pool.ParallelFor(30, [&](size_t) { ++total; }); });
  EXPECT_EQ(total.load(), 600);
}

}  // namespace
}  // namespace tusk::ml
