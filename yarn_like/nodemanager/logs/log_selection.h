// LogSelection: which containers' logs of an application, and which of their files, are aggregated: an application's
// LogAggregationContext and the node's policy. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tusk::yarn {

// LogAggregationContextProto with its defaults, and the node's own where the application names no policy.
struct LogSelectionOptions {
  std::string include = ".*";
  std::string exclude;
  std::string rolled_include;  // files that a container rolls while it runs; empty: none
  std::string rolled_exclude = ".*";
  std::string policy_class;  // a Java class name; its last part counts. Empty or unknown: all containers
  std::string policy_parameters;
};

class LogSelection {
 public:
  explicit LogSelection(const LogSelectionOptions& options);
  // For a container that has ended. `sequence`: the number in its id.
  bool WantsContainer(bool is_master, int exit_status, int64_t sequence) const;
  bool WantsFile(std::string_view name, bool container_ended) const;

 private:
  enum class Policy { kAll, kNone, kMasterOnly, kMasterOrFailed, kFailed, kFailedOrKilled, kSample };
  // Java's Matcher.find(); a pattern that does not compile matches nothing.
  using Matcher = std::function<bool(std::string_view)>;
  static Matcher MatcherOf(const std::string& pattern);

  Policy policy_ = Policy::kAll;
  double sample_rate_ = 0.2;
  int64_t sample_min_ = 20;
  Matcher include_, exclude_, rolled_include_, rolled_exclude_;
};

}  // namespace tusk::yarn
