// Arithmetic and names of resources.
#include "yarn_like/common/resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace tusk::yarn {

bool Resource::IsZero() const {
  return std::all_of(amounts.begin(), amounts.end(), [](int64_t amount) { return amount == 0; });
}

bool Resource::AnyNegative() const {
  return std::any_of(amounts.begin(), amounts.end(), [](int64_t amount) { return amount < 0; });
}

bool Resource::FitsIn(const Resource& room) const {
  for (size_t i = 0; i < kResourceTypesMax; ++i) {
    if (amounts[i] > room.amounts[i] && amounts[i] > 0) return false;
  }
  return true;
}

Resource& Resource::operator+=(const Resource& other) {
  for (size_t i = 0; i < kResourceTypesMax; ++i) amounts[i] += other.amounts[i];
  return *this;
}

Resource& Resource::operator-=(const Resource& other) {
  for (size_t i = 0; i < kResourceTypesMax; ++i) amounts[i] -= other.amounts[i];
  return *this;
}

Resource Min(const Resource& a, const Resource& b) {
  Resource least;
  for (size_t i = 0; i < kResourceTypesMax; ++i) least.amounts[i] = std::min(a.amounts[i], b.amounts[i]);
  return least;
}

Resource Max(const Resource& a, const Resource& b) {
  Resource most;
  for (size_t i = 0; i < kResourceTypesMax; ++i) most.amounts[i] = std::max(a.amounts[i], b.amounts[i]);
  return most;
}

double DominantShare(const Resource& used, const Resource& total) {
  double share = 0;
  for (size_t i = 0; i < kResourceTypesMax; ++i) {
    if (total.amounts[i] <= 0) continue;
    share = std::max(share, static_cast<double>(used.amounts[i]) / static_cast<double>(total.amounts[i]));
  }
  return share;
}

int64_t CountThatFit(const Resource& one, const Resource& room) {
  int64_t count = std::numeric_limits<int64_t>::max();
  for (size_t i = 0; i < kResourceTypesMax; ++i) {
    if (one.amounts[i] > 0) count = std::min(count, std::max<int64_t>(0, room.amounts[i]) / one.amounts[i]);
  }
  return count;
}

ResourceTypes::ResourceTypes() : names_{std::string(kMemoryName), std::string(kVcoresName)} {}

Result<size_t> ResourceTypes::Add(std::string_view name) {
  if (const int at = Find(name); at >= 0) return static_cast<size_t>(at);
  if (names_.size() == kResourceTypesMax) {
    return Status(Code::kInvalidArgument,
                  fmt::format("yarn.resource-types: more than {} types; {} is one too many", kResourceTypesMax, name));
  }
  names_.emplace_back(name);
  return names_.size() - 1;
}

int ResourceTypes::Find(std::string_view name) const {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return static_cast<int>(i);
  }
  return -1;
}

std::string ResourceTypes::Format(const Resource& resource) const {
  std::string text = fmt::format("<memory:{}, vCores:{}", resource.memory_mb(), resource.vcores());
  for (size_t i = 2; i < names_.size(); ++i) {
    if (resource.amounts[i] != 0) text += fmt::format(", {}: {}", names_[i], resource.amounts[i]);
  }
  return text + ">";
}

}  // namespace tusk::yarn
