// SafeMode: whether the namespace may change and replicas may be moved or deleted. On at start until enough blocks
// have been reported (threshold, datanodes, then an extension), or as an administrator says.
#pragma once

#include <cstdint>
#include <string>

#include "base/core/status.h"
#include "base/core/time.h"

namespace tusk::dfs {

struct SafeModeLimits {
  double threshold = 0.999;  // share of blocks with min_replication replicas
  int datanodes_min = 0;
  int min_replication = 1;
  Duration extension = std::chrono::seconds(30);
};

class SafeMode {
 public:
  explicit SafeMode(SafeModeLimits limits) : limits_(limits) {}

  // Counting begins: `blocks_total` complete blocks are known.
  void Start(uint64_t blocks_total, TimePoint now);
  // A complete block reached, or fell below, min_replication.
  void BlockSafe() { ++blocks_safe_; }
  void BlockUnsafe() {
    if (blocks_safe_ > 0) --blocks_safe_;
  }
  void AddTotal(int64_t blocks);
  // What a report may have changed; leaves when the thresholds and the extension have passed.
  void Check(size_t live_datanodes, TimePoint now);

  bool on() const { return phase_ != Phase::kOff || resources_low_; }
  bool in_startup() const { return phase_ == Phase::kCounting || phase_ == Phase::kExtension; }
  // The namenode's own disks are nearly full; goes on when they are not, or by an administrator until the next look.
  void SetResourcesLow(bool low) { resources_low_ = low; }
  bool resources_low() const { return resources_low_; }
  void Enter();  // by an administrator
  void Leave();  // by an administrator, or forced
  // OK, or kSafeMode "<reason>. Name node is in safe mode.\n<tip>": `reason` as Hadoop says it, e.g.
  // "Cannot create directory /a".
  Status Refuse(std::string_view reason, std::string_view host, TimePoint now) const;
  // "The reported blocks 0 needs additional 5 blocks to reach the threshold 0.9990 of total blocks 5. ...".
  std::string Tip(TimePoint now) const;
  uint64_t blocks_safe() const { return blocks_safe_; }
  uint64_t blocks_total() const { return blocks_total_; }

 private:
  enum class Phase { kOff, kCounting, kExtension, kManual };
  uint64_t BlocksNeeded() const;

  SafeModeLimits limits_;
  Phase phase_ = Phase::kCounting;
  bool resources_low_ = false;
  uint64_t blocks_total_ = 0;
  uint64_t blocks_safe_ = 0;
  size_t live_datanodes_ = 0;
  TimePoint extension_ends_{};
};

}  // namespace tusk::dfs
