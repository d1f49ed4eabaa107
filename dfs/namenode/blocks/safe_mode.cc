// SafeMode, see the header. The texts are Hadoop's: scripts and users look for them.
#include "dfs/namenode/blocks/safe_mode.h"

#include <cstdio>

namespace tusk::dfs {
namespace {

template <typename... Args>
std::string Format(const char* format, Args... args) {
  char text[512];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

using Count = unsigned long long;  // what %llu prints

}  // namespace

uint64_t SafeMode::BlocksNeeded() const {
  return static_cast<uint64_t>(static_cast<double>(blocks_total_) * limits_.threshold);
}

void SafeMode::Start(uint64_t blocks_total, TimePoint now) {
  blocks_total_ = blocks_total;
  blocks_safe_ = 0;
  phase_ = Phase::kCounting;
  // A namespace without blocks has nothing to wait for, nor an extension to sit through.
  if (BlocksNeeded() == 0 && limits_.datanodes_min == 0) phase_ = Phase::kOff;
  extension_ends_ = now;
}

void SafeMode::AddTotal(int64_t blocks) {
  if (blocks < 0 && blocks_total_ < static_cast<uint64_t>(-blocks)) {
    blocks_total_ = 0;
  } else {
    blocks_total_ = static_cast<uint64_t>(static_cast<int64_t>(blocks_total_) + blocks);
  }
}

void SafeMode::Check(size_t live_datanodes, TimePoint now) {
  live_datanodes_ = live_datanodes;
  if (!in_startup()) return;
  const bool met =
      blocks_safe_ >= BlocksNeeded() && live_datanodes >= static_cast<size_t>(limits_.datanodes_min);
  if (phase_ == Phase::kCounting && met) {
    phase_ = Phase::kExtension;
    extension_ends_ = now + limits_.extension;
  }
  if (phase_ == Phase::kExtension && met && now >= extension_ends_) phase_ = Phase::kOff;
}

void SafeMode::Enter() { phase_ = Phase::kManual; }
void SafeMode::Leave() {
  phase_ = Phase::kOff;
  resources_low_ = false;
}

std::string SafeMode::Tip(TimePoint now) const {
  if (!on()) return "";
  if (resources_low_) {
    return "Resources are low on NN. Please add or free up more resources. Safe mode is turned off when there is space "
           "again. NOTE:  If you turn off safe mode before adding resources, the NN will immediately return to safe mode. "
           "Use \"hdfs dfsadmin -safemode leave\" to turn safe mode off.";
  }
  if (phase_ == Phase::kManual) {
    return "It was turned on manually. Use \"hdfs dfsadmin -safemode leave\" to turn safe mode off.";
  }
  std::string tip;
  const uint64_t needed = BlocksNeeded();
  const bool blocks_met = blocks_safe_ >= needed;
  if (blocks_met) {
    tip += Format("The reported blocks %llu has reached the threshold %.4f of total blocks %llu. ",
                  Count{blocks_safe_}, limits_.threshold, Count{blocks_total_});
  } else {
    tip += Format("The reported blocks %llu needs additional %llu blocks to reach the threshold %.4f of total blocks %llu.\n",
                  Count{blocks_safe_}, Count{needed - blocks_safe_}, limits_.threshold, Count{blocks_total_});
  }
  const auto nodes_min = static_cast<size_t>(limits_.datanodes_min);
  if (nodes_min == 0) {
    tip += "The minimum number of live datanodes is not required. ";
  } else if (live_datanodes_ >= nodes_min) {
    tip += Format("The number of live datanodes %llu has reached the minimum number %llu. ", Count{live_datanodes_},
                  Count{nodes_min});
  } else {
    tip += Format("The number of live datanodes %llu needs an additional %llu live datanodes to reach the minimum number %llu.\n",
                  Count{live_datanodes_}, Count{nodes_min - live_datanodes_}, Count{nodes_min});
  }
  if (phase_ == Phase::kExtension) {
    const int64_t left = extension_ends_ > now ? ToMillis(extension_ends_ - now) / 1000 : 0;
    tip += Format("In safe mode extension. Safe mode will be turned off automatically in %lld seconds.",
                  static_cast<long long>(left));
  } else {
    tip += "Safe mode will be turned off automatically once the thresholds have been reached.";
  }
  return tip;
}

Status SafeMode::Refuse(std::string_view reason, std::string_view host, TimePoint now) const {
  if (!on()) return Status::Ok();
  return Status(Code::kSafeMode, std::string(reason) + ". Name node is in safe mode.\n" + Tip(now) +
                                     " NamenodeHostName:" + std::string(host));
}

}  // namespace tusk::dfs
