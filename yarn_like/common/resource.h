// What a container holds and a node offers: a vector of countable amounts. Position 0 is memory in MiB, 1 is virtual
// cores; further positions are named by the cluster's ResourceTypes (yarn.resource-types, e.g. yarn.io/gpu).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace tusk {
class Configuration;
}

namespace tusk::yarn {

inline constexpr size_t kResourceTypesMax = 8;
inline constexpr std::string_view kMemoryName = "memory-mb";
inline constexpr std::string_view kVcoresName = "vcores";
inline constexpr std::string_view kGpuName = "yarn.io/gpu";

struct Resource {
  std::array<int64_t, kResourceTypesMax> amounts{};

  Resource() = default;
  Resource(int64_t memory, int64_t cores) : amounts{memory, cores} {}
  int64_t memory_mb() const { return amounts[0]; }
  int64_t vcores() const { return amounts[1]; }

  bool IsZero() const;
  bool AnyNegative() const;
  bool FitsIn(const Resource& room) const;  // every amount <= room's
  Resource& operator+=(const Resource& other);
  Resource& operator-=(const Resource& other);
  friend Resource operator+(Resource a, const Resource& b) { return a += b; }
  friend Resource operator-(Resource a, const Resource& b) { return a -= b; }
  bool operator==(const Resource&) const = default;
  auto operator<=>(const Resource&) const = default;  // an order for maps; says nothing about size
};

Resource Min(const Resource& a, const Resource& b);
Resource Max(const Resource& a, const Resource& b);
// The largest share that `used` has of any amount of `total` (dominant resource). 0 where total has none of it.
double DominantShare(const Resource& used, const Resource& total);
// How many of `one` fit in `room`.
int64_t CountThatFit(const Resource& one, const Resource& room);

// The names behind the positions.
class ResourceTypes {
 public:
  ResourceTypes();  // memory and cores only
  // Adds the names of yarn.resource-types; kInvalidArgument when there are more than kResourceTypesMax.
  static Result<ResourceTypes> FromConfiguration(const Configuration& configuration);
  // The position of `name`; it is added when absent.
  Result<size_t> Add(std::string_view name);

  size_t size() const { return names_.size(); }
  const std::string& name(size_t position) const { return names_[position]; }
  std::string_view unit(size_t position) const { return position == 0 ? "Mi" : ""; }
  // -1 where unknown.
  int Find(std::string_view name) const;
  // "<memory:1024, vCores:1>" and ", yarn.io/gpu: 1" where there is any, as Hadoop prints it.
  std::string Format(const Resource& resource) const;

 private:
  std::vector<std::string> names_;
};

}  // namespace tusk::yarn
