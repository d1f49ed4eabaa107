// Policies and patterns.
#include "yarn_like/nodemanager/logs/log_selection.h"

#include <cstdlib>
#include <map>
#include <regex>

#include "yarn_like/nodemanager/container/exit_status.h"

namespace tusk::yarn {
namespace {

// "SR:0.2,MIN:20"
double ParameterOf(const std::string& parameters, const std::string& name, double otherwise) {
  size_t at = parameters.find(name + ":");
  return at == std::string::npos ? otherwise : std::strtod(parameters.c_str() + at + name.size() + 1, nullptr);
}

}  // namespace

LogSelection::Matcher LogSelection::MatcherOf(const std::string& pattern) {
  if (pattern.empty()) return nullptr;
  if (pattern == ".*") return [](std::string_view) { return true; };
  try {
    std::regex compiled(pattern, std::regex::ECMAScript | std::regex::optimize);
    return [compiled](std::string_view name) {
      try {
        return name.size() <= 255 && std::regex_search(name.begin(), name.end(), compiled);
      } catch (const std::regex_error&) {
        return false;
      }
    };
  } catch (const std::regex_error&) {
    return [](std::string_view) { return false; };
  }
}

LogSelection::LogSelection(const LogSelectionOptions& options)
    : include_(MatcherOf(options.include)), exclude_(MatcherOf(options.exclude)),
      rolled_include_(MatcherOf(options.rolled_include)), rolled_exclude_(MatcherOf(options.rolled_exclude)) {
  static const std::map<std::string, Policy> kPolicies = {
      {"AllContainerLogAggregationPolicy", Policy::kAll},
      {"NoneContainerLogAggregationPolicy", Policy::kNone},
      {"AMOnlyLogAggregationPolicy", Policy::kMasterOnly},
      {"AMOrFailedContainerLogAggregationPolicy", Policy::kMasterOrFailed},
      {"FailedContainerLogAggregationPolicy", Policy::kFailed},
      {"FailedOrKilledContainerLogAggregationPolicy", Policy::kFailedOrKilled},
      {"SampleContainerLogAggregationPolicy", Policy::kSample},
  };
  auto found = kPolicies.find(options.policy_class.substr(options.policy_class.rfind('.') + 1));
  if (found != kPolicies.end()) policy_ = found->second;
  sample_rate_ = ParameterOf(options.policy_parameters, "SR", sample_rate_);
  sample_min_ = static_cast<int64_t>(ParameterOf(options.policy_parameters, "MIN", static_cast<double>(sample_min_)));
}

bool LogSelection::WantsContainer(bool is_master, int exit_status, int64_t sequence) const {
  bool killed = exit_status == kExitForceKilled || exit_status == kExitTerminated;
  bool failed = exit_status != kExitSuccess && !killed;
  switch (policy_) {
    case Policy::kAll: return true;
    case Policy::kNone: return false;
    case Policy::kMasterOnly: return is_master;
    case Policy::kMasterOrFailed: return is_master || failed;
    case Policy::kFailed: return failed;
    case Policy::kFailedOrKilled: return failed || killed;
    case Policy::kSample: break;
  }
  // Of those that succeeded the first MIN, then one in 1/SR.
  if (is_master || failed || killed || sequence - 1 <= sample_min_) return true;
  return sample_rate_ > 0 && static_cast<int64_t>(static_cast<double>(sequence) * sample_rate_) !=
                                 static_cast<int64_t>(static_cast<double>(sequence - 1) * sample_rate_);
}

bool LogSelection::WantsFile(std::string_view name, bool container_ended) const {
  auto wants = [name](const Matcher& include, const Matcher& exclude) {
    return (!include || include(name)) && (!exclude || !exclude(name));
  };
  return (container_ended && wants(include_, exclude_)) || wants(rolled_include_, rolled_exclude_);
}

}  // namespace tusk::yarn
