// PaceShares: how many rows of the next batch each worker should take, by the pace that it showed. SSP alone hides a worker that is
// slow for a while; one that stays slow has to get less to do.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tusk::ml {

class PaceShares {
 public:
  explicit PaceShares(size_t workers) : paces_(workers, 0.0) {}

  // `rows` took `seconds`; the last report, which is of half a second of steps or so, counts most.
  void Report(size_t worker, double rows, double seconds) {
    if (!(rows > 0) || !(seconds > 0)) return;
    const double pace = rows / seconds;
    paces_[worker] = paces_[worker] > 0 ? (1 - kNewest) * paces_[worker] + kNewest * pace : pace;
  }

  // Of a batch; at least one row for each, so that each goes on being measured.
  size_t RowsOf(size_t worker, size_t batch) const {
    double sum = 0, known = 0;
    for (const double pace : paces_) sum += pace, known += pace > 0 ? 1 : 0;
    const double usual = known > 0 ? sum / known : 1.0;  // of who has not reported yet
    const double all = sum + usual * (static_cast<double>(paces_.size()) - known);
    const double own = paces_[worker] > 0 ? paces_[worker] : usual;
    return std::max<size_t>(1, static_cast<size_t>(static_cast<double>(batch) * own / all + 0.5));
  }

  // Its pace beside the usual one, the upper of two middle ones; 1 while nothing is known of it.
  double ShareOfMedian(size_t worker) const {
    std::vector<double> known;
    for (const double pace : paces_) {
      if (pace > 0) known.push_back(pace);
    }
    if (!(paces_[worker] > 0)) return 1;
    const auto middle = known.begin() + static_cast<ptrdiff_t>(known.size() / 2);
    std::nth_element(known.begin(), middle, known.end());
    return paces_[worker] / *middle;
  }

 private:
  static constexpr double kNewest = 0.8;
  std::vector<double> paces_;  // rows a second; 0: not known yet
};

}  // namespace tusk::ml
