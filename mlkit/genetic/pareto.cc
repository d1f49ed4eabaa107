// Sorting by dominance, crowding and hypervolume.
#include "mlkit/genetic/pareto.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tusk::ml {
namespace {

// By the first objective, then by the others, then by number.
std::vector<size_t> Lexicographic(std::span<const double> f, size_t objectives) {
  std::vector<size_t> order(f.size() / objectives);
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    for (size_t k = 0; k < objectives; ++k) {
      const double fa = f[a * objectives + k], fb = f[b * objectives + k];
      if (fa != fb) return fa < fb;
    }
    return a < b;
  });
  return order;
}

bool Dominates(std::span<const double> f, size_t objectives, size_t a, size_t b) {
  bool better = false;
  for (size_t k = 0; k < objectives; ++k) {
    const double fa = f[a * objectives + k], fb = f[b * objectives + k];
    if (fa > fb) return false;
    if (fa < fb) better = true;
  }
  return better;
}

// In lexicographic order, a point's front is the first whose last point does not dominate it; the last points' second
// objectives increase with the front, so it is found by bisection (Jensen 2003).
std::vector<uint32_t> FrontsOfTwo(std::span<const double> f) {
  std::vector<uint32_t> fronts(f.size() / 2);
  std::vector<size_t> last;  // last point of each front
  for (size_t point : Lexicographic(f, 2)) {
    const auto it = std::partition_point(last.begin(), last.end(), [&](size_t other) { return Dominates(f, 2, other, point); });
    fronts[point] = static_cast<uint32_t>(it - last.begin());
    if (it == last.end()) {
      last.push_back(point);
    } else {
      *it = point;
    }
  }
  return fronts;
}

// Volume of `points` (each dominated by reference), by slices along the last objective.
double Volume(std::vector<std::vector<double>> points, size_t objectives, std::span<const double> reference) {
  if (points.empty()) return 0;
  if (objectives == 1) {
    double least = reference[0];
    for (const auto& point : points) least = std::min(least, point[0]);
    return reference[0] - least;
  }
  const size_t last = objectives - 1;
  std::sort(points.begin(), points.end(), [&](const auto& a, const auto& b) { return a[last] < b[last]; });
  if (objectives == 2) {
    double volume = 0, least = reference[0];
    for (const auto& point : points) {
      if (point[0] >= least) continue;
      volume += (least - point[0]) * (reference[1] - point[1]);
      least = point[0];
    }
    return volume;
  }
  double volume = 0;
  std::vector<std::vector<double>> slice;
  for (size_t i = 0; i < points.size(); ++i) {
    // Points that another one of the slice covers add nothing.
    const std::vector<double>& point = points[i];
    auto covers = [&](const std::vector<double>& a, const std::vector<double>& b) {
      for (size_t k = 0; k < last; ++k) {
        if (a[k] > b[k]) return false;
      }
      return true;
    };
    if (std::none_of(slice.begin(), slice.end(), [&](const auto& other) { return covers(other, point); })) {
      std::erase_if(slice, [&](const auto& other) { return covers(point, other); });
      slice.push_back(point);
    }
    const double thickness = (i + 1 < points.size() ? points[i + 1][last] : reference[last]) - point[last];
    if (thickness > 0) volume += thickness * Volume(slice, last, reference);
  }
  return volume;
}

}  // namespace

std::vector<uint32_t> FrontNumbers(std::span<const double> f, size_t objectives) {
  if (objectives == 2) return FrontsOfTwo(f);
  // A point is dominated only by points before it in lexicographic order.
  std::vector<uint32_t> fronts(f.size() / objectives);
  const std::vector<size_t> order = Lexicographic(f, objectives);
  std::vector<std::vector<size_t>> members;
  for (size_t point : order) {
    uint32_t front = 0;
    while (front < members.size() && std::any_of(members[front].rbegin(), members[front].rend(), [&](size_t other) {
             return Dominates(f, objectives, other, point);
           })) {
      ++front;
    }
    if (front == members.size()) members.emplace_back();
    members[front].push_back(point);
    fronts[point] = front;
  }
  return fronts;
}

std::vector<double> CrowdingDistances(std::span<const double> f, size_t objectives, std::span<const size_t> front) {
  std::vector<double> distances(front.size(), 0);
  std::vector<size_t> order(front.size());
  for (size_t k = 0; k < objectives; ++k) {
    std::iota(order.begin(), order.end(), size_t{0});
    auto value = [&](size_t place) { return f[front[place] * objectives + k]; };
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return value(a) < value(b) || (value(a) == value(b) && front[a] < front[b]);
    });
    if (order.empty()) return distances;
    const double range = value(order.back()) - value(order.front());
    distances[order.front()] = distances[order.back()] = std::numeric_limits<double>::infinity();
    if (!(range > 0) || !std::isfinite(range)) continue;
    for (size_t i = 1; i + 1 < order.size(); ++i) distances[order[i]] += (value(order[i + 1]) - value(order[i - 1])) / range;
  }
  return distances;
}

double Hypervolume(std::span<const double> f, size_t objectives, std::span<const double> reference) {
  std::vector<std::vector<double>> points;
  for (size_t i = 0; i < f.size() / objectives; ++i) {
    std::vector<double> point(f.begin() + static_cast<ptrdiff_t>(i * objectives),
                              f.begin() + static_cast<ptrdiff_t>((i + 1) * objectives));
    bool inside = true;
    for (size_t k = 0; k < objectives; ++k) inside = inside && point[k] < reference[k];
    if (inside) points.push_back(std::move(point));
  }
  return Volume(std::move(points), objectives, reference);
}

}  // namespace tusk::ml
