// Pareto: non-dominated fronts, crowding distance (Deb et al. 2002), hypervolume.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tusk::ml {

// Front number of each of the points f[size][objectives], 0 is the best. Two objectives: O(n log n) by a sweep; more: O(n^2).
std::vector<uint32_t> FrontNumbers(std::span<const double> f, size_t objectives);

// Crowding distances of the members `front` (numbers of points); the ends of every objective get +infinity.
std::vector<double> CrowdingDistances(std::span<const double> f, size_t objectives, std::span<const size_t> front);

// Volume that the points dominate, up to `reference`. Exact for any number of objectives (recursive slicing).
double Hypervolume(std::span<const double> f, size_t objectives, std::span<const double> reference);

}  // namespace tusk::ml
