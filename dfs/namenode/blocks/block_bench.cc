// What the block map costs: `block_bench [BLOCKS]` (default one million, 3 copies on 12 datanodes): loading, full
// reports, a datanode's death, its blocks scheduled again, memory.
#include <ctime>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "dfs/namenode/blocks/block_testing.h"

namespace tusk::dfs {
namespace {

size_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  size_t pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * 4096;
}

double CpuSeconds() {  // of this thread: what others do on a busy machine does not count
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

template <typename Work>
void Time(const char* what, Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%-44s %8.3f s\n", what, took.count());
}

// In the slices of the datanode protocol's handler; the longest one is what another call may have to wait.
void TimeSlices(const char* what, FakeCluster& cluster, StorageIndex storage, const std::vector<ReportedReplica>& replicas) {
  constexpr size_t kReplicas = 500;
  constexpr uint32_t kRecords = 4000;
  double longest = 0, began = CpuSeconds();
  const double start = began;
  auto note = [&] {
    const double now = CpuSeconds();
    longest = std::max(longest, now - began);
    began = now;
  };
  for (size_t at = 0; at < replicas.size(); at += kReplicas) {
    const size_t slice = std::min(kReplicas, replicas.size() - at);
    cluster.blocks.ProcessFullReport({storage, std::span(replicas).subspan(at, slice), 3, at == 0, false}, cluster.now);
    note();
  }
  for (bool done = false; !done; note()) done = cluster.blocks.FinishFullReport(storage, 3, kRecords, cluster.now);
  std::printf("%-44s %8.3f s, longest hold %.2f ms (CPU time)\n", what, began - start, longest * 1e3);
}

int Run(int64_t count) {
  constexpr size_t kNodes = 12;
  FakeCluster cluster(BlockLimits(), 1, DatanodeLimits{3s, 5s, 30s});
  for (size_t n = 0; n < kNodes; ++n) cluster.AddNode("/rack" + std::to_string(n % 3));
  std::vector<std::vector<ReportedReplica>> reports(kNodes);
  for (int64_t i = 0; i < count; ++i) {
    const ReportedReplica replica{{1073741825 + i, 1001 + i, 1 << 27}, ReplicaState::kFinalized};
    const auto first = static_cast<size_t>(i * 7919 % kNodes);
    for (size_t copy = 0; copy < 3; ++copy) reports[(first + copy) % kNodes].push_back(replica);
  }
  const size_t before = ResidentBytes();
  Time("load the namespace's blocks", [&] {
    for (int64_t i = 0; i < count; ++i) {
      cluster.blocks.Load({{1073741825 + i, 1001 + i, 1 << 27}, 16386 + i, 3, BlockState::kComplete});
    }
    cluster.blocks.FinishLoad(cluster.now);
  });
  TimeSlices("first full report of one datanode, in slices", cluster, cluster.StorageOf(0), reports[0]);
  Time("first full reports of the other 11", [&] {
    for (size_t n = 1; n < kNodes; ++n) {
      cluster.blocks.ProcessFullReport({cluster.StorageOf(n), reports[n], 1, true, true}, cluster.now);
    }
  });
  const double per_block = static_cast<double>(ResidentBytes() - before) / static_cast<double>(count);
  Time("leave safe mode, look at every block", [&] {
    cluster.blocks.Tick(cluster.now);
    cluster.Advance(31s);
    cluster.blocks.Tick(cluster.now);
  });
  Time("second full report of one datanode", [&] {
    cluster.blocks.ProcessFullReport({cluster.StorageOf(0), reports[0], 2, true, true}, cluster.now);
  });
  std::vector<ReportedReplica> all;
  for (int64_t i = 0; i < count; ++i) all.push_back({{1073741825 + i, 1001 + i, 1 << 27}, ReplicaState::kFinalized});
  cluster.AddNode("/rack9");
  TimeSlices("a new datanode reports all blocks, in slices", cluster, cluster.StorageOf(kNodes), all);
  TimeSlices("it reports them again", cluster, cluster.StorageOf(kNodes), all);
  all.resize(all.size() / 2);
  TimeSlices("it has lost half of them", cluster, cluster.StorageOf(kNodes), all);
  Time("a datanode dies", [&] {
    cluster.registry.mutable_datanode(0).alive = false;
    cluster.blocks.DatanodeDied(0, cluster.now);
  });
  std::printf("under-replicated now: %llu\n",
              static_cast<unsigned long long>(cluster.blocks.Stats().under_replicated));
  Time("1000 ticks of scheduling copies", [&] {
    for (int i = 0; i < 1000; ++i) {
      cluster.Advance(Millis(3000));
      for (size_t n = 1; n < kNodes; ++n) (void)cluster.blocks.TakeWork(static_cast<DatanodeIndex>(n), cluster.now);
      cluster.blocks.Tick(cluster.now);
    }
  });
  std::printf("memory per block after the reports: %.0f bytes\n", per_block);
  return 0;
}

}  // namespace
}  // namespace tusk::dfs

int main(int argc, char** argv) { return tusk::dfs::Run(argc > 1 ? std::atoll(argv[1]) : 1'000'000); }
